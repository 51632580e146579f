"""The shadow of a text: one byte for each of its code points, which all patterns of this package read.

Places in the shadow are places in the text, so nothing has to be counted again, and a pattern meets only what matters:

* ASCII stays as it is; digits of five further scripts become ASCII digits, the spaces and dashes of typesetting the
  ordinary ones, every currency sign `$`, the pictures of telephones a pilcrow;
* all other letters are one of two bytes, `LETTER` in scripts that set words apart by spaces and `SIGN` in those that
  do not; what is invisible is `HIDDEN`; the rest is `OTHER`;
* a replacement that stands in the text already is `TAKEN`, and that of a phone number `TAKEN_PHONE`, so that nobody
  looks for anything in it.

The engine is RE2, on Latin-1 bytes: its time is linear in the text whatever the text is.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import re2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Start and stop of a place in a shadow, and so in the text.
    Span = tuple[int, int]
    #: Shadow, start and stop of what a pattern found -> the place that counts, or None.
    Check = Callable[[bytes, int, int], Span | None]

HIDDEN: Final = 0xAD
OTHER: Final = 0xB7
SIGN: Final = 0xD8
LETTER: Final = 0xE0
TAKEN_PHONE: Final = 0xFE
TAKEN: Final = 0xFF

#: First digit of each script whose digits are read, ASCII aside.
OTHER_DIGITS: Final = (0x0660, 0x06F0, 0x0966, 0x09E6, 0xFF10)
_SIGN_SCRIPTS: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
#: Category -> byte; else by the first letter of the category.
_BY_CATEGORY: Final = {"Zl": 0x0A, "Zp": 0x0A, "Sc": 0x24, "Cf": HIDDEN, "Cc": HIDDEN}
#: Spaces: no-break, en, em, of a figure, of punctuation, thin, hair, narrow no-break, ideographic. Dashes: hyphen,
#: no-break, of a figure, en, em, bar, and minus.
SPACES: Final = "\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f\u3000"
DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
#: Pictures of telephones.
TELEPHONES: Final = "\u260e\u2706\u260f\U0001f4de\U0001f4f1\U0001f4f2\U0001f57f"
_SINGLE: Final = {
    **dict.fromkeys(SPACES, 0x20), **dict.fromkeys(DASHES, 0x2D), **dict.fromkeys(TELEPHONES, 0xB6),
}  # fmt: skip
#: How much of the table is kept; a text of every character there is would fill the memory otherwise.
_KEPT: Final = 1 << 16


class _Table(dict[int, int]):
    """Code point -> byte, made when it is first asked for."""

    def __missing__(self, point: int) -> int:
        byte = _byte(chr(point))
        if len(self) < _KEPT:
            self[point] = byte
        return byte


def _byte(sign: str) -> int:
    digit = next((ord(sign) - zero for zero in OTHER_DIGITS if zero <= ord(sign) < zero + 10), None)
    if digit is not None:
        return ord("0") + digit
    if any(ord(sign) in selectors for selectors in _SELECTORS):
        return HIDDEN
    category = unicodedata.category(sign)
    known = _SINGLE.get(sign, _BY_CATEGORY.get(category))
    if known is not None:
        return known
    if category[0] not in "LM":
        return OTHER
    return SIGN if unicodedata.name(sign, "").startswith(_SIGN_SCRIPTS) else LETTER


_TABLE: Final = _Table((point, point) for point in range(0x80))
#: The same for texts in the first 256 code points, most of those in Western languages.
_LATIN_1: Final = bytes(_TABLE[point] for point in range(0x100))


class Pattern:
    """A pattern over shadows."""

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str) -> None:
        """Compiles `source`. Raises re2.error where RE2 does not know a construct."""
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.log_errors = False
        self.source = source
        self._compiled = re2.compile(source.encode("latin-1"), options)

    def search(self, shadow: bytes, start: int = 0, stop: int | None = None) -> tuple[Span, Span] | None:
        """Places of the first match at or after `start` and of its first group, which is (-1, -1) where it has none."""
        found = self._compiled.search(shadow, start, stop)
        if found is None:
            return None
        return found.span(), found.span(1) if self._compiled.groups else (-1, -1)

    def fits(self, shadow: bytes, start: int = 0, stop: int | None = None) -> bool:
        """Whether the pattern takes all from `start` to `stop`."""
        return self._compiled.fullmatch(shadow, start, stop) is not None

    def end(self, shadow: bytes, start: int) -> int:
        """Where the match that begins at `start` ends; `start` where there is none."""
        found = self._compiled.match(shadow, start)
        return start if found is None else int(found.end())


#: What a word or a number is made of. A replacement counts, so that what stands beside one never begins to match.
WORD: Final = rb"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" + bytes((LETTER, TAKEN_PHONE, TAKEN))
DIGITS: Final = b"0123456789"
_RUN: Final = Pattern(r"[0-9A-Za-z_\xe0]*")
#: A sign as URLs write it: what stands behind it begins anew.
ESCAPE: Final = Pattern("%[0-9A-Fa-f]{2}")
#: Kind -> what is put in its place. No pattern of this package matches into one of these.
TOKENS: Final = {
    "secret": "[secret]", "iban": "[iban]", "card": "[card]", "email": "[email]", "ip": "[ip]", "national-id": "[id]",
    "phone": "[phone]", "postal": "[address]", "handle": "[handle]",
}  # fmt: skip
_PHONE: Final = TOKENS["phone"].encode()
_TAKEN: Final = Pattern(r"\[(?:" + "|".join(token[1:-1] for token in TOKENS.values()) + r")\]")


def shadow_of(text: str) -> bytes:
    """The shadow of a text: as many bytes as it has code points."""
    try:
        shadow = text.encode("latin-1").translate(_LATIN_1)
    except UnicodeEncodeError:
        shadow = text.translate(_TABLE).encode("latin-1")
    return _masked(shadow) if b"]" in shadow else shadow


def _masked(shadow: bytes) -> bytes:
    pieces, at = [], 0
    while (found := _TAKEN.search(shadow, at)) is not None:
        (start, stop), _ = found
        byte = TAKEN_PHONE if shadow[start:stop] == _PHONE else TAKEN
        pieces += [shadow[at:start], bytes((byte,)) * (stop - start)]
        at = stop
    return b"".join((*pieces, shadow[at:]))


def places(pattern: Pattern, shadow: bytes, check: Check) -> Iterator[Span]:
    """What `pattern` finds and `check` confirms, from left to right and apart.

    Where `check` says no, the search goes on behind the word that the match began in, so a longer match that fails
    hides no shorter one inside it.
    """
    at = 0
    while (found := pattern.search(shadow, at)) is not None:
        start, stop = found[0]
        taken = check(shadow, start, stop)
        if taken is None:
            at = max(_RUN.end(shadow, start), start + 1)
        else:
            yield taken
            at = taken[1]


_UNDERSCORE: Final = 0x5F


def byte_before(shadow: bytes, start: int) -> int:
    """The byte before a place; a line feed at the beginning. Underscores that set a word off are passed over."""
    at = start
    while at and shadow[at - 1] == _UNDERSCORE:
        at -= 1
    outside = shadow[at - 1] if at else 0x0A
    return _UNDERSCORE if at < start and outside in WORD else outside


def byte_after(shadow: bytes, stop: int) -> int:
    """The byte behind a place; a line feed at the end. Underscores that set a word off are passed over."""
    at = stop
    while at < len(shadow) and shadow[at] == _UNDERSCORE:
        at += 1
    outside = shadow[at] if at < len(shadow) else 0x0A
    return _UNDERSCORE if at > stop and outside in WORD else outside


def line_before(shadow: bytes, start: int, width: int) -> bytes:
    """At most `width` bytes before a place, of its own line."""
    window = shadow[max(0, start - width) : start]
    return window[window.rfind(b"\n") + 1 :]


def stands_alone(shadow: bytes, start: int, stop: int) -> bool:
    """Whether a number or code is no part of a longer one: `1.23`, `a-1`, `1/2` and `/path/1` are longer than `1`."""
    before, after = byte_before(shadow, start), byte_after(shadow, stop)
    if before in WORD or before in b"/\\@&$%" or after in WORD or after in b"@$%":
        return False
    if before in b".,-+#~^" and byte_before(shadow, start - 1) in WORD:
        return False
    return not (after in b".,-/:+" and byte_after(shadow, stop + 1) in DIGITS)
