"""The compact protocol of Thrift, as far as Parquet needs it to tell where its pieces lie.

A reader goes forward only: each structure gives its fields one by one, and what nobody asks for is skipped. So the time
is bound by the bytes, whatever they say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = 1, 2, 3, 7, 8, 9, 10, 11, 12, 13
#: Kinds of whole numbers of 16, 32 and 64 bits, all written alike.
NUMBERS: Final = frozenset({4, 5, 6})
_DEEPEST: Final = 32
#: The number of a list's items follows where its head has no room for it.
_LONG: Final = 15
_VARINT: Final = re.compile(rb"[\x80-\xff]{0,9}[\x00-\x7f]")
#: Below it a number has one byte, as most have.
_ONE_BYTE: Final = 1 << 7
_64_BITS: Final = (1 << 64) - 1
#: Bytes of values that are always as long.
_WIDTHS: Final = {TRUE: 0, FALSE: 0, BYTE: 1, DOUBLE: 8, UUID: 16}


class Thrift:
    """A place in bytes of the compact protocol. Raises ValueError or IndexError for what is none."""

    def __init__(self, data: Any, at: int = 0) -> None:
        self._data = data
        self._at = at

    @property
    def at(self) -> int:
        """How far it has come."""
        return self._at

    def fields(self) -> Iterator[tuple[int, int]]:
        """Number and kind of each field of a structure; its value is to be read or skipped before the next."""
        number = 0
        while head := self._data[self._at]:
            self._at += 1
            number = number + (head >> 4) if head >> 4 else self.number()
            yield number, head & 0x0F
        self._at += 1

    def texts(self) -> list[bytes]:
        """The items of a list of texts."""
        count, kind = self._list()
        if kind != BINARY and count:
            raise ValueError("a list of something else than texts")
        return [self.text() for _ in range(count)]

    def structures(self, read: Callable[[Thrift], Any]) -> list[Any]:
        """The items of a list of structures, each read by `read`."""
        count, kind = self._list()
        if kind != STRUCT and count:
            raise ValueError("a list of something else than structures")
        return [read(self) for _ in range(count)]

    def text(self) -> bytes:
        """Bytes that say themselves how many they are."""
        count = self._natural()
        begin = self._at
        self._forward(count)
        return bytes(self._data[begin : self._at])

    def number(self) -> int:
        """A signed number."""
        value = self._natural()
        return (value >> 1) ^ -(value & 1)

    def skip(self, kind: int, depth: int = 0) -> None:
        """Go past a value of some kind."""
        if depth > _DEEPEST:
            raise ValueError("structures too deep in each other")
        if kind in NUMBERS:
            if self._data[self._at] < _ONE_BYTE:
                self._at += 1
            else:
                self._natural()
        elif kind == BINARY:
            self._forward(self._natural())
        elif kind in _WIDTHS:
            self._forward(_WIDTHS[kind])
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        elif kind in {LIST, SET, MAP}:
            self._skip_items(kind, depth)
        else:
            raise ValueError(f"no values are of kind {kind}")

    def _skip_items(self, kind: int, depth: int) -> None:
        count, *kinds = self._map() if kind == MAP else self._list()
        for _ in range(count):
            for inner in kinds:
                # In a field a truth value is its own kind; as an item it has a byte.
                self.skip(BYTE if inner in {TRUE, FALSE} else inner, depth + 1)

    def _list(self) -> tuple[int, int]:
        head = self._byte()
        return (self._natural() if head >> 4 == _LONG else head >> 4), head & 0x0F

    def _map(self) -> tuple[int, int, int]:
        count = self._natural()
        kinds = self._byte() if count else 0
        return count, kinds >> 4, kinds & 0x0F

    def _natural(self) -> int:
        first: int = self._data[self._at]
        if first < _ONE_BYTE:
            self._at += 1
            return first
        found = _VARINT.match(self._data, self._at)
        if not found:
            raise ValueError("no number, or one of more than ten bytes")
        self._at = found.end()
        value = 0
        for byte in reversed(found[0]):
            value = value << 7 | byte & 0x7F
        return value & _64_BITS

    def _byte(self) -> int:
        byte: int = self._data[self._at]
        self._at += 1
        return byte

    def _forward(self, count: int) -> None:
        self._at += count
        if self._at > len(self._data):
            raise IndexError
