"""By what an output is known again in the store: quick to take, and different where a file is torn or altered.

It guards against accidents and against nobody: whoever can write into the store can write a receipt as well. Nothing in
a release depends on it; there, files have digests that hold against anybody.
"""

from __future__ import annotations

import hashlib
import mmap
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from pathlib import Path

#: How many bytes of a file are mapped at a time; those that were touched count as memory of the process.
_WINDOW: Final = 1 << 23
#: How many bytes are hashed as one value.
_PIECE: Final = 1 << 16


def mark(path: Path) -> str:
    """64 hexadecimal digits for the bytes of a file: SHA-256 over hashes of 64 bits of its pieces. Raises OSError.

    The same in all processes with one version of polars. The file must not become shorter meanwhile.
    """
    whole, size = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file:
        for start in range(0, size, _WINDOW):
            length = min(_WINDOW, size - start)
            with mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ, offset=start) as window:
                whole.update(_hashes(window))
    return whole.hexdigest()


def _hashes(data: mmap.mmap) -> bytes:
    """The hash of each piece, lowest byte first. Nothing of `data` is held when it is back."""
    bounds = pa.py_buffer(np.append(np.arange(0, len(data), _PIECE), len(data)))
    count = -(-len(data) // _PIECE)
    pieces = pl.from_arrow(pa.Array.from_buffers(pa.large_binary(), count, [None, bounds, pa.py_buffer(data)]))
    assert isinstance(pieces, pl.Series)  # noqa: S101  (an array is never a table)
    return pieces.hash().to_numpy().astype("<u8").tobytes()
