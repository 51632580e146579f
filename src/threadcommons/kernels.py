"""How loops are compiled that no column engine has.

What numba compiles is kept beside the module that it stands in, or where numba keeps such things if that place cannot
be written to, and made anew when that one file changes. So compiled functions and what they call stand in one file.

What is kept is ready to run. Numba would bring all that it compiles with before it takes it up again, which is most of
what the first call in a process costs; here only a call that has to be compiled brings that.

Loops make no arrays: they fill those that they are given, and work in room that they are given. So nobody counts who
holds an array. Counting is an atomic instruction for each array that is handed to a part or taken out of a tuple, and
where texts are short it took several times as long as to look at their bytes.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made", bound="Callable[..., Any]")

#: How loops are compiled; to be changed with it.
_HOW: Final = "uncounted"


class _Kept(FunctionCache):
    """What was compiled in other processes, as numba keeps it."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What was kept for a signature, ready to run, or None."""
        load: Any = self._load_overload
        with self._guard_against_spurious_io_errors():
            return load(sig, target_context)

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        """What was kept of loops that were compiled in another way is not theirs."""
        key: Any = super()._index_key
        return (*key(sig, codegen), _HOW)


def compiled(function: Made) -> Made:
    """The function, compiled when it is first called, and kept for the next process. It may make no array."""
    compiler: Any = numba.njit
    keeping: Any = _Kept
    made: Any = compiler(nogil=True, _nrt=False)(function)
    with suppress(RuntimeError):  # no folder can be written to: compiled anew in each process
        made._cache = keeping(function)  # noqa: SLF001  (where numba looks for it)
    return cast("Made", made)


def part(function: Made) -> Made:
    """The function, compiled as a part of those that call it; nothing in Python does. It may make no array."""
    compiler: Any = numba.njit
    made: Made = compiler(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)(function)
    return made
