"""Posts that are the same or nearly so, and the one of them that stands for the others.

1. Posts whose digests are equal are *exactly* the same.
2. Two posts are *near* when they meet in a band and the Jaccard index of their shingles reaches the threshold. A
   cluster is a component of the graph of these pairs.
3. In a cluster the posts are gone through from the earliest on (by `created_at`, those without one last; then by `id`).
   A post stays, unless an earlier one that stays is alike enough: the first such one stands for it.
4. A post and the one that it answers or quotes never come to stand together.

The third rule makes every claim true by itself: in a long chain of small changes nobody stands for what is no longer
alike. Only the order by time and id is used, so neither the order of the rows nor how they were cut into batches or
shared among workers makes a difference, and no licence does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from .components import components, contested, in_bands, joined
from .likeness import Sets, at_most, jaccard, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .components import Alike
    from .likeness import Fetch
    from .policy import Policy

    Flags = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    _Pairs = tuple[Numbers, Numbers]

#: How many posts of one cluster may come to stand for others.
MOST_STANDING: Final = 64
_FOUND: Final = {"row": pl.Int64, "survivor": pl.Int64, "how": pl.String, "jaccard": pl.Float64}
_ANSWERS: Final = {"row": pl.Int64, "other": pl.Int64}
_TOGETHER: Final = {"row": pl.Int64, "cluster": pl.Int64}


@dataclass(frozen=True)
class Clusters:
    """What was found, in row numbers of the posts given.

    `found`: one line per row that another one stands for: `row`, `survivor`, `how` (exact or near), `jaccard` of the
    two; sorted by `row`. `together`: one line per row that is in a cluster of several: `row` and `cluster`, the row of
    its earliest post; those that stay are there, too. Rows of one cluster belong into one split. `answers`: rows that
    stay although another one says the same, `row` and `other`: what they answer or quote, or what stands for it. Where
    they and their copies do not all answer that one, each is told of the other: nobody knows who said it first.
    """

    found: pl.DataFrame
    together: pl.DataFrame
    answers: pl.DataFrame


@dataclass(frozen=True)
class _Some:
    """The posts concerned, from the earliest on.

    `rows`: their row numbers. `same`: for each the first that is exactly the same. `links`: pairs (of positions) of
    which the first answers or quotes the second.
    """

    rows: Numbers
    same: Numbers
    short: Flags
    links: tuple[Numbers, Numbers]

    def __len__(self) -> int:
        return len(self.rows)


def clusters(posts: pl.DataFrame, policy: Policy, fetch: Fetch) -> Clusters:
    """Clusters among posts.

    Columns: `id` (unique), `created_at?`, `parent_id?`, `quoted_id?`, and those of the sketch (`exact?`, `bands`,
    `short`). Ids are texts, or numbers in the order of these. `fetch` gives the texts of rows, or their shingles; it is
    asked once, and only for posts that met another in a band.
    """
    bands = bands_of(posts, policy)
    concerned = _concerned(posts, bands) if policy.exact != "off" else _NOBODY
    if not len(concerned):
        return Clusters(*(pl.DataFrame(schema=schema) for schema in (_FOUND, _TOGETHER, _ANSWERS)))
    some = _in_turn(posts, concerned)
    exact, apart = _standing(some.same, some.links, None)
    near, label, like = exact, some.same, None
    if policy.near != "off":
        label, like = _alike(some, bands, policy, fetch)
        mine = np.arange(len(some))
        # A post that stays takes those along that it stands for: whom they answer counts as well.
        links = exact[some.links[0]], exact[some.links[1]]
        near, more = _standing(np.where(exact == mine, label, -1), links, like.enough)
        apart = [*apart, *more]
        near = near[exact] if policy.near == "merge" else np.where(exact == mine, near, exact)
    return _told(some, near, label, like, apart)


@dataclass(frozen=True)
class _Likeness:
    """How alike posts are, by position: `at` is where in `sets` the shingles of a post are."""

    sets: Sets
    at: Numbers
    threshold: float

    def enough(self, one: Numbers, other: Numbers) -> Flags:
        """Which pairs reach the threshold."""
        a, b = self.at[one], self.at[other]
        found: Flags = a == b
        ask = np.flatnonzero(~found)
        ask = ask[at_most(self.sets, a[ask], self.sets, b[ask]) >= self.threshold]
        found[ask] = jaccard(self.sets, a[ask], self.sets, b[ask]) >= self.threshold
        return found

    def jaccard(self, one: Numbers, other: Numbers) -> NDArray[np.float64]:
        """The index of each pair."""
        return jaccard(self.sets, self.at[one], self.sets, self.at[other])


def bands_of(posts: pl.DataFrame, policy: Policy) -> NDArray[np.uint64]:
    """The bands of the posts, an array of (post, band)."""
    if policy.near == "off":
        return np.zeros((len(posts), 0), dtype=np.uint64)
    values = posts["bands"].rechunk().reshape((-1,)).to_numpy() if len(posts) else np.zeros(0, dtype=np.uint64)
    bands: NDArray[np.uint64] = values.reshape(len(posts), policy.bands)
    return bands


_NOBODY: Final = np.zeros(0, dtype=np.int64)


def _concerned(posts: pl.DataFrame, bands: NDArray[np.uint64]) -> Numbers:
    """Rows of posts that share a digest or a band with another."""
    once, concerned = _digested(posts["exact"])
    asked = np.flatnonzero(once & ~posts["short"].to_numpy())
    for met in in_bands(bands, asked):
        concerned[asked[met.members]] = True
    return np.flatnonzero(concerned)


def _in_turn(posts: pl.DataFrame, concerned: Numbers) -> _Some:
    """Some posts in the order that decides who stays."""
    rows = pl.Series("row", concerned)
    columns = ("id", "created_at", "parent_id", "quoted_id", "exact", "short")
    frame = posts.select(columns)[rows].with_columns(rows).sort("created_at", "id", nulls_last=True)
    if frame["id"].is_duplicated().any():
        raise ValueError("posts have one id each")
    frame = frame.with_columns(at=pl.int_range(pl.len(), dtype=pl.Int64))
    same = frame.select(pl.col("at").min().over("exact"))["at"].to_numpy()
    links = [_links(frame, column) for column in ("parent_id", "quoted_id")]
    one, other = (np.concatenate([link[side] for link in links]) for side in range(2))
    return _Some(frame["row"].to_numpy(), same, frame["short"].to_numpy(), (one, other))


def _digested(digests: pl.Series) -> tuple[Flags, Flags]:
    """Posts that are the first with their digest, and those that share it with another."""
    known = digests.is_not_null().to_numpy()
    first, twice = known.copy(), np.zeros(len(known), dtype=bool)
    among = np.flatnonzero(known)
    some = among[contested(digests.hash().to_numpy()[among])]
    few = digests[pl.Series(some)]
    first[some], twice[some] = few.is_first_distinct().to_numpy(), few.is_duplicated().to_numpy()
    return first, twice


def _links(frame: pl.DataFrame, column: str) -> tuple[Numbers, Numbers]:
    targets = frame.select(pl.col("id").alias(column), target="at")
    pairs = frame.select("at", column).join(targets, on=column, how="inner").filter(pl.col("at") != pl.col("target"))
    return pairs["at"].to_numpy(), pairs["target"].to_numpy()


def _alike(some: _Some, bands: NDArray[np.uint64], policy: Policy, fetch: Fetch) -> tuple[Numbers, _Likeness]:
    """For each post the first one of its cluster, and how alike posts are."""
    first = np.flatnonzero((some.same == np.arange(len(some))) & ~some.short)
    met = joined(in_bands(bands, some.rows[first]))
    asked = first[np.flatnonzero(np.bincount(met.members, minlength=len(first)))]
    likeness = _read(some, asked, policy, fetch)
    of = components(len(first), met, lambda one, other: likeness.enough(first[one], first[other]))
    label = np.arange(len(some))
    label[first] = first[of]
    return label[some.same], likeness


def _read(some: _Some, asked: Numbers, policy: Policy, fetch: Fetch) -> _Likeness:
    """The shingles of the posts asked for; all at once, and in rising order of their rows."""
    asked = asked[np.argsort(some.rows[asked])]
    found = read(some.rows[asked], fetch, policy, at_once=max(1, len(asked)))
    at = np.full(len(some), -1, dtype=np.int64)
    at[asked] = np.arange(len(asked))
    return _Likeness(found, at[some.same], policy.threshold)


def _standing(label: Numbers, links: tuple[Numbers, Numbers], alike: Alike | None) -> tuple[Numbers, list[_Pairs]]:
    """For each post the one that stands for it, itself where it stays. Posts of different labels, or of -1, are apart.

    And pairs that are kept apart although they are alike.

    Round by round the earliest open post of each label stays, and all open ones that are alike enough come to it, apart
    from those that answer or quote one that comes as well, or are answered or quoted by the one that stays.
    """
    standing = np.arange(len(label), dtype=np.int64)
    apart: list[_Pairs] = []
    open_ = np.flatnonzero(label >= 0)
    for _ in range(MOST_STANDING):
        _, first, place, counts = np.unique(label[open_], return_index=True, return_inverse=True, return_counts=True)
        leader = open_[first][place]
        several = (counts[place] > 1) & (open_ != leader)
        open_, leader = open_[several], leader[several]
        if not len(open_):
            break
        comes = alike(open_, leader) if alike else np.ones(len(open_), dtype=bool)
        to = np.full(len(label), -1, dtype=np.int64)
        to[leader] = leader
        to[open_[comes]] = leader[comes]
        one, other = (side[(to[links[0]] == to[links[1]]) & (to[links[0]] >= 0)] for side in links)
        barred = np.zeros(len(label), dtype=bool)
        barred[np.where(to[one] == one, other, one)] = True
        kept = comes & barred[open_]
        apart.append((open_[kept], leader[kept]))
        comes &= ~barred[open_]
        standing[open_[comes]] = leader[comes]
        open_ = open_[~comes]
    return standing, apart


def _told(some: _Some, standing: Numbers, label: Numbers, like: _Likeness | None, apart: Sequence[_Pairs]) -> Clusters:
    found = np.flatnonzero(standing != np.arange(len(some)))
    other = standing[found]
    exact = some.same[found] == some.same[other]
    index = np.ones(len(found), dtype=np.float64)
    if like is not None:
        index[~exact] = like.jaccard(found[~exact], other[~exact])
    columns = {
        "row": some.rows[found],
        "survivor": some.rows[other],
        "how": np.where(exact, "exact", "near"),
        "jaccard": index,
    }
    several = np.bincount(label, minlength=len(label))[label] > 1
    members = {"row": some.rows[several], "cluster": some.rows[label[several]]}
    return Clusters(
        pl.DataFrame(columns, schema=_FOUND).sort("row"),
        pl.DataFrame(members, schema=_TOGETHER).sort("row"),
        _answers(some, standing, label, apart),
    )


def _answers(some: _Some, standing: Numbers, label: Numbers, apart: Sequence[_Pairs]) -> pl.DataFrame:
    """Who says again what others say that stay as well: by links within a cluster, and among those kept `apart`."""
    links = {"link": some.links[0], "row": standing[some.links[0]], "other": standing[some.links[1]]}
    pairs = pl.DataFrame(links, schema={"link": pl.Int64, **_ANSWERS})
    together = (label[links["row"]] == label[links["other"]]) & (links["row"] != links["other"])
    pairs = pairs.filter(pl.Series(together, dtype=pl.Boolean)).unique()
    copies = pl.DataFrame({"row": np.arange(len(some)), "copies": np.bincount(standing, minlength=len(some))})
    counted = pairs.group_by("row", "other").agg(links=pl.len()).join(copies, on="row")
    some_only = _turned(counted.filter(pl.col("links") < pl.col("copies")))
    answers = counted.select(_ANSWERS.keys())
    held = [pl.DataFrame([standing[one], standing[other]], schema=_ANSWERS) for one, other in apart]
    alike = pl.concat([answers.clear(), *held]).filter(pl.col("row") != pl.col("other"))
    unasked = alike.join(pl.concat([answers, _turned(answers)]), on=list(_ANSWERS), how="anti")
    own = pairs.select("other", row="link").select(_ANSWERS.keys())
    every = pl.concat([answers, own, some_only, unasked, _turned(unasked)]).unique()
    rows = pl.Series(some.rows, dtype=pl.Int64)
    return every.select(rows.gather(every[name]).alias(name) for name in _ANSWERS).sort("row", "other")


def _turned(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(row="other", other="row")
