"""Version 2 of X's interface: pages, posts alone, and what was taken back since."""

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.x_api import READER, recognise

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

NAMES = ("compliance.jsonl", "flat.jsonl", "pages.jsonl")


def all_three():
    exports = [export_of(shared(f"x-v2/{name}")) for name in NAMES]
    return {export.name: reading(READER, export, exports) for export in exports}


def counts_of(name):
    return next(entry["counts"] for entry in expected("x-v2") if entry["path"].endswith(name))


def test_pages():
    found, counts = all_three()["pages.jsonl"], counts_of("pages.jsonl")
    assert silent(found)
    # Posts that pages bring along, and the page that holds nothing but errors, are records too.
    assert len(found.records) == counts["records"] + counts["included"] + counts["error_only_lines"]
    assert found.codes == {"record.deleted": 1, "record.others-words": 1, "record.superseded": 1, "record.private": 1, "record.not-a-post": 1}
    posts = {post["native_id"]: post for post in found.posts}
    assert sum("parent" in post for post in posts.values()) == counts["replies"] - 1  # one was deleted
    assert sum("quoted" in post for post in posts.values()) == counts["quotes"]
    assert posts["1576170056709046319"]["media"] == [{"type": "image", "url": "https://pbs.twimg.com/media/EXAMPLE9.jpg", "alt": "A loaf on a blue cloth"}]
    assert posts["1576175089873846321"]["text"] == "Which flour?\n\n- rye\n- wheat"
    assert {"name": "poll-votes", "value": "3 5", "annotator": "x", "method": "platform-counter"} in posts["1576175089873846321"]["labels"]
    assert posts["1576177606456246322"]["text"].startswith("A long post is cut here in the text field, but the note_tweet field has all of it: flour")
    assert posts["1576167540126646318"]["wishes"] == ["x.withheld=true"]
    assert posts["1576166281835446317"]["edited_at"] is not None
    assert posts["1576149924049846312"]["author"]["url"] == "https://x.com/user_d"
    assert {post["conversation"] for post in posts.values()} >= {"1576134824555446309"}


def test_where_parents_are():
    posts = {post["native_id"]: post for post in all_three()["pages.jsonl"].posts}
    assert posts["1576157473797046315"]["parent_state"] == "deleted"  # the page says: not found
    assert posts["1576136334504886311"]["parent_state"] == "deleted"  # the compliance file says so
    assert posts["1576134824555446309"]["parent_state"] == "root"
    assert "parent_state" not in posts["1576172573291446320"]


def test_flattened_posts_say_the_same_as_pages():
    found = all_three()
    assert len(found["flat.jsonl"].records) == counts_of("flat.jsonl")["records"]
    assert silent(found["flat.jsonl"])
    pages = {post["native_id"]: post for post in found["pages.jsonl"].posts}
    for post in found["flat.jsonl"].posts:
        same = {"native_id", "conversation", "parent", "quoted", "kind", "author", "created_at", "url", "lang", "wishes"}
        assert {key: post.get(key) for key in same} == {key: pages[post["native_id"]].get(key) for key in same}


def test_compliance_files_are_known_where_nobody_was_redacted_too():
    line = b'{"id":"12","action":"delete","created_at":"2022-10-04T00:00:00.000Z","reason":"protected"}\n'
    assert READER.recognise(Head("tweets_compliance.jsonl", line, len(line)))


def test_without_the_compliance_file_nothing_is_known_to_be_gone():
    found = reading(READER, export_of(shared("x-v2/pages.jsonl")))
    assert "record.deleted" not in found.codes
    assert all_three()["compliance.jsonl"].codes == {"record.not-a-post": 2}


@pytest.mark.parametrize("name", NAMES)
def test_exports_are_recognised_as_this_format_alone(name):
    head = head_of(shared(f"x-v2/{name}"))
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["x-api"]


# -- single pitfalls ----------------------------------------------------------------------------------------------

