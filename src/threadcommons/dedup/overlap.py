"""Which texts stand in which others: an inverted index that finds every pair above a threshold, and no other.

Text *a* counts as standing in text *b* when b has at least `share` of a's shingles, and at least `least` of them.
For that not every pair is looked at, and frequent shingles are hardly looked at, without losing a single match:

    Let a have n shingles, and let `need` be the smallest number of common ones that counts. If a stands in b, at
    most n - need of them are missing from b, so of any n - need + k at least k are in b (k from 1 to need). The
    index takes the *rarest* n - need + k of each text, and looks at a pair only when it meets in k of these. The
    need - k most frequent shingles of a text are never looked up.

What such a pair has in common is then counted exactly. The order of the texts changes their numbers, nothing else.

Every measure of likeness follows from the three counts of a pair: containment is shared / size_a, the Jaccard index is
shared / (size_a + size_b - shared). The first is never below the second, so the pairs with a Jaccard index of at least
j are those found with `share = j` for which `jaccard() >= j`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ..errors import TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from .shingles import Shingles

    Numbers = NDArray[np.int64]

#: How many meetings of two shingles are held in memory at once.
_AT_ONCE: Final = 1 << 23
#: How many are worked through in all before we give up.
MOST_MEETINGS: Final = 1 << 34
#: The k above, where `need` is not less.
_FIRST: Final = 4
#: Keeps 0.35 * 20 from being a little more than 7.
_ROUNDING: Final = 1e-9
_PAIRS: Final = {"a": pl.Int64, "b": pl.Int64, "shared": pl.Int64, "size_a": pl.Int64, "size_b": pl.Int64}


@dataclass(frozen=True)
class Ranked:
    """Texts as ranks of an index instead of hashes: `ranks[starts[i]:starts[i + 1]]`, the rarest first.

    Shingles that the index does not have are only counted, in `sizes`.
    """

    ranks: Numbers
    starts: Numbers
    sizes: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def owners(self) -> Numbers:
        """The text of each rank."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))


@dataclass(frozen=True)
class Index:
    """Texts by their shingles, the rarest shingle having rank 0.

    The texts with the shingle of rank r are `holders[begins[r]:begins[r + 1]]`; `at` says for each of them the place of
    the shingle among its own, the rarest being at 0. `hashes` rise, and `rank_of` gives the rank of each.
    """

    hashes: NDArray[np.uint64]
    rank_of: Numbers
    texts: Ranked
    holders: Numbers
    begins: Numbers
    at: Numbers

    def ranked(self, others: Shingles) -> Ranked:
        """Other texts in terms of this index."""
        place = np.searchsorted(self.hashes, others.hashes)
        known = place < len(self.hashes)
        known[known] = self.hashes[place[known]] == others.hashes[known]
        return _ranked(self.rank_of[place[known]], others.owners[known], others.sizes)

    def contained_in(self, others: Ranked, share: float, least: int, most: int = MOST_MEETINGS) -> pl.DataFrame:
        """Pairs in which text `a` of the index stands in text `b` of `others`.

        A table of a, b, shared, size_a, size_b (int64), sorted by a and b. Raises TooLarge beyond `most` meetings.
        """
        need = needed(self.texts.sizes, share, least)
        first = np.minimum(need, _FIRST)
        rare = self.at < (self.texts.sizes - need + first)[self.holders]
        begins = np.concatenate([[0], np.cumsum(rare)])[self.begins]
        asked = (np.diff(others.starts) >= least)[others.owners]
        met = _meetings(others, asked, self.holders[rare], begins, len(self.texts), most)
        chosen = ((text[times >= first[text]], other[times >= first[text]]) for other, text, times in met)
        return _table(self.shared(others, *pair).filter(pl.col("shared") >= need[pair[0]]) for pair in chosen)

    def containing(self, others: Ranked, share: float, least: int, most: int = MOST_MEETINGS) -> pl.DataFrame:
        """Pairs in which text `b` of `others` stands in text `a` of the index: the same the other way round."""
        need = needed(others.sizes, share, least)
        first = np.minimum(need, _FIRST)
        unknown = others.sizes - np.diff(others.starts)
        at = np.arange(len(others.ranks)) + (unknown - others.starts[:-1])[others.owners]
        asked = at < (others.sizes - need + first)[others.owners]
        met = _meetings(others, asked, self.holders, self.begins, len(self.texts), most)
        chosen = ((text[times >= first[other]], other[times >= first[other]]) for other, text, times in met)
        return _table(self.shared(others, *pair).filter(pl.col("shared") >= need[pair[1]]) for pair in chosen)

    def shared(self, others: Ranked, a: Numbers, b: Numbers) -> pl.DataFrame:
        """What texts `a` of the index have in common with texts `b` of `others`, pair by pair."""
        keys = others.owners * len(self.hashes) + others.ranks
        portions = _portions(self.texts.sizes[a])
        counts = [_in_common(self.texts, a[part], b[part], keys, len(self.hashes)) for part in portions]
        shared = np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)
        columns = {"a": a, "b": b, "shared": shared, "size_a": self.texts.sizes[a], "size_b": others.sizes[b]}
        return pl.DataFrame(columns, schema=_PAIRS)

    def common_ranks(self, others: Ranked, a: int, b: int) -> Numbers:
        """The shingles that one text of the index and one of `others` have in common, as ranks."""
        mine = self.texts.ranks[self.texts.starts[a] : self.texts.starts[a + 1]]
        return np.intersect1d(mine, others.ranks[others.starts[b] : others.starts[b + 1]], assume_unique=True)


