"""Cutting JSON documents: records are values somewhere inside, found by a compiled decoder and never copied.

A format says where its items are by giving a decoder whose items are `msgspec.Raw`: views of the document's own bytes,
so the span of each is known to the byte. All that stands between them is framing.
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from .base import BATCH_RECORDS, BOM, SOLID, Cut, Refusal, spaced, spans, trimmed
from .hints import Hints
from .lines import cut_lines
from .strict_json import diagnosis, too_deep
from .typed import worth_compiling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..model import Limits


class Item(NamedTuple):
    """One record of a document: its bytes, as a view into the document or as (offset, length) in it.

    `hint` is what parsing needs to know from around it; plain values, no views. A `refusal` stands for the record
    whatever it contains.
    """

    at: msgspec.Raw | tuple[int, int]
    hint: Any = None
    refusal: Refusal | None = None


#: Finds the items of one document, without overlap. What it raises (an error of msgspec,
#: or ValueError) makes the whole document one quarantined record; a refusal that it returns does the same.
Find = "Callable[[memoryview], Iterable[Item] | Refusal]"

#: Begins where the document does; the rest is framing. None: there is no document.
_NO_DOCUMENT: Final = Refusal("quarantined", "record.json-syntax", detail="there is no document in it")


def cut_document(
    data: Any,
    start: int,
    stop: int,
    limits: Limits,
    find: Callable[[memoryview], Iterable[Item] | Refusal],
    begins: Callable[[Any, int, int], int] | None = None,
) -> Iterator[Cut]:
    """Cut `data[start:stop]`, one JSON document, into the items that `find` finds in it.

    `begins` gives the offset of the document where something stands before it that is not JSON.
    """
    solid = SOLID.search(data, len(BOM) if start == 0 and data[: len(BOM)] == BOM else start, stop)
    if solid is None:
        yield spans(start, stop, [], data, {})
        return
    begin = begins(data, solid.start(), stop) if begins else solid.start()
    end = trimmed(data, solid.start(), stop)
    with memoryview(data) as whole, whole[begin:end] as view:
        found = found_in(view, find)
    if isinstance(found, Refusal):
        yield spans(start, stop, [(solid.start(), end - solid.start())], data, {0: found})
        return
    placed = [(begin + at, length, hint, no) for at, length, hint, no in found]
    yield from batches(data, start, stop, placed, limits)


#: Offset, length, hint, and the refusal if there is one.
Placed = tuple[int, int, Any, "Refusal | None"]


class Known(NamedTuple):
    """Items of many lines that need not be searched, in columns; a batch of them is never all in Python.

    `counts` (int64) are the numbers of items by line, -1 for a line that has to be searched. `offsets` and `lengths`
    (int64) are those of all items in the order of the lines, each within its line, and `hints` are theirs.
    """

    counts: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    hints: Sequence[Any]



def found_in(view: memoryview, find: Callable[[memoryview], Iterable[Item] | Refusal]) -> list[Placed] | Refusal:
    """The items of one document with their places in it, or why it cannot be read."""
    try:
        items = find(view)
        if isinstance(items, Refusal):
            return items
        base = _address(view)
        placed = [(*_place(at, base), hint, refusal) for at, hint, refusal in items]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _why(bytes(view), error)
    # A key that stands twice may bring the items of an object out of order.
    return sorted(placed, key=itemgetter(0))


def _why(document: bytes, error: Exception) -> Refusal:
    found = diagnosis(document, str(error))
    syntax = found.code == "record.json-syntax" and isinstance(error, msgspec.ValidationError)
    return Refusal("quarantined", "record.not-this-format", detail=str(error)[:120]) if syntax else found


def _place(at: msgspec.Raw | tuple[int, int], base: int) -> tuple[int, int]:
    if isinstance(at, tuple):
        return at
    buffer = pa.py_buffer(at)
    return buffer.address - base, buffer.size


def place_in(view: memoryview, raw: msgspec.Raw) -> tuple[int, int]:
    """Offset and length of a value in the view that it was decoded from, or in one that this is a part of."""
    return _place(raw, _address(view))


def own_piece(at: int, end: int, below: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Of a node at `[at, end)` with nodes below it, offset and length of the longest piece of its own bytes.

    The first of equal ones. `below` are begins and ends.
    """
    edges = [at, *(edge for span in sorted(below) for edge in span), end]
    pieces = [(begin, stop - begin) for begin, stop in zip(edges[::2], edges[1::2], strict=True)]
    return max(pieces, key=lambda piece: (piece[1], -piece[0]))


