"""Looking for marks in large files: all of them are found, wherever a window ends, and what was searched is let go of."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.sources import sweeping
from threadcommons.sources.sweeping import lines_with, places

from .reading import export_of

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
texts = st.text("ab\n", max_size=40).map(str.encode)


@thorough
@given(texts, st.sampled_from([b"a", b"ab", b"aba"]), st.integers(1, 7))
def test_every_place_is_found_wherever_windows_end(data, mark, window):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "WINDOW", window)
        assert list(places(data, mark)) == [one.start() for one in re.finditer(b"(?=" + mark + b")", data)]


@pytest.mark.parametrize("window", [1, 5, 1000])
def test_lines_with_a_mark_come_once_for_each_mark(window, tmp_path, monkeypatch):
    monkeypatch.setattr(sweeping, "WINDOW", window)
    path = tmp_path / "lines"
    path.write_bytes(b"one two two\n\nthree\ntwo one\nthree")
    found = list(lines_with(export_of(path), b"two", b"one"))
    assert [line.strip() for line in found] == [b"one two two", b"two one", b"one two two", b"two one"]
