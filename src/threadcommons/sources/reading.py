"""Reading a range of an export, whatever it lies in; large members of containers pass by in windows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..archives import open_member
from .base import Batch, Cut, Refusal, no_posts, read
from .opening import open_export

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from ..model import Export, Limits
    from .base import Reader

#: How many bytes of a member are in memory at once, where its format allows it.
WINDOW: Final = 32 * 1024 * 1024


def read_export(
    reader: Reader, export: Export, span: tuple[int, int], context: Any, limits: Limits
) -> Iterator[Batch]:
    """Bytes `[start, stop)` of an export as batches, in byte order. A member of a container is always read whole.

    Raises UnsafeFile, BadContainer or OSError.
    """
    if export.member is not None and reader.whole is not None and export.size > WINDOW:
        with open_member(export.path, export.member) as stream:
            yield from _in_windows(reader, stream, context, limits)
        return
    with open_export(export) as (data, _):
        yield from read(reader, data, *span, context, limits)


def _in_windows(reader: Reader, stream: BinaryIO, context: Any, limits: Limits) -> Iterator[Batch]:
    """Windows that end where a record does. What does not fit into one is passed over unread, as one record."""
    assert reader.whole is not None  # noqa: S101  (the caller looked)
    base, rest = 0, b""
    while block := stream.read(WINDOW):
        buffer = rest + block
        end = reader.whole(buffer)
        if end == 0 and len(buffer) > max(WINDOW, limits.record_bytes):
            length, rest = _passed_over(reader, stream, len(buffer))
            yield _unread(base, length, limits)
            base += length
            continue
        yield from _shifted(reader, buffer[:end], base, context, limits)
        base, rest = base + end, buffer[end:]
    if rest or not base:
        yield from _shifted(reader, rest, base, context, limits)


def _passed_over(reader: Reader, stream: BinaryIO, length: int) -> tuple[int, bytes]:
    """How long the record is of which `length` bytes were seen, and what was read behind it."""
    assert reader.whole is not None  # noqa: S101  (the caller looked)
    while block := stream.read(WINDOW):
        # A window's first record end is found by halving: `whole` tells only of the last one.
        if reader.whole(block):
            end = _first_end(reader, block)
            return length + end, block[end:]
        length += len(block)
    return length, b""


def _first_end(reader: Reader, block: bytes) -> int:
    assert reader.whole is not None  # noqa: S101  (the caller looked)
    end = reader.whole(block)
    while 0 < (earlier := reader.whole(block[: end - 1])) < end:
        end = earlier
    return end


def _unread(base: int, length: int, limits: Limits) -> Batch:
    nothing = np.zeros(1, np.int64)
    why = Refusal("quarantined", "record.too-long", detail=f"{length} bytes; the limit is {limits.record_bytes}")
    cut = Cut(base, base + length, np.array([base]), np.array([length]), nothing, nothing, refused={0: why})
    return Batch(cut, no_posts(), {0: why})


def _shifted(reader: Reader, window: bytes, base: int, context: Any, limits: Limits) -> Iterator[Batch]:
    """The batches of a window, at their places in the member.

    A window that is not the first is cut as if a line had ended before it, so that nothing at its start is taken for
    the start of a file.
    """
    before = b"\n" if base else b""
    move = base - len(before)
    for batch in read(reader, before + window, len(before), len(before) + len(window), context, limits):
        cut = batch.cut
        moved = replace(cut, start=cut.start + move, stop=cut.stop + move, offsets=cut.offsets + move)
        yield replace(batch, cut=moved)
