"""The index finds every pair above the threshold and no other, in any order and in portions of any size."""

from dataclasses import replace
from random import Random

import numpy as np
import polars as pl
import pytest

from threadcommons.dedup import best, containment, index, jaccard, needed, overlap, shingles, tokens
from threadcommons.errors import TooLarge


def texts(chance, count, words):
    known = [f"w{number}" for number in range(words)]
    return [" ".join(chance.choices(known, k=chance.randrange(0, 30))) for _ in range(count)]


def as_sets(found):
    return [set(found.hashes[start:stop].tolist()) for start, stop in zip(found.starts, found.starts[1:], strict=False)]


def by_hand(mine, others, share, least):
    """Every pair that counts, by comparing all with all."""
    need = needed(mine.sizes, share, least)
    return {
        (a, b, len(one & other))
        for a, one in enumerate(as_sets(mine))
        for b, other in enumerate(as_sets(others))
        if len(one & other) >= need[a]
    }


def rows(pairs, *columns):
    return set(pairs.select(columns).iter_rows())


def wrong(seed, make=index):
    """How many pairs the index misses or invents, in both directions, over many small worlds."""
    chance, faults = Random(seed), 0
    for words in (3, 6, 20, 100):
        for share, least in ((0.1, 1), (0.35, 2), (0.5, 6), (1.0, 1)):
            mine, others = (shingles(tokens(texts(chance, 40, words))) for _ in range(2))
            found = make(mine)
            ranked = found.ranked(others)
            faults += len(
                rows(found.contained_in(ranked, share, least), "a", "b", "shared") ^ by_hand(mine, others, share, least)
            )
            faults += len(
                rows(found.containing(ranked, share, least), "b", "a", "shared") ^ by_hand(others, mine, share, least)
            )
    return faults


@pytest.mark.parametrize("at_once", [1, 10, 1000, 1 << 23])
@pytest.mark.parametrize("first", [1, 4])
def test_it_finds_what_comparing_all_with_all_finds(at_once, first, monkeypatch):
    monkeypatch.setattr(overlap, "_AT_ONCE", at_once)
    monkeypatch.setattr(overlap, "_FIRST", first)
    assert wrong(seed=11) == 0


def test_a_twin_that_looks_up_one_shingle_too_few_is_caught():
    def hasty(mine):
        found = index(mine)
        return replace(found, at=found.at + 1)

    assert wrong(seed=11, make=hasty) > 0


def test_the_order_of_the_texts_changes_their_numbers_only():
    chance = Random(5)
    mine, others = texts(chance, 60, 4), texts(chance, 60, 4)
    found = index(shingles(tokens(mine)))
    pairs = found.contained_in(found.ranked(shingles(tokens(others))), 0.3, 2)
    back = index(shingles(tokens(mine[::-1])))
    turned = back.contained_in(back.ranked(shingles(tokens(others[::-1]))), 0.3, 2)
    assert len(pairs) > 50
    assert rows(pairs, "a", "b", "shared") == {
        (59 - a, 59 - b, shared) for a, b, shared in turned.select("a", "b", "shared").iter_rows()
    }


def test_pairs_stand_in_order_with_their_sizes():
    mine = shingles(tokens(["a b c d e", "x y z", "a b c d e f g"]))
    others = shingles(tokens(["a b c d e f g h", "nothing of all this here at all", "a b c d"]))
    pairs = index(mine).contained_in(index(mine).ranked(others), 0.6, 1)
    assert pairs.rows() == [(0, 0, 3, 3, 6), (0, 2, 2, 3, 2 + 3), (2, 0, 5, 5, 6)]
    assert pairs.select(containment().alias("c"), jaccard().alias("j")).rows()[0] == (1.0, 0.5)


def test_the_best_match_is_the_most_contained_then_the_most_alike_then_the_first():
    pairs = pl.DataFrame(
        [(0, 5, 4, 10, 10), (0, 6, 5, 10, 90), (0, 7, 5, 10, 12), (0, 8, 5, 10, 12), (1, 9, 1, 2, 2)],
        schema=["a", "b", "shared", "size_a", "size_b"],
        orient="row",
    )
    assert best(pairs.sample(fraction=1, shuffle=True, seed=1)).select("a", "b").rows() == [(0, 7), (1, 9)]


@pytest.mark.parametrize(
    ("size", "share", "least", "need"),
    [(20, 0.35, 1, 7), (10, 0.7, 1, 7), (3, 0.35, 1, 2), (0, 0.5, 1, 1), (10, 0.1, 6, 6)],
)
def test_a_share_is_rounded_up_and_never_by_an_error_of_arithmetic(size, share, least, need):
    assert needed(np.array([size]), share, least).tolist() == [need]


def test_what_two_texts_share_can_be_asked_for_one_pair():
    found = index(shingles(tokens(["one two three four five six", "one two three and something else"])))
    ranked = found.ranked(shingles(tokens(["one two three four five seven"])))
    assert [len(found.common_ranks(ranked, a, 0)) for a in (0, 1)] == [3, 1]


def test_texts_that_are_all_alike_are_refused_and_not_worked_at_for_ever():
    many = shingles(tokens([f"the same old story again and again {number}" for number in range(300)]))
    found = index(many)
    with pytest.raises(TooLarge, match="too much alike"):
        found.contained_in(found.ranked(many), 0.5, 1, most=1000)
    assert len(found.contained_in(found.ranked(many), 0.5, 1)) == 300 * 300


def test_nothing_compared_with_nothing_is_nothing():
    none, some = shingles(tokens([])), shingles(tokens(["one two three four five"]))
    for mine, others in ((none, none), (none, some), (some, none), (some, shingles(tokens(["", "?"])))):
        found = index(mine)
        assert found.contained_in(found.ranked(others), 0.5, 1).is_empty()
        assert found.containing(found.ranked(others), 0.5, 1).is_empty()
