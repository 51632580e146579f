"""Many records at once become what each becomes alone, and nearly all of them do so at once."""

from __future__ import annotations

import importlib
import json
import random
from dataclasses import replace

import msgspec
import numpy as np
import polars as pl
import pytest

from threadcommons.model import Limits
from threadcommons.sources.base import no_posts, read
from threadcommons.sources.html import to_text
from threadcommons.sources.html_columns import plain_pages
from threadcommons.sources.strict_json import all_seen, unseen
from threadcommons.sources.typed import Label, label_lists, seconds, stripped, typed, understood

WORDS = (
    "Some words.", "", " ", "\u3000x\x1f", "[deleted]", " [Removed]\n", "[deleted by user] not", "a &amp; b &lt;i&gt;", "&amp;lt;", "é" * 300, "x" * 5000,
    "one\n\ntwo", "x<p>y", "<i>x</i> <p>y", "&#x27;", "\U0001f600", "/r/a/comments/1/", "https://example.org/?a=1&amp;b=2", "t1_abc", "t3_abc", "abc",
    "1700000000", "01", "2020-01-02T03:04:05Z", "user", "assistant", "tool", "gpt-x",
)  # fmt: skip
NUMBERS = (0, 1, -1, 1700000000, 1.5, 1.0, 2**63, 10**30, -(10**11), 10**12, True, False)
OTHERS = (None, None, [], {}, {"score": 3}, {"score": 1.5}, {"was_deleted_later": True}, {"url": "x"}, [1], ["a"])


def comment(number):
    return {
        "id": f"{number:x}", "author": "some_one", "body": f"Words {number}", "created_utc": 1700000000 + number, "edited": False, "score": number,
        "link_id": "t3_a", "parent_id": "t1_b", "subreddit": "maps", "distinguished": None, "permalink": f"/r/maps/comments/a/t/{number}/",
    }  # fmt: skip


def submission(number):
    return {"id": f"{number:x}", "author": "[deleted]", "selftext": "", "title": "T", "url": "https://example.org/", "is_self": False, "created_utc": str(1700000000 + number), "subreddit": "a", "score": 1}


def utterance(number):
    said = {"id": f"u{number}", "text": f"Words {number}", "speaker": "ann", "conversation_id": "u0", "timestamp": 1700000000, "meta": {"score": 3}}
    return said | {"reply-to": f"u{number - 1}" if number else None}


def item(number):
    return {"id": number + 1, "type": "comment", "by": "some_one", "time": 1760000000, "parent": number or None, "text": "It&#x27;s <i>so</i>.<p>And more.", "kids": [3]}


def row(number):
    return {"id": f"row-{number}", "messages": [{"role": "user", "content": f"Why {number}?"}, {"role": "assistant", "content": "So."}], "x": [number]}


def shared_row(number):
    return {"conversations": [{"from": "human", "value": f"Why {number}?"}, {"from": "gpt", "value": "So."}]}


#: Readers by module, with what makes a plain record of them.
PLAIN = [
    ("reddit", comment), ("reddit", submission), ("convokit", utterance), ("hackernews", item), ("chat", row), ("chat", shared_row),
]  # fmt: skip
ids = [f"{name}-{make.__name__}" for name, make in PLAIN]


def both(name, data):
    """What is read of an export with and without looking at many records at once, and how many posts came at once."""
    reader = importlib.import_module(f"threadcommons.sources.{name}").READER
    at_once = 0

    def counted(*given):
        nonlocal at_once
        found = reader.bulk(*given)
        at_once += found.num_rows
        return found

    ways = [list(read(replace(reader, bulk=bulk), data, 0, len(data), None, Limits())) for bulk in (counted, lambda *_: no_posts())]
    for fast, slow in zip(*ways, strict=True):
        assert fast.cut.unaccounted() == 0
        assert fast.refused == slow.refused
        assert fast.posts.schema == slow.posts.schema
        assert fast.posts.to_pylist() == slow.posts.to_pylist()
    return at_once, sum(batch.posts.num_rows for batch in ways[0])


