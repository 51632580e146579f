"""Opening exports: the one place where readers get at their bytes, be it a file or a member of a container."""

from __future__ import annotations

import gc
import mmap
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..archives import open_member
from ..files import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Export


@contextmanager
def open_export(export: Export) -> Iterator[tuple[Any, int]]:
    """The bytes of an export and how many there are: a file mapped read-only, a member decompressed into memory.

    Raises UnsafeFile, BadContainer or OSError.
    """
    if export.member is not None:
        with open_member(export.path, export.member) as stream:
            yield stream.read(), export.size
        return
    handle = open_plain(export.path)
    try:
        size = os.fstat(handle).st_size
        if size == 0:
            yield b"", 0
            return
        data = mmap.mmap(handle, size, access=mmap.ACCESS_READ)
        try:
            yield data, size
        finally:
            _close(data)
    finally:
        os.close(handle)


def _close(data: mmap.mmap) -> None:
    """Close a mapped file at which somebody may look still: an error that is on its way, or a circle of garbage.

    Whoever compiles a loop over an array leaves such circles. Where looking for them does not help, the file is closed
    when the last one looks away; an error is told as what it is and not as one of closing.
    """
    with suppress(BufferError):  # somebody looks
        data.close()
    if not data.closed:
        gc.collect()
        with suppress(BufferError):  # somebody looks still
            data.close()


def let_go(data: Any, start: int, stop: int) -> None:
    """Tell the system that nobody looks at bytes `[start, stop)` any more, if `data` is a file that is mapped.

    They can still be read, from the file. Otherwise all that was ever looked at counts as memory in use until the file
    is closed.
    """
    begin = start - start % mmap.PAGESIZE
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED") and stop > begin:
        data.madvise(mmap.MADV_DONTNEED, begin, stop - begin)
