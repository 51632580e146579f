"""Cutting runs of JSON objects: one per line as a rule, but some may be written over many lines, with prose between.

A line that opens an object and holds nothing else begins one that goes on until its brackets are closed. Any other line
is a record by itself, whatever stands in it, so that a broken one spoils no other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .base import BATCH_RECORDS, BOM, SOLID, Refusal, spans, trimmed
from .documents import cut_json_lines
from .lines import divide_lines, whole_lines
from .strict_json import too_deep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits
    from .base import Cut

_OPEN, _CLOSE = b"{"[0], b"}"[0]
#: Between two objects on one line. It may stand in a text too; then the line is looked at more closely for nothing.
_TWO: Final = b"}{"
#: A text that ends in its line (the group holds its last mark), a bracket, or the end of a line.
_PIECE: Final = re.compile(rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+("?)|[{}\[\]\n]')
#: What may stand at the end of a line before one that begins with an object inside another.
_BEFORE: Final = b",[:"


def cut_objects(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut `data[start:stop]`, which begins and ends between lines, into objects and stray lines."""
    for lines in cut_json_lines(data, start, stop, limits):
        if not _all_whole(data, lines):
            yield from _cut_slowly(data, lines.start, stop, limits)
            return
        yield lines


def divide_objects(data: Any, size: int) -> list[int]:
    """Cut points of a file whose first line is an object by itself; others are not divided."""
    return divide_lines(data, size) if _by_lines(data[: 1 << 20]) else [0, size]


def whole_objects(buffer: bytes) -> int:
    """How many bytes of a buffer can be cut without what follows: none, where objects go over several lines."""
    return whole_lines(buffer) if _by_lines(buffer) else 0


def _by_lines(head: bytes) -> bool:
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0].rstrip()
    return line != b"{" and not line.startswith(b"[")


def _all_whole(data: Any, lines: Cut) -> bool:
    """Whether every line begins and ends as one object does, and none may hold two."""
    if not len(lines):
        return True
    view = np.frombuffer(data, np.uint8, lines.stop - lines.start, lines.start)
    at = lines.offsets - lines.start
    alone = (view[at] == _OPEN) & (view[at + lines.lengths - 1] == _CLOSE) & (lines.lengths > 1)
    return bool(alone.all()) and data.find(_TWO, lines.start, lines.stop) < 0


def _cut_slowly(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    pieces: list[tuple[int, int]] = []
    refused: dict[int, Refusal] = {}
    begun = start
    for at, end in _records(data, start, stop):
        if refusal := _refusal(data, at, end, limits):
            refused[len(pieces)] = refusal
        pieces.append((at, end - at))
        if len(pieces) == BATCH_RECORDS:
            yield spans(begun, end, pieces, data, refused)
            pieces, refused, begun = [], {}, end
    yield spans(begun, stop, pieces, data, refused)


def _refusal(data: Any, at: int, end: int, limits: Limits) -> Refusal | None:
    if end - at > limits.record_bytes:
        detail = f"{end - at} bytes; the limit is {limits.record_bytes}"
        return Refusal("quarantined", "record.too-long", detail=detail)
    return too_deep(bytes(data[at:end]), limits.depth)


def _records(data: Any, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each record."""
    at = len(BOM) if start == 0 and data[: len(BOM)] == BOM else start
    line = at
    while solid := SOLID.search(data, at, stop):
        at = solid.start()
        if at >= line:
            newline = data.find(b"\n", at, stop)
            line = trimmed(data, at, stop if newline < 0 else newline)
        end = _end(data, at, line, stop)
        yield at, end
        at = end


def _end(data: Any, at: int, line: int, stop: int) -> int:
    """Where the record ends that begins at `at`, in a line that ends at `line`."""
    alone = data[at] == _OPEN and line - at > 1 and data[line - 1] == _CLOSE and data.find(_TWO, at, line) < 0
    if alone or data[at] != _OPEN:
        return line
    return _closing(data, at, stop if line - at == 1 else line)


def _closing(data: Any, at: int, stop: int) -> int:
    """Where the object that begins at `at` is closed, or where it is seen that it never is."""
    depth = 0
    for piece in _PIECE.finditer(data, at, stop):
        token = piece[0]
        if token == b"\n":
            before = trimmed(data, at, piece.start())
            if data[piece.end() : piece.end() + 1] == b"{" and data[before - 1 : before] not in _BEFORE:
                return before
        elif token[:1] == b'"':
            if not piece[1]:
                newline = data.find(b"\n", piece.start(), stop)
                return trimmed(data, at, stop if newline < 0 else newline)
        else:
            depth += 1 if token in b"{[" else -1
            if not depth:
                return piece.end()
    return trimmed(data, at, stop)
