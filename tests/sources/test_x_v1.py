"""Version 1.1 of X's interface: posts in two shapes, and lines that take posts back."""

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.x_v1 import READER, recognise

from .reading import damaged, expected, export_of, head_of, path_of, read_text, reading, shared, silent

ENTRIES = pytest.mark.parametrize("entry", expected("x-v1.1"), ids=path_of)


@ENTRIES
def test_counts_are_those_of_the_export(entry):
    found, counts = reading(READER, export_of(shared(entry["path"]))), entry["counts"]
    prose = found.codes["record.json-syntax"]
    assert prose == (1 if "13995" in entry["path"] else 0)
    assert len(found.records) - prose == counts["records"]
    assert silent(found)
    if found.codes["record.private"]:
        # The accounts of these samples are protected: nobody but their followers was meant to read them.
        assert found.codes == {"record.private": counts["records"]}
        return
    assert sum("parent" in post for post in found.posts) == counts["replies"]
    assert sum("quoted" in post for post in found.posts) == counts["quotes"]
    assert found.codes["record.others-words"] == counts["reposts"]
    assert len(found.posts) == counts["records"] - counts["reposts"]


@ENTRIES
def test_exports_are_recognised_as_this_format_alone(entry):
    head = head_of(shared(entry["path"]))
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["x-v1"]


def test_both_shapes_of_the_same_posts_say_the_same():
    of = {
        shape: reading(READER, export_of(shared(f"x-v1.1/tweet_parser/{shape}_examples.json"))).posts
        for shape in ("original_format", "activity_streams")
    }
    same = ("native_id", "text", "kind", "parent", "parent_state", "quoted", "created_at", "author", "url", "lang", "links", "media")
    one, other = ([{key: post.get(key) for key in same} for post in posts] for posts in of.values())
    assert one == other != []


def test_the_whole_text_of_a_long_post_is_found_wherever_it_stands():
    (post,) = reading(READER, export_of(shared("x-v1.1/tweet-updates/original__gt140-extended__replies.json"))).posts
    assert len(post["text"]) > 140
    assert not any(one["name"] == "truncated" for one in post["labels"])


# -- single pitfalls ----------------------------------------------------------------------------------------------

TWEET = {
    "created_at": "Mon Mar 07 15:13:47 +0000 2016", "id": 706860403981099008, "id_str": "706860403981099008", "text": "Soup",
    "user": {"id_str": "5", "screen_name": "a_b", "name": "Ann B", "protected": False, "location": "PRIVATE", "description": "PRIVATE"},
    "coordinates": {"coordinates": [1.5, 2.5]}, "place": {"full_name": "PRIVATE"},
}  # fmt: skip


def lines(*tweets):
    return "\n".join(json.dumps({**TWEET, **tweet}) for tweet in tweets)


def test_a_post_carries_what_its_author_wrote_and_no_place(tmp_path):
    (post,) = read_text(READER, tmp_path, lines({"favorite_count": 2, "possibly_sensitive": True})).posts
    assert post["author"] == {"name": "Ann B", "id": "5", "url": "https://x.com/a_b"}
    assert post["url"] == "https://x.com/a_b/status/706860403981099008"
    assert {one["name"]: one["value"] for one in post["labels"]} == {"likes": "2", "sensitive": "true"}
    assert "PRIVATE" not in repr(post)
    assert "1.5" not in repr(post)


CUT = [
    ({"text": "a… https://t.co/R", "truncated": True}, "a… https://t.co/R", True),
    ({"text": "a…", "truncated": True, "extended_tweet": {"full_text": "a &amp; b"}}, "a & b", False),
    ({"full_text": "whole", "text": None}, "whole", False),
]


@pytest.mark.parametrize(("change", "text", "cut"), CUT)
def test_cut_posts_are_whole_or_marked(change, text, cut, tmp_path):
    (post,) = read_text(READER, tmp_path, lines(change)).posts
    assert post["text"] == text
    assert any(one["name"] == "truncated" for one in post.get("labels", [])) == cut


