"""Conversations from narrow columns, without touching a text.

Everything is done on arrays: a parent is an index, a root is found by pointer jumping (each round doubles the
distance looked over), and an order is one sort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Resolved:
    """One entry per post, in the order in which they were given.

    `conversation_id`: what the topmost known post claims, else what that post answers, else its own id;
    `parent_state` as in the row; `position` from 0, a parent before its answers; `parent_id` as claimed but
    null where a circle was cut. `cut` holds the indexes of posts whose link was cut, `parentless` and
    `quoteless` those whose claimed parent or quote is not among the posts.
    """

    conversation_id: pl.Series
    parent_id: pl.Series
    parent_state: pl.Series
    position: pl.Series
    cut: list[int]
    parentless: list[int]
    quoteless: list[int]


def resolve(posts: pl.DataFrame) -> Resolved:
    """Resolve conversations among `posts`.

    Columns: `id` (unique), `parent_id?`, `quoted_id?`, `claimed_conversation?`, `claimed_state?`,
    `created_at?` (timestamp), `withheld` (bool). The order of the rows is the order of the exports and breaks
    ties.
    """
    parent = _index_of(posts, "parent_id")
    created = posts["created_at"].dt.epoch("us").fill_null(np.iinfo(np.int64).max).to_numpy().astype(np.int64)
    cut = _cycle_breakers(parent, created)
    parent[cut] = -1
    root, depth = _tops(parent)
    claims = posts["parent_id"].is_not_null().to_numpy() & ~_mask(cut, len(posts))
    answered = posts.select(pl.when(pl.Series(claims)).then(pl.col("parent_id")))["parent_id"]
    conversation = posts["claimed_conversation"].fill_null(answered).fill_null(posts["id"]).gather(root)
    return Resolved(
        conversation_id=conversation.alias("conversation_id"),
        parent_id=answered,
        parent_state=_states(posts, parent, claims),
        position=_positions(conversation, parent, depth, created),
        cut=cut.tolist(),
        parentless=np.flatnonzero(claims & (parent < 0)).tolist(),
        quoteless=np.flatnonzero(
            posts["quoted_id"].is_not_null().to_numpy() & (_index_of(posts, "quoted_id") < 0)
        ).tolist(),
    )


def _mask(indexes: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[indexes] = True
    return mask


def _index_of(posts: pl.DataFrame, column: str) -> NDArray[np.int64]:
    """For each post the row of the post whose id stands in `column`, or -1."""
    known = posts.select(pl.col("id").alias(column), pl.int_range(pl.len()).alias("row"))
    found = posts.select(column).join(known, on=column, how="left", maintain_order="left")["row"]
    return found.fill_null(-1).to_numpy().astype(np.int64)


def _cycle_breakers(parent: NDArray[np.int64], created: NDArray[np.int64]) -> NDArray[np.int64]:
    """One post of every circle, the earliest (then the first given).

    Its link to its parent is the one to cut.
    """
    top, _ = _tops(parent)
    circling = np.unique(top[parent[top] >= 0])
    cut: list[int] = []
    seen: set[int] = set()
    for start in circling.tolist():
        members = []
        at = start
        while at not in seen:
            seen.add(at)
            members.append(at)
            at = int(parent[at])
        if members:
            cut.append(min(members, key=lambda index: (int(created[index]), index)))
    return np.array(sorted(cut), dtype=np.int64)


def _tops(parent: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The topmost known post above each post (itself for a root), and the steps up to it.

    The steps double each round. A post that leads into a circle arrives somewhere on the circle.
    """
    top = _self_at_top(parent)
    steps = (parent >= 0).astype(np.int64)
    for _ in range(len(parent).bit_length()):
        steps = steps + steps[top]
        top = top[top]
    return top, steps


def _self_at_top(parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """The parent of each post; what has none is its own."""
    return np.where(parent >= 0, parent, np.arange(len(parent)))


def _states(posts: pl.DataFrame, parent: NDArray[np.int64], claims: Any) -> pl.Series:
    """Where each parent is. What the export claims counts only where we cannot see for ourselves."""
    withheld = posts["withheld"].to_numpy()
    stated = posts["claimed_state"].fill_null("").to_numpy()
    seen = np.where(withheld[np.maximum(parent, 0)], "withheld", "present")
    missing = np.where(np.isin(stated, ["deleted", "not_collected", "unknown"]), stated, "not_collected")
    rootless = np.where(np.isin(stated, ["deleted", "not_collected", "unknown"]), stated, "root")
    return pl.Series(
        "parent_state", np.where(parent >= 0, seen, np.where(claims, missing, rootless)), dtype=pl.String
    )


def _positions(
    conversation: pl.Series, parent: NDArray[np.int64], depth: NDArray[np.int64], created: NDArray[np.int64]
) -> pl.Series:
    """Rank within the conversation by time, where an answer is never earlier than what it answers.

    Then depth, then given order.
    """
    time, above = created, _self_at_top(parent)
    for _ in range(len(parent).bit_length()):
        time = np.maximum(time, time[above])
        above = above[above]
    frame = pl.DataFrame({"conversation": conversation, "time": time, "depth": depth}).with_row_index("row")
    ordered = frame.sort("conversation", "time", "depth", "row")
    ranked = ordered.with_columns(
        pl.int_range(pl.len(), dtype=pl.Int64).over("conversation").alias("position")
    )
    return ranked.sort("row")["position"]
