"""`slack`: public channels of a workspace, as its owners export them: a folder or zip with a file for each day.

Only `channels.json` says which channels are public. Talks of two or of a few are not opened at all, which their folders
tell; private channels look like public ones and are known by not being listed, so what is not listed is private. Of
`users.json` nothing but the names shown is used. A message is called by channel and time,
`C024BE91L/1452816000.000200`, and a thread by its first message, whose time all its answers bear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from .base import Head, Parsed, Reader, Refusal
from .chats import UNDISCLOSED, filled, medium, reactions
from .documents import Item, cut_document
from .fields import addresses, at_epoch, author, unescaped
from .opening import open_export
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..model import Export
    from .posts import Post

T = TypeVar("T")

# --- What is decoded ---


class Edit(msgspec.Struct):
    """When a message was last edited."""

    ts: str | None = None


class File(msgspec.Struct):
    """A file that was sent along. Its addresses, which bear keys, are not among the fields."""

    name: str | None = None
    mimetype: str | None = None
    mode: str | None = None
    alt_txt: str | None = None


class Card(msgspec.Struct):
    """A message or page that is shown below: only that it is."""

    is_msg_unfurl: bool | None = None
    is_share: bool | None = None
    from_url: str | None = None


class Reaction(msgspec.Struct):
    """How many people reacted in one way."""

    name: str | None = None
    count: int | None = None


class Message(msgspec.Struct):
    """One message."""

    type: str | None = None
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    text: str | None = None
    ts: str | None = None
    thread_ts: str | None = None
    parent_user_id: str | None = None
    edited: Edit | None = None
    file: File | None = None
    files: list[File] | None = None
    attachments: list[Card] | None = None
    reactions: list[Reaction] | None = None


class _Channel(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    is_private: bool | None = None
    is_im: bool | None = None
    is_mpim: bool | None = None
    is_group: bool | None = None


class _Profile(msgspec.Struct):
    display_name: str | None = None
    real_name: str | None = None


class _User(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    profile: _Profile | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_CHANNELS: Final = msgspec.json.Decoder(list[_Channel])
_USERS: Final = msgspec.json.Decoder(list[_User])

# --- Recognition ---

_START: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{")
_SIGNS: Final = {
    "messages of a day in a Slack channel": (rb'"type"\s*:\s*"message"', rb'"ts"\s*:\s*"[0-9]{10}\.[0-9]{6}"'),
    "the channels of a Slack workspace": (rb'"id"\s*:\s*"[CG][A-Z0-9]+"', rb'"creator"\s*:', rb'"is_archived"\s*:'),
    "the members of a Slack workspace": (rb'"id"\s*:\s*"[UW][A-Z0-9]+"', rb'"team_id"\s*:', rb'"profile"\s*:\s*\{'),
}

#: Answers of the interface, and what programs make of them. They are claimed so that no other reader takes them for a
#: table that anybody may read; their names are none that are opened.
_KEPT: Final = (
    rb"\A(?:\xef\xbb\xbf)?\s*\{", rb'"messages"\s*:\s*\[\s*\{', *_SIGNS["messages of a day in a Slack channel"],
    rb'"(?:user|bot_id)"\s*:\s*"[UWB][A-Z0-9]+"',
)  # fmt: skip


def recognise(head: Head) -> str | None:
    """Why a file is part of such an export: messages with a time in two parts, channels or members."""
    if not _START.match(head.start):
        kept = all(re.search(sign, head.start) for sign in _KEPT)
        return "messages of Slack as a program kept them, which do not tell whether they are public" if kept else None
    return next((why for why, signs in _SIGNS.items() if all(re.search(sign, head.start) for sign in signs)), None)


#: Lists that are needed, and days of channels. A folder that is named by an id in capitals is the talk of two, one
#: that begins with `mpdm-` that of a few; neither can be spelled by this pattern.
_FOLDER: Final = r"(?:[^m/A-Z]|m[^p/A-Z]|mp[^d/A-Z]|mpd[^m/A-Z]|mpdm[^-/A-Z])[^/A-Z]*|m|mp|mpd|mpdm"
OPENS: Final = (
    r"(?s)(?:.*/)?(?:channels|users)\.json",
    rf"(?s)(?:.*/)?(?:{_FOLDER})/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\.json",
)

# --- Cutting ---


def find(view: memoryview) -> Iterable[Item]:
    """The messages of a day; raises as msgspec does."""
    return map(Item, _LIST.decode(view))


# --- Context ---


@dataclass(frozen=True)
class Context:
    """What a day's file does not say: in which public channel it stands, and what channels and members are called."""

    #: The id of the channel; None for one that is not public.
    channel: str | None = None
    #: Whether the file lists channels or members.
    lists: bool = False
    channels: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)


