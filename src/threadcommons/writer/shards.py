"""Which rows go into which file: a function of the ids alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


def shard_of(ids: Sequence[str], count: int) -> Numbers:
    """The shard of each id among `count`, by its SHA-256.

    The same on any machine and for any order of arrival.
    """
    if count == 1:
        return np.zeros(len(ids), dtype=np.int64)
    hash_ = hashlib.sha256
    firsts = b"".join([hash_(id_.encode()).digest()[:8] for id_ in ids])
    return (np.frombuffer(firsts, dtype=">u8") % np.uint64(count)).astype(np.int64)


def sharded(ids: Sequence[str], rows_per_shard: int) -> tuple[Numbers, int]:
    """The shard of each id, and how many there are: enough for about `rows_per_shard` each, and none stays empty."""
    count = max(1, -(-len(ids) // rows_per_shard))
    shards = shard_of(ids, count)
    while count > 1 and not np.bincount(shards, minlength=count).all():
        count -= 1
        shards = shard_of(ids, count)
    return shards, count
