"""`mbox`: the messages of mailing lists, as mbox files and as the monthly text files of pipermail.

A message begins at a line `From ` that ends with a date and is followed by a header line: a body line that merely
begins with that word, even one with a date, begins none. Ids are the Message-IDs without their angle brackets, which
are unique everywhere, so replies resolve across files and lists; a message without one is called after its place.
Parent is what In-Reply-To names, else the last of References. Addresses are dropped: an author is the name that stands
beside one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .base import BATCH_RECORDS, BOM, RANGE_BYTES, SOLID, Cut, Head, Option, Parsed, Reader, Refusal, spans, trimmed
from .fields import address, at_mail, author
from .html import to_text
from .mail_parts import Part, body_of, codec_of, part_of, worded
from .mail_text import Own, own_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..model import Export, Limits
    from .posts import Post

# --- Cutting ---

_DATE: Final = (
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ \t]+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]+[0-9]{1,2}[ \t]+"
    rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[ \t]+(?:[A-Z]{1,5}|[+-][0-9]{4}))?[ \t]+[0-9]{4}(?:[ \t]+[+-][0-9]{4})?"
)
#: The line that begins a message, when a header follows it.
_FROM: Final = re.compile(rb"From [^\r\n]*[ \t]" + _DATE + rb"[ \t]*\r?\n(?=>?[!-9;-~]+[ \t]*:)")
_WORD: Final = b"\nFrom "
_LONGEST_LINE: Final = 2048
_STRAY: Final = Refusal("quarantined", "record.not-this-format", detail="no message begins here")


def _next(data: Any, at: int, stop: int) -> int:
    """Where the next message begins at or after `at`, which is where a line begins; `stop` when there is none."""
    if at < stop and _begins(data, at, stop):
        return at
    found = data.find(_WORD, at, stop)
    while found >= 0:
        if _begins(data, found + 1, stop):
            return int(found) + 1
        found = data.find(_WORD, found + 1, stop)
    return stop


def _begins(data: Any, at: int, stop: int) -> bool:
    return _FROM.match(data, at, min(stop, at + _LONGEST_LINE)) is not None


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut `data[start:stop]` into messages, each with its `From ` line and without blanks behind it."""
    pieces: list[tuple[int, int]] = []
    refused: dict[int, Refusal] = {}
    begun = start
    at = start + (len(BOM) if start == 0 and data[: len(BOM)] == BOM else 0)
    first = _next(data, at, stop)
    solid = SOLID.search(data, at, first)
    if solid:
        pieces.append((solid.start(), trimmed(data, solid.start(), first) - solid.start()))
        refused[0] = _STRAY
    at = first
    while at < stop:
        after = _next(data, at + 1, stop)
        length = trimmed(data, at, after) - at
        if length > limits.record_bytes:
            detail = f"{length} bytes; the limit is {limits.record_bytes}"
            refused[len(pieces)] = Refusal("quarantined", "record.too-long", detail=detail)
        pieces.append((at, length))
        at = after
        if len(pieces) == BATCH_RECORDS or at - begun >= RANGE_BYTES:
            yield spans(begun, at, pieces, data, refused)
            pieces, refused, begun = [], {}, at
    if begun < stop or start == stop:
        yield spans(begun, stop, pieces, data, refused)


def divide(data: Any, size: int) -> list[int]:
    """Cut points where messages begin, one about every `RANGE_BYTES`."""
    points = [0]
    while points[-1] + RANGE_BYTES < size:
        line = data.find(b"\n", points[-1] + RANGE_BYTES)
        found = size if line < 0 else _next(data, line + 1, size)
        if found >= size:
            break
        points.append(found)
    return [*points, size]


def whole(buffer: bytes) -> int:
    """How many bytes of a buffer are messages that another one follows."""
    end = len(buffer)
    while (end := buffer.rfind(_WORD, 0, end)) >= 0:
        if _begins(buffer, end + 1, len(buffer)):
            return end + 1
    return 0


# --- One message ---


@dataclass(frozen=True)
class Context:
    """What the source says of messages that do not say it themselves: the charset."""

    charset: str | None = None


