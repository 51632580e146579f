"""Where the pieces of a Parquet file lie: its footer, read as far as that goes.

Arrow reads footers too, and what it says of a file as a whole is taken from it. But asked for one column of one row
group it ends the whole process where what the footer says of that column does not fit together (sizes of histograms,
encryption), which no caller can catch. So the few numbers that are needed are read here: structures in the compact
protocol of Thrift, of which all else is skipped. Each step goes forward, so the time is bound by the footer's size.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
_NUMBERS: Final = frozenset({4, 5, 6})
_DEEPEST: Final = 32
#: The number of a list's items follows where its head has no room for it.
_LONG: Final = 15
_VARINT: Final = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]")
_64_BITS: Final = (1 << 64) - 1

#: Field numbers in the metadata of a file, of a row group, of a column chunk and of what is said of its column.
_GROUPS: Final = 4
_CHUNKS, _ROWS = 1, 3
_COLUMN: Final = 3
_DECODED, _PACKED, _DATA, _DICTIONARY = _PLACES = 6, 7, 9, 11


class Chunk(NamedTuple):
    """The bytes of one column in a row group: the first, how many, and how many they come to."""

    start: int
    packed: int
    decoded: int


class Group(NamedTuple):
    """One row group: how many rows it promises, and its chunks."""

    rows: int
    chunks: list[Chunk]


def row_groups(footer: bytes) -> list[Group]:
    """The row groups that a footer tells of, in its order. Raises ValueError for what is no such footer."""
    found: list[Group] = []
    thrift = _Thrift(footer)
    try:
        for number, kind in thrift.fields():
            if (number, kind) == (_GROUPS, _LIST):
                found = thrift.structures(_group)
            else:
                thrift.skip(kind)
    except (IndexError, RecursionError):
        raise ValueError("the footer ends too early") from None
    return found


def _group(thrift: _Thrift) -> Group:
    rows, chunks = 0, []
    for number, kind in thrift.fields():
        if (number, kind) == (_CHUNKS, _LIST):
            chunks = thrift.structures(_chunk)
        elif number == _ROWS and kind in _NUMBERS:
            rows = thrift.number()
        else:
            thrift.skip(kind)
    if rows < 0:
        raise ValueError("fewer rows than none")
    return Group(rows, chunks)


def _chunk(thrift: _Thrift) -> Chunk:
    told: dict[int, int] = {}
    for number, kind in thrift.fields():
        if (number, kind) == (_COLUMN, _STRUCT):
            told = dict(_column(thrift))
        else:
            thrift.skip(kind)
    # An encrypted one does not say where it lies, for example.
    if not {_DECODED, _PACKED, _DATA} <= told.keys() or min(told[key] for key in _PLACES if key in told) < 0:
        raise ValueError("a column chunk does not say where it lies")
    return Chunk(min(told[_DATA], told.get(_DICTIONARY) or told[_DATA]), told[_PACKED], told[_DECODED])


def _column(thrift: _Thrift) -> Iterator[tuple[int, int]]:
    for number, kind in thrift.fields():
        if kind in _NUMBERS:
            yield number, thrift.number()
        else:
            thrift.skip(kind)


class _Thrift:
    """A place in bytes of the compact protocol. Raises ValueError or IndexError for what is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and kind of each field of a structure; its value is to be read or skipped before the next."""
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self.number()
            yield number, head & 0x0F

    def structures(self, read: Callable[[_Thrift], Any]) -> list[Any]:
        """The items of a list of structures, each read by `read`."""
        count, kind = self._list()
        if kind != _STRUCT and count:
            raise ValueError("a list of something else than structures")
        return [read(self) for _ in range(count)]

    def number(self) -> int:
        """A signed number."""
        value = self._natural()
        return (value >> 1) ^ -(value & 1)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Go past a value of some kind."""
        if depth > _DEEPEST:
            raise ValueError("structures too deep in each other")
        if kind in _NUMBERS:
            self._natural()
        elif kind == _BINARY:
            self._forward(self._natural())
        elif kind in _WIDTHS:
            self._forward(_WIDTHS[kind])
        elif kind == _STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        elif kind in {_LIST, _SET, _MAP}:
            self._skip_items(kind, depth)
        else:
            raise ValueError(f"no values are of kind {kind}")

    def _skip_items(self, kind: int, depth: int) -> None:
        count, *kinds = self._map() if kind == _MAP else self._list()
        for _ in range(count):
            for inner in kinds:
                # In a field a truth value is its own kind; as an item it has a byte.
                self.skip(_BYTE if inner in {_TRUE, _FALSE} else inner, depth + 1)

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        return (self._natural() if head >> 4 == _LONG else head >> 4), head & 0x0F

    def _map(self) -> tuple[int, int, int]:
        count = self._natural()
        kinds = self._byte() if count else 0
        return count, kinds >> 4, kinds & 0x0F

    def _natural(self) -> int:
        found = _VARINT.match(self._data, self._at)
        if not found:
            raise ValueError("no number, or one of more than ten bytes")
        self._at = found.end()
        value = 0
        for byte in reversed(found[0]):
            value = value << 7 | byte & 0x7F
        return value & _64_BITS

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _forward(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise IndexError


#: Bytes of values that are always as long.
_WIDTHS: Final = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8, _UUID: 16}
