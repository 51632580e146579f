"""`x-archive`: the archive that X gives to the owner of an account, as a folder or member by member.

Read are the owner's posts: `data/tweets*.js` and `data/note-tweet.js` of today's archives, `data/tweet.js` of 2018,
`data/js/tweets/*.js` and `tweets.csv` of 2014 and before. `data/manifest.js` says whose archive it is and how many
items each file has; where they are fewer, something is missing, and that is said. Ids are those of the platform.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import Head, Option, Parsed, Reader, Refusal
from .opening import open_export
from .strict_json import decoded
from .tweets import PRIVATE, Link, Named, Tweet, digits, post_of, written_out
from .tweets import Entities as Ents
from .x_account import ELEMENT, TWEET, Archive, Note, archive_of
from .x_files import OPENS, assigned_name, beside, columns_of, cut, kind_of, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..model import Export


def recognise(head: Head) -> str | None:
    """Why a file is part of an archive: the name that it assigns its data to, or the columns of its table."""
    kind, _ = kind_of(head.start)
    if kind is None:
        return None
    name = assigned_name(head.start)
    if kind in {"private", "deleted"}:
        return f"it is {name} of an X account archive; nothing of it is read, bring tweets.js and manifest.js"
    return f"it is {name} of an X account archive"


# --- Context ---


@dataclass(frozen=True)
class Context:
    """What a file's records do not say: which part of which archive they are."""

    kind: str | None = None
    archive: Archive = field(default_factory=Archive)
    columns: tuple[str, ...] = ()
    #: Whether posts inside communities are read.
    communities: bool = False


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of one file of an archive. Raises UnsafeFile or OSError."""
    names = set(beside(export.name, [other.name for other in exports]))
    own = sorted({export.name: export, **{other.name: other for other in exports if other.name in names}}.items())
    archive, communities = archive_of(tuple(export for _, export in own)), bool(options.get("communities"))
    if not export.stored:
        return Context(None, archive, communities=communities)
    with open_export(export) as (data, _):
        return Context(kind_of(data)[0], archive, columns_of(data), communities)


# --- Records to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_DELETED: Final = Refusal("excluded", "record.deleted")
_UNJOINED: Final = Refusal("excluded", "record.unjoined", detail="no post, or more than one, begins like this long one")


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One element of one file as a post as claimed."""
    return _MAKERS.get(context.kind or "tweets", _tweet)(record, context)


def _tweet(record: bytes, context: Context) -> Parsed:
    tweet = _tweet_in(record)
    if isinstance(tweet, Refusal):
        return tweet
    archive = context.archive
    own = digits(tweet.id_str, tweet.id) or ""
    if own in archive.continued:
        return Refusal("duplicate", "", of=own)
    return post_of(msgspec.structs.replace(tweet, truncated=True) if own in archive.cut_off else tweet, archive.around)


def _tweet_in(record: bytes) -> Tweet | Refusal:
    element = decoded(record, ELEMENT.decode)
    if isinstance(element, Refusal):
        return element
    if element.tweet:
        return element.tweet
    return decoded(record, TWEET.decode)


def _community(record: bytes, context: Context) -> Parsed:
    return _tweet(record, context) if context.communities else PRIVATE


def _note(record: bytes, context: Context) -> Parsed:
    element = decoded(record, ELEMENT.decode)
    if isinstance(element, Refusal):
        return element
    note = element.note
    if note is None or not note.core or note.core.text is None:
        return Refusal("quarantined", "record.missing-field", "/noteTweet", "no long post in it")
    if not note.stands:
        return _DELETED
    tweet = context.archive.whole.get(note.id or "")
    return _as_whole(note, note.core.text, tweet, context.archive) if tweet else _UNJOINED


def _as_whole(note: Note, text: str, tweet: Tweet, archive: Archive) -> Parsed:
    """The post that a note continues, with the words of the note."""
    post = post_of(tweet, archive.around)
    if isinstance(post, Refusal):
        return post
    noted = [(link.short, link.expanded) for link in (note.core and note.core.urls) or ()]
    out, links = written_out(text, [*noted, *((link.url, link.expanded_url) for link in _links(tweet))])
    post |= {"text": out}
    return post | {"links": links} if links else post


def _links(tweet: Tweet) -> Sequence[Link]:
    return (tweet.entities and tweet.entities.urls) or ()


# --- The manifest ---


class _Part(msgspec.Struct):
    """What a manifest says of the whole archive, or of one file."""

    partial: bool | None = msgspec.field(name="isPartialArchive", default=None)
    file: str | None = msgspec.field(name="fileName", default=None)
    count: str | int | None = None


