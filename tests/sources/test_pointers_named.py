"""Pointers of posts that have native ids: links between them are by native id, and nobody is put into one thread."""

from pathlib import Path

from threadcommons.model import Export
from threadcommons.sources import batch_of

SHA = "ab" * 32


def pointer(offset, native_id=None, **more):
    named = {"native_id": native_id} if native_id else {}
    return {"offset": offset, "length": 5, "what": "post", "text_sha256": SHA, "kind": "reply", "n_chars": 5, "n_words": 1, **named, **more}


def posts(pointers, **more):
    export = Export("here", "file.txt", Path("file.txt"), SHA, 100)
    return batch_of(pointers, export, **more).posts.to_pylist()


def test_links_lead_to_native_ids():
    first, second = posts([pointer(0, "q/1"), pointer(10, "a/2", parent=0, quoted=0)])
    assert (second["parent"], second["quoted"]) == ("q/1", "q/1")
    assert (first["conversation"], second["conversation"]) == (None, None)


def test_one_pointer_alone_still_knows_what_the_others_are_called():
    all_of_them = [pointer(0, "q/1"), pointer(10, "a/2", parent=0)]
    (alone,) = posts(all_of_them[1:], among=all_of_them)
    assert alone["parent"] == "q/1"
    (lost,) = posts(all_of_them[1:])
    assert lost["parent"] == f"{SHA[:32]}@0"


def test_posts_of_a_copied_thread_are_one_conversation():
    assert {post["conversation"] for post in posts([pointer(3), pointer(10, parent=3)])} == {f"{SHA[:32]}@0"}
