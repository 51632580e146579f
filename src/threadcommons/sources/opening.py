"""Opening exports: the one place where readers get at their bytes, be it a file or a member of a container."""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager
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
        with mmap.mmap(handle, size, access=mmap.ACCESS_READ) as data:
            yield data, size
    finally:
        os.close(handle)
