"""Bluesky: repositories as CAR files."""

import hashlib

import libipld
import pytest

from threadcommons.sources.bluesky import READER

from .reading import damaged, export_of, read_text, reading, shared, silent
from .test_bluesky import DID, OTHER, a_record, uri

# -- shared exports -----------------------------------------------------------------------------------------------


def test_a_repository_speaks_for_its_account():
    kept = reading(READER, export_of(shared("bluesky/synthetic/repo.car"))).posts
    assert kept[0]["wishes"] == ["bluesky.ai.inference=true", "bluesky.ai.training=true", "bluesky.bulkdataset=true", "bluesky.syntheticcontentgeneration=false"]
    assert {post["author"]["name"] for post in kept} == {"User A"}
    left = reading(READER, export_of(shared("bluesky/synthetic/repo_opted_out.car"))).posts
    assert {"bluesky.bulkdataset=false", "bluesky.ai.training=false", "bluesky.no-unauthenticated=true"} < set(left[0]["wishes"])
    exports = [export_of(shared(f"bluesky/synthetic/{name}")) for name in ("repo_opted_out.car", "thread.json")]
    asked_for = {post["author"]["id"]: post.get("wishes") for post in reading(READER, exports[1], exports).posts}
    assert "bluesky.bulkdataset=false" in asked_for[DID]
    assert asked_for[OTHER] is None


def test_texts_and_media_of_a_repository():
    posts = {post["native_id"].rsplit("/", 1)[1]: post for post in reading(READER, export_of(shared("bluesky/synthetic/repo.car"))).posts}
    assert posts["3lfhdruht2227"]["text"] == "héllo @user-b.example.org, 橋の地図 is at https://example.org/bridges/at/low/tide?lang=ja #地図"
    assert [one["alt"] for one in posts["3lfhevmuw222b"]["media"]] == ["A plank bridge over mud", None]
    assert posts["3lfhglbikk22e"]["links"] == ["https://example.org/tides"]
    clocks = {key: [one["value"] for one in post.get("labels", []) if one["name"] == "time-of-key"] for key, post in posts.items()}
    assert {key for key, value in clocks.items() if value} == {"3lfjrhevtk22h", "3lfjrzb4f222i"}
    assert clocks["3lfjrhevtk22h"] == ["2025-01-12T08:10:00Z"]


# -- made on the spot ---------------------------------------------------------------------------------------------


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def framed(cid, data):
    return varint(len(cid) + len(data)) + cid + data


def node(entries, left=None):
    """A node of the tree: names with their links, and links to nodes after them; beginnings that names share are left out."""
    written, before = [], b""
    for shown, link_, after in entries:
        name = shown.encode()
        shared_ = next((at for at, (a, b) in enumerate(zip(before, name, strict=False)) if a != b), min(len(before), len(name)))
        written.append({"k": name[shared_:], "p": shared_, "v": link_, "t": after})
        before = name
    return {"e": written, "l": left}


class Link(bytes):
    """A link, which the encoder has to tell from other bytes."""


def encoded(value):
    """DAG-CBOR, with links where a `Link` stands: the library writes plain bytes alone."""
    if isinstance(value, Link):
        return b"\xd8\x2a" + encoded(bytes([0]) + bytes(value))
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key))
        return size(5, len(keys)) + b"".join(encoded(key) + encoded(value[key]) for key in keys)
    if isinstance(value, list):
        return size(4, len(value)) + b"".join(map(encoded, value))
    return libipld.encode_dag_cbor(value)


def size(major, number):
    return bytes([major << 5 | number]) if number < 24 else bytes([major << 5 | 24, number]) if number < 256 else bytes([major << 5 | 25]) + number.to_bytes(2, "big")


def linked(value):
    data = encoded(value)
    return Link(b"\x01\x71\x12\x20" + hashlib.sha256(data).digest()), data


def car(records, *, extra=(), damage=lambda blocks: blocks):
    """A repository of these records (name to value), each with its own name; `extra` blocks belong to nobody."""
    leaves = {name: linked(value) for name, value in sorted(records.items())}
    tree = linked(node([(name, cid, None) for name, (cid, _) in leaves.items()]))
    commit = linked({"did": DID, "version": 3, "rev": "3lfnwyzsk2223", "prev": None, "data": tree[0], "sig": b"\0" * 64})
    head = encoded({"roots": [commit[0]], "version": 1})
    blocks = [commit, tree, *leaves.values(), *map(linked, extra)]
    return varint(len(head)) + head + b"".join(framed(cid, data) for cid, data in damage(blocks))


POSTS = {f"app.bsky.feed.post/3lfjrhevtk22{letter}": a_record(f"Soup {letter}") for letter in "abc"}


