"""Decoders: bytes of a file to pieces of bounded size.

Each yields what comes out and raises Fault where the input is not what it should be. A decoder ends with its stream;
what follows is left in the source.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Final, Protocol

from .faults import Fault
from .kinds import BZIP2, GZIP, XZ
from .source import CHUNK, Source, cut_short
from .zstd import zstd_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

#: The most that a decoder gives at a time.
PIECE: Final = 256 << 10
#: Memory for a dictionary of xz or lzma. The strongest preset of xz asks for half of it.
DICTIONARY: Final = 128 << 20


class _Codec(Protocol):
    """What the standard library's decoders for bzip2 and xz have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """zlib's decoder with their interface."""

    def __init__(self, window_bits: int) -> None:
        self._decoder = zlib.decompressobj(window_bits)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        return not self._full and not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._decoder.decompress(self._decoder.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out


def unpacked(method: str, source: Source, window: int) -> Generator[bytes]:
    """What comes out of `source` by a method of `METHODS`. `window` bounds that of zstd."""
    return METHODS[method](source, window)


def _stored(source: Source, _window: int) -> Generator[bytes]:
    while data := source.read(PIECE):
        yield data


def _deflate(source: Source, _window: int) -> Generator[bytes]:
    yield from _one(_Zlib(-zlib.MAX_WBITS), source)


def _gzip(source: Source, _window: int) -> Generator[bytes]:
    yield from _many(lambda: _Zlib(zlib.MAX_WBITS | 16), GZIP, source)


def _bzip2(source: Source, _window: int) -> Generator[bytes]:
    yield from _many(bz2.BZ2Decompressor, BZIP2, source)


def _xz(source: Source, _window: int) -> Generator[bytes]:
    yield from _many(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=DICTIONARY), XZ, source)


def _lzma(source: Source, _window: int) -> Generator[bytes]:
    """LZMA as zip has it: a version, the length of the properties, the properties, and perhaps no mark of the end."""
    head = source.exactly(9)
    packed, dictionary = head[4], int.from_bytes(head[5:9], "little")
    if head[2:4] != b"\x05\0" or packed >= 9 * 5 * 5:
        raise Fault("container.damaged", "no properties of LZMA")
    if dictionary > DICTIONARY:
        raise Fault("container.memory", f"a dictionary of more than {DICTIONARY} bytes")
    filters = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": packed % 9,
        "lp": packed // 9 % 5,
        "pb": packed // 45,
    }
    try:
        codec = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
    except _ERRORS as error:
        raise _told(error) from None
    try:
        yield from _one(codec, source)
    except Fault as fault:
        if fault.code != "container.truncated":  # whoever asked knows the size
            raise


METHODS: Final[dict[str, Callable[[Source, int], Generator[bytes]]]] = {
    "stored": _stored,
    "deflate": _deflate,
    "lzma": _lzma,
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "zstd": zstd_frames,
}


def _many(make: Callable[[], _Codec], magic: bytes, source: Source) -> Generator[bytes]:
    """Streams one after the other, with zeros between and after them."""
    again = True
    while again:
        yield from _one(make(), source)
        again = source.after_zeros(len(magic)) == magic


def _one(codec: _Codec, source: Source) -> Generator[bytes]:
    while not codec.eof:
        data = source.read(CHUNK) if codec.needs_input else b""
        if codec.needs_input and not data:
            raise cut_short()
        try:
            out = codec.decompress(data, PIECE)
        except _ERRORS as error:
            raise _told(error) from None
        if out:
            yield out
    source.put_back(codec.unused_data)


def _told(error: Exception) -> Fault:
    """What a decoder raised, as a fault."""
    code = next((code for words, code in _SAID if words in str(error)), "container.damaged")
    return Fault(code, _DETAIL[code])


#: What decoders raise: those of bzip2 plain errors of the system.
_ERRORS: Final = (zlib.error, lzma.LZMAError, OSError, ValueError)
#: Words of decoders, and what they mean here.
_SAID: Final = (
    ("incorrect data check", "container.wrong-checksum"),
    ("incorrect length check", "container.wrong-size"),
    ("Memory usage limit", "container.memory"),
)
_DETAIL: Final = {
    "container.damaged": "the decoder cannot read on",
    "container.wrong-checksum": "what came out is not what went in",
    "container.wrong-size": "the stream tells another size",
    "container.memory": f"a dictionary of more than {DICTIONARY} bytes",
}
