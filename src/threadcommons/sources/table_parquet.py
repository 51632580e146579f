"""Tables in Parquet: where a row is, when its cells lie in pieces all over a compressed file.

A Parquet file keeps a row group column by column, compressed, so no bytes are those of one row alone. A row still needs
a place of its own: one that accounts for the bytes of the file, that no other row has, and from which it can be read
again. It gets its share: the bytes of a row group are divided among its rows in order, as evenly as whole bytes
allow, and row i of n has the i-th share. To read a row again, its row group is decoded and the row whose share it is
is taken. So a place says truly "row i of this group of this file" and nothing about which bytes spell its words.
Everything outside of row groups (marks, indexes, footer) is framing.

A group with more rows than bytes has no shares to give and is refused as one record. Text does not compress that far:
such a file says almost nothing many times over, or is made to fill a memory. Footers of strangers are held against
limits before anything is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .base import BATCH_RECORDS, RANGE_BYTES, Cut, Refusal, spans
from .table_footer import ENDS, FOOTER_BYTES, MAGIC, row_groups
from .table_json import steps_of
from .table_pages import ROOM, TooLarge, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .table_footer import Chunk, Group

#: What one row group may come to when it is decoded, and what a footer may hold besides its bytes.
_GROUP_BYTES: Final = 1 << 30
_FOOTER_ITEMS: Final = 1_000_000

_FAULTS: Final = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError, KeyError, UnicodeDecodeError)
_NOT_PARQUET: Final = Refusal("quarantined", "record.not-this-format", detail="it is no Parquet file that can be read")


@dataclass(frozen=True)
class _Group:
    """One row group: its number, its bytes `[start, stop)`, its rows, and why it is not read, if it is not."""

    number: int
    start: int
    stop: int
    rows: int
    refusal: Refusal | None = None
    told: Group | None = None

    def ends(self) -> np.ndarray:
        """Where the group begins, and where the share of each row ends."""
        return self.start + (self.stop - self.start) * np.arange(self.rows + 1, dtype=np.int64) // self.rows


def _opened(data: Any) -> pq.ParquetFile | None:
    """The file with its footer read, or None for what is none."""
    size = len(data)
    if size < 2 * ENDS or data[:4] != MAGIC or data[size - 4 : size] != MAGIC:
        return None
    if not 0 < _footer_length(data, size) <= min(FOOTER_BYTES, size - 2 * len(MAGIC)):
        return None
    try:
        return pq.ParquetFile(
            pa.BufferReader(pa.py_buffer(data)),
            thrift_string_size_limit=FOOTER_BYTES,
            thrift_container_size_limit=_FOOTER_ITEMS,
            page_checksum_verification=True,
        )
    except _FAULTS:
        return None


def _footer_length(data: Any, size: int) -> int:
    return int.from_bytes(data[size - ENDS : size - 4], "little")


def _groups(file: pq.ParquetFile, data: Any) -> list[_Group] | None:
    """The row groups in order of their bytes; None where they overlap or lie outside of the file."""
    found, size, end = [], len(data), len(MAGIC)
    try:
        told = row_groups(bytes(data[size - ENDS - _footer_length(data, size) : size - ENDS]))
    except ValueError:
        return None
    if len(told) != file.metadata.num_row_groups:
        return None
    for number, one in enumerate(told):
        group = _group(one, number)
        if group.rows and not end <= group.start < group.stop <= size - ENDS:
            return None
        end = max(end, group.stop)
        found += [group] if group.rows else []
    return found


def _group(told: Group, number: int) -> _Group:
    if not told.chunks:
        return _Group(number, 0, 0, 0)
    start, stop, rows = min(chunk.start for chunk in told.chunks), max(map(_end, told.chunks)), told.rows
    refusal = None
    if rows > stop - start:
        detail = f"{rows} rows in {stop - start} bytes"
        refusal = Refusal("quarantined", "record.no-place", detail=detail)
    elif (decoded := sum(chunk.decoded for chunk in told.chunks)) > _GROUP_BYTES:
        detail = f"a row group of {decoded} bytes decoded; the limit is {_GROUP_BYTES}"
        refusal = Refusal("quarantined", "record.too-long", detail=detail)
    return _Group(number, start, stop, rows, refusal, told)


def _end(chunk: Chunk) -> int:
    return chunk.start + chunk.packed


def cut_parquet(data: Any, start: int, stop: int, columns: Sequence[str], most: int) -> Iterator[Cut]:
    """The rows of the groups that lie in `data[start:stop]`; the hint of each is the tuple of its values.

    `columns` are read and no others; the values are those of their first steps, each once. Rows with more than `most`
    characters in them are refused.
    """
    file = _opened(data)
    groups = _groups(file, data) if file else None
    keys = list(dict.fromkeys(steps_of(column)[0] for column in columns))
    missing = [key for key in keys if key not in file.schema_arrow.names] if file else []
    if file is None or groups is None or missing:
        why = replace(_NOT_PARQUET, detail=f"there is no column {missing[0]!r}") if missing else _NOT_PARQUET
        whole = [(start, stop - start)] if stop > start else []
        yield spans(start, stop, whole, data, {0: why} if whole else {})
        return
    begun = start
    for group in groups:
        if start <= group.start and group.stop <= stop:
            for cut in _cuts(file, group, begun, data, _Asked(tuple(keys), most)):
                yield cut
                begun = cut.stop
    yield spans(begun, stop, [], data, {})


@dataclass(frozen=True)
class _Asked:
    """The columns to read, and how many characters a row may have in them."""

    keys: tuple[str, ...]
    most: int


def _cuts(file: pq.ParquetFile, group: _Group, begun: int, data: Any, asked: _Asked) -> Iterator[Cut]:
    refusal, at_once = (group.refusal, 0) if group.refusal else _at_once(data, group, asked.keys)
    if refusal:
        whole = (group.start, group.stop - group.start)
        yield spans(begun, group.stop, [whole], data, {0: refusal})
        return
    ends, at = group.ends(), 0
    decoded: Iterator[list[Any]] = chain(_rows(file, group, asked.keys, at_once), repeat(_MISSING))
    for rows in decoded:
        some = ends[at : at + len(rows) + 1]
        yield _of_rows(begun, some, data, rows[: len(some) - 1], asked.most)
        at, begun = at + len(some) - 1, int(some[-1])
        if at == group.rows:
            return


def _at_once(data: Any, group: _Group, keys: Sequence[str]) -> tuple[Refusal | None, int]:
    """Why a group is not decoded, or how many of its rows can be at once; none where its pages make no sense."""
    try:
        return None, rows_at_once(data, group.told, keys) if group.told else 0
    except TooLarge as why:
        return Refusal("quarantined", "record.too-long", detail=str(why)), 0
    except ValueError:
        return None, 0


#: Stands for what a group promises and does not hold.
_MISSING: Final[list[Any]] = [None] * BATCH_RECORDS
_BROKEN: Final = Refusal("quarantined", "record.truncated", detail="the row group cannot be decoded as far as this row")


def _of_rows(begun: int, ends: np.ndarray, data: Any, rows: Sequence[Any], most: int) -> Cut:
    """Rows whose shares follow one another; a row of None could not be decoded."""
    first = spans(begun, int(ends[0]), [], data, {})
    framing, blank = (np.zeros(len(rows), np.int64) for _ in range(2))
    framing[0], blank[0] = first.tail_framing, first.tail_blank
    refused = {index: why for index, row in enumerate(rows) if (why := _unreadable(row, most))}
    hints = [None if index in refused else row for index, row in enumerate(rows)]
    return Cut(begun, int(ends[-1]), ends[:-1], np.diff(ends), framing, blank, refused=refused, hints=hints)


def _unreadable(row: tuple[Any, ...] | None, most: int) -> Refusal | None:
    if row is None:
        return _BROKEN
    length = sum(len(value) for value in row if isinstance(value, str))
    if length <= most:
        return None
    return Refusal("quarantined", "record.too-long", detail=f"{length} characters; the limit is {most} bytes")


def _rows(
    file: pq.ParquetFile, group: _Group, keys: Sequence[str], at_once: int
) -> Iterator[list[tuple[Any, ...]]]:
    """The values of a group's rows, some at a time, as far as they can be decoded.

    Never more than `at_once` are decoded together; they are given on when there are many or when they are large.
    """
    rows: list[tuple[Any, ...]] = []
    size = 0
    for count, decoded in _batches(file, group, keys, at_once):
        rows += decoded
        size += count
        if size >= ROOM or len(rows) >= BATCH_RECORDS:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _batches(
    file: pq.ParquetFile, group: _Group, keys: Sequence[str], at_once: int
) -> Iterator[tuple[int, list[tuple[Any, ...]]]]:
    """The rows of a group in small batches with their bytes, up to where Arrow cannot go on."""
    if not at_once:
        return
    count = min(at_once, BATCH_RECORDS)
    try:
        for batch in file.iter_batches(count, row_groups=[group.number], columns=list(keys), use_threads=False):
            batch.validate(full=True)
            if batch.num_rows:
                values = [_plain(batch.column(batch.schema.names.index(key))) for key in keys]
                yield batch.nbytes, list(zip(*values, strict=True))
    except _FAULTS:
        return


def _plain(column: pa.Array) -> list[Any]:
    """The values of a column as JSON would have them; times as ISO text."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return [_value(value) for value in column.to_pylist()]


def _value(value: Any) -> Any:
    for kinds, change in _CHANGES:
        if isinstance(value, kinds):
            return change(value)
    return value


_CHANGES: Final = (
    ((str, bool, int), lambda value: value),
    ((datetime, date), lambda value: value.isoformat()),
    ((float, Decimal), str),
    ((bytes,), lambda value: value.decode("utf-8")),
    ((dict,), lambda value: {key: _value(item) for key, item in value.items()}),
    ((list,), lambda value: [_value(item) for item in value]),
)


def unit_parquet(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The row group in which an offset lies; the whole file for an offset in none."""
    file = _opened(data)
    groups = (_groups(file, data) if file else None) or []
    return next(((group.start, group.stop) for group in groups if group.start <= offset < group.stop), (0, size))


def divide_parquet(data: Any, size: int) -> list[int]:
    """Cut points at row groups, one about every `RANGE_BYTES`."""
    file = _opened(data) if size > RANGE_BYTES else None
    points = [0]
    for group in (_groups(file, data) if file else None) or []:
        if group.start - points[-1] >= RANGE_BYTES:
            points.append(group.start)
    return [*points, size]
