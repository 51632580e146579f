"""SHA-256 of many stretches of bytes, each by itself.

To ask `hashlib` for a digest takes three times as long as to take it, where a stretch is as short as a post. So where
many are wanted, a compiled loop calls what `hashlib` calls: the functions of OpenSSL that its module was linked with.
Where it was not, or what these say is not what `hashlib` says, it is asked once a stretch.
"""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Bytes of a digest.
SIZE: Final = 32
#: From how many digests on the loop is faster than what it takes to load it.
FEW: Final = 200
#: Bytes that OpenSSL works in: it needs 112.
_ROOM: Final = 256
_FUNCTIONS: Final = ("SHA256_Init", "SHA256_Update", "SHA256_Final")


def digests(data: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.uint8]:
    """SHA-256 of each `data[starts[i]:stops[i]]`: an array of (stretch, byte). One that ends before it begins is empty.

    Raises ValueError for stretches that reach out of `data`, or where there are not as many ends as beginnings.
    """
    ends = np.maximum(starts, stops)  # for arrays that are not as long as each other numpy says so
    if len(ends) and (starts.min() < 0 or ends.max() > len(data)):
        raise ValueError("stretches reach out of the data")
    whole = np.ascontiguousarray(data)
    functions = _functions() if len(ends) >= FEW else None
    if functions is None:
        letters, hash_, bounds = whole.data, hashlib.sha256, zip(starts.tolist(), ends.tolist(), strict=True)
        return in_rows(hash_(letters[start:stop]).digest() for start, stop in bounds)
    return _by_loop(whole, starts, ends, functions)


def in_rows(some: Iterable[bytes]) -> NDArray[np.uint8]:
    """Digests as an array of (digest, byte)."""
    return np.frombuffer(b"".join(some), dtype=np.uint8).reshape(-1, SIZE)


def compile_all() -> None:
    """Compile the loop. It is kept, so that the next process need not."""
    _functions()


def _by_loop(data: Any, starts: Any, stops: Any, functions: tuple[np.uint64, ...]) -> NDArray[np.uint8]:
    from . import sha256_loop  # compiled code, which only many digests are worth

    # Copied, so that all are of one kind, for which the loop is compiled: whoever made them may write to them or not.
    begins, ends = (np.array(some, dtype=np.int64) for some in (starts, stops))
    found, room = np.empty((len(starts), SIZE), dtype=np.uint8), np.empty(_ROOM, dtype=np.uint8)
    sha256_loop.each(begins, ends, tuple(np.uint64(array.ctypes.data) for array in (data, found, room)), functions)
    return found


@cache
def _functions() -> tuple[np.uint64, ...] | None:
    """Where OpenSSL's functions begin in memory, or None where they are not to be had."""
    try:
        import _hashlib

        library = ctypes.CDLL(_hashlib.__file__)
        found = tuple(np.uint64(ctypes.cast(library[name], ctypes.c_void_p).value or 0) for name in _FUNCTIONS)
    except (ImportError, AttributeError, OSError):  # another way of building Python
        return None
    some, bounds = b"abc" * SIZE, np.array([0, 0, 3, 3 * SIZE], dtype=np.int64)
    said = _by_loop(np.frombuffer(some, dtype=np.uint8), bounds[:-1], bounds[1:], found)
    known = in_rows(hashlib.sha256(some[start:stop]).digest() for start, stop in pairwise(bounds.tolist()))
    return found if np.array_equal(said, known) else None
