"""Records as columns without objects: what is sure is read as any JSON decoder reads it, and the rest is left alone."""

import json
import mmap

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.schema import schema
from threadcommons.sources import json_columns
from threadcommons.sources.json_columns import _eights, _letters, _written, decoded, shape_of
from threadcommons.sources.posts import CLAIMS

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)

TEXT, MAYBE = {"type": "string"}, {"type": ["string", "null"]}
INNER = {"type": "object", "required": ["name", "note"], "properties": {"name": TEXT, "note": MAYBE, "more": TEXT}}
DECLARED = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": TEXT,
        "title": MAYBE,
        "who": INNER,
        "links": {"type": "array", "items": TEXT},
        "media": {"type": ["array", "null"], "items": INNER},
        "marks": {"type": "array", "items": TEXT},
    },
}
_INNER = pa.struct([(name, pa.string()) for name in ("more", "name", "note")])
COLUMNS = pa.schema(
    [
        ("text", pa.string()), ("title", pa.string()), ("who", _INNER), ("links", pa.list_(pa.string())),
        ("media", pa.list_(_INNER)), ("marks", pa.list_(pa.string())), ("elsewhere", pa.int64()),
    ]
)  # fmt: skip
SHAPE = shape_of(DECLARED)


def read(records):
    """What is sure among some records, as dictionaries without what is absent, and which records those are."""
    data = b"\n".join(records)
    lengths = np.array([len(record) for record in records], dtype=np.int64)
    begins = np.concatenate([[0], np.cumsum(lengths[:-1] + 1)]) if records else lengths
    found = decoded(data or b" ", begins, begins + lengths, SHAPE, COLUMNS)
    found.table.validate(full=True)
    return [told(row) for row in found.table.to_pylist()], found.sure.tolist()