def test_a_repository_is_read_block_by_block(tmp_path):
    found = read_text(READER, tmp_path, car({**POSTS, "app.bsky.feed.like/1": {"$type": "app.bsky.feed.like", "subject": "PRIVATE-CANARY-0"}}))
    assert silent(found)
    assert [post["native_id"] for post in found.posts] == [uri(f"3lfjrhevtk22{letter}") for letter in "abc"]
    assert found.codes == {"record.not-a-post": 1}
    for record, outcome in found.records:
        if isinstance(outcome, dict):
            assert hashlib.sha256(record[36:]).digest() == record[4:36]


def test_what_the_tree_does_not_lead_to_is_not_published(tmp_path):
    found = read_text(READER, tmp_path, car(POSTS, extra=[a_record("DELETED-CANARY-0")]))
    assert silent(found)
    assert len(found.posts) == 3
    assert found.codes == {"record.unreachable": 1}


def test_a_block_that_is_not_what_it_is_called_is_not_read(tmp_path):
    def forged(blocks):
        return [(cid, data.replace(b"Soup b", b"Sand b")) for cid, data in blocks]

    found = read_text(READER, tmp_path, car(POSTS, damage=forged))
    assert [post["text"] for post in found.posts] == ["Soup a", "Soup c"]
    assert found.codes == {"record.digest-differs": 1}


@pytest.mark.parametrize("lost", [0, 1])
def test_without_commit_or_tree_nothing_is_known(lost, tmp_path):
    found = read_text(READER, tmp_path, car(POSTS, damage=lambda blocks: blocks[:lost] + blocks[lost + 1 :]))
    assert found.posts == []
    assert found.codes["record.unreachable"] >= 3


def test_other_hashes_are_not_taken_on_trust(tmp_path):
    def other(blocks):
        return [*blocks, (b"\x01\x71\x13\x40" + hashlib.sha512(b"x").digest(), b"x"), (b"\x12", b"")]

    assert read_text(READER, tmp_path, car(POSTS, damage=other)).codes == {"record.digest-differs": 2}


def test_one_account_has_one_name_and_says_what_it_wants(tmp_path):
    profile = {"$type": "app.bsky.actor.profile", "displayName": "Ann", "description": "PRIVATE-CANARY-0", "labels": {"values": [{"val": "!no-unauthenticated"}]}}
    intents = {"$type": "org.user-intents.declaration", "bulkDataset": {"allow": False}}
    found = read_text(READER, tmp_path, car({**POSTS, "app.bsky.actor.profile/self": profile, "org.user-intents.declaration/self": intents}))
    assert silent(found)
    assert {post["author"]["name"] for post in found.posts} == {"Ann"}
    assert found.posts[0]["wishes"] == ["bluesky.bulkdataset=false", "bluesky.no-unauthenticated=true"]


def test_a_tree_that_goes_in_circles_or_multiplies_names_ends(tmp_path):
    def looped(blocks):
        # A node whose names each repeat the one before, longer by one: without a limit they would grow without end.
        entries = [{"k": b"a", "p": at, "v": blocks[2][0], "t": None} for at in range(3000)]
        tree = linked({"e": entries, "l": None})
        commit = linked({"did": DID, "version": 3, "data": tree[0]})
        return [commit, tree, *blocks[2:]]

    text = car(POSTS, damage=looped)
    head = encoded({"roots": [linked({"did": DID, "version": 3, "data": Link(b"x")})[0]], "version": 1})
    assert read_text(READER, tmp_path, text).posts == []
    assert read_text(READER, tmp_path, varint(len(head)) + head).records == []


@pytest.mark.parametrize("odd", [{"a": 1}, [1], 5, None, "x", b"x"])
@pytest.mark.parametrize("where", ["data", "left", "entry", "name", "root"])
def test_links_that_are_none_lead_nowhere(odd, where, tmp_path):
    def bent(blocks):
        entry = {"k": odd if where == "name" else b"a", "p": 0, "v": odd if where == "entry" else blocks[2][0], "t": odd if where == "entry" else None}
        tree = linked({"e": [entry], "l": odd if where == "left" else None})
        commit = linked({"did": DID, "version": 3, "data": odd if where == "data" else tree[0]})
        return [commit, tree, *blocks[2:]]

    blocks = []
    car(POSTS, damage=lambda some: blocks.extend(bent(some)) or some)
    head = encoded({"roots": [odd if where == "root" else blocks[0][0]], "version": 1})
    text = varint(len(head)) + head + b"".join(framed(cid, data) for cid, data in blocks)
    assert read_text(READER, tmp_path, text).posts == []


def test_a_repository_cut_off_at_any_byte_loses_none(tmp_path):
    whole = car(POSTS)
    for length in range(1, len(whole), 7):
        found = read_text(READER, tmp_path, whole[:length])
        assert set(found.codes) <= {"record.truncated", "record.unreachable", "record.not-this-format", "record.json-syntax", "record.invalid-utf8", "record.nul"}


def test_damaged_repositories_are_accounted_for_to_the_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([car(POSTS)], 100, 20260217))
    assert still > 10
