"""`mastodon-archive`: the archive that a Mastodon server gives to the owner of an account: outbox.json and actor.json.

The outbox holds all that the account ever sent, to everybody, to followers and to single people, and only the receivers
of each activity tell which is which. Posts for everybody are read; those that are public but unlisted are read with a
wish that keeps their text back, unless the owner says otherwise. Likes and bookmarks are never opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import Head, Option, Parsed, Reader, Refusal
from .documents import Item, cut_document
from .fediverse import (
    PUBLIC,
    UNDISCLOSED,
    UNLISTED,
    UNLISTED_WISH,
    VISIBILITIES,
    account_wishes,
    judgements,
    medium,
    server,
    uri,
    visibility,
    words,
)  # fmt: skip
from .fields import address, at_iso, author, language
from .opening import open_export
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..model import Export, Limits
    from .base import Cut
    from .posts import Post

# --- What is decoded ---


class Votes(msgspec.Struct):
    """How many chose an answer."""

    total: Any = msgspec.field(name="totalItems", default=None)


class Answer(msgspec.Struct):
    """One answer of a poll."""

    name: str | None = None
    replies: Votes | None = None


class Attachment(msgspec.Struct):
    """One picture, film or sound."""

    media_type: str | None = msgspec.field(name="mediaType", default=None)
    url: Any = None
    name: str | None = None


class Note(msgspec.Struct):
    """A post; receivers, addresses and quotes are looked at with care, since servers write them in several ways."""

    id: str | None = None
    type: str | None = None
    summary: str | None = None
    parent: Any = msgspec.field(name="inReplyTo", default=None)
    published: str | None = None
    updated: str | None = None
    url: Any = None
    attributed_to: Any = msgspec.field(name="attributedTo", default=None)
    to: Any = None
    cc: Any = None
    sensitive: bool | None = None
    conversation: Any = None
    content: str | None = None
    content_map: dict[str, str | None] | None = msgspec.field(name="contentMap", default=None)
    attachment: list[Attachment] | None = None
    one_of: list[Answer] | None = msgspec.field(name="oneOf", default=None)
    any_of: list[Answer] | None = msgspec.field(name="anyOf", default=None)
    quote: Any = None
    quote_uri: Any = msgspec.field(name="quoteUri", default=None)
    misskey_quote: Any = msgspec.field(name="_misskey_quote", default=None)
    authorization: Any = msgspec.field(name="quoteAuthorization", default=None)


class Activity(msgspec.Struct):
    """Something that an account did."""

    type: str | None = None
    to: Any = None
    cc: Any = None
    object: msgspec.Raw = msgspec.Raw(b"null")


class _Collection(msgspec.Struct):
    id: str | None = None
    items: list[msgspec.Raw] | None = msgspec.field(name="orderedItems", default=None)


class Actor(msgspec.Struct):
    """The account; of its profile only three tags are looked for."""

    id: str | None = None
    type: str | None = None
    handle: str | None = msgspec.field(name="preferredUsername", default=None)
    name: str | None = None
    url: Any = None
    summary: str | None = None
    indexable: bool | None = None
    discoverable: bool | None = None
    memorial: bool | None = None
    locked: bool | None = msgspec.field(name="manuallyApprovesFollowers", default=None)


_COLLECTION: Final = msgspec.json.Decoder(_Collection)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ACTIVITY: Final = msgspec.json.Decoder(Activity)
_NOTE: Final = msgspec.json.Decoder(Note)
_ACTOR: Final = msgspec.json.Decoder(Actor)

# --- Recognition ---

_OUTBOX: Final = (
    re.compile(rb'"type"[ \t\r\n]*:[ \t\r\n]*"OrderedCollection(?:Page)?"'),
    re.compile(rb'"id"[ \t\r\n]*:[ \t\r\n]*"[^"]*outbox[^"]*"'),
    re.compile(rb"activitystreams"),
)
#: Activities in a bare list: what somebody cut out of an outbox, where receivers tell as much as ever.
_ACTIVITIES: Final = (
    re.compile(rb"\A(?:\xef\xbb\xbf)?[ \t\r\n]*\[[ \t\r\n]*\{"),
    re.compile(rb'"type"[ \t\r\n]*:[ \t\r\n]*"(?:Create|Announce)"'),
    re.compile(rb'"actor"[ \t\r\n]*:[ \t\r\n]*"https?:'),
    re.compile(rb'"to"[ \t\r\n]*:'),
    re.compile(rb'"object"[ \t\r\n]*:'),
)
_PERSON: Final = (
    re.compile(rb'"type"[ \t\r\n]*:[ \t\r\n]*"(?:Person|Service|Application|Group|Organization)"'),
    re.compile(rb'"preferredUsername"[ \t\r\n]*:'),
    re.compile(rb'"outbox"[ \t\r\n]*:'),
)


def recognise(head: Head) -> str | None:
    """Why a file is part of an archive: a collection called outbox, or an account that has one."""
    if all(sign.search(head.start) for sign in _PERSON):
        return "the account of an archive (actor.json)"
    if all(sign.search(head.start) for sign in _ACTIVITIES):
        return "a list of activities, as an outbox has them"
    return "a collection of activities called outbox" if all(sign.search(head.start) for sign in _OUTBOX) else None


# --- Cutting ---

_PRIVATE: Final = Refusal("excluded", "record.private", detail="a private part of the archive; it is not looked into")


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The activities of an outbox, or of a list of them; any other document is one record."""
    if bytes(view[:1]) == b"[":
        return map(Item, _LIST.decode(view))
    found = _COLLECTION.decode(view)
    if found.items is None:
        return [Item((0, len(view)))]
    name = PurePosixPath(found.id or "").name
    return _PRIVATE if name in {"likes.json", "bookmarks.json"} else map(Item, found.items)


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut an outbox into activities."""
    return cut_document(data, start, stop, limits, find)


# --- Context ---


@dataclass(frozen=True)
class Context:
    """The account whose archive it is, as its own file has it, and whether unlisted posts may be published."""

    id: str | None = None
    author: dict[str, str] | None = None
    wishes: tuple[str, ...] = ("mastodon.indexable=missing",)
    machine: bool = False
    unlisted: bool = False


def needs(name: str, names: Sequence[str]) -> list[str]:
    """The account's own file beside an outbox."""
    beside = PurePosixPath(name).with_name("actor.json")
    return [other for other in names if other != name and PurePosixPath(other) == beside]


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of an outbox. Raises UnsafeFile, BadContainer or OSError."""
    wanted = needs(export.name, [other.name for other in exports])
    actor = next((_actor(other) for other in exports if other.name in wanted and other.stored), None)
    unlisted = bool(options.get("unlisted"))
    if actor is None:
        return Context(unlisted=unlisted)
    flags = {name: getattr(actor, name) for name in ("indexable", "discoverable", "memorial", "locked")}
    by = author(actor.name or actor.handle, uri(actor.id), address(actor.url if isinstance(actor.url, str) else None))
    machine = actor.type in {"Service", "Application"}
    return Context(uri(actor.id), by, tuple(account_wishes(flags, actor.summary)), machine, unlisted)


@lru_cache(maxsize=8)
def _actor(export: Export) -> Actor | None:
    with open_export(export) as (data, size):
        found = decoded(bytes(data[:size]).lstrip(b"\xef\xbb\xbf"), _ACTOR.decode)
    return None if isinstance(found, Refusal) else found


# --- Records to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_DELETED: Final = Refusal("excluded", "record.deleted")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_EMPTY: Final = Refusal("excluded", "record.empty-text")
_NOT_PUBLIC: Final = Refusal("excluded", "record.private")
#: Objects that hold words of the account.
_WRITTEN: Final = frozenset({"Note", "Question", "Article", "Page"})


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One activity as a post as claimed."""
    activity = decoded(record, _ACTIVITY.decode)
    if isinstance(activity, Refusal):
        return activity
    if activity.type == "Announce":
        return _OTHERS_WORDS
    inner = bytes(memoryview(activity.object))
    if activity.type != "Create" or not inner.startswith(b"{"):
        return _NOT_A_POST
    note = decoded(inner, _NOTE.decode)
    if isinstance(note, Refusal):
        return note
    seen = _visibility(activity, note)
    refusal = _unwanted(note, seen, context)
    return refusal or _post(note, seen, context)


