"""Conversations with models: a record is a turn, and what a machine wrote says so."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.chat import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared

ROW = {"id": "r1", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Salt?"}, {"role": "assistant", "content": "A little."}]}
SHARED = ("openai-messages/messages.jsonl", "openai-messages/messages_array.json", "openai-messages/messages_with_bad_lines.jsonl", "sharegpt/dummy_conversation.json", "sharegpt/synthetic_variants.json")


def rows(folder, *some):
    return read_text(READER, folder, "\n".join(map(json.dumps, some)))


@pytest.mark.parametrize("name", SHARED)
def test_the_shared_files(name):
    path = shared(name)
    found = reading(READER, export_of(path), every=101 if "dummy" in name else 1)
    counts = next(entry["counts"] for format_ in ("openai-messages", "sharegpt") for entry in expected(format_) if entry["path"] == name)
    if name.startswith("sharegpt/dummy"):
        assert len(found.posts) == counts["records"]
        assert len({post["conversation"] for post in found.posts}) == counts["conversations"]
    if "bad_lines" in name:
        assert sum(code.startswith("record.json") or code == "record.truncated" for code in found.codes) >= 1
    assert all(("generator" in post) == (post["author"]["name"] not in {"user", "human", "system", "developer", "user_a", "user_b"}) for post in found.posts)
    assert [key for key, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["chat"]


def test_turns_follow_each_other(tmp_path):
    posts = rows(tmp_path, ROW).posts
    assert [(post["native_id"], post.get("parent"), post["author"]["name"], post["text"]) for post in posts] == [
        ("r1#0", None, "system", "Be kind."), ("r1#1", "r1#0", "user", "Salt?"), ("r1#2", "r1#1", "assistant", "A little."),
    ]  # fmt: skip
    assert posts[2]["generator"] == dict.fromkeys(("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed")


def test_an_array_says_the_same_as_lines(tmp_path):
    lines = rows(tmp_path, ROW, ROW | {"id": 12}).posts
    array = read_text(READER, tmp_path, json.dumps([ROW, ROW | {"id": 12}], indent=1)).posts
    assert [post["native_id"] for post in lines] == [post["native_id"] for post in array] == [f"{row}#{n}" for row in ("r1", "12") for n in range(3)]


def test_a_row_without_id_is_called_by_its_bytes(tmp_path):
    row = {"messages": ROW["messages"]}
    names = [post["conversation"] for post in rows(tmp_path, row, row, row | {"x": 1}).posts]
    assert len(set(names)) == 2
    assert names[0] == names[3]


def test_tools_are_no_people_and_silence_is_no_turn(tmp_path):
    turns = [
        {"role": "user", "content": "Weather?"}, {"role": "assistant", "content": None, "tool_calls": [{"id": "c"}]},
        {"role": "tool", "content": "{}"}, {"role": "assistant", "content": "Eleven."}, {"content": "whose?"},
    ]  # fmt: skip
    found = rows(tmp_path, {"id": "r", "messages": turns})
    assert [(post["native_id"], post.get("parent")) for post in found.posts] == [("r#0", None), ("r#3", "r#0")]
    assert found.codes == {"record.empty-text": 1, "record.not-a-post": 1, "record.missing-field": 1}


def test_parts_pictures_and_models(tmp_path):
    content = [{"type": "text", "text": "See:"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}, {"type": "text", "text": "Well?"}]
    posts = rows(tmp_path, {"id": "r", "model": "gpt-x", "messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "Yes."}]}).posts
    assert posts[0]["text"] == "See:\n\nWell?"
    assert posts[0]["media"] == [{"type": "image", "url": "https://example.org/a.png", "alt": None}]
    assert posts[1]["generator"]["model"] == "gpt-x"


def test_sharegpt_and_choices(tmp_path):
    found = rows(
        tmp_path,
        {"id": "a", "conversations": [{"from": "human", "value": "Hi"}, {"from": "bing", "value": "Hello."}]},
        {"id": "b", "prompt": "The sky is", "completion": " blue."},
        {"id": "c", "prompt": [{"role": "user", "content": "Best?"}], "chosen": [{"role": "assistant", "content": "This."}], "rejected": [{"role": "assistant", "content": "That."}]},
    )
    assert [(post["native_id"], post["text"]) for post in found.posts] == [("a#0", "Hi"), ("a#1", "Hello."), ("b#0", "The sky is"), ("b#1", " blue."), ("c#0", "Best?"), ("c#1", "This.")]
    assert found.posts[1]["generator"]["model"] == "bing"
    assert found.codes == {"record.not-a-post": 1}


@pytest.mark.parametrize("row", [{"messages": "text"}, {"messages": []}, {"a": 1}, {"messages": None}])
def test_a_row_without_turns_is_one_record(tmp_path, row):
    assert rows(tmp_path, row, ROW).codes == {"record.not-a-post": 1}


def test_accidents_lose_no_byte(tmp_path):
    seeds = [json.dumps(ROW).encode() + b"\n" + json.dumps(ROW).encode(), json.dumps([ROW, ROW]).encode()]
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged(seeds, 100, 5))
    assert still > 80
