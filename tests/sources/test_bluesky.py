"""Bluesky: threads, feeds and records as JSON."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.licensing.wishes import narrowing
from threadcommons.sources import READERS
from threadcommons.sources.atproto import Said, asked, said, time_of_key, written_out
from threadcommons.sources.base import Head
from threadcommons.sources.bluesky import READER, recognise

from .reading import damaged, expected, export_of, head_of, path_of, read_text, reading, shared, silent

DID, OTHER = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"


def uri(key, did=DID, collection="app.bsky.feed.post"):
    return f"at://{did}/{collection}/{key}"


def a_record(text="Soup", **more):
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2025-01-12T08:20:00.000Z", "langs": ["en"], **more}


def a_view(key="3k2yihcrp6f2c", *, did=DID, record=None, **more):
    shown = {"did": did, "handle": "a.example.org", "displayName": "A", "avatar": "https://cdn/PRIVATE-CANARY-0", "description": "PRIVATE-CANARY-0"}
    return {"uri": uri(key, did), "cid": "c", "author": shown, "record": record or a_record(), "likeCount": 2, **more}


# -- all shared exports -------------------------------------------------------------------------------------------

ENTRIES = pytest.mark.parametrize("entry", expected("bluesky"), ids=path_of)


@ENTRIES
def test_counts_are_those_of_the_export(entry):
    found, counts = reading(READER, export_of(shared(entry["path"]))), entry["counts"]
    assert silent(found)
    if "records" not in counts:
        assert found.posts == []
        return
    assert len(found.records) == counts["records"]
    damaged_blocks = found.codes["record.digest-differs"]
    assert damaged_blocks == (1 if "bad_digest" in entry["path"] else 0)
    if "posts" in counts:
        assert len(found.posts) == counts["posts"] - damaged_blocks
        assert found.codes["record.not-a-post"] == sum(counts["other_records"].values())
    if "replies" in counts:
        assert sum("parent" in post for post in found.posts) == counts["replies"]
        assert sum("quoted" in post for post in found.posts) == counts["quotes"]
    if "distinct_posts" in counts:
        assert found.codes == {"record.others-words": counts["reposts"]}
    if "with_media" in counts:
        assert sum("media" in post for post in found.posts) == counts["with_media"]


@ENTRIES
def test_exports_are_recognised_as_this_format_alone(entry):
    head = head_of(shared(entry["path"]))
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["bluesky"]


def test_real_records_and_what_is_none():
    (post,) = reading(READER, export_of(shared("bluesky/real/extended_post_record.json"))).posts
    assert (post["text"], post["created_at"].isoformat()) == ("regress test", "2023-07-21T01:33:51.481951+00:00")
    for name in ("like_record", "extended_like_record", "custom_record"):
        assert reading(READER, export_of(shared(f"bluesky/real/{name}.json"))).codes == {"record.not-a-post": 1}
    (post,) = reading(READER, export_of(shared("bluesky/real/thread_view_post_with_embed_media.json"))).posts
    assert post["media"][0]["url"].endswith("/bafkreic3cp5ky525vsukjvrzxsc2h3jka2gud74l2hgeatw2rhj2qycnmq@jpeg")
    assert post["quoted"].endswith("/3kahesw26il2z")
    assert post["text"] == ""


def test_a_thread():
    posts = {post["native_id"]: post for post in reading(READER, export_of(shared("bluesky/synthetic/thread.json"))).posts}
    states = {key.rsplit("/", 1)[1]: post.get("parent_state") for key, post in posts.items()}
    assert states["3lh42vekx222x"] == "deleted"
    assert states["3lh427vwc222r"] == "root"
    hidden = [key for key, post in posts.items() if any(one["name"] == "hidden-reply" for one in post["labels"])]
    assert [key.rsplit("/", 1)[1] for key in hidden] == ["3lh43dodf223e"]
    closed = posts["at://did:plc:dddddddddddddddddddddddd/app.bsky.feed.post/3lh42o7oq222v"]
    assert closed["wishes"] == ["bluesky.no-unauthenticated=true"]
    assert narrowing(closed["wishes"])
    assert {post["author"]["name"] for post in posts.values()} == {"User A", "User B", "User C", "User D", "User M"}


# -- ranges in bytes ----------------------------------------------------------------------------------------------


def link(start, end, address="https://example.org/a/b", kind="link"):
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [{"$type": f"app.bsky.richtext.facet#{kind}", "uri": address}]}


FACETS = [
    ("é example.org/… é", [link(3, 18)], "é https://example.org/a/b é", True),
    ("example.org/a/b", [link(0, 15)], "https://example.org/a/b", True),
    ("example.org...", [link(0, 14)], "https://example.org/a/b", True),
    ("read this", [link(5, 9)], "read this", True),
    ("…", [link(0, 3)], "…", True),
    ("é", [link(0, 1)], "é", False),
    ("é", [link(1, 2)], "é", False),
    ("abc", [link(0, 4)], "abc", False),
    ("abc", [link(2, 1)], "abc", False),
    ("abc", [link(-1, 2)], "abc", False),
    ("abc", [link(0.5, 2)], "abc", False),
    ("abc", [link(0, True)], "abc", False),
    ("abc", [link(0, 3, "")], "abc", False),
    ("abc", [link(0, 3, kind="tag")], "abc", False),
    ("abc", [{"index": 5, "features": 6}, 7, None, {}], "abc", False),
    ("abc", "facets", "abc", False),
    ("example.org example.org", [link(12, 23), link(0, 11), link(5, 15)], "https://example.org/a/b https://example.org/a/b", True),
]


@pytest.mark.parametrize(("text", "facets", "out", "linked"), FACETS)
def test_ranges_count_bytes_and_those_without_sense_are_left_alone(text, facets, out, linked):
    assert written_out(text, facets) == (out, ["https://example.org/a/b"] if linked else [])


@pytest.mark.parametrize("shown", ["www.maps.example/atlas?sheet...", "maps.example/atlas\u2026", "http://www.maps.example/atlas", "https://maps.example/atl..."])
def test_a_shortened_address_is_known_with_and_without_its_first_name(shown):
    whole = "https://www.maps.example/atlas?sheet=12"
    assert written_out(shown, [link(0, len(shown.encode()), whole)]) == (whole, [whole])


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=20), st.lists(st.tuples(st.integers(-2, 60), st.integers(-2, 60)), max_size=4))
def test_no_ranges_break_a_text(text, ranges):
    out, links = written_out(text, [link(start, end, "https://e.org") for start, end in ranges])
    assert out.encode().decode() == out
    assert out == text or "https://e.org" in out
    assert links in ([], ["https://e.org"])


# -- shapes of JSON -----------------------------------------------------------------------------------------------

SHAPES = {
    "thread": ({"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": a_view(), "parent": {"post": a_view("1")}, "replies": [{"post": a_view("2")}]}}, 3),
    "later thread": ({"thread": [{"uri": uri("1"), "depth": 0, "value": {"$type": "app.bsky.unspecced.defs#threadItemPost", "post": a_view("1")}}]}, 1),
    "feed": ({"feed": [{"post": a_view("1")}, {"post": a_view("2"), "reply": {"root": a_view("9"), "parent": a_view("9")}}], "cursor": "x"}, 2),
    "posts": ({"posts": [a_view("1"), a_view("2")]}, 2),
    "records": ({"records": [{"uri": uri("1"), "cid": "c", "value": a_record()}], "cursor": "x"}, 1),
    "one record": ({"uri": uri("1"), "cid": "c", "value": a_record()}, 1),
    "a bare record": (a_record(), 1),
    "one view": (a_view(), 1),
    "an array of views": ([a_view("1"), a_view("2")], 2),
    "an array of a feed": ([{"post": a_view("1")}, {"post": a_view("2"), "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}], 2),
    "an empty list": ({"posts": []}, 0),
    "without types": ({"uri": uri("1"), "value": {"text": "a", "createdAt": "2025-01-12T08:20:00Z"}}, 1),
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(("document", "count"), SHAPES.values(), ids=SHAPES)
def test_every_shape_is_read_on_one_line_or_on_many(document, count, indent, tmp_path):
    found = read_text(READER, tmp_path, json.dumps(document, indent=indent))
    assert silent(found)
    assert len(found.posts) == count
    if count:
        assert recognise(Head("x", json.dumps(document, indent=indent).encode(), 9)) is not None


def test_lines_of_several_shapes(tmp_path):
    found = read_text(READER, tmp_path, "\n".join(json.dumps(document) for document, _ in SHAPES.values()))
    assert len(found.posts) == sum(count for _, count in SHAPES.values()) - 4  # arrays are no lines


def test_a_deep_thread_is_walked_without_recursion(tmp_path):
    thread = {"post": a_view("0")}
    for number in range(1, 150):
        thread = {"post": a_view(str(number)), "replies": [thread]}
    assert len(read_text(READER, tmp_path, json.dumps({"thread": thread})).posts) == 150


def test_words_of_others_stay_out(tmp_path):
    shown = {"$type": "app.bsky.embed.record#view", "record": {"uri": uri("9", OTHER), "value": a_record("OTHERS-CANARY-0")}}
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://e.org/", "title": "OTHERS-CANARY-0", "description": "OTHERS-CANARY-0"}}
    quoting = a_record(embed={"$type": "app.bsky.embed.record", "record": {"uri": uri("9", OTHER), "cid": "c"}})
    feed = {"$type": "app.bsky.embed.record", "record": {"uri": uri("9", OTHER, "app.bsky.feed.generator"), "cid": "c"}}
    repost = {"post": a_view("4", record=a_record("OTHERS-CANARY-0")), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    feed = {"feed": [{"post": a_view("1", record=quoting, embed=shown)}, {"post": a_view("2", record=a_record(embed=card))}, {"post": a_view("3", record=a_record(embed=feed))}, repost]}
    found = read_text(READER, tmp_path, json.dumps(feed))
    assert silent(found)
    assert [(post["kind"], post.get("quoted"), post.get("links")) for post in found.posts] == [
        ("quote", uri("9", OTHER), None), ("post", None, ["https://e.org/"]), ("post", None, None),
    ]  # fmt: skip
    assert found.codes == {"record.others-words": 1}


LABELS = [
    ([{"val": "porn", "src": OTHER}], "moderation", None), ([{"val": "porn", "src": DID}], None, None), ([{"val": "!no-unauthenticated", "src": DID}], None, ["bluesky.no-unauthenticated=true"]),
    ([{"val": "!takedown", "src": OTHER}], "record.deleted", None), ([{"val": "!takedown", "src": OTHER, "neg": True}], None, None), ([{"val": 5}, 6], None, None), ("porn", None, None),
]  # fmt: skip


@pytest.mark.parametrize("on", ["labels", "author"])
@pytest.mark.parametrize(("labels", "what", "wishes"), LABELS)
def test_labels_are_judgements_wishes_or_the_end(labels, what, wishes, on, tmp_path):
    view = a_view()
    (view if on == "labels" else view["author"])["labels"] = labels
    found = read_text(READER, tmp_path, json.dumps(view))
    if what == "record.deleted":
        assert found.codes == {what: 1}
    else:
        (post,) = found.posts
        assert post.get("wishes") == wishes
        names = [one["name"] for one in post["labels"] if one["name"] != "time-of-key"]
        assert names == (["likes", what] if what else ["likes"])


REFUSED = [
    (a_view(record=a_record(text=None)), "record.missing-field"), (a_view(record=a_record(createdAt="soon")), "record.bad-field"), (a_view(record=a_record(createdAt=None)), "record.missing-field"),
    (a_view(record=a_record(text=5)), "record.bad-field"), (a_view(record={**a_record(), "$type": "app.bsky.feed.like"}), "record.not-a-post"), (a_view(record=a_record(" ")), "record.empty-text"),
    ({"uri": uri("1", collection="app.bsky.graph.list"), "value": {"name": "x"}}, "record.not-a-post"), ({"uri": 5}, "record.bad-field"), ({"lexicon": 1}, "record.not-a-post"),
    ({"thread": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("1"), "notFound": True}}, "record.not-a-post"), ({"feed": 5}, "record.not-this-format"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code"), REFUSED)
def test_what_is_no_post_has_its_reason(document, code, tmp_path):
    assert read_text(READER, tmp_path, json.dumps(document)).codes == {code: 1}


@pytest.mark.parametrize(("embed", "facets", "reply"), [(5, 6, 7), ("a", "b", "c"), ([], [], []), ({"images": [5, {"image": 6, "alt": 7}]}, [5], {"parent": 8}), ({"record": {"record": 5}, "media": 6}, [{}], {"root": {"uri": "x"}})])
def test_what_other_programs_write_into_records_never_spoils_the_text(embed, facets, reply, tmp_path):
    (post,) = read_text(READER, tmp_path, json.dumps(a_view(record=a_record(embed=embed, facets=facets, reply=reply, labels=facets)))).posts
    assert post["text"] == "Soup"
    assert post["kind"] in {"post", "reply"}


@pytest.mark.parametrize("text", [b'{"did":"did:plc:a","time_us":1,"kind":"commit","commit":{"record":{"$type":"app.bsky.feed.post"}}}', b'{"uri":"https://a"}', b'{"$type":"x"}', b"", b"\x3a\xa2", b"\x0a\xa2erootsx"])
def test_other_json_is_not_recognised(text):
    assert recognise(Head("x", text, len(text))) is None


# -- wishes -------------------------------------------------------------------------------------------------------

PREF = "community.lexicon.preference.ai"


def preference(allow, scope="globalScope", **more):
    return said(PREF, {"scope": {"$type": f"{PREF}#{scope}", **more}, "preferences": {"training": {"allow": allow}}})


ASKED = [
    ([preference(False)], ["bluesky.ai.training=false"]),
    ([preference(False), preference(True, "collectionScope", collection="app.bsky.feed.post")], ["bluesky.ai.training=true"]),
    ([preference(True), preference(False, "collectionScope", collection="app.bsky.feed.like")], ["bluesky.ai.training=true"]),
    ([preference(True), preference(False, "entityScope", entity=OTHER)], ["bluesky.ai.training=false", "bluesky.ai.training=true"]),
    ([preference(True, "entityScope", entity=OTHER)], []),
    ([said("org.user-intents.declaration", {"bulkDataset": {"updatedAt": "x"}, "protocolBridging": {"allow": True}})], ["bluesky.protocolbridging=true"]),
    ([said("app.bsky.actor.contentVisibilityDeclaration", {"hideFromAlgorithmicRecommendations": True})], ["bluesky.hidefromalgorithmicrecommendations=true"]),
    ([said(PREF, {"preferences": {"training": {"allow": "no"}, "inference": {"allow": False}}})], ["bluesky.ai.inference=false"]),
]  # fmt: skip


@pytest.mark.parametrize(("all_said", "tokens"), ASKED)
def test_the_narrower_word_counts_and_a_ban_for_somebody_is_a_ban(all_said, tokens):
    told = [one for one in all_said if one]
    assert asked(told) == tokens
    assert asked(reversed(told)) == tokens


@pytest.mark.parametrize("record", [None, 5, [], {}, {"preferences": 5}, {"preferences": {"training": 5}}, {"labels": {"values": [5]}}])
def test_a_record_that_says_nothing_asks_nothing(record):
    assert [said(one, record) for one in (PREF, "org.user-intents.declaration", "app.bsky.actor.profile", "app.bsky.feed.post")] == [None] * 4


def test_every_token_is_known_to_the_licensing_tables():
    tokens = [token for all_said, _ in ASKED for one in all_said if one for token in one.tokens]
    assert "wish.unknown" not in [problem.code for problem in narrowing(tokens)]
    assert Said(("x",)).reach == "account"


@pytest.mark.parametrize("key", [None, "", "self", "zzzzzzzzzzzzz", "3lfjrhevtk22!", "1lfjrhevtk22h"])
def test_keys_that_hold_no_time(key):
    assert time_of_key(key) is None
    assert time_of_key("3kneverseen22").isoformat()[:16] == "2024-03-10T23:32"


def test_damaged_exports_are_accounted_for_to_the_byte(tmp_path):
    seeds = [json.dumps(SHAPES["thread"][0]).encode(), json.dumps(SHAPES["feed"][0], indent=1).encode(), json.dumps(SHAPES["records"][0]).encode() + b"\n" + json.dumps(a_view()).encode()]
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged(seeds, 100, 20260217))
    assert still > 30