def _visibility(activity: Activity, note: Note) -> str:
    """The narrower of what the activity and its object say; an object without receivers says nothing."""
    said = [visibility(activity.to, activity.cc)] if activity.to is not None or activity.cc is not None else []
    if note.to is not None or note.cc is not None or not said:
        said.append(visibility(note.to, note.cc))
    return max(said, key=VISIBILITIES.index)


def _unwanted(note: Note, seen: str, context: Context) -> Refusal | None:
    if seen not in {PUBLIC, UNLISTED}:
        return _NOT_PUBLIC
    if note.type == "Tombstone":
        return _DELETED
    if note.type not in _WRITTEN:
        return _NOT_A_POST
    by = uri(note.attributed_to)
    return _OTHERS_WORDS if context.id and by and by != context.id else None


def _post(note: Note, seen: str, context: Context) -> Parsed:
    own, moment = uri(note.id), at_iso(note.published)
    if own is None:
        return Refusal("quarantined", "record.missing-field", "/object/id", "no address that can be an id")
    if moment is None:
        code = "record.bad-field" if note.published else "record.missing-field"
        return Refusal("quarantined", code, "/object/published", "no time that can be read")
    quoted = _quoted(note, own)
    answers = [*(note.one_of or ()), *(note.any_of or ())]
    html, lang = _content(note)
    named = [answer.name for answer in answers if answer.name]
    post: Post = {"native_id": own, "created_at": moment, "lang": lang, "edited_at": at_iso(note.updated)}
    post |= {"author": context.author or author(None, uri(note.attributed_to), address(uri(note.attributed_to)))}
    post["url"] = address(note.url if isinstance(note.url, str) else None) or address(own)
    post |= _related(note, quoted)
    post |= words(html, note.summary, named, base=server(own), quoted=bool(quoted))
    post["media"] = [medium(one.media_type or "", one.url, one.name) for one in note.attachment or ()]
    votes = [_count(answer.replies) for answer in answers]
    post["labels"] = judgements((), sensitive=bool(note.sensitive), votes=votes)
    post["wishes"] = [*context.wishes, *([UNLISTED_WISH] if seen == UNLISTED and not context.unlisted else [])]
    post["generator"] = UNDISCLOSED if context.machine else None
    kept = {key: value for key, value in post.items() if value or key == "text"}
    return kept if kept["text"] or kept.keys() & {"media", "title", "quoted"} else _EMPTY


