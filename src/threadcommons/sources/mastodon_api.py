"""`mastodon-api`: statuses of Mastodon as the API gives them: single ones, lists, the context of one, search results.

The numbers that a server gives out are its own; ids here are the addresses of posts. A reply names its parent by
number, so the statuses of all exports of a source are looked through for the addresses behind those numbers, and for
the last version of a post that was fetched more than once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..model import Limits
from .base import SOLID, Head, Option, Parsed, Reader, Refusal, spans, trimmed
from .documents import Item, cut_document, cut_documents
from .fediverse import (
    PUBLIC,
    UNDISCLOSED,
    UNLISTED,
    UNLISTED_WISH,
    account_wishes,
    judgements,
    medium,
    server,
    uri,
    words,
)
from .fields import address, at_iso, author, language
from .lines import divide_lines, whole_lines
from .opening import open_export
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..model import Export
    from .base import Cut
    from .posts import Post

# --- What is decoded ---


class Account(msgspec.Struct):
    """Who wrote it; of the profile only three tags are looked for."""

    acct: str | None = None
    name: str | None = msgspec.field(name="display_name", default=None)
    uri: str | None = None
    url: str | None = None
    note: str | None = None
    bot: bool | None = None
    locked: bool | None = None
    indexable: bool | None = None
    discoverable: bool | None = None
    noindex: bool | None = None
    memorial: bool | None = None
    suspended: bool | None = None


class Attachment(msgspec.Struct):
    """One picture, film or sound."""

    type: str | None = None
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None


class Choice(msgspec.Struct):
    """One answer of a poll."""

    title: str | None = None
    votes: int | None = msgspec.field(name="votes_count", default=None)


class Poll(msgspec.Struct):
    """A poll; its answers are words of the author."""

    options: list[Choice] | None = None


class Known(msgspec.Struct):
    """Another status, of which only numbers and addresses are read."""

    id: str | int | None = None
    uri: str | None = None


class Quote(msgspec.Struct):
    """A quote, and whether the author of what is quoted agreed."""

    state: str | None = None
    quoted_status: Known | None = None
    quoted_status_id: str | int | None = None


class Seen(Known):
    """What a first look takes down of a status."""

    in_reply_to_id: str | int | None = None
    created_at: str | None = None
    edited_at: str | None = None


class Status(Seen):
    """A status."""

    url: str | None = None
    visibility: str | None = None
    content: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    account: Account | None = None
    reblog: Known | None = None
    quote: Quote | None = None
    media_attachments: list[Attachment] | None = None
    poll: Poll | None = None
    favourites_count: int | None = None
    reblogs_count: int | None = None
    replies_count: int | None = None
    quotes_count: int | None = None


class _Document(msgspec.Struct):
    ancestors: list[msgspec.Raw] | None = None
    descendants: list[msgspec.Raw] | None = None
    statuses: list[msgspec.Raw] | None = None


_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_SEEN: Final = msgspec.json.Decoder(Seen)
_STATUS: Final = msgspec.json.Decoder(Status)

# --- Recognition ---

_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\[[ \t\r\n]*)?\{")
_FIELDS: Final = (b"uri", b"visibility", b"spoiler_text", b"reblogs_count", b"account")
_SIGNS: Final = tuple(re.compile(rb'"%s"[ \t\r\n]*:' % name) for name in _FIELDS)
_RECORDING: Final = re.compile(rb"(?:\xef\xbb\xbf)?interactions:[ \t]*\r?\n[ \t]*- request:")
_RECORDED: Final = re.compile(rb"/api/v[12]/(?:statuses|timelines|accounts|polls)|X-Mastodon|tagged_collections")


def recognise(head: Head) -> str | None:
    """Why a file holds statuses: fields that only these have together. Recordings of requests are known, not read."""
    if _RECORDING.match(head.start):
        recorded = _RECORDED.search(head.start)
        return "a recording of requests to Mastodon; bring the answers as JSON, it is not read" if recorded else None
    if not _BEGINS.match(head.start):
        return None
    return "statuses of Mastodon's API" if all(sign.search(head.start) for sign in _SIGNS) else None


# --- Cutting ---

_NOT_JSON: Final = Refusal(
    "quarantined",
    "record.not-this-format",
    detail="a recording of requests (YAML), whose text is folded; bring the answers themselves as JSON",
)


def find(view: memoryview) -> Iterable[Item]:
    """The statuses of a context or of search results; any other object is one itself."""
    found = _DOCUMENT.decode(view)
    listed = [found.ancestors, found.descendants, found.statuses]
    if all(one is None for one in listed):
        return [Item((0, len(view)))]
    return [Item(raw) for one in listed for raw in one or ()]


def _in_list(view: memoryview) -> Iterator[Item]:
    return map(Item, _LIST.decode(view))


def _in_line(view: memoryview) -> Iterable[Item]:
    """A line may be a status, a context or a whole page."""
    return _in_list(view) if bytes(view[:1]) == b"[" else find(view)


def _document(data: Any, start: int, stop: int) -> bool:
    """Whether a range is one document that goes over several lines."""
    solid = SOLID.search(data, start + 3 * (data[start : start + 3] == b"\xef\xbb\xbf"), stop)
    if not solid:
        return False
    first = bytes(data[solid.start() : min(stop, solid.start() + 256)]).split(b"\n", 1)[0].rstrip()
    return first in {b"{", b"[", b"[{"}


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut documents or lines into statuses. A recording of requests is one record, and is refused."""
    if start == 0 and _RECORDING.match(data[:256]):
        end = trimmed(data, start, stop)
        yield spans(start, stop, [(start, end - start)], data, {0: _NOT_JSON})
    elif _document(data, start, stop):
        yield from cut_document(data, start, stop, limits, _in_line)
    else:
        yield from cut_documents(data, start, stop, limits, _in_line)


