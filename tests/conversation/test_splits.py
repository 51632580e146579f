"""Splits: no conversation is divided, what is tied stays together, and nothing but ids decides."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.conversation import splits
from threadcommons.conversation.splits import TRAIN

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
SHARES = {"validation": 1_000, "test": 2_000}

ids = st.sampled_from([f"forum:{number}" for number in range(30)])


def assigned(conversations, ties=(), shares=SHARES):
    return dict(splits(pl.Series(conversations, dtype=pl.String), ties, shares).iter_rows())


@thorough
@given(st.lists(ids, min_size=1, max_size=60), st.lists(st.tuples(ids, ids), max_size=20), st.randoms(use_true_random=False))
def test_ties_are_never_parted_and_no_order_matters(conversations, ties, chance):
    found = assigned(conversations, ties)
    assert found.keys() == set(conversations)
    for one, other in ties:
        assert one not in found or other not in found or found[one] == found[other]
    chance.shuffle(conversations)
    turned = [pair[::-1] if chance.random() < 0.5 else pair for pair in ties]
    chance.shuffle(turned)
    assert assigned(conversations, turned) == found


def test_a_chain_of_ties_is_one_group():
    chain = [(f"c{number:03d}", f"c{number + 1:03d}") for number in range(200)]
    assert len(set(assigned([f"c{number:03d}" for number in range(201)], chain).values())) == 1


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