def _count(votes: Votes | None) -> int | None:
    return votes.total if votes and isinstance(votes.total, int) else None


def _content(note: Note) -> tuple[str, str | None]:
    """The text in the language that the post is in, and that language."""
    mapped = note.content_map or {}
    content = note.content if note.content is not None else next((html for html in mapped.values() if html), "")
    lang = next((tag for tag, html in mapped.items() if html == content), None)
    return content or "", language(lang)


def _related(note: Note, quoted: str | None) -> dict[str, str | None]:
    parent = uri(note.parent)
    kind = "reply" if parent or note.parent else "quote" if quoted else "post"
    state = None if parent else "unknown" if note.parent else "root"
    conversation = note.conversation if isinstance(note.conversation, str) and uri(note.conversation) else None
    return {"kind": kind, "parent": parent, "parent_state": state, "quoted": quoted, "conversation": conversation}


def _quoted(note: Note, own: str) -> str | None:
    """The post that is quoted, if its author let that happen: a quote that nobody approved is only a link.

    Older servers know no approval and have other names for a quote.
    """
    asked = uri(note.quote)
    if asked:
        return asked if uri(note.authorization) or server(asked) + _owner(asked) == server(own) + _owner(own) else None
    return None if note.quote is not None else uri(note.quote_uri) or uri(note.misskey_quote)


def _owner(address: str) -> str:
    """The part of a post's address that names its author, on servers that write it so."""
    return address.partition("/statuses/")[0] if "/statuses/" in address else address


READER: Final = Reader(
    name="mastodon-archive",
    version="1",
    title="account archive of Mastodon: outbox.json and actor.json, as folder, tar.gz or zip",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "title", "text", "markup",
        "lang", "created_at", "edited_at", "url", "links", "media", "labels", "wishes", "generator",
    ),
    limits=(
        "The owner's public posts; posts for followers and single people are left out, and likes and bookmarks are "
        "never opened. Unlisted posts are read, but their text is kept back unless the option unlisted says otherwise. "
        "Boosts are left out, they are words of others. A quote that was not approved or was withdrawn is only a link. "
        "A content warning becomes the title; the answers of a poll follow its text. Files in the archive have no "
        "address."
    ),
    license_rule=(
        "No licence follows from the software; the owner of the account can license what the owner wrote. That an "
        "account does not want to be found becomes a wish, which keeps texts back."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    context=context,
    needs=needs,
    options=(Option("unlisted", bool, "Publish unlisted posts too, which are public but not shown in timelines."),),
    opens=(r"(?:(?s:.*)/)?(?:outbox[^/]*|actor)\.json",),
)  # fmt: skip
