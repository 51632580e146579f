"""Conversations from narrow columns, without touching a text.

Everything is done on arrays: a parent is an index, a root is found by pointer jumping (each round doubles the
distance looked over), and an order is one sort.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.uint32]
    Numbers = NDArray[np.int64]


#: Where a parent is; what an export may claim of one that we cannot see.
_STATES: Final = pl.Enum(["root", "present", "withheld", "deleted", "not_collected", "unknown"])
_CLAIMED: Final = ("deleted", "not_collected", "unknown")


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

    Columns: `id` (unique), `parent_id?`, `quoted_id?`, `claimed_conversation?`, `claimed_state?`, `created_at?`
    (timestamp), `withheld` (bool). Ids are texts, or numbers (UInt32) that stand for them. The order of the rows is the
    order of the exports and breaks ties.
    """
    if posts.schema["id"] == pl.String:
        return _by_numbers(posts)
    parent = _index_of(posts, "parent_id")
    created = posts["created_at"].dt.epoch("us").fill_null(np.iinfo(np.int64).max).to_numpy().astype(np.int64)
    top, steps = _tops(parent)
    cut = _cycle_breakers(parent, top, created)
    if len(cut):
        parent[cut] = -1
        top, steps = _tops(parent)
    answered = posts["parent_id"].set(pl.Series(_mask(cut, len(posts))), None)
    claims = answered.is_not_null().to_numpy()
    conversation = posts.select(pl.coalesce("claimed_conversation", answered, "id").gather(pl.Series(top))).to_series()
    return Resolved(
        conversation_id=conversation.alias("conversation_id"),
        parent_id=answered,
        parent_state=_states(posts, parent, claims),
        position=_positions(conversation.to_numpy(), parent, steps, created),
        cut=cut.tolist(),
        parentless=np.flatnonzero(claims & (parent < 0)).tolist(),
        quoteless=np.flatnonzero(
            posts["quoted_id"].is_not_null().to_numpy() & (_index_of(posts, "quoted_id") < 0)
        ).tolist(),
    )


#: Columns that hold ids.
_NAMED: Final = ("id", "parent_id", "quoted_id", "claimed_conversation")


def _by_numbers(posts: pl.DataFrame) -> Resolved:
    """The same for ids that are texts: numbers stand for them on the way."""
    ids = pl.concat([posts[name] for name in _NAMED]).drop_nulls().unique().sort()
    numbers = pl.int_range(len(ids), dtype=pl.UInt32, eager=True)
    told = posts.select(pl.col(_NAMED).replace_strict(ids, numbers, default=None, return_dtype=pl.UInt32))
    found = resolve(posts.with_columns(told.get_columns()))
    conversation, parent = (ids.gather(one).alias(one.name) for one in (found.conversation_id, found.parent_id))
    return replace(found, conversation_id=conversation, parent_id=parent)


def _mask(indexes: Numbers, length: int) -> NDArray[np.bool_]:
    mask = np.zeros(length, dtype=bool)
    mask[indexes] = True
    return mask


def _index_of(posts: pl.DataFrame, column: str) -> Numbers:
    """For each post the row of the post whose number stands in `column`, or -1."""
    ids, named = posts["id"].to_numpy(), posts[column].drop_nulls().to_numpy()
    found = np.full(len(posts), -1, dtype=np.int64)
    if len(named):
        row_of = np.full(int(max(ids.max(), named.max())) + 1, -1, dtype=np.int64)
        row_of[ids] = np.arange(len(ids))
        found[posts[column].is_not_null().to_numpy()] = row_of[named]
    return found


def _cycle_breakers(parent: Numbers, top: Numbers, created: Numbers) -> Numbers:
    """One post of every circle, the earliest (then the first given).

    Its link to its parent is the one to cut.
    """
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


def _tops(parent: Numbers) -> tuple[Numbers, Numbers]:
    """The topmost known post above each post (itself for a root), and the steps up to it.

    The steps double each round, until all have arrived. A post that leads into a circle arrives somewhere on the
    circle, and its steps mean nothing.
    """
    top = _self_at_top(parent)
    steps = (parent >= 0).astype(np.int64)
    for _ in range(len(parent).bit_length()):
        further = top[top]
        if np.array_equal(further, top):
            break
        steps += steps[top]
        top = further
    return top, steps


def _self_at_top(parent: Numbers) -> Numbers:
    """The parent of each post; what has none is its own."""
    return np.where(parent >= 0, parent, np.arange(len(parent)))


def _states(posts: pl.DataFrame, parent: Numbers, claims: NDArray[np.bool_]) -> pl.Series:
    """Where each parent is. What the export claims counts only where we cannot see for ourselves."""
    code = dict(zip(_STATES.categories, range(len(_STATES.categories)), strict=True))
    withheld = posts["withheld"].to_numpy()
    above = np.where(withheld[np.maximum(parent, 0)], code["withheld"], code["present"]) if len(posts) else parent
    unseen = np.full(len(posts), code["root"])
    unseen[claims] = code["not_collected"]
    for state in _CLAIMED:
        unseen[(posts["claimed_state"] == state).fill_null(value=False).to_numpy()] = code[state]
    states = np.where(parent >= 0, above, unseen).astype(np.uint8)
    return pl.Series("parent_state", states).cat.to(_STATES)


def _positions(conversation: Ids, parent: Numbers, depth: Numbers, created: Numbers) -> pl.Series:
    """Rank within the conversation by time, where an answer is never earlier than what it answers.

    Then depth, then given order.
    """
    time, above = created, _self_at_top(parent)
    for _ in range(len(parent).bit_length()):
        time = np.maximum(time, time[above])
        further = above[above]
        if np.array_equal(further, above):
            break
        above = further
    order = _ordered(conversation, time, depth)
    ordered = conversation[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)])
    sizes = np.diff(np.append(begins, len(ordered)))
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order)) - np.repeat(begins, sizes)
    return pl.Series("position", position)


def _ordered(conversation: Ids, time: Numbers, depth: Numbers) -> Numbers:
    """Rows by conversation, time, depth and given order.

    Exports mostly are in that order within a conversation, so only conversations that are not are sorted by all keys.
    """
    packed = (conversation.astype(np.uint64) << np.uint64(32)) | np.arange(len(conversation), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    talk, when, deep = conversation[order], time[order], depth[order]
    falls = (when[1:] < when[:-1]) | ((when[1:] == when[:-1]) & (deep[1:] < deep[:-1]))
    falls &= talk[1:] == talk[:-1]
    if falls.any():
        mixed = np.flatnonzero(np.isin(talk, np.unique(talk[1:][falls])))
        rows = order[mixed]
        order[mixed] = rows[np.lexsort((rows, depth[rows], time[rows], conversation[rows]))]
    return order
