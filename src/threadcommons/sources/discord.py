"""`discord`: channels and threads of a Discord server, as DiscordChatExporter writes them in JSON.

Ids are those of the platform, unique in all of it, so an answer finds its message in whatever file this stands. A
thread is called by the message that it hangs on, which has the same id. Which channels of a server are closed to some
of its members an export does not tell; what it tells, that a chat is of two or a thread is private, is obeyed.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from .base import Head, Parsed, Reader, Refusal
from .chats import UNDISCLOSED, addresses_in, filled, medium, reactions
from .documents import Item, cut_document
from .fields import address, at_iso, author
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .posts import Post

# --- What is decoded ---

Id = str | int


class Person(msgspec.Struct):
    """Who wrote a message, or is named in it."""

    id: Id | None = None
    name: str | None = None
    bot: bool | None = msgspec.field(name="isBot", default=None)


class Attached(msgspec.Struct):
    """A file that was sent along."""

    url: str | None = None
    name: str | None = msgspec.field(name="fileName", default=None)


class Sticker(msgspec.Struct):
    """A picture of a set, by its name."""

    name: str | None = None


class Emoji(msgspec.Struct):
    """What people reacted with."""

    name: str | None = None
    code: str | None = None


class Reaction(msgspec.Struct):
    """How many people reacted in one way."""

    emoji: Emoji | None = None
    count: int | None = None


class Reference(msgspec.Struct):
    """The message that is answered, or passed on."""

    type: str | None = None
    message: Id | None = msgspec.field(name="messageId", default=None)


class Message(msgspec.Struct):
    """One message. Previews of links, which hold words of others, are not among the fields."""

    id: Id | None = None
    type: Id | None = None
    timestamp: str | None = None
    edited: str | None = msgspec.field(name="timestampEdited", default=None)
    content: str | None = None
    author: Person | None = None
    attachments: list[Attached] | None = None
    embeds: list[msgspec.Raw] | None = None
    stickers: list[Sticker] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[Person] | None = None
    reference: Reference | None = None
    forwarded: dict[str, Any] | None = msgspec.field(name="forwardedMessage", default=None)
    interaction: dict[str, Any] | None = None


class _Guild(msgspec.Struct):
    id: Id | None = None


class _Channel(msgspec.Struct):
    id: Id | None = None
    type: Id | None = None
    name: str | None = None


class _Document(msgspec.Struct):
    guild: _Guild | None = None
    channel: _Channel | None = None
    messages: list[msgspec.Raw] | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_DOCUMENT: Final = msgspec.json.Decoder(_Document)

# --- Recognition ---

_HEAD: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"guild"\s*:\s*\{')
_SIGNS: Final = (rb'"channel"\s*:\s*\{', rb'"(?:exportedAt|dateRange)"\s*:', rb'"messages"\s*:\s*\[')


def recognise(head: Head) -> str | None:
    """Why a file is such an export: a server, a channel of it and its messages."""
    known = _HEAD.match(head.start) and all(re.search(sign, head.start) for sign in _SIGNS)
    return "a channel of a Discord server with its messages" if known else None


# --- Cutting ---

#: Kinds of channels that a server's members see; whatever else there is, or will be, is private.
_THREADS: Final = frozenset({"GuildNewsThread", "GuildPublicThread"})
_OPEN: Final = _THREADS | {
    "GuildTextChat", "GuildVoiceChat", "GuildNews", "GuildStageVoice", "GuildForum", "GuildMedia",
}  # fmt: skip
_PRIVATE: Final = Refusal("excluded", "record.private")
_NOT_DISCORD: Final = Refusal("quarantined", "record.not-this-format", detail="no channel with messages")


class Hint(NamedTuple):
    """Where a message stands: its server and channel; of a thread its name, and whether this is its first message."""

    guild: str | None = None
    channel: str | None = None
    thread: bool = False
    title: str | None = None
    first: bool = False


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The messages of a channel. Those of a private one are refused unseen."""
    document = _DOCUMENT.decode(view)
    channel = document.channel
    if channel is None or document.messages is None:
        return _NOT_DISCORD
    refusal = None if channel.type in _OPEN else _PRIVATE
    guild = document.guild.id if document.guild else None
    thread = channel.type in _THREADS
    hint = Hint(_text(guild), _text(channel.id), thread, channel.name if thread else None)
    first = hint._replace(first=True)
    return [Item(raw, hint if number else first, refusal) for number, raw in enumerate(document.messages)]


def _text(value: Id | None) -> str | None:
    return None if value is None else str(value)


# --- Messages to posts ---

