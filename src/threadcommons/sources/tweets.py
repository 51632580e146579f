"""Posts of X in the shape that account archives and version 1.1 of its interface share.

Ids are those of the platform alone (decimal digits), so that posts of one reader answer those of another. Text is what
the author typed: escapes are resolved, shortened links are written out, and links that the platform adds for
attached media or for the rest of a cut post are taken away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import Parsed, Refusal
from .fields import addresses, at_iso, at_twitter, author, label, language, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .posts import Post

Number = str | int | float | None


class Link(msgspec.Struct):
    """A shortened link and what it stands for."""

    url: str | None = None
    expanded_url: str | None = None


class Variant(msgspec.Struct):
    """One file of a film."""

    url: str | None = None
    content_type: str | None = None
    bitrate: Number = None


class Video(msgspec.Struct):
    """The files of a film."""

    variants: list[Variant] | None = None


class Media(msgspec.Struct):
    """One attached picture or film; `url` is the shortened link that stands for it in the text."""

    url: str | None = None
    type: str | None = None
    media_url_https: str | None = None
    media_url: str | None = None
    ext_alt_text: str | None = None
    video_info: Video | None = None


class Entities(msgspec.Struct):
    """What stands in a text."""

    urls: list[Link] | None = None
    media: list[Media] | None = None


class User(msgspec.Struct):
    """Who wrote it; nothing else of a profile is read."""

    id_str: str | None = None
    id: Number = None
    screen_name: str | None = None
    name: str | None = None
    protected: bool | None = None


class Named(msgspec.Struct):
    """Another post, of which only the id is read."""

    id_str: str | None = None
    id: Number = None


class Longer(msgspec.Struct):
    """The whole of a post whose first field was cut."""

    full_text: str | None = None
    entities: Entities | None = None
    extended_entities: Entities | None = None


class Versions(msgspec.Struct):
    """Ids of all versions of a post, the last one last."""

    edit_ids: list[str] | None = msgspec.field(name="editTweetIds", default=None)


class Edit(msgspec.Struct):
    """What a later version says of the first."""

    first: Versions | None = msgspec.field(name="editControlInitial", default=None)


class Edits(msgspec.Struct):
    """The versions of a post, as the first version and as later ones spell them."""

    initial: Versions | None = None
    edit: Edit | None = None


class Tweet(msgspec.Struct):
    """One post. Archives spell all numbers as text."""

    id_str: str | None = None
    id: Number = None
    created_at: str | None = None
    full_text: str | None = None
    text: str | None = None
    truncated: bool | None = None
    extended_tweet: Longer | None = None
    lang: str | None = None
    entities: Entities | None = None
    extended_entities: Entities | None = None
    user: User | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_status_id: Number = None
    in_reply_to_user_id_str: str | None = None
    in_reply_to_user_id: Number = None
    retweeted_status: Named | None = None
    quoted_status_id_str: str | None = None
    quoted_status_id: Number = None
    quoted_status: Named | None = None
    favorite_count: Number = None
    retweet_count: Number = None
    reply_count: Number = None
    quote_count: Number = None
    possibly_sensitive: bool | None = None
    withheld_in_countries: list[str] | None = None
    withheld_copyright: bool | None = None
    edit_info: Edits | None = None
    community_id_str: str | None = None


#: Counters that the platform shows, and the names of our labels.
COUNTERS: Final = {
    "favorite_count": "likes",
    "retweet_count": "reposts",
    "reply_count": "replies",
    "quote_count": "quotes",
}

#: How many digits an id has at most.
_DIGITS: Final = 20
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,50}")
#: In every shortened link. No escape of HTML stands for one of its letters.
SHORTENED: Final = "t.co/"
_HOST: Final = "://t.co/"
_KEY: Final = re.compile(r"[A-Za-z0-9_]+")
_STATUS: Final = re.compile(
    r"https?://(?:(?:www|mobile)\.)?(?:twitter|x)\.com/[A-Za-z0-9_]+/status(?:es)?/([0-9]{1,20})(?:[?#].*)?"
)
_REST: Final = re.compile(r"https?://(?:twitter|x)\.com/i/web/status/[0-9]+")
#: Posts of others that are passed on by hand or by old programs begin like this; archives have no other mark.
REPOST: Final = re.compile(r"RT @[A-Za-z0-9_]{1,50}:")

PRIVATE: Final = Refusal("excluded", "record.private")
OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
SUPERSEDED: Final = Refusal("excluded", "record.superseded")
WITHHELD: Final = "x.withheld=true"


def digits(*ids: Any) -> str | None:
    """The first of several spellings of an id that is one: whole numbers stay exact at any size."""
    for one in ids:
        if one is None:
            continue
        shown = one if isinstance(one, str) else str(one)
        if len(shown) <= _DIGITS and shown.isascii() and shown.isdigit():
            return shown
    return None


def account(name: str | None, id_: str | None, handle: str | None) -> dict[str, str] | None:
    """An author as a post carries it."""
    profile = _profile(handle)
    return author(name or (handle if profile else None), id_, profile)


def page(id_: str, handle: str | None) -> str:
    """The page of a post; it is found without the right handle too."""
    return f"{_profile(handle) or 'https://x.com/i'}/status/{id_}"


@lru_cache(maxsize=4096)
def _profile(handle: str | None) -> str | None:
    """The page of a person, if the handle is one."""
    return f"https://x.com/{handle}" if handle and _HANDLE.fullmatch(handle) else None


def written_out(typed: str, links: Iterable[tuple[str | None, str | None]]) -> tuple[str, list[str]]:
    """A text without escapes, its shortened links replaced, and the addresses that it links to.

    `links` are pairs of the short form and what it stands for, if that is known; an empty text means that the link
    goes. Short forms are looked for as such: about what the positions of links count, platforms disagree with
    themselves.
    """
    if SHORTENED not in typed:
        return typed, []
    meant = {short: short if long is None else long for short, long in links if short}
    loose, *tails = typed.split(_HOST)
    out: list[str] = []
    for tail in tails:
        scheme = "https" if loose.endswith("https") else "http"
        key = _KEY.match(tail)
        if not key or not loose.endswith(scheme):
            loose += _HOST + tail
            continue
        short = scheme + _HOST + key[0]
        long, before = meant.get(short, short), loose.removesuffix(scheme)
        # With a link goes the blank before it.
        out += [before if long or not before.endswith((" ", "\n")) else before[:-1], long]
        loose = tail[key.end() :]
    return "".join([*out, loose]), addresses(out[1::2])


@dataclass(frozen=True)
class Around:
    """What a post does not say itself, or may not: its author, and where ids of earlier versions lead."""

    author: dict[str, str] | None = None
    handle: str | None = None
    #: From the id of an earlier version to that of the last one.
    latest: Mapping[str, str] = field(default_factory=dict)
    #: Whether a link to a post counts as a quote of it: archives have no other sign.
    quotes_are_links: bool = False


#: What is read where there is nothing; nobody changes it.
_NOT_LONGER: Final = Longer()
_NO_ENTITIES: Final = Entities()


def post_of(tweet: Tweet, around: Around) -> Parsed:
    """One post as claimed, or why it is none."""
    own = digits(tweet.id_str, tweet.id)
    if own is None:
        return Refusal("quarantined", "record.missing-field", "/id_str", "no id of decimal digits")
    longer = tweet.extended_tweet or _NOT_LONGER
    text = longer.full_text if longer.full_text is not None else tweet.full_text
    text = tweet.text if text is None else text
    if text is None:
        return Refusal("quarantined", "record.missing-field", "/full_text", "the post has no text")
    moment = at_twitter(tweet.created_at) or at_iso(tweet.created_at)
    if tweet.created_at is not None and moment is None:
        return Refusal("quarantined", "record.bad-field", "/created_at", "not a time of this platform")
    return _unwanted(tweet, own, text, around) or _post(tweet, own, moment, around) | _with_words(tweet, longer, text)


def _unwanted(tweet: Tweet, own: str, text: str, around: Around) -> Refusal | None:
    if tweet.user and tweet.user.protected:
        return PRIVATE
    if tweet.retweeted_status or (text.startswith("RT @") and REPOST.match(text)):
        return OTHERS_WORDS
    return SUPERSEDED if own in around.latest or own != versions(tweet, own)[-1] else None


def _post(tweet: Tweet, own: str, moment: str | None, around: Around) -> Post:
    """A post without its words."""
    user = tweet.user
    handle = user.screen_name if user else around.handle
    post: Post = {"native_id": own, "url": page(own, handle)}
    if moment:
        post["created_at"] = moment
    if spoken := language(tweet.lang):
        post["lang"] = spoken
    if by := account(user.name, digits(user.id_str, user.id), handle) if user else around.author:
        post["author"] = by
    if moment and tweet.edit_info and len(versions(tweet, own)) > 1:
        post["edited_at"] = moment
    post |= related(
        answered=digits(tweet.in_reply_to_status_id_str, tweet.in_reply_to_status_id),
        addressed=digits(tweet.in_reply_to_user_id_str, tweet.in_reply_to_user_id),
        quoted=_quoted(tweet, own, by_link=around.quotes_are_links),
        latest=around.latest,
    )
    if labels := list(_labels(tweet)):
        post["labels"] = labels
    if tweet.withheld_in_countries or tweet.withheld_copyright:
        post["wishes"] = [WITHHELD]
    return post


def versions(tweet: Tweet, own: str) -> list[str]:
    """Ids of all versions of a post, the last one last."""
    found = tweet.edit_info
    if found is None:
        return [own]
    listed = found.initial or (found.edit and found.edit.first)
    return (listed and listed.edit_ids) or [own]


def related(
    *, answered: str | None, addressed: str | None, quoted: str | None, latest: Mapping[str, str]
) -> dict[str, str]:
    """What a post is to others. One that addresses a person and answers no post that is named may be either."""
    parent = latest.get(answered, answered) if answered else None
    quote = latest.get(quoted, quoted) if quoted else None
    found = {"kind": "reply" if parent else "quote" if quote else "post"}
    if parent:
        found["parent"] = parent
    else:
        found["parent_state"] = "unknown" if addressed else "root"
    if quote:
        found["quoted"] = quote
    return found


def _with_words(tweet: Tweet, longer: Longer, text: str) -> Post:
    """Text, links and media. Only the extended entities hold all media."""
    extended = longer.extended_entities or tweet.extended_entities or _NO_ENTITIES
    media = extended.media or (longer.entities or tweet.entities or _NO_ENTITIES).media
    words: Post = {"text": unescaped(text), "markup": "plain"}
    if SHORTENED in text:
        words["text"], links = written_out(words["text"], short_links(tweet))
        if links:
            words["links"] = links
    if media:
        words["media"] = [_medium(one) for one in media]
    return words


def short_links(tweet: Tweet) -> list[tuple[str | None, str | None]]:
    """Shortened links of a post and what they stand for: nothing, where the platform added them for its own ends."""
    longer = tweet.extended_tweet or _NOT_LONGER
    found = [longer.entities, tweet.entities, longer.extended_entities, tweet.extended_entities]
    typed = [link for one in found if one for link in one.urls or ()]
    attached = [medium for one in found if one for medium in one.media or ()]
    return [
        *((link.url, "" if _REST.match(link.expanded_url or "") else link.expanded_url) for link in typed),
        *((medium.url, "") for medium in attached),
    ]


_KINDS: Final = {"photo": "image", "video": "video", "animated_gif": "video"}
_FILM: Final = "video/mp4"


def _medium(medium: Media) -> dict[str, str | None]:
    films = medium.video_info.variants if medium.video_info else None
    playable = [one for one in films or () if one.url and one.content_type == _FILM]
    sharpest = max(playable, key=lambda one: int(digits(one.bitrate) or 0), default=Variant())
    url = sharpest.url or medium.media_url_https or medium.media_url
    kind = _KINDS.get(medium.type or "", "file")
    return {"type": kind, "url": next(iter(addresses([url])), None), "alt": medium.ext_alt_text}


def _quoted(tweet: Tweet, own: str, *, by_link: bool) -> str | None:
    """The post that is quoted; an archive tells only by the last link that leads to one."""
    named = tweet.quoted_status
    found = digits(tweet.quoted_status_id_str, tweet.quoted_status_id)
    found = digits(named.id_str, named.id) if named and not found else found
    if found or not by_link:
        return found
    links = (tweet.entities and tweet.entities.urls) or []
    leading = [match[1] for one in links if (match := _STATUS.fullmatch(one.expanded_url or ""))]
    return leading[-1] if leading and leading[-1] != own else None


def _labels(tweet: Tweet) -> Iterator[dict[str, str]]:
    for counter, name in COUNTERS.items():
        if (count := getattr(tweet, counter)) is not None:
            yield label(name, count, "x", "platform-counter")
    if tweet.possibly_sensitive:
        yield label("sensitive", "true", "x", "platform-mark")
    if tweet.truncated and not (tweet.extended_tweet and tweet.extended_tweet.full_text):
        yield label("truncated", "true", "x", "platform-mark")
