"""`wikiconv`: talk pages of Wikipedia as WikiConv tells them, one action on a comment per line.

A comment that was changed has an action for each change. It is called by its first one, and what counts is the last:
the words that stood there in the end, or nothing where it ended deleted. Which action is the last one is told by all
exports of a source together.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import polars as pl

from ..errors import BadSources
from .base import Head, Option, Parsed, Reader, Refusal, no_posts
from .documents import cut_json_lines
from .fields import at_iso, author, label
from .lines import divide_lines, line_around, whole_lines
from .opening import open_export
from .strict_json import decoded
from .typed import BLANK_ENDS, ISO, WORDS, Label, Whole, filled, label_lists, made_of, short, understood

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from ..model import Export
    from .posts import Post

# --- What is decoded ---


class Action(msgspec.Struct):
    """One action on a comment."""

    id: str | None = None
    type: str | None = None
    ancestor_id: str | None = None
    conversation_id: str | None = None
    replyTo_id: str | None = None  # noqa: N815  (the corpus' own spelling)
    page_title: str | None = None
    content: str | None = None
    cleaned_content: str | None = None
    user_id: str | None = None
    user_text: str | None = None
    rev_id: int | str | None = None
    timestamp: str | None = None


class _Plain(Action, gc=False, kw_only=True):
    """The same with an id, one of the types, and a revision that is none but a whole number or a text."""

    id: str
    type: Literal["ADDITION", "CREATION", "MODIFICATION", "DELETION", "RESTORATION"]
    rev_id: Whole | str | None = None


_PLAIN: Final = msgspec.json.Decoder(_Plain)
_ACTION: Final = msgspec.json.Decoder(Action)

# --- Recognition ---

_SIGNS: Final = (
    rb'"ancestor_id"[ ]*:', rb'"rev_id"[ ]*:', rb'"page_title"[ ]*:', rb'"indentation"[ ]*:',
    rb'"type"[ ]*:[ ]*"(?:ADDITION|CREATION|MODIFICATION|DELETION|RESTORATION)"',
)  # fmt: skip


def recognise(head: Head) -> str | None:
    """Why a file holds WikiConv's actions: its first line has their fields and one of their types."""
    line = head.start.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    fits = line.startswith(b"{") and all(re.search(sign, line) for sign in _SIGNS)
    return "its first line is an action on a comment of a talk page" if fits else None


# --- Context ---


@dataclass(frozen=True)
class Context:
    """The site; the comment of each action; and of each comment the action that counts, and whether it deletes."""

    site: str = "en.wikipedia.org"
    comment_of: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, tuple[str, str, bool]] = field(default_factory=dict)


_SITE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """What all actions of a source come to. Raises BadSources when the option site is no host name."""
    site = str(options.get("site", Context.site))
    if not _SITE.fullmatch(site):
        hint = "write the host name alone, such as de.wikipedia.org"
        raise BadSources("the option site of the reader is no host name", where=export.source, hint=hint)
    comment_of: dict[str, str] = {}
    last: dict[str, tuple[str, str, bool]] = {}
    for one in {other.name: other for other in (*exports, export)}.values():
        for action in _actions(one):
            if action.id:
                comment = action.ancestor_id or action.id
                comment_of[action.id] = comment
                state = (action.timestamp or "", action.id, action.type == "DELETION")
                last[comment] = max(state, last.get(comment, state), key=lambda known: (known[0], _numbers(known[1])))
    return Context(site, comment_of, last)


def _numbers(id_: str) -> tuple[int, ...]:
    """Ids are revision and two offsets: a later revision has the larger number."""
    return tuple(int(part) for part in id_.split(".") if part.isascii() and part.isdigit())


def _actions(export: Export) -> Iterator[Action]:
    if not export.stored:
        return
    with open_export(export) as (data, size):
        at = 0
        while at < size:
            end = line_around(data, size, at)[1]
            # What cannot be decoded here says itself, as a record, what is wrong with it.
            with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                yield _ACTION.decode(bytes(data[at:end]))
            at = end


