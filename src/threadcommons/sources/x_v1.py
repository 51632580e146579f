"""`x-v1`: posts of X as version 1.1 of its interface gives them, one per line (twarc, streams) or in one document.

The shape called Activity Streams, which paid interfaces gave, is read too. Streams carry lines that say what was
deleted or withheld; they hold for all exports of a source, whatever comes first. Ids are those of the platform.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import SOLID, Head, Parsed, Reader, Refusal
from .documents import Item, cut_document
from .json_runs import cut_objects, divide_objects, whole_objects
from .strict_json import decoded
from .sweeping import lines_with
from .tweets import WITHHELD, Around, Entities, Longer, Named, Number, Tweet, User, digits, post_of
from .x_v1_columns import plain_posts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from ..model import Export, Limits
    from .base import Cut

# --- What is decoded ---


class Of(msgspec.Struct):
    """A post or a person that a control line speaks of."""

    id_str: str | None = None
    id: Number = None
    user_id_str: str | None = None
    user_id: Number = None


class Deleted(msgspec.Struct):
    """That a post was deleted."""

    status: Of | None = None


class Linked(msgspec.Struct):
    """Something that is named by its address."""

    link: str | None = None


class Actor(msgspec.Struct):
    """Who wrote an activity."""

    id: str | None = None
    handle: str | None = msgspec.field(name="preferredUsername", default=None)
    name: str | None = msgspec.field(name="displayName", default=None)


class LongObject(msgspec.Struct):
    """The whole of an activity whose first field was cut."""

    body: str | None = None
    twitter_entities: Entities | None = None
    twitter_extended_entities: Entities | None = None


class Quoted(msgspec.Struct):
    """A quoted activity, of which only the id is read."""

    id: str | None = None


class Line(Tweet):
    """A post in either shape, or a control line."""

    delete: Deleted | None = None
    status_withheld: Of | None = None
    user_withheld: Of | None = None
    verb: str | None = None
    actor: Actor | None = None
    body: str | None = None
    posted: str | None = msgspec.field(name="postedTime", default=None)
    answers: Linked | None = msgspec.field(name="inReplyTo", default=None)
    long_object: LongObject | None = None
    twitter_entities: Entities | None = None
    twitter_extended_entities: Entities | None = None
    twitter_quoted_status: Quoted | None = None
    twitter_lang: str | None = None
    likes: Number = msgspec.field(name="favoritesCount", default=None)
    reposts: Number = msgspec.field(name="retweetCount", default=None)


_LINE: Final = msgspec.json.Decoder(Line)
_CONTROLS: Final = ("delete", "status_withheld", "user_withheld")

# --- Recognition ---

_TIME: Final = (
    rb'"created_at"[ \t\r\n]*:[ \t\r\n]*"[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} '
    rb'[0-9]{2}:[0-9]{2}:[0-9]{2} \+0000 [0-9]{4}"'
)
_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\[[ \t\r\n]*)?\{")
_SIGNS: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = (
    (re.compile(_TIME), "posts with the times and the id_str of version 1.1 of X's interface"),
    (re.compile(rb'"tag:search\.twitter\.com,2005:[0-9]+"'), "activities whose ids are tags of search.twitter.com"),
    (re.compile(rb'\{"delete":\{"status":\{"id":[0-9]+,"id_str":'), "control lines of a stream of X"),
)
_PAGE: Final = re.compile(rb'\{[ \t\r\n]*"(?:statuses|search_metadata)"[ \t\r\n]*:')


def recognise(head: Head) -> str | None:
    """Why a file holds posts of version 1.1: the spelling of their times, or of the ids of activities."""
    if not _BEGINS.match(head.start) or (b'"id_str"' not in head.start and b'"verb"' not in head.start):
        return None
    return next((why for sign, why in _SIGNS if sign.search(head.start)), None)


# --- Cutting ---


class _Page(msgspec.Struct):
    statuses: list[msgspec.Raw] = []


_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_STATUSES: Final = msgspec.json.Decoder(_Page)


def _in_list(view: memoryview) -> Iterator[Item]:
    return map(Item, _LIST.decode(view))


def _in_page(view: memoryview) -> Iterator[Item]:
    return map(Item, _STATUSES.decode(view).statuses)


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut lines of posts, single documents that follow each other, an array of posts, or a page of search results."""
    solid = SOLID.search(data, start, stop)
    begins = solid.start() if solid else stop
    begins += 3 * (data[begins : begins + 3] == b"\xef\xbb\xbf")
    if data[begins : begins + 1] == b"[":
        yield from cut_document(data, start, stop, limits, _in_list)
    elif _PAGE.match(data, begins, stop):
        yield from cut_document(data, start, stop, limits, _in_page)
    else:
        yield from cut_objects(data, start, stop, limits)


