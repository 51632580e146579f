"""Which row goes into which file follows from its id alone, and no file stays empty."""

import hashlib
from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.writer import hashes, shard_of, sharded

ids = st.lists(st.text(max_size=12), unique=True, max_size=60)
quick = settings(max_examples=300, deadline=None, database=None, derandomize=True)


def hashed(some):
    return hashes(pl.Series(some, dtype=pl.String))


@quick
@given(ids, st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_shard_of_an_id_depends_on_nothing_else(some, count, chance):
    alone = {id_: shard_of([id_], count)[0] for id_ in some}
    mixed = chance.sample(some, len(some))
    assert shard_of(mixed, count).tolist() == [alone[id_] for id_ in mixed]
    assert all(0 <= shard < count for shard in alone.values())


def test_it_is_the_one_that_anybody_can_compute():
    for id_ in ("forum:1", "é", "🍲"):
        assert shard_of([id_], 7).tolist() == [int(hashlib.sha256(id_.encode()).hexdigest()[:16], 16) % 7]


@quick
@given(ids, st.integers(1, 20))
def test_no_shard_stays_empty_and_there_are_no_more_than_needed(some, most):
    shards, count = sharded(hashed(some), most)
    assert 1 <= count <= max(1, -(-len(some) // most))
    assert shards.tolist() == shard_of(some, count).tolist()
    assert set(shards) == set(range(count)) or not some


@pytest.mark.parametrize(("rows", "most", "count"), [(0, 10, 1), (1, 10, 1), (10, 10, 1), (11, 10, 2), (10_000, 1_000, 10)])
def test_as_many_shards_as_the_rows_ask_for(rows, most, count):
    assert sharded(hashed(f"forum:{number}" for number in range(rows)), most)[1] == count


def test_shards_are_about_equal():
    sizes = Counter(shard_of([f"forum:{number}" for number in range(20_000)], 8))
    assert min(sizes.values()) > 2_300
    assert max(sizes.values()) < 2_700


def test_the_smallest_shards_possible():
    some = [f"forum:{number}" for number in range(200)]
    shards, count = sharded(hashed(some), 1)
    assert count > 1
    assert set(shards) == set(range(count))
