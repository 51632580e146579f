"""Exports of Slack: channels that are listed as public, and nothing of what lies beside them."""

from __future__ import annotations

import json
import re

import pytest
import re2

from threadcommons.sources import READERS, may_open, parts, recognise
from threadcommons.sources.base import Head
from threadcommons.sources.slack import READER, needs

from .reading import EXPORTS, damaged, expected, export_of, folder_of, head_of, reading, shared, silent

POST = {
    "type": "message", "user": "U01", "text": "Salt.", "ts": "1717232400.000200", "client_msg_id": "x",
    "blocks": [{"type": "rich_text", "elements": []}],
}  # fmt: skip
CHANNELS = [{"id": "C01", "name": "soup", "creator": "U01"}, {"id": "C02", "name": "staff", "is_private": True}]
USERS = [{"id": "U01", "name": "some_one", "profile": {"display_name": "Some One", "email": "a@b.org", "phone": "1"}}, {"id": "U02", "name": "cook"}]


def read_day(folder, *messages, channel="soup", channels=CHANNELS, users=USERS):
    lists = {"channels.json": channels, "users.json": users, f"{channel}/2024-06-01.json": list(messages)}
    for name, content in lists.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    exports = [export_of(folder / name, name) for name in lists]
    return reading(READER, exports[2], exports)


def one(folder, **more):
    found = read_day(folder, POST | more)
    return found.posts[0] if found.posts else found.refusals[0].code


def archive():
    exports = folder_of(shared("slack/archive"), READER)
    return {export.name: reading(READER, export, exports) for export in exports}


def test_the_shared_export():
    found = archive()
    counts = next(entry["counts"] for entry in expected("slack") if entry["path"].endswith("archive/"))
    assert not any(name.startswith(("D0000000A", "mpdm-")) or name in {"groups.json", "dms.json", "mpims.json"} for name in found)
    assert found["board/2024-05-01.json"].codes == {"record.private": 1}
    days = [one for name, one in found.items() if "/" in name and not name.startswith("board")]
    assert sum(len(day.records) for day in days) == counts["public_records"]
    assert all(silent(one) for one in found.values())
    posts = [post for day in days for post in day.posts]
    subtypes = counts["subtypes"]
    assert len(posts) == sum(subtypes[name] for name in ("none", "thread_broadcast", "bot_message", "me_message"))
    assert sum("parent" in post for post in posts) == counts["thread_replies"]
    assert sum("edited_at" in post for post in posts) == counts["edited"]
    assert sum("generator" in post for post in posts) == subtypes["bot_message"]
    assert "xoxe" not in repr(posts)


def test_replies_find_their_thread_on_other_days():
    found = archive()
    known = {post["native_id"]: post for name in found for post in found[name].posts}
    late = known["C0000000A/1714636900.000200"]
    assert late["parent"] == late["conversation"] == "C0000000A/1714550400.000200"
    assert late["parent"] in known
    assert known["C0000000A/1714551600.001300"]["created_at"] < known["C0000000A/1714551600.001301"]["created_at"]
    assert known["C0000000A/1714637300.000600"]["author"]["name"] == "U0000000Z"
    assert known["C0000000A/1714551000.000700"]["text"] == "in #maps and @here and @team and May 1"


def test_it_is_recognised_and_the_private_parts_are_not_looked_at():
    for export in folder_of(shared("slack/archive"), READER):
        assert [name for name, reader in READERS.items() if reader.recognise(head_of(export.path)) and not reader.last] == ["slack"], export.name
    (box,) = EXPORTS.glob("slack/*.zip")
    assert [reader.name for reader, _ in recognise(box)] == ["slack"]


