"""`lemmy`: posts and comments of Lemmy servers, as lists of their interface give them, and single ActivityPub objects.

Lemmy is federated: an id is the object's address, `https://lemmy.example/comment/1001`, the same on every server that
knows it. Answers name each other by numbers of the server that was asked, so those become addresses through the list
that they stand in; where a parent came from another server and is not in the file, its address is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import Head, Parsed, Reader, Refusal
from .documents import Item, cut_document
from .fields import address, addresses, at_iso, author, label
from .html import to_text
from .opening import open_export
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..model import Export
    from .posts import Post

# --- What is decoded ---


class Thing(msgspec.Struct):
    """A post or a comment, under the names of all versions."""

    id: int | None = None
    ap_id: str | None = None
    post_id: int | None = None
    path: str | None = None
    name: str | None = None
    body: str | None = None
    content: str | None = None
    url: str | None = None
    removed: bool | None = None
    deleted: bool | None = None
    local: bool | None = None
    distinguished: bool | None = None
    published: str | None = None
    published_at: str | None = None
    updated: str | None = None
    updated_at: str | None = None


class Person(msgspec.Struct):
    """Who wrote it; nothing else of a profile is read."""

    name: str | None = None
    actor_id: str | None = None
    ap_id: str | None = None
    deleted: bool | None = None
    bot_account: bool | None = None


class Community(msgspec.Struct):
    """Where it was written."""

    name: str | None = None
    visibility: str | None = None


class View(msgspec.Struct):
    """An entry of a list: a comment with its post, or a post."""

    comment: Thing | None = None
    post: Thing | None = None
    creator: Person | None = None
    community: Community | None = None


class Source(msgspec.Struct):
    """The text as it was typed."""

    content: str | None = None


class Activity(msgspec.Struct):
    """An ActivityPub object; who else it went to decides whether it is public."""

    type: str | None = None
    id: str | None = None
    attributedTo: str | None = None  # noqa: N815  (the vocabulary's own spelling)
    to: list[str] | str | None = None
    cc: list[str] | str | None = None
    inReplyTo: str | None = None  # noqa: N815  (the same)
    name: str | None = None
    content: str | None = None
    source: Source | None = None
    published: str | None = None
    updated: str | None = None


class _Document(msgspec.Struct):
    """An answer of the interface, in which entries stand one by one or in lists, or an object."""

    posts: list[msgspec.Raw] | None = None
    comments: list[msgspec.Raw] | None = None
    items: list[msgspec.Raw] | None = None
    cross_posts: list[msgspec.Raw] | None = None
    post_view: msgspec.Raw = msgspec.Raw(b"null")
    comment_view: msgspec.Raw = msgspec.Raw(b"null")
    type: str | None = None

    @property
    def entries(self) -> list[msgspec.Raw]:
        """Posts and comments, wherever they stand."""
        lists = (self.posts, self.comments, self.items, self.cross_posts)
        return [*self._alone, *(view for some in lists for view in some or ())]

    @property
    def _alone(self) -> list[msgspec.Raw]:
        return [view for view in (self.post_view, self.comment_view) if bytes(view) != b"null"]

    @property
    def answers(self) -> bool:
        """Whether it is an answer of the interface at all, if only an empty one."""
        return bool(self._alone) or any(some is not None for some in (self.posts, self.comments, self.items))


_VIEW: Final = msgspec.json.Decoder(View)
_ACTIVITY: Final = msgspec.json.Decoder(Activity)
_DOCUMENT: Final = msgspec.json.Decoder(_Document)

# --- Recognition ---

_VIEWS: Final = (
    rb'"(?:posts|comments|items)"\s*:\s*\[\s*\{|"(?:post|comment)_view"\s*:\s*\{',
    rb'"ap_id"\s*:\s*"https?:',
    rb'"creator"\s*:\s*\{',
    rb'"community"\s*:\s*\{',
)


def recognise(head: Head) -> str | None:
    """Why a file is of Lemmy: entries with creator, community and address, or an object that Lemmy made.

    Not all objects keep Lemmy's own vocabulary, and what stands in the place of a deleted one never does; addresses are
    made in Lemmy's way.
    """
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*\{", head.start):
        return None
    if all(re.search(sign, head.start) for sign in _VIEWS):
        return "posts or comments with creator, community and ap_id"
    if b"join-lemmy.org/context.json" in head.start:
        return "an object in Lemmy's own vocabulary"
    return _object(head)


_CONTEXT: Final = b"https://www.w3.org/ns/activitystreams"
_ADDRESS: Final = re.compile(r"https?://[^/?#\s]+/(?:post|comment)/[0-9]+")


def _object(head: Head) -> str | None:
    """Why a whole file is an object of ActivityPub whose address is made as Lemmy makes them."""
    if head.size > len(head.start) or _CONTEXT not in head.start:
        return None
    try:
        found = _ACTIVITY.decode(head.start.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not _ADDRESS.fullmatch(found.id or ""):
        return None
    if found.type == "Tombstone":
        return "a tombstone at the address of a post or comment"
    return "a post or comment with its address and author" if found.type in _WRITTEN and found.attributedTo else None


#: Types of objects that hold words.
_WRITTEN: Final = frozenset({"Note", "Page", "Article"})


# --- Cutting ---


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The entries of the lists of a document, or the object that it is."""
    document = _DOCUMENT.decode(view)
    if not document.answers:
        return [Item((0, len(view)), "activity")] if document.type is not None else _NOT_LEMMY
    return [Item(raw, "view") for raw in document.entries]


