"""A few of the trials that tests/stress runs by the dozen."""

import pytest

from threadcommons.sources import READERS

from ..stress.conftest import heavy
from ..stress.trials import NOT_ALONE, digests, kills, mutations, seeds_of

__all__ = ["heavy"]

SURROUNDINGS = {
    1: {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    3: {"PYTHONHASHSEED": "123", "TZ": "Asia/Kolkata", "LC_ALL": "tr_TR.UTF-8", "umask": 0o077},
}


def test_the_bytes_depend_neither_on_the_machine_nor_on_how_many_work(heavy, tmp_path):
    """Another process with other workers, hash seed, time zone, locale, umask and folder gives the same digest."""
    found = set()
    for workers, around in SURROUNDINGS.items():
        found |= set(digests(heavy, tmp_path, [workers], [around], [f"else where {workers}"]))
    assert len(found) == 1


def test_kills_leave_no_torn_release(small, tmp_path):
    """One of a build that starts from nothing, one of a build that finds what the first left."""
    found = kills(small, tmp_path / "out", 2, seed=1)
    assert found.torn == 0
    assert (found.same, found.cleaned) == (2, 2)


@pytest.mark.parametrize("name", READERS)
def test_damaged_inputs_neither_crash_a_reader_nor_lose_a_byte(name, tmp_path):
    seeds = seeds_of(name)
    if not seeds:
        pytest.skip("the shared exports, of which the damaged ones are made, lie outside the repository")
    total, crashes = mutations(name, seeds, tmp_path, 60, seed=1)
    assert crashes == []
    assert (total.lost_bytes, total.lost_records) == (0, 0)
    assert total.posts < total.records
    assert total.posts > 0 or name in NOT_ALONE
