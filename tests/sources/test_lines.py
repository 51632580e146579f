"""Line formats: every byte belongs somewhere, however the file is divided, and a bad line spoils no other."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Limits
from threadcommons.sources import lines
from threadcommons.sources.base import BLANK, BOM
from threadcommons.sources.lines import cut_lines, divide_lines, line_around, whole_lines

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
LIMITS = Limits()


def records(data, points=None, limits=LIMITS):
    """(offset, bytes, code) of all records; ranges and batches must join without a gap and account for every byte."""
    found = []
    for start, stop in pairwise(points or [0, len(data)]):
        at = start
        for cut in cut_lines(data, start, stop, limits):
            assert cut.unaccounted() == 0
            assert cut.start == at
            at = cut.stop
            for index, (offset, length) in enumerate(zip(cut.offsets.tolist(), cut.lengths.tolist(), strict=True)):
                refusal = cut.refused.get(index)
                found.append((offset, bytes(data[offset : offset + length]), refusal and refusal.code))
        assert at == stop
    return found


def plainly(data):
    """The same by hand: lines without blanks around them, those that are not empty."""
    found, at = [], len(BOM) if data.startswith(BOM) else 0
    for line in data[at:].split(b"\n"):
        bare = line.strip(BLANK)
        if bare:
            found.append((at + line.index(bare), bare, None))
        at += len(line) + 1
    return found


some_bytes = st.one_of(st.binary(max_size=120), st.lists(st.sampled_from([b"\n", b"\r", b" ", b"a", b"\xff", b"\0", BOM, b"{}"]), max_size=60).map(b"".join))


@thorough
@given(some_bytes)
def test_any_bytes_are_cut_into_lines_and_nothing_is_lost(data):
    assert records(data) == plainly(data)


@thorough
@given(some_bytes)
def test_each_byte_stands_in_one_line_and_lines_with_their_end_are_whole(data):
    at = 0
    for line in data.split(b"\n"):
        end = min(at + len(line) + 1, len(data))
        assert {line_around(data, len(data), offset) for offset in range(at, end)} <= {(at, end)}
        at = end
    assert whole_lines(data) == len(data) - len(data.split(b"\n")[-1])


@thorough
@given(some_bytes, st.integers(1, 12), st.integers(1, 4))
def test_neither_ranges_nor_batches_change_what_is_read(data, range_bytes, batch_records):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "RANGE_BYTES", range_bytes)
        patch.setattr(lines, "BATCH_RECORDS", batch_records)
        points = divide_lines(data, len(data))
        assert points[0] == 0
        assert points[-1] == len(data)
        assert all(begin < end for begin, end in pairwise(points)) or data == b""
        assert all(data[point - 1 : point] == b"\n" for point in points[1:-1])
        assert records(data, points) == plainly(data)


def test_a_line_that_is_cut_anywhere_spoils_nothing_but_itself():
    first, second, third = (f'{{"text": "zweiter Gruß 🍲 {number}"}}'.encode() for number in range(3))
    for at in range(len(second) + 1):
        data = b"\n".join([first, second[:at] + b"\n" + second[at:], third])
        found = [record for _, record, _ in records(data)]
        assert found[0] == first
        assert found[-1] == third
        assert b"".join(found[1:-1]) == second[:at].strip() + second[at:].strip()


CASES = {
    "nothing": (b"", []),
    "blanks": (b" \n\r\n\t\n", []),
    "one line": (b"a", [(0, b"a")]),
    "a last newline": (b"a\n", [(0, b"a")]),
    "no last newline": (b"a\nb", [(0, b"a"), (2, b"b")]),
    "CRLF": (b"a\r\nb\r\n", [(0, b"a"), (3, b"b")]),
    "a BOM": (BOM + b"a\nb", [(3, b"a"), (5, b"b")]),
    "a BOM alone": (BOM, []),
    "a BOM before a blank line": (BOM + b"\r\na", [(5, b"a")]),
    "a BOM that is not at the start": (b"a\n" + BOM + b"b", [(0, b"a"), (2, BOM + b"b")]),
    "blanks around": (b"  a b\t\n\n\tc ", [(2, b"a b"), (9, b"c")]),
    "line ends of others": ("a\u2028b\x0b\x0c\x85c".encode(), [(0, "a\u2028b\x0b\x0c\x85c".encode())]),
    "a lone CR": (b"a\rb\n", [(0, b"a\rb")]),
    "NUL": (b"\0\n\0", [(0, b"\0"), (2, b"\0")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_lines(data, expected):
    assert records(data) == [(offset, record, None) for offset, record in expected]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b" \n", b"    \n"])
@pytest.mark.parametrize("before", [b"", b"ok\n", BOM, b"  "])
@pytest.mark.parametrize("length", [8, 9, 10, 11, 12, 13, 14, 30])
def test_a_line_over_the_limit_is_refused_and_its_neighbours_are_read(length, before, end):
    data = before + b"x" * length + end + (b"ok" if end else b"")
    found = records(data, limits=Limits(record_bytes=10))
    codes = [code for _, record, code in found if record.startswith(b"x") or b"x" in record]
    assert codes == ["record.too-long" if length > 10 else None]
    assert [code for _, record, code in found if record == b"ok"] == [None] * (data.count(b"ok"))


def test_blanks_count_for_no_limit():
    data = b" " * 10_000 + b"\n" + b" " * 10_000 + b"a" + b"\t" * 10_000 + b"\r\nb"
    assert records(data, limits=Limits(record_bytes=10)) == [(20_001, b"a", None), (30_004, b"b", None)]


@pytest.mark.parametrize("between", [b"\n", b"\n" + b" " * 5_000_000 + b"\n"])
def test_a_huge_line_is_not_copied(between):
    class Watched(bytes):
        asked = 0

        def __getitem__(self, key):
            if isinstance(key, slice):
                Watched.asked = max(Watched.asked, len(range(*key.indices(len(self)))))
            return super().__getitem__(key)

    data = Watched(b"x" * 5_000_000 + between + b"ok\n")
    found = list(cut_lines(data, 0, len(data), Limits(record_bytes=1_000)))
    assert sum(len(cut) for cut in found) == 2
    assert sum(cut.unaccounted() for cut in found) == 0
    assert Watched.asked <= 1 << 20
