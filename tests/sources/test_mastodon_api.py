"""Statuses of Mastodon's API: numbers of servers become addresses, and only public ones are read."""

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.mastodon_api import READER, recognise

from .reading import damaged, expected, export_of, head_of, path_of, read_text, reading, shared, silent

NAMES = ("context.json", "status.json", "statuses_page1.json")


def all_three():
    exports = [export_of(shared(f"mastodon-api/synthetic/{name}")) for name in NAMES]
    return {export.name: reading(READER, export, exports) for export in exports}


def synthetic():
    return [entry for entry in expected("mastodon-api") if entry["synthetic"]]


@pytest.mark.parametrize("entry", synthetic(), ids=path_of)
def test_counts_are_those_of_the_export(entry):
    found, counts = all_three()[entry["path"].rsplit("/", 1)[1]], entry["counts"]
    assert silent(found)
    assert len(found.records) == counts["records"]
    seen = counts["visibility"]
    assert found.codes["record.private"] == counts["records"] - seen["public"] - seen.get("unlisted", 0)
    assert found.codes["record.others-words"] == counts["reposts"]
    assert len(found.posts) == seen["public"] + seen.get("unlisted", 0) - counts["reposts"]
    assert sum("edited_at" in post for post in found.posts) == counts["edited"]
    assert sum("visibility=unlisted" in post["wishes"] for post in found.posts) == seen.get("unlisted", 0)


@pytest.mark.parametrize("entry", expected("mastodon-api"), ids=path_of)
def test_exports_are_recognised_as_this_format_alone(entry):
    head = head_of(shared(entry["path"]))
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["mastodon-api"]


@pytest.mark.parametrize("entry", [entry for entry in expected("mastodon-api") if not entry["synthetic"]], ids=path_of)
def test_recordings_of_requests_are_known_and_refused_with_a_word_on_what_to_bring(entry):
    path = shared(entry["path"])
    (refusal,) = reading(READER, export_of(path)).refusals
    assert (refusal.fate, refusal.code) == ("quarantined", "record.not-this-format")
    assert "as JSON" in refusal.detail
    assert "as JSON" in recognise(head_of(path))


def test_replies_and_quotes_are_resolved_across_files():
    found = all_three()
    posts = {post["native_id"]: post for one in found.values() for post in one.posts}
    root = "https://social.example/users/user_a/statuses/112000000001000003"
    assert sum(post.get("parent") == root for post in posts.values()) == 5
    assert posts["https://social.example/users/user_a/statuses/112000000022000066"]["parent_state"] == "not_collected"
    assert [post["quoted"] for post in found["statuses_page1.json"].posts if "quoted" in post] == [root, root]
    # One copy of this reply came from a server that does not know its parent.
    copies = [post for one in found.values() for post in one.posts if post["native_id"].endswith("112000000002000006")]
    assert [post["parent"] for post in copies] == [root, root]


def test_accounts_media_and_polls():
    posts = {post["native_id"][-6:]: post for one in all_three().values() for post in one.posts}
    assert {"mastodon.indexable=false", "mastodon.noindex=true"} < set(posts["000024"]["wishes"])
    assert posts["000027"]["generator"]["model"] == "undisclosed"
    assert posts["000036"]["title"] == "bird of prey"
    assert [(one["type"], one["alt"]) for one in posts["000093"]["media"]] == [("image", "A blackbird on a fence"), ("video", None), ("file", None)]
    assert posts["000096"]["text"] == "dawn or dusk?\n\n- dawn\n- dusk"
    assert {one["name"]: one["value"] for one in posts["000096"]["labels"]}["poll-votes"] == "2 1"
    assert posts["000099"]["links"] == ["https://example.org/a/very/long/path/to/a/page?x=1&y=2"]
    assert posts["000006"]["author"] == {"name": "User B", "id": "https://other.example/users/user_b", "url": "https://other.example/@user_b"}


# -- single pitfalls ----------------------------------------------------------------------------------------------


def status(number="1", **more):
    account = {"id": "9", "acct": "a", "display_name": "Ann", "url": "https://s.example/@a", "uri": "https://s.example/users/a", "note": "PRIVATE-CANARY-0", "indexable": True}
    return {
        "id": number, "uri": f"https://s.example/users/a/statuses/{number}", "created_at": "2024-03-01T08:00:00.000Z", "visibility": "public", "content": f"<p>Soup {number}</p>",
        "spoiler_text": "", "reblogs_count": 0, "account": account, "in_reply_to_id": None, "reblog": None, **more,
    }  # fmt: skip


