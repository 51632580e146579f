"""Many records at once become what each becomes alone, and nearly all of them do so at once."""

from __future__ import annotations

import importlib
import json
import random
from dataclasses import replace
from datetime import datetime

import msgspec
import numpy as np
import polars as pl
import pytest

from threadcommons.sources import (
    atproto,
    chat,
    chat_columns,
    convokit,
    hackernews,
    hackernews_columns,
    jetstream,
    jetstream_columns,
    json_sound,
    reddit,
    wikiconv,
    x_api,
    x_tweets,
    x_v1,
    x_v1_columns,
)
from threadcommons.sources.base import no_posts
from threadcommons.sources.fields import at_iso, at_twitter
from threadcommons.sources.html import to_text
from threadcommons.sources.html_columns import plain_pages
from threadcommons.sources.jetstream_later import Changes, Commit, Event, Later, key_of
from threadcommons.sources.strict_json import all_seen, unseen
from threadcommons.sources.typed import Label, at_isos, label_lists, seconds, stripped, text_lists, typed, understood
from threadcommons.sources.x_columns import at_twitters
from threadcommons.sources.x_compliance import Gone

from .reading import accounted

assert json_sound  # compiled code that is loaded is used, however little there is to read

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
    said = ("It&#x27;s <i>so</i>.<p>And more.", *(f'See <a href="https:&#x2F;&#x2F;example.org&#x2F;a?{number}" rel="nofollow">{shown}</a>, <pre><code>  x\n</code></pre>' for shown in ("this", "https:&#x2F;&#x2F;example.org...")))
    more = {"url": "https://example.com/", "title": "A &amp; b"} if number % 5 == 4 else {}
    return {"id": number + 1, "type": "comment", "by": "some_one", "time": 1760000000, "parent": number or None, "text": said[number % 3], "kids": [3]} | more


def row(number):
    return {"id": f"row-{number}", "messages": [{"role": "user", "content": f"Why {number}?"}, {"role": "assistant", "content": "So."}], "x": [number]}


def shared_row(number):
    return {"conversations": [{"from": "human", "value": f"Why {number}?"}, {"from": "gpt", "value": "So."}]}


def tweet(number):
    above = [{"type": "replied_to", "id": str(number + 99)}, {"type": "quoted", "id": "7"}]
    return {
        "id": str(number + 100), "author_id": str(number % 3), "conversation_id": "100", "created_at": "2022-10-01T09:05:00.000Z", "lang": "en",
        "text": f"Words &amp; {number} https://t.co/ab{number}", "in_reply_to_user_id": "5", "referenced_tweets": above[: number % 3], "possibly_sensitive": number % 2 == 0,
        "entities": {"urls": [{"url": f"https://t.co/ab{number}", "expanded_url": f"https://x.com/a/status/{number + 100}/photo/1" if number % 4 == 3 else "https://example.org/"}]},
        "edit_history_tweet_ids": [str(number + 100)], "public_metrics": {"like_count": number, "quote_count": 0},
    }  # fmt: skip


def tweets(number):
    users = [{"id": str(one), "name": f"User {one}", "username": f"user_{one}", "protected": one == 1} for one in range(2)]
    return {"data": [tweet(number * 2), tweet(number * 2 + 1)], "includes": {"users": users, "tweets": []}, "errors": [{"resource_id": str(number * 2 + 99), "type": "problems/resource-not-found"}] if number % 3 == 0 else []}


def status(number):
    above = number + 99 if number % 3 else None
    return {
        "created_at": f"Sat Oct {number % 31 + 1:02d} 09:{number % 60:02d}:00 +0000 2022", "id": number + 100, "id_str": str(number + 100), "truncated": number % 7 == 0,
        "full_text": f"Words &amp; {number} https://t.co/ab{number}", "entities": {"urls": [{"url": f"https://t.co/ab{number}", "expanded_url": "https://x.com/i/web/status/9" if number % 4 == 3 else "https://example.org/"}], "media": []},
        "in_reply_to_status_id": above, "in_reply_to_status_id_str": above and str(above), "in_reply_to_user_id": 5, "in_reply_to_user_id_str": "5",
        "user": {"id": 7, "id_str": "7", "name": f"User {number}", "screen_name": f"user_{number % 5}", "protected": number % 11 == 0}, "quoted_status_id_str": "8" if number % 4 == 0 else None,
        "retweet_count": 0, "favorite_count": number, "possibly_sensitive": number % 2 == 0, "lang": ("en", "und", "iw")[number % 3], "withheld_in_countries": [],
    }  # fmt: skip


