"""`telegram`: chats as Telegram Desktop exports them in machine-readable form, one of them or a whole account.

A message is called by its chat and its number there, `channel2001/7`: public groups and channels are both channels to
Telegram, and an answer into another chat names that chat in the same way. Only chats that are public are read; the
account's contacts, devices and profile lie beside them and are never decoded.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from .base import Head, Option, Parsed, Reader, Refusal
from .chats import UNDISCLOSED, filled, medium, reactions
from .documents import Item, cut_document
from .fields import address, addresses, at_epoch, author, label
from .html import LEFT_OUT
from .moments import Moments, offset_of
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .posts import Post

# --- What is decoded ---


class Piece(msgspec.Struct):
    """A piece of a text that is marked up somehow."""

    type: str | None = None
    text: str | None = None
    href: str | None = None


Words = str | list[str | Piece]


class Reaction(msgspec.Struct):
    """How often people reacted in one way."""

    count: int | None = None
    emoji: str | None = None


class Answer(msgspec.Struct):
    """One answer of a poll."""

    text: Words = ""
    voters: int | None = None


class Poll(msgspec.Struct):
    """A question with answers to choose from."""

    question: Words = ""
    answers: list[Answer] = []


class Message(msgspec.Struct):
    """One message. Cards of contacts and places on a map are not among the fields."""

    id: int | str | None = None
    type: str | None = None
    date: str | None = None
    date_unixtime: str | int | None = None
    edited: str | None = None
    edited_unixtime: str | int | None = None
    by: str | None = msgspec.field(name="from", default=None)
    from_id: str | int | None = None
    reply_to_message_id: int | str | None = None
    reply_to_peer_id: str | None = None
    forwarded_from: Any | UnsetType = UNSET
    forwarded_from_id: Any | UnsetType = UNSET
    saved_from: Any | UnsetType = UNSET
    via_bot: str | None = None
    text: Words = ""
    text_entities: list[Piece] | None = None
    photo: str | None = None
    file: str | None = None
    media_type: str | None = None
    mime_type: str | None = None
    sticker_emoji: str | None = None
    poll: Poll | None = None
    reactions: list[Reaction] | None = None


class _Chat(msgspec.Struct):
    type: str | None = None
    id: int | str | None = None
    messages: list[msgspec.Raw] | None = None


class _Chats(msgspec.Struct):
    chats: list[_Chat] | None = msgspec.field(name="list", default=None)


class _Document(_Chat):
    """One chat, or all that an account has."""

    chats: _Chats | None = None
    left_chats: _Chats | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_DOCUMENT: Final = msgspec.json.Decoder(_Document)

# --- Recognition ---

_START: Final = rb"^(?:\xef\xbb\xbf)?\s*\{\s*"
_KINDS: Final = (
    rb"(?:(?:public|private)_(?:channel|group|supergroup)|personal_chat|bot_chat|saved_messages|replies|verify_codes)"
)
_ONE: Final = re.compile(
    _START + rb'(?:"name"\s*:\s*(?:null|"(?:[^"\\]|\\.)*+")\s*,\s*)?'
    rb'"type"\s*:\s*"' + _KINDS + rb'"\s*,\s*"id"\s*:\s*-?[0-9]+\s*,\s*"messages"\s*:\s*\['
)
_ACCOUNT: Final = re.compile(
    _START + rb'"about"\s*:\s*"(?:[^"\\]|\\.)*+"\s*,\s*'
    rb'"(?:personal_information|profile_pictures|stories|contacts|frequent_contacts|sessions|web_sessions|other_data'
    rb'|chats|left_chats)"\s*:\s*\{'
)


def recognise(head: Head) -> str | None:
    """Why a file is an export of Telegram: how a chat begins, or how that of a whole account does."""
    if _ONE.match(head.start):
        return "a chat of Telegram with its messages"
    if _ACCOUNT.match(head.start):
        return "the data of a Telegram account; only its public chats are read"
    return None


# --- Cutting ---


class Hint(NamedTuple):
    """The chat that a message stands in."""

    chat: str


_PRIVATE: Final = Refusal("excluded", "record.private")
_NOT_TELEGRAM: Final = Refusal("quarantined", "record.not-this-format", detail="neither a chat nor chats")


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The messages of all chats. Those of chats that are not public are refused unseen."""
    document = _DOCUMENT.decode(view)
    listed = [part.chats or () for part in (document.chats, document.left_chats) if part]
    chats = [document] if document.messages is not None else []
    if not chats and not listed:
        return _NOT_TELEGRAM
    return list(_messages([*chats, *(chat for some in listed for chat in some)]))


def _messages(chats: Sequence[_Chat]) -> Iterator[Item]:
    for chat in chats:
        public = (chat.type or "").startswith("public_")
        hint = Hint(f"channel{chat.id}") if chat.id is not None else None
        for message in chat.messages or ():
            yield Item(message, hint, None if public else _PRIVATE)


# --- Messages to posts ---

_NOTICE: Final = Refusal("excluded", "record.notice")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post", "/type", "neither a message nor a notice")
_NO_PLACE: Final = Refusal("quarantined", "record.missing-field", "/id", "a message without number or chat")
_BY_TYPE: Final = {"service": _NOTICE, "unsupported": _NOT_A_POST}


def context(_export: Any, _exports: Any, options: dict[str, Any]) -> Moments | None:
    """How to read local times, if somebody told their zone."""
    return Moments(zone=options["zone"]) if "zone" in options else None