def _whole(data: Any, size: int) -> bool:
    return _document(data, 0, size) or _RECORDING.match(data[:256]) is not None


# --- Context ---


@dataclass(frozen=True)
class Together:
    """What the statuses of all exports say together: addresses by number, parents and last edits by address."""

    addresses: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    edits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Context:
    """The context of an export."""

    known: Together = field(default_factory=Together)
    unlisted: bool = False


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of an export. Raises UnsafeFile, BadContainer or OSError."""
    together = tuple(sorted({export, *exports}, key=lambda one: one.name))
    return Context(_known_in(together), bool(options.get("unlisted")))


@lru_cache(maxsize=2)
def _known_in(exports: tuple[Export, ...]) -> Together:
    addresses: dict[str, str | None] = {}
    numbers: dict[str, str] = {}
    edits: dict[str, str] = {}
    for export in exports:
        for seen in _seen_in(export):
            own, number = uri(seen.uri), _number(seen.id)
            if not own:
                continue
            if number:
                # A number that two servers gave to different posts names none.
                addresses[number] = own if addresses.get(number, own) == own else None
            if parent := _number(seen.in_reply_to_id):
                numbers.setdefault(own, parent)
            if edit := at_iso(seen.edited_at):
                edits[own] = max(edit, edits.get(own, ""))
    found = {number: own for number, own in addresses.items() if own}
    parents = {own: found[number] for own, number in numbers.items() if number in found}
    return Together(found, parents, edits)


def _seen_in(export: Export) -> Iterator[Seen]:
    if not export.stored:
        return
    with open_export(export) as (data, size):
        for part in cut(data, 0, size, Limits()):
            for index, (offset, length) in enumerate(zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)):
                if index in part.refused:
                    continue
                try:
                    yield _SEEN.decode(bytes(data[offset : offset + length]))
                except (msgspec.MsgspecError, ValueError, RecursionError):
                    continue


def _number(value: Any) -> str | None:
    return str(value) if value is not None else None


# --- Records to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_DELETED: Final = Refusal("excluded", "record.deleted")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NOT_PUBLIC: Final = Refusal("excluded", "record.private")
_SUPERSEDED: Final = Refusal("excluded", "record.superseded")
_EMPTY: Final = Refusal("excluded", "record.empty-text")


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One status as a post as claimed."""
    status = decoded(record, _STATUS.decode)
    if isinstance(status, Refusal):
        return status
    if status.content is None and status.visibility is None:
        return _NOT_A_POST
    own, moment = uri(status.uri), at_iso(status.created_at)
    refusal = _unwanted(status, own or "", context.known)
    if refusal:
        return refusal
    if own is None or status.content is None:
        lacking = "/uri" if own is None else "/content"
        return Refusal("quarantined", "record.missing-field", lacking, "a status needs its address and a text")
    if moment is None:
        code = "record.bad-field" if status.created_at else "record.missing-field"
        return Refusal("quarantined", code, "/created_at", "no time that can be read")
    return _post(status, own, moment, context)


