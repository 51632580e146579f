"""Kills at random moments: no torn release, and the next run gives the digest of an undisturbed one."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from threadcommons import api

KILLS = 50


def start(package, out):
    line = [
        sys.executable,
        "-m",
        "threadcommons",
        "build",
        "--root",
        str(package.root),
        "--out",
        str(out),
        "--workers",
        "2",
    ]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def forget(package, out):
    shutil.rmtree(package.root / "build/.cache", ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)


@pytest.mark.stress
def test_fifty_kills_leave_no_torn_release(small, tmp_path):
    """Half of the kills meet a build that starts from nothing, half one that finds what the last one left."""
    out = tmp_path / "out"
    begun = time.monotonic()
    assert start(small, out).wait() == 0
    whole = time.monotonic() - begun
    expected = hashlib.sha256((out / "1.0.0/manifest.json").read_bytes()).hexdigest()
    dice = random.Random(20261123)
    there = 0
    for number in range(KILLS):
        if number % 2 == 0:
            forget(small, out)
        else:
            shutil.rmtree(out / "1.0.0", ignore_errors=True)
        build = start(small, out)
        time.sleep(dice.uniform(0, whole * 1.1))
        os.kill(build.pid, signal.SIGKILL)
        build.wait()
        release = out / "1.0.0"
        if release.exists():
            there += 1
            assert api.verify(release, root_digest=expected) == []
        assert start(small, out).wait() == 0
        assert hashlib.sha256((release / "manifest.json").read_bytes()).hexdigest() == expected
        assert not list(out.glob(".staging-*"))
    print(f"{KILLS} of {KILLS} kills left no torn release; {there} came after the commit")


def test_a_writer_that_works_in_place_would_be_caught(small):
    """The broken twin: a release that is half there does not verify."""
    release = small.build().path
    (release / "data/ledger/train-00000-of-00001.parquet").unlink()
    assert api.verify(release) != []
