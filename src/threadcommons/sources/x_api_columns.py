"""PlainTweet posts of version 2 of X's interface, many at once; `x_api` has the last word on each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Final, overload

import msgspec
import numpy as np
import polars as pl

from .base import no_posts
from .documents import Known
from .hints import Hints
from .typed import Label, at_isos, label_lists, made_of, members, understood
from .x_columns import FIELDS, languages, strings, untouched, words
from .x_tweets import Metrics, PlainTweet, User

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from .json_sound import Listed
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


def meant(tweet: Tweet | PlainTweet, own: str) -> list[tuple[str | None, str | None]]:
    """Shortened links and what they stand for; nothing, for those of the post's own media."""
    found = (tweet.note_tweet and tweet.note_tweet.entities, tweet.entities)
    links = [link for entities in found if entities for link in entities.urls or ()]
    return [(link.url, "" if _is_own(link.expanded_url, own) else link.expanded_url) for link in links]


def _is_own(long: str | None, own: str) -> bool:
    attached = _ATTACHED.fullmatch(long) if long and "/status/" in long else None
    return attached is not None and attached[1] == own


# --- Many pages at once ---


@dataclass(frozen=True)
class Posts(Sequence["Page | None"]):
    """The pages on which posts stand: those of each line, the line of each post, and whether it is surely sound."""

    pages: Sequence[Page | None]
    lines: np.ndarray
    sound: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, index: int) -> Page | None: ...
    @overload
    def __getitem__(self, index: slice) -> Posts: ...
    def __getitem__(self, index: int | slice) -> Posts | Page | None:
        if isinstance(index, slice):
            return Posts(self.pages, self.lines[index], self.sound[index])
        return self.pages[int(self.lines[index])]


def posts_of_pages(lines: Sequence[bytes], found: Listed, told: Sequence[tuple[int, Page | None]]) -> Known:
    """The posts of lines, given the objects that were found in them and what is told of each: `x_api` says what."""
    counts = np.array([count for count, _ in told], np.int64)
    alone = counts == 0
    whole = found.sound & (counts > 0) & (counts == found.counts)
    counts = np.where(alone, 1, np.where(whole, counts, -1))
    of = np.repeat(np.arange(len(counts)), counts.clip(0))
    listed, mine = np.repeat(whole, counts.clip(0)), np.repeat(whole, found.counts)
    offsets, lengths = np.zeros(len(of), np.int64), np.fromiter(map(len, lines), np.int64, len(lines))[of]
    offsets[listed], lengths[listed] = found.offsets[mine], found.lengths[mine]
    return Known(counts, offsets, lengths, Posts([page for _, page in told], of, found.sound[of]))


def soundness(hints: Sequence[Page | None]) -> list[bool] | None:
    """Which posts are surely sound, as far as their hints tell."""
    if not isinstance(hints, Hints) or not isinstance(hints.known, Posts):
        return None
    known = hints.places >= 0
    known[known] = hints.known.sound[hints.places[known]]
    found: list[bool] = known.tolist()
    return found


# --- Many posts at once ---

#: Columns of a frame of posts, by the members that they hold.
_MEMBERS: Final = {
    "id": "own", "author_id": "author_id", "conversation_id": "conversation", "created_at": "created",
    "in_reply_to_user_id": "addressed",
}  # fmt: skip
_OF_USERS: Final = {"name": "name", "username": "handle"}
_NOBODY: Final = User("")
_NO_METRICS: Final = Metrics()


def plain_posts(
    records: list[bytes], indexes: list[int], pages: Sequence[Page], sound: Sequence[bool] | None, gone: Gone
) -> pa.Table:
    """The plain ones of many posts in columns; `pages` are those on which they stand, `sound` what is known of them."""
    found = understood(records, _PLAIN.decode, sound)
    known = [place for place, tweet in enumerate(found) if tweet is not None]
    if not known:
        return no_posts()
    tweets, around = [found[place] for place in known], [pages[place] for place in known]
    typed, links = words(
        [tweet.text for tweet in tweets],
        [tweet.entities and tweet.entities.urls for tweet in tweets],
        lambda place: meant(tweets[place], tweets[place].id),
    )
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
