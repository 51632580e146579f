"""How alike texts truly are: the Jaccard index of their sets of shingles, for many pairs at once, by sorting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from .folding import blocks, folded
from .words import windows, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from .folding import Texts
    from .policy import Policy

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]
    #: The texts of some rows, in order, or their shingles.
    Fetch = Callable[[Numbers], "Texts | Sets"]

#: A shingle is the upper bits of its hash; the lower ones say whose it is while some are sorted together.
_OWNER: Final = 12
_OWNERS: Final = 1 << _OWNER
#: How many shingles are sorted at once, about.
_AT_ONCE: Final = 1 << 20
#: How many texts are in memory at once.
_TEXTS: Final = 1 << 15


@dataclass(frozen=True)
class Sets:
    """The shingles of some texts as sets: those of text `i` are `values[starts[i]:starts[i + 1]]`, each once."""

    values: Hashes
    starts: Numbers

    @property
    def sizes(self) -> Numbers:
        """How many shingles each text has."""
        return np.diff(self.starts)

    def as_lists(self) -> pl.Series:
        """The same as a column: lists of UInt64, one a text."""
        flat = pl.DataFrame({"text": np.repeat(np.arange(len(self.sizes)), self.sizes), "value": self.values})
        lists = flat.group_by("text", maintain_order=True).agg("value")
        texts = pl.DataFrame({"text": np.arange(len(self.sizes))})
        return texts.join(lists, on="text", how="left", maintain_order="left")["value"].fill_null([])

    @classmethod
    def joined(cls, parts: list[Sets]) -> Sets:
        """Several, one after the other. The list is emptied, so that not all is there twice."""
        starts = np.cumsum(np.concatenate([[0], *(part.sizes for part in parts)]).astype(np.int64))
        values = np.empty(starts[-1], dtype=np.uint64)
        end = len(values)
        while parts:
            part = parts.pop().values
            values[end - len(part) : end] = part
            end -= len(part)
        return cls(values, starts)

    @classmethod
    def from_lists(cls, lists: pl.Series) -> Sets:
        """What `as_lists` gave, or a choice of it."""
        values = lists.explode(empty_as_null=False, keep_nulls=False).to_numpy()
        return cls(values, np.concatenate([[0], np.cumsum(lists.list.len().fill_null(0).to_numpy(), dtype=np.int64)]))


def sets(texts: Texts, policy: Policy) -> Sets:
    """The shingles of texts. One with fewer words than a shingle has none."""
    values: list[Hashes] = [np.zeros(0, dtype=np.uint64)]
    sizes: list[Numbers] = [np.zeros(1, dtype=np.int64)]
    for block in blocks(texts):
        some = words(folded(block))
        enough = np.diff(some.starts) >= policy.shingle
        found = windows(some, enough, policy.shingle)
        counts = np.zeros(len(block), dtype=np.int64)
        counts[enough] = np.diff(found.starts)
        for part in _portions(counts):
            held = found.values[_before(counts, part.start) : _before(counts, part.stop)]
            owned = pl.Series(_owned(held, counts[part])).sort().to_numpy()
            owned = owned[np.concatenate([[True], owned[1:] != owned[:-1]])[: len(owned)]]
            values.append(owned << np.uint64(_OWNER))
            sizes.append(_counts(owned, part))
    return Sets(np.concatenate(values), np.cumsum(np.concatenate(sizes)))


def read(rows: Numbers, fetch: Fetch, policy: Policy, at_once: int = _TEXTS) -> Sets:
    """The shingles of the texts of some rows, of which so many are asked for at once."""
    read_in = (fetch(rows[start : start + at_once]) for start in range(0, len(rows), at_once))
    return Sets.joined([one if isinstance(one, Sets) else sets(one, policy) for one in read_in])


def jaccard(a: Sets, one: Numbers, b: Sets, other: Numbers) -> NDArray[np.float64]:
    """Of each pair (text `one[i]` of `a`, text `other[i]` of `b`) which share of all shingles of both is in both."""
    sizes, others = a.sizes[one], b.sizes[other]
    shared = np.zeros(len(one), dtype=np.int64)
    for part in _portions(sizes + others):
        held = a.values[_places(a, one[part])], b.values[_places(b, other[part])]
        # Two runs in order: the stable sort merges them.
        ordered = np.concatenate([_owned(held[0], sizes[part]), _owned(held[1], others[part])])
        ordered.sort(kind="stable")
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        shared[part] = _counts(twice, part)
    either = sizes + others - shared
    return np.where(either > 0, shared / np.maximum(either, 1), 0.0)


def at_most(a: Sets, one: Numbers, b: Sets, other: Numbers) -> NDArray[np.float64]:
    """What the Jaccard index of each pair cannot be above, by the sizes alone."""
    sizes, others = a.sizes[one], b.sizes[other]
    return np.minimum(sizes, others) / np.maximum(np.maximum(sizes, others), 1)


def _owned(values: Hashes, sizes: Numbers) -> Hashes:
    """Owner and shingle as one number each; the first owner has the first `sizes[0]` values, and so on."""
    keys = np.repeat(np.arange(len(sizes), dtype=np.uint64) << np.uint64(64 - _OWNER), sizes)
    keys |= values >> np.uint64(_OWNER)
    return keys


def _counts(owned: Hashes, part: slice) -> Numbers:
    """How many of the values each owner has."""
    return np.bincount((owned >> np.uint64(64 - _OWNER)).astype(np.int64), minlength=part.stop - part.start)


def _places(some: Sets, texts: Numbers) -> Numbers:
    sizes = some.sizes[texts]
    return np.repeat(some.starts[texts] - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))


def _portions(sizes: Numbers) -> Iterator[slice]:
    """Runs of items that can be sorted together."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        reached = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, reached + _AT_ONCE, side="right")))
        stop = min(stop, start + _OWNERS, len(sizes))
        yield slice(start, stop)
        start = stop


def _before(counts: Numbers, index: int) -> int:
    return int(counts[:index].sum())