def _unwanted(status: Status, own: str, known: Together) -> Refusal | None:
    if status.visibility not in {PUBLIC, UNLISTED}:
        return _NOT_PUBLIC
    if status.account and status.account.suspended:
        return _DELETED
    if status.reblog:
        return _OTHERS_WORDS
    last = known.edits.get(own)
    return _SUPERSEDED if last and (at_iso(status.edited_at) or "") < last else None


def _post(status: Status, own: str, moment: str, context: Context) -> Parsed:
    account, known = status.account or Account(), context.known
    quoted = _quoted(status.quote, known)
    options = (status.poll and status.poll.options) or []
    post: Post = {
        "native_id": own, "created_at": moment, "edited_at": at_iso(status.edited_at), "author": _author(account),
        "lang": language(status.language), "url": address(status.url) or address(own),
    }  # fmt: skip
    post |= _related(status, own, quoted, known)
    answers = [choice.title for choice in options if choice.title]
    post |= words(status.content or "", status.spoiler_text, answers, base=server(own), quoted=bool(quoted))
    attached = status.media_attachments or []
    post["media"] = [medium(one.type or "", one.url or one.remote_url, one.description) for one in attached]
    counts = [(name, getattr(status, counter)) for counter, name in COUNTERS.items()]
    votes = [choice.votes for choice in options]
    post["labels"] = judgements(counts, sensitive=bool(status.sensitive), votes=votes)
    post["wishes"] = sorted({*_wishes(account), *_unlisted(status, context)})
    post["generator"] = UNDISCLOSED if account.bot else None
    kept = {key: value for key, value in post.items() if value or key == "text"}
    return kept if kept["text"] or kept.keys() & {"media", "title", "quoted"} else _EMPTY


#: Counters that the platform shows, and the names of our labels.
COUNTERS: Final = {
    "favourites_count": "likes",
    "reblogs_count": "reposts",
    "replies_count": "replies",
    "quotes_count": "quotes",
}


def _author(account: Account) -> dict[str, str] | None:
    id_ = uri(account.uri) or uri(account.url)
    return author(account.name or account.acct, id_, address(account.url) or address(id_))


def _unlisted(status: Status, context: Context) -> list[str]:
    return [UNLISTED_WISH] if status.visibility == UNLISTED and not context.unlisted else []


_FLAGS: Final = ("indexable", "discoverable", "noindex", "memorial", "locked")


def _wishes(account: Account) -> list[str]:
    return account_wishes({name: getattr(account, name) for name in _FLAGS}, account.note)


def _related(status: Status, own: str, quoted: str | None, known: Together) -> dict[str, str | None]:
    """What a status is to others. A copy from another server may not know its parent; any copy that does counts."""
    number = _number(status.in_reply_to_id)
    parent = known.parents.get(own) or known.addresses.get(number or "")
    answers = parent is not None or number is not None
    kind = "reply" if answers else "quote" if quoted else "post"
    state = None if parent else "not_collected" if number else "root"
    return {"kind": kind, "parent": parent, "parent_state": state, "quoted": quoted}


def _quoted(quote: Quote | None, known: Together) -> str | None:
    """The post that is quoted, if its author agreed and it is still there."""
    if quote is None or quote.state != "accepted":
        return None
    named = quote.quoted_status
    return uri(named.uri) if named else known.addresses.get(_number(quote.quoted_status_id) or "")


READER: Final = Reader(
    name="mastodon-api",
    version="1",
    title="statuses of Mastodon from its API: single, lists, contexts, search results",
    fills=(
        "native_id", "parent", "parent_state", "quoted", "kind", "author", "title", "text", "markup", "lang",
        "created_at", "edited_at", "url", "links", "media", "labels", "wishes", "generator",
    ),
    limits=(
        "Public statuses; all others are left out. Unlisted ones are read, but their text is kept back unless the "
        "option unlisted says otherwise. Boosts are left out; of quoted posts only the address is kept, and only where "
        "their author agreed; preview cards are not read. A parent is named if it is in the source. Recordings of "
        "requests (YAML) are known and refused. All numbers and addresses of the statuses are held in memory."
    ),
    license_rule=(
        "No licence follows from the software; authors can license what they wrote, and a server that sets a licence "
        "must be declared with its terms. That an account does not want to be found becomes a wish, which keeps texts "
        "back."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    divide=lambda data, size: [0, size] if _whole(data, size) else divide_lines(data, size),
    whole=lambda buffer: 0 if _whole(buffer, len(buffer)) else whole_lines(buffer),
    context=context,
    needs=lambda name, names: sorted(other for other in names if other != name),
    options=(Option("unlisted", bool, "Publish unlisted statuses too, which are public but not shown in timelines."),),
)  # fmt: skip
