"""Frames of zstd, block by block.

The library's own streams say nothing when a file ends inside a frame, and give all that comes out of what they are fed
at once: 4 bytes can give 128 KiB. So blocks are cut here (RFC 8878) and the library decodes one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import zstandard

from .faults import Fault
from .kinds import ZSTD

if TYPE_CHECKING:
    from collections.abc import Generator

    from .source import Source

#: The largest window that the library can do.
_WINDOW: Final = 1 << 31
#: How much is passed over at a time.
_SKIP: Final = 128 << 10
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
#: Bytes of the fields for a dictionary and for the size of the content, by their flags; one without a window has both.
_DICTIONARY: Final = (0, 1, 2, 4)
_CONTENT: Final = (0, 2, 4, 8)
_NO_WINDOW: Final = 0x20
_CHECKSUM: Final = 0x04
#: The type of a block that holds one byte, to be repeated.
_RLE: Final = 1


def zstd_frames(source: Source, window: int) -> Generator[bytes]:
    """What comes out of frames, one after the other. Raises Fault."""
    decoder = zstandard.ZstdDecompressor(max_window_size=min(window, _WINDOW))
    magic = source.peek(4)
    while magic == ZSTD or int.from_bytes(magic, "little") in _SKIPPABLE:
        if magic == ZSTD:
            yield from _frame(source, decoder.decompressobj())
        else:
            _skip(source)
        magic = source.after_zeros(4)


def _skip(source: Source) -> None:
    left = int.from_bytes(source.exactly(8)[4:], "little")
    while left:
        left -= len(source.exactly(min(left, _SKIP)))


def _frame(source: Source, codec: zstandard.ZstdDecompressionObj) -> Generator[bytes]:
    head = source.exactly(5)
    flags = head[4]
    window = not flags & _NO_WINDOW
    content = _CONTENT[flags >> 6] or not window
    _decoded(codec, head + source.exactly(window + _DICTIONARY[flags & 3] + content))
    last = False
    while not last:
        block = source.exactly(3)
        told = int.from_bytes(block, "little")
        last, kind, size = bool(told & 1), told >> 1 & 3, told >> 3
        out = _decoded(codec, block + source.exactly(1 if kind == _RLE else size))
        if out:
            yield out
    if flags & _CHECKSUM:
        _decoded(codec, source.exactly(4))


def _decoded(codec: zstandard.ZstdDecompressionObj, data: bytes) -> bytes:
    try:
        return codec.decompress(data)
    except zstandard.ZstdError as error:
        said = str(error)
        raise Fault(*next((told for words, told in _SAID if words in said), _DAMAGED)) from None


#: Words of the library, and what they mean here.
_SAID: Final = (
    ("match checksum", ("container.wrong-checksum", "what came out is not what went in")),
    ("memory", ("container.memory", "it asks for a larger window than the limit, or than there is memory")),
    ("Dictionary mismatch", ("container.unsupported-method", "it needs a dictionary of its own")),
)
_DAMAGED: Final = ("container.damaged", "the decoder cannot read on")