def action(number):
    return {
        "id": f"{number}.0.0", "type": "MODIFICATION" if number % 5 == 0 else "ADDITION", "ancestor_id": f"{number}.0.0", "conversation_id": "0.0.0", "user_id": "7",
        "replyTo_id": f"{number - 1}.0.0" if number else None, "page_title": "Talk:Maps", "content": "raw", "cleaned_content": f"Words {number}", "rev_id": number,
        "user_text": ("Ann", "Ann B", "Änn", "")[number % 4], "timestamp": "2010-02-13T21:06:20Z",
    }  # fmt: skip


LASTS = {f"{number}.0.0": ("2010", "9.0.0" if number % 9 == 8 else f"{number}.0.0", number % 9 == 7) for number in range(2000)}
WIKI = wikiconv.Context(comment_of={"0.0.0": "zero", "5.0.0": "five"}, last=LASTS)
DID, POST = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "app.bsky.feed.post"
KEYS = [f"3ljbmhg6pob{one}{other}" for one in "abcdefghijklmn" for other in "abcdefghijklmnopqrstuvwxyz"]


def event(number):
    record = {"$type": POST, "text": f"Words {number}", "createdAt": "2025-03-01T00:00:02.000Z", "langs": ["en-GB"]}
    if number % 2:
        record["reply"] = {name: {"uri": f"at://{DID}/{POST}/{KEYS[(number - 1) % 300]}", "cid": "b"} for name in ("root", "parent")}
    commit = {"rev": KEYS[number % 300], "operation": "create", "collection": POST, "rkey": KEYS[number % 300], "record": record, "cid": "b"}
    return {"did": DID, "time_us": 1740787202000000, "kind": "commit", "commit": commit}


#: Readers by module, with what makes a plain record of them.
PLAIN = [
    ("reddit", comment), ("reddit", submission), ("convokit", utterance), ("hackernews", item), ("chat", row), ("chat", shared_row), ("x_api", tweet), ("x_api", tweets), ("jetstream", event),
    ("x_v1", status),
    ("wikiconv", action),
]  # fmt: skip
ids = [f"{name}-{make.__name__}" for name, make in PLAIN]


def both(name, data, context=None):
    """What is read of an export with and without looking at many records at once, and how many posts came at once."""
    module = importlib.import_module(f"threadcommons.sources.{name}")
    reader, context = module.READER, context or (WIKI if name == "wikiconv" else getattr(module, "Context", lambda: None)())
    at_once = 0

    def counted(*given):
        nonlocal at_once
        found = reader.bulk(*given)
        at_once += found.num_rows
        return found

    ways = [list(accounted(replace(reader, bulk=bulk), data, context)) for bulk in (counted, lambda *_: no_posts())]
    for fast, slow in zip(*ways, strict=True):
        assert fast.refused == slow.refused
        assert fast.posts.schema == slow.posts.schema
        assert fast.posts.to_pylist() == slow.posts.to_pylist()
    return at_once, sum(batch.posts.num_rows for batch in ways[0])


def outcomes(name, data, context):
    """What became of the records of an export."""
    found = accounted(importlib.import_module(f"threadcommons.sources.{name}").READER, data, context)
    return [(batch.posts.to_pylist(), batch.refused) for batch in found]


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
    at_once, posts = both(name, b"".join(json.dumps(make(number)).encode() + b"\n" for number in range(400)))
    assert at_once == posts
    assert posts >= 300


