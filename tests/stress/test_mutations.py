"""Thousands of damaged inputs: none crashes a reader, and every byte of each is accounted for."""

import pytest

from threadcommons.sources import READERS

from .trials import mutations, seeds_of

INPUTS = 2_000


@pytest.mark.stress
@pytest.mark.parametrize("name", READERS)
def test_damaged_inputs_neither_crash_a_reader_nor_lose_a_byte(name, tmp_path):
    total, crashes = mutations(name, seeds_of(name), tmp_path, INPUTS, seed=20261123)
    print(f"\n{name}: {len(crashes)} of {INPUTS} damaged inputs crashed; {total.lost_bytes} of {total.bytes:,} bytes unaccounted, {total.posts:,} posts of {total.records:,} records")
    assert crashes == []
    assert (total.lost_bytes, total.lost_records) == (0, 0)
    assert 0 < total.posts < total.records