def needs(name: str, names: Sequence[str]) -> Sequence[str]:
    """All other exports: a comment may be changed in any of them."""
    return [other for other in names if other != name]


# --- Actions to posts ---

_NO_ID: Final = Refusal("quarantined", "record.missing-field", "/id", "the action has no id")
_SUPERSEDED: Final = Refusal("excluded", "record.superseded")
_DELETED: Final = Refusal("excluded", "record.deleted")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_UNKNOWN: Final = Refusal("quarantined", "record.bad-field", "/type", "must be a type of WikiConv's actions")
_CHANGES: Final = frozenset({"MODIFICATION", "RESTORATION"})
_TYPES: Final = frozenset({"ADDITION", "CREATION", "MODIFICATION", "DELETION", "RESTORATION"})


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One action as a post as claimed, if it is the one that counts."""
    action = decoded(record, _ACTION.decode)
    if isinstance(action, Refusal):
        return action
    if not action.id:
        return _NO_ID
    if action.type not in _TYPES:
        return _UNKNOWN
    comment = action.ancestor_id or action.id
    _, last, deletes = context.last.get(comment, ("", action.id, action.type == "DELETION"))
    if deletes:
        return _DELETED
    if last != action.id:
        return _SUPERSEDED
    words = action.cleaned_content if action.cleaned_content is not None else action.content or ""
    return _post(action, comment, words, context) if words.strip() else _NO_TEXT


def _post(action: Action, comment: str, words: str, context: Context) -> Post:
    post: Post = {"native_id": comment, "kind": "post", "text": words, "markup": "plain"}
    if action.conversation_id:
        post["conversation"] = context.comment_of.get(action.conversation_id, action.conversation_id)
    if action.replyTo_id:
        post |= {"kind": "reply", "parent": context.comment_of.get(action.replyTo_id, action.replyTo_id)}
    else:
        post["parent_state"] = "root"
    if action.page_title:
        post["title"] = action.page_title[:1024]
    if action.rev_id is not None and str(action.rev_id).isascii() and str(action.rev_id).isdigit():
        post["url"] = f"https://{context.site}/w/index.php?oldid={action.rev_id}"
    if written := at_iso(action.timestamp):
        post["edited_at" if action.type in _CHANGES else "created_at"] = written
    if known := _author(action, context.site):
        post["author"] = known
    post["labels"] = [label("action", (action.type or "").lower(), "wikiconv", "corpus")]
    return post


#: What stands for somebody who was not logged in: an address, or the name of the machine.
_MACHINE: Final = re.compile(
    r"[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*|(?:[A-Za-z0-9_-]+\.)+[A-Za-z]{2,}|(?:[0-9]{1,3}\.){2,3}(?:xxx|[0-9]{1,3})"
)


def _author(action: Action, site: str) -> dict[str, str] | None:
    """Who wrote it; nobody where the name is that of a machine."""
    name = action.user_text
    nobody = action.user_id in {None, "", "0"}
    if not name or (nobody and _MACHINE.fullmatch(name)):
        return None
    plain = name.isascii() and name.replace("_", "").isalnum()
    page = f"https://{site}/w/index.php?title=User:{name}" if plain else None
    return author(name, name if nobody else action.user_id, page)


# --- Many actions at once ---


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over the columns that `bulk` makes, and where they are sure."""
    names = ("words", "parent", "moment", "user_text", "user_id", "site")
    words, parent, moment, name, id_, site = (pl.col(one) for one in names)
    revision, title, changed = pl.col("revision"), filled("page_title"), pl.col("changed")
    page = pl.when(name.str.contains(r"^[A-Za-z0-9_]*[A-Za-z0-9][A-Za-z0-9_]*$")).then(
        site + "/w/index.php?title=User:" + name
    )
    fields = {
        "native_id": pl.col("comment"),
        "conversation": pl.col("conversation"),
        "parent": parent,
        "parent_state": pl.when(parent.is_null()).then(pl.lit("root")),
        "kind": pl.when(parent.is_null()).then(pl.lit("post")).otherwise(pl.lit("reply")),
        "author": pl.when(filled("user_text").is_not_null()).then(pl.struct(name=name, id=id_, url=page)),
        "title": title.str.slice(0, 1024),
        "text": words,
        "markup": pl.lit("plain"),
        "created_at": pl.when(~changed).then(moment),
        "edited_at": pl.when(changed).then(moment),
        "url": site + "/w/index.php?oldid=" + revision,
        "labels": pl.col("labels"),
    }
    nobody = filled("user_text").is_null()
    sure = [
        words.str.contains(WORDS),
        (moment.str.contains(ISO)).fill_null(value=True),
        revision.str.contains("^[0-9]+$").fill_null(value=True),
        nobody | ((id_ != "") & (id_ != "0") & short(id_) & short(name) & ~name.str.contains(BLANK_ENDS)),
    ]
    return fields, sure


