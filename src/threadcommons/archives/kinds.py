"""Which container a file is, by its first bytes. Its name says nothing."""

from __future__ import annotations

import re
from typing import Final

#: How many bytes of a file are enough.
HEAD: Final = 512

GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
XZ: Final = b"\xfd7zXZ\0"
ZSTD: Final = b"\x28\xb5\x2f\xfd"

#: The kinds that hold one stream of bytes, which may in turn be a tar.
STREAMS: Final = ("gzip", "bzip2", "xz", "zstd")

#: A bzip2 stream goes on with a block or with its end, both marked: "BZh9" alone could begin a text. A zstd stream
#: may begin with a frame to be skipped.
_MAGIC: Final = (
    ("zip", re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08PK\x03\x04)", re.DOTALL)),
    ("gzip", re.compile(rb"\x1f\x8b\x08")),
    ("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", re.DOTALL)),
    ("xz", re.compile(re.escape(XZ))),
    ("zstd", re.compile(re.escape(ZSTD) + rb"|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)),
)
_CHECKSUM: Final = slice(148, 156)
_ASCII: Final = bytes(range(128))


def kind(head: bytes) -> str | None:
    """`zip`, `tar`, `gzip`, `bzip2`, `xz` or `zstd`, or None, from the first `HEAD` bytes of a file (or all of it)."""
    named = next((name for name, magic in _MAGIC if magic.match(head)), None)
    return named or ("tar" if is_tar_header(head[:HEAD]) else None)


def is_tar_header(block: bytes) -> bool:
    """Whether 512 bytes are a header of a tar: their sum is written in them. Also those without any magic number."""
    if len(block) != HEAD or not block[0]:
        return False
    told = block[_CHECKSUM].strip(b" \0")
    if not told or told.strip(b"01234567"):
        return False
    others = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop :]
    # Some old programs added up signed characters.
    return int(told, 8) == sum(others) or int(told, 8) == sum(others) - 256 * len(others.translate(None, _ASCII))
