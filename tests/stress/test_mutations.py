"""Thousands of damaged inputs: none crashes a reader, and every byte of each is accounted for."""

import pytest

from threadcommons.sources import READERS

from .trials import NOT_ALONE, mutations, seeds_of

INPUTS = 2_000


@pytest.mark.stress
@pytest.mark.parametrize("name", READERS)
def test_damaged_inputs_neither_crash_a_reader_nor_lose_a_byte(name, tmp_path):
    seeds = seeds_of(name)
    if not seeds:
        pytest.skip("the shared exports, of which the damaged ones are made, lie outside the repository")
    total, crashes = mutations(name, seeds, tmp_path, INPUTS, seed=20261123)
    print(f"\n{name}: {len(crashes)} of {INPUTS} damaged inputs crashed; {total.lost_bytes} of {total.bytes:,} bytes unaccounted, {total.posts:,} posts of {total.records:,} records")
    assert crashes == []
    assert (total.lost_bytes, total.lost_records) == (0, 0)
    assert total.posts < total.records
    assert total.posts > 0 or name in NOT_ALONE
