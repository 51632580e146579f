"""What the compiled scan takes for sound is sound to those who look at one text at a time, and it finds what they find."""

from __future__ import annotations

import json
import random

import orjson
import polars as pl
import pytest

from threadcommons.model import Limits
from threadcommons.sources import chat, hackernews, html_scan, json_sound, x_api
from threadcommons.sources.documents import cut_documents
from threadcommons.sources.html_columns import plain_pages
from threadcommons.sources.json_sound import listed, sound
from threadcommons.sources.strict_json import unseen

from .reading import damaged

GOOD = [
    b"{}", b"[]", b'""', b"0", b"-0.5e-07", b"true", b"false", b"null", b' { "a" : [ 1 , 2.50 , { } , [ ] ] , "b" : "\\u00e9\\n\\/" } ', b'{"a":{"a":{"a":1}},"b":{"a":1}}',
    b'{"emoji":"\\ud83d\\ude00","more":"\xf0\x9f\x98\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\xe0\xa0\x80\x7f"}', b'["\\\\","\\\\\\"",":\\u003a"]', b'{"":{"":""}}', b"[" * 64 + b"]" * 64,
    b'{"id":1576000000000000000,"n":123456789012345678901234567890,"f":1E+05}', b"[" + b",".join(b'{"a":1}' for _ in range(600)) + b"]",
]  # fmt: skip
BAD = [
    b"", b" ", b"{", b"}", b"[1,]", b"[,1]", b"[1 2]", b'{"a":1,}', b'{"a"}', b'{"a":}', b"{a:1}", b'{"a":1 "b":2}', b"[1}", b'{"a":1]', b"[]]", b"[] []", b"\xef\xbb\xbf{}", b"tru", b"nulL", b"fals",
    b"01", b"-", b"1.", b".5", b"+1", b"1e", b"1e+", b"1e999", b"-01", b"1.5.5", b"NaN", b"Infinity", b"0x1", b"1_0", b'"', b'"\\"', b'"\\x"', b'"\\u12"', b'"\\u12g4"', b'"\\ud800"', b'"\\udc00"',
    b'"\\ud800\\ud800"', b'"\\ud800x\\udc00"', b'"\x1f"', b'"\n"', b'"\x00"', b'"\xff"', b'"\x80"', b'"\xc0\x80"', b'"\xc1\xbf"', b'"\xe0\x9f\xbf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xf0\x8f\xbf\xbf"',
    b'"\xe2\x82"', b'"\xf0\x9f\x98"', b'{"a":1,"a":2}', b'{"a":{"b":1},"a":2}', b'{"a":[{"b":{}}],"c":1,"a":2}', b'{"b":{"a":1,"c":[{"d":1}],"a":2}}', b'[{"a":1},{"b":1,"b":1}]', b'{"\\u0061":1}', b"[" * 65 + b"]" * 65, b"9" * 60, b"\xe2\x80\xa8{}",
]  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_texts_are_sound_or_not(together):
    """Whether bytes around them are UTF-8 or not."""
    ways = [list(sound(GOOD + BAD)), list(sound(GOOD)) + [bool(sound([bad])[0]) for bad in BAD]]
    assert ways[together] == [True] * len(GOOD) + [False] * len(BAD)
    assert sound([]).tolist() == []
    assert sound([b'{"\xd0\xb6":1}']).tolist() == [True]


def test_what_the_set_up_compiles_is_what_is_used():
    for part in (html_scan, json_sound):
        part.compile_all()
    assert plain_pages(pl.Series(["a", "b<p>c"]))[1].all()
    listed([b'{"a":[{}]}', b"\xff"], (b"a",))
    assert [len(part._scan.signatures) for part in (html_scan, json_sound)] == [1, 1]


SEEDS = [
    b'{"id":"r1","messages":[{"role":"user","content":"A \\"b\\" \\ud83d\\ude00 \xc3\xa9"},{"role":"x","content":null}],"n":[1,-2.5e3,{}],"m":{"id":[{"id":1}]}}',
    b'{"conversations":[{"from":"human","value":"H: \\u003a"}, {} ,{"a":{"b":[]}}], "messages" : [] , "t":true,"f":false,"z":"\xe2\x80\xa8"}',
]


def told(record):
    """The objects in the lists at some paths, as another parser finds them."""
    value = orjson.loads(record)
    lists = [value.get(name) for name in ("messages", "conversations")] if isinstance(value, dict) else []
    lists += [value["m"].get("id")] if isinstance(value, dict) and isinstance(value.get("m"), dict) else []
    return sorted(json.dumps(one) for some in lists if isinstance(some, list) for one in some if isinstance(one, dict))