def test_a_zip_is_read_like_the_folder():
    folder = archive()
    (box,) = EXPORTS.glob("slack/*.zip")
    members = [part.export for part in parts(export_of(box), READER) if part.layer is None]
    assert {member.name.partition("!/")[2] for member in members} == set(folder)
    for member in members:
        assert reading(READER, member, members).records == folder[member.name.partition("!/")[2]].records


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("channels.json", True), ("a/users.json", True), ("general/2024-05-01.json", True), ("x/mpdm/2024-05-01.json", True),
        ("größe/2024-05-01.json", True), ("m/2024-05-01.json", True), ("groups.json", False), ("dms.json", False), ("mpims.json", False),
        ("D0000000A/2024-05-01.json", False), ("a/D0000000A/2024-05-01.json", False), ("mpdm-a--b-1/2024-05-01.json", False),
        ("a/mpdm-a--b-1/2024-05-01.json", False), ("general/canvas_in_the_conversation.json", False), ("2024-05-01.json", False),
        ("integration_logs.json", False),
    ],
)  # fmt: skip
def test_which_files_may_be_opened(name, opened):
    assert may_open(READER, name) == opened
    assert any(re2.fullmatch(one, name) for one in READER.opens) == any(re.fullmatch(one, name) for one in READER.opens)


@pytest.mark.parametrize("answer", [{"ok": True, "messages": [POST]}, {"channel_id": "D01", "name": "", "messages": [POST]}], ids=["an answer", "a program's"])
def test_messages_that_a_program_kept_are_no_table_for_everybody(tmp_path, answer):
    path = tmp_path / "D01.json"
    path.write_text(json.dumps(answer))
    assert [reader.name for reader, _ in recognise(path)] == ["slack"]
    assert not may_open(READER, path.name)
    assert not reading(READER, export_of(path)).posts


def test_the_lists_that_a_day_needs_are_those_of_its_own_export():
    names = ["a.zip!/channels.json", "a.zip!/users.json", "b.zip!/channels.json", "a.zip!/soup/2024-06-01.json", "channels.json"]
    assert needs("a.zip!/soup/2024-06-01.json", names) == names[:2]
    assert needs("soup/2024-06-01.json", names) == ["channels.json"]
    assert needs("a.zip!/users.json", names) == []


@pytest.mark.parametrize(
    ("channel", "channels"),
    [("staff", CHANNELS), ("other", CHANNELS), ("soup", []), ("soup", b"broken"), ("soup", [{"id": "C01", "name": "soup", "is_mpim": True}])],
)
def test_what_is_not_listed_as_public_is_closed(tmp_path, channel, channels):
    assert read_day(tmp_path, POST, {"a": 1}, channel=channel, channels=channels).codes == {"record.private": 2}


def test_a_post(tmp_path):
    post = one(tmp_path, edited={"ts": "1717232460.000000"}, reactions=[{"name": "+1", "users": ["U02"], "count": 1}])
    assert (post["native_id"], post["conversation"]) == ("C01/1717232400.000200", "C01/1717232400.000200")
    assert (post["kind"], post["parent_state"], post["text"], post["markup"]) == ("post", "root", "Salt.", "markdown")
    assert post["author"] == {"name": "Some One", "id": "U01", "url": None}
    assert post["created_at"].isoformat() == "2024-06-01T09:00:00.000200+00:00"
    assert post["edited_at"].isoformat() == "2024-06-01T09:01:00+00:00"
    assert [(label["name"], label["value"]) for label in post["labels"]] == [("reaction:+1", "1")]


def test_threads(tmp_path):
    thread = {"thread_ts": "1717232000.000100"}
    assert one(tmp_path, **thread)["parent"] == one(tmp_path, **thread)["conversation"] == "C01/1717232000.000100"
    assert one(tmp_path, thread_ts=POST["ts"])["parent_state"] == "root"
    assert one(tmp_path, **thread, parent_user_id="USLACKBOT")["parent_state"] == "deleted"
    repeated = one(tmp_path, **thread, subtype="thread_broadcast", root={"text": "Theirs."})
    assert repeated == one(tmp_path, **thread)


