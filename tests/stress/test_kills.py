"""Kills at random moments: no torn release, and the next run gives the digest of an undisturbed one."""

import time

import pytest

from .trials import killed, kills, start, state_of

KILLS = 50


@pytest.mark.stress
def test_fifty_kills_leave_no_torn_release(heavy, tmp_path):
    found = kills(heavy, tmp_path / "out", KILLS, seed=20261123)
    print(f"\n{KILLS - found.torn} of {KILLS} kills left no torn release ({found.absent} none, {found.whole} a whole one)")
    print(f"{found.same} of {KILLS} next runs gave the digest of an undisturbed one, {found.cleaned} of {KILLS} left nothing aside")
    assert found.torn == 0
    assert found.absent > KILLS // 4, "the moments were too late to disturb anything"
    assert (found.same, found.cleaned) == (KILLS, KILLS)


#: The command with a commit that puts one file after the other into its place.
IN_PLACE = """
import shutil, time
from threadcommons.build import run
from threadcommons.cli import main

def one_by_one(source, target):
    time.sleep(0.05)
    return shutil.copy2(source, target)

run.move_into_place = lambda staged, target: shutil.copytree(staged, target, copy_function=one_by_one)
main()
"""


def test_a_build_that_writes_in_place_would_be_caught(small, tmp_path):
    """The broken twin."""
    release = tmp_path / "out" / small.version
    process = start(small.root, tmp_path / "out", program=("-c", IN_PLACE))
    while state_of(release) == "absent" and process.poll() is None:
        time.sleep(0.02)
    killed(process, 0.1)
    assert state_of(release) == "torn"
