"""Plain posts of version 1.1 of X's interface, many at once; `x_v1` has the last word on each."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from .base import no_posts
from .tweets import COUNTERS, Entities, Named, Number, User, short_links
from .typed import Label, Whole, label_lists, made_of, members, understood
from .x_columns import FIELDS, at_twitters, languages, strings, untouched, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa


class PlainLine(msgspec.Struct, gc=False):
    """A post to which nothing is attached, that is whole, that nobody passes on, and that nobody withholds."""

    id_str: str
    user: User
    id: Number = None
    created_at: str | None = None
    full_text: str | None = None
    text: str | None = None
    truncated: bool | None = None
    extended_tweet: None = None
    lang: str | None = None
    entities: Entities | None = None
    extended_entities: None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_status_id: Number = None
    in_reply_to_user_id_str: str | None = None
    in_reply_to_user_id: Number = None
    retweeted_status: None = None
    quoted_status_id_str: str | None = None
    quoted_status_id: Number = None
    quoted_status: Named | None = None
    favorite_count: Whole | None = None
    retweet_count: Whole | None = None
    reply_count: Whole | None = None
    quote_count: Whole | None = None
    possibly_sensitive: bool | None = None
    withheld_in_countries: list[str] | None = None
    withheld_copyright: bool | None = None
    edit_info: None = None
    community_id_str: str | None = None
    delete: None = None
    status_withheld: None = None
    user_withheld: None = None
    verb: None = None
    actor: None = None
    body: None = None
    posted: None = msgspec.field(name="postedTime", default=None)
    answers: None = msgspec.field(name="inReplyTo", default=None)
    long_object: None = None
    twitter_entities: None = None
    twitter_extended_entities: None = None
    twitter_quoted_status: None = None
    twitter_lang: None = None
    likes: None = msgspec.field(name="favoritesCount", default=None)
    reposts: None = msgspec.field(name="retweetCount", default=None)


_PLAIN: Final = msgspec.json.Decoder(PlainLine)
#: Columns of a frame of posts, by the members that they hold.
_MEMBERS: Final = {
    "id_str": "own", "created_at": "created", "in_reply_to_status_id_str": "answered",
    "in_reply_to_user_id_str": "addressed", "quoted_status_id_str": "quoted",
}  # fmt: skip
_OF_USERS: Final = {"id_str": "author_id", "name": "name", "screen_name": "handle"}


def plain_posts(records: list[bytes], indexes: list[int], gone: Sequence[frozenset[str]]) -> pa.Table:
    """The plain ones of many posts in columns; `gone` are ids of posts and people that are gone."""
    found = understood(records, _PLAIN.decode)
    known = [(at, line) for at, line in zip(indexes, found, strict=True) if line is not None]
    if not known:
        return no_posts()
    lines = [line for _, line in known]
    texts = [line.full_text if line.full_text is not None else line.text for line in lines]
    typed, links = words(
        [text or "" for text in texts],
        [line.entities and line.entities.urls for line in lines],
        lambda place: short_links(lines[place]),
    )
    frame = strings(lines, _MEMBERS).hstack(strings([line.user for line in lines], _OF_USERS))
    moments = at_twitters(frame["created"])
    plain = [
        pl.Series([_is_plain(line, text) for line, text in zip(lines, texts, strict=True)]),
        moments.is_not_null() | frame["created"].is_null(),
        *(frame[name].is_not_null() for name in _OF_USERS.values()),
        untouched(frame, ("own", "answered", "author_id"), gone),
    ]
    frame = frame.with_columns(
        typed.alias("text"),
        links.alias("links"),
        moments.alias("moment"),
        languages([line.lang for line in lines]).alias("lang"),
        label_lists(list(_labels(lines))).alias("labels"),
        reduce(and_, plain).alias("plain"),
        conversation=pl.lit(None, pl.String),
        edited=pl.lit(value=False),
    )
    return made_of(frame, *FIELDS, [at for at, _ in known])


def _is_plain(line: PlainLine, text: str | None) -> bool:
    """Whether a post says what it is where it mostly does, and is one that its author wrote for all to see."""
    return not (
        not text
        or text.startswith("RT @")
        or line.user.protected
        or not line.user.name
        or line.withheld_in_countries
        or line.withheld_copyright
        or (line.entities and line.entities.media)
        or (line.in_reply_to_status_id_str is None and line.in_reply_to_status_id is not None)
        or (line.in_reply_to_user_id_str is None and line.in_reply_to_user_id is not None)
        or (line.quoted_status_id_str is None and (line.quoted_status_id is not None or line.quoted_status))
    )


def _labels(lines: Sequence[PlainLine]) -> Iterator[Label]:
    counts = members(lines, dict.fromkeys(COUNTERS, pl.Int64))
    for counter, name in COUNTERS.items():
        yield Label(name, "x", "platform-counter", counts[counter])
    for name, marks in (
        ("sensitive", ["true" if line.possibly_sensitive else None for line in lines]),
        ("truncated", ["true" if line.truncated else None for line in lines]),
    ):
        yield Label(name, "x", "platform-mark", pl.Series(marks, dtype=pl.String))
