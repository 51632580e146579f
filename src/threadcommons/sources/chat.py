"""`chat`: conversations with language models as trainers write them: `messages`, ShareGPT, prompts and completions.

A record is one turn. A turn is called by its row and its number in it, `row-2#3`; a row without an id is called by the
digest of its bytes, so the same row is the same conversation wherever it stands. What a model wrote says so in
`generator`, and what is not told of the model is "undisclosed".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import SOLID, Head, Parsed, Reader, Refusal
from .chat_columns import NOBODY, ROLES, UNDISCLOSED, Hint, bulk, key_of, plain_turns
from .documents import Item, cut_document, cut_documents
from .fields import address
from .lines import divide_lines, line_around, whole_lines
from .strict_json import decoded, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..model import Limits
    from .base import Cut
    from .posts import Post

# --- What is decoded ---


class Address(msgspec.Struct):
    """Where a picture is kept."""

    url: str | None = None


class Part(msgspec.Struct):
    """A piece of a turn: text, or something that the words are about."""

    type: str | None = None
    text: str | None = None
    image_url: Address | str | None = None


class Turn(msgspec.Struct):
    """One turn, under the names of either format."""

    role: str | None = None
    sender: str | None = msgspec.field(default=None, name="from")
    content: str | list[Part] | None = None
    value: str | None = None
    name: str | None = None


#: A key that is not there.
_NULL: Final = msgspec.Raw(b"null")


class _Row(msgspec.Struct):
    id: str | int | None = None
    model: str | None = None
    messages: msgspec.Raw = _NULL
    conversations: msgspec.Raw = _NULL
    conversation: msgspec.Raw = _NULL
    items: msgspec.Raw = _NULL
    prompt: msgspec.Raw = _NULL
    completion: msgspec.Raw = _NULL
    chosen: msgspec.Raw = _NULL
    rejected: msgspec.Raw = _NULL


_ROW: Final = msgspec.json.Decoder(_Row)
_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TURNS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TURN: Final = msgspec.json.Decoder(Turn)
_WORDS: Final = msgspec.json.Decoder(str)

# --- Recognition ---

_MESSAGES: Final = re.compile(rb'"(?:messages|prompt|chosen|completion)"\s*:\s*\[\s*\{[^{}]*"role"\s*:\s*"')
_SHAREGPT: Final = re.compile(rb'"(?:conversations?|items)"\s*:\s*\[\s*\{[^{}]*"from"\s*:\s*"')


def recognise(head: Head) -> str | None:
    """Why a file holds such conversations: rows with turns that have a role, or a sender and a value."""
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{", head.start):
        return None
    if _MESSAGES.search(head.start):
        return "rows of messages with roles"
    return "rows of turns as ShareGPT writes them" if _SHAREGPT.search(head.start) else None


# --- Cutting ---


#: Where a row keeps its turns, and the role of a bare text there. A rejected answer is no part of the conversation.
_LISTS: Final = (
    ("messages", None), ("conversations", None), ("conversation", None), ("items", None), ("prompt", "user"),
    ("completion", "assistant"), ("chosen", "assistant"),
)  # fmt: skip
_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NO_TURNS: Final = Refusal("quarantined", "record.not-this-format", detail="the turns of a row are no list")


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The turns of a row; a row without any is one record."""
    row = _ROW.decode(view)
    key = key_of(row.id, view)
    lists = [(getattr(row, name), role) for name, role in _LISTS]
    turns = [turn for raw, role in lists if raw is not _NULL for turn in _turns(raw, role)]
    refused = [Item(raw, None, _NOT_A_POST) for raw, _ in _turns(row.rejected, "assistant")]
    if not turns and not refused:
        return _NOT_A_POST
    hint = Hint(key, 0, None, row.model, clean=unseen(bytes(view)) is None)
    return [*_numbered(turns, hint), *refused]


def _turns(raw: msgspec.Raw, role: str | None) -> Iterator[tuple[msgspec.Raw, str | None]]:
    """The turns of a list, or the one that a bare text is."""
    mark = bytes(memoryview(raw)[:1])
    if mark == b"[":
        yield from ((turn, None) for turn in _TURNS.decode(raw))
    elif mark == b'"' and role:
        yield raw, role


def _numbered(turns: Iterable[tuple[msgspec.Raw, str | None]], first: Hint) -> Iterator[Item]:
    before = None
    for number, (raw, role) in enumerate(turns):
        yield Item(raw, Hint(first.row, number, before, first.model, role, first.clean))
        if _is_heard(raw, role, clean=first.clean):
            before = number


def _is_heard(raw: msgspec.Raw, role: str | None, *, clean: bool) -> bool:
    """Whether a turn will become a post, which the next one answers."""
    try:
        said = _TURN.decode(raw) if role is None else Turn(role=role, content=_WORDS.decode(raw))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return _speaks(said) and (clean or unseen(bytes(memoryview(raw))) is None)


