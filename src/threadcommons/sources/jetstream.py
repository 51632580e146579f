"""`jetstream`: events of Bluesky as its stream gives them, one JSON object per line, in the old shape and the new.

A stream says what happened, not what is: a post may be written, changed and deleted, and an account may end, in any of
the exports of a source. All of them are looked through first; a post is read as it was last, if it is still there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .atproto import POST, Record, named, post_of
from .base import Head, Parsed, Reader, Refusal
from .documents import cut_json_lines
from .fields import at_epoch, at_iso
from .jetstream_columns import plain_posts
from .jetstream_later import EVENT, Commit, Event, Later, commit_of, key_of, later_in, revision
from .lines import divide_lines, whole_lines
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..model import Export

_OLD: Final = re.compile(rb'"did"[ ]*:[ ]*"did:[a-z]+:[^"]*"[ ]*,[ ]*"time_us"[ ]*:[ ]*[0-9]+')
_NEW: Final = re.compile(rb'"network\.bsky\.jetstream\.subscribeEvents#[a-z]+"')
_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\{")


def recognise(head: Head) -> str | None:
    """Why a file is a recorded stream: accounts with the time of the event, or types of the new shape."""
    if not _BEGINS.match(head.start):
        return None
    if _NEW.search(head.start):
        return "events of Jetstream in their new shape"
    return "events of Jetstream: did, time_us and kind" if _OLD.search(head.start) and b'"kind"' in head.start else None


# --- Context ---


@dataclass(frozen=True)
class Context:
    """What later events did, in whichever export they stand."""

    later: Later = field(default_factory=Later)


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """The context of an export. Raises UnsafeFile, BadContainer or OSError."""
    return Context(later_in(tuple(sorted({export, *exports}, key=lambda one: one.name))))


# --- Records to posts ---

_RECORD: Final = msgspec.json.Decoder(Record)
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_EVENT: Final = Refusal("quarantined", "record.not-this-format", detail="neither an event nor a message")
_NOTICE: Final = Refusal("excluded", "record.notice")
_DELETED: Final = Refusal("excluded", "record.deleted")
_SUPERSEDED: Final = Refusal("excluded", "record.superseded")
_REPOST: Final = "app.bsky.feed.repost"
#: What may be done to a record.
_WRITTEN: Final = frozenset({"create", "update"})


def parse(line: bytes, _offset: int, context: Context) -> Parsed:
    """One event as a post as claimed, if it is one that still stands."""
    event = decoded(line, EVENT.decode)
    if isinstance(event, Refusal):
        return event
    found = commit_of(event)
    if found is None:
        return _NOTICE if event.kind or event.type else _NO_EVENT
    did, commit = found
    refusal = _unwanted(did, commit, context.later)
    if refusal:
        return refusal
    if not commit.rkey or bytes(memoryview(commit.record)) == b"null":
        lacking = "/record" if commit.rkey else "/rkey"
        return Refusal("quarantined", "record.missing-field", lacking, "a post needs a key and a record")
    return _post(event, did, commit, context.later)


def _unwanted(did: str, commit: Commit, later: Later) -> Refusal | None:
    if commit.collection != POST:
        return _OTHERS_WORDS if commit.collection == _REPOST else _NOT_A_POST
    if commit.operation not in _WRITTEN:
        return _NOTICE
    if did in later.ended:
        return _DELETED
    if later.deleted.none and later.updated.none:
        return None
    key, number = key_of(did, commit.rkey or ""), revision(commit)
    if later.deleted.after(key, number):
        return _DELETED
    return _SUPERSEDED if later.updated.after(key, number) else None


def _post(event: Event, did: str, commit: Commit, later: Later) -> Parsed:
    try:
        record = _RECORD.decode(commit.record)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        wrong = decoded(bytes(memoryview(commit.record)), _RECORD.decode)
        return wrong if isinstance(wrong, Refusal) else _NOT_A_POST
    post = post_of(record, did, commit.rkey, later.handles.get(did))
    if isinstance(post, Refusal):
        return post
    if (later.ended or not later.deleted.none) and _is_gone(post.get("parent"), later):
        post["parent_state"] = "deleted"
    if commit.operation == "update":
        moment = at_iso(event.payload.time) if event.payload else at_epoch(event.time_us, "us")
        post |= {"edited_at": moment} if moment else {}
    if did in later.wishes:
        post["wishes"] = list(later.wishes[did])
    return post


def _is_gone(address: str | None, later: Later) -> bool:
    """Whether a post was deleted, or all that its account wrote."""
    found = named(address)
    if not found:
        return False
    return found[0] in later.ended or later.deleted.after(key_of(found[0], found[2]), 0)


def bulk(records: list[bytes], indexes: list[int], context: Context) -> pa.Table:
    """The plain ones of many events as posts in columns."""
    return plain_posts(records, indexes, context.later)


READER: Final = Reader(
    name="jetstream",
    version="1",
    title="events of Bluesky's stream (Jetstream), one JSON object per line",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "text", "markup", "lang",
        "created_at", "edited_at", "url", "links", "media", "labels", "wishes",
    ),
    limits=(
        "Posts alone; likes, follows and records of other kinds are left out unread. A changed post is read as it was "
        "last, a deleted one not at all, and nothing of accounts that ended. Events are ordered by the revisions of "
        "repositories. What accounts say of the use of their posts is known as far as the stream holds it; the same is "
        "true of names. A stream that was not recorded from its beginning does not know all of this."
    ),
    license_rule=(
        "No licence follows from the platform; the author can license what the author wrote. What an account declares "
        "about data sets, archives and artificial intelligence becomes wishes, which can only narrow."
    ),
    recognise=recognise,
    cut=cut_json_lines,
    parse=parse,
    bulk=bulk,
    divide=divide_lines,
    whole=whole_lines,
    context=context,
    needs=lambda name, names: sorted(other for other in names if other != name),
)  # fmt: skip
