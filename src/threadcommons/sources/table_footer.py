"""Where the pieces of a Parquet file lie: its footer, read as far as that goes.

Arrow reads footers too, and what it says of a file as a whole is taken from it. But asked for one column of one row
group it ends the whole process where what the footer says of that column does not fit together (sizes of histograms,
encryption), which no caller can catch. So the few numbers that are needed are read here: structures in the compact
protocol of Thrift, of which all else is skipped. Each step goes forward, so the time is bound by the footer's size.
"""

from __future__ import annotations

import os
from typing import IO, Final, NamedTuple

from .thrift import LIST, NUMBERS, STRUCT, Thrift

#: What a file begins and ends with; before it at the end stand the four bytes of the footer's length.
MAGIC: Final = b"PAR1"
ENDS: Final = len(MAGIC) + 4
#: What a footer may hold.
FOOTER_BYTES: Final = 64 << 20
#: How much is read from the end of a file at first; most footers are in it.
_TAIL: Final = 64 << 10

#: Field numbers in the metadata of a file, of a row group, of a column chunk and of what is said of its column.
_GROUPS: Final = 4
_CHUNKS, _ROWS = 1, 3
_COLUMN: Final = 3
_PATH: Final = 3
_CODEC, _VALUES, _DECODED, _PACKED, _DATA, _DICTIONARY, _STATISTICS = 4, 5, 6, 7, 9, 11, 12
_NULLS: Final = 3
_NEEDED: Final = frozenset({_CODEC, _VALUES, _DECODED, _PACKED, _DATA})
_READ: Final = _NEEDED | {_DICTIONARY}


class Chunk(NamedTuple):
    """One column in a row group: its first byte, how many there are, and how many they come to.

    `column` is the name of the column that it is or lies in, `codec` the number of its compression, `values` how many
    values it promises, `nulls` how many of them it says are null, if it does.
    """

    start: int
    packed: int
    decoded: int
    column: str
    codec: int
    values: int
    nulls: int | None = None


class Group(NamedTuple):
    """One row group: how many rows it promises, and its chunks."""

    rows: int
    chunks: list[Chunk]


def footer_of(stream: IO[bytes]) -> bytes:
    """The footer of a file that can be sought in. Raises ValueError for one that has none, OSError."""
    stream.seek(0, os.SEEK_END)
    size = stream.tell()
    tail = _last(stream, size, _TAIL)
    length = int.from_bytes(tail[-ENDS : -len(MAGIC)], "little")
    if tail[-len(MAGIC) :] != MAGIC or not 0 < length <= min(FOOTER_BYTES, size - ENDS - len(MAGIC)):
        raise ValueError("no footer of Parquet")
    return (tail if length + ENDS <= len(tail) else _last(stream, size, length + ENDS))[-ENDS - length : -ENDS]


def _last(stream: IO[bytes], size: int, count: int) -> bytes:
    stream.seek(max(0, size - count))
    return stream.read(count)


def row_groups(footer: bytes) -> list[Group]:
    """The row groups that a footer tells of, in its order. Raises ValueError for what is no such footer."""
    found: list[Group] = []
    thrift = Thrift(footer)
    try:
        for number, kind in thrift.fields():
            if (number, kind) == (_GROUPS, LIST):
                found = thrift.structures(_group)
            else:
                thrift.skip(kind)
    except (IndexError, RecursionError):
        raise ValueError("the footer ends too early") from None
    return found


def _group(thrift: Thrift) -> Group:
    rows, chunks = 0, []
    for number, kind in thrift.fields():
        if (number, kind) == (_CHUNKS, LIST):
            chunks = thrift.structures(_chunk)
        elif number == _ROWS and kind in NUMBERS:
            rows = thrift.number()
        else:
            thrift.skip(kind)
    if rows < 0:
        raise ValueError("fewer rows than none")
    return Group(rows, chunks)


def _chunk(thrift: Thrift) -> Chunk:
    told: dict[int, int] = {}
    path: list[bytes] = []
    for number, kind in thrift.fields():
        if (number, kind) == (_COLUMN, STRUCT):
            told, path = _column(thrift)
        else:
            thrift.skip(kind)
    # An encrypted one does not say where it lies, for example.
    if not path or not told.keys() >= _NEEDED or min(told.values()) < 0:
        raise ValueError("a column chunk does not say where it lies")
    start = min(told[_DATA], told.get(_DICTIONARY) or told[_DATA])
    column = path[0].decode("utf-8", "replace")
    return Chunk(start, told[_PACKED], told[_DECODED], column, told[_CODEC], told[_VALUES], told.get(_STATISTICS))


def _column(thrift: Thrift) -> tuple[dict[int, int], list[bytes]]:
    """The numbers of a column's metadata that are used, and the path of names that leads to it."""
    told: dict[int, int] = {}
    path: list[bytes] = []
    for number, kind in thrift.fields():
        if number in _READ and kind in NUMBERS:
            told[number] = thrift.number()
        elif (number, kind) == (_STATISTICS, STRUCT):
            told |= _nulls(thrift)
        elif (number, kind) == (_PATH, LIST):
            path = thrift.texts()
        else:
            thrift.skip(kind)
    return told, path


def _nulls(thrift: Thrift) -> dict[int, int]:
    """How many values the statistics say are null, under the number of the statistics; nothing if they do not say."""
    told: dict[int, int] = {}
    for number, kind in thrift.fields():
        if number == _NULLS and kind in NUMBERS:
            told[_STATISTICS] = thrift.number()
        else:
            thrift.skip(kind)
    return {key: nulls for key, nulls in told.items() if nulls >= 0}
