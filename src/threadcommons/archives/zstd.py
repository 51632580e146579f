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

#: The most that comes out of a block.
_BLOCK: Final = 128 << 10
#: The largest window that the library can do.
_WINDOW: Final = 1 << 31
_SKIPPABLE: Final = range(0x184D2A50, 0x184D2A60)
#: Bytes of the fields for a dictionary and for the size of the content, by their flags.
_DICTIONARY: Final = (0, 1, 2, 4)
_CONTENT: Final = (0, 2, 4, 8)
_RLE, _RESERVED = 1, 3


def zstd_frames(source: Source, window: int) -> Generator[bytes]:
    """What comes out of frames, one after the other. Raises Fault."""
    window = min(window, _WINDOW)
    decoder = zstandard.ZstdDecompressor(max_window_size=window)
    magic = source.peek(4)
    while magic == ZSTD or _skippable(magic):
        if magic == ZSTD:
            yield from _frame(source, decoder, window)
        else:
            _skip(source)
        magic = source.after_zeros(4)


def _skippable(magic: bytes) -> bool:
    return int.from_bytes(magic, "little") in _SKIPPABLE


def _skip(source: Source) -> None:
    left = int.from_bytes(source.exactly(8)[4:], "little")
    while left:
        left -= len(source.exactly(min(left, _BLOCK)))


def _frame(source: Source, decoder: zstandard.ZstdDecompressor, window: int) -> Generator[bytes]:
    head = _header(source, window)
    codec = decoder.decompressobj()
    _decoded(codec, head)
    last = False
    while not last:
        block = source.exactly(3)
        told = int.from_bytes(block, "little")
        last, kind, size = bool(told & 1), told >> 1 & 3, told >> 3
        if kind == _RESERVED or size > _BLOCK:
            raise _damaged()
        out = _decoded(codec, block + source.exactly(1 if kind == _RLE else size))
        if out:
            yield out
    if head[4] & 4 and _decoded(codec, source.exactly(4)):
        raise _damaged()
    if not codec.eof:
        raise _damaged()


def _header(source: Source, window: int) -> bytes:
    """The header of a frame. Raises Fault for what it asks and does not get."""
    head = source.exactly(5)
    flags = head[4]
    single = bool(flags & 0x20)
    dictionary = _DICTIONARY[flags & 3]
    content = _CONTENT[flags >> 6] or int(single)
    fields = source.exactly((not single) + dictionary + content)
    if flags & 8:
        raise _damaged()
    if any(fields[not single :][:dictionary]):
        raise Fault("container.unsupported-method", "it needs a dictionary of its own")
    asked = _content(fields, content) if single else _window(fields[0])
    if asked > window:
        raise Fault("container.memory", f"a window of more than {window} bytes")
    return head + fields


def _window(byte: int) -> int:
    base = 1 << 10 + (byte >> 3)
    return base + (base >> 3) * (byte & 7)


def _content(fields: bytes, width: int) -> int:
    return int.from_bytes(fields[len(fields) - width :], "little") + (256 if width == _CONTENT[1] else 0)


def _decoded(codec: zstandard.ZstdDecompressionObj, data: bytes) -> bytes:
    try:
        return codec.decompress(data)
    except zstandard.ZstdError as error:
        said = str(error)
        raise next((Fault(*told) for words, told in _SAID if words in said), _damaged()) from None


#: Words of the library, and what they mean here.
_SAID: Final = (
    ("checksum", ("container.wrong-checksum", "what came out is not what went in")),
    ("memory", ("container.memory", "there is less memory than it asks for")),
)


def _damaged() -> Fault:
    return Fault("container.damaged", "the decoder cannot read on")