_NOT_LEMMY: Final = Refusal("quarantined", "record.not-this-format", detail="neither a list nor an object of Lemmy")

# --- Context ---


@dataclass(frozen=True)
class Context:
    """Addresses of comments by the numbers that this server gave them, and which comments are gone."""

    addresses: Mapping[int, str] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """What the lists of a source tell of each other."""
    known: dict[int, str] = {}
    gone: set[int] = set()
    for one in {other.name: other for other in (*exports, export)}.values():
        for view in _views(one):
            if view.comment and view.comment.id is not None and view.comment.ap_id:
                known[view.comment.id] = view.comment.ap_id
                if _is_gone(view.comment):
                    gone.add(view.comment.id)
    return Context(known, frozenset(gone))


def _views(export: Export) -> Iterator[View]:
    """The comments of an export, as far as it can be read."""
    if not export.stored:
        return
    with open_export(export) as (data, _):
        try:
            raws = [bytes(memoryview(raw)) for raw in _DOCUMENT.decode(bytes(data)).entries]
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return
    for raw in raws:
        view = decoded(raw, _VIEW.decode)
        if isinstance(view, View):
            yield view


def needs(name: str, names: Sequence[str]) -> Sequence[str]:
    """All other exports: comments may stand in any of them."""
    return [other for other in names if other != name]


# --- Posts ---

_DELETED: Final = Refusal("excluded", "record.deleted")
_PRIVATE: Final = Refusal("excluded", "record.private")
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/ap_id", "the item has no address")


def parse(record: bytes, hint: str | None, context: Context) -> Parsed:
    """One entry as a post as claimed."""
    if hint == "activity":
        activity = decoded(record, _ACTIVITY.decode)
        return activity if isinstance(activity, Refusal) else _activity(activity)
    view = decoded(record, _VIEW.decode)
    if isinstance(view, Refusal):
        return view
    if view.community and (view.community.visibility or "public").lower() not in _OPEN:
        return _PRIVATE
    return _comment(view, view.comment, context) if view.comment else _post(view)


#: Communities whose posts anybody can see, in the lower case of the newer versions.
_OPEN: Final = frozenset({"public", "unlisted"})


def _is_gone(thing: Thing) -> bool:
    return bool(thing.removed or thing.deleted)


def _post(view: View) -> Parsed:
    post = view.post
    if post is None:
        return _NOT_A_POST
    if _is_gone(post):
        return _DELETED
    if not post.ap_id:
        return _NO_ID
    made: Post = {"native_id": post.ap_id, "conversation": post.ap_id, "parent_state": "root", "kind": "post"}
    made |= {"title": (post.name or "")[:1024], "text": post.body or ""}
    if post.url:
        made["links"] = addresses([post.url])
    return _completed(made, post, view)