def test_words_of_others_stay_out(tmp_path):
    other = {**TWEET, "id_str": "9", "text": "OTHERS-CANARY-0"}
    found = read_text(READER, tmp_path, lines({"retweeted_status": other}, {"quoted_status": other}, {"quoted_status_id_str": "8"}))
    assert silent(found)
    assert [(post["kind"], post["quoted"]) for post in found.posts] == [("quote", "9"), ("quote", "8")]
    assert found.codes == {"record.others-words": 1}


def test_control_lines_hold_for_what_stands_before_them_and_in_other_files(tmp_path):
    gone = [
        '{"delete":{"status":{"id":11,"id_str":"11","user_id":5},"timestamp_ms":"1"}}',
        '{"status_withheld":{"id":12,"user_id":5,"withheld_in_countries":["XX"]}}',
        '{"user_withheld":{"id":6,"withheld_in_countries":["XX"]}}', '{"limit":{"track":5}}', '{"scrub_geo":{"user_id":5}}',
    ]  # fmt: skip
    posts = lines({"id_str": "11"}, {"id_str": "12"}, {"id_str": "13", "user": {**TWEET["user"], "id_str": "6"}}, {"id_str": "14", "in_reply_to_status_id_str": "11"}, {"id_str": "15", "text": 'say "delete" {'})
    (tmp_path / "a.jsonl").write_text(posts)
    (tmp_path / "b.jsonl").write_text("\n".join(gone))
    exports = [export_of(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    found = reading(READER, exports[0], exports)
    assert found.codes == {"record.deleted": 1}
    assert [(post["native_id"], post.get("wishes"), post.get("parent_state")) for post in found.posts] == [
        ("12", ["x.withheld=true"], "root"), ("13", ["x.withheld=true"], "root"), ("14", None, "deleted"), ("15", None, "root"),
    ]  # fmt: skip
    assert reading(READER, exports[1], exports).codes == {"record.notice": 5}
    assert READER.needs("a.jsonl", ["b.jsonl", "a.jsonl"]) == ["b.jsonl"]
    assert len(read_text(READER, tmp_path, posts).posts) == 5


@pytest.mark.parametrize("text", ["[{0},{0}]", '{{"statuses":[{0},{0}],"search_metadata":{{"count":2}}}}', '{{"search_metadata":{{}},"statuses":[{0}, {0}]}}', "[\n{0},\n{0}\n]\n", "{0}{0}", "{0}\n\n{0}\n"])
def test_posts_may_stand_in_an_array_a_page_or_a_row(text, tmp_path):
    found = read_text(READER, tmp_path, text.format(json.dumps(TWEET)))
    assert len(found.posts) == 2
    assert recognise(Head("x", text.format(json.dumps(TWEET)).encode(), 9)) is not None


REFUSED = [
    ({"id": None, "id_str": None}, "record.missing-field"), ({"id": 1.5, "id_str": None}, "record.missing-field"), ({"text": None}, "record.missing-field"),
    ({"created_at": "2016"}, "record.bad-field"), ({"text": ["a"]}, "record.bad-field"), ({"user": {"protected": True}}, "record.private"),
    ({"verb": "delete"}, "record.notice"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED)
def test_what_is_no_post_has_its_reason(change, code, tmp_path):
    assert read_text(READER, tmp_path, lines(change)).codes == {code: 1}


@pytest.mark.parametrize("text", [b'{"created_at":"2024-01-01T00:00:00Z","id_str":"1"}', b'{"id_str":"1"}', b"window.YTD.tweets.part0 = [{}]", b'["created_at"]', b""])
def test_other_json_is_not_recognised(text):
    assert recognise(Head("x", text, len(text))) is None


def test_damaged_exports_are_accounted_for_to_the_byte(tmp_path):
    pretty = json.dumps(TWEET, indent=1)
    seeds = [
        lines({}, {"id_str": "12", "in_reply_to_status_id_str": "1"}, {"extended_tweet": {"full_text": "b"}}).encode(), f"{pretty}\nprose\n{pretty}".encode(),
        f"[{pretty}]".encode(), b'{"delete":{"status":{"id":11,"id_str":"11","user_id":5}}}\n', f'{{"statuses":[{pretty}]}}'.encode(),
    ]  # fmt: skip
    total = sum(len(read_text(READER, tmp_path, data).records) for data in damaged(seeds, 170, 20260215))
    assert total > 170
