"""Cells of delimited text: how a table is written, and one row of it as text."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from .base import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Encodings in which delimiters, quotes and line ends are the bytes that they are in ASCII, and nothing else is.
ENCODINGS: Final = (
    "utf-8", "cp1252", "latin-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15",
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "cp1257", "koi8-r", "koi8-u", "mac-roman",
)  # fmt: skip
DELIMITERS: Final = (",", ";", "\t", "|")

# A record is at most limits.record_bytes long, so its cells need no limit of their own.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Layout:
    r"""How a table is written.

    `delimiter` and `quote` are one ASCII character each; `quote` may be empty. With `header`, a file begins with a row
    that names the columns. With `escaped`, cells hold `\n`, `\t`, `\r`, `\\` for what they cannot hold themselves, and
    `\N` for nothing.
    """

    columns: tuple[str, ...]
    header: bool = True
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    escaped: bool = False

    @cached_property
    def _loosely(self) -> bytes:
        """A cell as it is cut: text behind a closing quote belongs to it."""
        other, quote = re.escape(self.delimiter).encode(), re.escape(self.quote).encode()
        plain = rb"[^%b%b\n][^%b\n]*+|" % (other, quote, other)
        quoted = rb"%b(?:[^%b]++|%b%b)*+%b[^%b\n]*+|" % (quote, quote, quote, quote, quote, other)
        return (quoted if quote else b"") + plain

    @cached_property
    def loose(self) -> re.Pattern[bytes]:
        """One cell and what ends it: a delimiter, a line end, or the end of what is looked at."""
        return re.compile(rb"(?:%b)(%b|\n|\Z)" % (self._loosely, re.escape(self.delimiter).encode()))

    @cached_property
    def row(self) -> re.Pattern[bytes]:
        """One row with its line end, or with the end of what is looked at."""
        cell = rb"(?:%b)" % self._loosely
        return re.compile(rb"%b(?:%b%b)*+(?:\n|\Z)" % (cell, re.escape(self.delimiter).encode(), cell))

    @cached_property
    def cell(self) -> re.Pattern[str]:
        """One cell and what ends it: a delimiter or the end of the row."""
        other, quote = re.escape(self.delimiter), re.escape(self.quote)
        return re.compile(
            rf"(?:{quote}((?:[^{quote}]++|{quote}{quote})*+){quote}|([^{other}{quote}][^{other}]*+|))({other}|\Z)"
        )


def cells_of(row: bytes, layout: Layout) -> list[str] | Refusal:
    """The cells of one row as text, or why it is none."""
    if b"\0" in row:
        return Refusal("quarantined", "record.nul", detail=f"at byte {row.index(0)} of the record")
    try:
        text = row.decode(layout.encoding)
    except UnicodeDecodeError as error:
        code = "record.invalid-utf8" if layout.encoding == "utf-8" else "record.bad-encoding"
        return Refusal("quarantined", code, detail=f"at byte {error.start} of the record")
    if not layout.quote or layout.quote not in text:
        cells = text.split(layout.delimiter)
        return [_unescaped(cell) for cell in cells] if layout.escaped and "\\" in text else cells
    found = split(text, layout)
    return found or Refusal("quarantined", "record.csv-syntax", detail="text stands behind the quote that ends a cell")


def many_cells(rows: Sequence[bytes], layout: Layout) -> list[list[str] | None]:
    """The cells of many rows at once, as `cells_of` gives them; None for a row that has to be looked at by itself."""
    texts = _plain_texts(rows, layout)
    good = [text for text in texts if text is not None]
    found = iter(_split_many(good, layout))
    return [None if text is None else next(found) for text in texts]


def _plain_texts(rows: Sequence[bytes], layout: Layout) -> list[str | None]:
    """Rows as text, None for one that has to be looked at by itself; that none has to is seen of all at once."""
    together = b"\n".join(rows)
    if b"\0" in together or b"\r" in together or (layout.escaped and b"\\" in together):
        return [_plain_text(row, layout) for row in rows]
    try:
        return [row.decode(layout.encoding) for row in rows]
    except UnicodeDecodeError:
        return [_plain_text(row, layout) for row in rows]


def _plain_text(row: bytes, layout: Layout) -> str | None:
    if b"\0" in row or b"\r" in row or (layout.escaped and b"\\" in row):
        return None
    try:
        return row.decode(layout.encoding)
    except UnicodeDecodeError:
        return None


def _split_many(texts: list[str], layout: Layout) -> list[list[str] | None]:
    """Rows split by the standard library in one go; where it refuses one, halves of them, until that stands alone."""
    if not layout.quote:
        return [text.split(layout.delimiter) for text in texts]
    try:
        found = list(csv.reader(texts, delimiter=layout.delimiter, quotechar=layout.quote, strict=True))
    except csv.Error:
        found = []
    if len(found) == len(texts):
        return list(found)
    if len(texts) == 1:
        return [None]
    half = len(texts) // 2
    return _split_many(texts[:half], layout) + _split_many(texts[half:], layout)


def split(text: str, layout: Layout) -> list[str] | None:
    """The cells of a row in which quotes stand; None where text follows a closing quote."""
    try:
        return next(csv.reader((text,), delimiter=layout.delimiter, quotechar=layout.quote, strict=True))
    except (csv.Error, StopIteration):
        return _split(text, layout)


def _split(text: str, layout: Layout) -> list[str] | None:
    """The same without the standard library, which takes a carriage return within a cell for the end of a line."""
    cells, at = [], 0
    while found := layout.cell.match(text, at):
        quoted = found[1] is not None
        cells.append(found[1].replace(layout.quote * 2, layout.quote) if quoted else found[2])
        at = found.end()
        if not found[3]:
            return cells
    return None


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "N": ""}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(cell: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[0]), cell)