def _address(buffer: Any) -> int:
    """Where the bytes of a buffer lie in memory."""
    return int(pa.py_buffer(buffer).address)


def batches(
    data: Any, start: int, stop: int, placed: Sequence[Placed], limits: Limits | None = None
) -> Iterator[Cut]:
    """The cuts of a range whose records are known; with `limits`, those that are too long or too deep are refused."""
    places = tuple(np.array([piece[part] for piece in placed], np.int64) for part in (0, 1))
    refused = {index: refusal for index, (*_, refusal) in enumerate(placed) if refusal}
    return _batches(data, (start, stop), places, [hint for *_, hint, _ in placed], refused, limits)


def _batches(
    data: Any, span: tuple[int, int], places: tuple[np.ndarray, ...], hints: Sequence[Any],
    refused: Mapping[int, Refusal], limits: Limits | None,
) -> Iterator[Cut]:  # fmt: skip
    begun, total = span[0], len(hints)
    for first in range(0, max(1, total), BATCH_RECORDS):
        some = slice(first, first + BATCH_RECORDS)
        offsets, lengths = (column[some] for column in places)
        end = span[1] if some.stop >= total else int(offsets[-1] + lengths[-1])
        no = {index - first: refusal for index, refusal in refused.items() if some.start <= index < some.stop}
        cut = spaced(begun, end, (offsets, lengths), data, no)
        more = _unreadable(data, cut, limits) if limits else {}
        yield replace(cut, refused=more | no, hints=hints[some])
        begun = end


def _unreadable(data: Any, cut: Cut, limits: Limits) -> dict[int, Refusal]:
    """Why records are not read whatever they hold: their length, or how deep they nest."""
    long = {
        index: Refusal(
            "quarantined", "record.too-long", detail=f"{cut.lengths[index]} bytes; the limit is {limits.record_bytes}"
        )
        for index in np.flatnonzero(cut.lengths > limits.record_bytes).tolist()
    }
    return _deep(data, cut, limits) | long


def _deep(data: Any, cut: Cut, limits: Limits) -> dict[int, Refusal]:
    """The records of a cut that nest too deep. Only those are followed that have brackets enough."""
    found = {}
    for index in np.flatnonzero(_brackets(data, cut) > limits.depth).tolist():
        at, length = int(cut.offsets[index]), int(cut.lengths[index])
        if length <= limits.record_bytes and (refusal := too_deep(bytes(data[at : at + length]), limits.depth)):
            found[index] = refusal
    return found


