"""`reddit`: comments and submissions of Reddit as Pushshift and its successors dump them, one JSON object per line.

Ids are Reddit's full names, `t1_` for comments and `t3_` for submissions, so replies find their parents in whatever
file of a source these stand. A conversation is called by its submission.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from .base import Head, Parsed, Reader, Refusal, no_posts
from .documents import Item, cut_document, cut_json_lines
from .fields import ESCAPES, addresses, at_epoch, author, label, unescaped
from .lines import divide_lines, line_around, whole_lines
from .strict_json import decoded
from .typed import (
    Label,
    Seconds,
    Whole,
    at_seconds,
    filled,
    label_lists,
    made_of,
    members,
    seconds,
    short,
    stripped,
    understood,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from ..model import Limits
    from .base import Cut
    from .posts import Post

_SITE: Final = "https://www.reddit.com"

# --- What is decoded ---


class Seen(msgspec.Struct):
    """What the archive found when it looked a second time."""

    was_deleted_later: bool | None = None
    was_initially_deleted: bool | None = None
    removal_type: str | None = None


class Thing(msgspec.Struct):
    """A comment or a submission: the fields that are used."""

    id: str | None = None
    name: str | None = None
    author: str | None = None
    body: str | None = None
    selftext: str | None = None
    title: str | None = None
    url: str | None = None
    is_self: bool | None = None
    link_id: str | None = None
    parent_id: str | int | None = None
    created_utc: float | int | str | None = None
    edited: bool | float | int | str | None = None
    score: int | None = None
    distinguished: str | None = None
    stickied: bool | None = None
    subreddit: str | None = None
    permalink: str | None = None
    crosspost_parent: str | None = None
    removed_by_category: str | None = None
    seen: Seen | None = msgspec.field(default=None, name="_meta")


class _Plain(Thing, gc=False, kw_only=True):
    """A thing whose numbers are whole, and of which no field says that it was taken away or is another's."""

    id: str
    parent_id: str | None = None
    created_utc: Seconds | str | None = None
    edited: bool | Seconds | None = None
    score: Whole | None = None
    crosspost_parent: None = None
    removed_by_category: None = None


_PLAIN: Final = msgspec.json.Decoder(_Plain)
_THING: Final = msgspec.json.Decoder(Thing)

# --- Recognition ---

_SIGNS: Final = (rb'"created_utc"[ ]*:', rb'"subreddit"[ ]*:[ ]*"', rb'"id"[ ]*:[ ]*"[0-9a-z]+"')
_EITHER: Final = rb'"(?:link_id|body|selftext)"[ ]*:'


#: What a month of comments or submissions is called, by all who pass these dumps on.
_MONTH: Final = re.compile(r"R[CS]_20[0-9]{2}-[01][0-9](?![0-9])")


def recognise(head: Head) -> str | None:
    """Why a file is such a dump: its first line has the fields that only Reddit's things have together.

    One that was cut before its first line came out is known by the name of a month.
    """
    if head.size and not head.start:
        return "it is called like a month of Reddit, and cut before its first line" if _MONTH.match(head.name) else None
    if _LISTED.match(head.start):
        listed = all(re.search(sign, head.start) for sign in _SIGNS) and re.search(_EITHER, head.start)
        return "a list of things with created_utc, subreddit and a base-36 id" if listed else None
    line = head.start.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    fits = line.startswith(b"{") and all(re.search(sign, line) for sign in _SIGNS) and re.search(_EITHER, line)
    return "its first line has created_utc, subreddit and a base-36 id" if fits else None


# --- Cutting ---