def told(value):
    """A value without members that are null."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items() if one is not None}
    return [told(one) for one in value] if isinstance(value, list) else value


def no_key_twice(pairs):
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def plainly(record):
    """A record as the standard library reads it, no key twice and no half of a character; None for what it refuses."""
    try:
        value = json.loads(record.decode(), object_pairs_hook=no_key_twice)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, AssertionError, RecursionError):
        return None
    return value


texts = st.text(st.characters(codec="utf-8"), max_size=30)
inner = st.fixed_dictionaries({"name": texts, "note": st.none() | texts}, optional={"more": texts})
values = st.fixed_dictionaries(
    {"text": texts},
    optional={
        "title": st.none() | texts, "who": inner, "links": st.lists(texts, max_size=9),
        "media": st.none() | st.lists(inner, max_size=4), "marks": st.lists(texts, max_size=3),
    },
)  # fmt: skip


@st.composite
def written(draw):
    """A record and one of the ways of writing it."""
    value = draw(values)
    keys = draw(st.permutations(list(value)))
    spaced = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r: ")]))
    text = json.dumps({key: value[key] for key in keys}, ensure_ascii=draw(st.booleans()), separators=spaced)
    return value, draw(st.sampled_from(["", " ", "\t\r"])).join(["", text, ""]).encode()


@thorough
@given(st.lists(written(), max_size=6))
def test_records_of_the_shape_are_read_however_they_are_written(records):
    found, sure = read([line for _, line in records])
    assert sure == [True] * len(records)
    assert found == [told(value) for value, _ in records]


@thorough
@given(st.lists(written(), min_size=1, max_size=4), st.data())
def test_what_is_sure_of_damaged_records_is_what_json_says(records, data):
    lines = [bytearray(line) for _, line in records]
    for line in lines:
        for _ in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, len(line) - 1))
            line[at : at + data.draw(st.integers(0, 2))] = data.draw(
                st.sampled_from([b"", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"\xed\xa0\x80", b"\xff", b"\\u", b"1", b"\0"])
            )
    lines = [bytes(line).replace(b"\n", b" ") for line in lines]
    found, sure = read(lines)
    plain = [plainly(line) for line, yes in zip(lines, sure, strict=True) if yes]
    assert None not in plain
    assert found == [told(value) for value in plain]


GOOD = b'{"text":"a","links":["b","c"],"media":[{"name":"d","note":null}]}'
DOUBTFUL = {
    "nothing": b"",
    "no object": b'["text"]',
    "a number": b'{"text":"a","title":1}',
    "a truth": b'{"text":true}',
    "another key": b'{"text":"a","other":"b"}',
    "a key that goes on": b'{"text":"a","titles":"b"}',
    "a key that stops early": b'{"text":"a","titl":"b"}',
    "an escaped key": b'{"te\\u0078t":"a"}',
    "a key twice": b'{"text":"a","text":"a"}',
    "a key twice inside": b'{"text":"a","who":{"name":"a","name":"a","note":"b"}}',
    "a key missing": b'{"title":"a"}',
    "a key missing inside": b'{"text":"a","who":{"name":"a"}}',
    "a key missing in an empty object": b'{"text":"a","who":{}}',
    "a key missing in a list": b'{"text":"a","links":["x"],"media":[{"name":"a","note":"b"},{"name":"a"}]}',
    "no value": b'{"text":}',
    "null for what is not null": b'{"text":null}',
    "null for an object": b'{"text":"a","who":null}',
    "null in a list": b'{"text":"a","links":["x",null]}',
    "a list of lists": b'{"text":"a","links":[["x"]]}',
    "an object in an object": b'{"text":"a","who":{"name":{},"note":"b"}}',
    "a comma too many": b'{"text":"a",}',
    "a comma too many in a list": b'{"text":"a","links":["x",]}',
    "no comma": b'{"text":"a" "title":"b"}',
    "no colon": b'{"text" "a"}',
    "not closed": b'{"text":"a"',
    "a text not closed": b'{"text":"a}',
    "a list not closed": b'{"text":"a","links":["x"',
    "the wrong end": b'{"text":"a","links":["x"}]',
    "something behind it": b'{"text":"a"}{}',
    "a line feed in a text": b'{"text":"a\tb"}',
    "an escape that is none": b'{"text":"\\x"}',
    "an escape cut short": b'{"text":"\\u12"}',
    "an escape at the end": b'{"text":"\\',
    "half a character": b'{"text":"\\ud83d"}',
    "half a character and a letter": b'{"text":"\\ud83d\\u0041"}',
    "the other half": b'{"text":"\\ude00"}',
    "a byte that begins nothing": b'{"text":"\x80"}',
    "an overlong slash": b'{"text":"\xc0\xaf"}',
    "three bytes for what takes two": b'{"text":"\xe0\x80\xaf"}',
    "four bytes for what takes three": b'{"text":"\xf0\x80\x80\xaf"}',
    "half a character in bytes": b'{"text":"\xed\xa0\x80"}',
    "beyond the last character": b'{"text":"\xf4\x90\x80\x80"}',
    "a byte that is in no text": b'{"text":"\xf5\x80\x80\x80"}',
    "a character cut short": b'{"text":"\xe2\x82"}',
    "a mark in front": b'\xef\xbb\xbf{"text":"a"}',
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_doubtful_is_left_alone_and_spoils_no_neighbour(name):
    found, sure = read([GOOD, DOUBTFUL[name], GOOD])
    assert sure == [True, False, True]
    assert found == [told(json.loads(GOOD))] * 2


def test_what_a_doubtful_record_had_in_its_lists_is_in_no_other():
    broken = b'{"text":"a","links":["x","y"],"media":[{"name":"p","note":"q","more":"r"}],"title":0}'
    found, sure = read([GOOD, broken, b'{"text":"z","links":["w"],"media":[{"name":"s","note":null}]}'])
    assert sure == [True, False, True]
    assert found[1] == {"text": "z", "links": ["w"], "media": [{"name": "s"}]}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 100])
def test_there_is_room_for_any_number_of_items(count):
    lines = [json.dumps({"text": str(place), "links": [f"{place} {item}" for item in range(count)]}).encode() for place in range(3)]
    found, sure = read(lines)
    assert sure == [True] * 3
    assert found == [json.loads(line) for line in lines]


def test_every_escape_stands_for_its_letter():
    text = '\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u0041 \\u00e9 \\u20AC \\uD83D\\uDE00 \\u0000 \\u007f \\u07ff \\u0800 \\uffff'
    found, _ = read([f'{{"text":"{text}"}}'.encode()])
    assert found == [{"text": json.loads(f'"{text}"')}]


@pytest.mark.parametrize(
    "declared",
    [
        {"properties": {"a": {"type": "integer"}}},
        {"properties": {"a": {"type": ["string", "number"]}}},
        {"properties": {"a": {"type": "array", "items": {"type": "array"}}}},
        {"properties": {"a": {"type": "object", "properties": {"b": {"type": "object", "properties": {}}}}}},
        {"properties": {str(number): {"type": "string"} for number in range(64)}},
    ],
)
def test_a_shape_that_cannot_be_read_is_refused_when_it_is_made(declared):
    with pytest.raises(ValueError, match=r"shapes that can be read|more than 63 keys"):
        shape_of(declared)


def test_posts_have_such_a_shape_and_all_their_columns():
    shape = shape_of(schema("post"))
    assert {key.name for key in shape.objects[0].keys} == set(CLAIMS.names) - {"n_chars", "n_words", "record"}


def test_nothing_holds_on_to_the_bytes_that_were_read(tmp_path):
    path = tmp_path / "records"
    path.write_bytes(GOOD)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = decoded(data, np.zeros(1, np.int64), np.array([len(GOOD)]), SHAPE, COLUMNS)
    assert found.sure.tolist() == [True]


def test_what_is_absent_takes_no_place_whatever_stood_in_the_memory_before():
    spans = np.array([[[5, 4, -1], [0, 2, 2], [7, 6, -1], [9, 9, 9], [2, 3, 1]]], dtype=np.int32)
    letters = _letters(b"abc", 0, 3)
    found = _written((letters, _eights(letters)), spans, np.array([0, 1, 2, 4])).column(0, pa.string())
    found.validate(full=True)
    assert found.to_pylist() == [None, "ab", None, "c"]


def test_bytes_that_are_no_utf8_cost_only_those_beside_them_a_closer_look(monkeypatch):
    monkeypatch.setattr(json_columns, "_PIECE", 60)
    lines = ['{"text":"Käse"}'.encode(), b'{"text":"\xff"}', *['{"text":"Brot \u00e9"}'.encode()] * 20]
    begins = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])])
    ends = begins + [len(line) for line in lines]
    sound = json_columns._sound(np.frombuffer(b"\n".join(lines), np.uint8), begins, ends)
    assert not sound[1]
    assert sound[6:].all()
    found, sure = read(lines)
    assert sure == [True, False, *[True] * 20]
    assert found == [{"text": "Käse"}, *[{"text": "Brot é"}] * 20]