_LISTS: Final = ("channels.json", "users.json")


def needs(name: str, names: Sequence[str]) -> list[str]:
    """The lists of channels and members of the same export."""
    path = PurePosixPath(name)
    if path.name in _LISTS:
        return []
    beside = {str(path.parent.parent / one) for one in _LISTS}
    return sorted(other for other in names if str(PurePosixPath(other)) in beside)


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """The context of one file. Raises UnsafeFile, BadContainer or OSError."""
    path = PurePosixPath(export.name)
    if path.name in _LISTS:
        return Context(lists=True)
    wanted = needs(export.name, [other.name for other in exports])
    lists = {PurePosixPath(other.name).name: other for other in exports if other.name in wanted}
    listed = _entries(lists.get("channels.json"), _CHANNELS)
    channels = {one.id: one.name for one in listed if one.id and one.name and _open(one)}
    own = next((id_ for id_, name in channels.items() if name == path.parent.name), None)
    users = {one.id: _shown_name(one) for one in _entries(lists.get("users.json"), _USERS) if one.id} if own else {}
    return Context(own, channels=channels, users=users)


def _entries(export: Export | None, decoder: msgspec.json.Decoder[list[T]]) -> list[T]:
    """The entries of a list; none where it is not there or cannot be understood."""
    if export is None or not export.stored:
        return []
    with open_export(export) as (data, size):
        try:
            return decoder.decode(bytes(data[:size]).removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return []


def _open(channel: _Channel) -> bool:
    return not (channel.is_private or channel.is_im or channel.is_mpim or channel.is_group)


def _shown_name(user: _User) -> str:
    profile = user.profile or _Profile()
    return profile.display_name or profile.real_name or user.name or user.id or ""


# --- Messages to posts ---

_PRIVATE: Final = Refusal("excluded", "record.private")
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_DELETED: Final = Refusal("excluded", "record.deleted")
_NOTICE: Final = Refusal("excluded", "record.notice")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_TIME: Final = Refusal("quarantined", "record.missing-field", "/ts", "the message has no time to be called by")
#: What people and machines write; every other subtype is a notice.
_WRITTEN: Final = frozenset({None, "me_message", "thread_broadcast", "file_share", "bot_message"})
_GONE: Final = frozenset({"tombstone", "message_deleted"})
#: Speaks for the platform, and stands where a message was deleted.
_SLACKBOT: Final = "USLACKBOT"


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One message as a post as claimed."""
    if context.lists:
        return _NOT_A_POST
    if context.channel is None:
        return _PRIVATE
    message = decoded(record, _MESSAGE.decode)
    if isinstance(message, Refusal):
        return message
    return _unwanted(message) or _post(message, context.channel, context)


def _unwanted(message: Message) -> Refusal | None:
    """Why an item of a day is not what somebody wrote."""
    if message.type != "message":
        return _NOT_A_POST
    if message.subtype in _GONE:
        return _DELETED
    if message.subtype not in _WRITTEN or message.user == _SLACKBOT:
        return _NOTICE
    return _NO_TIME if message.ts is None else None


def _post(message: Message, channel: str, context: Context) -> Parsed:
    ts = message.ts or ""
    text, links = _written("" if _UPLOADED.match(message.text or "") else message.text or "", context)
    media = list(_media(message))
    if not text.strip() and not media:
        shown = any(card.is_msg_unfurl or card.is_share or card.from_url for card in message.attachments or ())
        return _OTHERS_WORDS if shown else _NO_TEXT
    name = context.users.get(message.user or "") or message.username
    machine = message.bot_id is not None or message.subtype == "bot_message"
    return filled(
        {
            "native_id": f"{channel}/{ts}",
            **_place(message, ts, channel),
            "author": author(name, message.user or message.bot_id),
            "text": text,
            "markup": "markdown",
            "created_at": at_epoch(ts),
            "edited_at": at_epoch(message.edited.ts) if message.edited else None,
            "links": links,
            "media": media,
            "labels": reactions(((one.name, one.count) for one in message.reactions or ()), "slack"),
            "generator": UNDISCLOSED if machine else None,
        }
    )


def _place(message: Message, ts: str, channel: str) -> Post:
    """The thread of a message. The platform's own account stands for the author of a message that was deleted."""
    if message.thread_ts is None or message.thread_ts == ts:
        return {"conversation": f"{channel}/{ts}", "kind": "post", "parent_state": "root"}
    thread = f"{channel}/{message.thread_ts}"
    state = "deleted" if message.parent_user_id == _SLACKBOT else None
    return {"conversation": thread, "kind": "reply", "parent": thread, "parent_state": state}


#: What the platform once wrote in the name of those who uploaded a file.
_UPLOADED: Final = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^<>]*)?> uploaded a file: ")
#: Files that are there no longer.
_LOST: Final = frozenset({"tombstone", "hidden_by_limit"})


