"""Items of Hacker News: lines, documents, trees and searches say the same, and what is gone stays gone."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.hackernews import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

FILES = ("firebase_items.jsonl", "algolia_item_49000001.json", "algolia_item_49000018.json", "algolia_item_49000025.json", "algolia_search.json")
ITEM = {"id": 7, "type": "comment", "by": "some_one", "time": 1760000000, "parent": 5, "text": 'Salt &amp; soup.<p>See <a href="https:&#x2F;&#x2F;example.org">this</a>'}


def node(number, *children, **more):
    own = {"id": number, "created_at_i": 1760000000 + number, "type": "comment", "author": "some_one", "text": f"number {number}", "story_id": 1}
    return own | {"parent_id": None, "children": list(children)} | more


@pytest.mark.parametrize("name", FILES)
def test_the_shared_exports(name):
    path = shared(f"hn/{name}")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("hn") if entry["path"].endswith(name))
    assert len(found.records) == counts["records"]
    assert not any(code.startswith("post.") for code in found.codes)
    assert silent(found)
    assert found.codes["record.not-a-post"] == counts.get("null", 0)
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["hackernews"]


def test_both_interfaces_tell_the_same_of_an_item():
    own = {post["native_id"]: post for post in reading(READER, export_of(shared("hn/firebase_items.jsonl"))).posts}
    same = ("text", "title", "created_at", "author", "parent", "kind", "url")
    for name in FILES[1:]:
        posts = reading(READER, export_of(shared(f"hn/{name}"))).posts
        told = {post["native_id"]: {key: post.get(key) for key in same} for post in posts}
        assert told == {id_: {key: own[id_].get(key) for key in same} for id_ in told} != {}


def test_an_item(tmp_path):
    (post,) = read_text(READER, tmp_path, json.dumps(ITEM)).posts
    assert (post["native_id"], post["parent"], post["kind"], post["url"]) == ("7", "5", "comment", "https://news.ycombinator.com/item?id=7")
    assert post["text"] == "Salt & soup.\n\nSee this"
    assert post["links"] == ["https://example.org"]


@pytest.mark.parametrize(("more", "code"), [({"deleted": True}, "deleted"), ({"dead": True}, "deleted"), ({"text": ""}, "empty-text"), ({"type": "user"}, "not-a-post"), ({"id": None}, "missing-field")])
def test_what_is_no_post(tmp_path, more, code):
    assert read_text(READER, tmp_path, json.dumps(ITEM | more)).codes == {f"record.{code}": 1}


def test_an_answer_to_what_is_gone_says_so(tmp_path):
    lines = [{"id": 5, "type": "comment", "time": 1760000000, "deleted": True}, ITEM, ITEM | {"id": 8, "parent": 7}]
    found = read_text(READER, tmp_path, "\n".join(map(json.dumps, lines)))
    assert [post.get("parent_state") for post in found.posts] == ["deleted", None]
    tree = node(1, node(2, node(3, parent_id=2), author=None, text=None, parent_id=1), title="T", type="story")
    found = read_text(READER, tmp_path, json.dumps(tree))
    assert {post["native_id"]: post.get("parent_state") for post in found.posts} == {"1": "root", "3": "deleted"}
    assert found.codes == {"record.deleted": 1}


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_says_what_its_entries_say_alone(tmp_path, indent):
    gone = {"id": 5, "type": "comment", "time": 1760000000, "deleted": True}
    tree = node(21, node(22, parent_id=21), type="story", title="T")
    entries = [None, ITEM, gone, ITEM | {"id": 8, "parent": 7}, tree]
    text = json.dumps(entries, indent=indent)
    head = Head("items.json", text.encode(), len(text))
    assert [name for name, reader in READERS.items() if not reader.last and reader.recognise(head)] == ["hackernews"]
    found, alone = read_text(READER, tmp_path, text), read_text(READER, tmp_path, "\n".join(map(json.dumps, entries)))
    assert [post | {"record": 0} for post in found.posts] == [post | {"record": 0} for post in alone.posts]
    assert found.codes == alone.codes == {"record.not-a-post": 1, "record.deleted": 1}
    assert [post.get("parent_state") for post in found.posts] == ["deleted", None, "root", None]


def test_a_deep_tree_is_walked_to_its_end(tmp_path):
    depth = 120
    tree = node(depth)
    for number in range(depth - 1, 0, -1):
        tree = node(number, tree)
    found = read_text(READER, tmp_path, json.dumps(tree))
    assert len(found.posts) == depth


def test_a_tree_beyond_all_depth_is_one_refusal(tmp_path):
    text = json.dumps(node(1, title="x")).replace('"children": []', '"children": ' + "[" * 5_000 + "]" * 5_000)
    assert [code.startswith("record.") for code in read_text(READER, tmp_path, text).codes] == [True]


def test_accidents_lose_no_byte(tmp_path):
    seeds = [json.dumps(ITEM).encode() + b"\nnull\n" + json.dumps(ITEM).encode(), json.dumps(node(1, node(2), node(3, node(4)))).encode()]
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged(seeds, 100, 5))
    assert still > 25


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ('<a href="https:&#x2F;&#x2F;example.org&#x2F;a&#x2F;long?b=1&amp;c=2" rel="nofollow">https:&#x2F;&#x2F;example.org&#x2F;a&#x2F;l...</a>', "https://example.org/a/long?b=1&c=2"),
        ('<a href="https:&#x2F;&#x2F;example.org&#x2F;b">https:&#x2F;&#x2F;other.example...</a>', "https://other.example..."),
        ('<a href="https:&#x2F;&#x2F;example.org&#x2F;b">https:&#x2F;&#x2F;example.org&#x2F;b</a>...', "https://example.org/b..."),
    ],
)
def test_a_link_that_is_shown_shortened_is_written_out(link, shown, tmp_path):
    (post,) = read_text(READER, tmp_path, json.dumps(ITEM | {"text": f"See {link} and"})).posts
    assert post["text"] == f"See {shown} and"
    assert post["links"][0].startswith("https://example.org/")
