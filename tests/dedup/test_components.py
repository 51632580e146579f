"""Buckets and components on arrays against dictionaries and sets."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.dedup import components
from threadcommons.dedup.components import Buckets, buckets, in_bands, joined, linked

CASES = int(os.environ.get("DEDUP_CASES", "100"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
ITEMS = 9
pairs = st.lists(st.tuples(st.integers(0, ITEMS - 1), st.integers(0, ITEMS - 1)), max_size=14)
groups = st.lists(st.sets(st.integers(0, ITEMS - 1), min_size=2), max_size=5)


def firsts(count, edges):
    """For each item the first one that it can be reached from."""
    found = list(range(count))
    for _ in range(count):
        for a, b in edges:
            found[a] = found[b] = min(found[a], found[b])
    return found


def listed(some):
    return [some.members[start:stop].tolist() for start, stop in zip(some.starts, some.starts[1:], strict=False)]


def held(some):
    return Buckets(
        np.array([item for one in some for item in sorted(one)], dtype=np.int64),
        np.cumsum([0, *map(len, some)]).astype(np.int64),
    )


@thorough
@given(st.lists(st.sampled_from([0, 1, 5, 2**63, 2**64 - 1, 2**64 - 2, 7 << 60]), max_size=20))
def test_a_bucket_holds_all_with_one_key_in_order(keys):
    wanted = [[at for at, other in enumerate(keys) if other == key] for key in sorted(set(keys))]
    assert listed(buckets(np.array(keys, dtype=np.uint64))) == [items for items in wanted if len(items) > 1]


def test_buckets_among_many_keys():
    rng = np.random.default_rng(2)
    keys = rng.integers(0, 2**64, 50_000, dtype=np.uint64)
    keys[rng.integers(0, 50_000, 5_000)] = keys[rng.integers(0, 50_000, 5_000)]
    wanted = {}
    for at, key in enumerate(keys.tolist()):
        wanted.setdefault(key, []).append(at)
    assert listed(buckets(keys)) == [wanted[key] for key in sorted(wanted) if len(wanted[key]) > 1]


@thorough
@given(st.data())
def test_bands_have_the_buckets_of_each_in_their_order(data):
    items, count = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 5))
    keys = data.draw(st.lists(st.integers(0, 2), min_size=items * count, max_size=items * count))
    bands = np.array(keys, dtype=np.uint64).reshape(items, count)
    rows = np.array(data.draw(st.lists(st.integers(0, items - 1), unique=True)) if items else [], dtype=np.int64)
    wanted = [listed(buckets(np.array([bands[row, band] for row in rows], dtype=np.uint64))) for band in range(count)]
    assert [listed(some) for some in in_bands(bands, rows)] == wanted


def test_without_bands_nothing_meets():
    assert list(in_bands(np.zeros((3, 0), dtype=np.uint64), np.arange(3))) == []


@thorough
@given(pairs, pairs)
def test_joining_is_joining_at_once_or_one_after_the_other(some, more):
    def arrays(edges):
        return tuple(np.array([edge[side] for edge in edges], dtype=np.int64) for side in range(2))

    labels = linked(np.arange(ITEMS), *arrays(some))
    assert labels.tolist() == firsts(ITEMS, some)
    assert linked(labels, *arrays(more)).tolist() == firsts(ITEMS, some + more)


@thorough
@given(groups, groups, pairs, st.integers(1, 4))
def test_components_join_those_that_meet_and_are_alike(one, other, alike, first):
    true = {frozenset(pair) for pair in alike}
    asked = []

    def like(a, b):
        asked.extend(zip(a.tolist(), b.tolist(), strict=True))
        return np.array([frozenset(pair) in true for pair in zip(a.tolist(), b.tolist(), strict=True)], dtype=bool)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(components, "FIRST", first)
        found = components.components(ITEMS, joined([held(one), held(other)]), like)
    met = [(a, b) for some in one + other for at, a in enumerate(sorted(some)[:first]) for b in sorted(some)[at + 1 :]]
    assert found.tolist() == firsts(ITEMS, [pair for pair in met if frozenset(pair) in true])
    assert set(asked) <= set(met)


def test_a_chain_of_many_is_joined():
    chain = np.arange(100_000)
    assert set(linked(np.arange(100_001), chain, chain + 1).tolist()) == {0}
    assert set(linked(np.arange(100_001), chain[::-1] + 1, chain[::-1]).tolist()) == {0}