@pytest.mark.parametrize(("name", "make"), PLAIN, ids=ids)
@pytest.mark.parametrize("escaped", [True, False])
def test_whatever_stands_in_a_record_both_ways_agree(name, make, escaped):
    chance = random.Random(7)
    records = [spoilt(make(number), chance) if chance.random() < 0.8 else make(number) for number in range(800)]
    lines = [json.dumps(record, ensure_ascii=escaped).encode() for record in records]
    extra = [b'{"id":"a","id":"b"}', b"null", b"{", b"\xff", lines[0][:-1] + b',"more":{"a":1,"a":2}}', lines[1][:-1] + b',"more":"\\ud800"}', b'{"limit":{},' + lines[2][1:]]
    at_once, posts = both(name, b"\n".join(lines + extra))
    assert 0 < at_once < posts


CELLS = (
    ["0" * 24, ""], ["a/b", "room", "a b", "", "é/b", "a/b/c/d/e", "x" * 101], ["2016-12-16T01:35:56.952Z", "2016-12-16T01:35:56Z", "2016-12-16 01:35:56", "2016-13-16T01:35:56.952Z", ""],
    ["1" * 24, "", " 2", "\u3000"], ["ann", "camperbot", "an ann", "", " ann", "n" * 300, '"ann"', "ünn\u00a0"], ["ab" * 12, "AB" * 12, "ab" * 11, ""],
    ["Words.", "", " ", "\u3000", '"a ""b"" c"', '"two\nlines"', '"a\tb"', 'a "b"', '"a" b', "x\r", "\x00", "a\\n", "😀"],
)  # fmt: skip


@pytest.mark.parametrize("odd", [0.0, 0.1, 0.4])
def test_rows_of_a_table_are_read_at_once_and_say_the_same_alone(odd):
    chance = random.Random(9)
    rows = [[chance.choice(some) if chance.random() < odd else some[0] for some in CELLS] for _ in range(2000)]
    lines = ["\t".join(row[: chance.choice((7, 7, 7, 7, 7, 7, 6)) if odd else 7]) for row in rows]
    at_once, posts = both("gitter", "\n".join(lines).encode() + (b"\n\xff\n" if odd else b""), frozenset({"camperbot"}))
    assert 100 < at_once <= posts
    assert odd or at_once == posts == 2000


CONTEXTS = [
    ("hackernews", item, hackernews.Context(frozenset(range(0, 300, 3)))),
    ("x_api", tweets, x_api.Context(Gone(deleted=frozenset({"100", "105", "2"})))),
    ("x_api", tweets, x_api.Context(Gone(withheld=frozenset({"1", "110"}), latest={"111": "112", "130": "131"}))),
    ("x_v1", status, x_v1.Context(x_v1.Gone(deleted=frozenset({"105", "130"})))),
    ("x_v1", status, x_v1.Context(x_v1.Gone(withheld=frozenset({"105"}), people=frozenset({"8"})))),
    ("x_v1", status, x_v1.Context(x_v1.Gone(people=frozenset({"7"})))),
    ("jetstream", event, jetstream.Context(Later(deleted=Changes(*(np.array([one], np.uint64) for one in (key_of(DID, KEYS[4]), 2**64 - 1)))))),
    ("jetstream", event, jetstream.Context(Later(updated=Changes(*(np.array([one], np.uint64) for one in (key_of(DID, KEYS[4]), 2**64 - 1)))))),
    ("jetstream", event, jetstream.Context(Later(handles={DID: "ann.example.org"}))),
    ("jetstream", event, jetstream.Context(Later(wishes={DID: ("bluesky.bulkdataset=false",)}))),
    ("jetstream", event, jetstream.Context(Later(ended=frozenset({DID})))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "make", "context"), CONTEXTS)
def test_what_others_say_of_a_record_is_seen_in_both_ways(name, make, context):
    data = b"".join(json.dumps(make(number)).encode() + b"\n" for number in range(150))
    both(name, data, context)
    assert outcomes(name, data, context) != outcomes(name, data, type(context)())


