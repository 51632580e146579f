"""SHA-256 of many texts, taken where the texts lie and spelt all at once."""

from __future__ import annotations

from binascii import hexlify
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..sha256 import SIZE, digests
from ..texts import buffers_of, texts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..texts import Texts

#: Digits of a SHA-256 in hexadecimal.
_DIGITS: Final = 2 * SIZE


def text_digests(texts: pl.Series | Texts) -> pl.Series:
    """SHA-256 of the UTF-8 of each text (String) as 64 lower-case hexadecimal digits; null where there is no text."""
    some = texts_of(texts)
    letters, bounds = some.buffers
    taken = pl.Series(in_hex(digests(letters, bounds[:-1], bounds[1:])))
    if not some.column.null_count():
        return taken
    return pl.select(pl.when(some.column.is_not_null()).then(taken)).to_series()


def in_hex(some: NDArray[np.uint8]) -> pa.Array:
    """SHA-256 digests, an array of (digest, byte), as a column of hexadecimal text."""
    spelt = hexlify(some.data)
    offsets = np.arange(0, len(spelt) + 1, _DIGITS, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(spelt)])


def from_hex(spelt: pl.Series) -> NDArray[np.uint8]:
    """A column of such text as bytes, 32 of each digest. Raises ValueError where one is none."""
    letters, bounds = buffers_of(spelt)
    found = np.frombuffer(bytes.fromhex(letters[bounds[0] : bounds[-1]].tobytes().decode()), dtype=np.uint8)
    return found.reshape(len(spelt), SIZE)
