"""Recorded streams of Bluesky: what stands at the end, in whatever order lines and files come."""

import json
import random

import numpy as np
import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import Head
from threadcommons.sources.jetstream import READER, recognise
from threadcommons.sources.jetstream_later import Changes, key_of, later_in

from .reading import damaged, expected, export_of, head_of, path_of, read_text, reading, shared, silent

ENTRIES = pytest.mark.parametrize("entry", expected("jetstream"), ids=path_of)
A, B = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"


@ENTRIES
def test_counts_are_those_of_the_export(entry):
    found, counts = reading(READER, export_of(shared(entry["path"]))), entry["counts"]
    assert silent(found)
    assert len(found.records) == counts.get("records", counts.get("physical_lines"))
    if "truncated" in entry["path"]:
        assert found.codes["record.truncated"] == counts["physical_lines"] - counts["whole_lines"] == 1
        return
    # 19 created, 1 changed; gone are one that was deleted, one old wording, and what two ended accounts wrote.
    assert len(found.posts) == 14
    assert found.codes["record.superseded"] == 1
    assert found.codes["record.deleted"] == 5
    assert found.codes["record.others-words"] == 1
    assert "record.not-this-format" not in found.codes


@ENTRIES
def test_exports_are_recognised_as_this_format_alone(entry):
    head = head_of(shared(entry["path"]))
    assert [name for name, reader in READERS.items() if reader.recognise(head) and not reader.last] == ["jetstream"]


def test_both_shapes_say_the_same():
    old, new = (reading(READER, export_of(shared(f"jetstream/{name}.jsonl"))).posts for name in ("v1", "v2"))
    assert [{**one, "record": 0} for one in old] == [{**other, "record": 0} for other in new] != []


def test_names_wishes_and_edits_of_a_stream():
    posts = {post["native_id"].rsplit("/", 1)[1]: post for post in reading(READER, export_of(shared("jetstream/v1.jsonl"))).posts}
    assert posts["3ljbmhhefci23"]["author"]["name"] == "user-b-new.example.org"
    assert posts["3ljbmhhefci23"]["wishes"] == ["bluesky.bulkdataset=false"]
    assert posts["3ljbmhg6pob22"]["wishes"] == ["bluesky.bulkdataset=true"]
    assert posts["3ljbmhpm4pz2c"]["text"] == "second wording of the same record"
    assert posts["3ljbmhpm4pz2c"]["edited_at"].isoformat() == "2025-03-01T00:00:12.345670+00:00"
    assert posts["3ljbmifxxq62w"]["text"].startswith("&lt;b&gt;")


# -- what later events do -----------------------------------------------------------------------------------------

REVS = [f"3ljbmhg6pob2{letter}" for letter in "abcdefgh"]


def event(operation, rev, text=None, *, did=A, rkey="k", collection="app.bsky.feed.post", **record):
    commit = {"rev": rev, "operation": operation, "collection": collection, "rkey": rkey}
    if text is not None or record:
        commit["record"] = {"$type": collection, **({"text": text, "createdAt": "2025-03-01T00:00:01Z"} if text is not None else {}), **record}
    return {"did": did, "time_us": 1740787201234567, "kind": "commit", "commit": commit}


def account(active, status=None, seq=None, did=A):
    told = {"active": active, "did": did, **({"status": status} if status else {}), **({"seq": seq} if seq else {})}
    return {"did": did, "time_us": 1, "kind": "account", "account": told}


def newer(old):
    """The same event in the new shape."""
    kind = old["kind"]
    inner = old["commit"] if kind == "commit" else {kind: old[kind]}
    return {"$type": "message", "payload": {"$type": f"network.bsky.jetstream.subscribeEvents#{kind}", "did": old["did"], "time": "2025-03-01T00:00:01Z", **inner}}


