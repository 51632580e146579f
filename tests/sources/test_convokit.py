"""ConvoKit corpora: three spellings, times of every kind."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.convokit import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared

CORPORA = ("corpus", "corpus-old-keys", "corpus-reply_to")
LINE = {"id": "u2", "conversation_id": "u1", "text": "Soup.", "speaker": "some_one", "meta": {"score": 3}, "reply-to": "u1", "timestamp": 1700000000}


def one(folder, **more):
    found = read_text(READER, folder, json.dumps({key: value for key, value in (LINE | more).items() if value != "absent"}))
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("name", CORPORA)
def test_the_shared_corpora(name):
    path = shared(f"convokit/{name}/utterances.jsonl")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("convokit") if f"/{name}/" in entry["path"])
    assert len(found.records) == counts["records"]
    assert not any(code.startswith("post.") for code in found.codes)
    gone = sum(found.codes.values())
    assert sum(post["kind"] == "reply" for post in found.posts) == counts["replies"] - gone
    assert [key for key, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["convokit"]


def test_an_utterance(tmp_path):
    post = one(tmp_path)
    assert {key: post[key] for key in ("native_id", "conversation", "parent", "kind", "text", "author")} == {
        "native_id": "u2", "conversation": "u1", "parent": "u1", "kind": "reply", "text": "Soup.", "author": {"name": "some_one", "id": "some_one", "url": None},
    } | {"author": post["author"]}  # fmt: skip
    assert post["author"]["name"] == "some_one"


@pytest.mark.parametrize("more", [{"speaker": "absent", "user": "some_one"}, {"reply-to": "absent", "reply_to": "u1"}, {"conversation_id": "absent", "root": "u1"}])
def test_older_names_say_the_same(tmp_path, more):
    assert one(tmp_path, **more) == one(tmp_path)


@pytest.mark.parametrize(("time", "written"), [(1700000000, "2023-11-14 22:13:20"), ("1700000000", "2023-11-14 22:13:20"), (1700000000.5, "2023-11-14 22:13:20.500000"), ("2023-11-14T22:13:20Z", "2023-11-14 22:13:20"), (None, None), ("soon", None)])
def test_times_come_in_many_kinds(tmp_path, time, written):
    found = one(tmp_path, timestamp=time).get("created_at")
    assert (str(found).removesuffix("+00:00") if found else None) == written


@pytest.mark.parametrize(("more", "code"), [({"text": "[deleted]"}, "deleted"), ({"text": " "}, "empty-text"), ({"id": None}, "missing-field"), ({"text": 5}, "bad-field"), ({"id": "a b"}, None)])
def test_what_is_no_utterance(tmp_path, more, code):
    assert one(tmp_path, **more) == (f"record.{code}" if code else "post.bad-pattern")


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([(json.dumps(LINE) + "\n").encode() * 3], 100, 5))
    assert still > 100