def cut_json_lines(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut `data[start:stop]` into lines that are JSON each; those that nest too deep are refused."""
    for cut in cut_lines(data, start, stop, limits):
        deep = _deep(data, cut, limits)
        yield replace(cut, refused=cut.refused | deep) if deep else cut


def _brackets(data: Any, cut: Cut) -> np.ndarray:
    """How many brackets open in each record; no record nests deeper than that."""
    if not len(cut):
        return np.zeros(0, np.int64)
    view = np.frombuffer(data, np.uint8, cut.stop - cut.start, cut.start)
    if worth_compiling(len(view)):
        return _counted(view, cut)
    # `[` and `{` differ in one bit, and nothing else becomes `{` when it is set.
    opened = np.flatnonzero((view | _BRACKET_BIT) == _BRACKET)
    begins = cut.offsets - cut.start
    counts: np.ndarray = np.searchsorted(opened, begins + cut.lengths) - np.searchsorted(opened, begins)
    return counts


def _counted(view: np.ndarray, cut: Cut) -> np.ndarray:
    """The same by a compiled loop."""
    from . import line_scan  # compiled code that only those load who read much

    # Compiled before it is handed what may be mapped: whoever compiles may hold on to it.
    line_scan.compile_all()
    view.flags.writeable = False
    begins, counts = cut.offsets - cut.start, np.empty(len(cut), np.int64)
    line_scan.brackets(view, begins, begins + cut.lengths, counts)
    return counts


_BRACKET: Final = ord("{")
_BRACKET_BIT: Final = np.uint8(ord("{") ^ ord("["))


def cut_documents(
    data: Any,
    start: int,
    stop: int,
    limits: Limits,
    find: Callable[[memoryview], Iterable[Item] | Refusal],
    plain: Callable[[list[bytes]], Known | None] | None = None,
) -> Iterator[Cut]:
    """Cut lines each of which is a document with items of its own; a line in which none is found is one record.

    The limit on records holds for the items and, a hundredfold, for lines. `plain` looks at many lines at once and
    tells what it knows of them, or None where it does not look; `find` looks at all others.
    """
    roomy = type(limits)(limits.record_bytes * 100, limits.depth)
    for lines in cut_lines(data, start, stop, roomy):
        known = plain(_bytes_of(data, lines)) if plain and not lines.refused else None
        if known is None:
            placed = [item for index in range(len(lines)) for item in _searched(data, lines, index, find)]
            yield from batches(data, lines.start, lines.stop, placed, limits)
        else:
            yield from _mixed(data, lines, known, find, limits)


def _bytes_of(data: Any, lines: Cut) -> list[bytes]:
    places = zip(lines.offsets.tolist(), lines.lengths.tolist(), strict=True)
    return [bytes(data[offset : offset + length]) for offset, length in places]


def _mixed(
    data: Any, lines: Cut, known: Known, find: Callable[[memoryview], Iterable[Item] | Refusal], limits: Limits
) -> Iterator[Cut]:
    """The items of lines that are known, between those of lines that are searched."""
    begins = np.repeat(lines.offsets, known.counts.clip(0)) + known.offsets
    left = np.flatnonzero(known.counts < 0).tolist()
    placed = [item for index in left for item in _searched(data, lines, index, find)]
    offsets = np.concatenate([begins, np.array([at for at, *_ in placed], np.int64)])
    lengths = np.concatenate([known.lengths, np.array([length for _, length, *_ in placed], np.int64)])
    order = np.argsort(offsets, kind="stable")
    # Where those that were searched stand among all.
    others = dict(zip(np.flatnonzero(order >= len(begins)).tolist(), placed, strict=True))
    hints = Hints(
        known.hints, np.where(order < len(begins), order, -1), {at: hint for at, (*_, hint, _) in others.items()}
    )
    refused = {at: refusal for at, (*_, refusal) in others.items() if refusal}
    yield from _batches(data, (lines.start, lines.stop), (offsets[order], lengths[order]), hints, refused, limits)


def _searched(
    data: Any, lines: Cut, index: int, find: Callable[[memoryview], Iterable[Item] | Refusal]
) -> list[Placed]:
    """The items of a line, or the line itself with the reason why there are none."""
    offset, length = int(lines.offsets[index]), int(lines.lengths[index])
    found = lines.refused.get(index) or _in_line(data, offset, length, find)
    return [(offset, length, None, found)] if isinstance(found, Refusal) else found


def _in_line(
    data: Any, offset: int, length: int, find: Callable[[memoryview], Iterable[Item] | Refusal]
) -> list[Placed] | Refusal:
    found = found_in(memoryview(bytes(data[offset : offset + length])), find)
    if isinstance(found, Refusal):
        return found
    return [(offset + at, size, hint, no) for at, size, hint, no in found] or NO_ITEM


#: A line or document that is whole and holds nothing that could become a post.
NO_ITEM: Final = Refusal("excluded", "record.not-a-post")