#: How a list of things begins, alone or as an answer of Pushshift's interface.
_LISTED: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*"data"\s*:\s*)?\[\s*\{\s*+(?!"kind"\s*:)')


class _Answer(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


_ANSWER: Final = msgspec.json.Decoder(_Answer)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_NO_LIST: Final = Refusal("quarantined", "record.not-this-format", detail="no list of things")


def _is_list(data: Any) -> bool:
    return _LISTED.match(bytes(data[:4096])) is not None


def _find(view: memoryview) -> Iterable[Item] | Refusal:
    """The things of a list."""
    things = _LIST.decode(view) if bytes(view[:1]) == b"[" else _ANSWER.decode(view).data
    return _NO_LIST if things is None else list(map(Item, things))


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut lines, or the one list that a file is."""
    way = partial(cut_document, find=_find) if start == 0 and _is_list(data) else cut_json_lines
    return way(data, start, stop, limits)


# --- Lines to posts ---

#: What stands in place of words that are gone.
_TOMBSTONES: Final = frozenset(
    {"[deleted]", "[removed]", "[ removed by reddit ]", "[deleted by user]", "[unavailable]"}
)
_DELETED: Final = Refusal("excluded", "record.deleted")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the item has no id")
_NO_PLACE: Final = Refusal("quarantined", "record.missing-field", "/link_id", "a comment without its submission")
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")


def parse(record: bytes, _offset: int, _context: Any) -> Parsed:
    """One line as a post as claimed."""
    thing = decoded(record, _THING.decode)
    if isinstance(thing, Refusal):
        return thing
    if thing.id is None:
        return _NO_ID
    if thing.body is None and thing.title is None:
        return _NOT_A_POST
    if _is_gone(thing):
        return _DELETED
    if thing.crosspost_parent is not None:
        return _OTHERS_WORDS
    return _comment(thing) if thing.body is not None else _submission(thing)


def _is_gone(thing: Thing) -> bool:
    """Whether it was deleted or removed, now or at any time since: what was restored by an archive stays deleted."""
    words = (thing.body or thing.selftext or "").strip().lower()
    return _is_marked(thing.seen) or thing.removed_by_category is not None or words in _TOMBSTONES


def _is_marked(seen: Seen | None) -> bool:
    return seen is not None and bool(
        seen.was_deleted_later or seen.was_initially_deleted or seen.removal_type is not None
    )


def _comment(thing: Thing) -> Parsed:
    if not thing.link_id:
        return _NO_PLACE
    submission = _full_name(thing.link_id, "t3")
    parent = submission if thing.parent_id is None else _full_name(str(thing.parent_id), "t1")
    post: Post = {"native_id": _full_name(thing.id or "", "t1"), "conversation": submission, "parent": parent}
    path = thing.permalink or f"/comments/{submission[3:]}/_/{thing.id}/"
    return _completed(post | {"kind": "comment", "text": unescaped(thing.body or "")}, thing, path)


def _submission(thing: Thing) -> Parsed:
    own = _full_name(thing.id or "", "t3")
    post: Post = {"native_id": own, "conversation": own, "parent_state": "root", "kind": "post"}
    post["title"] = unescaped(thing.title or "")[:1024]
    post["text"] = unescaped(thing.selftext or "")
    if thing.url and not thing.is_self:
        post["links"] = addresses([unescaped(thing.url)])
    return _completed(post, thing, thing.permalink or f"/comments/{thing.id}/")


def _full_name(id_: str, kind: str) -> str:
    """An id with its kind before it, as newer dumps write it."""
    return id_ if id_[:3] in {"t1_", "t3_"} else f"{kind}_{id_}"


def _completed(post: Post, thing: Thing, path: str) -> Post:
    post["markup"] = "markdown"
    if path.startswith("/"):
        post["url"] = _SITE + path
    if created := at_epoch(thing.created_utc):
        post["created_at"] = created
    if not isinstance(thing.edited, bool) and (edited := at_epoch(thing.edited)):
        post["edited_at"] = edited
    name = None if thing.author in {None, "[deleted]"} else thing.author
    if name and (known := author(name, name, f"{_SITE}/user/{name}")):
        post["author"] = known
    labels = {
        "score": thing.score, "subreddit": thing.subreddit, "distinguished": thing.distinguished,
        "edited": True if thing.edited is True else None,
    }  # fmt: skip
    given = [label(key, value, "reddit", _METHODS[key]) for key, value in labels.items() if value is not None]
    if given:
        post["labels"] = given
    return post


#: How the platform came by what it says of a post.
_METHODS: Final = {
    "score": "platform-counter", "subreddit": "platform-place", "distinguished": "platform-mark",
    "edited": "platform-mark",
}  # fmt: skip


# --- Many lines at once ---

_COLUMNS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("id", "author", "body", "selftext", "title", "url", "link_id", "parent_id", "distinguished", "subreddit"),
        pl.String,
    ),
    "permalink": pl.String, "is_self": pl.Boolean, "score": pl.Int64,
}  # fmt: skip
_LONGEST_TOMBSTONE: Final = max(map(len, _TOMBSTONES))
_PLAIN_NAME: Final = r"^[A-Za-z0-9_-]{1,100}$"
_LONGEST_LINK: Final = 2000


def _named(id_: pl.Expr, kind: str) -> pl.Expr:
    """The same as `_full_name`."""
    return pl.when(id_.str.contains("^t[13]_")).then(id_).otherwise(pl.lit(f"{kind}_") + id_)


def _unescaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(ESCAPES), list(ESCAPES.values()))


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over the columns of lines, and where they are sure."""
    id_, body, said, url = pl.col("id"), pl.col("body"), pl.col("author"), pl.col("url")
    comment = body.is_not_null()
    words = pl.when(comment).then(body).otherwise(pl.col("selftext").fill_null(""))
    own = pl.when(comment).then(_named(id_, "t1")).otherwise(_named(id_, "t3"))
    above = _named(pl.col("link_id"), "t3")
    at = pl.when(comment).then(pl.lit("/comments/") + above.str.slice(3) + "/_/" + id_ + "/")
    bare = stripped(pl.coalesce(filled("body", "selftext"), pl.lit("")))
    brief = pl.when(bare.str.len_bytes() <= _LONGEST_TOMBSTONE).then(bare)
    words_gone = brief.str.to_lowercase().is_in(sorted(_TOMBSTONES))
    path = pl.coalesce(filled("permalink"), at, pl.lit("/comments/") + id_ + "/")
    name = pl.when(said != "[deleted]").then(said)
    links = (~comment) & (url != "") & ~pl.col("is_self").fill_null(value=False)
    fields = {
        "native_id": own,
        "conversation": pl.when(comment).then(above).otherwise(own),
        "parent": pl.when(comment).then(pl.coalesce(_named(pl.col("parent_id"), "t1"), above)),
        "parent_state": pl.when(~comment).then(pl.lit("root")),
        "kind": pl.when(comment).then(pl.lit("comment")).otherwise(pl.lit("post")),
        "author": pl.when(name.is_not_null()).then(pl.struct(name=name, id=name, url=pl.lit(f"{_SITE}/user/") + name)),
        "title": pl.when(~comment).then(_unescaped(pl.col("title")).str.slice(0, 1024)),
        "text": _unescaped(words),
        "markup": pl.lit("markdown"),
        "created_at": at_seconds(pl.col("created")),
        "edited_at": at_seconds(pl.col("changed")),
        "url": pl.when(path.str.starts_with("/")).then(pl.lit(_SITE) + path),
        "links": pl.when(links).then(pl.concat_list(_unescaped(url))),
        "labels": pl.col("labels"),
    }
    sure = [
        pl.when(comment).then(filled("link_id").is_not_null()).otherwise(pl.col("title").is_not_null()),
        ~words_gone.fill_null(value=False),
        name.str.contains(_PLAIN_NAME).fill_null(value=True),
        (url.str.len_chars() <= _LONGEST_LINK).fill_null(value=True),
        short(pl.col("subreddit")) & short(pl.col("distinguished")) & pl.col("kept"),
    ]
    return fields, sure


_FIELDS: Final = _fields()


def bulk(records: list[bytes], indexes: list[int], _context: Any) -> pa.Table:
    """The plain ones of many things as posts in columns."""
    known = [(at, one) for at, one in zip(indexes, understood(records, _PLAIN.decode), strict=True) if one is not None]
    if not known:
        return no_posts()
    things = [thing for _, thing in known]
    created, timely = seconds([thing.created_utc for thing in things])
    changed = [None if isinstance(thing.edited, bool) else thing.edited for thing in things]
    marked = pl.Series([thing.edited is True or _is_marked(thing.seen) for thing in things], dtype=pl.Boolean)
    frame = members(things, _COLUMNS)
    labels = [Label(key, "reddit", how, frame[key]) for key, how in _METHODS.items() if key != "edited"]
    frame = frame.with_columns(
        created=created, changed=pl.Series(changed, dtype=pl.Int64), kept=timely & ~marked, labels=label_lists(labels)
    )
    return made_of(frame, *_FIELDS, [at for at, _ in known])


READER: Final = Reader(
    name="reddit",
    version="1",
    title="comments and submissions of Reddit, as Pushshift and its successors dump them",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "labels",
    ),
    limits=(
        "One object per line, also in .zst, .bz2, .xz and .gz, or a list of them. What was deleted or removed at any "
        "time is left out, also where an archive kept or restored the words; so are crossposts, which pass on words of "
        "others. Galleries, flairs and polls are not read. Times of edits are kept where they are told."
    ),
    license_rule="Reddit licenses nothing to others; only the author of a post can, with evidence.",
    recognise=recognise,
    cut=cut,
    parse=parse,
    bulk=bulk,
    divide=lambda data, size: [0, size] if _is_list(data) else divide_lines(data, size),
    unit=lambda data, size, offset: (0, size) if _is_list(data) else line_around(data, size, offset),
    whole=lambda buffer: 0 if _is_list(buffer) else whole_lines(buffer),
    opens=(
        r"(?i)(?:.*/)?[^/]+\.(?:nd)?jsonl?",
        r"(?i)(?:.*/)?R[CS]_[^/]+",
        r"(?i)(?:.*/)?[^/]+_(?:comments|submissions)",
    ),
)
