"""HTML cut into text and tags, and its character references resolved.

The tokens are our own rather than those of `html.parser`: that one needs quadratic time on unclosed tags and
comments, and what it makes of broken markup differs between releases of Python, so that equal input would not
give equal bytes. Ours are those of a browser, with one difference: where markup never ends, a browser hides the
rest of the page, and here it is text.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from html.entities import html5
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Text as written, the tag after it (name in lower case, with a slash before it at the end of an element; empty
#: for none), and the attributes of the tag as written.
Token = tuple[str, str, str]

# Every repetition is possessive or cannot begin where the one before it could go on, so that no pattern reads
# the same characters in two ways.
_TAG: Final = re.compile(
    r"""<(?:
      (/?[a-zA-Z][^\t\n\f\r\ />]*+)
      ((?:
          [\t\n\f\r\ /]++
        | [^\t\n\f\r\ />=][^\t\n\f\r\ />=]*+
          (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r\ >"'][^\t\n\f\r\ >]*+|(?=>)))?
      ){0,256})>
    | !--(?:-?>|[\s\S]*?--!?>)                 # a comment
    | (?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>     # what browsers treat as one
    | (?=[a-zA-Z/!?])()                        # markup that never ends
    )""",
    re.VERBOSE,
)
_ENDLESS: Final = 3
#: For the rest of a page after markup that never ends: no tag there holds an angle bracket, even in quotes.
_PLAIN_TAG: Final = re.compile(r"<(?:(/?[a-zA-Z][^\t\n\f\r /<>]*+)([^<>]*+)>|!--[^<>]*?-->)")
_ATTRIBUTE: Final = re.compile(
    r"""
    ([^\t\n\f\r\ />=][^\t\n\f\r\ />=]*+)
    (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r\ >"'][^\t\n\f\r\ >]*+))?)?
    """,
    re.VERBOSE,
)
#: Elements whose content is neither markup nor meant for people, and what ends them.
_RAW: Final = {tag: re.compile(rf"</{tag}(?=[\t\n\f\r />])", re.IGNORECASE) for tag in ("script", "style")}


def tokens(html: str) -> Iterator[Token]:
    """Text and tags in order; comments, scripts and styles are passed over. Takes linear time."""
    at, raw, scan = 0, set(_RAW), _TAG.finditer(html)
    while match := next(scan, None):
        if match.lastindex == _ENDLESS:
            scan = _PLAIN_TAG.finditer(html, match.start())
            continue
        tag, attributes = match.group(1, 2)
        tag = tag.lower() if tag else ""
        begin, end = match.span()
        yield html[at:begin], tag, attributes or ""
        at = end
        if tag in raw:
            ending = _RAW[tag].search(html, at)
            if ending:
                at, scan = ending.start(), match.re.finditer(html, ending.start())
            else:
                raw.remove(tag)
    yield html[at:], "", ""


def attributes_of(written: str) -> dict[str, str]:
    """Names (lower case) and values of attributes; of two with one name the first counts, as in a browser."""
    found = {name.lower(): a or b or c for name, a, b, c in reversed(_ATTRIBUTE.findall(written))}
    return {name: decoded_value(value) for name, value in found.items()}


_REFERENCE: Final = re.compile(
    r"&(?:#0*([0-9]{1,7})(?![0-9])|#[xX]0*([0-9a-fA-F]{1,6})(?![0-9a-fA-F])|([a-zA-Z][a-zA-Z0-9]{1,31}));?"
)
_LONGEST_BARE: Final = max(len(name) for name in html5 if not name.endswith(";"))
#: Numbers that are written where a character of Windows code page 1252 is meant.
WINDOWS: Final = {
    number: bytes([number]).decode("cp1252")
    for number in range(0x80, 0xA0)
    if number not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
_SURROGATES: Final = range(0xD800, 0xE000)


def decoded(text: str) -> str:
    """`text` with its character references replaced; one that means no character stays as it is written."""
    return _REFERENCE.sub(_meaning, text) if "&" in text else text


def decoded_value(value: str) -> str:
    """The same for an attribute, where `&copy=` is part of an address; white space around it goes."""
    return (_REFERENCE.sub(_meaning_in_value, value) if "&" in value else value).strip("\t\n\f\r ")


def _meaning(reference: re.Match[str]) -> str:
    return _meant(*reference.group(0, 1, 2, 3))


@lru_cache(maxsize=4096)
def _meant(whole: str, decimal: str | None, hexadecimal: str | None, name: str | None) -> str:
    """What a reference stands for, given as a whole and its number or name; few are used over and over."""
    if name is None:
        return _numbered(int(decimal) if decimal else int(hexadecimal or "", 16)) or whole
    if whole.endswith(";") and name + ";" in html5:
        return html5[name + ";"]
    for length in range(min(len(name), _LONGEST_BARE), 1, -1):
        if name[:length] in html5:
            return html5[name[:length]] + whole[1 + length :]
    return whole


def _meaning_in_value(reference: re.Match[str]) -> str:
    whole = reference[3] is None or reference[0].endswith(";")
    follows = reference.string[reference.end() : reference.end() + 1]
    return _meaning(reference) if whole or (reference[3] in html5 and follows != "=") else reference[0]


def _numbered(number: int) -> str | None:
    """The character of a number, or None for NUL, surrogates and numbers beyond Unicode."""
    if number in WINDOWS:
        return WINDOWS[number]
    return chr(number) if 0 < number <= sys.maxunicode and number not in _SURROGATES else None
