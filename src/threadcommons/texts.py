"""Where the letters of a column of texts lie, for loops that go over bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def buffers_of(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all texts, and the n + 1 offsets at which they begin and end. A text that is null has none."""
    return texts_in(texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))


def texts_in(array: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The same for an Arrow array of text, short or long; nothing is copied but the offsets of short ones."""
    _, offsets, letters = array.buffers()
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    # The offset, because a slice of a column shares its buffers.
    ends = np.frombuffer(offsets or bytes(8), dtype=width)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(letters or b"", dtype=np.uint8), ends.astype(np.int64, copy=False)
