"""Sketches: what a worker says of a text so that posts that are the same can be found without any text.

A few fixed-width columns travel, and nothing of them depends on other texts, on the batch or on the machine.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..sha256 import digests
from .folding import blocks, folded
from .policy import Policy
from .words import CHARACTERS_PER_WORD, mixed, windows, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .folding import Folded, Strings, Texts
    from .words import Windows, Words

#: Bytes of the digest of a text.
DIGEST: Final = 16
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)


def fields(policy: Policy) -> pa.Schema:
    """The columns of a sketch.

    `exact?`: digest of the folded text, the first 16 bytes of its SHA-256; null where nothing is to be the same.
    `bands`: a text that is alike has one of these in the same place, probably. `short`: too few words to be alike;
    then all bands are 0.
    """
    return pa.schema(
        [
            pa.field("exact", pa.binary(DIGEST)),
            pa.field("bands", pa.list_(pa.field("item", pa.uint64(), nullable=False), policy.bands), nullable=False),
            pa.field("short", pa.bool_(), nullable=False),
        ]
    )


def place_of(author: pl.Expr, parent: pl.Expr) -> pl.Expr:
    """What a short post has to share with another to be the same: its author and what it answers, both known."""
    return pl.concat_str(parent, author, separator="\n")


def sketch(texts: Texts, policy: Policy, places: Strings | None = None) -> pa.Table:
    """A sketch for each text, in order, with the columns that `fields` describes.

    `places` are as many strings as there are texts (see `place_of`). A short text is the same only as one from the same
    place; null, or no places: it is the same as nothing.
    """
    where: list[str | None] = [None] * len(texts) if places is None else pl.Series(places, dtype=pl.String).to_list()
    digests = [np.zeros((0, DIGEST), dtype=np.uint8)]
    known, short = [np.zeros(0, dtype=bool)], [np.zeros(0, dtype=bool)]
    bands = [np.zeros((0, policy.bands), dtype=np.uint64)]
    done = 0
    for block in blocks(texts):
        some = folded(block)
        found = words(some)
        long = found.weights >= policy.min_words * CHARACTERS_PER_WORD
        digest, has_one = _digests(some, long, where[done : done + len(block)])
        digests.append(digest)
        known.append(has_one)
        bands.append(_bands(found, long, policy))
        short.append(~long)
        done += len(block)
    columns = np.concatenate(digests), np.concatenate(bands), np.concatenate(short)
    return _table(fields(policy), *columns, np.concatenate(known))


def unsketched(count: int, policy: Policy) -> pa.Table:
    """As many sketches of texts that are the same as nothing."""
    nothing = np.zeros((count, DIGEST), np.uint8), np.zeros((count, policy.bands), np.uint64), np.ones(count, bool)
    return _table(fields(policy), *nothing, np.zeros(count, dtype=bool))


def compile_all() -> None:
    """Compile what texts are compared with. It is kept, so that the next process need not. Polars is not asked."""
    text = "one two three four \u00e9".encode()
    buffers = [None, pa.py_buffer(np.array([0, len(text)], dtype=np.int32)), pa.py_buffer(text)]
    sketch(pa.Array.from_buffers(pa.string(), 1, buffers), Policy(min_words=1))


def _table(
    schema: pa.Schema,
    digests: NDArray[np.uint8],
    bands: NDArray[np.uint64],
    short: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> pa.Table:
    """The columns as one table, from their buffers: other ways of Arrow import pandas, which takes long."""
    exact, several, flag = (schema.field(name).type for name in schema.names)
    values = pa.Array.from_buffers(pa.uint64(), bands.size, [None, pa.py_buffer(bands.ravel())])
    return pa.table(
        [
            pa.Array.from_buffers(exact, len(short), [_bits(known), pa.py_buffer(digests.ravel())]),
            pa.Array.from_buffers(several, len(short), [None], children=[values]),
            pa.Array.from_buffers(flag, len(short), [None, _bits(short)]),
        ],
        schema,
    )


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _digests(
    texts: Folded, long: NDArray[np.bool_], places: Sequence[str | None]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The digest of each text, an array of (text, byte), and whether it has one."""
    starts, stops = texts.starts[:-1], texts.starts[1:] - 1
    found, known = digests(texts.data, starts, stops)[:, :DIGEST].copy(), long.copy()
    for index in np.flatnonzero(~long).tolist():
        text, place = texts.data[starts[index] : stops[index]].tobytes(), places[index]
        if place is not None and text:
            whole = hashlib.sha256(hashlib.sha256(place.encode()).digest() + text).digest()
            found[index] = np.frombuffer(whole[:DIGEST], dtype=np.uint8)
            known[index] = True
    found[~known] = 0
    return found, known


def _bands(some: Words, long: NDArray[np.bool_], policy: Policy) -> NDArray[np.uint64]:
    """The bands of each text, each band as one number: an array of (text, band)."""
    bands = np.zeros((len(long), policy.bands), dtype=np.uint64)
    if policy.near == "off" or not long.any():
        return bands
    found = minima(windows(some, long, policy.shingle), policy.bands * policy.rows)
    parts = found.reshape(policy.bands, policy.rows, -1)
    values = parts[:, 0].astype(np.uint64)
    for row in range(1, policy.rows):
        values *= _STEP
        values += parts[:, row]
    bands[long] = mixed(values).T
    return bands


def minima(some: Windows, count: int) -> NDArray[np.uint32]:
    """The smallest shingle of each text under each of `count` permutations: an array of (permutation, text)."""
    from . import scan  # compiled code that only those load who compare texts

    found = np.empty((count, len(some.starts) - 1), dtype=np.uint32)
    scan.minima(some.values, some.starts, _factors(count), np.empty(count, dtype=np.uint32), found)
    return found


def _factors(count: int) -> NDArray[np.uint32]:
    """Odd numbers: to multiply by one is a permutation of the numbers of 32 bits."""
    return mixed(np.arange(1, count + 1, dtype=np.uint64) * _STEP).astype(np.uint32) | np.uint32(1)
