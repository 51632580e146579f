"""Splits: no conversation is divided, what is tied stays together, and nothing but ids decides.

The law is held against as many cases as CONVERSATION_CASES says: 300 in `make test`, 10,000 in `make stress`.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.conversation import splits
from threadcommons.conversation.splits import HELD_OUT, TRAIN

CASES = int(os.environ.get("CONVERSATION_CASES", "300"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
SHARES = {"validation": 1_000, "test": 2_000}

ids = st.sampled_from([f"forum:{number}" for number in range(30)])


def assigned(conversations, ties=(), shares=SHARES):
    return dict(splits(pl.Series(conversations, dtype=pl.String), ties, shares).iter_rows())


def ties_are_never_parted_and_no_order_matters(conversations, ties, chance):
    found = assigned(conversations, ties)
    assert found.keys() == set(conversations)
    for one, other in ties:
        assert one not in found or other not in found or found[one] == found[other]
    chance.shuffle(conversations)
    turned = [pair[::-1] if chance.random() < 0.5 else pair for pair in ties]
    chance.shuffle(turned)
    assert assigned(conversations, turned) == found


@thorough
@given(st.lists(ids, min_size=1, max_size=60), st.lists(st.tuples(ids, ids), max_size=20), st.randoms(use_true_random=False))
def test_ties_are_never_parted_and_no_order_matters(conversations, ties, chance):
    ties_are_never_parted_and_no_order_matters(conversations, ties, chance)


def the_law_holds():
    """The law over some conversations by chance, the same in every run."""
    chance = random.Random(11)
    some = [f"forum:{number}" for number in range(30)]
    for _ in range(100):
        ties = [(chance.choice(some), chance.choice(some)) for _ in range(8)]
        ties_are_never_parted_and_no_order_matters(chance.choices(some, k=40), ties, chance)


def by_arrival():
    """A split for each name in the order in which they are asked for."""
    turns = itertools.cycle([TRAIN, *HELD_OUT])
    return lambda _name, _shares: next(turns)


TWINS = {
    "ties are forgotten": ("_groups", lambda _ties: {}),
    "the last tie wins": ("_groups", lambda ties: {high: low for low, high in map(sorted, ties)}),
    "names in their turn": ("_split", by_arrival()),
}


@pytest.mark.parametrize("fault", TWINS)
def test_a_broken_twin_is_caught(fault, monkeypatch):
    the_law_holds()
    monkeypatch.setattr(sys.modules[splits.__module__], *TWINS[fault])
    with pytest.raises(AssertionError):
        the_law_holds()


def test_a_chain_of_ties_is_one_group():
    chain = [(f"c{number:03d}", f"c{number + 1:03d}") for number in range(200)]
    assert len(set(assigned([f"c{number:03d}" for number in range(201)], chain).values())) == 1


def place(id_):
    """Where an id stands among ten thousand."""
    return int(hashlib.sha256(id_.encode()).hexdigest()[:16], 16) % 10_000


def test_it_is_the_one_that_anybody_can_compute():
    """Another rule, be it as good, would move posts that somebody has tested with into what others train with."""
    some = [f"forum:{number}" for number in range(30_000)]
    at = {id_: place(id_) for id_ in some}
    assert {1_000, 3_000} <= set(at.values()), "ids at both ends are among them"
    assert assigned(some) == {id_: "validation" if at[id_] < 1_000 else "test" if at[id_] < 3_000 else "train" for id_ in some}


def test_a_split_without_a_share_gets_nothing():
    first = next(id_ for id_ in map("forum:{}".format, range(200_000)) if place(id_) == 0)
    assert assigned([first], shares={"test": 1}) == {first: "test"}
    assert assigned([first], shares={"validation": 1}) == {first: "validation"}


def test_each_split_gets_about_its_share():
    found = list(assigned([f"c{number}" for number in range(20_000)]).values())
    assert 0.09 < found.count("validation") / 20_000 < 0.11
    assert 0.19 < found.count("test") / 20_000 < 0.21


def test_without_shares_all_is_for_training():
    assert set(assigned(["a", "b"], shares={}).values()) == {TRAIN}
    assert set(assigned(["a", "b"], shares={"validation": 0}).values()) == {TRAIN}


def test_more_conversations_move_no_other_one():
    some = [f"c{number}" for number in range(500)]
    before = assigned(some)
    after = assigned([*some, *(f"d{number}" for number in range(500))])
    assert {id_: after[id_] for id_ in some} == before


@pytest.mark.parametrize("shares", [{"test": 10_000}, {"validation": 10_000}])
def test_a_whole_share_is_the_whole(shares):
    assert set(assigned(["a", "b", "c"], shares=shares).values()) == set(shares)
