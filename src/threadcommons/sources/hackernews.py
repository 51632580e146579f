"""`hackernews`: items of Hacker News, from its own interface (one a line or file) or Algolia's (trees, searches).

An id is the item's number, the same in both, so replies find their parents across files. In a tree an item's own bytes
lie on both sides of its answers; its record is the longest piece of them, and what the item says comes as a hint.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np

from .base import SOLID, Head, Parsed, Reader, Refusal
from .documents import Item, Known, cut_document, cut_documents, own_piece, place_in
from .fields import at_epoch, author, label
from .hackernews_columns import KINDS, SITE, Lines, plain_items, plain_posts, written_out
from .html import to_text
from .lines import divide_lines, line_around, whole_lines
from .opening import open_export
from .strict_json import decoded
from .typed import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from ..model import Export, Limits
    from .base import Cut
    from .posts import Post

# --- What is decoded ---


class Entry(msgspec.Struct):
    """An item under the names of either interface."""

    id: int | None = None
    object_id: str | None = msgspec.field(default=None, name="objectID")
    type: str | None = None
    tags: list[str] | None = msgspec.field(default=None, name="_tags")
    by: str | None = None
    author: str | None = None
    time: int | None = None
    created_at_i: int | None = None
    title: str | None = None
    url: str | None = None
    text: str | None = None
    comment_text: str | None = None
    story_text: str | None = None
    score: int | None = None
    points: int | None = None
    parent: int | None = None
    parent_id: int | None = None
    poll: int | None = None
    story_id: int | None = None
    deleted: bool | None = None
    dead: bool | None = None


class _Branch(msgspec.Struct):
    children: list[msgspec.Raw] | None = None
    options: list[msgspec.Raw] | None = None


class _Page(msgspec.Struct):
    hits: list[msgspec.Raw] | None = None
    children: list[msgspec.Raw] | None = None
    object_id: str | None = msgspec.field(default=None, name="objectID")


_ENTRY: Final = msgspec.json.Decoder(Entry | None)
_NODE: Final = msgspec.json.Decoder(Entry)
_BRANCH: Final = msgspec.json.Decoder(_Branch)
_PAGE: Final = msgspec.json.Decoder(_Page | None)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PAGE_ALONE: Final = msgspec.json.Decoder(_Page)

# --- Recognition ---

_OWN: Final = (
    rb'"id"[ ]*:[ ]*[0-9]+',
    rb'"type"[ ]*:[ ]*"(?:story|comment|job|poll|pollopt)"',
    rb'"time"[ ]*:[ ]*[0-9]{9}',
)
_TREE: Final = (rb'"created_at_i"[ ]*:[ ]*[0-9]{9}', rb'"story_id"[ ]*:', rb'"children"[ ]*:[ ]*\[')
_SEARCH: Final = (
    rb'"hits"[ ]*:[ ]*\[',
    rb'"objectID"[ ]*:[ ]*"[0-9]+"',
    rb'"_tags"[ ]*:[ ]*\[[ ]*"(?:story|comment|poll|job)"',
)
_SIGNS: Final = (
    (_OWN, "items with the numbers, types and times of Hacker News"),
    (_TREE, "a tree of Hacker News items as Algolia gives them"),
    (_SEARCH, "a page of Algolia's search over Hacker News"),
)
_GONE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*null\s*")
_ITEM_NAME: Final = re.compile(r"[1-9][0-9]{0,9}\.json")


def recognise(head: Head) -> str | None:
    """Why a file holds items of Hacker News: fields and values that only these have together.

    The answer for an item that is not there has no fields, and is called like the item.
    """
    if _GONE.fullmatch(head.start) and _ITEM_NAME.fullmatch(head.name):
        return "the answer (null) for an item of this number that is not there"
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*(?:null\s+|\[\s*(?:null\s*,\s*)?)?\{", head.start):
        return None
    return next((why for signs, why in _SIGNS if all(re.search(sign, head.start) for sign in signs)), None)


# --- Cutting ---


class Hint(NamedTuple):
    """An item of a tree, and whether the one that it answers is gone."""

    entry: Entry
    orphaned: bool


def find(view: memoryview) -> Iterable[Item]:
    """The items of a document: of a page its hits, of a tree its nodes, of a list those of each entry, or itself."""
    if bytes(view[:1]) == b"[":
        return [item for raw in _LIST.decode(view) for item in _in_entry(view, raw)]
    page = _PAGE.decode(view)
    if page is None or (page.hits is None and not _is_tree(page)):
        return [Item((0, len(view)))]
    if page.hits is not None:
        return [Item(hit) for hit in page.hits]
    return list(_nodes(view))


def _in_entry(view: memoryview, raw: msgspec.Raw) -> Iterator[Item]:
    """The items of an entry of a list, with their places in the list."""
    begin, length = place_in(view, raw)
    for at, hint, refusal in find(view[begin : begin + length]):
        yield Item((begin + at[0], at[1]) if isinstance(at, tuple) else at, hint, refusal)


def _is_tree(page: _Page) -> bool:
    """Answers stand in a tree as objects; elsewhere they are numbers."""
    objects = (bytes(memoryview(child)[:1]) == b"{" for child in page.children or ())
    return page.children is not None and page.object_id is None and all(objects)


def _nodes(view: memoryview) -> Iterator[Item]:
    """All nodes of a tree, each with the longest piece of its own bytes; without recursion, however deep it is."""
    waiting = [(0, len(view), False)]
    while waiting:
        at, end, orphaned = waiting.pop()
        node = view[at:end]
        entry, branch = _NODE.decode(node), _BRANCH.decode(node)
        places = [place_in(view, raw) for raw in (*(branch.children or ()), *(branch.options or ()))]
        below = [(begin, begin + length) for begin, length in places]
        yield Item(own_piece(at, end, below), Hint(entry, orphaned))
        gone = _is_gone(entry)
        waiting += [(begin, stop, gone) for begin, stop in below]


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """The items of a range: of each line, or of the one document that the file is."""
    if _is_lines(data):
        return cut_documents(data, start, stop, limits, find, _plainly)
    return cut_document(data, start, stop, limits, find)


def _plainly(lines: list[bytes]) -> Known:
    """Which lines are surely an item by themselves, neither a page nor a tree, and which of these are plain."""
    items = plain_items(lines)
    left = [index for index, item in enumerate(items) if item is None]
    pages = typed([lines[index] for index in left], _PAGE_ALONE.decode)
    counts = np.ones(len(lines), np.int64)
    counts[[at for at, page in zip(left, pages, strict=True) if page is None or not _is_alone(page)]] = -1
    alone = counts > 0
    lengths = np.fromiter(map(len, lines), np.int64, len(lines))[alone]
    return Known(counts, np.zeros_like(lengths), lengths, Lines(list(compress(items, alone.tolist()))))


def _is_alone(page: _Page) -> bool:
    return page.hits is None and page.children is None


def _is_lines(data: Any) -> bool:
    """Whether the first line is a whole document by itself."""
    solid = SOLID.search(data)
    if solid is None:
        return True
    end = data.find(b"\n", solid.start())
    line = bytes(data[solid.start() : len(data) if end < 0 else end]).removeprefix(b"\xef\xbb\xbf")
    try:
        _SKIP.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


_SKIP: Final = msgspec.json.Decoder(msgspec.Raw)


def divide(data: Any, size: int) -> list[int]:
    """At line ends, where each line is a document."""
    return divide_lines(data, size) if _is_lines(data) else [0, size]


def unit(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The line around an offset, where each line is a document."""
    return line_around(data, size, offset) if _is_lines(data) else (0, size)