STORIES = {
    "written": ([event("create", REVS[0], "a")], ["a"]),
    "changed": ([event("create", REVS[0], "a"), event("update", REVS[1], "b")], ["b"]),
    "changed twice": ([event("update", REVS[1], "b"), event("update", REVS[2], "c")], ["c"]),
    "deleted": ([event("create", REVS[0], "a"), event("delete", REVS[1])], []),
    "changed and deleted": ([event("create", REVS[0], "a"), event("update", REVS[1], "b"), event("delete", REVS[2])], []),
    "deleted and written anew": ([event("create", REVS[0], "a"), event("delete", REVS[1]), event("create", REVS[2], "b")], ["b"]),
    "another post deleted": ([event("create", REVS[0], "a"), event("delete", REVS[1], rkey="l"), event("delete", REVS[2], did=B)], ["a"]),
    "something else deleted": ([event("create", REVS[0], "a"), event("delete", REVS[1], collection="app.bsky.feed.like")], ["a"]),
    "the account deleted": ([event("create", REVS[0], "a"), account(False, "deleted")], []),
    "the account taken down": ([event("create", REVS[0], "a"), account(False, "takendown")], []),
    "the account suspended": ([event("create", REVS[0], "a"), account(False, "suspended")], []),
    "the account away for a while": ([event("create", REVS[0], "a"), account(False, "deactivated", 1), account(True, None, 2)], ["a"]),
    "the account out of step": ([event("create", REVS[0], "a"), account(False, "desynchronized")], ["a"]),
    "another account deleted": ([event("create", REVS[0], "a"), account(False, "deleted", did=B)], ["a"]),
    "a change without revision": ([event("create", REVS[0], "a"), event("delete", None)], []),
    "something new without revision": ([event("create", None, "a"), event("update", REVS[0], "b")], ["b"]),
}


