r"""Cutting line formats: a record is a line without its end; blank lines belong to nobody.

Lines end at `\n` bytes and nowhere else (a `\r` before it is blank too). Nothing is decoded here, so a line
cut inside a character spoils that line and no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import BATCH_RECORDS, BOM, RANGE_BYTES, SOLID, Cut, Refusal, spans, trimmed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..model import Limits


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
    refuse: Callable[[bytes], Refusal | None] = lambda _line: None,
) -> Iterator[Cut]:
    """Cut `data[start:stop]` into lines.

    Those longer than the limit are refused unread, others where `refuse` gives a reason.
    """
    pieces: list[tuple[int, int]] = []
    refused: dict[int, Refusal] = {}
    begun = at = start
    while at < stop:
        end = data.find(b"\n", at, stop)
        after = stop if end < 0 else end + 1
        piece = _solid(data, at, after)
        if piece is not None:
            if piece[1] > limits.record_bytes:
                refused[len(pieces)] = Refusal(
                    "quarantined",
                    "record.too-long",
                    detail=f"{piece[1]} bytes; the limit is {limits.record_bytes}",
                )
            elif refusal := refuse(bytes(data[piece[0] : piece[0] + piece[1]])):
                refused[len(pieces)] = refusal
            pieces.append(piece)
        at = after
        if len(pieces) == BATCH_RECORDS:
            yield spans(begun, at, pieces, data, refused)
            pieces, refused, begun = [], {}, at
    if begun < stop or start == stop:
        yield spans(begun, stop, pieces, data, refused)


def _solid(data: Any, start: int, stop: int) -> tuple[int, int] | None:
    """Offset and length of a line without blanks around it, or None for a blank one."""
    if start == 0 and data[: len(BOM)] == BOM:
        start = len(BOM)
    solid = SOLID.search(data, start, stop)
    return (solid.start(), trimmed(data, solid.start(), stop) - solid.start()) if solid else None
