"""Whatever happens to a file, its mark is another; and it is the same in every process."""

import subprocess
import sys

import pytest

from threadcommons.engine import marks
from threadcommons.engine.marks import mark

#: With pieces of 32 bytes and windows of two pages: nothing, less than a piece, bounds of pieces and of windows.
SIZES = [0, 1, 31, 32, 33, 64, 8191, 8192, 8193, 20_000]


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(marks, "_PIECE", 32)
    monkeypatch.setattr(marks, "_WINDOW", 8192)


def marked(folder, data):
    (folder / "file").write_bytes(data)
    return mark(folder / "file")


def some(size):
    return bytes(number * 7 % 251 for number in range(size))


@pytest.mark.parametrize("size", SIZES)
def test_each_change_gives_another_mark(tmp_path, size):
    data = some(size)
    places = {0, 31, 32, size // 2, 8191, 8192, size - 1} & set(range(size))
    changed = [data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :] for place in sorted(places)]
    changed += [data + b"\0", data + b"x" * 32, *([data[:-1], data[1:], bytes(size), data[: size // 2]] if size > 1 else [])]
    changed += [data[:32] + data[64:96] + data[32:64] + data[96:]] if size > 96 else []
    found = [marked(tmp_path, one) for one in (data, *changed)]
    assert len(set(found)) == len({data, *changed})
    assert marked(tmp_path, data) == found[0]
    assert all(len(one) == 64 for one in found)


def test_every_process_says_the_same(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(some(200_000))
    said = "import sys, pathlib; from threadcommons.engine.marks import mark; print(mark(pathlib.Path(sys.argv[1])))"
    program = [sys.executable, "-c", said, str(path)]
    first, second = (subprocess.run(program, check=True, capture_output=True, text=True).stdout for _ in range(2))
    assert first == second
    assert len(first.strip()) == 64


def test_a_file_that_is_not_there_has_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        mark(tmp_path / "file")
