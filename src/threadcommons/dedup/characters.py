"""Which characters make words, for texts that are folded.

Ranges of code points, and no other table: what is a word does not depend on the Unicode version of the Python that
reads it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from .scan import DROPPED, IN_ADDRESS, IN_WORD, LONE, SEPARATOR, WORD

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Above ASCII, what is in none of these ranges is part of a word. A later range wins over an earlier one.
_RANGES: Final[tuple[tuple[int, int, int], ...]] = (
    # Latin-1 signs
    (0x80, 0xA9, SEPARATOR), (0xAB, 0xB4, SEPARATOR), (0xB6, 0xB9, SEPARATOR), (0xBB, 0xBF, SEPARATOR),
    (0xD7, 0xD7, SEPARATOR), (0xF7, 0xF7, SEPARATOR),
    # signs of Armenian, Hebrew, Arabic, Devanagari
    (0x55A, 0x55F, SEPARATOR), (0x589, 0x58A, SEPARATOR), (0x5BE, 0x5BE, SEPARATOR), (0x5C0, 0x5C0, SEPARATOR),
    (0x5C3, 0x5C3, SEPARATOR), (0x5F3, 0x5F4, SEPARATOR), (0x600, 0x60F, SEPARATOR), (0x61B, 0x61F, SEPARATOR),
    (0x66A, 0x66D, SEPARATOR), (0x6D4, 0x6D4, SEPARATOR), (0x964, 0x965, SEPARATOR),
    # scripts that are written without spaces: Thai, Lao, Tibetan, Myanmar, Khmer
    (0xE00, 0xFFF, LONE), (0x1000, 0x109F, LONE), (0x1780, 0x17FF, LONE), (0xAA60, 0xAA7F, LONE),
    # Ethiopic and other signs of old, spaces
    (0x1361, 0x1368, SEPARATOR), (0x1680, 0x1680, SEPARATOR), (0x2000, 0x206F, SEPARATOR),
    # currencies, arrows, mathematics, boxes, dingbats, punctuation
    (0x20A0, 0x20CF, SEPARATOR), (0x2100, 0x214F, SEPARATOR), (0x2190, 0x2BFF, SEPARATOR),
    (0x2132, 0x2132, WORD), (0x214E, 0x214E, WORD), (0x2E00, 0x2E7F, SEPARATOR),
    # Han, kana, and the signs between them
    (0x2E80, 0x2FFF, LONE), (0x3000, 0x303F, SEPARATOR), (0x3005, 0x3007, LONE), (0x3040, 0x30FF, LONE),
    (0x30A0, 0x30A0, SEPARATOR), (0x30FB, 0x30FB, SEPARATOR), (0x31F0, 0x31FF, LONE), (0x3400, 0x9FFF, LONE),
    (0xF900, 0xFAFF, LONE), (0x20000, 0x3FFFF, LONE),
    # forms of signs, emoji
    (0xFE10, 0xFE6F, SEPARATOR), (0xFF00, 0xFF0F, SEPARATOR), (0xFF5F, 0xFF65, SEPARATOR), (0xFFE0, 0xFFFF, SEPARATOR),
    (0x1F000, 0x1FBFF, SEPARATOR),
    # soft hyphen, joiners, direction, variation, tags
    (0xAD, 0xAD, DROPPED), (0x34F, 0x34F, DROPPED), (0x61C, 0x61C, DROPPED), (0x200B, 0x200F, DROPPED),
    (0x202A, 0x202E, DROPPED), (0x2060, 0x2064, DROPPED), (0x2066, 0x206F, DROPPED), (0xFE00, 0xFE0F, DROPPED),
    (0xFEFF, 0xFEFF, DROPPED), (0x1F3FB, 0x1F3FF, DROPPED), (0xE0000, 0xE0FFF, DROPPED),
)  # fmt: skip

_IN_WORDS: Final = b"abcdefghijklmnopqrstuvwxyz0123456789_@"
#: What ends an address, apart from what is above ASCII.
_AFTER_ADDRESSES: Final = bytes(range(0x21)) + b'<>()[]{}"\x7f'


@cache
def kinds() -> NDArray[np.uint8]:
    """The kind of each code point."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for first, last, kind in _RANGES:
        table[first : last + 1] = kind
    return table


@cache
def classes() -> NDArray[np.uint8]:
    """What each byte of a folded text may be part of, as bits; no byte above ASCII is told."""
    table = np.zeros(0x100, dtype=np.uint8)
    table[list(_IN_WORDS)] |= IN_WORD
    table[[byte for byte in range(0x80) if byte not in _AFTER_ADDRESSES]] |= IN_ADDRESS
    return table


def visible(data: bytes) -> bytes:
    """A word without its invisible characters."""
    if data.isascii():
        return data
    return "".join(letter for letter in data.decode() if kinds()[ord(letter)] != DROPPED).encode()