TWEET = {"id": "12", "text": "Soup &amp; bread", "author_id": "5", "conversation_id": "12", "created_at": "2022-10-01T09:00:00.000Z", "edit_history_tweet_ids": ["12"]}
USER = {"id": "5", "name": "Ann B", "username": "a_b", "protected": False, "description": "PRIVATE-CANARY-0", "location": "PRIVATE-CANARY-0"}


def a_page(*tweets, **more):
    return json.dumps({"data": [{**TWEET, **tweet} for tweet in tweets], "includes": {"users": [USER]}, **more})


def test_a_page_names_the_authors_of_its_posts(tmp_path):
    found = read_text(READER, tmp_path, a_page({}, {"id": "13", "edit_history_tweet_ids": ["13"], "author_id": "6"}))
    assert silent(found)
    assert [post["author"]["name"] for post in found.posts] == ["Ann B", "6"]
    assert [post["author"]["url"] for post in found.posts] == ["https://x.com/a_b", None]
    assert [post["url"] for post in found.posts] == ["https://x.com/a_b/status/12", "https://x.com/i/status/13"]
    assert found.posts[0]["text"] == "Soup & bread"


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("data", [[TWEET], TWEET, [], None])
def test_a_page_may_be_a_line_or_a_document_with_one_post_or_none(indent, data, tmp_path):
    text = json.dumps({"data": data, "includes": {"users": [USER]}, "meta": {"newest_id": "12", "result_count": 1}}, indent=indent)
    found = read_text(READER, tmp_path, text)
    assert len(found.posts) == (1 if data else 0)
    assert recognise(Head("x", text.encode(), 9)) is not None


def test_an_array_of_posts(tmp_path):
    assert len(read_text(READER, tmp_path, json.dumps([TWEET, TWEET], indent=2)).posts) == 2


def test_links_are_written_out_and_those_of_own_media_go(tmp_path):
    urls = [
        {"url": "https://t.co/A", "expanded_url": "https://example.org/a"},
        {"url": "https://t.co/B", "expanded_url": "https://twitter.com/a_b/status/12/photo/1"},
        {"url": "https://t.co/C", "expanded_url": "https://x.com/a_b/status/13/photo/1"},
    ]
    text = "see https://t.co/A https://t.co/C https://t.co/B"
    (post,) = read_text(READER, tmp_path, a_page({"text": text, "entities": {"urls": urls}})).posts
    assert post["text"] == "see https://example.org/a https://x.com/a_b/status/13/photo/1"


def test_a_film_is_listed_by_its_sharpest_file(tmp_path):
    film = {"media_key": "7_1", "type": "video", "preview_image_url": "https://p", "variants": [
        {"content_type": "application/x-mpegURL", "url": "https://m"}, {"content_type": "video/mp4", "bit_rate": 1, "url": "https://low"},
        {"content_type": "video/mp4", "bit_rate": 9, "url": "https://high"},
    ]}  # fmt: skip
    (post,) = read_text(READER, tmp_path, a_page({"attachments": {"media_keys": ["7_1", "7_2"]}}, includes={"media": [film]})).posts
    assert post["media"] == [{"type": "video", "url": "https://high", "alt": None}]


