"""The words of folded texts as hashes, and windows over them: the shingles that are compared.

* Letters, digits, `_` and `@` make words, and so does what is above ASCII apart from signs; all else separates them.
* A web address is one word, from its scheme to its last letter or digit.
* Every character of a script that is written without spaces is a word.
* Invisible characters are not there.

Compiled loops go over the bytes of a block: no text becomes a Python object, apart from words of 32 bytes or more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .folding import Folded

    Bytes = NDArray[np.uint8]
    Flags = NDArray[np.bool_]
    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

#: How many characters of a script without spaces say as much as one word, about.
CHARACTERS_PER_WORD: Final = 3
#: Words are read eight bytes at a time; longer ones by a hash function for bytes.
_EIGHT: Final = 8
_LONG: Final = 32
#: More bytes than a word has that is read so.
_SPARE: Final = 48

#: Constants of the splitmix64 finaliser.
_MIX: Final = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST: Final = np.uint64(31)


@dataclass(frozen=True)
class Words:
    """The words of some texts: those of text `i` are `hashes[starts[i]:starts[i + 1]]`, in order.

    `weights` tells how much each text says in words of its own: CHARACTERS_PER_WORD for a word, one for a character of
    a script without spaces, nothing for an address or a mention (`@name`).
    """

    hashes: Hashes
    starts: Numbers
    weights: Numbers


@dataclass(frozen=True)
class Windows:
    """The shingles of some texts: those of text `i` are `values[starts[i]:starts[i + 1]]`, as often as they occur."""

    values: Hashes
    starts: Numbers


def words(texts: Folded) -> Words:
    """The words of folded texts."""
    from . import characters, scan  # compiled code that only those load who compare texts

    # Words lie apart, but for characters of two bytes or more that are words by themselves.
    hashes = np.empty(len(texts.data) // 2 + 1, dtype=np.uint64)
    starts, weights = np.empty_like(texts.starts), np.empty(len(texts), dtype=np.int64)
    spare = np.zeros(_SPARE, dtype=np.uint8)
    long = np.empty((len(texts.data) // _LONG + 1, 3), dtype=np.int64)
    count = scan.words(
        texts.data, _eights(texts.data), texts.starts, characters.classes(), characters.kinds(),
        (spare, _eights(spare)), hashes, starts, weights, long,
    )  # fmt: skip
    for word, start, stop in long[:count].tolist():
        seen = characters.visible(texts.data[start:stop].tobytes())
        hashes[word] = int.from_bytes(hashlib.blake2b(seen, digest_size=_EIGHT).digest(), "little")
    return Words(hashes[: starts[-1]], starts, weights)


def windows(some: Words, chosen: Flags, width: int) -> Windows:
    """Windows of `width` words in a row of the chosen texts, each of which has at least as many words."""
    from . import scan  # compiled code that only those load who compare texts

    starts = np.zeros(np.count_nonzero(chosen) + 1, dtype=np.int64)
    np.cumsum(np.diff(some.starts)[chosen] - (width - 1), out=starts[1:])
    values = np.empty(starts[-1], dtype=np.uint64)
    scan.windows(some.hashes, some.starts, chosen, width, values)
    return Windows(values, starts)


def mixed(values: Hashes) -> Hashes:
    """The splitmix64 finaliser, in place: every bit of the input moves every bit of the result."""
    shifted = np.empty_like(values)
    for shift, factor in _MIX:
        np.right_shift(values, shift, out=shifted)
        values ^= shifted
        values *= factor
    np.right_shift(values, _LAST, out=shifted)
    values ^= shifted
    return values


def _eights(data: Bytes) -> Hashes:
    """The eight bytes from each place on, as one number."""
    return np.ndarray((len(data) - _EIGHT + 1,), dtype="<u8", buffer=data, strides=(1,))
