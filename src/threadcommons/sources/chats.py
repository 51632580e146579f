"""What exports of chats have in common: machines that wrote, files that were attached, reactions, addresses in text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .fields import addresses, label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .posts import Post

#: A post of which nothing is known about the machine that wrote it.
UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)

#: What the contract allows: attachments of a post, labels of a post, characters of a label's name, of a text.
_MOST: Final = 100
_NAME: Final = 64
_ALT: Final = 16384

_URL: Final = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+")
_TAIL: Final = ".,;:!?*_~"
#: Endings of file names by kind of media.
_ENDINGS: Final = {
    ending: kind
    for kind, endings in {
        "image": "apng avif bmp gif heic heif jpeg jpg png svg tif tiff webp",
        "video": "avi m4v mkv mov mp4 mpeg mpg webm",
        "audio": "aac flac m4a mp3 oga ogg opus wav wma",
    }.items()
    for ending in endings.split()
}


def medium(kind: str | None, name: str | None, alt: str | None, url: str | None = None) -> dict[str, str | None]:
    """One attachment; its kind by MIME type, else by the ending of its name. Names themselves are not kept."""
    told = (kind or "").partition("/")[0] or _ENDINGS.get((name or "").rpartition(".")[2].lower(), "")
    found = told if told in _ENDINGS.values() else "file"
    return {"type": found, "url": url, "alt": alt[:_ALT] if alt else None}


def addresses_in(text: str) -> list[str]:
    """Addresses that are written out in a text, without the marks of sentences and brackets around them."""
    return addresses(_bare(found[0]) for found in _URL.finditer(text)) if "http" in text else []


def _bare(url: str) -> str:
    bare = url.rstrip(_TAIL)
    while bare.endswith(")") and bare.count("(") < bare.count(")"):
        bare = bare[:-1].rstrip(_TAIL)
    return bare


def reactions(counts: Iterable[tuple[str | None, int | None]], platform: str) -> list[dict[str, str]]:
    """How often people reacted to a post, by reaction; who they were is not kept."""
    known = [(name, count) for name, count in counts if name and count]
    return [label(f"reaction:{name}"[:_NAME], count, platform, "platform-counter") for name, count in known[:_MOST]]


def filled(post: Post) -> Post:
    """A post without the keys of which nothing is known; long lists are cut at what the contract allows."""
    known = {key: value for key, value in post.items() if value or key == "text"}
    for key in ("media", "labels"):
        if key in known:
            known[key] = known[key][:_MOST]
    return known
