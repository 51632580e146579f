"""The directory at the end of a zip, with the fields for large files. Two readings of one file are one too many."""

from __future__ import annotations

import os
import stat
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from .faults import Refusal
from .rules import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rules import Rules

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LISTED: Final = struct.Struct("<4s6H3L5H2L")

#: The longest comment at the end of a file.
_COMMENT: Final = 0xFFFF
#: What stands in fields that are too narrow for their value.
_NARROW_16: Final = 0xFFFF
_NARROW_32: Final = 0xFFFFFFFF
#: The extra field that has them, and their width.
_LARGE: Final = 1
_WIDE: Final = 8

_METHODS: Final = {0: "stored", 8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
#: Flags of encryption: of the data, of the strong kind, of the directory.
ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_DESCRIBED: Final = 0x8
_UTF_8: Final = 0x800
#: Systems whose programs write the type of a file beside its rights.
_UNIX: Final = (3, 19)


class Listed(NamedTuple):
    """A line of the directory: the entry, and where and how its local header must look."""

    entry: Entry
    header: int
    raw: bytes
    number: int
    flags: int

    @property
    def described(self) -> bool:
        """Whether a few bytes after the data tell their size."""
        return bool(self.flags & _DESCRIBED)


class Directory(NamedTuple):
    """The lines of a directory, in its order; where it begins and ends, and where what follows it begins."""

    start: int
    stop: int
    end: int
    lines: list[Listed]


class _Told(NamedTuple):
    """What the end of a zip says of its directory; a file may be one of several, and its members some of all."""

    part: int
    first_part: int
    members_here: int
    members: int
    length: int
    offset: int


def read_directory(handle: int, size: int, rules: Rules) -> Directory:
    """The directory of a zip of `size` bytes. Raises Refusal."""
    told, end = _end(handle, size)
    if told.part or told.first_part or told.members_here != told.members:
        raise Refusal("container.unsupported-method", "a zip in several files")
    if told.length > rules.limits.directory:
        raise Refusal("container.too-large", f"a directory of {told.length} bytes")
    stop = told.offset + told.length
    if stop > end:
        raise _damaged("the directory is longer than the file")
    lines = list(_lines(os.pread(handle, told.length, told.offset), told.offset, rules))
    if len(lines) != told.members:
        raise _damaged(f"{told.members} members told, {len(lines)} listed")
    return Directory(told.offset, stop, end, lines)


def _damaged(detail: str) -> Refusal:
    return Refusal("container.damaged", detail)


def _end(handle: int, size: int) -> tuple[_Told, int]:
    """What the end says, and where it begins."""
    first = max(0, size - _END.size - _COMMENT)
    tail = os.pread(handle, size - first, first)
    marks = list(_places(tail, b"PK\5\6"))
    if not marks:
        raise Refusal("container.truncated", "the directory at its end is not there")
    ends = [at for at in marks if _comment(tail, at) == len(tail) - at - _END.size]
    if len(ends) != 1:
        raise _damaged("two ends" if ends else "its end is not at the end of the file")
    told = _Told(*_END.unpack_from(tail, ends[0])[1:7])
    at = first + ends[0]
    head = os.pread(handle, _LOCATOR.size, at - _LOCATOR.size) if at >= _LOCATOR.size else b""
    return _large(handle, told, head, at - _LOCATOR.size) if head.startswith(b"PK\6\7") else (told, at)


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _comment(tail: bytes, at: int) -> int | None:
    """Length of the comment of an end that begins there; None where there is no room for an end."""
    stop = at + _END.size
    return int.from_bytes(tail[stop - 2 : stop], "little") if stop <= len(tail) else None


def _large(handle: int, told: _Told, locator: bytes, before: int) -> tuple[_Told, int]:
    """The same from the record for large files, which stands right before its locator at `before`."""
    _, _, at, _ = _LOCATOR.unpack(locator)
    record = os.pread(handle, _END_64.size, at) if at + _END_64.size <= before else b""
    if not record.startswith(b"PK\6\6") or at + 12 + int.from_bytes(record[4:12], "little") != before:
        raise _damaged("the end for large files is not where it should be")
    large = _Told(*_END_64.unpack(record)[4:])
    widths = (_NARROW_16,) * 4 + (_NARROW_32,) * 2
    if any(narrow not in (wide, width) for narrow, wide, width in zip(told, large, widths, strict=True)):
        raise _damaged("its two ends differ")
    return large, at


def _lines(data: bytes, offset: int, rules: Rules) -> Iterator[Listed]:
    """The lines of a directory that begins at `offset`. Raises Refusal."""
    at = 0
    while at < len(data):
        fields = _LISTED.unpack_from(data, at) if at + _LISTED.size <= len(data) else (b"",)
        if fields[0] != b"PK\1\2":
            raise _damaged("a line of the directory is none")
        end = at + _LISTED.size + sum(fields[10:13])
        if end > len(data):
            raise _damaged("a line of the directory is longer than the directory")
        rules.enter(end - at)
        yield _listed(fields, data[at + _LISTED.size : end], (offset + at, end - at))
        at = end


def _listed(fields: tuple[int, ...], after: bytes, span: tuple[int, int]) -> Listed:
    _, made, _, flags, number, _, _, crc, packed, size, named, extra, _, _, _, attributes, header = fields
    raw = after[:named]
    packed, size, header = _widened(after[named : named + extra], size, packed, header)
    name = _name(raw, flags)
    folder = name is not None and name.endswith("/")
    entry = Entry(
        name=name, offset=0, packed=packed, size=size, stand_in=span, method=_METHODS.get(number, ""),
        folder=folder, special=_special(made >> 8, attributes >> 16, folder=folder and size > 0),
        fault=_fault(flags, number), crc=crc,
    )  # fmt: skip
    return Listed(entry, header, raw, number, flags)


def _widened(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """(packed, size, header), with the wide values in place of those that do not fit."""
    wide = _extra(extra, _LARGE)
    values = []
    for value in (size, packed, header):
        if value == _NARROW_32:
            if len(wide) < _WIDE:
                raise _damaged("a size that does not fit and stands nowhere else")
            values.append(int.from_bytes(wide[:_WIDE], "little"))
            wide = wide[_WIDE:]
        else:
            values.append(value)
    return values[1], values[0], values[2]


def _extra(extra: bytes, wanted: int) -> bytes:
    """The extra field with this number; none if it is not there."""
    at = 0
    while at + 4 <= len(extra):
        number, length = struct.unpack_from("<2H", extra, at)
        if number == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _name(raw: bytes, flags: int) -> str | None:
    """A name in UTF-8, or in the code page of the format; many programs write UTF-8 and do not say so."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None if flags & _UTF_8 else raw.decode("cp437")


def _special(system: int, mode: int, *, folder: bool) -> str:
    """What it is instead of a file or an empty folder."""
    kind = stat.S_IFMT(mode) if system in _UNIX else 0
    known = {0: "", stat.S_IFREG: "", stat.S_IFDIR: "", stat.S_IFLNK: "a symbolic link"}
    return known.get(kind, "a device or a pipe") or ("a folder with data" if folder else "")


def _fault(flags: int, number: int) -> tuple[str, str] | None:
    if flags & ENCRYPTED:
        return "container.encrypted", "it needs a password"
    return None if number in _METHODS else ("container.unsupported-method", f"method {number}")
