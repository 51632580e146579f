"""What kind of character each code point is: one array over all code points, made from a table of classes.

The classes are asked of the regular-expression engine of polars, whose version the lock files pin, and not of
`unicodedata`, whose Unicode version is that of whatever Python runs: the same text has the same measures everywhere.
Asking takes as long as measuring ten thousand texts, so the answer is kept in `characters.csv`, where `table` finds
it. A test asks again; where a newer engine knows more, what `characters_csv` gives is to be written there.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from . import scan
from .scan import SCRIPT_SHIFT, SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.uint32]

#: The planes between these hold no character yet; they are not looked at.
_EMPTY: Final = (0x32400, 0xE0000)
_SURROGATES: Final = (0xD800, 0xE000)

#: Scripts that are told apart, by their place in this table. Chinese, Japanese and Korean write with characters of
#: several scripts in one word: these count as one. Place 0 is for characters of no script or of many.
SCRIPTS: Final[tuple[tuple[str, str], ...]] = (
    ("", ""),
    ("Latin", r"\p{Latin}"),
    ("Greek", r"\p{Greek}"),
    ("Cyrillic", r"\p{Cyrillic}"),
    ("East Asian", r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u{30FC}"),
    ("Arabic", r"\p{Arabic}"),
    ("Hebrew", r"\p{Hebrew}"),
    ("Devanagari", r"\p{Devanagari}"),
    ("Bengali", r"\p{Bengali}"),
    ("Gurmukhi", r"\p{Gurmukhi}"),
    ("Gujarati", r"\p{Gujarati}"),
    ("Oriya", r"\p{Oriya}"),
    ("Tamil", r"\p{Tamil}"),
    ("Telugu", r"\p{Telugu}"),
    ("Kannada", r"\p{Kannada}"),
    ("Malayalam", r"\p{Malayalam}"),
    ("Sinhala", r"\p{Sinhala}"),
    ("Thai", r"\p{Thai}"),
    ("Lao", r"\p{Lao}"),
    ("Tibetan", r"\p{Tibetan}"),
    ("Myanmar", r"\p{Myanmar}"),
    ("Khmer", r"\p{Khmer}"),
    ("Georgian", r"\p{Georgian}"),
    ("Armenian", r"\p{Armenian}"),
    ("Ethiopic", r"\p{Ethiopic}"),
)
#: The script of letters that are in none of the table.
OTHER_SCRIPT: Final = len(SCRIPTS)

#: Letters of Latin, Greek and Cyrillic that look like one of another of the three.
LOOK_ALIKES: Final = (
    "acdehijlopqsuvwxyABCEHIJKMNOPSTXYZ"
    "\u03b1\u03b3\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u04bb\u0501\u051b\u051d\u04cf"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
)

#: Class -> the characters that are in it, as a set of the engine. A character may be in several.
CLASSES: Final[dict[str, str]] = {
    "letter": r"\p{L}",
    "upper": r"\p{Lu}\p{Lt}",
    "lower": r"\p{Ll}",
    "mark": r"\p{M}",
    "digit": r"\p{Nd}",
    "punctuation": r"\p{P}",
    "symbol": r"\p{S}",
    "space": r"\p{White_Space}",
    "word": r"\p{L}\p{M}\p{Nd}_",
    # Written without spaces: each character of these stands for itself where words are compared.
    "unspaced": r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u{30FC}",
    "emoji": r"\u{2600}-\u{27BF}\u{1F000}-\u{1FAFF}\u{231A}\u{231B}\u{23E9}-\u{23EC}\u{23F0}\u{23F3}"
    r"\u{25FD}\u{25FE}\u{2B1B}\u{2B1C}\u{2B50}\u{2B55}",
    "bidi": r"\u{202A}-\u{202E}\u{2066}-\u{2069}\u{061C}\u{200E}\u{200F}",
    "control": r"\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\u{9F}",
    "tag": r"\u{E0000}-\u{E007F}",
    "zero_width": r"\u{200B}\u{2060}\u{FEFF}",
    "joiner": r"\u{200C}\u{200D}",
    "selector": r"\u{FE00}-\u{FE0F}\u{E0100}-\u{E01EF}",
    # What a variation selector may stand after.
    "selectable": r"\p{S}\p{P}\p{N}\p{Han}\p{Mongolian}\p{Myanmar}\p{Phags_Pa}\p{Manichaean}",
    "unseen": r"\p{Default_Ignorable_Code_Point}\p{Cc}\u{202A}-\u{202E}\u{2066}-\u{2069}\u{061C}"
    r"\u{2028}\u{2029}\u{2800}",
    "private": r"\p{Co}",
    "look_alike": LOOK_ALIKES,
    "final": r".!?\u{2026}\u{3002}\u{FF01}\u{FF1F}\u{FF0E}\u{061F}\u{06D4}\u{0964}\u{0965}\u{037E}"
    r"\u{203C}\u{203D}\u{2047}-\u{2049}",
    "closing": r"\p{Pe}\p{Pf}\x22'",
    "bullet": r"\u{2022}\u{2023}\u{25CF}\u{25CB}\u{25AA}\u{25AB}\u{25E6}\u{2043}\u{2219}*+\-"
    r"\u{2013}\u{2014}\u{00B7}\u{30FB}",
}
#: Class -> its bit in an entry.
BITS: Final[dict[str, int]] = {name: getattr(scan, name.upper()) for name in CLASSES}


@cache
def classes() -> Table:
    """For each code point below SIZE the bits of its classes, and from SCRIPT_SHIFT on the place of its script."""
    found = np.zeros(SIZE, dtype=np.uint32)
    place = np.zeros(SIZE, dtype=np.uint32)
    points = np.arange(SIZE, dtype="<u4")
    held = (points < _EMPTY[0]) | (points >= _EMPTY[1])
    every = _text(points[held & ((points < _SURROGATES[0]) | (points >= _SURROGATES[1]))])
    for name, characters in CLASSES.items():
        found[_points(every, characters)] |= np.uint32(BITS[name])
    place[_points(every, r"[\p{L}\p{M}]--[\p{Common}\p{Inherited}]")] = OTHER_SCRIPT
    written = _text(_points(every, r"\p{L}\p{M}"))
    for number, (_, characters) in enumerate(SCRIPTS):
        if characters:
            place[_points(written, characters)] = number
    return found | (place << np.uint32(SCRIPT_SHIFT))


@cache
def folds() -> Table:
    """For each code point below SIZE the one that stands for it where case is ignored."""
    fold = np.arange(SIZE, dtype=np.uint32)
    upper = np.flatnonzero(classes() & np.uint32(BITS["upper"]))
    small = pl.Series([chr(point) for point in upper], dtype=pl.String).str.to_lowercase().to_list()
    fold[upper] = [ord(text) if len(text) == 1 else point for text, point in zip(small, upper.tolist(), strict=True)]
    return fold


def characters_csv() -> str:
    """`characters.csv`: a line for each run of code points of the same classes, as far from their folds."""
    bits, shift = classes(), folds().astype(np.int64) - np.arange(SIZE)
    fresh = np.ones(SIZE, dtype=np.bool_)
    fresh[1:] = (bits[1:] != bits[:-1]) | (shift[1:] != shift[:-1])
    first = np.flatnonzero(fresh)
    rows = zip(first.tolist(), bits[first].tolist(), shift[first].tolist(), strict=True)
    return "first,classes,fold\n" + "".join(f"{point:x},{kinds:x},{away}\n" for point, kinds, away in rows)


def _text(points: NDArray[np.uint32]) -> pl.Series:
    """One text with the characters of these code points, in order."""
    return pl.Series([points.astype("<u4").tobytes().decode("utf-32-le")], dtype=pl.String)


def _points(text: pl.Series, characters: str) -> NDArray[np.uint32]:
    """The code points of those characters of the text that are in a set."""
    runs = text.str.extract_all(f"[{characters}]+")[0]
    return np.frombuffer("".join(runs).encode("utf-32-le"), dtype="<u4").astype(np.uint32)