REFUSED = [
    ({"referenced_tweets": [{"type": "retweeted", "id": "9"}]}, "record.others-words"), ({"text": "RT @a: words"}, "record.others-words"),
    ({"edit_history_tweet_ids": ["12", "13"]}, "record.superseded"), ({"id": None}, "record.missing-field"), ({"id": "a"}, "record.missing-field"),
    ({"text": None}, "record.missing-field"), ({"created_at": "2022"}, "record.bad-field"), ({"text": 5}, "record.bad-field"),
    ({"id": "7", "text": None, "username": "a"}, "record.not-a-post"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_what_is_no_post_has_its_reason(change, code, tmp_path):
    assert read_text(READER, tmp_path, a_page(change)).codes == {code: 1}


def test_an_earlier_version_is_known_by_a_later_one_in_another_file(tmp_path):
    (tmp_path / "a.jsonl").write_text(a_page({}, {"id": "14", "edit_history_tweet_ids": ["14"], "referenced_tweets": [{"type": "replied_to", "id": "12"}]}))
    (tmp_path / "b.jsonl").write_text(a_page({"id": "13", "edit_history_tweet_ids": ["12", "13"]}))
    exports = [export_of(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    found = reading(READER, exports[0], exports)
    assert found.codes == {"record.superseded": 1}
    assert [post["parent"] for post in found.posts] == ["13"]


GONE = [
    ('{"id":"12","action":"delete","redacted_at":"2022-10-05T00:00:00.000Z","reason":"deleted"}', {"record.deleted": 1}),
    ('{"id":"5","action":"delete","redacted_at":"2022-10-05T00:00:00.000Z","reason":"suspended"}', {"record.deleted": 1}),
    ('{"id":"12","action":"delete","created_at":"2022-10-04T00:00:00.000Z","reason":"protected"}', {"record.deleted": 1}),
    ('{"id":"5","action":"delete","created_at":"2013-06-04T00:00:00+00:00","reason":"protected"}', {"record.deleted": 1}),
    ('{"id":"12","action":"withheld","redacted_at":"2022-10-05T00:00:00.000Z"}', {}),
    ('{"data":{"delete":{"tweet":{"id":"12","author_id":"5"},"event_at":"2022-10-05T00:00:00Z"}}}', {"record.deleted": 1}),
    ('{"data":{"user_protect":{"user":{"id":"5"},"event_at":"2022-10-05T00:00:00Z"}}}', {"record.deleted": 1}),
    ('{"data":{"user_protect":{"user":{"id":"5"},"event_at":"x"}}}\n{"data":{"user_unprotect":{"user":{"id":"5"},"event_at":"y"}}}', {}),
    ('{"id":"12","action":"scrub_geo","redacted_at":"2022-10-05T00:00:00.000Z"}', {}),
    ('{"redacted_at":"broken', {}),
]


@pytest.mark.parametrize(("line", "codes"), GONE)
def test_what_was_taken_back_since(line, codes, tmp_path):
    (tmp_path / "a.jsonl").write_text(a_page({}))
    (tmp_path / "b.jsonl").write_text(line)
    exports = [export_of(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    found = reading(READER, exports[0], exports)
    assert found.codes == codes
    assert [post.get("wishes") for post in found.posts] == ([] if codes else [["x.withheld=true"] if '"withheld"' in line else None])


@pytest.mark.parametrize("text", [b'{"conversation_id":"a","author_id":"b"}', b'{"data":[{"id":"1"}]}', b'{"action":"x","id":"1"}', b"a", b""])
def test_other_json_is_not_recognised(text):
    assert recognise(Head("x", text, len(text))) is None


def test_a_broken_line_spoils_no_other(tmp_path):
    found = read_text(READER, tmp_path, "\n".join(['{"data":[{"id":"1"', a_page({}), '{"data":5}', "x", a_page({}), '{"data":[{"id":"1']))
    assert len(found.posts) == 2
    assert found.codes.total() == 4


def test_damaged_exports_are_accounted_for_to_the_byte(tmp_path):
    flat = json.dumps({**TWEET, "author": USER, "attachments": {"media": [{"type": "photo", "url": "https://a"}]}})
    seeds = [
        a_page({}, {"referenced_tweets": [{"type": "replied_to", "id": "9"}]}, errors=[{"resource_id": "9", "type": "x/resource-not-found"}]).encode(),
        f"{flat}\n{flat}\n".encode(), json.dumps([TWEET], indent=1).encode(), json.dumps(json.loads(a_page({})), indent=1).encode(), GONE[0][0].encode(),
    ]  # fmt: skip
    total = sum(len(read_text(READER, tmp_path, data).records) for data in damaged(seeds, 170, 20260216))
    assert total > 170
