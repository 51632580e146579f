"""Archives of Mastodon: what was meant for everybody, and not a word of the rest."""

import json
import re
import shutil

import pytest

from threadcommons.licensing.wishes import narrowing
from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.fediverse import account_wishes, visibility, words
from threadcommons.sources.mastodon_archive import READER, recognise

from .reading import damaged, expected, export_of, folder_of, head_of, read_text, reading, shared, silent

ACTOR = "https://social.example/users/user_a"
EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"


def outbox(found_in="mastodon-archive/archive", **options):
    exports = folder_of(shared(found_in), READER)
    return reading(READER, next(export for export in exports if export.name == "outbox.json"), exports, options)


def test_counts_are_those_of_the_archive():
    found = outbox()
    counts = next(entry["counts"] for entry in expected("mastodon-archive") if entry["path"].endswith("outbox.json"))
    seen = counts["visibility_of_creates"]
    assert silent(found)
    assert len(found.records) == counts["records"]
    # One of the public posts stands there twice.
    assert len(found.posts) == seen["public"] + seen["unlisted"]
    assert found.codes == {"record.private": seen["private"] + seen["direct"], "record.others-words": counts["reposts"]}
    assert sum("edited_at" in post for post in found.posts) == counts["edited"]
    assert sum("media" in post for post in found.posts) == counts["with_media"]
    assert sum("title" in post for post in found.posts) == counts["content_warning"]
    assert sum(any(one["name"] == "poll-votes" for one in post.get("labels", [])) for post in found.posts) == counts["questions"]
    assert sum("visibility=unlisted" in post["wishes"] for post in found.posts) == seen["unlisted"]


def test_texts_of_the_archive():
    posts = {post["native_id"][-6:]: post for post in outbox().posts}
    assert posts["840002"]["text"] == "The clock was stopped for ninety years & restarted last week.\n\nSecond paragraph, with a line\nbreak."
    assert posts["800005"]["links"] == ["https://example.org/a/very/long/path/to/a/page?x=1&y=2"]
    assert posts["800005"]["text"].endswith("page?x=1&y=2")
    assert (posts["600008"]["lang"], posts["600008"]["text"]) == ("es", "Dos idiomas")
    assert "lang" not in posts["200009"]
    assert posts["800014"]["text"] == "Which bell do you like best?\n\n- the low one\n- the high one"
    assert [one["alt"] for one in posts["000012"]["media"]] == ["A red door at the foot of a tower", None]
    assert posts["000016"]["quoted"] == "https://other.example/users/user_c/statuses/111700000000000777"
    assert posts["000016"]["text"] == "This explains the gear wheels well."
    assert "quoted" not in posts["600017"]
    assert "quoted" not in posts["200018"]
    assert posts["400019"]["text"] == 'for i in range(3):\n    print("tick & tock")\n\n- one\n- two\n\n> said the sign'
    assert {post["author"]["url"] for post in posts.values()} == {"https://social.example/@user_a"}


@pytest.mark.parametrize(("name", "tokens"), [("actor.no-index.json", {"mastodon.indexable=false", "mastodon.nobot", "mastodon.noindex", "mastodon.noarchive"}), ("actor.index-missing.json", {"mastodon.indexable=missing"}), (None, {"mastodon.indexable=missing"})])
def test_an_account_that_does_not_want_to_be_found_says_so_on_every_post(name, tokens, tmp_path):
    shutil.copy(shared("mastodon-archive/archive/outbox.json"), tmp_path / "outbox.json")
    if name:
        shutil.copy(shared(f"mastodon-archive/{name}"), tmp_path / "actor.json")
    exports = folder_of(tmp_path, READER)
    posts = reading(READER, exports[-1], exports).posts
    assert len(posts) == len(outbox().posts)
    for post in posts:
        assert tokens <= set(post["wishes"])
        assert narrowing(post["wishes"])
    assert not narrowing(outbox().posts[0]["wishes"])


def test_unlisted_posts_are_kept_back_unless_the_owner_says_otherwise():
    kept, told = ([post.get("wishes", []) for post in outbox(unlisted=unlisted).posts] for unlisted in (False, True))
    assert len(kept) == len(told)
    assert any("visibility=unlisted" in wishes for wishes in kept)
    assert not any("visibility=unlisted" in wishes for wishes in told)
    assert narrowing(["visibility=unlisted"])


