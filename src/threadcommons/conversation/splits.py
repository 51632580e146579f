"""Splits: which conversations are kept apart for validation and for testing.

The rule needs no seed. Conversations that hold the same or nearly the same words belong together, so they are taken
as one group; a group is called by the smallest id of its conversations, and the SHA-256 of that name decides. So a
thread is never divided, no near copy of a test post stands in the training split, and a new conversation moves no other
one unless it ties two groups together.
"""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TRAIN: Final = "train"
#: The other splits, in the order in which they take their shares.
HELD_OUT: Final = ("validation", "test")
#: Shares are told in hundredths of a percent.
WHOLE: Final = 10_000


def splits(
    conversations: pl.Series, ties: Iterable[tuple[str, str]], shares: Mapping[str, int]
) -> pl.DataFrame:
    """The split of each conversation: columns `conversation_id` (each once, sorted) and `split`.

    `ties` are pairs of conversations that must not be parted, `shares` the parts of all groups, in hundredths of a
    percent, that splits other than `train` get.
    """
    ids = conversations.unique().sort()
    if not any(shares.values()):
        return pl.DataFrame({"conversation_id": ids, "split": pl.repeat(TRAIN, len(ids), eager=True)})
    group = _groups(ties)
    names = [group.get(id_, id_) for id_ in ids]
    split_of = {name: _split(name, shares) for name in sorted(set(names))}
    return pl.DataFrame(
        {"conversation_id": ids, "split": pl.Series([split_of[name] for name in names], dtype=pl.String)}
    )


def _split(name: str, shares: Mapping[str, int]) -> str:
    at = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % WHOLE
    ends = accumulate(shares.get(split, 0) for split in HELD_OUT)
    return next((split for split, end in zip(HELD_OUT, ends, strict=True) if at < end), TRAIN)


def _groups(ties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The name of the group of each id that is tied to another: the smallest id in it, whatever the order of ties."""
    above: dict[str, str] = {}

    def top(id_: str) -> str:
        while above.get(id_, id_) != id_:
            above[id_] = above.get(above[id_], above[id_])
            id_ = above[id_]
        return id_

    for one, other in ties:
        low, high = sorted((top(one), top(other)))
        above[high] = above.setdefault(low, low)
    return {id_: top(id_) for id_ in list(above)}
