"""The words of a post's author as they are compared: without what is quoted, NFKC and case folded, white space folded.

Texts are folded by the block. A block is one run of bytes in which every text stands between two spaces, so that no
word reaches from one text into the next. Most characters fold by themselves, whatever stands beside them: compiled
loops do these. A text with any other, such as a mark that joins the letter before it, is folded as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa

from ..texts import Texts as Lying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.int64]

#: Strings in one column.
Strings: TypeAlias = pa.Array | pa.ChunkedArray | pl.Series
Texts: TypeAlias = Strings | Lying

#: About how many bytes are folded at once: what belongs to a block stays in the processor's second cache.
_BLOCK: Final = 1 << 18
#: Spaces behind the last text: words are read eight bytes at a time.
PADDING: Final = 8
#: ASCII, folded: small letters, and a space for every white space.
_SPACES: Final = bytes((9, 10, 11, 12, 13, 28, 29, 30, 31, 32))
_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyz"
_LOWER: Final = bytes.maketrans(_SPACES + _LETTERS.upper(), b" " * len(_SPACES) + _LETTERS)
_AS_ARRAY: Final = np.frombuffer(_LOWER, dtype=np.uint8)
#: A line that is marked as quoted, with up to three spaces before the mark.
_QUOTED: Final = re.compile(rb"^[ \t]{0,3}>[^\n]*\n?", re.MULTILINE)
#: White space that NFKC leaves alone.
_RARE_SPACES: Final = "\x85\u1680\u2028\u2029"
#: More bytes than this no character may have that is folded by itself.
_MOST: Final = 7
#: Code points between these never fold by themselves: scripts are still being added there, and some of their vowels
#: join what stands before them. So do the letters below, which NFKC leaves alone where they stand alone.
_STILL_GROWING: Final = range(0x11000, 0x1BD00)
_JOINING: Final = frozenset((
    0x9BE, 0x9D7, 0xB3E, 0xB56, 0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5, 0xCD6, 0xD3E, 0xD57, 0xDCF, 0xDDF, 0x102E, 0x1B35,
    *range(0x1161, 0x1176), *range(0x11A8, 0x11C3),
))  # fmt: skip


@dataclass(frozen=True)
class Block:
    """Texts in UTF-8 as they came: text `i` is `data[starts[i]:starts[i + 1]]`."""

    data: Bytes
    starts: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def text(self, number: int) -> bytes:
        """One of the texts."""
        return self.data[self.starts[number] : self.starts[number + 1]].tobytes()


@dataclass(frozen=True)
class Folded:
    """Texts after folding: text `i` is `data[starts[i]:starts[i + 1] - 1]`, and a space stands before and after it.

    An empty text may have no byte of its own between its neighbours: then `starts[i] == starts[i + 1]`.
    """

    data: Bytes
    starts: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1


def blocks(texts: Texts) -> Iterator[Block]:
    """The texts by the block. A null is as an empty text."""
    for data, ends in _parts(texts):
        start = 0
        while start < len(ends) - 1:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + _BLOCK, side="right")) - 1)
            yield Block(data, ends[start : stop + 1])
            start = stop


def folded(block: Block) -> Folded:
    """What the authors wrote themselves, folded."""
    from . import scan  # compiled code that only those load who fold

    folds, told = _folds()
    known = np.empty(len(block), dtype=np.uint8)
    room = scan.look(block.data, block.starts, folds, told, known)
    if (known == scan.UNTOLD).any():
        _tell(block.text(number) for number in np.flatnonzero(known == scan.UNTOLD).tolist())
        room = scan.look(block.data, block.starts, folds, told, known)
    others = _careful(block, known != scan.PLAIN)
    ends = np.cumsum(np.fromiter(map(len, others), dtype=np.int64, count=len(others)))
    whole = np.frombuffer(b"".join(others) or b" ", dtype=np.uint8)
    out, places = np.empty(room + len(whole) + len(block) + 1 + PADDING, dtype=np.uint8), np.empty_like(block.starts)
    scan.fold(block.data, block.starts, known, folds, _AS_ARRAY, whole, ends, out, places)
    size = int(places[-1]) + PADDING
    out[places[-1] : size] = ord(" ")
    return Folded(out[:size], places)


def own_words(text: bytes) -> bytes:
    """A text without the lines that are marked as quoted."""
    return _QUOTED.sub(b"", text)


def small(texts: Sequence[str]) -> list[str]:
    """NFKC and case folded, then NFKC again, because folding case can leave a form that NFKC would change."""
    odd = [not unicodedata.is_normalized("NFKC", text) for text in texts]
    mended = iter(_normalized(list(compress(texts, odd))))
    found = [next(mended) if changes else text for text, changes in zip(texts, odd, strict=True)]
    found = [unicodedata.normalize("NFKC", text.casefold()) for text in found]
    for space in _RARE_SPACES:
        found = [text.replace(space, " ") for text in found]
    return found


def _normalized(texts: list[str]) -> list[str]:
    """NFKC. The standard library puts marks in their order in a time that grows with the square of their number."""
    return pl.Series(texts, dtype=pl.String).str.normalize("NFKC").to_list() if texts else []


def _parts(texts: Texts) -> Iterable[tuple[Bytes, Numbers]]:
    """The bytes of the texts, and where in them each text begins and the last one ends, in one or several parts."""
    if isinstance(texts, Lying):
        letters, ends = texts.buffers
        return [(letters, ends.copy())]
    arrow = texts.to_arrow() if isinstance(texts, pl.Series) else texts
    return map(_stored, arrow.chunks if isinstance(arrow, pa.ChunkedArray) else [arrow])


def _stored(array: pa.Array) -> tuple[Bytes, Numbers]:
    """The same of strings as Arrow has them."""
    if array.null_count or not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        frame = pl.from_arrow(array.cast(pa.large_string()))
        assert isinstance(frame, pl.Series)  # noqa: S101  (an array is never a table)
        array = frame.fill_null("").to_arrow()
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    _, offsets, data = array.buffers()
    # Whoever made it may write to it or not; loops are compiled once for each of these, so for one.
    letters = np.frombuffer(memoryview(data or b" ").toreadonly(), dtype=np.uint8)
    if offsets is None or not len(array):
        return letters, np.zeros(len(array) + 1, dtype=np.int64)
    return letters, np.frombuffer(offsets, dtype=width)[array.offset : array.offset + len(array) + 1].astype(np.int64)


def _decoded(block: Block, which: NDArray[np.bool_]) -> list[str]:
    """Some of the texts, what is quoted left out."""
    return [own_words(block.text(number)).decode("utf-8", "replace") for number in np.flatnonzero(which).tolist()]


def _careful(block: Block, which: NDArray[np.bool_]) -> list[bytes]:
    """Some of the texts folded as a whole, one space at most in a row and none at the edges."""
    found = small(_decoded(block, which)) if which.any() else []
    return [b" ".join(text.encode("utf-8", "replace").translate(_LOWER).split()) for text in found]


@cache
def _folds() -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """The fold of each code point, see `scan.FOLD_SIZE`, and whether it was asked for. `_tell` fills both."""
    return np.zeros(0x110000, dtype=np.uint64), np.zeros(0x110000, dtype=np.bool_)


def _tell(texts: Iterable[bytes]) -> None:
    """Find out which of the characters of some texts fold by themselves, and how, each once in a process."""
    from .scan import FOLD_SIZE  # compiled code that only those load who fold

    folds, told = _folds()
    letters = set[str]().union(*(text.decode("utf-8", "replace") for text in texts))
    new = [letter for letter in letters if not told[ord(letter)]]
    for letter, fold in zip(new, small(new), strict=True):
        data = fold.encode("utf-8", "replace").translate(_LOWER)
        alone = all(map(_stands_alone, unicodedata.normalize("NFKC", letter) + fold))
        if alone and len(data) <= _MOST and (data == b" " or b" " not in data):
            folds[ord(letter)] = int.from_bytes(data, "little") | len(data) << int(FOLD_SIZE)
    told[[ord(letter) for letter in new]] = True


def _stands_alone(letter: str) -> bool:
    """Whether NFKC never changes a character of that form together with those beside it, in whatever version."""
    growing = ord(letter) in _STILL_GROWING or unicodedata.category(letter) == "Cn"
    return not (growing or ord(letter) in _JOINING or unicodedata.combining(letter))