@pytest.mark.parametrize(
    ("text", "shown", "links"),
    [
        ("<@U02> &amp; <@U99> <@U98|ann>", "@cook & @U99 @ann", None),
        ("<#C01|soup> <#C02|staff> <#C02>", "#soup #C02 #C02", None),
        ("<!here> <!subteam^S1|@team> <!date^1^{date}|May 1> <!channel>", "@here @team May 1 @channel", None),
        ("<https://a.org/?a=1&amp;b=2|that> <https://b.org>", "that https://b.org", ["https://a.org/?a=1&b=2", "https://b.org"]),
        ("<mailto:a@b.org|a@b.org> <tel:123>", "a@b.org 123", None),
        ("&lt;@U02&gt; 1 &lt; 2 &amp;lt;", "<@U02> 1 < 2 &lt;", None),
    ],
)
def test_marks_are_shown_as_the_platform_shows_them(tmp_path, text, shown, links):
    post = one(tmp_path, text=text)
    assert (post["text"], post.get("links")) == (shown, links)


def test_files_are_media_without_addresses(tmp_path):
    files = [{"name": "a.png", "mimetype": "image/png", "url_private": "https://files.slack.com/a?t=xoxe-KEY", "alt_txt": "A pot."}, {"mode": "tombstone"}]
    assert one(tmp_path, text="", files=files)["media"] == [{"type": "image", "url": None, "alt": "A pot."}]
    old = {"subtype": "file_share", "text": "<@U01|a> uploaded a file: <https://x.slack.com/files/a|Title>", "file": {"name": "a.mp3"}}
    assert (one(tmp_path, **old)["text"], one(tmp_path, **old)["media"][0]["type"]) == ("", "audio")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"subtype": "channel_join"}, "notice"), ({"subtype": "something_new"}, "notice"), ({"user": "USLACKBOT"}, "notice"),
        ({"subtype": "tombstone", "user": "USLACKBOT"}, "deleted"), ({"type": "event"}, "not-a-post"), ({"ts": None}, "missing-field"),
        ({"text": ""}, "empty-text"), ({"text": "", "attachments": [{"is_msg_unfurl": True, "text": "Theirs."}]}, "others-words"), ({"text": 5}, "bad-field"),
    ],
)  # fmt: skip
def test_what_is_no_post(tmp_path, more, code):
    assert one(tmp_path, **more) == f"record.{code}"


def test_what_is_shown_below_stays_out(tmp_path):
    assert "Theirs" not in repr(one(tmp_path, attachments=[{"text": "Theirs.", "from_url": "https://example.org"}]))


def test_a_bot_says_so(tmp_path):
    post = one(tmp_path, subtype="bot_message", user=None, bot_id="B1", username="builder")
    assert post["author"] == {"name": "builder", "id": "B1", "url": None}
    assert set(post["generator"].values()) == {"undisclosed"}


def test_lists_are_no_posts(tmp_path):
    read_day(tmp_path, POST)
    for name, count in (("channels.json", 2), ("users.json", 2)):
        found = reading(READER, export_of(tmp_path / name, name))
        assert found.codes == {"record.not-a-post": count}
        assert "@" not in repr(found.refusals)


def test_other_lists_are_not_claimed():
    for text in ('[{"id": "D01", "created": 1, "members": []}]', "[]", '[{"type": "message", "ts": 1}]'):
        assert READER.recognise(Head("dms.json", text.encode(), len(text))) is None


def test_accidents_lose_no_byte(tmp_path):
    still = 0
    for data in damaged([json.dumps([POST, POST | {"ts": "1717232401.000200", "text": "<@U02|a> <"}]).encode()], 100, 5):
        (tmp_path / "soup").mkdir(exist_ok=True)
        (tmp_path / "channels.json").write_text(json.dumps(CHANNELS))
        (tmp_path / "soup/2024-06-01.json").write_bytes(data)
        exports = [export_of(tmp_path / name, name) for name in ("channels.json", "soup/2024-06-01.json")]
        still += len(reading(READER, exports[1], exports).posts)
    assert still > 15
