"""`bluesky`: posts of Bluesky as JSON of its interface, or whole repositories of accounts as CAR files.

Read are threads, feeds, lists of posts and of records, and single records, as documents or lines; of a repository, the
posts that its tree leads to. What an account says about the use of its posts stands in its repository; a repository
that lies in a source speaks for all posts of its account there. Ids are the addresses of records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from .atproto import POST, Record, at, by_account, gone, hidden, items, named, post_of
from .base import SOLID, Head, Parsed, Reader, Refusal
from .bluesky_repository import Known, account_of, cut_repository, of_block
from .car import is_car, repository
from .documents import Item, cut_document, cut_documents
from .fields import label
from .lines import divide_lines, line_around, whole_lines
from .opening import open_export
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..model import Export, Limits
    from .base import Cut
    from .posts import Post

# --- What is decoded ---

_NOTHING: Final = msgspec.Raw(b"")


class Author(msgspec.Struct):
    """An account as a view shows it; nothing else of it is read."""

    did: str | None = None
    handle: str | None = None
    name: str | None = msgspec.field(name="displayName", default=None)
    labels: Any = None


class View(msgspec.Struct):
    """A post as a view shows it, or a record with its address."""

    uri: str | None = None
    author: Author | None = None
    record: msgspec.Raw = _NOTHING
    value: msgspec.Raw = _NOTHING
    labels: Any = None
    likes: int | None = msgspec.field(name="likeCount", default=None)
    reposts: int | None = msgspec.field(name="repostCount", default=None)
    replies: int | None = msgspec.field(name="replyCount", default=None)
    quotes: int | None = msgspec.field(name="quoteCount", default=None)
    bookmarks: int | None = msgspec.field(name="bookmarkCount", default=None)


class _Typed(msgspec.Struct):
    type: str | None = msgspec.field(name="$type", default=None)


class _Node(msgspec.Struct):
    """A place in a tree of replies: a post, or the word that there is none."""

    post: msgspec.Raw = _NOTHING
    uri: str | None = None
    not_found: bool | None = msgspec.field(name="notFound", default=None)
    blocked: bool | None = None
    parent: _Node | None = None
    replies: list[_Node] | None = None
    #: A later interface lists the places of a tree and wraps each.
    value: _Node | None = None
    type: str | None = msgspec.field(name="$type", default=None)


class _Gate(msgspec.Struct):
    record: Any = None


class _Shown(msgspec.Struct):
    """A post in a feed, and why it is there."""

    post: msgspec.Raw = _NOTHING
    reason: _Typed | None = None


class _Document(msgspec.Struct):
    thread: _Node | list[_Node] | None = None
    threadgate: _Gate | None = None
    feed: list[_Shown] | None = None
    posts: list[msgspec.Raw] | None = None
    records: list[msgspec.Raw] | None = None
    post: msgspec.Raw = _NOTHING
    reason: _Typed | None = None


_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_SHOWN: Final = msgspec.json.Decoder(_Shown)
_VIEW: Final = msgspec.json.Decoder(View)
_TYPED: Final = msgspec.json.Decoder(_Typed)
_RECORD: Final = msgspec.json.Decoder(Record)

# --- Recognition ---

_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\[[ \t\r\n]*)?\{")
_ADDRESS: Final = re.compile(rb'"uri"[ \t\r\n]*:[ \t\r\n]*"at://did:[a-z]+:')
_TYPE: Final = re.compile(rb'"\$type"[ \t\r\n]*:[ \t\r\n]*"app\.bsky\.')
_EVENTS: Final = re.compile(
    rb'"(?:time_us|kind)"[ \t\r\n]*:[ \t\r\n]*(?:[0-9]|"(?:commit|identity|account)")|jetstream\.subscribeEvents'
)


def recognise(head: Head) -> str | None:
    """Why a file is one of Bluesky: the head of a repository, or addresses and types of its records."""
    if is_car(head.start):
        return "a repository of an account (CAR file)" if b"app.bsky." in head.start or b"cdidx" in head.start else None
    if not _BEGINS.match(head.start) or _EVENTS.search(head.start):
        return None
    if _ADDRESS.search(head.start):
        return "records with at:// addresses"
    return "records of type app.bsky" if _TYPE.search(head.start) else None


# --- Cutting ---


@dataclass(frozen=True)
class Beside:
    """What stands around a post in a document: which posts are not there and why, which are hidden, and a reason."""

    absent: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    reason: str = ""


_ALONE: Final = Beside()


def find(view: memoryview) -> Iterable[Item]:
    """The posts of a document; one that holds no list of them is a post or a record itself."""
    found = _DOCUMENT.decode(view)
    if found.thread is not None:
        return _of_thread(found)
    if found.feed is not None:
        return [_of_shown(shown) for shown in found.feed if _filled(shown.post)]
    listed = found.posts if found.posts is not None else found.records
    if listed is not None:
        return map(Item, listed)
    if _filled(found.post):
        return [_of_shown(_Shown(found.post, found.reason))]
    return [Item((0, len(view)))]


def _filled(raw: msgspec.Raw) -> bool:
    return len(memoryview(raw)) > 0


def _of_thread(found: _Document) -> list[Item]:
    """The posts of a tree, walked with a stack."""
    waiting = list(found.thread) if isinstance(found.thread, list) else [found.thread or _Node()]
    posts: list[msgspec.Raw] = []
    absent: dict[str, str] = {}
    while waiting:
        node = waiting.pop()
        if _filled(node.post):
            posts.append(node.post)
        state = _absence(node)
        uri = node.uri or ""
        if state:
            absent[uri] = state
        if node.value:
            waiting.append(msgspec.structs.replace(node.value, uri=node.value.uri or node.uri))
        waiting += [*(node.replies or ()), *([node.parent] if node.parent else ())]
    hides = at(found.threadgate and found.threadgate.record, "hiddenReplies")
    replies = frozenset(uri for uri in hides if isinstance(uri, str)) if isinstance(hides, list) else frozenset()
    beside = Beside(absent, replies)
    return [Item(post, beside) for post in posts]


def _absence(node: _Node) -> str | None:
    """Why a place in a tree holds no post."""
    kind = (node.type or "").partition("#")[2]
    if node.not_found or kind == "threadItemNotFound":
        return "deleted"
    blocked = node.blocked or kind in {"threadItemBlocked", "threadItemNoUnauthenticated"}
    return "not_collected" if blocked else None


def _of_shown(shown: _Shown) -> Item:
    reason = (shown.reason.type or "") if shown.reason else ""
    return Item(shown.post, Beside(reason=reason.partition("#")[2]) if reason else _ALONE)


def _in_list(view: memoryview) -> Iterator[Item]:
    for raw in _LIST.decode(view):
        shown = _SHOWN.decode(raw)
        yield _of_shown(shown) if _filled(shown.post) else Item(raw)


def _document(data: Any, start: int, stop: int) -> bytes | None:
    """How a range begins that is one document: with a bracket; None where lines are documents."""
    solid = SOLID.search(data, start + 3 * (data[start : start + 3] == b"\xef\xbb\xbf"), stop)
    if not solid:
        return None
    first = bytes(data[solid.start() : min(stop, solid.start() + 256)]).split(b"\n", 1)[0].rstrip()
    return first[:1] if first == b"{" or first[:1] == b"[" else None


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut documents or lines into posts, or a repository into its records."""
    begins = _document(data, start, stop)
    if start == 0 and is_car(data[:16]):
        yield from cut_repository(data, start, stop, limits)
    elif begins:
        yield from cut_document(data, start, stop, limits, find if begins == b"{" else _in_list)
    else:
        yield from cut_documents(data, start, stop, limits, find)