def find_rows(view: memoryview) -> Iterable[Item] | Refusal:
    """The turns of all rows of an array, or of the one row that a document is."""
    if bytes(view[:1]) != b"[":
        return find(view)
    items: list[Item] = []
    for raw in _ROWS.decode(view):
        found = find(memoryview(raw)) if bytes(memoryview(raw)[:1]) == b"{" else _NOT_A_POST
        items += [Item(raw, None, found)] if isinstance(found, Refusal) else found
    return items


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """The turns of a range: row by row where each line is a row, else of the one document that the file is."""
    if _is_lines(data):
        return cut_documents(data, start, stop, limits, find, plain_turns)
    return cut_document(data, start, stop, limits, find_rows)


def _is_lines(data: Any) -> bool:
    """Whether the file is no array, and its first line a whole row or the beginning of none."""
    solid = SOLID.search(data, 3 if data[:3] == b"\xef\xbb\xbf" else 0)
    if solid is None:
        return True
    end = data.find(b"\n", solid.start())
    line = bytes(data[solid.start() : len(data) if end < 0 else end])
    if line[:1] == b"[":
        return False
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError):
        return line[:1] != b"{" or line.rstrip() != b"{"
    return True


def divide(data: Any, size: int) -> list[int]:
    """At line ends, where each line is a row."""
    return divide_lines(data, size) if _is_lines(data) else [0, size]


def unit(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The line around an offset, where each line is a row."""
    return line_around(data, size, offset) if _is_lines(data) else (0, size)


# --- Turns to posts ---

_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_ROLE: Final = Refusal("quarantined", "record.missing-field", "/role", "the turn does not say whose it is")


def parse(record: bytes, hint: Hint | None, _context: Any) -> Parsed:
    """One turn as a post as claimed."""
    if hint is None:
        return _NOT_A_POST
    said = _said(record, hint.role, clean=hint.clean)
    if isinstance(said, Refusal):
        return said
    sender = said.role or said.sender
    if sender is None:
        return _NO_ROLE
    if sender in NOBODY:
        return _NOT_A_POST
    return _post(said, sender, hint) if _speaks(said) else _NO_TEXT


def _said(record: bytes, role: str | None, *, clean: bool) -> Turn | Refusal:
    """A turn, also where it is a bare text."""
    if role is None:
        return decoded(record, _TURN.decode, clean=clean)
    text = decoded(record, _WORDS.decode, clean=clean)
    return text if isinstance(text, Refusal) else Turn(role=role, content=text)


def _text(said: Turn) -> str:
    if isinstance(said.content, list):
        return "\n\n".join(part.text for part in said.content if part.text)
    return said.content or said.value or ""


def _speaks(said: Turn) -> bool:
    sender = said.role or said.sender
    if sender is None or sender in NOBODY:
        return False
    text = _text(said)
    return bool(text) and not text.isspace()


def _post(said: Turn, sender: str, hint: Hint) -> Post:
    role = ROLES.get(sender, "assistant")
    first = hint.before is None
    post: Post = {
        "native_id": f"{hint.row}#{hint.number}", "conversation": hint.row, "kind": "post" if first else "reply",
        "author": {"name": said.name or sender}, "text": _text(said), "markup": "plain",
    }  # fmt: skip
    post |= {"parent_state": "root"} if first else {"parent": f"{hint.row}#{hint.before}"}
    if role == "assistant":
        model = hint.model or (sender if sender not in ROLES else "undisclosed")
        post["generator"] = {"model": model, **UNDISCLOSED}
    if isinstance(said.content, list) and (urls := list(_pictures(said.content))):
        post["media"] = [{"type": "image", "url": url, "alt": None} for url in urls]
    return post


def _pictures(parts: Iterable[Part]) -> Iterator[str | None]:
    """Where pictures are kept, as far as that is an address."""
    for part in parts:
        if part.image_url:
            yield address(part.image_url if isinstance(part.image_url, str) else part.image_url.url)


READER: Final = Reader(
    name="chat",
    version="1",
    title="conversations with language models: messages, ShareGPT, prompts with completions or choices",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "text", "markup", "media",
        "generator",
    ),
    limits=(
        "JSON lines or one JSON array. Turns of users, systems and models that have words; calls of tools, what tools "
        "answered, rejected answers and hidden reasoning are left out. There are no times. The text is taken as plain, "
        "whatever marks it holds. Of two rows with one id and different words the second is quarantined."
    ),
    license_rule="Such files state no licence for a row: declare one in source.toml, with evidence.",
    recognise=recognise,
    cut=cut,
    parse=parse,
    bulk=bulk,
    divide=divide,
    hinted=True,
    by_hints=True,
    unit=unit,
    whole=whole_lines,
    opens=(r"(?i).*\.jsonl?",),
)  # fmt: skip
