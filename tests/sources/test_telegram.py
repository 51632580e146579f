"""Exports of Telegram: public chats only, by number in their chat, and nothing that was passed on or meant for a few."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.telegram import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

POST = {
    "id": 5, "type": "message", "date": "2024-06-01T11:00:00", "date_unixtime": "1717232400", "from": "Someone", "from_id": "user7",
    "text": "Salt.", "text_entities": [{"type": "plain", "text": "Salt."}],
}  # fmt: skip


def chat(*messages, kind="public_supergroup", number=9):
    return {"name": "Soup", "type": kind, "id": number, "messages": list(messages)}


def one(folder, **more):
    found = read_text(READER, folder, json.dumps(chat(POST | more)))
    return found.posts[0] if found.posts else found.refusals[0].code


def test_the_chat_that_is_shared():
    found = reading(READER, export_of(shared("telegram/result.json")))
    counts = next(entry["counts"] for entry in expected("telegram") if entry["path"].endswith("/result.json"))
    types = counts["types"]
    assert len(found.records) == counts["records"]
    assert found.codes == {
        "record.notice": types["service"], "record.not-a-post": types["unsupported"], "record.others-words": counts["forwarded"],
        "record.empty-text": 2,
    }  # fmt: skip
    assert sum(post["kind"] == "reply" for post in found.posts) == counts["replies"]
    assert sum("edited_at" in post for post in found.posts) == counts["edited"]
    assert sum("media" in post for post in found.posts) == counts["with_media"]
    assert silent(found)
    summer, winter = (found.named(f"channel2001/{number}")["created_at"] for number in (7, 8))
    assert (winter - summer).total_seconds() == 3600
    assert found.named("channel2001/24")["parent"] == "channel2002/7"
    assert found.named("channel2001/25")["text"] == "Next week again?\n- yes\n- no"
    assert "author" not in found.named("channel2001/17")
    assert found.named("channel2001/20")["text"] == "[…]\nThere."


def test_of_an_account_only_public_chats_are_read():
    found = reading(READER, export_of(shared("telegram/result_full_export.json")))
    counts = next(entry["counts"] for entry in expected("telegram") if entry["path"].endswith("full_export.json"))
    assert len(found.records) == counts["records"]
    assert len(found.posts) == counts["public_records"]
    assert found.codes == {"record.private": counts["records"] - counts["public_records"]}
    assert silent(found)


def test_escapes_that_json_does_not_have_are_diagnosed():
    found = reading(READER, export_of(shared("telegram/result_invalid_escape.json")))
    assert [(refusal.fate, refusal.code) for refusal in found.refusals] == [("quarantined", "record.json-syntax")]
    assert "byte" in found.refusals[0].detail


@pytest.mark.parametrize("name", ["result.json", "result_full_export.json", "result_invalid_escape.json"])
def test_it_is_recognised_and_by_nobody_else(name):
    path = shared(f"telegram/{name}")
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["telegram"]


@pytest.mark.parametrize("text", ['{"name": "a", "type": "b", "id": 1, "messages": []}', '{"about": "me", "posts": {}}', "[]", '{"messages": []}'])
def test_other_documents_are_not_claimed(text):
    assert READER.recognise(Head("result.json", text.encode(), len(text))) is None


@pytest.mark.parametrize("kind", ["private_group", "personal_chat", "saved_messages", "bot_chat", "private_channel", "something_new", None])
def test_a_chat_that_is_not_public_is_closed(tmp_path, kind):
    found = read_text(READER, tmp_path, json.dumps({"about": "x", "chats": {"list": [chat(POST, kind=kind), chat(POST)]}}))
    assert (len(found.posts), found.codes) == (1, {"record.private": 1})


def test_a_post(tmp_path):
    post = one(tmp_path, edited_unixtime="1717232460", reactions=[{"type": "emoji", "count": 2, "emoji": "x", "recent": [{"from": "B"}]}], via_bot="@b")
    assert (post["native_id"], post["kind"], post["parent_state"], post["text"]) == ("channel9/5", "post", "root", "Salt.")
    assert post["author"] == {"name": "Someone", "id": "user7", "url": None}
    assert post["created_at"].isoformat() == "2024-06-01T09:00:00+00:00"
    assert (post["edited_at"] - post["created_at"]).total_seconds() == 60
    assert [(label["name"], label["value"]) for label in post["labels"]] == [("reaction:x", "2")]
    assert set(post["generator"].values()) == {"undisclosed"}


OLD = {"date": "2019-06-01T11:00:00", "edited": "2019-06-01T11:20:00", "date_unixtime": None, "from_id": 4295000007}


def test_an_old_export_has_local_times_alone_which_are_read_in_the_zone_that_is_told(tmp_path):
    text = json.dumps(chat(POST | OLD, POST | OLD | {"id": 6, "edited": "1970-01-01T02:00:00"}))
    changed, kept = read_text(READER, tmp_path, text, options={"zone": "+02:00"}).posts
    assert changed["created_at"].isoformat() == "2019-06-01T09:00:00+00:00"
    assert changed["edited_at"].isoformat() == "2019-06-01T09:20:00+00:00"
    assert changed["author"]["id"] == "4295000007"
    assert "edited_at" not in kept
    assert [{"created_at", "edited_at"} & set(post) for post in read_text(READER, tmp_path, text).posts] == [set(), set()]


def test_times_counted_from_1970_need_no_zone(tmp_path):
    told, untold = (read_text(READER, tmp_path, json.dumps(chat(POST)), options=zone).posts[0] for zone in ({"zone": "-05:00"}, {}))
    assert told["created_at"] == untold["created_at"]
    assert READER.faults({"zone": "Berlin"})
    assert not READER.faults({"zone": "+02:00"})


def test_texts_are_pieced_together(tmp_path):
    pieces = ["See ", {"type": "text_link", "text": "here", "href": "https://example.org/a"}, {"type": "email", "text": " a@b.org"}]
    post = one(tmp_path, text=pieces, text_entities=None)
    assert (post["text"], post["links"]) == ("See here a@b.org", ["https://example.org/a"])
    assert one(tmp_path, text="old", text_entities=[{"type": "plain", "text": "new"}])["text"] == "new"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"type": "service"}, "notice"), ({"type": "unsupported"}, "not-a-post"), ({"type": None}, "not-a-post"),
        ({"forwarded_from": "A"}, "others-words"), ({"forwarded_from": None}, "others-words"), ({"saved_from": "A"}, "others-words"),
        ({"text": "", "text_entities": []}, "empty-text"), ({"text": 5}, "bad-field"), ({"id": None}, "missing-field"),
        ({"text": "", "text_entities": [], "contact_information": {"phone_number": "1"}}, "empty-text"),
        ({"text_entities": [{"type": "blockquote", "text": "Theirs."}]}, "others-words"),
    ],
)  # fmt: skip
def test_what_is_no_post(tmp_path, more, code):
    assert one(tmp_path, **more) == f"record.{code}"


def test_media_have_a_kind_and_no_address(tmp_path):
    kinds = {"sticker": "image", "animation": "video", "voice_message": "audio", None: "file"}
    for kind, type_ in kinds.items():
        assert one(tmp_path, file="a/b.bin", media_type=kind, mime_type="application/pdf")["media"] == [{"type": type_, "url": None, "alt": None}]


def test_another_document_is_not_taken_for_a_chat(tmp_path):
    assert read_text(READER, tmp_path, '{"a": 1}').codes == {"record.not-this-format": 1}


def test_accidents_lose_no_byte(tmp_path):
    account = {"about": "x", "chats": {"list": [chat(POST, kind="personal_chat"), chat(POST)]}}
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([json.dumps(chat(POST, POST | {"id": 6})).encode(), json.dumps(account).encode()], 100, 5))
    assert still > 15