def index(texts: Shingles) -> Index:
    """The index of some texts. Memory: about 40 bytes for each shingle of each text."""
    hashes, place, counts = np.unique(texts.hashes, return_inverse=True, return_counts=True)
    rank_of = np.empty(len(hashes), dtype=np.int64)
    rank_of[np.lexsort((hashes, counts))] = np.arange(len(hashes))
    ranked = _ranked(rank_of[place], texts.owners, texts.sizes)
    by_rank = np.argsort(ranked.ranks, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.sort(counts))]).astype(np.int64)
    at = np.arange(len(ranked.ranks)) - ranked.starts[ranked.owners]
    return Index(hashes, rank_of, ranked, ranked.owners[by_rank], begins, at[by_rank])


def needed(sizes: Numbers, share: float, least: int) -> Numbers:
    """How many shingles a text of each size must have in common with another to count as standing in it."""
    counts: Numbers = np.maximum(np.ceil(sizes * share - _ROUNDING).astype(np.int64), least)
    return counts


def containment() -> pl.Expr:
    """Of a table of pairs: which share of the shingles of `a` is in `b`."""
    return pl.col("shared") / pl.col("size_a")


def jaccard() -> pl.Expr:
    """Of a table of pairs: which share of all shingles of both is in both."""
    return pl.col("shared") / (pl.col("size_a") + pl.col("size_b") - pl.col("shared"))


def best(pairs: pl.DataFrame) -> pl.DataFrame:
    """For each `a` its best match: highest containment, then Jaccard index, then the smallest number."""
    ordered = pairs.sort(pl.col("a"), -containment(), -jaccard(), pl.col("b"))
    return ordered.unique("a", keep="first", maintain_order=True)


def _ranked(ranks: Numbers, owners: Numbers, sizes: Numbers) -> Ranked:
    order = np.lexsort((ranks, owners))
    held = np.bincount(owners, minlength=len(sizes))
    return Ranked(ranks[order], np.concatenate([[0], np.cumsum(held)]).astype(np.int64), sizes)


def _meetings(
    others: Ranked, asked: NDArray[np.bool_], holders: Numbers, begins: Numbers, texts: int, most: int
) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Which of `others` meets which holder in a rank that it asks for, and in how many; in portions."""
    ranks, owners = others.ranks[asked], others.owners[asked]
    counts = begins[ranks + 1] - begins[ranks]
    if int(counts.sum()) > most:
        raise TooLarge(
            "the texts are too much alike to be compared",
            hint="compare fewer at once, or take away what all of them repeat",
        )
    for part in _portions(counts, owners):
        many = counts[part]
        place = np.repeat(begins[ranks[part]] - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
        keys, times = np.unique(np.repeat(owners[part], many) * texts + holders[place], return_counts=True)
        yield keys // texts, keys % texts, times


def _portions(sizes: Numbers, owners: Numbers | None = None) -> Iterator[slice]:
    """Runs of items that add up to about as much as may be in memory at once; what has one owner stays together."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        reached = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, reached + _AT_ONCE, side="right")))
        if owners is not None:
            stop = int(np.searchsorted(owners, owners[stop - 1], side="right"))
        yield slice(start, stop)
        start = stop


def _in_common(texts: Ranked, a: Numbers, b: Numbers, keys: Numbers, ranks: int) -> Numbers:
    """For each pair, how many of the shingles of `a` are among `keys` of `b`."""
    sizes = texts.sizes[a]
    place = np.repeat(texts.starts[a] - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
    wanted = np.repeat(b, sizes) * ranks + texts.ranks[place]
    found = np.searchsorted(keys, wanted)
    there = found < len(keys)
    there[there] = keys[found[there]] == wanted[there]
    sums = np.concatenate([[0], np.cumsum(there)])
    ends = np.cumsum(sizes)
    return np.asarray(sums[ends] - sums[ends - sizes], dtype=np.int64)


def _table(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=_PAIRS), *parts]).sort("a", "b")
