"""Which file of an X account archive is what, and where its items lie.

A file says itself what it holds, in the name that it assigns its data to; that counts, not the file's own name. Of a
file that holds anything but posts, the account's name or the list of files, nothing is decoded.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import BOM, SOLID, Cut, Refusal, spans, trimmed
from .documents import Item, cut_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..model import Limits

_ASSIGNED: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+(?:window\.YTD\.([A-Za-z0-9_]+)\.part[0-9]+|window\.(__THAR_CONFIG)"
    rb"|Grailbird\.data\.(tweets)_[0-9_]+|var[ ]+(user_details))[ \t\r\n]*+=[ \t\r\n]*+"
)
_TABLE: Final = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*+("tweet_id",[a-z_",]*"text"[a-z_",]*)(?:\r?\n|\Z)')

#: What is read of an archive, by the name that a file assigns its data to.
KINDS: Final = {
    "tweets": "tweets",
    "tweet": "tweets",
    "note_tweet": "notes",
    "community_tweet": "community",
    "account": "account",
    "user_details": "account",
    "__THAR_CONFIG": "manifest",
}
_SHUT: Final = {
    "deleted": Refusal("excluded", "record.deleted", detail="posts that were deleted; the file is not looked into"),
    "private": Refusal("excluded", "record.private", detail="a private part of the archive; it is not looked into"),
}

#: Files that may be opened at all. Direct messages, contacts, likes, numbers and addresses are none of them.
OPENS: Final = (
    r"(?:(?s:.*)/)?(?:tweets?|note-tweets?|community-tweets?)(?:-part[0-9]+)?\.js",
    r"(?:(?s:.*)/)?(?:manifest|account|user_details)\.js",
    r"(?:(?s:.*)/)?js/tweets/[0-9]{4}_[0-9]{2}\.js",
    r"(?:(?s:.*)/)?tweets\.csv",
)
_OPENS: Final = re.compile("|".join(OPENS))


def kind_of(data: Any, start: int = 0) -> tuple[str | None, int]:
    """What a file holds, and where its data begins: a kind, `table`, `deleted` or `private`; None for no such file."""
    if table := _TABLE.match(data, start):
        return "table", table.end()
    assigned = _ASSIGNED.match(data, start)
    if not assigned:
        return None, start
    name = next(group for group in assigned.groups() if group).decode()
    return KINDS.get(name, "deleted" if name.startswith("deleted") else "private"), assigned.end()


def assigned_name(data: bytes) -> str:
    """The name that a file assigns its data to, for messages."""
    assigned = _ASSIGNED.match(data)
    return next(group for group in assigned.groups() if group).decode() if assigned else "tweets.csv"


def columns_of(data: Any) -> tuple[str, ...]:
    """The columns of the table of an old archive."""
    table = _TABLE.match(data)
    return tuple(table[1].decode().replace('"', "").split(",")) if table else ()


def home(name: str) -> tuple[str, ...]:
    """The folders in which the archive lies that a file belongs to."""
    folders = PurePosixPath(name).parts[:-1]
    for inner in (("data", "js", "tweets"), ("data", "js"), ("data",)):
        if folders[-len(inner) :] == inner:
            return folders[: -len(inner)]
    return folders


def beside(name: str, names: Sequence[str]) -> list[str]:
    """Files of the same archive that may be opened, without the one that is asked about."""
    own = home(name)
    return sorted(other for other in names if other != name and home(other) == own and opened(other))


def opened(name: str) -> bool:
    """Whether a file may be opened."""
    return _OPENS.fullmatch(name) is not None


# --- Items ---

_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


class _Type(msgspec.Struct):
    files: list[msgspec.Raw] = []


_MANIFEST: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TYPES: Final = msgspec.json.Decoder(dict[str, _Type])


def _without_semicolon(view: memoryview) -> memoryview:
    end = trimmed(view, 0, len(view))
    return view[: trimmed(view, 0, end - 1)] if end and bytes(view[end - 1 : end]) == b";" else view[:end]


def elements(view: memoryview) -> list[msgspec.Raw]:
    """The elements of a file that is one list; raises as msgspec does."""
    return _LIST.decode(_without_semicolon(view))


def manifest_parts(view: memoryview) -> Iterator[msgspec.Raw]:
    """What a manifest says of the archive as a whole, and of each file; raises as msgspec does."""
    for name, value in _MANIFEST.decode(_without_semicolon(view)).items():
        if name == "archiveInfo":
            yield value
        elif name == "dataTypes":
            yield from (file for type_ in _TYPES.decode(value).values() for file in type_.files)


def _whole(view: memoryview) -> Iterator[Item]:
    yield Item((0, len(_without_semicolon(view))))


_FINDERS: Final[dict[str, Callable[[memoryview], Iterable[Item]]]] = {
    "manifest": lambda view: map(Item, manifest_parts(view)),
    "user_details": _whole,
}


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut one file of an archive into its elements, or into none where it is shut."""
    kind, begin = kind_of(data, start)
    if kind in _SHUT:
        yield _shut(data, start, stop, _SHUT[kind])
    elif kind == "table":
        yield from cut_table(data, start, stop, limits)
    else:
        find = _FINDERS.get(_finder(data, begin, kind), lambda view: map(Item, elements(view)))
        yield from cut_document(data, start, stop, limits, find, (lambda *_: begin) if kind else None)


def _finder(data: Any, begin: int, kind: str | None) -> str:
    single = kind == "account" and data[begin : begin + 1] == b"{"
    return "user_details" if single else kind or ""


def _shut(data: Any, start: int, stop: int, refusal: Refusal) -> Cut:
    solid = SOLID.search(data, start + len(BOM) if data[start : start + len(BOM)] == BOM else start, stop)
    if not solid:
        return spans(start, stop, [], data, {})
    end = trimmed(data, solid.start(), stop)
    return spans(start, stop, [(solid.start(), end - solid.start())], data, {0: refusal})


# --- The table of old archives ---

_CELL: Final = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^",\r\n]*+)'
_ROW: Final = re.compile(_CELL + rb"(?:," + _CELL + rb")*+(?=\r|\n|\Z)")
_LINE: Final = re.compile(rb"[^\r\n]*")


def cut_table(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut a table into rows, which may go over several lines; the row of column names is framing."""
    pieces: list[tuple[int, int]] = []
    refused: dict[int, Refusal] = {}
    at = kind_of(data, start)[1]
    while solid := SOLID.search(data, at, stop):
        row = _ROW.match(data, solid.start(), stop)
        end = row.end() if row else stop
        if not row:
            line = _LINE.match(data, solid.start(), stop)
            end = line.end() if line else stop
            code = "record.bad-field" if data.find(b'"', end, stop) >= 0 else "record.truncated"
            refused[len(pieces)] = Refusal("quarantined", code, detail="not a row of quoted cells")
        elif end - solid.start() > limits.record_bytes:
            detail = f"{end - solid.start()} bytes; the limit is {limits.record_bytes}"
            refused[len(pieces)] = Refusal("quarantined", "record.too-long", detail=detail)
        pieces.append((solid.start(), trimmed(data, solid.start(), end) - solid.start()))
        at = end
    yield spans(start, stop, pieces, data, refused)