def spoilt(record, chance):
    """A record in which one value, somewhere, is another."""
    inside, keys = record, list(record)
    key = chance.choice(keys)
    while isinstance(inside[key], list | dict) and inside[key] and chance.random() < 0.8:
        inside = inside[key]
        key = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
    inside[key] = chance.choice(chance.choice((WORDS, NUMBERS, OTHERS)))
    return record


@pytest.mark.parametrize(("name", "make"), PLAIN, ids=ids)
def test_plain_records_are_read_at_once(name, make):
    at_once, posts = both(name, b"".join(json.dumps(make(number)).encode() + b"\n" for number in range(300)))
    assert at_once == posts
    assert posts >= 300


@pytest.mark.parametrize(("name", "make"), PLAIN, ids=ids)
@pytest.mark.parametrize("escaped", [True, False])
def test_whatever_stands_in_a_record_both_ways_agree(name, make, escaped):
    chance = random.Random(7)
    records = [spoilt(make(number), chance) if chance.random() < 0.8 else make(number) for number in range(2000)]
    lines = [json.dumps(record, ensure_ascii=escaped).encode() for record in records]
    extra = [b'{"id":"a","id":"b"}', b"null", b"{", b"\xff", lines[0][:-1] + b',"more":{"a":1,"a":2}}', lines[1][:-1] + b',"more":"\\ud800"}']
    at_once, posts = both(name, b"\n".join(lines + extra))
    assert 0 < at_once < posts


def test_a_record_by_itself_decides_what_is_seen_of_many():
    decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    good, twice, half = b'{"a":"x:y"}', b'{"a":1,"b":{"c":1,"c":2}}', b'{"a":"\\ud800"}'
    records = [good] * 100 + [twice] + [good] * 100 + [half, b"{"]
    assert not all_seen([good, twice])
    assert all_seen([good] * 3)
    assert all_seen([])
    assert not all_seen([b'{"a":1,"a":"\\u003a"}'])
    assert [one is not None for one in understood(records, decode)] == [unseen(record) is None for record in records]
    assert [one is None for one in typed([b"1"] * 100, decode)] == [True] * 100


def test_labels_stand_in_their_order():
    labels = [Label("a", "x", "m", pl.Series([1, None, None])), Label("b", "x", "m", pl.Series(["u", "v", None]))]
    one, other = ({"name": name, "value": value, "annotator": "x", "method": "m"} for name, value in (("a", "1"), ("b", "u")))
    assert label_lists(labels).to_list() == [[one, other], [other | {"value": "v"}], None]
    assert label_lists(labels, empty=True).to_list()[2] == []
    assert label_lists(labels[:1])[:0].to_list() == []


def test_seconds_as_digits_and_blanks_at_the_ends():
    numbers, sure = seconds([5, "1700000000", None, "x", "", "\u0661"])
    assert numbers.to_list() == [5, 1700000000, None, None, None, None]
    assert sure.to_list() == [True, True, True, False, False, False]
    texts = [chr(number) + "x" + chr(number) for number in range(0x3100) if not 0xD800 <= number < 0xE000]
    assert pl.DataFrame({"x": texts}).select(stripped(pl.col("x")))["x"].to_list() == [text.strip() for text in texts]


def test_a_page_that_is_sure_reads_as_it_does_alone():
    chance = np.random.default_rng(3)
    pieces = ["<p>", "</p>", "<i>", "</i>", "<", ">", "a", "b c", " ", "\n", "&amp;", "&", "&lt;", "&#x27;", "&#x2F;", "lt;", "é", "<br>", "<a href='x'>", "\u00a0", "</", "p>"]
    pages = ["".join(pieces[one] for one in chance.integers(0, len(pieces), size)) for size in chance.integers(0, 7, 20_000)]
    text, sure = plain_pages(pl.col("html"))
    frame = pl.DataFrame({"html": pages}).select("html", text=text, sure=sure)
    known = frame.filter("sure")
    assert len(known) > 2000
    for html, shown in known.select("html", "text").iter_rows():
        assert to_text(html) == (shown, (), (), ())
