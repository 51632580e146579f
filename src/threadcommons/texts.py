"""Where the letters of a column of texts lie, for loops that go over bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts (String), and where its letters lie: found once, for all that go over them.

    Polars keeps texts in another form than loops want, and turning a column over takes as long as many a loop.
    `stored` is the same column as Arrow has it, where that is at hand.
    """

    column: pl.Series
    stored: pa.ChunkedArray | None = None

    def __len__(self) -> int:
        return len(self.column)

    @cached_property
    def buffers(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of all texts, and the n + 1 offsets at which they begin and end. A null is as an empty text.

        Nobody may write to them: whatever they are of, loops are compiled for one kind of array.
        """
        letters, ends = self._found()
        letters, ends = letters.view(), ends.view()
        letters.flags.writeable = ends.flags.writeable = False
        return letters, ends

    def _found(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        if self.column.null_count():
            return buffers_of(self.column.fill_null(""))
        if self.stored is None or self.stored.num_chunks != 1:
            return buffers_of(self.column)
        return texts_in(self.stored.chunk(0))


def texts_of(texts: pl.Series | Texts) -> Texts:
    """The same, for who is given either."""
    return texts if isinstance(texts, Texts) else Texts(texts)


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
