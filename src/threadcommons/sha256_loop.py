"""The loop that has one function of a library after the other take the digest of each stretch of bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .kernels import call, compiled


@compiled
def each(starts: Any, stops: Any, places: Any, functions: Any) -> None:
    """Has the digest of each stretch written beside those before it.

    `places` are addresses in memory: of what the stretches are of, of 32 bytes for each digest, and of what the
    functions work in. `functions` are the addresses of those that begin a digest, take bytes in, and finish it.
    """
    (data, found, room), (begin, update, finish) = places, functions
    for row in range(len(starts)):
        call(begin, (room,))
        call(update, (room, data + np.uint64(starts[row]), np.uint64(stops[row] - starts[row])))
        call(finish, (found + np.uint64(32 * row), room))