def parse(record: bytes, hint: Hint | None, local: Moments | None) -> Parsed:
    """One message as a post as claimed."""
    message = decoded(record, _MESSAGE.decode)
    if isinstance(message, Refusal):
        return message
    if message.type != "message":
        return _BY_TYPE.get(message.type or "", _NOT_A_POST)
    if any(sign is not UNSET for sign in (message.forwarded_from, message.forwarded_from_id, message.saved_from)):
        return _OTHERS_WORDS
    if hint is None or message.id is None:
        return _NO_PLACE
    text, links = _written(message.text_entities or message.text)
    media = list(_media(message))
    if not text.replace(LEFT_OUT, "").strip() and not media and not message.poll:
        return _OTHERS_WORDS if LEFT_OUT in text else _NO_TEXT
    return _post(message, hint, text, links, media) | _times(message, local)


def _post(message: Message, hint: Hint, text: str, links: list[str], media: list[dict[str, str | None]]) -> Post:
    place: Post = {"kind": "post", "parent_state": "root"}
    if message.reply_to_message_id is not None:
        chat = message.reply_to_peer_id or hint.chat
        place = {"kind": "reply", "parent": f"{chat}/{message.reply_to_message_id}"}
    known = str(message.from_id) if message.from_id is not None else None
    return filled(
        {
            "native_id": f"{hint.chat}/{message.id}",
            **place,
            "author": author(message.by, known) if message.by else None,
            "text": "\n".join(part for part in (text, _asked(message.poll)) if part),
            "markup": "plain",
            "links": links,
            "media": media,
            "labels": _labels(message),
            "generator": UNDISCLOSED if message.via_bot else None,
        }
    )


def _times(message: Message, local: Moments | None) -> Post:
    """When it was sent and changed: counted from 1970, or else in the local time of an older version."""
    return filled(
        {
            "created_at": _time(message.date_unixtime, message.date, local),
            "edited_at": _time(message.edited_unixtime, message.edited, local),
        }
    )


def _time(counted: str | int | None, spelled: str | None, local: Moments | None) -> str | None:
    # Some versions say of what was never changed that it was at the beginning of 1970.
    if counted is not None or local is None or spelled is None or spelled.startswith("1970-"):
        return at_epoch(counted)
    return local.read(spelled)


def _written(words: Words | list[Piece]) -> tuple[str, list[str]]:
    """The text of a message, and where it links to. What stands in a quote are the words of others: a mark."""
    if isinstance(words, str):
        return words, []
    texts: list[str] = []
    links: list[str | None] = []
    for piece in words:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        texts.append(LEFT_OUT if piece.type == "blockquote" else piece.text or "")
        if piece.type in _LINKED:
            links.append(address(piece.href or piece.text))
    return "".join(texts), addresses(links)


_LINKED: Final = frozenset({"link", "text_link"})


def _asked(poll: Poll | None) -> str:
    """A poll as text: the question, and its answers as a list."""
    if poll is None:
        return ""
    return "\n".join([_written(poll.question)[0], *(f"- {_written(answer.text)[0]}" for answer in poll.answers)])


#: Kinds of media that the type of their file does not tell.
_MEDIA: Final = {"sticker": "image", "animation": "video", "video_file": "video", "video_message": "video",
    "voice_message": "audio", "audio_file": "audio",
}  # fmt: skip


def _media(message: Message) -> Iterator[dict[str, str | None]]:
    """What is attached. Where the files lie in the export is no address."""
    if message.photo is not None:
        yield medium("image", None, None)
    if message.file is not None:
        yield medium(_MEDIA.get(message.media_type or "", message.mime_type), None, message.sticker_emoji)


def _labels(message: Message) -> list[dict[str, str]]:
    given = reactions(((one.emoji, one.count) for one in message.reactions or ()), "telegram")
    answers = message.poll.answers if message.poll else ()
    votes = " ".join("-" if one.voters is None else str(one.voters) for one in answers)
    return [*given, label("poll-votes", votes, "telegram", "platform-counter")] if votes else given


def _faults(options: dict[str, Any]) -> list[tuple[str, str]]:
    bad = "zone" in options and offset_of(options["zone"]) is None
    return [("zone", "must be UTC or an offset such as +01:00")] if bad else []


READER: Final = Reader(
    name="telegram",
    version="1",
    title="public chats of Telegram, as its desktop program exports them",
    fills=(
        "native_id", "parent", "parent_state", "kind", "author", "text", "markup", "created_at", "edited_at", "links",
        "media", "labels", "generator",
    ),
    limits=(
        "result.json of one chat or of an account; of the chats only public groups and channels. Messages of other "
        "chats, forwards, notices of the platform, contact cards and places on a map are left out; quotes inside a "
        "message are marked. Some exports hold escapes that JSON does not have: such a file is not read. Needs the "
        "consent of those who take part."
    ),
    license_rule="Public channels carry no licence; the owner of a channel can license its own posts, with evidence.",
    recognise=recognise,
    cut=partial(cut_document, find=find),
    parse=parse,
    context=context,
    hinted=True,
    options=(
        Option("zone", str, "Zone of the times in exports before 2022, which have only local ones: UTC, or +01:00."),
    ),
    faults=_faults,
    opens=(r"(?i).*\.json",),
    consent=True,
)  # fmt: skip
