"""Damaged records by the thousand, family by family: none crashes a reader, takes long or much memory, writes, or is lost."""

import os

import pytest

from threadcommons.sources import READERS

from .families import EXPORTS, FAMILIES
from .mutating import MEGABYTES, SECONDS, run

#: Records for each family; `MUTATIONS=100000 make stress` for the long run.
MUTATIONS = int(os.environ.get("MUTATIONS", "5000"))


@pytest.mark.stress
@pytest.mark.parametrize("family", FAMILIES)
def test_damaged_records_do_no_harm_and_none_is_lost(family):
    told = run(family, MUTATIONS, seed=20261129)
    print(f"\n{family}: {told.damaged:,} damaged records in {told.files:,} files, of which {told.posts:,} of {told.records:,} records became posts")
    print(f"{told.faults} (over {SECONDS:.0f} s, over {MEGABYTES} MB); slowest {told.slowest:.2f} s, most {told.most} MB")
    assert not any(told.faults.values()), "\n".join(told.bad)
    assert told.damaged >= MUTATIONS
    assert 0 < told.posts < told.records
    assert set(told.alive) == {kind.reader.name for kind in FAMILIES[family]()}, "a reader made no post of anything"


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared exports lie outside the repository")
def test_every_reader_is_in_a_family():
    assert {kind.reader.name for family in FAMILIES.values() for kind in family()} == READERS.keys()


def test_every_harm_is_seen():
    """The broken twin: readers that do what no reader may."""
    told = run("planted", 6, seed=1)
    assert {name: count > 0 for name, count in told.faults.items()} == dict.fromkeys(told.faults, True)
    assert (told.crashes, told.slow, told.large, told.writes, told.files) == (2, 1, 1, 1, 6)
    assert sorted(line.partition(" at ")[0] for line in told.bad) == ["crash", "death", "large", "slow", "unaccounted", "writes"]
