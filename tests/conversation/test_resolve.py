"""Conversations as arrays say the same as a plain walk from post to post, whatever the posts claim.

Each law is held against as many cases as CONVERSATION_CASES says: 120 in `make test`, 10,000 in `make stress`.
"""

import os
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.conversation import resolve

SCHEMA = {
    "id": pl.String,
    "parent_id": pl.String,
    "quoted_id": pl.String,
    "claimed_conversation": pl.String,
    "claimed_state": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "withheld": pl.Boolean,
}
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
STATES = ["root", "present", "deleted", "not_collected", "unknown"]
CASES = int(os.environ.get("CONVERSATION_CASES", "120"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)


def frame(posts):
    return pl.DataFrame(posts, schema=SCHEMA, orient="row")


def post(id_, parent=None, *, quoted=None, conversation=None, state=None, at=None, withheld=False):
    """One line of the frame; `at` is in seconds."""
    when = None if at is None else BEGIN + timedelta(seconds=at)
    return {
        "id": id_, "parent_id": parent, "quoted_id": quoted, "claimed_conversation": conversation,
        "claimed_state": state, "created_at": when, "withheld": withheld,
    }  # fmt: skip


# -- the slow twin ----------------------------------------------------------------------------------------------


@dataclass
class Walked:
    """What a plain walk finds, by index, and the keys that posts are ordered by within their conversation."""

    conversation_id: list
    parent_id: list
    parent_state: list
    position: list
    cut: list
    parentless: list
    quoteless: list
    order: list


def walk(posts):
    """The rules of `Resolved` once more, without arrays."""
    at = {entry["id"]: index for index, entry in enumerate(posts)}
    up = [at.get(entry["parent_id"]) for entry in posts]
    cut = [min(circle, key=lambda index: (age(posts[index]), index)) for circle in circles(up)]
    for index in cut:
        up[index] = None
    claimed = [None if index in cut else entry["parent_id"] for index, entry in enumerate(posts)]
    lines = [ancestors(index, up) for index in range(len(posts))]
    tops = [line[-1] for line in lines]
    conversation = [posts[top]["claimed_conversation"] or claimed[top] or posts[top]["id"] for top in tops]
    order = [(max(age(posts[one]) for one in line), len(line) - 1, line[0]) for line in lines]
    members = defaultdict(list)
    for index, name in enumerate(conversation):
        members[name].append(index)
    rank = {index: n for group in members.values() for n, index in enumerate(sorted(group, key=order.__getitem__))}
    return Walked(
        conversation_id=conversation,
        parent_id=claimed,
        parent_state=[state(entry, claimed[i], up[i], posts) for i, entry in enumerate(posts)],
        position=[rank[index] for index in range(len(posts))],
        cut=sorted(cut),
        parentless=[index for index in range(len(posts)) if claimed[index] is not None and up[index] is None],
        quoteless=[i for i, entry in enumerate(posts) if entry["quoted_id"] is not None and entry["quoted_id"] not in at],
        order=[(name, *key[:2]) for name, key in zip(conversation, order, strict=True)],
    )  # fmt: skip


def age(entry):
    """A time that sorts; posts without one come last."""
    return (entry["created_at"] is None, entry["created_at"] or BEGIN)


def circles(up):
    """The members of every circle."""
    found = []
    for start in range(len(up)):
        line, index = [], start
        while index is not None and index not in line:
            line.append(index)
            index = up[index]
        if index == start and min(line) == start:
            found.append(line)
    return found


def ancestors(index, up):
    """The post itself, its parent, and so on up to the top."""
    line = []
    while index is not None:
        line.append(index)
        index = up[index]
    return line


def state(entry, claimed, above, posts):
    if above is not None:
        return "withheld" if posts[above]["withheld"] else "present"
    if entry["claimed_state"] in {"deleted", "not_collected", "unknown"}:
        return entry["claimed_state"]
    return "root" if claimed is None else "not_collected"


# -- any posts --------------------------------------------------------------------------------------------------

some_id = st.sampled_from([f"p{number}" for number in range(14)])
moment = st.one_of(st.none(), st.integers(0, 6))
claims = st.tuples(
    st.one_of(st.none(), some_id),
    st.one_of(st.none(), some_id),
    st.one_of(st.none(), some_id, st.sampled_from(["c1", "c2"])),
    st.one_of(st.none(), st.sampled_from(STATES)),
    moment,
    st.booleans(),
)


@st.composite
def threads(draw, times=moment):
    """Posts with ids of their own that answer and quote one another, themselves, and posts that are not there."""
    ids = draw(st.lists(some_id, unique=True, max_size=12))
    return [
        post(id_, parent, quoted=quoted, conversation=conversation, state=claimed, at=at, withheld=withheld)
        for id_ in ids
        for parent, quoted, conversation, claimed, at, withheld in [draw(claims)]
    ]


def as_lists(resolved):
    names = ("conversation_id", "parent_id", "parent_state", "position")
    return {name: getattr(resolved, name).to_list() for name in names}


@thorough
@given(threads())
def test_arrays_and_a_plain_walk_agree(posts):
    resolved, walked = resolve(frame(posts)), walk(posts)
    for name, values in as_lists(resolved).items():
        assert values == getattr(walked, name), name
    assert (resolved.cut, resolved.parentless, resolved.quoteless) == (walked.cut, walked.parentless, walked.quoteless)


def what_comes_out_is_a_forest_in_reading_order(posts):
    resolved = resolve(frame(posts))
    at = {entry["id"]: index for index, entry in enumerate(posts)}
    up = [at.get(parent) for parent in resolved.parent_id.to_list()]
    assert circles(up) == []
    conversation, position = resolved.conversation_id.to_list(), resolved.position.to_list()
    for index, above in enumerate(up):
        if above is not None:
            assert conversation[index] == conversation[above]
            assert position[above] < position[index]
    for name in set(conversation):
        assert sorted(p for c, p in zip(conversation, position, strict=True) if c == name) == list(range(conversation.count(name)))


@thorough
@given(threads())
def test_what_comes_out_is_a_forest_in_reading_order(posts):
    what_comes_out_is_a_forest_in_reading_order(posts)


def one_link_of_every_circle_is_cut_and_no_other(posts):
    at = {entry["id"]: index for index, entry in enumerate(posts)}
    before = circles([at.get(entry["parent_id"]) for entry in posts])
    resolved = resolve(frame(posts))
    assert sorted(sum(index in circle for index in resolved.cut) for circle in before) == [1] * len(before)
    assert len(resolved.cut) == len(before)
    kept = [index for index in range(len(posts)) if index not in resolved.cut]
    assert all(resolved.parent_id[index] == posts[index]["parent_id"] for index in kept)


@thorough
@given(threads())
def test_one_link_of_every_circle_is_cut_and_no_other(posts):
    one_link_of_every_circle_is_cut_and_no_other(posts)


@thorough
@given(threads(), st.randoms(use_true_random=False))
def test_order_of_arrival_decides_nothing_but_ties(posts, chance):
    for second, entry in enumerate(posts):
        entry["created_at"] = BEGIN + timedelta(seconds=chance.randrange(3), microseconds=second)
    mixed = chance.sample(posts, len(posts))
    here, there = walk(posts), resolve(frame(mixed))
    by_id = {entry["id"]: index for index, entry in enumerate(mixed)}
    for index, entry in enumerate(posts):
        other = by_id[entry["id"]]
        assert there.conversation_id[other] == here.conversation_id[index]
        assert there.parent_id[other] == here.parent_id[index]
        assert there.parent_state[other] == here.parent_state[index]
        if here.order.count(here.order[index]) == 1:
            assert there.position[other] == here.position[index]


# -- broken twins -----------------------------------------------------------------------------------------------

NOBODY = np.zeros(0, dtype=np.int64)
TWINS = {
    "no circle is cut": ("_cycle_breakers", lambda *_: NOBODY, what_comes_out_is_a_forest_in_reading_order),
    "every answer is cut": ("_cycle_breakers", lambda parent, *_: np.flatnonzero(parent >= 0), one_link_of_every_circle_is_cut_and_no_other),
    "positions by arrival": (
        "_positions",
        lambda talks, *_: pl.DataFrame({"talk": talks}).select(pl.int_range(pl.len(), dtype=pl.Int64).over("talk")).to_series(),
        what_comes_out_is_a_forest_in_reading_order,
    ),
}


def drawn(seed, count=200):
    """Threads by chance, the same in every run."""
    chance = random.Random(seed)
    ids = [f"p{number}" for number in range(8)]
    for _ in range(count):
        yield [post(id_, chance.choice([None, *ids]), at=chance.choice([None, *range(6)])) for id_ in chance.sample(ids, 6)]


def holds(law, cases):
    for case in cases:
        law(case)


@pytest.mark.parametrize("fault", TWINS)
def test_a_broken_twin_is_caught(fault, monkeypatch):
    name, broken, law = TWINS[fault]
    holds(law, drawn(7))
    monkeypatch.setattr(sys.modules[resolve.__module__], name, broken)
    with pytest.raises(AssertionError):
        holds(law, drawn(7))


# -- single rules -----------------------------------------------------------------------------------------------


def test_no_posts_make_no_conversations():
    resolved = resolve(frame([]))
    assert as_lists(resolved) == {"conversation_id": [], "parent_id": [], "parent_state": [], "position": []}


def test_a_circle_is_cut_at_its_earliest_post_and_among_equals_at_the_first_given():
    circle = [post("a", "c", at=5), post("b", "a", at=3), post("c", "b", at=4)]
    assert resolve(frame(circle)).cut == [1]
    assert resolve(frame([post("a", "b"), post("b", "a")])).cut == [0]
    assert resolve(frame([post("a", "b"), post("b", "a", at=9)])).cut == [1]
    assert resolve(frame([post("a", "a")])).parent_id.to_list() == [None]


def test_an_answer_dated_before_what_it_answers_still_stands_behind_it():
    resolved = resolve(frame([post("answer", "root", at=1), post("root", at=9), post("later", "answer", at=2)]))
    assert resolved.position.to_list() == [1, 0, 2]


def test_posts_that_answer_the_same_missing_post_share_its_conversation():
    resolved = resolve(frame([post("a", "gone"), post("b", "gone"), post("c", "a")]))
    assert resolved.conversation_id.to_list() == ["gone"] * 3
    assert resolved.parent_state.to_list() == ["not_collected", "not_collected", "present"]
    assert resolved.parentless == [0, 1]


def test_the_topmost_known_post_names_the_conversation():
    posts = [post("a", conversation="thread"), post("b", "a", conversation="elsewhere"), post("c", "b")]
    assert resolve(frame(posts)).conversation_id.to_list() == ["thread"] * 3


@pytest.mark.parametrize("claimed", STATES)
def test_what_we_see_ourselves_outweighs_what_is_claimed(claimed):
    seen = resolve(frame([post("a"), post("b", "a", state=claimed), post("c", "d", state=claimed), post("d", withheld=True)]))
    assert seen.parent_state[1] == "present"
    assert seen.parent_state[2] == "withheld"
    unseen = resolve(frame([post("a", "gone", state=claimed), post("b", state=claimed)]))
    believed = claimed if claimed in {"deleted", "not_collected", "unknown"} else None
    assert unseen.parent_state.to_list() == [believed or "not_collected", believed or "root"]


@pytest.mark.parametrize("shape", ["chain", "circle"])
def test_two_hundred_thousand_answers_in_a_row_are_no_trouble(shape):
    count = 200_000
    above = [f"p{number - 1}" for number in range(count)]
    above[0] = None if shape == "chain" else f"p{count - 1}"
    nothing = [None] * count
    posts = pl.DataFrame(
        {"id": [f"p{number}" for number in range(count)], "parent_id": above, "quoted_id": nothing, "claimed_conversation": nothing,
         "claimed_state": nothing, "created_at": nothing, "withheld": [False] * count},
        schema=SCHEMA,
    )  # fmt: skip
    resolved = resolve(posts)
    assert resolved.conversation_id.unique().to_list() == ["p0"]
    assert resolved.position.to_list() == list(range(count))
