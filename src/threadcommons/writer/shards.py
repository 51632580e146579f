"""Which rows go into which file: a function of the ids alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ..sha256 import digests
from ..texts import buffers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]


def hashes(ids: pl.Series) -> Hashes:
    """What decides about the shard of each id: the beginning of its SHA-256."""
    letters, bounds = buffers_of(ids)
    firsts = np.ascontiguousarray(digests(letters, bounds[:-1], bounds[1:])[:, :8])
    return firsts.view(">u8").ravel().astype(np.uint64)


def shard_of(ids: Iterable[str], count: int) -> Numbers:
    """The shard of each id among `count`. The same on any machine and for any order of arrival."""
    return _shards(hashes(pl.Series(ids, dtype=pl.String)), count)


def sharded(hashed: Hashes, rows_per_shard: int) -> tuple[Numbers, int]:
    """The shard of each id, and how many there are: enough for about `rows_per_shard` each, and none stays empty.

    `hashed` are the `hashes` of the ids; where all fit one shard they are not looked at.
    """
    count = max(1, -(-len(hashed) // rows_per_shard))
    shards = _shards(hashed, count)
    while count > 1 and not np.bincount(shards, minlength=count).all():
        count -= 1
        shards = _shards(hashed, count)
    return shards, count


def _shards(hashed: Hashes, count: int) -> Numbers:
    return (hashed % np.uint64(count)).astype(np.int64)