def _whole(data: Any, size: int) -> bool:
    """Whether a file can only be looked at as a whole."""
    return is_car(data[:16]) or _document(data, 0, size) is not None


# --- Context ---


@dataclass(frozen=True)
class Context:
    """What repositories in the source ask for their accounts, by DID."""

    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """The context of an export: repositories may be among the others. Raises UnsafeFile or OSError."""
    return Context(_asked_in(tuple(sorted({export, *exports}, key=lambda one: one.name))))


@lru_cache(maxsize=2)
def _asked_in(exports: tuple[Export, ...]) -> dict[str, tuple[str, ...]]:
    wishes: dict[str, tuple[str, ...]] = {}
    for export in exports:
        if not export.stored:
            continue
        with open_export(export) as (data, size):
            found = repository(data, 0, size) if is_car(data[:16]) else None
            if found and found.did:
                wishes[found.did] = account_of(data, found)[1]
    return wishes


# --- Records to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_DELETED: Final = Refusal("excluded", "record.deleted")


def parse(record: bytes, hint: Known | Beside | None, context: Context) -> Parsed:
    """One record as a post as claimed."""
    if isinstance(hint, Known):
        return of_block(record, hint)
    return _of_json(record, hint or _ALONE, context)


def _of_json(record: bytes, beside: Beside, context: Context) -> Parsed:
    view = decoded(record, _VIEW.decode)
    if isinstance(view, Refusal):
        return view
    where = named(view.uri)
    inner = next((raw for raw in (view.record, view.value) if _filled(raw)), None)
    body = record if inner is None else bytes(memoryview(inner))
    typed = _within(body, _TYPED.decode)
    if isinstance(typed, Refusal):
        return typed
    values = [one for one in _labels(view.labels) + _labels(view.author and view.author.labels) if not one[2]]
    if refusal := _unwanted(where and where[1], typed.type, beside, values):
        return refusal
    read = _within(body, _RECORD.decode)
    if isinstance(read, Refusal):
        return read
    did, key = (where[0], where[2]) if where else (None, None)
    post = post_of(read, did, key, _name(view.author))
    return _with_view(post, view, beside, (context, values)) if isinstance(post, dict) else post


