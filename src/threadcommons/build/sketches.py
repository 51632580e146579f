"""What a worker keeps of the words of posts so that the exchange finds those that are the same.

A sketch for each draft, in a file of its own: narrow, and without a word. Whether two posts are truly alike is asked of
their words; those of a withheld post are not kept, so its shingles are, which are hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..dedup import Policy, Sets, fields, policy_of, sets_of, sketch, unsketched
from .outputs import taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

#: The shingles of a withheld post that is not short; null for all others.
SHINGLES: Final = "shingles"


def schema_of(table: dict[str, Any]) -> pa.Schema:
    """The columns of the file, under what the recipe says in `[dedup]`."""
    return fields(policy_of(table)).append(pa.field(SHINGLES, pa.list_(pa.uint64())))


def sketches(drafts: pl.DataFrame, table: dict[str, Any]) -> pa.Table:
    """A sketch for each draft, with `words` and `place`."""
    policy = policy_of(table)
    if policy.exact == "off":
        return unsketched(len(drafts), policy).append_column(SHINGLES, pa.nulls(len(drafts), pa.list_(pa.uint64())))
    found = sketch(drafts["words"].fill_null(""), policy, drafts["place"])
    return found.append_column(SHINGLES, _hidden(drafts, found, policy))


def _hidden(drafts: pl.DataFrame, found: pa.Table, policy: Policy) -> pa.Array:
    short = pl.Series(found["short"])
    hidden = drafts["text"].is_null() & drafts["words"].is_not_null() & ~short
    nothing = pl.repeat(None, len(drafts), dtype=pl.List(pl.UInt64), eager=True)
    if policy.near == "off" or not hidden.any():
        return _arrow(nothing)
    lists = sets_of(drafts["words"].filter(hidden), policy).as_lists()
    at = np.where(hidden, len(drafts) + np.cumsum(hidden) - 1, np.arange(len(drafts)))
    return _arrow(pl.concat([nothing, lists]).gather(pl.Series(at)))


def _arrow(lists: pl.Series) -> pa.Array:
    return lists.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.list_(pa.uint64()))


def fetching(
    posts: pl.DataFrame, drafts: Sequence[Path], hashes: Sequence[Path], table: dict[str, Any]
) -> Callable[[NDArray[np.int64]], Sets]:
    """What reads the shingles of some of `posts` (columns `task` and `draft`) from the files of the tasks."""
    policy = policy_of(table)
    tasks, places = posts["task"].to_numpy(), posts["draft"].to_numpy()

    def fetch(rows: NDArray[np.int64]) -> Sets:
        parts = []
        for task in np.unique(tasks[rows]).tolist():
            mine = np.flatnonzero(tasks[rows] == task)
            at = pl.Series(places[rows[mine]]).to_arrow()
            texts, kept = _taken(drafts[task], "text", at), _taken(hashes[task], SHINGLES, at)
            lists = sets_of(texts.fill_null(""), policy).as_lists()
            parts.append(pl.DataFrame({"row": mine, "lists": pl.select(pl.coalesce(kept, lists)).to_series()}))
        return Sets.from_lists(pl.concat(parts).sort("row")["lists"])

    return fetch


def _taken(path: Path, name: str, rows: pa.Array) -> pl.Series:
    return pl.Series(name, taken(path, [name], rows)[name])
