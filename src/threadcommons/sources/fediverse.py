"""What posts of Mastodon and its relatives have in common, in an archive of activities and in statuses of the API.

Ids are the addresses (URI) of posts and accounts, which are the same on every server; numbers that a server gives out
for itself are never ids. What an account says about being found becomes wishes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from .fields import addresses, label
from .html import to_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .posts import Post

_URI: Final = re.compile(r"[a-z][a-z0-9+.-]{0,30}:[!-~]{1,480}")

PUBLIC, UNLISTED, FOLLOWERS, DIRECT = "public", "unlisted", "private", "direct"
#: From everybody to a few.
VISIBILITIES: Final = (PUBLIC, UNLISTED, FOLLOWERS, DIRECT)
UNLISTED_WISH: Final = "visibility=unlisted"

#: A post of which nothing is known about the machine that wrote it.
UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)


def uri(value: Any) -> str | None:
    """An address that can be an id."""
    return value if isinstance(value, str) and _URI.fullmatch(value) else None


def server(address: str | None) -> str:
    """Scheme and host of an address, for the links that a text has within its own server."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


# --- Who may read it ---

_EVERYBODY: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})


def audience(value: Any) -> list[str]:
    """Addresses of receivers, however they are written: one, several, or objects with ids."""
    listed = value if isinstance(value, list) else [value]
    named = (one.get("id") if isinstance(one, dict) else one for one in listed)
    return [one for one in named if isinstance(one, str)]


def visibility(to: Any, cc: Any) -> str:
    """Who a post is for, which activities say by their receivers alone."""
    first, second = audience(to), audience(cc)
    if _EVERYBODY.intersection(first):
        return PUBLIC
    if _EVERYBODY.intersection(second):
        return UNLISTED
    return FOLLOWERS if any(one.endswith("/followers") for one in (*first, *second)) else DIRECT


# --- Words ---

#: How software of others shows a quote that it does not know: the author did not write this.
_SHOWN_QUOTE: Final = re.compile(r'\s*<p class="quote-inline">[^<]*(?:<(?!/p>)[^<]*)*</p>')
_TITLE: Final = 1024


def words(html: str, warning: str | None, answers: Iterable[str], *, base: str, quoted: bool) -> Post:
    """Text and links of a post; its content warning is its title, and the answers of a poll follow the text."""
    page = to_text(_SHOWN_QUOTE.sub("", html, count=1) if quoted else html, base=base)
    title = (warning or "").strip()
    parts = [page.text, "\n".join(f"- {answer}" for answer in answers)]
    if len(title) > _TITLE:
        parts, title = [title, *parts], ""
    text = "\n\n".join(part for part in parts if part)
    found: Post = {"text": text, "markup": "html", "title": title, "links": addresses(page.links)}
    return {key: value for key, value in found.items() if value or key == "text"}


_KINDS: Final = ("image", "video", "audio")


def medium(kind: str, url: Any, alt: Any) -> dict[str, str | None]:
    """One attachment; `kind` begins with the kind of media. A path inside an archive is no address."""
    found = next((one for one in _KINDS if kind.startswith(one)), "video" if kind == "gifv" else "file")
    known = uri(url)
    return {"type": found, "url": known, "alt": alt if isinstance(alt, str) and alt else None}


def judgements(
    counts: Iterable[tuple[str, Any]], *, sensitive: bool, votes: Iterable[int | None]
) -> list[dict[str, str]]:
    """Counters and marks of a post as labels; votes are those for the answers of a poll, in their order."""
    labels = [label(name, count, "mastodon", "platform-counter") for name, count in counts if count is not None]
    if sensitive:
        labels.append(label("sensitive", "true", "mastodon", "author-mark"))
    listed = " ".join("-" if vote is None else str(vote) for vote in votes)
    return [*labels, label("poll-votes", listed, "mastodon", "platform-counter")] if listed else labels


# --- What an account asks ---

_TAGS: Final = re.compile(r"#(?:<span>)?(nobot|noindex|noarchive)\b", re.IGNORECASE)


def account_wishes(flags: dict[str, bool | None], profile: str | None) -> list[str]:
    """Tokens of what an account says about being found; `indexable` counts even where nothing is said.

    `flags` are by name: indexable, discoverable, noindex, memorial, locked. Of the profile, three tags are looked for.
    """
    return sorted({*_flags(flags), *(f"mastodon.{tag.lower()}" for tag in _TAGS.findall(profile or ""))})


def _flags(flags: dict[str, bool | None]) -> Iterator[str]:
    for name, value in flags.items():
        if value is not None:
            yield f"mastodon.{name}={str(value).lower()}"
        elif name == "indexable":
            yield "mastodon.indexable=missing"
