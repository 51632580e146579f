"""Compiled loops over lines against the same in plain Python, for any bytes and any room."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Limits
from threadcommons.sources import documents, line_scan, lines
from threadcommons.sources.documents import cut_json_lines

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
#: Bytes that are looked for, those that differ from them in one bit, and runs longer than what is looked at at once.
NEAR = [b"\n", b"\x0b", b"\x8a", b"[", b"{", b"]", b"}", b"\x1b", b"\xfb", b"\xdb", b";", b"\0"]
RUNS = [piece * count for piece in (b"a", b"\n", b"[", b"{") for count in (1, 63, 64, 65, 127, 128, 129, 300)]
some_bytes = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(NEAR + RUNS), max_size=40).map(b"".join))


def array(data):
    return np.frombuffer(data, np.uint8)


@thorough
@given(some_bytes, st.integers(64, 200))
def test_line_feeds_are_found_whatever_room_there_is(data, room):
    found, at, ends = [], 0, np.empty(room, np.int64)
    while at < len(data):
        before = at
        count, at = line_scan.newlines(array(data), at, ends)
        assert at > before
        found += ends[:count].tolist()
    assert found == [place for place, byte in enumerate(data) if byte == ord("\n")]


@thorough
@given(some_bytes, st.lists(st.integers(0, 300), max_size=12))
def test_brackets_are_counted_in_each_record(data, bounds):
    bounds = sorted(min(bound, len(data)) for bound in bounds)
    begins, ends = np.array(bounds[:-1], np.int64), np.array(bounds[1:], np.int64)
    counts = np.full(len(begins), -1)
    line_scan.brackets(array(data), begins, ends, counts)
    assert counts.tolist() == [
        data.count(b"[", begin, end) + data.count(b"{", begin, end) for begin, end in zip(begins, ends, strict=True)
    ]


def told(data, cuts):
    return [
        (cut.start, cut.stop, cut.offsets.tolist(), cut.lengths.tolist(), sorted(cut.refused.items())) for cut in cuts
    ]


@thorough
@given(some_bytes, st.integers(0, 300), st.integers(1, 40))
def test_much_is_cut_as_little_is(data, start, depth):
    start, limits = min(start, len(data)), Limits(depth=depth)
    ways = []
    for compiled in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "_FEWEST", 64)
            for module in (lines, documents):
                patch.setattr(module, "worth_compiling", lambda _, way=compiled: way)
            ways.append(told(data, cut_json_lines(data, start, len(data), limits)))
    assert ways[0] == ways[1]


def test_what_can_be_written_to_is_cut_and_left_as_it_is():
    data = bytearray(b'{"a":[1]}\n' * 100)
    (cut,) = cut_json_lines(data, 0, len(data), Limits())
    assert len(cut) == 100
    data[0] = 0
