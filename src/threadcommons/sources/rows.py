"""Cutting and reading XML tables: a record is one `<row .../>` element whose attributes are its cells.

No XML parser ever sees more than one row, so nothing in a file can pull in, define or multiply content, and a broken
row spoils no other. In well-formed XML no `<` stands inside a tag, not even between quotes: cutting holds on to that.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.parsers import expat

import numpy as np

from .base import BATCH_RECORDS, BOM, RANGE_BYTES, SOLID, Cut, Refusal, spans, trimmed
from .opening import let_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..model import Limits

#: More attributes than any table has columns.
MOST_ATTRIBUTES: Final = 256
#: How many bytes are worth loading compiled code for.
WORTH_IT: Final = 1 << 20

_ROW: Final = re.compile(
    rb"""<row(?=[ \t\r\n/>])[^"'<>]*"""
    rb"""(?:(?:"[^"<]*"|'[^'<]*')[^"'<>]*){0,%d}(?:/>|>[ \t\r\n]*</row[ \t\r\n]*>|>)""" % MOST_ATTRIBUTES
)
_ROW_BEGINS: Final = re.compile(rb"<row[ \t\r\n/>]")
_BARE_TAG: Final = re.compile(rb"</?([A-Za-z]+)[ \t\r\n]*/?>")
_DECLARATION: Final = re.compile(rb"<\?xml[ \t\r\n][^<>?]*\?>")
_OTHER_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["'](?!(?:utf-8|us-ascii)["'])""", re.IGNORECASE)
_QUOTED: Final = re.compile(rb""""[^"]*"|'[^']*'""")
#: Where markup begins that is understood, for reading on after something that is not.
_MARKUP: Final = re.compile(rb"<(?:row[ \t\r\n/>]|[/!?])")
#: The same after a broken row, which may hold anything: only at the start of a line or right after a tag.
_AGAIN: Final = re.compile(rb"(?:(>)[ \t\r\n]*|[\r\n][ \t]*)(?=<(?:row[ \t\r\n/>]|[/!?]))")
#: Where a file of nothing but rows may be divided, and what must not occur in such a file.
_BETWEEN_ROWS: Final = re.compile(rb">[ \t\r\n]*(?=<row[ \t\r\n])")
_DECLARED: Final = re.compile(rb"<[!?]")


class _Piece(NamedTuple):
    """Bytes up to `end`: framing, or a record, which may be refused already."""

    end: int
    refusal: Refusal | None = None
    framing: bool = False


def divide_rows(data: Any, size: int) -> list[int]:
    """Cut points between rows, one about every `RANGE_BYTES`; a function of the bytes alone.

    A file that holds a comment, a declaration or anything else of that kind is not divided, since what such markup
    means for a row may stand any number of bytes before it.
    """
    if size <= RANGE_BYTES or _declares(data, size):
        return [0, size]
    points = [0]
    while points[-1] + RANGE_BYTES < size:
        between = _BETWEEN_ROWS.search(data, points[-1] + RANGE_BYTES)
        if not between:
            break
        points.append(between.end())
    return [*points, size]


def _declares(data: Any, size: int) -> bool:
    """Whether anything is declared behind the beginning of a file."""
    for at in range(len(BOM) + len(b"<?"), size, RANGE_BYTES):
        stop = min(size, at + RANGE_BYTES + 1)
        if _DECLARED.search(data, at, stop):
            return True
        let_go(data, at, stop)
    return False


def cut_rows(data: Any, start: int, stop: int, limits: Limits, tables: frozenset[bytes]) -> Iterator[Cut]:
    """Cut `data[start:stop]` into rows. Framing is the BOM, the XML declaration, comments and the tags of `tables`.

    What is neither is a record that is refused. A batch is full when it holds `BATCH_RECORDS` or `RANGE_BYTES`.
    """
    plain = _plain_rows(data, stop, limits.record_bytes) if stop - start >= WORTH_IT else None
    pieces: list[tuple[int, int]] = []
    refused: dict[int, Refusal] = {}
    at = begun = start
    while True:
        if plain and (run := plain(at, begun + RANGE_BYTES, BATCH_RECORDS - len(pieces))):
            pieces += run
            at = sum(run[-1])
        if not _is_full(pieces, at - begun):
            found = _record(data, at, stop, limits.record_bytes, tables)
            if not found:
                break
            begin, at, refusal = found
            if refusal:
                refused[len(pieces)] = refusal
            pieces.append((begin, at - begin))
        if _is_full(pieces, at - begun):
            yield spans(begun, at, pieces, data, refused)
            pieces, refused, begun = [], {}, at
    if begun < stop or start == stop:
        yield spans(begun, stop, pieces, data, refused)


def _is_full(pieces: Sequence[tuple[int, int]], size: int) -> bool:
    return len(pieces) == BATCH_RECORDS or size >= RANGE_BYTES


def _plain_rows(data: Any, stop: int, most: int) -> Callable[[int, int, int], list[tuple[int, int]]]:
    """What finds rows of which there can be no doubt: offsets and lengths, given where to begin, to end, and room."""
    from .row_cells import plain_rows  # compiled code, which only many rows are worth

    places = np.empty((2, BATCH_RECORDS), np.int64)
    return lambda at, full, room: plain_rows(data, (at, stop), most, full, places[:, :room])


def _record(
    data: Any, at: int, stop: int, most: int, tables: frozenset[bytes]
) -> tuple[int, int, Refusal | None] | None:
    """Start, end and refusal of the next record. Nothing is copied, so a record may be of any length."""
    while solid := SOLID.search(data, at, stop):
        at = solid.start()
        row = _ROW.match(data, at, stop)
        end, refusal, framing = _Piece(row.end()) if row else _other(data, at, stop, tables)
        if end - at > most and not refusal:
            refusal = _refused("record.too-long", f"{end - at} bytes; the limit is {most}")
        if refusal or not framing:
            return at, end, refusal
        at = end
    return None


def _refused(code: str, detail: str) -> Refusal:
    return Refusal("quarantined", code, detail=detail)


_STRAY: Final = _refused("record.xml-syntax", "not a row, nor anything that may stand between rows")
_CUT_OFF: Final = _refused("record.truncated", "what begins here has no end")
_DOCUMENT_TYPE: Final = _refused("record.dtd", "nothing from here on is read")
_FOREIGN: Final = _refused("record.invalid-utf8", "the file declares another encoding; nothing of it is read")


def _other(data: Any, at: int, stop: int, tables: frozenset[bytes]) -> _Piece:
    """What begins at `at`, which is neither blank nor a whole row."""
    tag = _BARE_TAG.match(data, at, stop)
    if tag and tag[1] in tables:
        return _Piece(tag.end(), framing=True)
    head = bytes(data[at : min(stop, at + len(b"<![CDATA["))])
    for mark, read in _BEGINNINGS:
        if head.startswith(mark):
            return read(data, at, stop)
    return _stray(data, at, stop)


def _byte_order(data: Any, at: int, stop: int) -> _Piece:
    return _stray(data, at, stop) if at else _Piece(len(BOM), framing=True)


def _comment(data: Any, at: int, stop: int) -> _Piece:
    return _enclosed(data, at, stop, (b"<!--", b"-->"), _Piece(0, framing=True))


def _character_data(data: Any, at: int, stop: int) -> _Piece:
    return _enclosed(data, at, stop, (b"<![CDATA[", b"]]>"), _Piece(0, _STRAY))


def _enclosed(data: Any, at: int, stop: int, marks: tuple[bytes, bytes], piece: _Piece) -> _Piece:
    begin, finish = marks
    end = data.find(finish, at + len(begin), stop)
    return _Piece(trimmed(data, at, stop), _CUT_OFF) if end < 0 else piece._replace(end=end + len(finish))


def _document_type(data: Any, at: int, stop: int) -> _Piece:
    """A document type or part of one; but a file may also end within the mark of something harmless."""
    rest = bytes(data[at : min(stop, at + len(b"<![CDATA["))])
    cut_off = at + len(rest) == len(data) and (b"<!--".startswith(rest) or b"<![CDATA[".startswith(rest))
    return _Piece(stop, _CUT_OFF if cut_off else _DOCUMENT_TYPE)


def _instruction(data: Any, at: int, stop: int) -> _Piece:
    """The XML declaration at the start of a file, or a processing instruction, which no dump has."""
    declaration = _DECLARATION.match(data, at, stop)
    if not declaration or at not in {0, len(BOM)}:
        return _enclosed(data, at, stop, (b"<?", b"?>"), _Piece(0, _STRAY))
    if _OTHER_ENCODING.search(declaration[0]):
        return _Piece(stop, _FOREIGN)
    return _Piece(declaration.end(), framing=True)


def _broken_row(data: Any, at: int, stop: int) -> _Piece:
    """A row that does not end as rows do, up to where reading can start again; parsing says what is wrong."""
    if not _ROW_BEGINS.match(data, at, stop):
        return _stray(data, at, stop)
    again = _AGAIN.search(data, at + 1, stop)
    if again:
        return _Piece(trimmed(data, at, again.end(1) if again[1] else again.start()))
    return _Piece(trimmed(data, at, stop), _CUT_OFF if stop == len(data) else None)


def _stray(data: Any, at: int, stop: int) -> _Piece:
    """Anything else, up to the next markup."""
    following = _MARKUP.search(data, at + 1, stop)
    end = following.start() if following else stop
    unfinished = end == len(data) and data.rfind(b"<", at, end) > data.rfind(b">", at, end)
    return _Piece(trimmed(data, at, end), _CUT_OFF if unfinished else _STRAY)


#: What reads each beginning; the first that fits counts.
_BEGINNINGS: Final[tuple[tuple[bytes, Callable[[Any, int, int], _Piece]], ...]] = (
    (b"<row", _broken_row),
    (b"<!--", _comment),
    (b"<![CDATA[", _character_data),
    (b"<!", _document_type),
    (b"<?", _instruction),
    (BOM, _byte_order),
)


def attributes(row: bytes) -> dict[str, str] | Refusal:
    """The attributes of one row, unescaped and normalised as XML demands, or why it is no well-formed element."""
    if b"\0" in row:
        return _refused("record.nul", f"at byte {row.index(0)} of the record")
    try:
        row.decode()
    except UnicodeDecodeError as error:
        return _refused("record.invalid-utf8", f"at byte {error.start} of the record")
    if not _ROW_BEGINS.match(row):
        return _STRAY
    if row.count(b"=") > MOST_ATTRIBUTES and next(islice(_QUOTED.finditer(row), MOST_ATTRIBUTES, None), None):
        return _refused("record.xml-syntax", f"more than {MOST_ATTRIBUTES} attributes")
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda _tag, cells: found.append(cells)
    try:
        parser.Parse(row, True)  # noqa: FBT003  (the parser knows this argument by position only)
    except expat.ExpatError as error:
        where = f"at byte {parser.ErrorByteIndex} of the record"
        return _refused("record.xml-syntax", f"{expat.ErrorString(error.code)} {where}")
    return found[0] if len(found) == 1 else _STRAY
