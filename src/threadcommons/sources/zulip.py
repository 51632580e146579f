"""`zulip`: topics of a Zulip organisation, as zulip-archive saves them, and pages of messages as the API gives them.

Neither says which organisation it is of, so the source has to. A message is called by organisation and number,
`chat.example.org/500001`, because that is how quotes name it; a conversation by channel and topic, as links spell
them, `chat.example.org/100/gear.20ratios`. An archive has one file a topic, in a folder called by number and name of
its channel.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, unquote

import msgspec

from ..errors import BadSources
from .base import SOLID, Head, Option, Parsed, Reader, Refusal
from .chats import UNDISCLOSED, addresses_in, filled, reactions
from .documents import Item, cut_document
from .fields import address, at_epoch, author
from .html import LEFT_OUT, to_text
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..model import Export
    from .posts import Post

# --- What is decoded ---


class Reaction(msgspec.Struct):
    """One person's reaction; who it was is not among the fields."""

    emoji_name: str | None = None


class Message(msgspec.Struct):
    """One message: four fields in an archive, more from the API. Mail addresses are not among them."""

    id: int | None = None
    sender_full_name: str | None = None
    content: str | None = None
    timestamp: int | float | None = None
    sender_id: int | None = None
    type: str | None = None
    stream_id: int | None = None
    subject: str | None = None
    content_type: str | None = None
    last_edit_timestamp: int | float | None = None
    reactions: list[Reaction] | None = None


class _Page(msgspec.Struct):
    messages: list[msgspec.Raw] | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_TOPIC: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PAGE: Final = msgspec.json.Decoder(_Page)

# --- Recognition ---

