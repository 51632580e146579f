"""Discourse topics: posts by topic and number, and no word of others, of moderators or from behind a door."""

from __future__ import annotations

import json

import pytest

from threadcommons.errors import BadSources
from threadcommons.sources import READERS
from threadcommons.sources.discourse import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

SITE = {"site": "forum.example.org"}
FILES = ("real/topic.json", "synthetic/topic.json", "synthetic/topic_posts_page2.json", "synthetic/private_message.json")
POST = {
    "id": 9, "topic_id": 77, "post_number": 3, "post_type": 1, "username": "some_one", "name": "Some One", "cooked": "<p>Salt &amp; soup.</p>",
    "created_at": "2024-06-01T09:07:00.013Z", "updated_at": "2024-06-02T09:07:00Z", "version": 1, "hidden": False, "reply_to_post_number": None,
}  # fmt: skip


def topic(*posts, **more):
    return json.dumps({"post_stream": {"posts": list(posts)}, "id": 77, "title": "Soup & bread", "archetype": "regular", "tags": ["salt"]} | more)


def one(folder, **more):
    found = read_text(READER, folder, topic(POST | more), options=SITE)
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("name", FILES)
def test_the_shared_exports(name):
    path = shared(f"discourse/{name}")
    found = reading(READER, export_of(path), options=SITE)
    counts = next(entry["counts"] for entry in expected("discourse") if entry["path"].endswith(name))
    assert len(found.records) == counts["records"]
    assert not any(code.startswith("post.") for code in found.codes)
    assert silent(found)
    types = counts.get("post_types", {})
    assert found.codes["record.notice"] == types.get("2", 0) + types.get("3", 0) + (1 if "real" in name else 0)
    assert found.codes["record.deleted"] == counts.get("hidden_or_deleted", 0)
    assert found.codes["record.private"] == types.get("4", 0) + (1 if "private" in name else 0)
    assert [name for name, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["discourse"]


def test_pages_of_a_topic_make_one_conversation():
    pages = [reading(READER, export_of(shared(f"discourse/synthetic/{name}")), options=SITE).posts for name in ("topic.json", "topic_posts_page2.json")]
    posts = {post["native_id"]: post for page in pages for post in page}
    assert {post["conversation"] for post in posts.values()} == {"forum.example.org/t/77/1"}
    assert posts["forum.example.org/t/77/21"]["parent"] in posts
    assert sum("quoted" in post for post in posts.values()) == 2
    assert posts["forum.example.org/t/77/2"]["text"].endswith("Flat, between boards & felt.")
    assert posts["forum.example.org/t/77/14"]["text"].endswith(":world_map:")


def test_a_post(tmp_path):
    post = one(tmp_path, version=2)
    assert (post["native_id"], post["parent"], post["kind"], post["text"]) == ("forum.example.org/t/77/3", "forum.example.org/t/77/1", "reply", "Salt & soup.")
    assert post["author"] == {"name": "some_one", "id": "some_one", "url": "https://forum.example.org/u/some_one"}
    assert "edited_at" in post
    assert "edited_at" not in one(tmp_path)
    first = one(tmp_path, post_number=1)
    assert (first["parent_state"], first["title"]) == ("root", "Soup & bread")


def test_what_the_forum_writes_below_a_picture_is_not_said_by_its_author(tmp_path):
    box = (
        '<div class="lightbox-wrapper"><a class="lightbox" href="https://host.example/map.png" title="map.png"><img src="https://host.example/s.png" '
        'alt="a map"><div class="meta">\n<svg><use href="#i"></use></svg><span class="filename">map.png</span>'
        '<span class="informations">800\u00d7465 89.2 KB</span><span class="expand"></span>\n</div></a></div>'
    )
    post = one(tmp_path, cooked=f'<p>Above.</p>\n<p>{box}</p>\n<div class="meta"><div>Mine.</div></div>')
    assert post["text"] == "Above.\n\nMine."
    assert [medium["alt"] for medium in post["media"]] == ["a map"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"post_type": 2}, "notice"), ({"post_type": 3}, "notice"), ({"post_type": 4}, "private"), ({"hidden": True}, "deleted"),
        ({"user_deleted": True}, "deleted"), ({"deleted_at": "2024-06-03T00:00:00Z"}, "deleted"), ({"cooked": ""}, "empty-text"),
        ({"post_number": None}, "missing-field"), ({"cooked": 5}, "bad-field"),
        ({"cooked": '<aside class="onebox"><p>Theirs.</p></aside>'}, "others-words"),
    ],
)  # fmt: skip
def test_what_is_no_post(tmp_path, more, code):
    assert one(tmp_path, **more) == f"record.{code}"


def test_a_private_topic_is_closed(tmp_path):
    assert read_text(READER, tmp_path, topic(POST, archetype="private_message"), options=SITE).codes == {"record.private": 1}


def test_posts_that_were_saved_one_by_one(tmp_path):
    (post,) = read_text(READER, tmp_path, json.dumps(POST | {"post_number": 1, "topic_title": "Soup"}), options=SITE).posts
    assert post["title"] == "Soup"


def test_another_document_is_not_taken_for_a_topic(tmp_path):
    assert read_text(READER, tmp_path, '{"a": 1}', options=SITE).codes == {"record.not-this-format": 1}


@pytest.mark.parametrize("site", ["", "https://forum.example.org", "forum example", "FORUM.example.org", "a/../b"])
def test_the_site_must_be_told(tmp_path, site):
    with pytest.raises(BadSources):
        read_text(READER, tmp_path, topic(POST), options={"site": site})


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data, options=SITE).posts) for data in damaged([topic(POST, POST | {"post_number": 4}).encode()], 100, 5))
    assert still > 12
