"""The parts of one mail message that a post is made of: headers, and the first text that a person would read.

Headers are found with one pass of an expression and bodies by looking for boundaries: nothing is parsed that is not
used, so attachments of any size cost a search. Everything is bounded: headers, levels of parts, parts looked at.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER: Final = re.compile(
    r"^([!-9;-~]++)[ \t]*+:[ \t]*+([^\r\n]*+(?:\r(?!\n)[^\r\n]*+)*(?:\r?\n[ \t][^\n]*+)*)", re.MULTILINE
)
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
#: What ends headers: an empty line. It is searched for from a line feed on, which is fast; a carriage return before
#: that is stripped with the last header.
_END: Final = re.compile(rb"\n\r?\n")
_NO_HEADERS: Final = re.compile(rb"\r?\n(?:\r?\n)?")
_HEADERS_BYTES: Final = 256 * 1024
_PARAMETER: Final = re.compile(r';\s*([A-Za-z0-9_*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
#: How much of a header is looked at for words.
_LONGEST: Final = 4096
_DEEPEST: Final = 8
_MOST_PARTS: Final = 64
_ENCODED_MARK: Final = "=?"
_ENCODED: Final = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")


@dataclass(frozen=True)
class Part:
    """One entity: its headers by name in lower case (the first of each name), and its body."""

    headers: dict[str, str]
    body: bytes

    def parameters(self, name: str) -> dict[str, str]:
        """Parameters of a header such as Content-Type, in lower case names."""
        header = self.headers.get(name, "")
        found = _PARAMETER.findall(header) if ";" in header else []
        return {key.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for key, quoted, plain in reversed(found)}

    @cached_property
    def type(self) -> str:
        """Media type in lower case; text/plain where none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() or "text/plain"


def part_of(entity: bytes) -> Part:
    """An entity taken apart at the first empty line."""
    head, body = _divided(entity)
    headers: dict[str, str] = {}
    for name, value in _HEADER.findall(head.decode("utf-8", "surrogateescape")):
        headers.setdefault(name.lower(), (_FOLD.sub(" ", value) if "\n" in value else value).strip())
    return Part(headers, body)


def _divided(entity: bytes) -> tuple[bytes, bytes]:
    """Headers and body; without an empty line within what is looked at, there is no body."""
    if nothing := _NO_HEADERS.match(entity):
        return b"", entity[nothing.end() :]
    end = _END.search(entity, 0, _HEADERS_BYTES)
    return (entity[: end.start()], entity[end.end() :]) if end else (entity[:_HEADERS_BYTES], b"")


# --- Words in headers ---


def worded(value: str, charset: str | None = None) -> str | None:
    """A header's value with encoded words decoded; None where some of it is in no charset that is known.

    Bytes that are neither ASCII nor UTF-8 are read in `charset`, where one is given.
    """
    raw = value[:_LONGEST]
    plain = raw if raw.isascii() else _decoded_anew(raw, charset)
    if plain is None or _ENCODED_MARK not in plain or not _ENCODED.search(plain):
        return plain
    try:
        pieces = [_piece(*piece) for piece in decode_header(plain)]
    except (ValueError, HeaderParseError):  # the latter is no ValueError
        return None
    return "".join(piece for piece in pieces if piece) if None not in pieces else None


def _decoded_anew(header: str, charset: str | None) -> str | None:
    """A header that was read as UTF-8, bytes that are none kept; None where it is in no charset that is known."""
    raw = header.encode("utf-8", "surrogateescape")
    return _read(raw, "utf-8") or (_read(raw, charset) if charset else None)


def _piece(piece: bytes | str, charset: str | None) -> str | None:
    if isinstance(piece, str):
        return piece
    codec = codec_of(charset) if charset else "utf-8"
    return _read(piece, codec) if codec else None


def _read(raw: bytes, codec: str) -> str | None:
    """Bytes as text, or None where they are not in a charset. What is declared as Latin-1 may be its larger sister."""
    if codec == "iso8859-1" and _SISTER.search(raw):
        codec = "cp1252"
    try:
        return raw.decode(codec)
    except (UnicodeDecodeError, ValueError):
        return None


#: Bytes that are control characters in Latin-1 and letters or marks in windows-1252.
_SISTER: Final = re.compile(rb"[\x80-\x9f]")


def codec_of(charset: str) -> str | None:
    """The name of a codec of text for a charset; None for one that nobody knows."""
    name = charset.strip().lower()
    try:
        found = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError, UnicodeError):
        return None
    return found.name if found._is_text_encoding else None  # noqa: SLF001  (the library has no other way to tell)


#: Charsets by names that the library does not have, or whose texts are written in a larger one.
_ALIASES: Final = {
    "iso-8859-8-i": "iso-8859-8",
    "ansi_x3.4-1968": "ascii",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
}


# --- Bodies ---


@dataclass(frozen=True)
class Body:
    """The text of a message, and whether it is HTML. Without text, `trouble` says what is known of its charset."""

    text: str | None
    html: bool = False
    trouble: str = ""


def body_of(message: Part, charset: str | None = None) -> Body | None:
    """The first plain text of a message, else the first HTML; None where there is no text in it.

    `charset` is taken for bytes that are not what the message declares, or for which it declares nothing.
    """
    html: Part | None = None
    for part in leaves(message):
        if part.headers.get("content-disposition", "").lower().startswith("attachment"):
            continue
        if part.type == "text/plain":
            return _decoded(part, charset, html=False)
        if part.type == "text/html" and html is None:
            html = part
    return _decoded(html, charset, html=True) if html else None


def leaves(message: Part) -> Iterator[Part]:
    """The leaves of a message in order: an explicit stack, at most so many parts so deep."""
    waiting, seen = [(message, 0)], 0
    while waiting and seen < _MOST_PARTS:
        part, depth = waiting.pop()
        seen += 1
        boundary = part.parameters("content-type").get("boundary") if part.type.startswith("multipart/") else None
        if not part.type.startswith("multipart/"):
            yield part
        elif boundary and depth < _DEEPEST:
            inner = list(_between(part.body, boundary))
            waiting += [(part_of(one), depth + 1) for one in reversed(inner)]


def _between(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the boundary lines of a body; the last may lack its end."""
    mark = re.compile(
        rb"(?:^|\n)--" + re.escape(boundary.encode("utf-8", "surrogateescape")) + rb"(--)?[ \t]*(?:\r?\n|\r?\Z)"
    )
    found = mark.search(body)
    for _ in range(_MOST_PARTS):
        if not found or found[1]:
            return
        begin = found.end()
        found = mark.search(body, max(0, begin - 1))
        yield body[begin : max(begin, found.start())] if found else body[begin:]


def _decoded(part: Part, charset: str | None, *, html: bool) -> Body:
    """The text of a part: as declared, else as UTF-8, which other texts hardly ever are by chance, else as told."""
    raw = _transferred(part.body, part.headers.get("content-transfer-encoding", "").strip().lower())
    declared = part.parameters("content-type").get("charset", "") if "content-type" in part.headers else ""
    codec = codec_of(declared) if declared else None
    for name in (codec, "utf-8", charset):
        text = _read(raw, name) if name else None
        if text is not None:
            return Body(text, html)
    return Body(
        None, html, "unknown" if declared and not codec else "not what is declared" if codec else "not declared"
    )


def _transferred(body: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding. What is broken in one is taken as far as it goes."""
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding == "base64":
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        clean = clean[:-1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    return body
