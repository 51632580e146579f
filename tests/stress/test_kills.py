"""Kills at random moments: no torn release, and the next run gives the digest of an undisturbed one."""

import pytest

from .trials import kills

KILLS = 50


@pytest.mark.stress
def test_fifty_kills_leave_no_torn_release(heavy, tmp_path):
    found = kills(heavy, tmp_path / "out", KILLS, seed=20261123)
    print(f"\n{KILLS - found.torn} of {KILLS} kills left no torn release ({found.absent} none, {found.whole} a whole one)")
    print(f"{found.same} of {KILLS} next runs gave the digest of an undisturbed one, {found.cleaned} of {KILLS} left nothing aside")
    assert found.torn == 0
    assert found.absent > KILLS // 4, "the moments were too late to disturb anything"
    assert (found.same, found.cleaned) == (KILLS, KILLS)