def _comment(view: View, comment: Thing, context: Context) -> Parsed:
    if _is_gone(comment):
        return _DELETED
    if not comment.ap_id:
        return _NO_ID
    if not (comment.content or "").strip():
        return _NO_TEXT
    made: Post = {"native_id": comment.ap_id, "kind": "comment", "text": comment.content}
    if view.post and view.post.ap_id:
        made["conversation"] = view.post.ap_id
    return _completed(made | _parent(view, comment, context), comment, view)


def _parent(view: View, comment: Thing, context: Context) -> Post:
    """The comment above, by the path of numbers that leads to this one, or the post."""
    above = [int(part) for part in (comment.path or "").split(".") if part.isascii() and part.isdigit()][1:-1]
    if not above:
        return {"parent": view.post.ap_id} if view.post and view.post.ap_id else {}
    parent = context.addresses.get(above[-1])
    if parent is None:
        return {"parent_state": "not_collected"}
    return {"parent": parent} | ({"parent_state": "deleted"} if above[-1] in context.gone else {})


def _completed(made: Post, thing: Thing, view: View) -> Post:
    made["markup"] = "markdown"
    if url := address(thing.ap_id):
        made["url"] = url
    if created := at_iso(thing.published or thing.published_at):
        made["created_at"] = created
    if edited := at_iso(thing.updated or thing.updated_at):
        made["edited_at"] = edited
    creator = view.creator
    if creator and not creator.deleted:
        profile = creator.actor_id or creator.ap_id
        if known := author(creator.name, profile, profile):
            made["author"] = known
    marks = {
        "community": view.community and view.community.name, "distinguished": thing.distinguished or None,
        "bot": (creator and creator.bot_account) or None,
    }  # fmt: skip
    given = [label(name, value, "lemmy", "platform-mark") for name, value in marks.items() if value]
    return made | ({"labels": given} if given else {})


_PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})


def _activity(activity: Activity) -> Parsed:
    if activity.type == "Tombstone":
        return _DELETED
    if activity.type not in _WRITTEN:
        return _NOT_A_POST
    if not activity.id:
        return _NO_ID
    reached = {*_listed(activity.to), *_listed(activity.cc)}
    if not reached & _PUBLIC:
        return _PRIVATE
    typed = activity.source.content if activity.source else None
    text = typed if typed is not None else to_text(activity.content or "").text
    if not (text.strip() or activity.name):
        return _NO_TEXT
    made: Post = {"native_id": activity.id, "text": text, "markup": "markdown" if typed is not None else "html"}
    reply = activity.inReplyTo
    root = {"kind": "post", "parent_state": "root", "conversation": activity.id}
    made |= {"kind": "comment", "parent": reply} if reply else root
    times = {"created_at": at_iso(activity.published), "edited_at": at_iso(activity.updated)}
    who = activity.attributedTo
    said = {
        "title": activity.name and activity.name[:1024], "url": address(activity.id), **times,
        "author": author(who.rsplit("/", 1)[-1], who, who) if who else None,
    }  # fmt: skip
    return made | {key: value for key, value in said.items() if value}


def _listed(value: list[str] | str | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


READER: Final = Reader(
    name="lemmy",
    version="1",
    title="posts and comments of Lemmy servers, as lists of the interface or ActivityPub objects",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "labels",
    ),
    limits=(
        "Posts and comments of versions 0.19 and 1.0, in lists or alone, and single objects. What is removed or "
        "deleted, and communities that are not public, are left out; so are the words of linked pages. Counts of votes "
        "are not read."
    ),
    license_rule=(
        "A server has its own terms, and some people put a licence into their text; neither is taken for granted. "
        "Declare what holds, with evidence."
    ),
    recognise=recognise,
    cut=partial(cut_document, find=find),
    parse=parse,
    context=context,
    needs=needs,
    hinted=True,
    opens=(r"(?i).*\.json",),
)  # fmt: skip