def test_what_is_sound_keeps_the_policy_and_its_objects_are_found():
    records = [*damaged(SEEDS, 20_000, 3), *SEEDS]
    found = listed(records, (b"messages",), (b"conversations",), (b"m", b"id"))
    assert 500 < found.sound.sum() < len(records)
    at = 0
    for record, good, count in zip(records, found.sound, found.counts, strict=True):
        if good:
            assert unseen(record) is None
            spans = zip(found.offsets[at : at + count].tolist(), found.lengths[at : at + count].tolist(), strict=True)
            assert sorted(json.dumps(orjson.loads(record[begin : begin + length])) for begin, length in spans) == told(record)
        at += count
    assert at == len(found.offsets)


def test_what_keeps_the_policy_is_mostly_sound():
    records = [record for record in damaged(SEEDS, 5_000, 4) if unseen(record) is None]
    assert sound(records).mean() > 0.95


def rows(chance, number):
    """A row of turns in which something may be odd."""
    turns = [{"role": chance.choice(("user", "assistant", "tool", "", "x", None)), "content": chance.choice(("So.", "", " \u3000", "x" * 90, None, [], "So."))} for _ in range(chance.randint(0, 4))]
    turns = [turn | chance.choice(({}, {}, {"from": ""}, {"value": "V"}, {"name": "N"}, {"more": [{"a": 1}]})) for turn in turns]
    more = chance.choice(({}, {}, {}, {"conversations": turns[:1]}, {"prompt": "p"}, {"rejected": turns[:1]}, {"model": "m"}, {"tools": [{"a": 1}]}, {"id": f"a {number}"}, {"messages": 5}))
    return {"messages": turns, **more} if chance.random() < 0.8 else {"conversations": turns}


def items(chance, number):
    """An item, a page or a tree."""
    item = {"id": number, "type": "comment", "by": "a", "time": 1760000000, "text": "T", "kids": [1]}
    return item | chance.choice(({}, {}, {}, {"children": [item]}, {"children": [1]}, {"hits": [item, item]}, {"deleted": True}, {"objectID": "1"}))


def pages(chance, number):
    """A page, a post, or neither."""
    posts = [{"id": str(number), "text": "T", "author_id": "1"} | chance.choice(({}, {}, {"entities": {"data": [{}]}})) for _ in range(chance.randint(0, 3))]
    data = chance.choice((posts, posts, posts, [], None, {"id": "1"}, [1], 5, [[{}]]))
    brought = {"users": [{"id": "1", "name": "N", "username": "n"}], **chance.choice(({}, {"tweets": posts}, {"tweets": [None]}, {"tweets": []}, {"media": [{"media_key": "1"}]}))}
    page = {"data": data} | chance.choice(({}, {"includes": brought}, {"includes": brought}, {"errors": [{"resource_id": "7", "type": "x"}]}, {"meta": {"data": [{}], "tweets": [{}]}}))
    page = dict(reversed(page.items())) if chance.random() < 0.3 else page
    return chance.choice((page, page, page, page, {"id": "5", "text": "T"}, {"id": "5", "errors": [{}]}, {"errors": [{}]}, {"includes": 5}))


@pytest.mark.parametrize(("module", "make"), [(chat, rows), (hackernews, items), (x_api, pages)])
def test_a_look_at_many_lines_finds_what_a_search_finds(module, make):
    chance = random.Random(5)
    lines = [json.dumps(make(chance, number), indent=chance.choice((None, None, 1))).replace("\n", " ").encode() for number in range(3000)]
    extra = [b"{", b"null", b'{"messages":[{"role":"user","content":"a"}],"x":1,"x":2}', lines[7][:-1], b"\xff", b'{"id":1,"messages":[{"role":"user","content":"\\ud800"}]}', b'{"messages":[{"role":"user","content":"a"}],"\\u006d":1}']
    for data in (b"\n".join(lines + extra + lines[:100]), b"", b"\n", b"\xef\xbb\xbf" + lines[0], b"\n".join(lines[:50])):
        fast = list(module.cut(data, 0, len(data), Limits(record_bytes=900)))
        slow = list(cut_documents(data, 0, len(data), Limits(record_bytes=900), module.find))
        assert len(fast) == len(slow)
        for one, other in zip(fast, slow, strict=True):
            assert (one.start, one.stop, one.unaccounted()) == (other.start, other.stop, 0)
            assert one.offsets.tolist() == other.offsets.tolist()
            assert one.lengths.tolist() == other.lengths.tolist()
            assert one.refused == other.refused
            assert list(one.hints) == list(other.hints)
