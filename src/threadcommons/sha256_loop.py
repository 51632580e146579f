"""The loop that has one function of a library after the other take the digest of each stretch of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .kernels import compiled

_WORD: Any = ir.IntType(64)
_INT: Any = ir.IntType(32)


def _calling(_context: Any, _function: Any, words: Any) -> Any:
    """How the function that begins at a place in memory is called with some words; it gives a number."""

    def generated(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(_INT, [_WORD] * len(words))
        function = builder.inttoptr(args[0], kind.as_pointer())
        return builder.call(function, [builder.extract_value(args[1], place) for place in range(len(words))])

    return types.int32(types.uint64, words), generated


_call: Any = intrinsic(_calling)


@compiled
def each(starts: Any, stops: Any, places: Any, functions: Any) -> None:
    """Has the digest of each stretch written beside those before it.

    `places` are addresses in memory: of what the stretches are of, of 32 bytes for each digest, and of what the
    functions work in. `functions` are the addresses of those that begin a digest, take bytes in, and finish it.
    """
    (data, found, room), (begin, update, finish) = places, functions
    for row in range(len(starts)):
        _call(begin, (room,))
        _call(update, (room, data + np.uint64(starts[row]), np.uint64(stops[row] - starts[row])))
        _call(finish, (found + np.uint64(32 * row), room))
