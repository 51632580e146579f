"""How loops are compiled that no column engine has.

What numba compiles is kept beside the module that it stands in, or where numba keeps such things if that place cannot
be written to, and made anew when that one file changes. So compiled functions and what they call stand in one file.

What is kept is ready to run. Numba would bring all that it compiles with before it takes it up again, which is most of
what the first call in a process costs; here only a call that has to be compiled brings that.

Loops make no arrays: they fill those that they are given, and work in room that they are given. So nobody counts who
holds an array. Counting is an atomic instruction for each array that is handed to a part or taken out of a tuple, and
where texts are short it took several times as long as to look at their bytes.

Where it is known only when a loop runs how many arrays there are, or what is called, it is told addresses in memory
(unsigned numbers of 64 bits), and whoever tells them holds what lies there until the loop is done.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

Made = TypeVar("Made", bound="Callable[..., Any]")

#: How loops are compiled; to be changed with it.
_HOW: Final = "uncounted, by addresses"


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


# --- What loops may do with addresses ---

_WORD: Any = ir.IntType(64)
_INT: Any = ir.IntType(32)
_BYTES: Any = ir.IntType(8).as_pointer()


def _reading(_context: Any, _address: Any, _place: Any) -> Any:
    def generated(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        numbers = builder.inttoptr(args[0], _INT.as_pointer())
        return builder.load(builder.gep(numbers, [args[1]]))

    return types.int32(types.uint64, types.int64), generated


def _copying(_context: Any, _to: Any, _from: Any, _size: Any) -> Any:
    def generated(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        to, source = (builder.inttoptr(address, _BYTES) for address in args[:2])
        copy: Any = cgutils.raw_memcpy
        copy(builder, to, source, args[2], 1)
        return context.get_dummy_value()

    return types.none(types.uint64, types.uint64, types.uint64), generated


def _calling(_context: Any, _function: Any, words: Any) -> Any:
    def generated(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        function = builder.inttoptr(args[0], ir.FunctionType(_INT, [_WORD] * len(words)).as_pointer())
        return builder.call(function, [builder.extract_value(args[1], place) for place in range(len(words))])

    return types.int32(types.uint64, words), generated


#: `number_at(address, place)`: the number at a place among numbers of 32 bits.
number_at: Any = intrinsic(_reading)
#: `copy_bytes(to, source, size)`: so many bytes from one address to another; they may not overlap.
copy_bytes: Any = intrinsic(_copying)
#: `call(function, (word, ...))`: what the function at an address says of some words of 64 bits: a number of 32 bits.
call: Any = intrinsic(_calling)
