"""WikiConv: a comment is what it came to in the end, and nobody is named by an address."""

from __future__ import annotations

import json

import pytest

from threadcommons.errors import BadSources
from threadcommons.sources import READERS
from threadcommons.sources.wikiconv import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared

ADDED = {
    "id": "10.0.0", "ancestor_id": "10.0.0", "conversation_id": "10.0.0", "replyTo_id": None, "type": "ADDITION", "content": "Salt?", "user_id": "5",
    "user_text": "SomeOne", "rev_id": 10, "page_title": "Talk:Soup", "timestamp": "2005-03-03T01:53:57Z", "indentation": 0,
}  # fmt: skip


def changed(kind, number, **more):
    return ADDED | {"id": f"{number}.0.0", "conversation_id": f"{number}.0.0", "type": kind, "content": f"state {number}", "rev_id": number, "timestamp": f"2005-03-{number:02d}T00:00:00Z"} | more


def actions(folder, *some, **more):
    return read_text(READER, folder, "\n".join(map(json.dumps, some)), **more)


def test_the_shared_corpus():
    path = shared("wikiconv/conversations-00000-of-00001.jsonl")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("wikiconv"))
    assert len(found.records) == counts["records"]
    assert found.codes == {"record.superseded": counts["types"]["MODIFICATION"]}
    assert not any("." in post["author"]["name"] for post in found.posts if "author" in post)
    assert sum("author" not in post for post in found.posts) == 1  # the words of the other one were changed by somebody
    assert [key for key, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["wikiconv"]


def test_the_last_state_counts_under_the_first_name(tmp_path):
    found = actions(tmp_path, ADDED, changed("MODIFICATION", 12), changed("MODIFICATION", 11))
    assert [(post["native_id"], post["text"], post["conversation"]) for post in found.posts] == [("10.0.0", "state 12", "10.0.0")]
    assert found.codes == {"record.superseded": 2}


def test_what_ended_deleted_is_gone_and_what_was_restored_is_there(tmp_path):
    assert actions(tmp_path, ADDED, changed("DELETION", 11)).codes == {"record.deleted": 2}
    (post,) = actions(tmp_path, ADDED, changed("DELETION", 11), changed("RESTORATION", 12)).posts
    assert post["text"] == "state 12"


def test_answers_find_the_comment_by_any_of_its_states(tmp_path):
    reply = ADDED | {"id": "20.5.5", "ancestor_id": "20.5.5", "replyTo_id": "11.0.0", "conversation_id": "11.0.0"}
    posts = actions(tmp_path, ADDED, changed("MODIFICATION", 11), reply).posts
    assert {post["native_id"]: (post.get("parent"), post["conversation"]) for post in posts} == {"10.0.0": (None, "10.0.0"), "20.5.5": ("10.0.0", "10.0.0")}


@pytest.mark.parametrize(("id_", "name", "named"), [("0", "192.0.2.1", False), ("0", "host.example.org", False), ("0", "2001:db8::1", False), ("0", "Some_One", True), ("7", "Some.One", True), (None, None, False)])
def test_who_was_not_logged_in_is_not_named(tmp_path, id_, name, named):
    (post,) = actions(tmp_path, ADDED | {"user_id": id_, "user_text": name}).posts
    assert ("author" in post) == named


@pytest.mark.parametrize(("more", "code"), [({"id": None}, "missing-field"), ({"type": "MERGE"}, "bad-field"), ({"content": " "}, "empty-text"), ({"content": 5}, "bad-field")])
def test_what_is_no_comment(tmp_path, more, code):
    assert actions(tmp_path, ADDED | more).codes == {f"record.{code}": 1}


def test_the_site_may_be_another(tmp_path):
    (post,) = actions(tmp_path, ADDED, options={"site": "de.wikipedia.org"}).posts
    assert post["url"] == "https://de.wikipedia.org/w/index.php?oldid=10"
    with pytest.raises(BadSources):
        actions(tmp_path, ADDED, options={"site": "https://de.wikipedia.org"})


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([(json.dumps(ADDED) + "\n" + json.dumps(changed("MODIFICATION", 11)) + "\n").encode()], 100, 5))
    assert still > 40
