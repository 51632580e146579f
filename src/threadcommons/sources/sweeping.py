"""Looking through whole exports for a few lines that matter to others, without parsing anything else.

Files are searched where they are mapped; members of containers pass by in windows, so that memory does not grow with
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..archives import open_member
from .lines import line_around
from .opening import let_go, open_export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Export

#: How much of a member is in memory at once; a longer line is passed over.
WINDOW: Final = 32 * 1024 * 1024
_LONGEST: Final = 8 * WINDOW


def blocks(export: Export) -> Iterator[Any]:
    """The bytes of an export in blocks that end where a line does. Raises UnsafeFile, BadContainer or OSError."""
    if not export.stored:
        return
    if export.member is None or export.size <= WINDOW:
        with open_export(export) as (data, _):
            yield data
        return
    rest = b""
    with open_member(export.path, export.member) as stream:
        while block := stream.read(WINDOW):
            buffer = rest + block
            end = buffer.rfind(b"\n") + 1
            rest = buffer[end:] if len(buffer) - end <= _LONGEST else b""
            if end:
                yield buffer[:end]
    if rest:
        yield rest


def lines_with(export: Export, *marks: bytes) -> Iterator[bytes]:
    """The lines in which a mark stands, mark by mark; one with two marks comes twice."""
    for data in blocks(export):
        for mark in marks:
            yield from _lines(data, mark)


def _lines(data: Any, mark: bytes) -> Iterator[bytes]:
    passed = 0
    for at in places(data, mark):
        if at >= passed:
            begin, passed = line_around(data, len(data), at)
            yield bytes(data[begin:passed])


def places(data: Any, mark: bytes) -> Iterator[int]:
    """Where a mark stands; what was searched is let go of."""
    at, more = 0, len(mark) - 1
    while at + more < len(data):
        stop = min(len(data), at + WINDOW + more)
        found = data.find(mark, at, stop)
        if found < 0:
            let_go(data, at, stop)
            at = stop - more
        else:
            yield found
            at = found + 1