_NOTICE: Final = Refusal("excluded", "record.notice")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the message has no id")
#: What people write, and what they make a bot say: commands, whose types the exporter writes as numbers.
_WRITTEN: Final = frozenset({"Default", "Reply", "20", "23", "ChatInputCommand", "ContextMenuCommand"})
_COMMANDS: Final = _WRITTEN - {"Default", "Reply"}
#: The account that all words of closed accounts are shown under.
_GONE: Final = "456226577798135808"


def parse(record: bytes, hint: Hint | None, _context: Any) -> Parsed:
    """One message as a post as claimed."""
    message = decoded(record, _MESSAGE.decode)
    if isinstance(message, Refusal):
        return message
    if str(message.type) not in _WRITTEN:
        return _NOTICE
    if message.forwarded is not None or (message.reference and message.reference.type == "Forward"):
        return _OTHERS_WORDS
    if message.id is None:
        return _NO_ID
    media = list(_media(message))
    if not (message.content or "").strip() and not media:
        return _OTHERS_WORDS if message.embeds else _NO_TEXT
    return _post(message, hint or Hint(), str(message.id), media)


def _post(message: Message, hint: Hint, own: str, media: list[dict[str, str | None]]) -> Post:
    text = _spelled(message.content or "", message.mentions or ())
    person = message.author or Person()
    id_ = _text(person.id)
    machine = person.bot or message.interaction is not None or str(message.type) in _COMMANDS
    counts = ((one.emoji.name or one.emoji.code, one.count) for one in message.reactions or () if one.emoji)
    return filled(
        {
            "native_id": own,
            **_place(message, hint, own),
            "author": author(person.name, id_) if id_ != _GONE else None,
            "text": text,
            "markup": "markdown",
            "created_at": at_iso(message.timestamp),
            "edited_at": at_iso(message.edited),
            "url": _url(hint, own),
            "links": addresses_in(text),
            "media": media,
            "labels": reactions(counts, "discord"),
            "generator": UNDISCLOSED if machine else None,
        }
    )


def _place(message: Message, hint: Hint, own: str) -> Post:
    """What a message answers. In a thread, one that names nothing answers somebody: whom is not told."""
    place: Post = {"conversation": hint.channel} if hint.thread else {}
    answered = message.reference and message.reference.message
    if answered is not None and str(answered) != own:
        return place | {"kind": "reply", "parent": str(answered)}
    if hint.thread and not hint.first and own != hint.channel:
        return place | {"kind": "reply", "parent_state": "unknown"}
    return place | {"kind": "post", "parent_state": "root", "title": (hint.title or "")[:_TITLE]}


def _url(hint: Hint, own: str) -> str | None:
    return address(f"https://discord.com/channels/{hint.guild}/{hint.channel}/{own}") if hint.guild else None


_TITLE: Final = 1024
_MENTION: Final = re.compile(r"<@!?([0-9]{1,25})>|<a?(:[A-Za-z0-9_]{1,40}:)[0-9]{1,25}>")


def _spelled(content: str, mentions: Iterable[Person]) -> str:
    """A text as it is shown: people by name, where the export did not do it; own emoji by theirs."""
    if "<" not in content:
        return content
    names = {str(person.id): person.name for person in mentions}
    return _MENTION.sub(lambda found: found[2] or (f"@{names[found[1]]}" if names.get(found[1]) else found[0]), content)


def _media(message: Message) -> Iterator[dict[str, str | None]]:
    """Files and stickers. Addresses lose what follows the path: it lets whoever holds it in, for a while."""
    for file in message.attachments or ():
        yield medium(None, file.name, None, _bare(file.url))
    for sticker in message.stickers or ():
        yield medium("image", None, sticker.name)


def _bare(url: str | None) -> str | None:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return address(f"{parts.scheme}://{parts.netloc}{parts.path}") if parts.scheme in {"http", "https"} else None


READER: Final = Reader(
    name="discord",
    version="1",
    title="channels of a Discord server, as DiscordChatExporter writes them in JSON",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "media", "labels", "generator",
    ),
    limits=(
        "Text, voice, news and forum channels and their public threads, one file each. Direct messages and private "
        "threads are refused by the type of the channel; a channel that only some members see is not told apart, so "
        "bring none. Notices, forwards, link previews and roles are left out. Needs the consent of those who take part."
    ),
    license_rule="Members keep their rights; only the author of a message can license it. A topic is no licence.",
    recognise=recognise,
    cut=partial(cut_document, find=find),
    parse=parse,
    hinted=True,
    opens=(r"(?i).*\.json",),
    consent=True,
)  # fmt: skip
