"""How many rows of a Parquet row group can be decoded at once, whatever a stranger packed into it.

Compression and encodings multiply: a page of some kilobytes can say the same long text many thousand times over. What
a page comes to stands before it, and Arrow holds it to that; so the pages of a group are walked, and from the largest,
and the most that one value in each can be, follows how many rows fit into a memory of fixed size.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa

from .thrift import NUMBERS, STRUCT, Thrift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .table_footer import Chunk, Group

#: What the values of rows that are decoded at once may come to, and what one page may.
ROOM: Final = 16 << 20
_PAGE_BYTES: Final = 64 << 20
#: How many values a column of lists may hold in one row group, whatever they are.
_ITEMS: Final = 1 << 24

#: Field numbers in the header of a page, and in those that it holds for each kind of page: values and encoding.
_DECODED, _PACKED = 2, 3
_KINDS: Final = {5: (1, 2), 7: (1, 2), 8: (1, 4)}
_DICTIONARY: Final = 7
#: Encodings by number: values as indexes into a dictionary, and values that go on from the one before.
_INDEXES: Final = frozenset({2, 8})
_CONTINUED: Final = 7
_CODECS: Final = {1: "snappy", 2: "gzip", 4: "brotli", 6: "zstd", 7: "lz4_raw"}


class TooLarge(ValueError):
    """A group that cannot be decoded in bounded memory."""


class _Page(NamedTuple):
    """One page: what it is, its bytes `[start, stop)`, what they come to, its values and their encoding."""

    kind: int
    start: int
    stop: int
    decoded: int
    values: int
    encoding: int


def rows_at_once(data: Any, group: Group, columns: Sequence[str]) -> int:
    """How many rows of `columns` may be decoded at once; at least one. Raises as `most_in_a_row`."""
    return max(1, ROOM // most_in_a_row(data, group, columns))


def most_in_a_row(data: Any, group: Group, columns: Sequence[str]) -> int:
    """The most bytes that the values of a row can come to in `columns`; at least one.

    Raises TooLarge for a group of which no row may be decoded, ValueError for pages that cannot be told apart.
    """
    asked = [chunk for chunk in group.chunks if chunk.column in columns]
    try:
        return max(1, sum(_most_in_a_row(data, chunk, group.rows) for chunk in asked))
    except IndexError:
        raise ValueError("a page ends too early") from None


def _most_in_a_row(data: Any, chunk: Chunk, rows: int) -> int:
    """The most bytes that a value of a column can come to, times the values of a row."""
    at, end, seen, most, entry = chunk.start, chunk.start + chunk.packed, 0, 1, None
    while at < end and seen < chunk.values:
        page = _page(data, at)
        at = page.stop
        if not page.start <= at <= end:
            raise ValueError("a page does not end where its column does")
        if not 0 <= page.decoded <= _PAGE_BYTES:
            raise TooLarge(f"a page of {page.decoded} bytes; the limit is {_PAGE_BYTES}")
        if page.kind == _DICTIONARY:
            entry = _longest(bytes(data[page.start : page.stop]), page.decoded, chunk.codec)
        else:
            seen += max(0, page.values)
            most = max(most, _most_in(page, entry))
    if seen > max(rows, _ITEMS):
        raise TooLarge(f"a column of {seen} values; the limit is {_ITEMS}")
    return most * max(1, -(-seen // max(1, rows)))


def _most_in(page: _Page, entry: int | None) -> int:
    """The most that one value in a page can come to: on average, where none can be longer at the cost of no other."""
    if page.encoding in _INDEXES:
        return page.decoded if entry is None else entry
    return page.decoded if page.encoding == _CONTINUED else -(-page.decoded // max(1, page.values))


def _page(data: Any, at: int) -> _Page:
    thrift, sizes, kind, told = Thrift(data, at), {_DECODED: -1, _PACKED: -1}, 0, (0, 0)
    for number, type_ in thrift.fields():
        if number in sizes and type_ in NUMBERS:
            sizes[number] = thrift.number()
        elif number in _KINDS and type_ == STRUCT:
            kind, told = number, _told(thrift, _KINDS[number])
        else:
            thrift.skip(type_)
    if not kind or sizes[_PACKED] < 0:
        raise ValueError("no page begins here")
    return _Page(kind, thrift.at, thrift.at + sizes[_PACKED], sizes[_DECODED], *told)


def _told(thrift: Thrift, wanted: tuple[int, int]) -> tuple[int, int]:
    found = dict.fromkeys(wanted, 0)
    for number, type_ in thrift.fields():
        if number in found and type_ in NUMBERS:
            found[number] = thrift.number()
        else:
            thrift.skip(type_)
    return found[wanted[0]], found[wanted[1]]


def _longest(packed: bytes, decoded: int, codec: int) -> int:
    """The longest entry of a dictionary of texts; all of it where that cannot be told."""
    try:
        plain = packed if codec == 0 else bytes(pa.decompress(packed, decoded, _CODECS[codec]))
    except (KeyError, ValueError, OSError, pa.ArrowException):
        return decoded
    at, longest = 0, 1
    while at < len(plain):
        if at + 4 > len(plain):
            return max(1, decoded)
        length = struct.unpack_from("<I", plain, at)[0]
        longest, at = max(longest, length), at + 4 + length
    return longest if at == len(plain) else max(1, decoded)