SHAPES = {
    "one": (status(), 1), "a list": ([status(), status("2")], 2), "a context": ({"ancestors": [status()], "descendants": [status("2"), status("3")]}, 3),
    "results": ({"accounts": [], "statuses": [status()], "hashtags": []}, 1), "an empty context": ({"ancestors": [], "descendants": []}, 0), "an empty list": ([], 0),
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(("document", "count"), SHAPES.values(), ids=SHAPES)
def test_every_shape_is_read_on_one_line_or_on_many(document, count, indent, tmp_path):
    found = read_text(READER, tmp_path, json.dumps(document, indent=indent))
    assert silent(found)
    assert len(found.posts) == count


def test_lines_of_several_shapes(tmp_path):
    found = read_text(READER, tmp_path, "\n".join(json.dumps(document) for document, _ in SHAPES.values()))
    assert len(found.posts) == sum(count for _, count in SHAPES.values())


def test_of_several_fetches_the_last_version_stands(tmp_path):
    lines = [status(), status(edited_at="2024-03-01T09:00:00Z", content="<p>b</p>"), status(edited_at="2024-03-01T10:00:00Z", content="<p>c</p>"), status("2")]
    found = read_text(READER, tmp_path, "\n".join(map(json.dumps, lines)))
    assert [post["text"] for post in found.posts] == ["c", "Soup 2"]
    assert found.codes == {"record.superseded": 2}


def test_a_number_that_two_servers_gave_out_names_no_post(tmp_path):
    other = status("1", uri="https://t.example/users/b/statuses/8")
    lines = [status("1"), other, status("2", in_reply_to_id="1")]
    assert read_text(READER, tmp_path, "\n".join(map(json.dumps, lines))).posts[-1]["parent_state"] == "not_collected"
    assert read_text(READER, tmp_path, "\n".join(map(json.dumps, lines[::2]))).posts[-1]["parent"] == "https://s.example/users/a/statuses/1"


REFUSED = [
    ({"visibility": "private"}, "record.private"), ({"visibility": "direct"}, "record.private"), ({"visibility": "limited"}, "record.private"), ({"visibility": None}, "record.private"), ({"visibility": "circle"}, "record.private"),
    ({"reblog": status("5", content="OTHERS-CANARY-0")}, "record.others-words"), ({"account": {"suspended": True}}, "record.deleted"), ({"uri": None}, "record.missing-field"), ({"content": None}, "record.missing-field"),
    ({"created_at": "soon"}, "record.bad-field"), ({"created_at": None}, "record.missing-field"), ({"content": " "}, "record.empty-text"), ({"account": 5}, "record.bad-field"), ({"content": None, "visibility": None}, "record.not-a-post"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_what_is_no_public_post_has_its_reason(change, code, tmp_path):
    found = read_text(READER, tmp_path, json.dumps(status(**change)))
    assert silent(found)
    assert found.codes == {code: 1}


def test_words_of_others_stay_out(tmp_path):
    quoted = {"state": "accepted", "quoted_status": status("5", content="OTHERS-CANARY-0")}
    card = {"url": "https://e.org", "title": "OTHERS-CANARY-0", "description": "OTHERS-CANARY-0"}
    found = read_text(READER, tmp_path, json.dumps(status(quote=quoted, card=card)))
    assert silent(found)
    assert found.posts[0]["quoted"] == "https://s.example/users/a/statuses/5"


@pytest.mark.parametrize("state", ["pending", "revoked", "deleted", "rejected", "unauthorized", None])
def test_a_quote_needs_the_word_of_the_one_quoted(state, tmp_path):
    (post,) = read_text(READER, tmp_path, json.dumps(status(quote={"state": state, "quoted_status": status("5")}))).posts
    assert (post["kind"], post.get("quoted")) == ("post", None)


def test_unlisted_statuses_are_kept_back_unless_somebody_says_otherwise(tmp_path):
    text = json.dumps(status(visibility="unlisted"))
    assert "visibility=unlisted" in read_text(READER, tmp_path, text).posts[0]["wishes"]
    assert "visibility=unlisted" not in read_text(READER, tmp_path, text, options={"unlisted": True}).posts[0]["wishes"]


@pytest.mark.parametrize("text", [b'{"uri":"x","visibility":"public"}', b"interactions:\n- request:\n    uri: https://other.example/x", b"interactions:", b"", b"[]"])
def test_other_files_are_not_recognised(text):
    assert recognise(Head("x", text, len(text))) is None


def test_damaged_exports_are_accounted_for_to_the_byte(tmp_path):
    seeds = [json.dumps(SHAPES["a context"][0]).encode(), json.dumps(SHAPES["a list"][0], indent=1).encode(), b"\n".join(json.dumps(status(str(number), in_reply_to_id="1")).encode() for number in range(4)), b"interactions:\n- request:\n    body: x\n"]
    total = sum(len(read_text(READER, tmp_path, data).records) for data in damaged(seeds, 130, 20260220))
    assert total > 200