T = TypeVar("T")


def _within(body: bytes, decode: Callable[[bytes], T]) -> T | Refusal:
    """A part of a record that was found to be in order as a whole."""
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return decoded(body, decode)


def _unwanted(
    collection: str | None, kind: str | None, beside: Beside, values: Sequence[tuple[str, str, bool]]
) -> Refusal | None:
    """Why a record is left out unread. A post may lack its type, where its address says what it is."""
    if collection not in {None, POST} or kind not in {None, POST} or not (collection or kind):
        return _NOT_A_POST
    if beside.reason == "reasonRepost":
        return _OTHERS_WORDS
    return _DELETED if gone(value for value, *_ in values) else None


def _name(author: Author | None) -> str | None:
    return (author.name or author.handle) if author else None


def _labels(labels: Any) -> list[tuple[str, str, bool]]:
    """Value, who gave it, and whether it was taken back, of each label."""
    found = ((one.get("val"), one.get("src"), one.get("neg")) for one in items(labels))
    return [(val, src if isinstance(src, str) else "", neg is True) for val, src, neg in found if isinstance(val, str)]


def _with_view(post: Post, view: View, beside: Beside, known: tuple[Context, list[tuple[str, str, bool]]]) -> Post:
    """A post with what the platform shows around it."""
    context, values = known
    did = post.get("author", {}).get("id", "")
    if not did and view.author and view.author.did and (by := by_account(view.author.did, _name(view.author))):
        post["author"] = by
    if post.get("parent") in beside.absent:
        post["parent_state"] = beside.absent[post["parent"]]
    labels = [*post.get("labels", ()), *_shown(view, values, did)]
    if view.uri in beside.hidden:
        labels.append(label("hidden-reply", "true", "bluesky", "thread-author"))
    if labels:
        post["labels"] = labels
    wishes = sorted({*hidden(value for value, *_ in values), *context.wishes.get(did, ())})
    return post | {"wishes": wishes} if wishes else post


def _shown(view: View, values: list[tuple[str, str, bool]], did: str) -> Iterator[dict[str, str]]:
    for name in ("likes", "reposts", "replies", "quotes", "bookmarks"):
        if (count := getattr(view, name)) is not None:
            yield label(name, count, "bluesky", "platform-counter")
    for value, source, _ in dict.fromkeys(values):
        if source != did and value and not value.startswith("!"):
            yield label("moderation", value, source[:128] or "bluesky", "label-service")


READER: Final = Reader(
    name="bluesky",
    version="1",
    title="posts of Bluesky: threads, feeds, lists and records as JSON, repositories as CAR files",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "text", "markup", "lang",
        "created_at", "url", "links", "media", "labels", "wishes",
    ),
    limits=(
        "Posts alone: likes, follows, blocks, lists and records of other kinds are left out unread, and so are reposts "
        "in a feed. Of quoted posts and link cards only the address is kept. Every block of a repository is hashed; "
        "one that the tree does not lead to is not published, since it may have been deleted. A repository holds one "
        "account, and must fit into memory. Times are those that the author's program claims; where the key of the "
        "record says otherwise by more than a day, a label tells. Tags outside of the text are not read."
    ),
    license_rule=(
        "No licence follows from the platform; the author can license what the author wrote. What an account declares "
        "about data sets, archives and artificial intelligence becomes wishes, which can only narrow."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    divide=lambda data, size: [0, size] if _whole(data, size) else divide_lines(data, size),
    unit=lambda data, size, offset: (0, size) if _whole(data, size) else line_around(data, size, offset),
    hinted=True,
    whole=lambda buffer: 0 if _whole(buffer, len(buffer)) else whole_lines(buffer),
    context=context,
    needs=lambda name, names: sorted(other for other in names if other != name),
)  # fmt: skip
