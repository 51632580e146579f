"""Compiled loops are kept, and what is kept is taken up again without what compiles."""

import os
import subprocess
import sys

LOOP = """
from threadcommons import kernels
kernels._HOW += {how!r}
from threadcommons.kernels import compiled, part
import numpy as np

@part
def _more(number):
    return number + {more}

@compiled
def count(numbers, out):
    for place in range(len(numbers)):
        out[place] = _more(numbers[place])

@compiled
def greedy(numbers):
    return np.zeros(len(numbers), np.int64)
"""
CALL = """
import sys, numpy
from loops import count
for numbers in {calls}:
    out = numpy.zeros_like(numbers)
    count(numbers, out)
    print(out.tolist(), "numba.np.linalg" in sys.modules)
"""
WHOLE, HALF = "numpy.arange(3)", "numpy.arange(3) / 2"


def written(folder, more, how=""):
    (folder / "loops.py").write_text(LOOP.format(more=more, how=how))


def process(folder, program):
    """A program in a process of its own, which finds modules of a folder."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    surroundings["PYTHONPATH"] = os.pathsep.join([str(folder), *filter(None, sys.path)])
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=False, env=surroundings, capture_output=True, text=True)


def called(folder, *calls):
    """What a process of its own says of calls of the loop: what was made, and whether what compiles is loaded."""
    done = process(folder, CALL.format(calls=f"({', '.join(calls)},)"))
    assert not done.returncode, done.stderr
    return done.stdout.split("\n")[:-1]


def test_a_loop_is_kept_until_its_file_changes(tmp_path):
    written(tmp_path, 1)
    assert called(tmp_path, WHOLE) == ["[1, 2, 3] True"]
    assert called(tmp_path, WHOLE) == ["[1, 2, 3] False"]
    written(tmp_path, 100)
    assert called(tmp_path, WHOLE) == ["[100, 101, 102] True"]
    assert called(tmp_path, WHOLE) == ["[100, 101, 102] False"]


def test_what_was_not_kept_is_compiled_beside_what_was(tmp_path):
    written(tmp_path, 1)
    called(tmp_path, WHOLE)
    assert called(tmp_path, WHOLE, HALF) == ["[1, 2, 3] False", "[1.0, 1.5, 2.0] True"]
    assert called(tmp_path, WHOLE, HALF) == ["[1, 2, 3] False", "[1.0, 1.5, 2.0] False"]


def test_what_was_compiled_in_another_way_is_left_alone(tmp_path):
    written(tmp_path, 1, how="A")
    called(tmp_path, WHOLE)
    text = (tmp_path / "loops.py").read_text()
    times = (tmp_path / "loops.py").stat()
    (tmp_path / "loops.py").write_text(text.replace("'A'", "'B'"))  # to numba it is the same file
    os.utime(tmp_path / "loops.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    for bytecode in (tmp_path / "__pycache__").glob("*.pyc"):
        bytecode.unlink()
    assert called(tmp_path, WHOLE) == ["[1, 2, 3] True"]
    assert called(tmp_path, WHOLE) == ["[1, 2, 3] False"]


def test_a_loop_that_makes_an_array_is_not_compiled(tmp_path):
    written(tmp_path, 1)
    done = process(tmp_path, "import numpy\nfrom loops import greedy\ngreedy(numpy.arange(3))")
    assert done.returncode == 1
    assert "Error" in done.stderr
