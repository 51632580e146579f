"""Channels of Discord: what members wrote in the open, without what others wrote elsewhere and without keys to files."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.discord import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

FILES = ("channel.json", "forum_thread.json", "direct_message.json", "private_thread.json")
POST = {
    "id": "105", "type": "Default", "timestamp": "2024-06-01T11:00:00.123+02:00", "timestampEdited": None, "content": "Salt.",
    "author": {"id": "7", "name": "someone", "nickname": "Some One", "isBot": False}, "attachments": [], "embeds": [], "reactions": [],
}  # fmt: skip


def channel(*messages, kind="GuildTextChat", number="100"):
    place = {"guild": {"id": "1", "name": "Kitchen"}, "channel": {"id": number, "type": kind, "name": "soup", "topic": "CC0"}}
    return json.dumps(place | {"dateRange": {}, "messages": list(messages), "messageCount": len(messages)})


def one(folder, **more):
    found = read_text(READER, folder, channel(POST | more))
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("name", FILES)
def test_the_shared_exports(name):
    path = shared(f"discord/{name}")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("discord") if entry["path"].endswith(name))
    assert len(found.records) == counts["records"]
    assert silent(found)
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["discord"]
    if counts["channel_type"] in {"DirectTextChat", "GuildPrivateThread"}:
        assert found.codes == {"record.private": counts["records"]}
        return
    assert found.codes["record.notice"] == counts["system"]
    assert found.codes["record.others-words"] == counts["forwarded"]
    assert sum(found.codes.values()) == counts["system"] + counts["forwarded"]
    assert sum("parent" in post for post in found.posts) == counts["replies"]
    assert sum("edited_at" in post for post in found.posts) == counts["edited"]


def test_the_channel_that_is_shared():
    found = reading(READER, export_of(shared("discord/channel.json")))
    assert found.named("1302245576540160021")["created_at"].hour == 10
    assert found.named("1302211099361280003")["text"].startswith("@user_b and")
    assert found.named("1302212105994240008")["media"][0]["url"] == "https://cdn.discordapp.com/attachments/1/2/loaf.png"
    assert "author" not in found.named("1302211602677760006")
    assert [post["native_id"] for post in found.posts if "generator" in post] == ["1302211854336000007"]
    assert "EXAMPLE" not in repr(found.posts)


@pytest.mark.parametrize("kind", ["DirectTextChat", "DirectGroupTextChat", "GuildPrivateThread", "SomethingNew", "16", 1, None])
def test_what_is_not_known_to_be_open_is_closed(tmp_path, kind):
    assert read_text(READER, tmp_path, channel(POST, kind=kind)).codes == {"record.private": 1}


def test_a_post(tmp_path):
    post = one(tmp_path, timestampEdited="2024-06-01T09:05:00+00:00", reactions=[{"emoji": {"name": "x"}, "count": 3, "users": [{"name": "B"}]}])
    assert (post["native_id"], post["kind"], post["parent_state"], post["text"]) == ("105", "post", "root", "Salt.")
    assert post["author"] == {"name": "someone", "id": "7", "url": None}
    assert post["created_at"].isoformat() == "2024-06-01T09:00:00.123000+00:00"
    assert post["url"] == "https://discord.com/channels/1/100/105"
    assert [(label["name"], label["value"]) for label in post["labels"]] == [("reaction:x", "3")]
    assert post.keys().isdisjoint({"conversation", "title", "license", "generator"})


def test_answers_and_threads(tmp_path):
    answer = POST | {"id": "106", "type": "Reply", "reference": {"messageId": "105", "channelId": "100"}}
    assert (one(tmp_path, **answer)["parent"], one(tmp_path, **answer)["kind"]) == ("105", "reply")
    first, silent_, named = read_text(READER, tmp_path, channel(POST, POST | {"id": "107"}, answer, kind="GuildPublicThread")).posts
    assert (first["parent_state"], first["title"], first["conversation"]) == ("root", "soup", "100")
    assert (silent_["parent_state"], silent_["kind"]) == ("unknown", "reply")
    assert named["parent"] == "105"


def test_marks_are_spelled_out_and_links_are_found(tmp_path):
    named = {"content": "<@!8> <@9> <a:salt:55> see https://example.org/a_(b), x", "mentions": [{"id": "8", "name": "cook"}]}
    post = one(tmp_path, **named)
    assert post["text"] == "@cook <@9> :salt: see https://example.org/a_(b), x"
    assert post["links"] == ["https://example.org/a_(b)"]


def test_attachments_are_media_without_the_key_in_their_address(tmp_path):
    files = [{"url": "https://cdn.example.org/1/a.MP4?ex=KEY&hm=KEY", "fileName": "a.MP4"}, {"url": "b_Files/a.pdf", "fileName": "a.pdf"}]
    assert one(tmp_path, content="", attachments=files)["media"] == [
        {"type": "video", "url": "https://cdn.example.org/1/a.MP4", "alt": None}, {"type": "file", "url": None, "alt": None},
    ]  # fmt: skip


@pytest.mark.parametrize("more", [{"type": "20"}, {"type": 23}, {"author": {"id": "8", "name": "bot", "isBot": True}}, {"interaction": {"name": "x"}}])
def test_what_a_bot_said_says_so(tmp_path, more):
    assert set(one(tmp_path, **more)["generator"].values()) == {"undisclosed"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"type": "GuildMemberJoin"}, "notice"), ({"type": "21"}, "notice"), ({"type": None}, "notice"), ({"content": ""}, "empty-text"),
        ({"content": "", "embeds": [{"title": "Theirs."}]}, "others-words"), ({"forwardedMessage": {"content": "Theirs."}}, "others-words"),
        ({"reference": {"type": "Forward", "messageId": "1"}}, "others-words"), ({"id": None}, "missing-field"), ({"content": 5}, "bad-field"),
    ],
)  # fmt: skip
def test_what_is_no_post(tmp_path, more, code):
    assert one(tmp_path, **more) == f"record.{code}"


def test_previews_stay_out(tmp_path):
    assert "Theirs" not in repr(one(tmp_path, embeds=[{"title": "Theirs.", "url": "https://example.org"}]))


def test_another_document_is_not_taken_for_a_channel(tmp_path):
    assert read_text(READER, tmp_path, '{"guild": {}}').codes == {"record.not-this-format": 1}
    assert READER.recognise(Head("a.json", b'{"guild": {"id": 1}}', 20)) is None


def test_accidents_lose_no_byte(tmp_path):
    seeds = [channel(POST, POST | {"id": "106"}).encode(), channel(POST, kind="GuildPublicThread").encode()]
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged(seeds, 100, 5))
    assert still > 3