def test_activities_in_a_bare_list_are_for_whom_they_were(tmp_path):
    def said(number, *to):
        note = {"type": "Note", "id": f"{ACTOR}/statuses/{number}", "published": "2024-03-01T12:00:00Z", "to": list(to), "content": "<p>Salt.</p>"}
        return {"type": "Create", "actor": ACTOR, "to": list(to), "cc": [], "object": note}

    text = json.dumps([said(1, EVERYBODY), said(2, f"{ACTOR}/followers"), said(3, "https://other.example/users/user_b")]).encode()
    head = Head("list.json", text, len(text))
    assert [name for name, reader in READERS.items() if not reader.last and reader.recognise(head)] == ["mastodon-archive"]
    found = read_text(READER, tmp_path, text, "outbox.json")
    assert [post["native_id"] for post in found.posts] == [f"{ACTOR}/statuses/1"]
    assert found.codes == {"record.private": 2}


@pytest.mark.parametrize(("name", "opened"), [("outbox-2.json", True), ("a/outbox_page_1.json", True), ("likes.json", False), ("my-outbox.json", False)])
def test_an_outbox_in_pages_is_opened_by_its_names(name, opened):
    assert any(re.fullmatch(one, name) for one in READER.opens) == opened


def test_only_two_files_may_be_opened_and_they_find_each_other():
    folder = shared("mastodon-archive/archive")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name for name in names if any(re.fullmatch(one, name) for one in READER.opens)} == {"actor.json", "outbox.json"}
    beside = ["a.zip!/actor.json", "a.zip!/likes.json", "b.zip!/actor.json", "a.zip!/outbox.json"]
    assert READER.needs("a.zip!/outbox.json", beside) == ["a.zip!/actor.json"]
    for name in ("likes.json", "bookmarks.json"):
        found = reading(READER, export_of(folder / name))
        assert silent(found)
        assert found.codes == {"record.private": 1}


def test_exports_are_recognised_as_this_format_alone():
    for name in ("archive/outbox.json", "archive/actor.json", "actor.no-index.json"):
        head = head_of(shared(f"mastodon-archive/{name}"))
        assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["mastodon-archive"]
    for name in ("likes.json", "bookmarks.json"):
        assert recognise(head_of(shared(f"mastodon-archive/archive/{name}"))) is None
    assert recognise(Head("x", b'{"type":"Person"}', 9)) is None


# -- who may read it ----------------------------------------------------------------------------------------------

FOLLOWERS = f"{ACTOR}/followers"
AUDIENCES = [
    ([EVERYBODY], [FOLLOWERS], "public"), (EVERYBODY, None, "public"), (["as:Public"], [], "public"), (["Public"], [], "public"), ([{"id": EVERYBODY}], [], "public"),
    ([FOLLOWERS], [EVERYBODY], "unlisted"), ([], EVERYBODY, "unlisted"), ([FOLLOWERS], [], "private"), ([], [FOLLOWERS], "private"), (FOLLOWERS, "https://b", "private"),
    (["https://b"], [], "direct"), ([], [], "direct"), (None, None, "direct"), (5, {"a": 1}, "direct"), (["https://public.example/Public"], [], "direct"),
]  # fmt: skip


@pytest.mark.parametrize(("to", "cc", "seen"), AUDIENCES)
def test_receivers_tell_who_may_read_a_post(to, cc, seen):
    assert visibility(to, cc) == seen


def note(**more):
    return {"id": f"{ACTOR}/statuses/1", "type": "Note", "published": "2024-01-05T09:00:00Z", "attributedTo": ACTOR, "to": [EVERYBODY], "cc": [], "content": "<p>Soup</p>", **more}


def activity(object_, **more):
    return {"type": "Create", "actor": ACTOR, "to": [EVERYBODY], "cc": [], "object": object_, **more}


def box(tmp_path, *activities, actor=None):
    collection = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection", "totalItems": 99, "orderedItems": list(activities)}
    (tmp_path / "outbox.json").write_text(json.dumps(collection))
    (tmp_path / "actor.json").write_text(json.dumps({"id": ACTOR, "type": "Person", "preferredUsername": "user_a", "indexable": True, **(actor or {})}))
    exports = folder_of(tmp_path, READER)
    return reading(READER, exports[1], exports)


NARROWER = [
    ({}, {}, None), ({"to": [FOLLOWERS]}, {}, "record.private"), ({}, {"to": [FOLLOWERS]}, "record.private"), ({"to": None, "cc": None}, {}, None),
    ({}, {"to": None, "cc": None}, None), ({"to": None, "cc": None}, {"to": None, "cc": None}, "record.private"),
]  # fmt: skip


