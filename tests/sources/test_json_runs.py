"""Runs of JSON objects: where each begins and ends, whatever stands between them."""

import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Limits
from threadcommons.sources.base import BATCH_RECORDS
from threadcommons.sources.json_runs import cut_objects, divide_objects, whole_objects
from threadcommons.sources.lines import RANGE_BYTES


def pieces(data, limits=None):
    found, at = [], 0
    for part in cut_objects(data, 0, len(data), limits or Limits()):
        assert part.unaccounted() == 0
        assert part.start == at
        at = part.stop
        found += [data[begin : begin + size] for begin, size in zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)]
    assert at == len(data)
    return found


ONE = b'{"a":"} {","b":[1,{"c":"\\"}"}]}'
MANY = b'{\n  "a": "} {",\n  "b": [\n{\n "c": "\\"}"\n},\n{}\n  ]\n}'

RUNS = {
    "lines": (ONE + b"\n" + ONE + b"\n", [ONE, ONE]),
    "carriage returns and blank lines": (b"\r\n" + ONE + b"\r\n\r\n  " + ONE, [ONE, ONE]),
    "a mark at the start": (b"\xef\xbb\xbf" + ONE, [ONE]),
    "over many lines": (MANY + b"\n" + MANY, [MANY, MANY]),
    "prose between": (MANY + b"\nThe same, longer:\n" + MANY, [MANY, b"The same, longer:", MANY]),
    "on one line": (ONE + ONE + b"{}", [ONE, ONE, b"{}"]),
    "one begins where another ends": (ONE + MANY + b"\n" + ONE, [ONE, MANY, ONE]),
    "marks in a text": (b'{"a":"}{"}\n' + ONE, [b'{"a":"}{"}', ONE]),
    "a broken line": (b'{"a":"\n' + ONE, [b'{"a":"', ONE]),
    "a broken line that ends well": (b'{"a":{"}\n' + ONE, [b'{"a":{"}', ONE]),
    "an object that is never closed": (b'{\n "a": 1\n' + ONE, [b'{\n "a": 1', ONE]),
    "a text that is never closed": (b'{\n "a": "x\n' + ONE, [b'{\n "a": "x', ONE]),
    "no object at all": (b"] a\n[1]\n5", [b"] a", b"[1]", b"5"]),
    "blank": (b" \n\r\n\t", []),
    "nothing": (b"", []),
    "the file ends inside": (MANY[:-5], [MANY[:-5].rstrip()]),
    "a backslash at the end": (b'{\n "a": "x\\\n}\n' + ONE, [b'{\n "a": "x\\', b"}", ONE]),
}


@pytest.mark.parametrize(("data", "expected"), RUNS.values(), ids=RUNS)
def test_each_object_is_a_record_and_so_is_each_stray_line(data, expected):
    assert pieces(data) == expected


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.lists(st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=3), some, max_size=3), max_leaves=6), max_size=6), st.randoms())
def test_objects_come_out_as_they_went_in_however_they_are_written(values, chance):
    written = [json.dumps({"v": value}, indent=chance.choice([None, 1]), ensure_ascii=chance.random() < 0.5).encode() for value in values]
    data = b"".join(one + chance.choice([b"\n", b"\n\n", b"\r\n"]) for one in written)
    assert pieces(data) == written


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\\", b"\n", b",", b":", b"a", b" ", b"\xff", ONE, MANY]), max_size=30).map(b"".join))
def test_any_bytes_are_accounted_for(data):
    assert len(b"".join(pieces(data))) <= len(data)


def test_many_objects_on_one_line_take_linear_time():
    assert len(pieces(b'{"a":1}' * 200_000)) == 200_000


def test_more_records_than_one_batch_holds():
    data = (MANY + b"\n") * (BATCH_RECORDS + 2)
    assert [len(part) for part in cut_objects(data, 0, len(data), Limits())] == [BATCH_RECORDS, 2]


def test_limits_hold_for_objects_over_many_lines_too():
    data = b'{\n"a":"' + b"x" * 90 + b'"\n}\n{\n"a":' + b"[" * 9 + b"]" * 9 + b"\n}\n{}"
    (part,) = cut_objects(data, 0, len(data), Limits(record_bytes=60, depth=5))
    assert [part.refused[index].code for index in sorted(part.refused)] == ["record.too-long", "record.too-deep"]
    assert len(part) == 3


def test_a_file_is_divided_between_lines_or_not_at_all():
    chance = random.Random(5)
    lines = b"".join(b'{"a":"%s"}\n' % (b"x" * chance.randrange(400_000)) for _ in range(400))
    points = divide_objects(lines, len(lines))
    assert len(points) > 2
    assert all(second - first < RANGE_BYTES + 500_000 for first, second in itertools.pairwise(points))
    assert divide_objects(b"{\n" + lines, len(lines) + 2) == [0, len(lines) + 2]
    assert whole_objects(b"{}\n{}\n{") == 6
    assert whole_objects(b'{\n"a":1\n}\n') == 0
