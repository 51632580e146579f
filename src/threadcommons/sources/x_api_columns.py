"""PlainTweet posts of version 2 of X's interface, many at once; `x_api` has the last word on each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Final

import msgspec
import polars as pl

from .base import no_posts
from .typed import Label, label_lists, made_of, members, understood
from .x_columns import FIELDS, at_isos, languages, strings, untouched, words
from .x_tweets import Metrics, PlainTweet, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from .x_compliance import Gone
    from .x_tweets import Media, Poll, Tweet

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
            long = link.expanded_url
            attached = _ATTACHED.fullmatch(long) if long and "/status/" in long else None
            yield link.url, "" if attached and attached[1] == own else long


# --- Many posts at once ---

#: Columns of a frame of posts, by the members that they hold.
_MEMBERS: Final = {
    "id": "own", "author_id": "author_id", "conversation_id": "conversation", "created_at": "created",
    "in_reply_to_user_id": "addressed",
}  # fmt: skip
_OF_USERS: Final = {"name": "name", "username": "handle"}
_NOBODY: Final = User("")
_NO_METRICS: Final = Metrics()


def plain_posts(records: list[bytes], indexes: list[int], pages: Sequence[Page], gone: Gone) -> pa.Table:
    """The plain ones of many posts in columns; `pages` are those on which they stand."""
    found = understood(records, _PLAIN.decode)
    known = [place for place, tweet in enumerate(found) if tweet is not None]
    if not known:
        return no_posts()
    tweets, around = [found[place] for place in known], [pages[place] for place in known]
    typed, links = words([tweet.text for tweet in tweets], lambda place: meant(tweets[place], tweets[place].id))
    frame = strings(tweets, _MEMBERS).hstack(_references(tweets, around))
    users = [page.users.get(tweet.author_id or "", _NOBODY) for tweet, page in zip(tweets, around, strict=True)]
    frame = frame.hstack(strings(users, _OF_USERS))
    moments = at_isos(frame["created"])
    touched = (gone.deleted, gone.withheld, gone.latest.keys())
    plain = [
        frame["plain"],
        pl.Series(list(map(_is_last, tweets))),
        pl.Series(list(map(_is_open, users))),
        moments.is_not_null() | frame["created"].is_null(),
        untouched(frame, ("own", "author_id", "answered", "quoted"), touched),
    ]
    frame = frame.with_columns(
        typed.alias("text"),
        links.alias("links"),
        moments.alias("moment"),
        languages([tweet.lang for tweet in tweets]).alias("lang"),
        label_lists(list(_labels(tweets))).alias("labels"),
        reduce(and_, plain).alias("plain"),
        pl.Series("edited", [len(tweet.edit_history_tweet_ids or ()) > 1 for tweet in tweets]),
    )
    return made_of(frame, *FIELDS, [indexes[place] for place in known])


def _is_open(user: User) -> bool:
    """Whether an account is not told of, or told of as most are."""
    named = user.id and user.name and user.username
    return user is _NOBODY or not (not named or user.protected or user.withheld)


def _references(tweets: Sequence[PlainTweet], around: Sequence[Page]) -> pl.DataFrame:
    """What posts answer and quote, and whether they are no reposts and the page does not miss what they answer."""
    of = [references(tweet) for tweet in tweets]
    answered = [to.get("replied_to") for to in of]
    plain = [
        "retweeted" not in to and one not in page.absent for to, one, page in zip(of, answered, around, strict=True)
    ]
    return pl.DataFrame(
        {
            "answered": pl.Series(answered, dtype=pl.String),
            "quoted": pl.Series([to.get("quoted") for to in of], dtype=pl.String),
            "plain": plain,
        }
    )


def _is_last(tweet: PlainTweet) -> bool:
    """Whether a post is the last version of itself, in the words of its author."""
    versions = tweet.edit_history_tweet_ids
    return not (tweet.text.startswith("RT @") or (versions and versions[-1] != tweet.id))


def _labels(tweets: Sequence[PlainTweet]) -> Iterator[Label]:
    counts = members([tweet.public_metrics or _NO_METRICS for tweet in tweets], dict.fromkeys(COUNTERS, pl.Int64))
    for counter, name in COUNTERS.items():
        yield Label(name, "x", "platform-counter", counts[counter])
    marks = ["true" if tweet.possibly_sensitive else None for tweet in tweets]
    yield Label("sensitive", "x", "platform-mark", pl.Series(marks, dtype=pl.String))
