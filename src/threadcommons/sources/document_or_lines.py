"""Files that are one JSON document, or one document a line: the first line tells which.

What asks an interface page by page often writes its answers below each other.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import BOM, SOLID
from .documents import cut_document, cut_documents
from .lines import divide_lines, line_around

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..model import Limits
    from .base import Cut, Refusal
    from .documents import Item

_ANYTHING: Final = msgspec.json.Decoder(msgspec.Raw)


def cut_either(
    data: Any, start: int, stop: int, limits: Limits, find: Callable[[memoryview], Iterable[Item] | Refusal]
) -> Iterator[Cut]:
    """Cut `data[start:stop]`, a document or lines that are one each, into the items that `find` finds in a document."""
    way = cut_documents if start or in_lines(data, stop) else cut_document
    return way(data, start, stop, limits, find)


def divide_either(data: Any, size: int) -> list[int]:
    """Cut points: between lines where each is a document."""
    return divide_lines(data, size) if in_lines(data, size) else [0, size]


def unit_either(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The smallest range around an offset that can be cut by itself: a line where each is a document, else the file."""
    return line_around(data, size, offset) if in_lines(data, size) else (0, size)


def in_lines(data: Any, size: int) -> bool:
    """Whether the first line is a whole list or object, and more follows below it."""
    begin = SOLID.search(data, len(BOM) * (bytes(data[: len(BOM)]) == BOM), size)
    if begin is None or data[begin.start() : begin.end()] not in (b"{", b"["):
        return False
    end = data.find(b"\n", begin.start(), size)
    if end < 0 or SOLID.search(data, end, size) is None:
        return False
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the line is no whole value
        _ANYTHING.decode(bytes(data[begin.start() : end]))
        return True
    return False
