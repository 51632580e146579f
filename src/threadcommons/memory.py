"""Memory that nobody uses any more goes back to the system.

What was freed stays with the process for the case that it is wanted again, in Arrow's pool and in the C library. After
a heavy piece of work that is hundreds of megabytes, which others could have; polars gives its own back after a second.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def give_back() -> None:
    """Give back what is free; it takes a few milliseconds. What this process has not loaded holds nothing."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    with suppress(OSError, TypeError, AttributeError):  # only some C libraries can do it
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Have the collector of cycles wait while many objects are made that all stay, or that leave no cycle behind.

    It would look again and again which of them could go: of imports, a tenth of the time and more.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
