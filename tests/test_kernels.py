"""Compiled loops are kept, and what is kept is taken up again without what compiles."""

import os
import subprocess
import sys

LOOP = """
from threadcommons.kernels import compiled, part
import numpy as np

@part
def _more(number):
    return number + {more}

@compiled
def count(numbers):
    made = np.zeros(len(numbers), np.int64)
    for place in range(len(numbers)):
        made[place] = _more(numbers[place])
    return made
"""
CALL = """
import sys, numpy
from loops import count
made = count(numpy.arange(3))
print(made.tolist(), "numba.np.linalg" in sys.modules)
print(count(numpy.arange(3.0)).tolist(), "numba.np.linalg" in sys.modules) if {twice} else None
"""


def called(folder, *, twice=False):
    """What a process of its own says of the loop: what it made, and whether it loaded what compiles."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    program = [sys.executable, "-c", CALL.format(twice=twice)]
    done = subprocess.run(program, env=surroundings | {"PYTHONPATH": path}, capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[:-1]


def test_a_loop_is_kept_until_its_file_changes(tmp_path):
    (tmp_path / "loops.py").write_text(LOOP.format(more=1))
    assert called(tmp_path) == ["[1, 2, 3] True"]
    assert called(tmp_path) == ["[1, 2, 3] False"]
    (tmp_path / "loops.py").write_text(LOOP.format(more=100))
    assert called(tmp_path) == ["[100, 101, 102] True"]
    assert called(tmp_path) == ["[100, 101, 102] False"]


def test_what_was_not_kept_is_compiled_beside_what_was(tmp_path):
    (tmp_path / "loops.py").write_text(LOOP.format(more=1))
    called(tmp_path)
    assert called(tmp_path, twice=True) == ["[1, 2, 3] False", "[1, 2, 3] True"]
    assert called(tmp_path, twice=True) == ["[1, 2, 3] False", "[1, 2, 3] False"]
