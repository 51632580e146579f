"""SHA-256 of many texts, taken where the texts lie and spelt all at once."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: Digits of a SHA-256 in hexadecimal.
_DIGITS: Final = 64


def text_digests(texts: pl.Series) -> pl.Series:
    """SHA-256 of the UTF-8 of each text (String) as 64 lower-case hexadecimal digits; null where there is no text."""
    letters, bounds = buffers_of(texts)
    whole, sha256 = letters.data, hashlib.sha256
    taken = pl.Series(in_hex(sha256(whole[start:stop]).digest() for start, stop in pairwise(bounds.tolist())))
    if not texts.null_count():
        return taken
    return pl.select(pl.when(texts.is_not_null()).then(taken)).to_series()


def in_hex(digests: Iterable[bytes]) -> pa.Array:
    """SHA-256 digests of 32 bytes each as a column of hexadecimal text."""
    spelt = b"".join(digests).hex().encode()
    offsets = np.arange(0, len(spelt) + 1, _DIGITS, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, [None, pa.py_buffer(offsets), pa.py_buffer(spelt)])


def from_hex(spelt: pl.Series) -> NDArray[np.uint8]:
    """A column of such text as bytes, 32 of each digest. Raises ValueError where one is none."""
    letters, bounds = buffers_of(spelt)
    digests = np.frombuffer(bytes.fromhex(letters[bounds[0] : bounds[-1]].tobytes().decode()), dtype=np.uint8)
    return digests.reshape(len(spelt), _DIGITS // 2)


def buffers_of(texts: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all texts, and the n + 1 offsets at which they begin and end."""
    return texts_in(texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()))


def texts_in(array: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The same for an Arrow array of text, short or long; nothing is copied but the offsets of short ones."""
    _, offsets, letters = array.buffers()
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    ends = np.frombuffer(offsets or bytes(8), dtype=width)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(letters or b"", dtype=np.uint8), ends.astype(np.int64, copy=False)
