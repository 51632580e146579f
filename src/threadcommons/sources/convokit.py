"""`convokit`: the utterances of a ConvoKit corpus, one JSON object per line, in the spellings of all its versions.

An id is the utterance's own and unique in its corpus only, so each corpus is a platform of its own. Speakers and
conversations have files beside; what they say of people is not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from .base import Head, Parsed, Reader, Refusal, no_posts
from .documents import cut_json_lines
from .fields import at_epoch, at_iso, author, label
from .lines import divide_lines, line_around, whole_lines
from .strict_json import decoded
from .typed import (
    BLANK_ENDS,
    NO_TEXT,
    WORDS,
    Label,
    Seconds,
    Whole,
    at_seconds,
    filled,
    label_lists,
    made_of,
    members,
    seconds,
    short,
    understood,
)

if TYPE_CHECKING:
    import pyarrow as pa

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


class _PlainMeta(Meta, gc=False):
    score: Whole | None = None


class _Plain(Utterance, gc=False, kw_only=True):
    """A line whose numbers are whole, with an id and a text."""

    id: str
    text: str
    timestamp: Seconds | str | None = None
    meta: _PlainMeta | None = None


_PLAIN: Final = msgspec.json.Decoder(_Plain)
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


# --- Many lines at once ---

_COLUMNS: Final = dict.fromkeys(
    ("id", "text", "speaker", "user", "conversation_id", "root", "reply_to", "reply_dash_to"), pl.String
)


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over the columns of lines, and where they are sure."""
    text, name, parent = pl.col("text"), filled("speaker", "user"), filled("reply_to", "reply_dash_to")
    fields = {
        "native_id": pl.col("id"),
        "conversation": filled("conversation_id", "root"),
        "parent": parent,
        "parent_state": pl.when(parent.is_null()).then(pl.lit("root")),
        "kind": pl.when(parent.is_null()).then(pl.lit("post")).otherwise(pl.lit("reply")),
        "author": pl.when(name.is_not_null()).then(pl.struct(name=name, id=name, url=NO_TEXT)),
        "text": text,
        "markup": pl.lit("plain"),
        "created_at": at_seconds(pl.col("seconds")),
        "labels": pl.col("labels"),
    }
    gone = [text.str.contains(one, literal=True) for one in sorted(_GONE)] + [name.is_in(sorted(_GONE))]
    blank = name.str.contains(BLANK_ENDS).fill_null(value=False)
    no = pl.any_horizontal([one.fill_null(value=False) for one in gone])
    return fields, [text.str.contains(WORDS), ~no, ~blank, short(name), pl.col("timely")]


_FIELDS: Final = _fields()


def bulk(records: list[bytes], indexes: list[int], _context: Any) -> pa.Table:
    """The plain ones of many utterances as posts in columns."""
    known = [(at, one) for at, one in zip(indexes, understood(records, _PLAIN.decode), strict=True) if one is not None]
    if not known:
        return no_posts()
    said = [one for _, one in known]
    counted, timely = seconds([one.timestamp for one in said])
    score = pl.Series([one.meta.score if one.meta else None for one in said], dtype=pl.Int64)
    labels = label_lists([Label("score", "convokit", "corpus-meta", score)])
    frame = members(said, _COLUMNS).with_columns(seconds=counted, timely=timely, labels=labels)
    return made_of(frame, *_FIELDS, [at for at, _ in known])


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
    bulk=bulk,
    divide=divide_lines,
    unit=line_around,
    whole=whole_lines,
    opens=(r"(?i).*\.jsonl",),
)  # fmt: skip
