"""`topical-chat`: the conversations of Topical-Chat, one JSON document for each split.

A document is an object of conversations by id. Turns have no ids, times or names: a turn is called after its
conversation and its number, and answers the turn before it; workers are `agent_1` and `agent_2`, who are others in
every conversation. What they and others judged of a turn (mood, quality, which facts it rests on) becomes labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import BOM, Head, Parsed, Reader, Refusal
from .documents import cut_document
from .fields import author
from .strict_json import decoded
from .table_json import members_of
from .turns import Turn, labelled, placed, turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits
    from .base import Cut
    from .documents import Item


class _Conversation(msgspec.Struct, gc=False):
    content: list[msgspec.Raw]
    config: str | None = None
    article_url: str | None = None


class _Turn(msgspec.Struct, gc=False):
    message: str
    agent: str
    sentiment: str | None = None
    knowledge_source: list[str] = []
    turn_rating: str | None = None


_conversation: Final = msgspec.json.Decoder(_Conversation).decode
_turn: Final = msgspec.json.Decoder(_Turn).decode
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_ANNOTATOR: Final = "topical-chat"


def _find(document: memoryview) -> Iterator[Item] | Refusal:
    members = members_of(document)
    if isinstance(members, Refusal):
        return members
    return turns((id_, found.content, ()) for id_, raw in members.items() for found in [_conversation(raw)])


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut a document into its turns."""
    return cut_document(data, start, stop, limits, lambda document: _listed(_find(document)))


def _listed(found: Iterator[Item] | Refusal) -> list[Item] | Refusal:
    return found if isinstance(found, Refusal) else list(found)


def parse(record: bytes, turn: Turn | None, _context: Any) -> Parsed:
    """One turn as a post as claimed, or why it is none."""
    found = decoded(record, _turn)
    if isinstance(found, Refusal):
        return found
    if turn is None:
        return Refusal("quarantined", "record.no-such-span", detail="a turn outside of a conversation")
    if not found.message.strip():
        return _NO_TEXT
    judged = [("sentiment", found.sentiment), ("turn_rating", found.turn_rating)]
    judged.append(("knowledge_source", " ".join(found.knowledge_source)))
    labels = labelled(judged, _ANNOTATOR, "worker")
    who = author(found.agent, f"{turn.dialogue}/{found.agent}")
    more = {"author": who, "labels": labels, "lang": "en"}
    return {**placed(turn), "text": found.message, "markup": "plain"} | {k: value for k, value in more.items() if value}


_START: Final = re.compile(
    rb'\s*\{\s*"t_[0-9a-f-]{36}"\s*:\s*\{(?=[^{\[]{0,2000}"content"\s*:\s*\[\s*\{[^{}]{0,20000}"agent"\s*:\s*"agent_)'
)


def recognise(head: Head) -> str | None:
    """Why a file holds such conversations: its first one has an id like theirs, and turns of agents."""
    if not _START.match(head.start.removeprefix(BOM)):
        return None
    return "an object of conversations t_..., whose turns are those of agents"


READER: Final = Reader(
    name="topical-chat",
    version="1",
    title="conversations of Topical-Chat: two workers talk about articles",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "text", "markup", "lang", "labels",
    ),
    limits=(
        "Turns have no times and no names. Workers were paid to talk and are others in every conversation. The "
        "articles that they talk about are not in these files. All of it is English."
    ),
    license_rule=(
        "The files state no licence; that of the dataset (CDLA-Sharing-1.0) stands in its repository and has to be "
        "declared in source.toml with it as evidence."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    hinted=True,
    opens=(r"(?s).*\.json",),
)  # fmt: skip