# --- Context ---


@dataclass(frozen=True)
class Context:
    """Numbers of items that were deleted or killed, as far as the export tells."""

    gone: frozenset[int] = frozenset()


_MARKED: Final = re.compile(rb'"(?:deleted|dead)"[ \t]*:[ \t]*true')
_NUMBER: Final = re.compile(rb'"id"[ \t]*:[ \t]*([0-9]{1,18})')


def context(export: Export, _exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """Which items are gone; trees tell that themselves."""
    if not export.stored:
        return Context()
    with open_export(export) as (data, size):
        if (first := SOLID.search(data)) is not None and data[first.start() : first.end()] == b"[":
            return Context(_gone_in(bytes(data[:size])))
        found = (_NUMBER.search(data, *line_around(data, size, mark.start())) for mark in _MARKED.finditer(data))
        return Context(frozenset(int(number[1]) for number in found if number))


def _gone_in(listed: bytes) -> frozenset[int]:
    """The numbers of deleted items in a list."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # what is no list names nobody
        entries = (decoded(bytes(memoryview(raw)), _ENTRY.decode) for raw in _LIST.decode(listed))
        known = (entry for entry in entries if isinstance(entry, Entry))
        return frozenset(entry.id for entry in known if entry.id is not None and _is_gone(entry))
    return frozenset()


# --- Items to posts ---

_DELETED: Final = Refusal("excluded", "record.deleted")
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the item has no number")


def parse(record: bytes, hint: Hint | None, context: Context | None) -> Parsed:
    """One item as a post as claimed."""
    if hint is None:
        entry = decoded(record, _ENTRY.decode)
        if isinstance(entry, Refusal):
            return entry
        hint = Hint(entry, orphaned=False) if entry else None
    if hint is None:
        return _NOT_A_POST
    entry = hint.entry
    number = entry.id if entry.id is not None else _whole(entry.object_id)
    if number is None:
        return _NO_ID
    kind = entry.type or next((tag for tag in entry.tags or () if tag in KINDS), None)
    if kind not in KINDS:
        return _NOT_A_POST
    return _DELETED if _is_gone(entry) else _post(entry, number, kind, hint.orphaned, context or Context())


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= len(str(2**63)) else None


def _is_gone(entry: Entry) -> bool:
    """Deleted or killed; trees leave such items in their place without author and text."""
    nobody = entry.by is None and entry.author is None
    return bool(entry.deleted or entry.dead or (nobody and not (entry.text or entry.title)))


def _post(entry: Entry, number: int, kind: str, orphaned: bool, context: Context) -> Parsed:  # noqa: FBT001  (the hint's own value)
    page = to_text(written_out(entry.text or entry.comment_text or entry.story_text or ""), base=SITE)
    title = to_text(entry.title).text if entry.title else ""
    if not (page.text or title):
        return _NO_TEXT
    post: Post = {"native_id": str(number), "kind": KINDS[kind], "text": page.text, "markup": "html"}
    post["url"] = f"{SITE}/item?id={number}"
    if title:
        post["title"] = title[:1024]
    post |= _place(entry, number, orphaned, context)
    links = [*page.links, *([entry.url] if entry.url else [])]
    if links:
        post["links"] = links
    if created := at_epoch(entry.time if entry.time is not None else entry.created_at_i):
        post["created_at"] = created
    name = entry.by or entry.author
    if name and (known := author(name, name, f"{SITE}/user?id={name}")):
        post["author"] = known
    score = entry.score if entry.score is not None else entry.points
    labels = {"score": (score, "platform-counter"), "type": (None if kind == "comment" else kind, "platform-kind")}
    post["labels"] = [label(key, value, "hackernews", how) for key, (value, how) in labels.items() if value is not None]
    return post


def _place(entry: Entry, number: int, orphaned: bool, context: Context) -> Post:  # noqa: FBT001  (the hint's own value)
    """Where the item stands in its conversation."""
    parent = next((p for p in (entry.parent, entry.parent_id, entry.poll) if p is not None), None)
    if parent is None and entry.type == "pollopt":
        parent = entry.story_id
    story = {"conversation": str(entry.story_id)} if entry.story_id is not None and entry.object_id is None else {}
    if parent is None:
        return {"conversation": str(number), "parent_state": "root"}
    gone = {"parent_state": "deleted"} if orphaned or parent in context.gone else {}
    return story | {"parent": str(parent)} | gone


def bulk(_records: list[bytes], indexes: list[int], context: Context | None, hints: Sequence[Hint | None]) -> pa.Table:
    """The plain ones of items that are lines, as posts in columns."""
    return plain_posts(hints, indexes, (context or Context()).gone)


READER: Final = Reader(
    name="hackernews",
    version="1",
    title="items of Hacker News, from its own interface or from Algolia's",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "url", "links", "labels",
    ),
    limits=(
        "Stories, comments, jobs, polls and their options. What is deleted, dead or empty is left out; answers to it "
        "are kept and say that their parent is gone. Marks that a search puts around found words are not read. Times "
        "of edits are not told. Bodies become plain text."
    ),
    license_rule="Hacker News licenses nothing to others; only the author of a post can, with evidence.",
    recognise=recognise,
    cut=cut,
    parse=parse,
    bulk=bulk,
    divide=divide,
    context=context,
    hinted=True,
    by_hints=True,
    unit=unit,
    whole=whole_lines,
)
