"""What version 2 of X's interface says of a post, as far as it is read: what a decoder of `x_api` fills in."""

from __future__ import annotations

from typing import Any

import msgspec

from .typed import Whole  # noqa: TC001  (decoders look at it)


class User(msgspec.Struct):
    """An account; nothing else of a profile is read."""

    id: str
    name: str | None = None
    username: str | None = None
    protected: bool | None = None
    withheld: dict[str, Any] | None = None


class Variant(msgspec.Struct):
    """One file of a film."""

    url: str | None = None
    content_type: str | None = None
    bit_rate: int | None = None


class Media(msgspec.Struct):
    """One attached picture or film."""

    media_key: str | None = None
    type: str | None = None
    url: str | None = None
    preview_image_url: str | None = None
    alt_text: str | None = None
    variants: list[Variant] | None = None


class Option(msgspec.Struct):
    """One answer of a poll."""

    label: str | None = None
    votes: int | None = None


class Poll(msgspec.Struct):
    """A poll; its answers are words of the post's author."""

    id: str | None = None
    options: list[Option] | None = None


class Link(msgspec.Struct):
    """A shortened link and what it stands for."""

    url: str | None = None
    expanded_url: str | None = None


class Entities(msgspec.Struct):
    """What stands in a text."""

    urls: list[Link] | None = None


class Note(msgspec.Struct):
    """The whole of a long post."""

    text: str | None = None
    entities: Entities | None = None


class Reference(msgspec.Struct):
    """Another post, of which only the id is read, whatever else stands there."""

    type: str | None = None
    id: str | None = None


class Attached(msgspec.Struct):
    """What is attached: keys, and in flattened posts the things themselves."""

    media_keys: list[str] | None = None
    poll_ids: list[str] | None = None
    media: list[Media] | None = None
    poll: Poll | None = None


class Tweet(msgspec.Struct):
    """One post; `author` only where it was flattened."""

    id: str | None = None
    text: str | None = None
    author_id: str | None = None
    author: User | None = None
    conversation_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    in_reply_to_user_id: str | None = None
    referenced_tweets: list[Reference] | None = None
    entities: Entities | None = None
    attachments: Attached | None = None
    public_metrics: dict[str, int | None] | None = None
    edit_history_tweet_ids: list[str] | None = None
    withheld: dict[str, Any] | None = None
    possibly_sensitive: bool | None = None
    note_tweet: Note | None = None
    #: Of compliance entries and of accounts, which stand where posts do.
    action: str | None = None
    username: str | None = None


class Metrics(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Counters, if there are no others than these."""

    like_count: Whole | None = None
    retweet_count: Whole | None = None
    reply_count: Whole | None = None
    quote_count: Whole | None = None
    bookmark_count: Whole | None = None
    impression_count: Whole | None = None


class PlainTweet(msgspec.Struct, gc=False):
    """A post to which nothing is attached, that is not long, and that nobody withholds."""

    id: str
    text: str
    author_id: str | None = None
    author: None = None
    conversation_id: str | None = None
    created_at: str | None = None
    lang: str | None = None
    in_reply_to_user_id: str | None = None
    referenced_tweets: list[Reference] | None = None
    entities: Entities | None = None
    attachments: None = None
    public_metrics: Metrics | None = None
    edit_history_tweet_ids: list[str] | None = None
    withheld: None = None
    possibly_sensitive: bool | None = None
    note_tweet: None = None
    action: str | None = None
    username: str | None = None
