"""Plain items of Hacker News as posts, many at once; `hackernews` has the last word on each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Annotated, Any, Final, overload

import msgspec
import polars as pl

from .base import no_posts
from .hints import Hints
from .html_columns import pages, plain_pages
from .typed import Label, Seconds, Whole, at_seconds, label_lists, made_of, members, text_lists, understood

if TYPE_CHECKING:
    import pyarrow as pa

SITE: Final = "https://news.ycombinator.com"
#: What items are called, by their type.
KINDS: Final = {"story": "post", "job": "post", "poll": "post", "comment": "comment", "pollopt": "comment"}


class _Plain(msgspec.Struct, gc=False):
    """An item of the site's own interface that is there, and none that belongs to a poll."""

    id: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    type: str
    by: str
    time: Seconds | None = None
    title: str | None = None
    url: str | None = None
    text: str | None = None
    score: Whole | None = None
    parent: Whole | None = None
    deleted: None = None
    dead: None = None
    #: What the other interface calls these things.
    object_id: None = msgspec.field(default=None, name="objectID")
    tags: None = msgspec.field(default=None, name="_tags")
    author: None = None
    created_at_i: None = None
    comment_text: None = None
    story_text: None = None
    points: None = None
    parent_id: None = None
    story_id: None = None
    poll: None = None


class _Line(_Plain, gc=False):
    """The same on a line by itself, which is neither a page nor a tree."""

    hits: None = None
    children: None = None


_LINE: Final = msgspec.json.Decoder(_Line)
_COLUMNS: Final[dict[str, Any]] = {
    "id": pl.Int64, "type": pl.String, "by": pl.String, "time": pl.Int64, "title": pl.String, "url": pl.String,
    "text": pl.String, "score": pl.Int64, "parent": pl.Int64,
}  # fmt: skip
_PLAIN_NAME: Final = r"^[A-Za-z0-9_-]{1,100}$"


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over `_COLUMNS`, and where they are sure."""
    id_, name, kind, parent = pl.col("id").cast(pl.String), pl.col("by"), pl.col("type"), pl.col("parent")
    text, title = pl.col("text"), pl.col("title")
    fields = {
        "native_id": id_,
        "conversation": pl.when(parent.is_null()).then(id_),
        "parent": parent.cast(pl.String),
        "parent_state": pl.when(parent.is_null()).then(pl.lit("root")).when("gone").then(pl.lit("deleted")),
        "kind": kind.replace_strict(KINDS, default=None),
        "author": pl.struct(name=name, id=name, url=pl.lit(f"{SITE}/user?id=") + name),
        "title": pl.when(title != "").then(title.str.slice(0, 1024)),
        "text": text,
        "markup": pl.lit("html"),
        "created_at": at_seconds(pl.col("time")),
        "url": pl.lit(f"{SITE}/item?id=") + id_,
        "links": pl.col("links"),
        "labels": pl.col("labels"),
    }
    sure = [pl.col("sure"), (text != "") | (title != ""), name.str.contains(_PLAIN_NAME), kind.is_in(KINDS)]
    return fields, sure


_FIELDS: Final = _fields()


@dataclass(frozen=True)
class Lines(Sequence[None]):
    """Items that are lines, those among them that are plain as such; no item of a line needs a hint to be parsed."""

    items: list[_Plain | None]

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> None: ...
    @overload
    def __getitem__(self, index: slice) -> Lines: ...
    def __getitem__(self, index: int | slice) -> Lines | None:
        return Lines(self.items[index]) if isinstance(index, slice) else None


def plain_items(lines: list[bytes]) -> list[_Plain | None]:
    """Lines as plain items, None for those that are none."""
    return understood(lines, _LINE.decode)


#: A link of which the site shows only the beginning.
_SHORTENED: Final = re.compile(r"""<a href="([^"<>]*)"[^<>]*>([^<>]*)\.\.\.</a>""")


def written_out(text: str) -> str:
    """HTML in which links that are shown shortened are shown whole: their words are the address, as it was typed."""
    return _SHORTENED.sub(_whole_link, text) if "...</a>" in text else text


def _whole_link(link: re.Match[str]) -> str:
    begins = unescape(link[1]).startswith(unescape(link[2]))
    return f'<a href="{link[1]}">{link[1]}</a>' if begins else link[0]


def _all_written_out(texts: pl.Series) -> pl.Series:
    """Texts with links that are shown whole; few hold one that is shortened."""
    short = texts.str.contains("...</a>", literal=True).arg_true()
    return texts.scatter(short, [written_out(text) for text in texts.gather(short)]) if len(short) else texts


def plain_posts(hints: Sequence[Any], indexes: list[int], gone: frozenset[int]) -> pa.Table:
    """The plain ones of many items as posts in columns; `gone` are numbers of items that are gone."""
    if not isinstance(hints, Hints) or not isinstance(hints.known, Lines):
        return no_posts()
    items = hints.known.items
    found = [(at, items[place]) for at, place in zip(indexes, hints.places.tolist(), strict=True) if place >= 0]
    known = [(at, item) for at, item in found if item is not None]
    if not known:
        return no_posts()
    missing = pl.Series(sorted(gone), dtype=pl.Int64).implode()
    frame = members([item for _, item in known], _COLUMNS)
    labels = [
        Label("score", "hackernews", "platform-counter", frame["score"]),
        Label("type", "hackernews", "platform-kind", frame["type"].replace("comment", None)),
    ]
    page = pages(_all_written_out(frame["text"].fill_null("")), base=SITE)
    title, sure = plain_pages(frame["title"].fill_null(""))
    links = text_lists([(*shown, url) if url else shown for shown, url in zip(page.links, frame["url"], strict=True)])
    frame = frame.with_columns(page.text.alias("text"), title.alias("title"), sure=sure, links=links)
    frame = frame.with_columns(gone=pl.col("parent").is_in(missing), labels=label_lists(labels, empty=True))
    return made_of(frame, *_FIELDS, [at for at, _ in known])
