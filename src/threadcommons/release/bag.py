"""Does the bag describe the folder? BagIt's own checksums (RFC 8493), read as strictly as we write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..findings import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PAYLOAD: Final = "manifest-sha256.txt"
TAGS: Final = "tagmanifest-sha256.txt"
INFO: Final = "bag-info.txt"
DECLARATION: Final = "bagit.txt"
#: The files that make a folder a bag.
BAG_FILES: Final = (DECLARATION, INFO, PAYLOAD, TAGS)

_DECLARED: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_OXUM: Final = "Payload-Oxum: "


def checksums(data: bytes) -> dict[str, str] | None:
    """Path -> SHA-256 of a bag's manifest; None for what our writer would not have written."""
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return None
    matches = [_LINE.fullmatch(line) for line in lines[:-1]]
    found = {_decoded(match[2]): match[1] for match in matches if match}
    return found if lines[-1] == "" and len(found) == len(lines) - 1 else None


def bag_faults(
    folder: Path, payload: Mapping[str, str], tags: Mapping[str, str], oxum: str
) -> Iterator[Finding]:
    """What the bag says wrongly.

    `payload` and `tags` are the digests that its two lists must have, `oxum` its size. The list of tag files
    does not list itself; what is missing from the folder is told by the inventory.
    """
    if _bytes_of(folder, DECLARATION) != _DECLARED:
        yield Finding("release.bag", Place(file=DECLARATION), "it must declare BagIt 1.0 in UTF-8")
    for name, expected in ((PAYLOAD, payload), (TAGS, tags)):
        yield from _list_faults(name, checksums(_bytes_of(folder, name)), expected)
    info = _bytes_of(folder, INFO).decode("utf-8", "replace").split("\n")
    if info.count(_OXUM + oxum) != 1 or sum(line.startswith(_OXUM) for line in info) != 1:
        yield Finding("release.bag", Place(file=INFO), f"it must say once: {_OXUM}{oxum}")


def _list_faults(
    name: str, stated: Mapping[str, str] | None, expected: Mapping[str, str]
) -> Iterator[Finding]:
    if stated is None:
        yield Finding(
            "release.bag", Place(file=name), "it must have one line for each file: digest, two spaces, path"
        )
        return
    for path in sorted({*stated, *expected}):
        if stated.get(path) != expected.get(path):
            said = stated.get(path, "nothing")
            yield Finding(
                "release.bag",
                Place(file=name),
                f"it says {said} of {path}; {expected.get(path, 'nothing')} is right",
            )


def _bytes_of(folder: Path, name: str) -> bytes:
    """The bytes of a bag file; none where there is no plain file to read."""
    path = folder / name
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b""


def _decoded(path: str) -> str:
    return path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
