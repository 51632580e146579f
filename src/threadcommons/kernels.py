"""How loops are compiled that no column engine has.

What numba compiles is kept beside the module that it stands in, or where numba keeps such things if that place cannot
be written to, and made anew when that one file changes. So compiled functions and what they call stand in one file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made", bound="Callable[..., Any]")


def compiled(function: Made) -> Made:
    """The function, compiled when it is first called, and kept for the next process."""
    compiler: Any = numba.njit
    try:
        made: Made = compiler(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder can be written to: compiled anew in each process
        made = compiler(nogil=True)(function)
    return made


def part(function: Made) -> Made:
    """The function, compiled as a part of those that call it; nothing in Python does."""
    compiler: Any = numba.njit
    made: Made = compiler(no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return made