def _media(message: Message) -> Iterator[dict[str, str | None]]:
    for file in message.files or ([message.file] if message.file else ()):
        if file.mode not in _LOST:
            yield medium(file.mimetype, file.name, file.alt_txt)


_MARK: Final = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


def _written(text: str, context: Context) -> tuple[str, list[str]]:
    """A text as it is shown, and where it links to: everything in angle brackets stands for something."""
    links: list[str] = []

    def shown(found: re.Match[str]) -> str:
        target, label = found[1], found[2]
        kind = target[:1]
        if kind in _MARKS:
            return _MARKS[kind](target[1:], label, context)
        if target.startswith(("mailto:", "tel:")):
            return label or target.partition(":")[2]
        links.append(unescaped(target))
        return label or target

    out = unescaped(_MARK.sub(shown, text))
    return out, addresses(links)


def _member(id_: str, label: str | None, context: Context) -> str:
    return f"@{context.users.get(id_) or label or id_}"


def _channel(id_: str, _label: str | None, context: Context) -> str:
    """A channel by name; one that is not public by its id alone."""
    return f"#{context.channels.get(id_) or id_}"


def _special(target: str, label: str | None, _context: Context) -> str:
    """Everybody, a group of members, or a date as those see it who have no clock."""
    name = label or target.partition("^")[0]
    return name if target.startswith("date") or name.startswith("@") else f"@{name}"


_MARKS: Final = {"@": _member, "#": _channel, "!": _special}


READER: Final = Reader(
    name="slack",
    version="1",
    title="public channels of a Slack workspace, as its owners export them",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "text", "markup", "created_at",
        "edited_at", "links", "media", "labels", "generator",
    ),
    limits=(
        "The folder or zip of an export: days of the channels that channels.json lists, which has to be there. Direct "
        "messages are not opened, private channels are refused whole. Notices, deleted messages, messages and pages "
        "that are shown below, and addresses of files are left out. Needs the consent of those who take part."
    ),
    license_rule="A workspace is private: no licence follows from an export; only an author can license a message.",
    recognise=recognise,
    cut=partial(cut_document, find=find),
    parse=parse,
    context=context,
    needs=needs,
    opens=OPENS,
    consent=True,
)  # fmt: skip
