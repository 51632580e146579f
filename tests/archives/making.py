"""Containers byte by byte, so that any field can be made to lie."""

import bz2
import gzip
import lzma
import struct
import zlib
from dataclasses import dataclass, field

import zstandard

NUMBERS = {"stored": 0, "deflate": 8, "bzip2": 12, "lzma": 14, "zstd": 93, "xz": 95}

#: The streams that `survey` knows, and how to make them.
COMPRESS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=1),
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}


def deflated(data):
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return coder.compress(data) + coder.flush()


def lzma_for_zip(data, dictionary=1 << 20):
    """LZMA with the head that zip gives it, and with a mark of its end."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": 3, "lp": 0, "pb": 2}]
    return b"\x05\x09\x05\x00" + bytes([(2 * 5 + 0) * 9 + 3]) + struct.pack("<L", dictionary) + lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


PACK = {
    "stored": lambda data: data,
    "deflate": deflated,
    "bzip2": bz2.compress,
    "lzma": lzma_for_zip,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@dataclass
class Part:
    """A member of a zip. What is None follows from the data; what is given is told, true or not."""

    name: str | bytes
    data: bytes = b""
    method: str = "stored"
    packed: bytes | None = None
    number: int | None = None
    flags: int = 0
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    mode: int = 0o100644
    system: int = 3
    offset: int | None = None
    local_name: bytes | None = None
    extra: bytes = b""
    after: bytes = b""
    comment: bytes = b""
    large: bool = False


def zip_of(parts, *, count=None, comment=b"", before=b"", gap=b"", directory_size=None, large=False, end=None):
    """A zip of `parts`; `before` stands before the first, `gap` before the directory."""
    out, lines = bytearray(before), bytearray()
    for part in parts:
        local, line = _both(part, len(out))
        out += local
        lines += line
    out += gap
    start, told = len(out), len(lines) if directory_size is None else directory_size
    number = len(parts) if count is None else count
    out += lines
    if large or number > 0xFFFF:
        at = len(out)
        out += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, told, start)
        out += struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
        number, told, start = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    out += end or struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number, number, told, start, len(comment)) + comment
    return bytes(out)


def _both(part, at):
    """(local header with data, line of the directory) of a part that stands at an offset."""
    name = part.name.encode() if isinstance(part.name, str) else part.name
    packed = PACK[part.method](part.data) if part.packed is None else part.packed
    number = NUMBERS[part.method] if part.number is None else part.number
    crc = zlib.crc32(part.data) if part.crc is None else part.crc
    size = len(part.data) if part.size is None else part.size
    packed_size = len(packed) if part.packed_size is None else part.packed_size
    offset = at if part.offset is None else part.offset
    extra = part.extra
    told = (packed_size, size, offset)
    if part.large:
        extra += struct.pack("<2H3Q", 1, 24, size, packed_size, offset)
        told = (0xFFFFFFFF,) * 3
    flags = part.flags if name.isascii() else part.flags | 0x800
    local_name = name if part.local_name is None else part.local_name
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, number, 0, 33, crc, told[0], told[1], len(local_name), len(part.extra))
    line = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", part.system << 8 | 20, 20, flags, number, 0, 33, crc, told[0], told[1],
        len(name), len(extra), len(part.comment), 0, 0, part.mode << 16, told[2],
    )  # fmt: skip
    whole = b"" if part.offset is not None else local + local_name + part.extra + packed + part.after
    return whole, line + name + extra + part.comment


@dataclass
class Item:
    """A member of a tar. What is None follows from the data."""

    name: str | bytes
    data: bytes = b""
    kind: bytes = b"0"
    size: int | bytes | None = None
    link: str = ""
    prefix: str = ""
    magic: bytes = b"ustar\x0000"
    checksum: int | None = None
    before: list = field(default_factory=list)
    patch: dict = field(default_factory=dict)


def header(item):
    """The block of 512 bytes before the data of an item."""
    name = item.name.encode() if isinstance(item.name, str) else item.name
    size = len(item.data) if item.size is None else item.size
    told = size if isinstance(size, bytes) else b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11)
    block = bytearray(struct.pack(
        "100s8s8s8s12s12s8s1s100s8s32s32s8s8s155s12x", name[:100], b"0000644\0", b"0000000\0", b"0000000\0", told, b"00000000000\0",
        b" " * 8, item.kind, item.link.encode()[:100], item.magic, b"", b"", b"0000000\0", b"0000000\0", item.prefix.encode(),
    ))  # fmt: skip
    for at, value in item.patch.items():
        block[at : at + len(value)] = value
    checksum = sum(block) if item.checksum is None else item.checksum
    block[148:156] = b"%06o\0 " % checksum
    return bytes(block)


def padded(data):
    return data + bytes(-len(data) % 512)


def tar_of(items, *, end=bytes(1024)):
    """A tar of `items`, those in their `before` first."""
    out = bytearray()
    for item in items:
        out += b"".join(header(ahead) + padded(ahead.data) for ahead in item.before)
        out += header(item) + padded(item.data)
    return bytes(out) + end


def pax(*, kind=b"x", **records):
    """An extended header."""
    return Item("PaxHeaders/x", b"".join(_pax_record(key, value) for key, value in records.items()), kind)


def _pax_record(key, value):
    body = b" " + key.encode() + b"=" + (value if isinstance(value, bytes) else str(value).encode()) + b"\n"
    length = len(body)
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


def long_name(name, kind=b"L"):
    """GNU's way for names that do not fit."""
    return Item("././@LongLink", name.encode() + b"\0", kind, magic=b"ustar  \0")


def zstd_frame(blocks, *, window=0, size=b"", flags=None, checksum=b""):
    """A frame of zstd from (kind, size, content) of its blocks; `window` is the byte that tells it."""
    out = b"\x28\xb5\x2f\xfd" + bytes([0 if flags is None else flags]) + (bytes([window]) if flags is None or not flags & 0x20 else b"") + size
    for number, (kind, length, content) in enumerate(blocks):
        out += (length << 3 | kind << 1 | (number == len(blocks) - 1)).to_bytes(3, "little") + content
    return out + checksum
