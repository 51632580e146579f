"""What is free goes back to the system, and nothing else happens: not on systems that cannot do it either."""

import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from threadcommons.memory import collector_paused, give_back

SOURCE = Path(__file__).parents[1] / "src"
ROLLUP = Path("/proc/self/smaps_rollup")
HELD = """
import sys
sys.path.insert(0, sys.argv[1])
import pyarrow as pa
from threadcommons.memory import give_back

def held():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))

columns = [pa.array(range(100_000)).cast(pa.string()) for _ in range(80)]
del columns
before = held()
give_back()
print(before - held())
"""


@pytest.mark.skipif(not ROLLUP.exists(), reason="the system does not tell")
def test_what_arrow_freed_is_given_back():
    done = subprocess.run([sys.executable, "-c", HELD, str(SOURCE)], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) > 10_000  # KiB


def test_what_is_in_use_stays():
    kept = pa.array(range(100_000)).cast(pa.string())
    give_back()
    assert (kept[0].as_py(), kept[-1].as_py()) == ("0", "99999")


@pytest.mark.parametrize("error", [OSError, TypeError, AttributeError])
def test_a_c_library_that_cannot_do_it_is_no_error(monkeypatch, error):
    asked = []

    def none_here(name):
        asked.append(name)
        raise error

    monkeypatch.setattr(ctypes, "CDLL", none_here)
    give_back()
    assert asked == [None], "the library of this very process was asked for, and nobody heard that there is none"


def test_nothing_is_loaded_for_it():
    line = "import sys; sys.path.insert(0, sys.argv[1]); from threadcommons.memory import give_back; give_back(); print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", line, str(SOURCE)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


# -- the collector of cycles --------------------------------------------------------------------------------------


def fail_while_it_waits():
    with collector_paused():
        raise ZeroDivisionError(gc.isenabled())


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_waits_and_is_then_as_it_was(collecting):
    was = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        with pytest.raises(ZeroDivisionError, match="False"):
            fail_while_it_waits()
        assert gc.isenabled() == collecting
    finally:
        (gc.enable if was else gc.disable)()