_PART: Final = msgspec.json.Decoder(_Part)


def _manifest(record: bytes, context: Context) -> Parsed:
    """A sentence where the manifest promises more than there is; everything else in it is no post."""
    part = decoded(record, _PART.decode)
    if isinstance(part, Refusal):
        return part
    if part.partial:
        return Refusal("excluded", "record.incomplete", "/isPartialArchive", "the archive is one part of several")
    name = PurePosixPath(part.file or "").name
    if not (name.startswith(("tweet", "note-tweet")) and opened(name)):
        return _NOT_A_POST
    found, promised = context.archive.counted.get(name), digits(part.count)
    if found is None:
        return Refusal("excluded", "record.incomplete", "/fileName", "the file is not among the exports of the source")
    if promised is not None and found != int(promised):
        return Refusal("excluded", "record.incomplete", "/count", f"{found} items; the manifest says {promised}")
    return _NOT_A_POST


# --- The table of old archives ---


def _row(record: bytes, context: Context) -> Parsed:
    cells = _cells(record, context.columns)
    if isinstance(cells, Refusal):
        return cells
    own = digits(cells.get("tweet_id"))
    if own in context.archive.listed:
        return Refusal("duplicate", "", of=own)
    reposted = digits(cells.get("retweeted_status_id"))
    tweet = Tweet(
        id_str=own,
        created_at=cells.get("timestamp"),
        text=cells.get("text"),
        in_reply_to_status_id_str=cells.get("in_reply_to_status_id"),
        in_reply_to_user_id_str=cells.get("in_reply_to_user_id"),
        retweeted_status=Named(id_str=reposted) if reposted else None,
        entities=Ents(urls=_expanded(cells)),
    )
    return post_of(tweet, context.archive.around)


def _cells(record: bytes, columns: tuple[str, ...]) -> dict[str, str] | Refusal:
    try:
        rows = list(csv.reader(io.StringIO(record.decode(), newline=""), strict=True))
    except UnicodeDecodeError as error:
        return Refusal("quarantined", "record.invalid-utf8", detail=f"at byte {error.start} of the record")
    except csv.Error as error:
        return Refusal("quarantined", "record.bad-field", detail=str(error)[:120])
    if len(rows) != 1 or len(rows[0]) != len(columns):
        return Refusal("quarantined", "record.bad-field", detail=f"{sum(map(len, rows))} cells; {len(columns)} columns")
    return dict(zip(columns, rows[0], strict=True))


def _expanded(cells: Mapping[str, str]) -> list[Link]:
    """Shortened links of a row with what they stand for: the table lists these in order, not which is which."""
    short = written_out(cells.get("text", ""), ())[1]
    long = [one for one in cells.get("expanded_urls", "").split(",") if one]
    return [Link(*pair) for pair in zip(short, long, strict=True)] if len(short) == len(long) else []


_MAKERS: Final[dict[str, Callable[[bytes, Context], Parsed]]] = {
    "tweets": _tweet,
    "community": _community,
    "notes": _note,
    "manifest": _manifest,
    "account": lambda _record, _context: _NOT_A_POST,
    "table": _row,
    "private": lambda _record, _context: PRIVATE,
    "deleted": lambda _record, _context: _DELETED,
}

READER: Final = Reader(
    name="x-archive",
    version="1",
    title="account archive of X, formerly Twitter: the folder or the zip file that the platform gives",
    fills=(
        "native_id", "parent", "parent_state", "quoted", "kind", "author", "text", "markup", "lang", "created_at",
        "edited_at", "url", "links", "media", "labels", "wishes",
    ),
    limits=(
        "The owner's posts alone: of all other files (messages, contacts, likes, numbers, addresses) none is opened, "
        "and one that is brought all the same is left out as a whole. Reposts are left out, they are words of others. "
        "Of edited posts the last version is read. Posts of more than 280 characters are put together from two files "
        "where exactly one fits; otherwise the short form stands, marked as truncated. Quotes are known by their links "
        "alone. Posts inside communities are read with the option communities. There is no alternative text in it."
    ),
    license_rule=(
        "No licence follows from the platform; the owner of the account can license what the owner wrote, with a "
        "statement as evidence in source.toml."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    context=context,
    needs=beside,
    options=(
        Option("communities", bool, "Read posts made inside communities, which their members see first.", words=True),
    ),
    opens=OPENS,
)  # fmt: skip