_START: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*\{|\{.*?"messages"\s*:\s*\[\s*\{)', re.DOTALL)
_SIGNS: Final = (
    rb'"id"\s*:\s*[0-9]', rb'"sender_full_name"\s*:\s*"', rb'"content"\s*:\s*"', rb'"timestamp"\s*:\s*[0-9]',
)  # fmt: skip


def recognise(head: Head) -> str | None:
    """Why a file is of Zulip: messages with the full name of their sender."""
    known = _START.match(head.start) and all(re.search(sign, head.start) for sign in _SIGNS)
    return "messages of a Zulip topic" if known else None


# --- Cutting ---


class Hint(NamedTuple):
    """Whether a message began its topic."""

    first: bool = False


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The messages of a topic, or of a page. Only a topic begins with what began it."""
    solid = SOLID.search(view)
    if solid and solid[0] == b"[":
        return [Item(raw, Hint(first=number == 0)) for number, raw in enumerate(_TOPIC.decode(view))]
    messages = _PAGE.decode(view).messages
    return _NOT_ZULIP if messages is None else [Item(raw, Hint()) for raw in messages]


_NOT_ZULIP: Final = Refusal("quarantined", "record.not-this-format", detail="neither a topic nor a page of messages")

# --- Context ---


class Context(NamedTuple):
    """Of which organisation a file is, and which topic of which channel, where its name tells."""

    site: str
    channel: str | None = None
    topic: str | None = None


_SITE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?")
_FOLDER: Final = re.compile(r"([0-9]{1,12})(?:-.*)?", re.DOTALL)
_SPELLED: Final = re.compile(r"[!-~]{1,400}")


def context(export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """Organisation and topic. Raises BadSources when the option is no host name."""
    site = str(options.get("site", ""))
    if not _SITE.fullmatch(site):
        hint = "write the host name alone, such as example.zulipchat.com"
        raise BadSources("the option site of the reader is no host name", where=export.source, hint=hint)
    path = PurePosixPath(export.name)
    folder = _FOLDER.fullmatch(path.parent.name)
    topic = path.name.removesuffix(".json")
    return Context(site, folder[1], topic) if folder and _SPELLED.fullmatch(topic) else Context(site)


# --- Messages to posts ---

_PRIVATE: Final = Refusal("excluded", "record.private")
_DELETED: Final = Refusal("excluded", "record.deleted")
_NOTICE: Final = Refusal("excluded", "record.notice")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the message has no number")
#: Speak for the platform.
_PLATFORM: Final = frozenset({"Notification Bot", "Welcome Bot"})
#: What a message says whose words were taken back.
_GONE: Final = "(deleted)"
_TITLE: Final = 1024


def parse(record: bytes, hint: Hint | None, context: Context) -> Parsed:
    """One message as a post as claimed."""
    message = decoded(record, _MESSAGE.decode)
    if isinstance(message, Refusal):
        return message
    if message.type not in (None, "stream", "channel"):
        return _PRIVATE
    if message.sender_full_name in _PLATFORM:
        return _NOTICE
    return _NO_ID if message.id is None else _post(message, message.id, context, first=bool(hint and hint.first))


class _Words(NamedTuple):
    text: str
    markup: str
    links: list[str]
    media: list[dict[str, str | None]]
    quoted: str | None


def _post(message: Message, number: int, context: Context, *, first: bool) -> Parsed:
    words = _words(message, context.site)
    if words.text.strip() == _GONE:
        return _DELETED
    if not words.text.replace(LEFT_OUT, "").strip("> \n") and not words.media:
        return _OTHERS_WORDS if LEFT_OUT in words.text else _NO_TEXT
    sender = None if message.sender_id is None else str(message.sender_id)
    post = {
        "native_id": f"{context.site}/{number}",
        **_place(message, number, context, first=first),
        "quoted": f"{context.site}/{words.quoted}" if words.quoted else None,
        "author": author(message.sender_full_name, sender),
        "text": words.text,
        "markup": words.markup,
        "created_at": at_epoch(message.timestamp),
        "edited_at": at_epoch(message.last_edit_timestamp),
        "links": words.links,
        "media": words.media,
        "labels": _reactions(message),
        "generator": UNDISCLOSED if _BOT.search(message.sender_full_name or "") else None,
    }
    return filled(post)


#: Names that bots of Zulip have by convention, and people do not.
_BOT: Final = re.compile(r"(?:^|\s)[Bb]ot$")


def _place(message: Message, number: int, context: Context, *, first: bool) -> Post:
    """The topic of a message. What it answers is not told; only what began the topic is known to answer nothing."""
    channel = context.channel if message.stream_id is None else str(message.stream_id)
    topic = context.topic if message.subject is None else _as_link(message.subject)
    place: Post = {"kind": "post", "parent_state": "root"} if first else {"kind": "reply", "parent_state": "unknown"}
    if channel is None or not topic or len(topic) > _LONGEST:
        return place
    url = f"https://{context.site}/#narrow/channel/{channel}/topic/{topic}/near/{number}"
    place |= {"conversation": f"{context.site}/{channel}/{topic}", "url": address(url)}
    return place | ({"title": _as_shown(topic)[:_TITLE]} if first else {})


_LONGEST: Final = 400


def _as_link(topic: str) -> str:
    """A topic as links spell it: escaped like any address, with dots for percent signs."""
    return quote(topic, safe="").replace(".", "%2E").replace("%", ".")


def _as_shown(spelled: str) -> str:
    return unquote(spelled.replace(".", "%"))


def _reactions(message: Message) -> list[dict[str, str]]:
    names = [one.emoji_name for one in message.reactions or ()]
    return reactions(((name, names.count(name)) for name in dict.fromkeys(names)), "zulip")


# --- Words ---


def _words(message: Message, site: str) -> _Words:
    """The words of a message without those of others: quotes are marked, previews of pages are gone."""
    written = message.content or ""
    if message.content_type == "text/x-markdown":
        return _Words(written, "markdown", addresses_in(written), [], None)
    own = _without(_without(written, _CARD, "div", lambda _: ""), _FORMULA, "span", _as_typed)
    own = own.replace('href="#narrow/', 'href="/#narrow/')
    page = to_text(own, base=f"https://{site}", without=_QUOTES)
    quoted = _quoted(own) if "<blockquote>" in own else None
    return _Words(page.text, "html", list(page.links), list(page.media), quoted)


_QUOTES: Final = frozenset({"blockquote"})


#: A page or a post of another platform that is shown below a message.
_CARD: Final = re.compile(r'<div class="(?:message_embed|inline-preview-twitter|twitter-tweet)\b[^"<>]*"[^<>]*>')
_FORMULA: Final = re.compile(r'<span class="katex">')
_TYPED: Final = re.compile(r'<annotation encoding="application/x-tex">([^<]*)</annotation>')
#: Which message a quote is of: the link before it.
_SOURCE: Final = re.compile(r'<a href="([^"<>]*+)"[^<>]*+>[^<>]*+</a>:?\s*+</p>\s*+<blockquote>')


def _quoted(html: str) -> str | None:
    """The number of the message that a link before a quote leads to."""
    for found in _SOURCE.finditer(html):
        number = found[1].rpartition("/near/")[2]
        if "#narrow/" in found[1] and number.isdecimal() and number.isascii():
            return number[:_DIGITS]
    return None


_DIGITS: Final = 20


def _as_typed(element: str) -> str:
    """A formula as it was typed; the page holds it twice, laid out."""
    typed = _TYPED.search(element)
    return f"$${typed[1]}$$" if typed else ""


def _without(html: str, opening: re.Pattern[str], tag: str, instead: Callable[[str], str]) -> str:
    """HTML in which each element that begins like `opening` is replaced by what `instead` makes of it. Linear."""
    return "".join(_pieces(html, opening, tag, instead)) if f"<{tag}" in html and opening.search(html) else html


def _pieces(html: str, opening: re.Pattern[str], tag: str, instead: Callable[[str], str]) -> Iterator[str]:
    tags = _TAGS[tag]
    at = 0
    while begun := opening.search(html, at):
        yield html[at : begun.start()]
        depth, at = 0, len(html)
        for found in tags.finditer(html, begun.start()):
            depth += -1 if found[0].startswith("</") else 1
            if depth == 0:
                at = found.end()
                break
        yield instead(html[begun.start() : at])
    yield html[at:]


_TAGS: Final = {tag: re.compile(rf"</?{tag}\b[^<>]*>") for tag in ("div", "span")}


READER: Final = Reader(
    name="zulip",
    version="1",
    title="topics of a Zulip organisation: files of zulip-archive, and pages of the API",
    fills=(
        "native_id", "conversation", "parent_state", "quoted", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "media", "labels", "generator",
    ),
    limits=(
        "Messages in channels. Direct messages, notices of the platform and deleted messages are left out; quotes are "
        "marked, previews of pages are gone, formulas are as they were typed. What a message answers is not told. A "
        "wish that members state in words is not understood: ask them. Needs the consent of those who take part."
    ),
    license_rule="Public archives state no licence; only the author of a message can license it, with evidence.",
    recognise=recognise,
    cut=partial(cut_document, find=find),
    parse=parse,
    context=context,
    hinted=True,
    opens=(r"(?s)(?:.*/)?[0-9]+(?:-[^/]*)?/[^/]+\.json", r"(?s)(?:.*/)?messages[^/]*\.json"),
    options=(
        Option("site", str, "Host name of the organisation, such as example.zulipchat.com.", required=True, words=True),
    ),
    consent=True,
)  # fmt: skip
