"""Ids that occur more than once.

The same post again is harmless; another post under the same id is a conflict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..digest import digest_of
from ..files import shown
from .reading import Fault, Reading, posts_at

if TYPE_CHECKING:
    from collections.abc import Sequence


def conflicts(readings: Sequence[Reading]) -> list[list[Fault]]:
    """For each reading the posts whose id stood before (in this order, by offset) and which say otherwise."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    return [
        _against(first, reading, offsets)
        for reading, offsets in zip(readings, _suspects(readings), strict=True)
    ]


def _against(
    first: dict[tuple[str, str], tuple[str, str]], reading: Reading, offsets: set[int]
) -> list[Fault]:
    """Conflicts of one reading with what stood `first`, which learns its ids: id -> (what it says, where)."""
    found = []
    platform, export = reading.declaration.table["platform"], reading.export
    for offset, post in posts_at(reading, offsets) if offsets else ():
        said, where = _what_it_says(post), f"raw/{export.source}/{shown(export.name)} at byte {offset}"
        before = first.setdefault((platform, post["native_id"]), (said, where))
        if before[0] != said:
            found.append(
                Fault("id.conflict", offset, "/native_id", f"another post with this id stands in {before[1]}")
            )
    return found


def _suspects(readings: Sequence[Reading]) -> list[set[int]]:
    """For each reading the offsets of posts whose id hash occurs more than once in all of them."""
    values, times = np.unique(
        np.concatenate([np.zeros(0, np.uint64), *(r.keys for r in readings)]), return_counts=True
    )
    repeated = values[times > 1]
    return [set(reading.offsets[np.isin(reading.keys, repeated)].tolist()) for reading in readings]


def _what_it_says(post: dict[str, Any]) -> str:
    """A digest of the post as claimed, wherever it stood."""
    return digest_of({key: value for key, value in post.items() if key != "record"})
