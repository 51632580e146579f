"""What a worker keeps of the words of posts so that the exchange finds those that are the same.

A sketch for each draft, in a file of its own: narrow, and without a word. Whether two posts are truly alike is asked of
their words; those of a withheld post are not kept, so its shingles are, which are hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..dedup import Policy, Sets, fields, policy_of, sets_of, sketch, unsketched
from ..engine import share
from .outputs import taken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ..engine import Pool
    from ..texts import Texts

#: The shingles of a withheld post that is not short; null for all others.
SHINGLES: Final = "shingles"


def schema_of(table: dict[str, Any]) -> pa.Schema:
    """The columns of the file, under what the recipe says in `[dedup]`."""
    return fields(policy_of(table)).append(pa.field(SHINGLES, pa.list_(pa.uint64())))


def sketches(drafts: pl.DataFrame, words: Texts, table: dict[str, Any]) -> pa.Table:
    """A sketch for each draft, with `place`; `words` as they may be published, also where they are withheld."""
    policy = policy_of(table)
    if policy.exact == "off":
        return unsketched(len(drafts), policy).append_column(SHINGLES, pa.nulls(len(drafts), pa.list_(pa.uint64())))
    found = sketch(words, policy, drafts["place"])
    return found.append_column(SHINGLES, _hidden(drafts["text"], words.column, found, policy))


def _hidden(texts: pl.Series, words: pl.Series, found: pa.Table, policy: Policy) -> pa.Array:
    short = pl.Series(found["short"])
    hidden = texts.is_null() & words.is_not_null() & ~short
    nothing = pl.repeat(None, len(words), dtype=pl.List(pl.UInt64), eager=True)
    if policy.near == "off" or not hidden.any():
        return _arrow(nothing)
    lists = sets_of(words.filter(hidden), policy).as_lists()
    at = np.where(hidden, len(words) + np.cumsum(hidden) - 1, np.arange(len(words)))
    return _arrow(pl.concat([nothing, lists]).gather(pl.Series(at)))


def _arrow(lists: pl.Series) -> pa.Array:
    return lists.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.list_(pa.uint64()))


@dataclass(frozen=True)
class _Asked:
    """Drafts of one task of which the shingles are wanted: the files with texts and sketches, and their places."""

    drafts: Path
    sketches: Path
    places: NDArray[np.int64]
    policy: Policy

    @property
    def weight(self) -> int:
        """About how many bytes of text there are to work through."""
        return len(self.places) * _TEXT


#: Bytes of a text, about, and how many texts are in memory at once.
_TEXT: Final = 500
_AT_ONCE: Final = 1 << 15


def fetching(
    posts: pl.DataFrame,
    drafts: Sequence[Path],
    hashes: Sequence[Path],
    table: dict[str, Any],
    pool: Pool | None = None,
) -> Callable[[NDArray[np.int64]], Sets]:
    """What reads the shingles of some of `posts` (columns `task` and `draft`) from the files of the tasks.

    Rows are asked for in the order of their tasks. The processes of `pool` do it.
    """
    policy = policy_of(table)
    tasks, places = posts["task"].to_numpy(), posts["draft"].to_numpy().astype(np.int64)

    def fetch(rows: NDArray[np.int64]) -> Sets:
        ends = [*np.flatnonzero(np.diff(tasks[rows])) + 1, len(rows)] if len(rows) else []
        asked = [
            _Asked(
                drafts[tasks[rows[start]]],
                hashes[tasks[rows[start]]],
                places[rows[start : min(start + _AT_ONCE, stop)]],
                policy,
            )
            for first, stop in pairwise([0, *ends])
            for start in range(first, stop, _AT_ONCE)
        ]
        return Sets.joined(list(share(pool, _shingles, asked) if pool else map(_shingles, asked)))

    return fetch


def _shingles(asked: _Asked) -> Sets:
    """The shingles of some drafts: of their texts, or as they were kept where there is no text."""
    at = pl.Series(asked.places).to_arrow()
    texts, kept = _taken(asked.drafts, "text", at), _taken(asked.sketches, SHINGLES, at)
    found = sets_of(texts.fill_null(""), asked.policy)
    if kept.null_count() == len(kept):
        return found
    return Sets.from_lists(pl.select(pl.coalesce(kept, found.as_lists())).to_series())


def _taken(path: Path, name: str, rows: pa.Array) -> pl.Series:
    return pl.Series(name, taken(path, [name], rows)[name])