STRUCTURES = [
    (reddit.Thing, reddit._Plain), (convokit.Utterance, convokit._Plain), (hackernews.Entry, hackernews_columns._Plain), (chat.Turn, chat_columns.PlainTurn),
    (chat._Row, chat_columns.PlainRow), (x_tweets.Tweet, x_tweets.PlainTweet), (x_v1.Line, x_v1_columns.PlainLine), (Event, jetstream_columns.PlainEvent), (Commit, jetstream_columns._Commit),
    (atproto.Record, jetstream_columns._Record), (wikiconv.Action, wikiconv._Plain),
]  # fmt: skip


@pytest.mark.parametrize(("careful", "plain"), STRUCTURES, ids=lambda one: one.__qualname__)
def test_what_is_asked_of_a_record_is_asked_of_a_plain_one(careful, plain):
    """A field that a plain structure does not have could hold anything there, and break the record by itself."""
    assert set(careful.__struct_encode_fields__) == set(plain.__struct_encode_fields__)


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


TIMES = [
    "Sat Oct 01 09:05:00 +0000 2022", "Sun Oct 01 09:05:00 +0000 2022", "Sat Feb 29 23:59:59 +0000 2020", "Sat Feb 29 23:59:59 +0000 2021", "Sat Oct 32 09:05:00 +0000 2022", "Sat Oct 00 09:05:00 +0000 2022",
    "Sat Oct 01 24:00:00 +0000 2022", "Sat Oct 01 09:60:00 +0000 2022", "Sat Oct 01 09:05:60 +0000 2022", "Sat Oct 01 09:05:00 +0200 2022", "Sat oct 01 09:05:00 +0000 2022", "Sat Oct 01 09:05:00 +0000 0999",
    "Sat Oct 01 09:05:00 +0000 1000", "Sat Oct 01 09:05:00 +0000 2999", "Sat Oct 1 09:05:00 +0000 2022", "", "Sat Oct 01 09:05:00 +0000 2022\n", " Sat Oct 01 09:05:00 +0000 2022", None, "2022-10-01T09:05:00.000Z",
    "2022-10-01T09:05:00Z", "2022-02-29T09:05:00.5Z", "2022-10-01T09:05:00.123456Z", "2022-10-01T09:05:00.1234567Z", "2022-10-01 09:05:00Z", "2022-10-01T09:05:00+00:00", "1000-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z",
    "2022-10-01T24:00:00Z", "2022-10-01T09:05:00.Z", "2022-10-01T09:05:00Z\n",
]  # fmt: skip


@pytest.mark.parametrize(("at_once", "alone"), [(at_isos, at_iso), (at_twitters, at_twitter)])
def test_times_of_a_column_are_those_of_its_texts(at_once, alone):
    known = at_once(pl.Series(TIMES, dtype=pl.String)).to_list()
    assert sum(time is not None for time in known) >= 4
    for time, text in zip(known, TIMES, strict=True):
        assert time is None or time == datetime.fromisoformat(alone(text))


def test_labels_stand_in_their_order():
    labels = [Label("a", "x", "m", pl.Series([1, None, None])), Label("b", "x", "m", pl.Series(["u", "v", None]))]
    one, other = ({"name": name, "value": value, "annotator": "x", "method": "m"} for name, value in (("a", "1"), ("b", "u")))
    assert label_lists(labels).to_list() == [[one, other], [other | {"value": "v"}], None]
    assert label_lists(labels, empty=True).to_list()[2] == []
    assert label_lists([label._replace(values=label.values[:0]) for label in labels]).to_list() == []
    assert text_lists([["a"], None, [], ["b", "c"]]).to_list() == [["a"], None, None, ["b", "c"]]


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
    for html in (pl.Series(pages), pl.Series(["", *pages, "x"]).slice(1, len(pages))):
        text, sure = plain_pages(html)
        assert sure.sum() > 2000
        for page, shown, known in zip(pages, text, sure, strict=True):
            assert not known or to_text(page) == (shown, (), (), ())
