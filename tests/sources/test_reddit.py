"""Dumps of Reddit: whatever was deleted at any time stays deleted, and replies find their parents by full name."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.reddit import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

FILES = ("RC_2010-01.ndjson", "RC_2025-01.ndjson", "RS_2025-01.ndjson")
COMMENT = {
    "id": "abc1", "link_id": "t3_xyz9", "parent_id": "t1_abc0", "author": "some_one", "body": "Salt &amp; &lt;soup&gt;", "created_utc": 1736063800,
    "edited": False, "score": 5, "subreddit": "soups", "permalink": "/r/soups/comments/xyz9/_/abc1/",
}  # fmt: skip
SUBMISSION = {"id": "xyz9", "author": "some_one", "title": "Soup?", "selftext": "Which one?", "is_self": True, "created_utc": 1736056800, "subreddit": "soups"}


def one(folder, thing, **more):
    found = read_text(READER, folder, json.dumps(thing | more) + "\n")
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("name", FILES)
def test_the_shared_dumps(name):
    path = shared(f"pushshift/{name}")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("pushshift") if entry["path"].endswith(name))
    assert len(found.records) == counts["records"]
    assert not any(code.startswith("post.") for code in found.codes)
    assert silent(found)
    assert found.codes["record.deleted"] == counts["tombstones"] + counts["deleted_later_or_restored"]
    assert found.codes["record.others-words"] == counts.get("crossposts", 0)
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["reddit"]


def test_a_comment(tmp_path):
    post = one(tmp_path, COMMENT)
    assert {key: post[key] for key in ("native_id", "conversation", "parent", "kind", "text", "markup", "url")} == {
        "native_id": "t1_abc1", "conversation": "t3_xyz9", "parent": "t1_abc0", "kind": "comment", "text": "Salt & <soup>", "markup": "markdown",
        "url": "https://www.reddit.com/r/soups/comments/xyz9/_/abc1/",
    }  # fmt: skip
    assert post["author"] == {"name": "some_one", "id": "some_one", "url": "https://www.reddit.com/user/some_one"}
    assert [(label["name"], label["value"]) for label in post["labels"]] == [("score", "5"), ("subreddit", "soups")]


def test_a_submission_is_the_root_and_a_link_is_a_link(tmp_path):
    post = one(tmp_path, SUBMISSION)
    assert (post["native_id"], post["conversation"], post["parent_state"], post["title"], post["text"]) == ("t3_xyz9", "t3_xyz9", "root", "Soup?", "Which one?")
    post = one(tmp_path, SUBMISSION, is_self=False, selftext="", url="https://example.org/?a=1&amp;b=2")
    assert (post["text"], post["links"]) == ("", ["https://example.org/?a=1&b=2"])


GONE = [
    {"body": "[deleted]"}, {"body": "[removed]"}, {"body": " [ Removed by Reddit ] "}, {"_meta": {"was_deleted_later": True}},
    {"_meta": {"was_initially_deleted": True}}, {"_meta": {"removal_type": "deleted"}}, {"removed_by_category": "moderator"},
]  # fmt: skip


@pytest.mark.parametrize("sign", GONE, ids=str)
def test_what_was_deleted_at_any_time_is_left_out(tmp_path, sign):
    assert one(tmp_path, COMMENT, **sign) == "record.deleted"


@pytest.mark.parametrize(
    ("more", "key", "value"),
    [
        ({"created_utc": "1736063800"}, "created_at", "2025-01-05T07:56:40"), ({"created_utc": 1736063800.0}, "created_at", "2025-01-05T07:56:40"),
        ({"edited": 1736063900}, "edited_at", "2025-01-05T07:58:20"), ({"parent_id": 5, "link_id": "xyz9"}, "parent", "t1_5"),
        ({"author": "[deleted]"}, "author", None), ({"edited": True}, "edited_at", None), ({"parent_id": None}, "parent", "t3_xyz9"),
    ],
)  # fmt: skip
def test_fields_come_in_many_spellings(tmp_path, more, key, value):
    found = one(tmp_path, COMMENT, **more).get(key)
    assert (found.strftime("%Y-%m-%dT%H:%M:%S") if hasattr(found, "strftime") else found) == value


@pytest.mark.parametrize(
    ("more", "code"),
    [({"id": None}, "record.missing-field"), ({"link_id": None}, "record.missing-field"), ({"body": 5}, "record.bad-field"), ({"body": None}, "record.not-a-post")],
)
def test_what_is_no_comment(tmp_path, more, code):
    assert one(tmp_path, COMMENT, **more) == code


@pytest.mark.parametrize("wrap", [lambda things: things, lambda things: {"data": things}], ids=["a list", "an answer"])
@pytest.mark.parametrize("indent", [None, 4])
def test_a_list_of_things_is_read_as_lines_of_them_are(tmp_path, wrap, indent):
    things = [COMMENT, SUBMISSION, COMMENT | {"id": "abc2", "body": "[deleted]"}]
    text = json.dumps(wrap(things), indent=indent).encode()
    head = Head("answer.json", text, len(text))
    assert [name for name, reader in READERS.items() if not reader.last and reader.recognise(head)] == ["reddit"]
    found, lines = read_text(READER, tmp_path, text), read_text(READER, tmp_path, "\n".join(map(json.dumps, things)))
    assert found.posts == lines.posts
    assert found.codes == lines.codes == {"record.deleted": 1}


@pytest.mark.parametrize("text", ['[{"kind": "Listing"}]', '{"data": {"id": "abc1"}}', "[1, 2]", '{"data": []}'])
def test_other_lists_are_not_claimed(text):
    assert READER.recognise(Head("answer.json", text.encode(), len(text))) is None


def test_accidents_lose_no_byte(tmp_path):
    seeds = [json.dumps(COMMENT).encode() + b"\n" + json.dumps(SUBMISSION).encode() + b"\n"]
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged(seeds, 100, 5))
    assert still > 50
