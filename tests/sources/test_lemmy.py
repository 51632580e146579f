"""Lemmy: addresses as ids, parents by path, and nothing that was removed."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.lemmy import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

HERE = "https://lemmy.example"
POST = {"id": 101, "name": "Soup?", "body": "*Which?*", "ap_id": f"{HERE}/post/101", "published": "2024-03-01T13:00:00.123456Z"}
COMMENT = {"id": 7, "content": "Salt.", "ap_id": f"{HERE}/comment/7", "path": "0.7", "published": "2024-03-01T13:00:00Z"}
PERSON = {"name": "some_one", "actor_id": f"{HERE}/u/some_one"}


def view(**things):
    return things | {"creator": PERSON, "community": {"name": "soups", "visibility": "Public"}}


def comments(folder, *some):
    return read_text(READER, folder, json.dumps({"comments": [view(comment=one, post=POST) for one in some]}))


@pytest.mark.parametrize("version", ["0.19", "1.0"])
@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_the_shared_lists(version, kind):
    path = shared(f"lemmy/{version}/{kind}.json")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("lemmy") if entry["path"] == f"lemmy/{version}/{kind}.json")
    assert len(found.records) == counts["records"]
    assert not any(code.startswith("post.") for code in found.codes)
    assert silent(found)
    assert found.codes == {"record.deleted": counts["removed_or_deleted"]}
    assert sum("edited_at" in post for post in found.posts) == counts.get("edited", 1)
    assert [key for key, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["lemmy"]


def test_both_versions_say_the_same():
    both = [reading(READER, export_of(shared(f"lemmy/{version}/comments.json"))).posts for version in ("0.19", "1.0")]
    assert both[0] == both[1] != []


@pytest.mark.parametrize(("name", "code"), [("note", None), ("page", None), ("tombstone", "record.deleted")])
def test_the_shared_objects(name, code):
    path = shared(f"lemmy/activitypub/{name}.json")
    found = reading(READER, export_of(path))
    assert found.codes == ({code: 1} if code else {})
    assert len(found.posts) == (0 if code else 1)


ELSEWHERE = POST | {"id": 102, "ap_id": "https://other.example/post/5"}
ANSWERS = {
    "a post": ({"post_view": view(post=POST), "cross_posts": [view(post=ELSEWHERE)], "moderators": []}, [POST, ELSEWHERE]),
    "a comment": ({"comment_view": view(comment=COMMENT, post=POST), "recipient_ids": []}, [COMMENT]),
    "a page of 1.0": ({"items": [view(post=POST, type_="post"), view(comment=COMMENT, post=POST, type_="comment")]}, [POST, COMMENT]),
    "a search": ({"type_": "All", "comments": [], "posts": [view(post=POST)], "users": [{"person": PERSON}]}, [POST]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_about_one_thing_and_pages_of_several_are_read_as_lists_are(tmp_path, name):
    answer, told = ANSWERS[name]
    text = json.dumps(answer).encode()
    assert READER.recognise(Head("answer.json", text, len(text)))
    found = read_text(READER, tmp_path, text)
    assert [post["native_id"] for post in found.posts] == [one["ap_id"] for one in told]
    assert not found.refusals


@pytest.mark.parametrize(("kind", "address", "known"), [("Note", "comment/7", True), ("Page", "post/7", True), ("Note", "users/a/7", False), ("Person", "post/7", False)])
def test_an_object_is_known_by_its_address_where_its_vocabulary_is_everybodys(tmp_path, kind, address, known):
    thing = {"@context": "https://www.w3.org/ns/activitystreams", "type": kind, "id": f"{HERE}/{address}", "attributedTo": f"{HERE}/u/some_one"}
    text = json.dumps(thing | {"to": ["as:Public"], "content": "<p>Salt.</p>"}).encode()
    assert bool(READER.recognise(Head("object.json", text, len(text)))) == known
    assert not known or read_text(READER, tmp_path, text).posts[0]["text"] == "Salt."


def test_a_path_leads_to_the_parent(tmp_path):
    some = [COMMENT, COMMENT | {"id": 8, "path": "0.7.8", "ap_id": f"{HERE}/comment/8"}, COMMENT | {"id": 9, "path": "0.99.9", "ap_id": f"{HERE}/comment/9"}]
    posts = comments(tmp_path, *some).posts
    assert [(post.get("parent"), post.get("parent_state")) for post in posts] == [(POST["ap_id"], None), (COMMENT["ap_id"], None), (None, "not_collected")]
    assert {post["conversation"] for post in posts} == {POST["ap_id"]}


def test_an_answer_to_what_is_gone_says_so(tmp_path):
    found = comments(tmp_path, COMMENT | {"deleted": True}, COMMENT | {"id": 8, "path": "0.7.8", "ap_id": f"{HERE}/comment/8"})
    assert [post["parent_state"] for post in found.posts] == ["deleted"]


@pytest.mark.parametrize(("more", "code"), [({"removed": True}, "deleted"), ({"deleted": True}, "deleted"), ({"content": " "}, "empty-text"), ({"ap_id": None}, "missing-field"), ({"content": 5}, "bad-field")])
def test_what_is_no_comment(tmp_path, more, code):
    assert comments(tmp_path, COMMENT | more).codes == {f"record.{code}": 1}


def test_a_closed_community_is_closed(tmp_path):
    one = view(post=POST) | {"community": {"name": "soups", "visibility": "LocalOnlyPrivate"}}
    assert read_text(READER, tmp_path, json.dumps({"posts": [one]})).codes == {"record.private": 1}


@pytest.mark.parametrize("to", [[], [f"{HERE}/u/x"], None])
def test_an_object_that_went_to_few_is_private(tmp_path, to):
    note = {"type": "Note", "id": f"{HERE}/comment/7", "content": "<p>Soup</p>", "to": to}
    assert read_text(READER, tmp_path, json.dumps(note)).codes == {"record.private": 1}


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([json.dumps({"comments": [view(comment=COMMENT, post=POST)] * 3}).encode()], 100, 5))
    assert still > 20