_FIELDS: Final = _fields()


def _counts(action: _Plain | None, context: Context) -> bool:
    """Whether an action is surely the one that a comment came to in the end."""
    if action is None or not action.id:
        return False
    _, last, deletes = context.last.get(action.ancestor_id or action.id, ("", None, True))
    return last == action.id and not deletes


def bulk(records: list[bytes], indexes: list[int], context: Context) -> pa.Table:
    """The plain ones of many actions as posts in columns."""
    found: Iterator[tuple[int, _Plain]] = zip(indexes, understood(records, _PLAIN.decode), strict=True)
    known = [(at, action) for at, action in found if _counts(action, context)]
    if not known:
        return no_posts()
    actions = [action for _, action in known]
    comment_of = context.comment_of.get
    columns: dict[str, list[str | None]] = {
        "comment": [one.ancestor_id or one.id for one in actions],
        "words": [one.cleaned_content if one.cleaned_content is not None else one.content for one in actions],
        "conversation": [
            comment_of(one.conversation_id, one.conversation_id) if one.conversation_id else None for one in actions
        ],
        "parent": [comment_of(one.replyTo_id, one.replyTo_id) if one.replyTo_id else None for one in actions],
        "moment": [one.timestamp for one in actions],
        "revision": [None if one.rev_id is None else str(one.rev_id) for one in actions],
        "type": [one.type for one in actions],
        "page_title": [one.page_title for one in actions],
        "user_id": [one.user_id for one in actions],
        "user_text": [one.user_text for one in actions],
    }
    frame = pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})
    frame = frame.with_columns(
        changed=pl.col("type").is_in(sorted(_CHANGES)),
        labels=label_lists([Label("action", "wikiconv", "corpus", frame["type"].str.to_lowercase())]),
        site=pl.lit(f"https://{context.site}"),
    )
    return made_of(frame, *_FIELDS, [at for at, _ in known])


READER: Final = Reader(
    name="wikiconv",
    version="1",
    title="talk pages of Wikipedia, as WikiConv tells them",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "labels",
    ),
    limits=(
        "The last state of each comment; earlier ones and what ended deleted are left out. Wikitext stays as it is, "
        "where no cleaned text is given. Who was not logged in is not named. Which action is the last one is held in "
        "memory: about 200 bytes an action."
    ),
    license_rule=(
        "CC BY-SA by the date of the comment, under Wikimedia's terms; the address of the revision is the credit."
    ),
    recognise=recognise,
    cut=cut_json_lines,
    parse=parse,
    bulk=bulk,
    divide=divide_lines,
    context=context,
    needs=needs,
    unit=line_around,
    whole=whole_lines,
    options=(Option("site", str, "Host name of the wiki; en.wikipedia.org where it is not given."),),
)  # fmt: skip