@pytest.mark.parametrize(("in_note", "in_activity", "code"), NARROWER)
def test_the_narrower_of_two_audiences_counts(in_note, in_activity, code, tmp_path):
    assert box(tmp_path, activity(note(**in_note), **in_activity)).codes == ({code: 1} if code else {})


REFUSED = [
    ({"type": "Announce", "object": "https://b/1"}, "record.others-words"), ({"type": "Announce", "object": note()}, "record.others-words"), (activity("https://b/1"), "record.not-a-post"), ({"type": "Like"}, "record.not-a-post"),
    (activity(note(type="Tombstone")), "record.deleted"), (activity(note(type="Event")), "record.not-a-post"), (activity(note(attributedTo="https://b/users/b")), "record.others-words"),
    (activity(note(id=None)), "record.missing-field"), (activity(note(id="a b")), "record.missing-field"), (activity(note(published="soon")), "record.bad-field"), (activity(note(published=None)), "record.missing-field"),
    (activity(note(content="")), "record.empty-text"), (activity(note(content=5)), "record.bad-field"), ("text", "record.bad-field"), (activity(note(contentMap=[1])), "record.bad-field"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "code"), REFUSED)
def test_what_is_no_post_of_the_owner_has_its_reason(item, code, tmp_path):
    assert box(tmp_path, item).codes == {code: 1}


QUOTES = [
    ({"quote": "https://b/users/b/statuses/7", "quoteAuthorization": "https://b/ok"}, "https://b/users/b/statuses/7"), ({"quote": "https://b/users/b/statuses/7"}, None), ({"quote": f"{ACTOR}/statuses/7"}, f"{ACTOR}/statuses/7"),
    ({"quoteUri": "https://b/7"}, "https://b/7"), ({"_misskey_quote": "https://b/7"}, "https://b/7"), ({"quote": {"type": "Tombstone"}, "quoteUri": "https://b/7"}, None), ({"quote": "https://[x", "quoteUri": 5}, None),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "quoted"), QUOTES)
def test_a_quote_needs_the_word_of_the_one_quoted(fields, quoted, tmp_path):
    (post,) = box(tmp_path, activity(note(**fields))).posts
    assert post.get("quoted") == quoted
    assert post["kind"] == ("quote" if quoted else "post")


def test_machines_say_that_they_are_some(tmp_path):
    assert box(tmp_path, activity(note()), actor={"type": "Service"}).posts[0]["generator"]["model"] == "undisclosed"
    assert "generator" not in box(tmp_path, activity(note())).posts[0]


def test_a_long_warning_is_text():
    found = words("<p>a</p>", "w" * 2000, ["x"], base="", quoted=False)
    assert found == {"text": "w" * 2000 + "\n\na\n\n- x", "markup": "html"}
    assert words('<p class="quote-inline">RE: <a href="https://b/7">b</a></p><p>a</p>', None, [], base="", quoted=True) == {"text": "a", "markup": "html"}
    assert words('<p class="quote-inline">RE: <a', None, [], base="", quoted=True)["text"].startswith("RE:")


def test_every_token_is_known_to_the_licensing_tables():
    tokens = [token for value in (True, False, None) for token in account_wishes(dict.fromkeys(("indexable", "discoverable", "noindex", "memorial", "locked"), value), "#<span>NoBot</span> #noindex #noarchive")]
    assert "wish.unknown" not in [problem.code for problem in narrowing(tokens)]


def test_damaged_archives_are_accounted_for_to_the_byte(tmp_path):
    collection = {"id": "outbox.json", "type": "OrderedCollection", "orderedItems": [activity(note()), activity(note(type="Question", oneOf=[{"name": "a", "replies": {"totalItems": 3}}])), {"type": "Announce", "object": "https://b/1"}]}
    (tmp_path / "actor.json").write_text(json.dumps({"id": ACTOR, "type": "Person", "preferredUsername": "a"}))
    total = 0
    for data in damaged([json.dumps(collection).encode(), json.dumps(collection, indent=1).encode(), b'{"id":"likes.json","orderedItems":["https://b"]}'], 130, 20260219):
        (tmp_path / "outbox.json").write_bytes(data)
        exports = folder_of(tmp_path, READER)
        total += len(reading(READER, exports[1], exports).records)
    assert total > 130
