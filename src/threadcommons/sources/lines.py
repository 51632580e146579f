r"""Cutting line formats: a record is a line without its end; blank lines belong to nobody.

Lines end at `\n` bytes and nowhere else (a `\r` before it is blank too). Nothing is decoded here, so a line
cut inside a character spoils that line and no other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .base import BLANK, BOM, RANGE_BYTES, SOLID, Cut, Refusal, trimmed
from .typed import worth_compiling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits

#: How many lines one batch holds: more than records of other kinds, for so many of them have a bound in `_BLOCK`.
BATCH_RECORDS: Final = 65_536


def divide_lines(data: Any, size: int) -> list[int]:
    """Cut points at line starts, one about every `RANGE_BYTES`; a function of the bytes alone."""
    points = [0]
    while points[-1] + RANGE_BYTES < size:
        end = data.find(b"\n", points[-1] + RANGE_BYTES)
        if end < 0 or end + 1 >= size:
            break
        points.append(end + 1)
    return [*points, size]


def whole_lines(buffer: bytes) -> int:
    """How many bytes of a buffer are whole lines."""
    return buffer.rfind(b"\n") + 1


def line_around(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The line in which an offset stands, for readers whose unit is a line."""
    end = data.find(b"\n", offset)
    return data.rfind(b"\n", 0, offset) + 1, size if end < 0 else end + 1


def cut_lines(
    data: Any,
    start: int,
    stop: int,
    limits: Limits,
) -> Iterator[Cut]:
    """Cut `data[start:stop]` into lines. Those longer than the limit are refused unread."""
    at = start
    while at < stop or start == stop:
        end = _block(data, at, stop)
        offsets, lengths = _lines(data, at, end)
        bounds = _parts(len(offsets), BATCH_RECORDS)
        # The last batch of a block goes to the block's end, so that a gap is never divided.
        for first, after in pairwise(bounds):
            until = end if after == len(offsets) else int(offsets[after - 1] + lengths[after - 1])
            yield _cut(data, (at, until), (offsets[first:after], lengths[first:after]), limits)
            at = until
        if start == stop:
            return


def _parts(count: int, most: int) -> list[int]:
    """Bounds of parts of about the same size, none of which has more than `most`: a batch has a price of its own."""
    parts = max(1, -(-count // most))
    return [count * part // parts for part in range(parts + 1)]


def _block(data: Any, at: int, stop: int) -> int:
    """Where the lines end that are looked at together: at a line's end, after `_BLOCK` bytes or less."""
    about = at + _parts(stop - at, _BLOCK)[1]
    if about == stop:
        return stop
    end = data.rfind(b"\n", at, about)
    end = end if end >= 0 else data.find(b"\n", about, stop)
    return stop if end < 0 else end + 1


#: About how many bytes are looked at together: a whole range.
_BLOCK: Final = RANGE_BYTES * 5 // 4


def _lines(data: Any, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and lengths (int64) of the lines of a range without blanks around them; blank ones are left out."""
    view = np.frombuffer(data, np.uint8, stop - start, start) if stop > start else np.zeros(0, np.uint8)
    ends = _line_feeds(view)
    begins = np.concatenate([[0], ends + 1])
    ends = np.concatenate([ends, [len(view)]])
    if start == 0 and data[: len(BOM)] == BOM:
        begins[0] = len(BOM)
    # Nearly all lines begin with what is no blank, and end with one or none; the others are looked at one by one.
    _shrink(view, begins, ends)
    padded = _padded(view, begins, ends)
    del view
    for index in np.flatnonzero(padded):
        begins[index], ends[index] = _bare(data, start + int(begins[index]), start + int(ends[index]), start)
    filled = begins < ends
    return (begins[filled] + start).astype(np.int64), (ends - begins)[filled].astype(np.int64)


def _line_feeds(view: np.ndarray) -> np.ndarray:
    """The places of all line feeds (int64)."""
    if not worth_compiling(len(view)):
        return np.flatnonzero(view == _NEWLINE)
    from . import line_scan  # compiled code that only those load who read much

    # Compiled before it is handed what may be mapped: whoever compiles may hold on to it.
    line_scan.compile_all()
    view.flags.writeable = False  # loops are compiled once for what can be written to, and once for what cannot
    found, at = [np.zeros(0, np.int64)], 0
    ends = np.empty(max(_FEWEST, len(view) // _SHORT_LINE), np.int64)
    while at < len(view):
        count, at = line_scan.newlines(view, at, ends)
        found.append(ends[:count].copy())
    return np.concatenate(found)


#: Room for so many line feeds at least, and for one in so many bytes; where there are more, it is used again.
_FEWEST: Final = 1024
_SHORT_LINE: Final = 256


def _shrink(view: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> None:
    """Take one blank from the end of each line that ends with one."""
    some = np.flatnonzero(begins < ends)
    ends[some] -= _IS_BLANK[view[ends[some] - 1]]


def _padded(view: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which lines, of those that are not empty, still begin or end with a blank."""
    found = np.zeros(len(begins), bool)
    some = np.flatnonzero(begins < ends)
    found[some] = _IS_BLANK[view[begins[some]]] | _IS_BLANK[view[ends[some] - 1]]
    return found


def _bare(data: Any, start: int, stop: int, base: int) -> tuple[int, int]:
    """Begin and end, counted from `base`, of what is left of a line without blanks around it."""
    solid = SOLID.search(data, start, stop)
    return (solid.start() - base, trimmed(data, solid.start(), stop) - base) if solid else (0, 0)


_NEWLINE: Final = ord("\n")
_IS_BLANK: Final = np.isin(np.arange(256), list(BLANK))


def _cut(
    data: Any,
    span: tuple[int, int],
    lines: tuple[np.ndarray, np.ndarray],
    limits: Limits,
) -> Cut:
    """The cut of lines that are known; what stands between them is blank, apart from a byte order mark at the start."""
    (start, stop), (offsets, lengths) = span, lines
    marks = len(BOM) if start == 0 and data[: len(BOM)] == BOM else 0
    ends = np.concatenate([[start], offsets + lengths])
    gaps = offsets - ends[:-1]
    tail = stop - int(ends[-1])
    framing = np.zeros(len(gaps), np.int64)
    framing[:1] = marks
    refused = {
        int(index): Refusal(
            "quarantined", "record.too-long", detail=f"{lengths[index]} bytes; the limit is {limits.record_bytes}"
        )
        for index in np.flatnonzero(lengths > limits.record_bytes)
    }
    tail_framing = 0 if len(gaps) else marks
    return Cut(start, stop, offsets, lengths, framing, gaps - framing, tail_framing, tail - tail_framing, refused)
