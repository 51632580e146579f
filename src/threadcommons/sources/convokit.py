"""`convokit`: the utterances of a ConvoKit corpus, one JSON object per line, in the spellings of all its versions.

An id is the utterance's own and unique in its corpus only, so each corpus is a platform of its own. Speakers and
conversations have files beside; what they say of people is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import Head, Parsed, Reader, Refusal
from .documents import cut_json_lines
from .fields import at_epoch, at_iso, author, label
from .lines import divide_lines, line_around, whole_lines
from .strict_json import decoded

if TYPE_CHECKING:

    from .posts import Post

# --- What is decoded ---


class Meta(msgspec.Struct):
    """Of what corpora add to an utterance, what judges it."""

    score: int | float | None = None


class Utterance(msgspec.Struct):
    """One line, under the names of any version."""

    id: str | None = None
    text: str | None = None
    speaker: str | None = None
    user: str | None = None
    conversation_id: str | None = None
    root: str | None = None
    reply_to: str | None = None
    reply_dash_to: str | None = msgspec.field(default=None, name="reply-to")
    timestamp: int | float | str | None = None
    meta: Meta | None = None


_UTTERANCE: Final = msgspec.json.Decoder(Utterance)

# --- Recognition ---

_SIGNS: Final = (
    rb'"id"[ ]*:[ ]*"', rb'"text"[ ]*:', rb'"(?:speaker|user)"[ ]*:[ ]*"', rb'"reply[-_]to"[ ]*:',
    rb'"(?:conversation_id|root)"[ ]*:[ ]*"', rb'"timestamp"[ ]*:', rb'"meta"[ ]*:[ ]*\{',
)  # fmt: skip


def recognise(head: Head) -> str | None:
    """Why a file holds utterances: its first line has the fields that ConvoKit demands."""
    line = head.start.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    fits = line.startswith(b"{") and all(re.search(sign, line) for sign in _SIGNS)
    return "its first line has the six fields of an utterance" if fits else None


# --- Lines to posts ---

_GONE: Final = frozenset({"[deleted]", "[removed]"})
_DELETED: Final = Refusal("excluded", "record.deleted")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the utterance has no id")


def parse(record: bytes, _offset: int, _context: Any) -> Parsed:
    """One line as a post as claimed."""
    said = decoded(record, _UTTERANCE.decode)
    if isinstance(said, Refusal):
        return said
    if said.id is None:
        return _NO_ID
    if (said.text or "").strip() in _GONE:
        return _DELETED
    return _post(said, said.id) if (said.text or "").strip() else _NO_TEXT


def _post(said: Utterance, own: str) -> Post:
    post: Post = {"native_id": own, "kind": "post", "text": said.text, "markup": "plain"}
    if conversation := said.conversation_id or said.root:
        post["conversation"] = conversation
    parent = said.reply_to or said.reply_dash_to
    post |= {"kind": "reply", "parent": parent} if parent else {"parent_state": "root"}
    if created := _time(said.timestamp):
        post["created_at"] = created
    name = said.speaker or said.user
    if name not in _GONE and (known := author(name, name)):
        post["author"] = known
    if said.meta and said.meta.score is not None:
        post["labels"] = [label("score", said.meta.score, "convokit", "corpus-meta")]
    return post


def _time(value: float | str | None) -> str | None:
    """Corpora count seconds from 1970, as numbers or as text, or write a date."""
    return at_epoch(value) or (at_iso(value) if isinstance(value, str) else None)


READER: Final = Reader(
    name="convokit",
    version="1",
    title="utterances of a ConvoKit corpus",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "text", "markup", "created_at",
        "labels",
    ),
    limits=(
        "The file utterances.jsonl, in the spellings of all versions (speaker or user, reply_to or reply-to, "
        "conversation_id or root). Of the metadata only scores are read; speakers.json and conversations.json are not. "
        "Deleted and empty utterances are left out. A time that cannot be understood is left open."
    ),
    license_rule="A corpus states its licence in prose: declare it in source.toml, with that prose as evidence.",
    recognise=recognise,
    cut=cut_json_lines,
    parse=parse,
    divide=divide_lines,
    unit=line_around,
    whole=whole_lines,
    opens=(r"(?i)(?:.*/)?utterances[^/]*\.jsonl",),
)  # fmt: skip
