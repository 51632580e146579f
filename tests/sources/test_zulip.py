"""Topics of Zulip: what members wrote, by number and topic, without the words that they quote."""

from __future__ import annotations

import json

import pytest

from threadcommons.errors import BadSources
from threadcommons.sources import READERS, may_open
from threadcommons.sources.base import Head
from threadcommons.sources.zulip import READER

from .reading import damaged, expected, export_of, folder_of, head_of, read_text, reading, shared, silent

SITE = {"site": "chat.example.org"}
NAME = "7-soup-kitchen/salt.20.26.20pepper.2E.json"
POST = {"id": 31, "sender_full_name": "Some One", "content": "<p>Salt &amp; soup.</p>", "timestamp": 1717232400}
FORMULA = (
    '<p>So <span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">x^2'
    '</annotation></semantics></math></span><span class="katex-html" aria-hidden="true"><span class="mord">x</span><span>2</span></span></span> it is.</p>'
)
CARD = (
    '<p><a href="https://example.org">https://example.org</a></p><div class="message_embed"><div class="data-container">'
    '<div class="message_embed_title">Theirs</div></div></div><p>After.</p>'
)
QUOTE = (
    '<p><span class="user-mention silent" data-user-id="8">Cook</span> <a href="#narrow/channel/7-soup/topic/salt/near/29">said</a>:</p>\n'
    "<blockquote>\n<p>Theirs.</p>\n</blockquote>\n<p>Mine.</p>"
)


def read_topic(folder, *messages, name=NAME):
    return read_text(READER, folder, json.dumps(list(messages)), name=name, options=SITE)


def one(folder, **more):
    found = read_topic(folder, POST | more)
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("entry", expected("zulip"), ids=lambda entry: entry["path"].rpartition("/")[2])
def test_the_shared_exports(entry):
    path = shared(entry["path"])
    found = reading(READER, export_of(path, "/".join(path.parts[-2:])), options=SITE)
    assert len(found.records) == len(found.posts) == entry["counts"]["records"]
    assert silent(found)
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["zulip"]
    assert len({post["conversation"] for post in found.posts}) == 1
    assert [post["parent_state"] for post in found.posts] == ["root"] + ["unknown"] * (len(found.posts) - 1)
    assert not any("earlier words" in post["text"] for post in found.posts)


def test_only_topics_are_opened():
    exports = folder_of(shared("zulip/zulip_json"), READER)
    assert sorted(export.name for export in exports) == ["100-general/gear.20ratios.json", "100-general/license.20of.20posts.json"]
    names = {"stream_index.json": False, "x/7-soup/salt.json": True, "messages-1.json": True, "soup/salt.json": False}
    assert {name: may_open(READER, name) for name in names} == names


def test_a_post(tmp_path):
    first, second = read_topic(tmp_path, POST, POST | {"id": 32}).posts
    assert (first["native_id"], first["conversation"]) == ("chat.example.org/31", "chat.example.org/7/salt.20.26.20pepper.2E")
    assert (first["kind"], first["parent_state"], first["title"], first["text"]) == ("post", "root", "salt & pepper.", "Salt & soup.")
    assert first["author"] == {"name": "Some One", "id": None, "url": None}
    assert first["created_at"].isoformat() == "2024-06-01T09:00:00+00:00"
    assert first["url"] == "https://chat.example.org/#narrow/channel/7/topic/salt.20.26.20pepper.2E/near/31"
    assert (second["kind"], second["parent_state"], second.get("title")) == ("reply", "unknown", None)


def test_pages_of_the_api_name_the_same_conversation(tmp_path):
    message = POST | {
        "sender_id": 8, "sender_email": "a@b.org", "type": "stream", "stream_id": 7, "subject": "salt & pepper.", "last_edit_timestamp": 1717232460,
        "reactions": [{"emoji_name": "heart", "user_id": 1}, {"emoji_name": "heart", "user_id": 2}],
    }  # fmt: skip
    page = json.dumps({"result": "success", "messages": [message, message | {"id": 32, "type": "private", "display_recipient": []}]})
    found = read_text(READER, tmp_path, page, name="messages.json", options=SITE)
    (post,) = found.posts
    assert found.codes == {"record.private": 1}
    assert (post["conversation"], post["author"]["id"]) == ("chat.example.org/7/salt.20.26.20pepper.2E", "8")
    assert [(label["name"], label["value"]) for label in post["labels"]] == [("reaction:heart", "2")]
    assert (post["edited_at"] - post["created_at"]).total_seconds() == 60
    assert READER.recognise(Head("messages.json", page.encode(), len(page)))
    assert "b.org" not in repr(post)


def test_quotes_are_marked_and_lead_to_what_they_quote(tmp_path):
    post = one(tmp_path, content=QUOTE)
    assert post["quoted"] == "chat.example.org/29"
    assert post["text"].endswith("Mine.")
    assert "Theirs" not in repr(post)
    assert post["links"] == ["https://chat.example.org/#narrow/channel/7-soup/topic/salt/near/29"]


def test_formulas_are_as_typed_and_previews_are_gone(tmp_path):
    assert one(tmp_path, content=FORMULA)["text"] == "So $$x^2$$ it is."
    post = one(tmp_path, content=CARD)
    assert post["text"] == "https://example.org\n\nAfter."
    assert "Theirs" not in repr(post)
    assert one(tmp_path, content=FORMULA.partition("</math>")[0])["text"] == "So $$x^2$$"


def test_markdown_stays_what_it_is(tmp_path):
    post = one(tmp_path, content="**a** <b> https://example.org.", content_type="text/x-markdown")
    assert (post["text"], post["markup"], post["links"]) == ("**a** <b> https://example.org.", "markdown", ["https://example.org"])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": "<p>(deleted)</p>"}, "deleted"), ({"content": ""}, "empty-text"), ({"content": "<blockquote>Theirs.</blockquote>"}, "others-words"),
        ({"sender_full_name": "Notification Bot"}, "notice"), ({"type": "private"}, "private"), ({"type": "something_new"}, "private"),
        ({"id": None}, "missing-field"), ({"id": "31"}, "bad-field"),
    ],
)  # fmt: skip
def test_what_is_no_post(tmp_path, more, code):
    assert one(tmp_path, **more) == f"record.{code}"


def test_a_bot_says_so(tmp_path):
    assert set(one(tmp_path, sender_full_name="Soup bot")["generator"].values()) == {"undisclosed"}
    assert "generator" not in one(tmp_path, sender_full_name="Abbot")


def test_a_file_that_lies_elsewhere_names_no_conversation(tmp_path):
    (post,) = read_topic(tmp_path, POST, name="salt.json").posts
    assert post.keys().isdisjoint({"conversation", "url", "title"})


@pytest.mark.parametrize("site", ["", "https://chat.example.org", "CHAT.example.org", "a/../b"])
def test_the_site_must_be_told(tmp_path, site):
    with pytest.raises(BadSources):
        read_text(READER, tmp_path, json.dumps([POST]), options={"site": site})


def test_another_document_is_not_taken_for_a_topic(tmp_path):
    assert read_text(READER, tmp_path, '{"a": 1}', options=SITE).codes == {"record.not-this-format": 1}
    assert READER.recognise(Head("a.json", b'[{"id": 1, "content": "a", "timestamp": 1}]', 40)) is None


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data, name=NAME, options=SITE).posts) for data in damaged([json.dumps([POST, POST | {"content": QUOTE + CARD + FORMULA}]).encode()], 100, 5))
    assert still > 45