def context(_export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of an export: nothing in it depends on the export."""
    return Context(codec_of(options["charset"]) if "charset" in options else None)


def _faults(options: dict[str, Any]) -> list[tuple[str, str]]:
    return [("charset", "is none that is known")] if "charset" in options and not codec_of(options["charset"]) else []


_ID: Final = re.compile(r"<\s*([^<>\s\x00-\x20\x7f]{1,500})\s*>")
_BARE_ID: Final = re.compile(r"[^<>\s\x00-\x20\x7f]{1,500}@[^<>\s\x00-\x20\x7f]{1,200}")
_ANSWERS: Final = re.compile(r"\s*(?:re|aw|antw|sv|vs|ref|rif)(?:\[\d+\])?\s*:", re.IGNORECASE)
_NO: Final = ("no", "false", "0", "")
_OPTED_OUT: Final = Refusal("excluded", "record.opted-out")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_OTHERS: Final = Refusal("excluded", "record.others-words")
_UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)


def parse(record: bytes, _offset: int, context: Context | None) -> Parsed:
    """One message as a post as claimed, or why it is none."""
    line = _FROM.match(record)
    if not line:
        return _STRAY
    if b"\0" in record:
        return Refusal("quarantined", "record.nul", detail=f"at byte {record.index(0)} of the record")
    charset = context.charset if context else None
    message = part_of(record[line.end() :])
    found = _OPTED_OUT if _is_opted_out(message) else _words(message, charset)
    return found if isinstance(found, Refusal) else _post(message, charset, *found)


def _is_opted_out(message: Part) -> bool:
    """Whether the author asked not to be archived, in a header or, as on Usenet, in the first line."""
    asked = message.headers.get("x-no-archive", "no").lower() not in _NO or message.headers.get("archive") == "no"
    return asked or message.body[:64].lstrip().lower().startswith(b"x-no-archive: yes")


def _post(message: Part, charset: str | None, own: Own, markup: str, links: list[str]) -> Post:
    post: Post = {**_place(message, charset), "text": own.text, "markup": markup}
    page = _ID.search(message.headers.get("archived-at", ""))
    more = {
        "author": _author(message.headers.get("from", ""), charset),
        "created_at": at_mail(message.headers.get("date", "")[:128]),
        "url": address(page[1]) if page else None,
        "links": links,
        "media": list(own.media),
        "generator": _UNDISCLOSED if message.headers.get("auto-submitted", "no").lower().startswith("auto") else None,
    }
    return post | {key: value for key, value in more.items() if value}


def _words(message: Part, charset: str | None) -> tuple[Own, str, list[str]] | Refusal:
    """The author's own words, their notation, and the links in them."""
    body = body_of(message, charset)
    if body is None:
        return _NO_TEXT
    if body.text is None:
        detail = f"the charset of the text is {body.trouble}, and it is not UTF-8; the option charset can name one"
        return Refusal("quarantined", "record.bad-encoding", detail=detail)
    page = to_text(body.text, without=frozenset({"blockquote"})) if body.html else None
    own = own_words(page.text if page else body.text)
    if own.empty and not own.media:
        return _OTHERS if own.others else _NO_TEXT
    return own, "html" if page else "plain", list(page.links) if page else []


def _place(message: Part, charset: str | None) -> Post:
    """Id, conversation and parent of a message, its kind and its title."""
    title = worded(message.headers.get("subject", ""), charset)
    own, above = _ids(message.headers.get("message-id", "")), _ids(message.headers.get("references", ""))
    answered = _ids(message.headers.get("in-reply-to", ""))[:1] or above[-1:]
    place: Post = {"kind": "post", "parent_state": "root"}
    if own:
        place["native_id"] = own[0]
    if above and above[0] not in own:
        place["conversation"] = above[0]
    if answered and answered != own[:1]:
        place = {key: value for key, value in place.items() if key != "parent_state"} | {
            "kind": "reply",
            "parent": answered[0],
        }
    elif answered or _ANSWERS.match(title or ""):
        place |= {"kind": "reply", "parent_state": "unknown"}
    return place | ({"title": title[:1024]} if title and title.strip() else {})


def _ids(header: str) -> list[str]:
    """The message ids of a header. Those that cannot be told from bytes in no charset are left out."""
    if not header:
        return []
    found = _ID.findall(header) or _BARE_ID.findall(header)[:1]
    return [one for one in found if one.isprintable() and one.isascii()]


_ANGLED: Final = re.compile(r"(.*?)<[^<>]*>[^<>]*", re.DOTALL)
_COMMENT: Final = re.compile(r"[^()]*\(((?:[^()]|\([^()]*\))*)\)\s*", re.DOTALL)
#: What looks like an address, hidden from machines or not.
_ADDRESS: Final = re.compile(
    r"@|\S\s*(?:\bat\b|\(at\)|\[at\]|@end\|ng)\s*\S+\s*(?:\.|\bdot\b)\s*\S|\|rom\b", re.IGNORECASE
)


def _author(header: str, charset: str | None) -> dict[str, str] | None:
    """The name beside an address; None where there is none, or where it is an address itself."""
    header = header[:1000]
    found = _COMMENT.fullmatch(header) or _ANGLED.fullmatch(header)
    name = worded(found[1].strip().strip('"').strip(), charset) if found else None
    return None if not name or _ADDRESS.search(name) else author(name.replace('\\"', '"'))


def recognise(head: Head) -> str | None:
    """Why a file holds mail: its first line begins a message, with a date, and a header follows."""
    start = head.start.removeprefix(BOM).lstrip(b"\r\n")
    if not _FROM.match(start, 0, _LONGEST_LINE):
        return None
    return "its first line begins a message (From, a date), and header lines follow"


READER: Final = Reader(
    name="mbox",
    version="1",
    title="messages of a mailing list: mbox files, and the monthly text files of pipermail",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "url", "links", "media", "generator",
    ),
    limits=(
        "Of a message, the first plain text, or the first HTML where there is none. Quoted lines, messages below one's "
        "own, signatures and footers of lists are left out, and their place is marked. Addresses are dropped: who has "
        "no name beside one has none here. Messages that ask not to be archived are left out. A text that is not in "
        "the charset it declares is read as UTF-8 if it is that, else in the option charset, else not at all. Dates "
        "that no reading makes sense of are left out. Attachments are not read."
    ),
    license_rule=(
        "Neither mail nor public archives of it state a licence; unless source.toml declares one with evidence, or "
        "authors license their own messages, all text is withheld."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    divide=divide,
    context=context,
    whole=whole,
    options=(
        Option("charset", str, "Charset of messages that are neither in the declared one nor in UTF-8.", words=True),
    ),
    faults=_faults,
    opens=(r"(?s).*\.(?:mbox|mbx|txt|mail)", r"(?s)(?:.*/)?[^./]+"),
)  # fmt: skip