@pytest.mark.parametrize("shape", [lambda one: one, newer], ids=["old", "new"])
@pytest.mark.parametrize(("story", "texts"), STORIES.values(), ids=STORIES)
def test_what_stands_at_the_end_does_not_depend_on_the_order_of_lines_or_files(story, texts, shape, tmp_path):
    chance = random.Random(1)
    for number in range(6):
        lines = [json.dumps(shape(one), separators=chance.choice([(",", ":"), (", ", ": ")])) for one in story]
        if number:
            chance.shuffle(lines)
        half = chance.randrange(len(lines) + 1)
        for name, some in (("a.jsonl", lines[:half]), ("b.jsonl", lines[half:])):
            (tmp_path / name).write_text("\n".join(some))
        exports = [export_of(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
        found = [post["text"] for export in exports for post in reading(READER, export, exports).posts]
        assert found == texts


def test_what_answers_a_deleted_post_says_so(tmp_path):
    reply = {"root": {"uri": f"at://{A}/app.bsky.feed.post/k"}, "parent": {"uri": f"at://{A}/app.bsky.feed.post/k"}}
    other = {"root": {"uri": f"at://{B}/app.bsky.feed.post/k"}, "parent": {"uri": f"at://{B}/app.bsky.feed.post/k"}}
    lines = [event("delete", REVS[0]), event("create", REVS[1], "a", rkey="l", reply=reply), event("create", REVS[1], "b", rkey="m", reply=other), account(False, "deleted", did=B)]
    assert [post["parent_state"] for post in read_text(READER, tmp_path, "\n".join(map(json.dumps, lines))).posts] == ["deleted"] * 2


INTENTS = "org.user-intents.declaration"
WISHES = [
    ([event("create", REVS[1], collection=INTENTS, rkey="self", bulkDataset={"allow": False})], ["bluesky.bulkdataset=false"]),
    ([event("create", REVS[1], collection=INTENTS, rkey="self", bulkDataset={"allow": False}), event("update", REVS[2], collection=INTENTS, rkey="self", bulkDataset={"allow": True})], ["bluesky.bulkdataset=true"]),
    ([event("create", REVS[1], collection=INTENTS, rkey="self", bulkDataset={"allow": False}), event("delete", REVS[2], collection=INTENTS, rkey="self")], None),
    ([event("create", REVS[1], collection="app.bsky.actor.profile", rkey="self", labels={"values": [{"val": "!no-unauthenticated"}]})], ["bluesky.no-unauthenticated=true"]),
    ([event("create", REVS[1], collection="app.bsky.actor.profile", rkey="self", displayName="PRIVATE-CANARY-0")], None),
    ([event("create", REVS[1], collection=INTENTS, rkey="self", did=B, bulkDataset={"allow": False})], None),
]  # fmt: skip


@pytest.mark.parametrize(("told", "wishes"), WISHES)
@pytest.mark.parametrize("order", [1, -1])
def test_what_an_account_says_last_holds_for_all_its_posts(told, wishes, order, tmp_path):
    lines = [*told, event("create", REVS[0], "a")][::order]
    found = read_text(READER, tmp_path, "\n".join(map(json.dumps, lines)))
    assert silent(found)
    assert found.posts[0].get("wishes") == wishes


def test_other_records_are_left_out_unread(tmp_path):
    kinds = ["app.bsky.feed.like", "app.bsky.graph.follow", "app.bsky.graph.block", "chat.bsky.convo.message"]
    lines = [event("create", REVS[0], "PRIVATE-CANARY-0", collection=kind) for kind in kinds] + [event("create", REVS[0], "OTHERS-CANARY-0", collection="app.bsky.feed.repost")]
    found = read_text(READER, tmp_path, "\n".join(map(json.dumps, lines)))
    assert silent(found)
    assert found.codes == {"record.not-a-post": 4, "record.others-words": 1}


REFUSED = [
    ({"a": 1}, "record.not-this-format"), ({"kind": "identity", "did": A, "time_us": 1, "identity": {"handle": "a"}}, "record.notice"), ({"$type": "error", "error": "x"}, "record.notice"),
    (event("create", REVS[0], "a", rkey=""), "record.missing-field"), (event("create", REVS[0]), "record.missing-field"), (event("create", REVS[0], 5), "record.bad-field"),
    (event("create", REVS[0], "a", createdAt="soon"), "record.bad-field"), (event("create", REVS[0], " "), "record.empty-text"), (event("wave", REVS[0], "a"), "record.notice"),
    ([1], "record.bad-field"), ({"did": 5}, "record.bad-field"), ({"did": A, "kind": "commit", "commit": {"operation": "create", "collection": "app.bsky.feed.post", "rkey": "k", "record": None}}, "record.missing-field"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "code"), REFUSED)
def test_what_is_no_post_has_its_reason(line, code, tmp_path):
    assert read_text(READER, tmp_path, json.dumps(line)).codes == {code: 1}


@pytest.mark.parametrize("text", [b'{"did":"x","time_us":5}', b'{"kind":"commit"}', b'{"uri":"at://did:plc:a/b/c"}', b""])
def test_other_json_is_not_recognised(text):
    assert recognise(Head("x", text, len(text))) is None


def test_changes_are_found_among_many():
    keys = np.array(sorted(key_of(A, str(number)) for number in range(1000)), np.uint64)
    changes = Changes(keys, np.full(1000, 7, np.uint64))
    assert all(changes.after(key_of(A, str(number)), 6) for number in range(1000))
    assert not any(changes.after(key_of(A, str(number)), 7) for number in range(1000))
    assert not any(changes.after(key_of(B, str(number)), 0) for number in range(1000))
    assert not Changes().after(5, 0)


def test_what_was_looked_through_once_is_not_looked_through_again(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(event("delete", REVS[0])))
    export = export_of(tmp_path / "a.jsonl")
    assert READER.context(export, [], {}).later is READER.context(export, [export], {}).later
    assert later_in((export,)).deleted.after(key_of(A, "k"), 0)


def test_damaged_streams_are_accounted_for_to_the_byte(tmp_path):
    seeds = ["\n".join(json.dumps(shape(one), separators=(",", ":")) for story, _ in STORIES.values() for one in story).encode() for shape in (lambda one: one, newer)]
    total = sum(len(read_text(READER, tmp_path, data).records) for data in damaged(seeds, 100, 20260218))
    assert total > 2000
