"""PlainTweet posts of version 2 of X's interface, many at once; `x_api` has the last word on each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from .base import no_posts
from .fields import language, unescaped
from .tweets import written_out
from .typed import BLANK_ENDS, ISO, NO_TEXT, Label, label_lists, made_of, short, text_lists, understood
from .x_tweets import PlainTweet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from .x_compliance import Gone
    from .x_tweets import Media, Poll, Tweet, User

#: Counters that the platform shows, and the names of our labels.
COUNTERS: Final = {
    "like_count": "likes",
    "retweet_count": "reposts",
    "reply_count": "replies",
    "quote_count": "quotes",
    "bookmark_count": "bookmarks",
    "impression_count": "impressions",
}


_PLAIN: Final = msgspec.json.Decoder(PlainTweet)


@dataclass(frozen=True)
class Page:
    """What a page says of its posts together: accounts, media and polls by their ids, and where posts are not."""

    users: Mapping[str, User] = field(default_factory=dict)
    media: Mapping[str, Media] = field(default_factory=dict)
    polls: Mapping[str, Poll] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


def references(tweet: Tweet | PlainTweet) -> dict[str | None, str | None]:
    """The posts that a post refers to, by how it does; the first of each kind."""
    return {one.type: one.id for one in reversed(tweet.referenced_tweets)} if tweet.referenced_tweets else {}


#: A link that the platform adds for a picture or film of the post itself; the group holds its id.
_ATTACHED: Final = re.compile(r"https?://(?:twitter|x)\.com/[A-Za-z0-9_]+/status/([0-9]+)/(?:photo|video)/[0-9]+")


def meant(tweet: Tweet | PlainTweet, own: str) -> Iterator[tuple[str | None, str | None]]:
    """Shortened links and what they stand for; nothing, for those of the post's own media."""
    for entities in (tweet.note_tweet and tweet.note_tweet.entities, tweet.entities):
        for link in (entities and entities.urls) or ():
            attached = _ATTACHED.fullmatch(link.expanded_url or "")
            yield link.url, "" if attached and attached[1] == own else link.expanded_url


# --- Many posts at once ---

_COLUMNS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("own", "author_id", "conversation", "moment", "lang", "addressed", "answered", "quoted", "text"), pl.String
    ),
    "versions": pl.Int64, "name": pl.String, "handle": pl.String,
}  # fmt: skip
_DIGITS: Final = r"^[0-9]{1,20}$"
_HANDLE: Final = r"^[A-Za-z0-9_]{1,50}$"
_NUMBERS: Final = ("own", "author_id", "conversation", "addressed", "answered", "quoted")
_SITE: Final = "https://x.com/"


def _row(tweet: PlainTweet, around: Page, gone: Gone) -> tuple[Any, ...] | None:
    """The values of `_COLUMNS` and the links, or None for a post that has to be looked at more closely."""
    to = references(tweet)
    own, answered, quoted = tweet.id, to.get("replied_to"), to.get("quoted")
    versions = tweet.edit_history_tweet_ids or (own,)
    user = around.users.get(tweet.author_id or "")
    told = {own, tweet.author_id, answered, quoted}
    touched = not all(map(told.isdisjoint, (gone.deleted, gone.withheld, gone.latest)))
    if (
        versions[-1] != own
        or "retweeted" in to
        or tweet.text.startswith("RT @")
        or (user and (user.protected or user.withheld or not user.name or not user.username or not user.id))
        or answered in around.absent
        or touched
    ):
        return None
    text, links = unescaped(tweet.text), None
    if "t.co/" in text:
        text, links = written_out(text, meant(tweet, own))
    return (
        own, tweet.author_id, tweet.conversation_id, tweet.created_at, language(tweet.lang), tweet.in_reply_to_user_id,
        answered, quoted, text, len(versions), user and user.name, user and user.username, links,
    )  # fmt: skip


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over `_COLUMNS`, and where they are sure."""
    own, by, conversation, moment = (pl.col(name) for name in ("own", "author_id", "conversation", "moment"))
    name, handle, answered, quoted = (pl.col(name) for name in ("name", "handle", "answered", "quoted"))
    addressed = pl.col("addressed").is_not_null() & own.ne_missing(conversation)
    profile = pl.lit(_SITE) + handle
    known = pl.struct(name=name, id=by, url=profile)
    fields = {
        "native_id": own,
        "conversation": conversation,
        "parent": answered,
        "parent_state": pl.when(answered.is_null()).then(
            pl.when(addressed).then(pl.lit("unknown")).otherwise(pl.lit("root"))
        ),
        "quoted": quoted,
        "kind": pl.when(answered.is_not_null())
        .then(pl.lit("reply"))
        .when(quoted.is_not_null())
        .then(pl.lit("quote"))
        .otherwise(pl.lit("post")),
        "author": pl.when(name.is_not_null())
        .then(known)
        .when(by.is_not_null())
        .then(pl.struct(name=by, id=by, url=NO_TEXT)),
        "text": pl.col("text"),
        "markup": pl.lit("plain"),
        "lang": pl.col("lang"),
        "created_at": moment,
        "edited_at": pl.when(pl.col("versions") > 1).then(moment),
        "url": pl.coalesce(profile, pl.lit(_SITE + "i")) + "/status/" + own,
        "links": pl.col("links"),
        "labels": pl.col("labels"),
    }
    numbers = [pl.col(name).str.contains(_DIGITS).fill_null(value=True) for name in _NUMBERS]
    sure = [
        *numbers,
        moment.str.contains(ISO).fill_null(value=True),
        ~name.str.contains(BLANK_ENDS).fill_null(value=False),
        short(name),
        handle.str.contains(_HANDLE).fill_null(value=True),
    ]
    return fields, sure


_FIELDS: Final = _fields()


def plain_posts(records: list[bytes], indexes: list[int], pages: Sequence[Page], gone: Gone) -> pa.Table:
    """The plain ones of many posts in columns; `pages` are those on which they stand."""
    tweets = understood(records, _PLAIN.decode)
    rows = [tweet and _row(tweet, page, gone) for tweet, page in zip(tweets, pages, strict=True)]
    known = [(at, tweet, row) for at, tweet, row in zip(indexes, tweets, rows, strict=True) if row]
    if not known:
        return no_posts()
    values = [row for *_, row in known]
    frame = pl.DataFrame(
        {
            name: pl.Series(list(map(itemgetter(place), values)), dtype=kind, strict=True)
            for place, (name, kind) in enumerate(_COLUMNS.items())
        }
    )
    labels = label_lists(list(_labels([tweet for _, tweet, _ in known])))
    links = text_lists([row[-1] for row in values])
    return made_of(frame.with_columns(labels=labels, links=links), *_FIELDS, [at for at, *_ in known])


def _labels(tweets: Sequence[PlainTweet]) -> Iterator[Label]:
    metrics = [tweet.public_metrics for tweet in tweets]
    for counter, name in COUNTERS.items():
        counts = [None if one is None else getattr(one, counter) for one in metrics]
        yield Label(name, "x", "platform-counter", pl.Series(counts, dtype=pl.Int64))
    marks = ["true" if tweet.possibly_sensitive else None for tweet in tweets]
    yield Label("sensitive", "x", "platform-mark", pl.Series(marks, dtype=pl.String))
