"""Which rows go into which file: a function of the ids alone."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def shard_of(ids: Sequence[str], count: int) -> list[int]:
    """The shard of each id among `count`, by its SHA-256.

    The same on any machine and for any order of arrival.
    """
    if count == 1:
        return [0] * len(ids)
    hash_ = hashlib.sha256
    return [int.from_bytes(hash_(id_.encode()).digest()[:8], "big") % count for id_ in ids]


def shard_count(ids: Sequence[str], rows_per_shard: int) -> int:
    """How many shards: enough for about `rows_per_shard` each, and few enough that none stays empty."""
    count = max(1, -(-len(ids) // rows_per_shard))
    while count > 1 and len(set(shard_of(ids, count))) < count:
        count -= 1
    return count
