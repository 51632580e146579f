r"""Cutting tables of delimited text (CSV, TSV): a record is a row, which may span several lines.

A quote opens a cell only where a cell begins; inside, two quotes stand for one, and line ends are text. That is what
spreadsheets write. Rows end at `\n` bytes outside of quotes; a `\r` before it belongs to the end.

Where rows end is found with arrays over the quotes and line ends of a block: as long as every quote that opens stands
where a cell begins, a line end is outside exactly if the quotes before it are even in number. Where one does not, the
rows of that block are followed cell by cell; both ways give the same rows. A quote that is not closed within the
longest record allowed spoils its own line and no other.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .base import BATCH_RECORDS, BLANK, BOM, RANGE_BYTES, Cut, Refusal, spans
from .cells import cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits
    from .cells import Layout

_NEWLINE: Final = ord("\n")
_RETURN: Final = ord("\r")
#: How many bytes are looked at together.
_BLOCK: Final = 4 * 1024 * 1024

# --- Where rows are ---


@dataclass(frozen=True)
class _Rows:
    """Rows in order, as columns: where each begins and ends, how many cells it has, and whether a quote stays open.

    A row whose quote stays open is a single line.
    """

    begins: np.ndarray
    ends: np.ndarray
    cells: np.ndarray
    open: np.ndarray

    def parted(self, count: int) -> tuple[_Rows, _Rows]:
        """The first `count` rows, and the others."""
        return self.chosen(slice(None, count)), self.chosen(slice(count, None))

    def chosen(self, which: Any) -> _Rows:
        """Some of the rows: an index of arrays."""
        return _Rows(self.begins[which], self.ends[which], self.cells[which], self.open[which])


_NOTHING: Final = _Rows(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool))


def _rows(data: Any, start: int, stop: int, layout: Layout, most: int) -> Iterator[_Rows]:
    """The rows of `data[start:stop]` in order, some at a time; they cover the range without gaps."""
    at = start
    while at < stop:
        end = min(stop, at + _BLOCK)
        fast = _at_once(data, at, end, layout, most, last=end == stop)
        if len(fast.ends):
            yield fast
            at = int(fast.ends[-1])
        if at < end and (end == stop or not len(fast.ends)):
            slow = _one_by_one(data, at, end, stop, layout, most)
            yield slow
            at = int(slow.ends[-1])


def _at_once(data: Any, start: int, end: int, layout: Layout, most: int, *, last: bool) -> _Rows:
    """The first rows of a block, as far as they are certain. `last` says that nothing follows the block."""
    view = np.frombuffer(data, np.uint8, end - start, start)
    ends = np.flatnonzero(view == _NEWLINE) + 1
    if last and view[-1] != _NEWLINE:
        ends = np.append(ends, len(view))
    others = np.flatnonzero(view == ord(layout.delimiter))
    if layout.quote and len(quotes := np.flatnonzero(view == ord(layout.quote))):
        outside = np.searchsorted(quotes, ends - 1) % 2 == 0
        if last and len(ends):
            outside[-1] = np.searchsorted(quotes, ends[-1]) % 2 == 0
        ends = ends[outside & (ends <= _doubtful(view, quotes, layout))]
        others = others[np.searchsorted(quotes, others) % 2 == 0]
    begins = np.concatenate([[0], ends])[:-1]
    long = np.flatnonzero(ends - begins > most)
    sure = slice(0, int(long[0]) if len(long) else None)
    begins, ends = begins[sure], ends[sure]
    cells = np.diff(np.searchsorted(others, np.concatenate([[0], ends]))) + 1
    return _Rows(begins + start, ends + start, cells, np.zeros(len(ends), bool))


def _doubtful(view: np.ndarray, quotes: np.ndarray, layout: Layout) -> int:
    """Where the first quote stands that would open a cell in the middle of one; the end when there is none."""
    opening = quotes[::2]  # or one that follows the quote which has just closed: two of them stand for one
    before = view[opening - 1]
    fits = _opens(layout)[before] | (before == ord(layout.quote)) | (opening == 0)
    wrong = np.flatnonzero(~fits)
    return int(opening[wrong[0]]) if len(wrong) else len(view)


def _opens(layout: Layout) -> np.ndarray:
    """Which bytes may stand before a quote that opens a cell."""
    return np.isin(np.arange(256), [ord(layout.delimiter), _NEWLINE])


def _one_by_one(data: Any, start: int, end: int, stop: int, layout: Layout, most: int) -> _Rows:
    """The rows that begin in `data[start:end]`: lines without a quote that could open a cell, and others followed."""
    view = np.frombuffer(data, np.uint8, end - start, start)
    ends = np.flatnonzero(view == _NEWLINE) + 1
    if not len(ends) or ends[-1] < len(view):
        ends = np.append(ends, len(view))
    begins = np.concatenate([[0], ends[:-1]])
    counts = np.diff(np.searchsorted(np.flatnonzero(view == ord(layout.delimiter)), np.append(begins, ends[-1]))) + 1
    quotes = np.flatnonzero(view == ord(layout.quote)) if layout.quote else np.zeros(0, np.int64)
    opening = quotes[(quotes == 0) | _opens(layout)[view[quotes - 1]]]
    simple = ends - begins <= most
    simple[np.searchsorted(ends, opening, side="right")] = False
    simple[-1] &= end == stop or bool(view[-1] == _NEWLINE)
    lines, plain, pieces, at = (begins + start).tolist(), simple.tolist(), [], 0
    others = np.append(np.flatnonzero(~simple), len(lines))
    while at < len(lines):
        run = slice(at, int(others[np.searchsorted(others, at)]))
        pieces.append(_Rows(begins[run] + start, ends[run] + start, counts[run], np.zeros(run.stop - at, bool)))
        followed, at = [], run.stop
        while at < len(lines) and not plain[at]:
            followed.append(_row_at(data, lines[at], stop, layout, most))
            at = bisect_left(lines, followed[-1][1], at)
        pieces += [_as_rows(followed)] if followed else []
    return _joined(*pieces)


def _as_rows(found: list[tuple[int, int, int, bool]]) -> _Rows:
    begins, ends, cells, open_ = zip(*found, strict=True)
    places = [np.array(column, np.int64) for column in (begins, ends, cells)]
    return _Rows(places[0], places[1], places[2], np.array(open_, bool))


def _row_at(data: Any, at: int, stop: int, layout: Layout, most: int) -> tuple[int, int, int, bool]:
    """Where the row at `at` begins and ends, how many cells it has, and whether a quote in it stays open."""
    limit = min(stop, at + most + 1)
    row = layout.row.match(data, at, limit)
    until = row.end() if row else limit
    if row is None or (until == limit < stop and data[until - 1 : until] != b"\n"):
        line = data.find(b"\n", at if row is None else limit, stop)
        until = stop if line < 0 else line + 1
    return at, until, _count(bytes(data[at:until]), layout) if until - at <= most else 0, row is None


def _count(row: bytes, layout: Layout) -> int:
    """How many cells a row has, broken or not. Behind the line end the pattern finds one that is none."""
    return len(layout.loose.findall(row if row.endswith(b"\n") else row + b"\n")) - 1


def _bare(row: bytes) -> bytes:
    """A row without its line end."""
    return row.removesuffix(b"\n").removesuffix(b"\r")


# --- Records ---

_OPEN: Final = Refusal("quarantined", "record.csv-syntax", detail="a quote opens a cell and is not closed")
_TORN: Final = Refusal(
    "quarantined", "record.torn-row", detail="the next line has too few cells, so this row may go on there"
)


def cut_delimited(data: Any, start: int, stop: int, limits: Limits, layout: Layout) -> Iterator[Cut]:
    """Cut `data[start:stop]` into rows.

    Refused are rows that are too long, that have not as many cells as there are columns, or whose quote is not closed,
    and the row before one with too few cells, since it may go on there. The row that names the columns is framing.
    """
    at = _after_bom(data, start)
    if layout.header and start == 0:
        at = _past_header(data, at, stop, layout, limits.record_bytes)
    begun, waiting = start, _NOTHING
    for rows in _rows(data, at, stop, layout, limits.record_bytes):
        waiting = _joined(waiting, _filled(data, rows))
        # The last row waits for the next one, which may show that it is torn.
        while len(waiting.begins) > BATCH_RECORDS:
            some, waiting = waiting.parted(BATCH_RECORDS)
            until = int(some.ends[-1])
            yield _cut(data, (begun, until), some, limits.record_bytes, len(layout.columns), int(waiting.cells[0]))
            begun = until
    yield _cut(data, (begun, stop), waiting, limits.record_bytes, len(layout.columns), len(layout.columns))


def _after_bom(data: Any, start: int) -> int:
    return len(BOM) if start == 0 and data[: len(BOM)] == BOM else start


def _joined(*pieces: _Rows) -> _Rows:
    return _Rows(
        np.concatenate([rows.begins for rows in pieces]),
        np.concatenate([rows.ends for rows in pieces]),
        np.concatenate([rows.cells for rows in pieces]),
        np.concatenate([rows.open for rows in pieces]),
    )


def _filled(data: Any, rows: _Rows) -> _Rows:
    """Rows without their line ends; blank ones are left out."""
    every = np.frombuffer(data, np.uint8)
    ends = rows.ends - (every[rows.ends - 1] == _NEWLINE)
    ends -= (ends > rows.begins) & (every[np.maximum(ends - 1, rows.begins)] == _RETURN)
    keep = np.ones(len(ends), bool)
    for index in np.flatnonzero(_IS_BLANK[every[rows.begins]]):
        keep[index] = not _is_blank(data, int(rows.begins[index]), int(ends[index]))
    return replace(rows, ends=ends).chosen(keep)


_IS_BLANK: Final = np.isin(np.arange(256), list(BLANK))


def _is_blank(data: Any, begin: int, end: int) -> bool:
    return all(not bytes(data[at : min(end, at + _BLOCK)]).strip(BLANK) for at in range(begin, end, _BLOCK))


def _cut(data: Any, span: tuple[int, int], rows: _Rows, most: int, width: int, following: int) -> Cut:
    """The cut of rows that are known; `following` is how many cells the row after them has."""
    start, stop = span
    if not len(rows.begins):
        return spans(start, stop, [], data, {})
    lengths = rows.ends - rows.begins
    torn = np.append(rows.cells[1:], following) < width
    bad = np.flatnonzero((lengths > most) | rows.open | (rows.cells != width) | torn)
    refused = {
        index: _refusal(int(lengths[index]), most, int(rows.cells[index]), width, open_=bool(rows.open[index]))
        for index in bad.tolist()
    }
    gaps = rows.begins - np.concatenate([[start], rows.ends[:-1]])
    framing = np.zeros(len(gaps), np.int64)
    framing[0] = spans(start, int(rows.begins[0]), [], data, {}).tail_framing
    tail = stop - int(rows.ends[-1])
    return Cut(start, stop, rows.begins, lengths, framing, gaps - framing, 0, tail, refused)


def _refusal(length: int, most: int, cells: int, width: int, *, open_: bool) -> Refusal:
    if length > most:
        return Refusal("quarantined", "record.too-long", detail=f"{length} bytes; the limit is {most}")
    if open_:
        return _OPEN
    if cells != width:
        return Refusal("quarantined", "record.bad-row", detail=f"{cells} cells; the table has {width} columns")
    return _TORN


def _past_header(data: Any, at: int, stop: int, layout: Layout, most: int) -> int:
    """Where the rows begin: after the first row that is not blank, if it names the columns."""
    cells, end = first_row(data, at, stop, layout, most)
    return end if cells == list(layout.columns) else at


def first_row(data: Any, at: int, stop: int, layout: Layout, most: int) -> tuple[list[str] | Refusal | None, int]:
    """The cells of the first row in `data[at:stop]` that is not blank, and where it ends; None when there is none."""
    while at < stop and (row := layout.row.match(data, at, min(stop, at + most + 1))):
        if row[0].strip(BLANK):
            return cells_of(_bare(row[0]), layout), row.end()
        at = row.end()
    return None, at


def divide_delimited(data: Any, size: int, layout: Layout, most: int) -> list[int]:
    """Cut points before whole rows, one about every `RANGE_BYTES`; a function of the bytes alone."""
    points = [0]
    for rows in _rows(data, _after_bom(data, 0), size, layout, most) if size > RANGE_BYTES else ():
        good = rows.begins[rows.cells == len(layout.columns)]
        while len(good := good[good >= points[-1] + RANGE_BYTES]):
            points.append(int(good[0]))
    return [*points, size]


def whole_delimited(buffer: bytes, layout: Layout, most: int) -> int:
    """How many bytes of a buffer are rows that nothing behind it can change. The last of them is left for later."""
    whole = 0
    for rows in _rows(buffer, 0, len(buffer), layout, most):
        undecided = rows.begins[rows.open & (rows.begins + most >= len(buffer))]
        certain = (rows.cells == len(layout.columns)) & (np.frombuffer(buffer, np.uint8)[rows.ends - 1] == _NEWLINE)
        found = rows.begins[certain & (rows.begins < (undecided[0] if len(undecided) else len(buffer)))]
        whole = int(found[-1]) if len(found) else whole
        if len(undecided):
            break
    return whole