def divide(data: Any, size: int) -> list[int]:
    """Between lines, where posts are lines; a page is not divided."""
    return [0, size] if _PAGE.match(data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")) else divide_objects(data, size)


# --- Context ---


@dataclass(frozen=True)
class Gone:
    """What control lines took back: ids of deleted posts, of withheld posts, and of people who are withheld."""

    deleted: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Context:
    """What all exports of the source say together."""

    gone: Gone = field(default_factory=Gone)


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """The context of an export: control lines may stand in any of the others. Raises UnsafeFile or OSError."""
    return Context(gone_in(tuple(sorted({export, *exports}, key=lambda one: one.name))))


@lru_cache(maxsize=2)
def gone_in(exports: tuple[Export, ...]) -> Gone:
    """What the control lines of exports took back. Only ids are kept."""
    found: dict[str, set[str]] = {control: set() for control in _CONTROLS}
    for export in exports:
        for control in _CONTROLS:
            named = (_controlled(line, control) for line in lines_with(export, f'"{control}"'.encode()))
            found[control].update(id_ for id_ in named if id_)
    return Gone(*(frozenset(found[control]) for control in _CONTROLS))


def _controlled(line: bytes, control: str) -> str | None:
    found = decoded(line.strip(b" \t\r\n"), _LINE.decode)
    if isinstance(found, Refusal):
        return None
    told = getattr(found, control)
    named = told.status if isinstance(told, Deleted) else told
    return digits(named.id_str, named.id) if named else None


# --- Records to posts ---

_CONTROL_LINE: Final = Refusal("excluded", "record.notice")
_DELETED: Final = Refusal("excluded", "record.deleted")
#: Lines by which a stream speaks of itself.
_ABOUT_ITSELF: Final = re.compile(
    rb'\{[ ]*"(?:delete|scrub_geo|limit|status_withheld|user_withheld|disconnect|warning|info|friends)"[ ]*:'
)


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One post in either shape as a post as claimed."""
    line = decoded(record, _LINE.decode)
    if isinstance(line, Refusal):
        return line
    if _ABOUT_ITSELF.match(record) or line.verb not in _VERBS:
        return _CONTROL_LINE
    tweet = _of_activity(line) if line.verb else line
    own, gone = digits(tweet.id_str, tweet.id), context.gone
    if own in gone.deleted:
        return _DELETED
    post = post_of(tweet, _NOTHING_AROUND)
    if isinstance(post, Refusal):
        return post
    if post.get("parent") in gone.deleted:
        post["parent_state"] = "deleted"
    by = post.get("author", {}).get("id")
    return post | {"wishes": [WITHHELD]} if own in gone.withheld or by in gone.people else post


def bulk(records: list[bytes], indexes: list[int], context: Context) -> pa.Table:
    """The plain ones of many posts in columns; lines by which a stream speaks of itself are not among them."""
    some = [place for place, record in enumerate(records) if not _ABOUT_ITSELF.match(record)]
    gone = (context.gone.deleted, context.gone.withheld, context.gone.people)
    if len(some) == len(records):
        return plain_posts(records, indexes, gone)
    return plain_posts([records[place] for place in some], [indexes[place] for place in some], gone)


_SHARE: Final = "share"
_VERBS: Final = frozenset({None, "post", _SHARE})
_NOTHING_AROUND: Final = Around()
_LAST_NUMBER: Final = re.compile(r"[:/]([0-9]{1,20})(?:[?#].*)?\Z")


def _number(name: str | None) -> str | None:
    """The id at the end of a tag or an address."""
    found = _LAST_NUMBER.search(name or "")
    return found[1] if found else None


def _of_activity(line: Line) -> Tweet:
    """An activity in the shape of a post."""
    longer, actor = line.long_object or LongObject(), line.actor
    return Tweet(
        id_str=_number(str(line.id)),
        created_at=line.posted,
        text=line.body,
        extended_tweet=Longer(longer.body, longer.twitter_entities, longer.twitter_extended_entities),
        lang=line.twitter_lang,
        entities=line.twitter_entities,
        extended_entities=line.twitter_extended_entities,
        user=User(id_str=_number(actor.id), screen_name=actor.handle, name=actor.name) if actor else None,
        in_reply_to_status_id_str=_number(line.answers.link) if line.answers else None,
        retweeted_status=Named() if line.verb == _SHARE else None,
        quoted_status_id_str=_number(line.twitter_quoted_status.id) if line.twitter_quoted_status else None,
        favorite_count=line.likes,
        retweet_count=line.reposts,
    )


READER: Final = Reader(
    name="x-v1",
    version="1",
    title="posts of X, formerly Twitter, from version 1.1 of its interface: twarc, streams, single documents",
    fills=(
        "native_id", "parent", "parent_state", "quoted", "kind", "author", "text", "markup", "lang", "created_at",
        "url", "links", "media", "labels", "wishes",
    ),
    limits=(
        "Posts as lines, as documents that follow each other, as an array or a page of search results; Activity "
        "Streams too. Reposts are left out, and of a quoted post only the id is read. Protected accounts are left out. "
        "What control lines delete is left out, what they withhold is not published. Places and coordinates are not "
        "read. Posts that were cut and whose rest is not there are marked as truncated."
    ),
    license_rule=(
        "No licence follows from the platform, and its terms let little more than ids be passed on; what an author "
        "wrote the author can license, with a statement as evidence in source.toml."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    bulk=bulk,
    divide=divide,
    whole=whole_objects,
    context=context,
    needs=lambda name, names: sorted(other for other in names if other != name),
)  # fmt: skip
