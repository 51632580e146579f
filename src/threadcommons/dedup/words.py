"""The words of folded texts as hashes, and windows over them: the shingles that are compared.

* Letters, digits, `_` and `@` make words, and so does what is above ASCII apart from signs; all else separates them.
* A web address is one word, from its scheme to its last letter or digit.
* Every character of a script that is written without spaces is a word.
* Invisible characters are not there.

Everything is arrays over the bytes of a block: no text becomes a Python object, apart from words of 32 bytes or more.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .characters import DROPPED, KEEP, LONE, SEPARATOR, characters
from .folding import PADDING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .folding import Folded

    Flags = NDArray[np.bool_]
    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

#: How many characters of a script without spaces say as much as one word, about.
CHARACTERS_PER_WORD: Final = 3
#: Words are read eight bytes at a time; longer ones than this by a hash function for bytes.
_EIGHT: Final = 8
_LONG: Final = 32

_IN_ADDRESS: Final = re.compile(rb'[^\x00-\x20<>()\[\]{}"\x7f-\xff]*')
_AFTER_ADDRESS: Final = bytes(byte for byte in range(0x80) if not KEEP[byte])

_ONES: Final = np.uint64(0x0101010101010101)
_HIGHS: Final = np.uint64(0x8080808080808080)
#: 2 ** 64 divided by the golden ratio, and the constants of the splitmix64 finaliser.
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
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
    kept = texts.data.translate(KEEP)
    colons = np.flatnonzero(np.frombuffer(texts.data, dtype=np.uint8) == ord(":"))
    if len(colons):
        kept = _with_addresses(texts.data, kept, colons)
    starts, weights = texts.starts, np.zeros(len(texts), dtype=np.int64)
    if not kept.isascii():
        kept, starts, lone = _above_ascii(kept, starts)
        weights -= (CHARACTERS_PER_WORD - 1) * _per_text(lone, starts)
    letters = np.frombuffer(kept, dtype=np.uint8)
    inside = letters[: len(letters) - PADDING] != 0
    begins = np.flatnonzero(inside[1:] > inside[:-1]) + 1
    silent = letters[begins] == ord("@")
    if len(colons):
        # Only addresses have kept their slashes.
        silent[np.searchsorted(begins, np.flatnonzero(letters == ord("/")), side="right") - 1] = True
    firsts = np.searchsorted(begins, starts)
    weights += CHARACTERS_PER_WORD * (np.diff(firsts) - _per_text(begins[silent], starts))
    return Words(_hashes(kept, begins), firsts - firsts[0], weights)


def windows(some: Words, chosen: Flags, width: int) -> Windows:
    """Windows of `width` words in a row of the chosen texts, each of which has at least as many words."""
    counts = np.diff(some.starts)
    within = np.repeat(chosen, counts)
    ends = some.starts[1:][chosen]
    for step in range(1, width):
        within[ends - step] = False
    within = within[: max(0, len(within) - width + 1)]
    values = some.hashes[: len(within)].copy()
    for step in range(1, width):
        values *= _STEP
        values += some.hashes[step : step + len(values)]
    sizes = counts[chosen] - (width - 1)
    return Windows(mixed(values[within]), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


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


def _with_addresses(data: bytes, kept: bytes, colons: Numbers) -> bytes:
    """Addresses as one word each."""
    whole = bytearray(kept)
    for start, stop in _addresses(data, colons):
        whole[start:stop] = data[start:stop]
    return bytes(whole)


def _addresses(data: bytes, colons: Numbers) -> Iterator[tuple[int, int]]:
    """From `://` to the last letter or digit of each address; the scheme before it is a word already."""
    letters = np.frombuffer(data, dtype=np.uint8)
    followed = (letters[colons + 1] == ord("/")) & (letters[colons + 2] == ord("/"))
    stop = 0
    for at in colons[followed].tolist():
        if at < stop:
            continue
        match = _IN_ADDRESS.match(data, at)
        stop = match.end() if match else at
        rest = data[at:stop].rstrip(_AFTER_ADDRESS)
        if rest:
            yield at, at + len(rest)


def _above_ascii(kept: bytes, starts: Numbers) -> tuple[bytes, Numbers, Numbers]:
    """Signs above ASCII as separators, invisible characters away, characters of scripts without spaces apart.

    The bytes, where texts begin in them, and where the characters apart are.
    """
    some = characters(kept)
    if not len(some.begins):
        return kept, starts, some.begins
    letters = np.frombuffer(bytearray(kept), dtype=np.uint8)
    letters[some.of(SEPARATOR).places] = 0
    lone = some.of(LONE)
    begins, ends = lone.begins, lone.begins + lone.lengths
    gone = np.sort(some.of(DROPPED).places)
    if len(gone):
        letters = np.delete(letters, gone)
        starts, begins, ends = (place - np.searchsorted(gone, place) for place in (starts, begins, ends))
    if len(begins):
        # A zero byte before and after each. A text that begins with one begins with the zero byte before it.
        at_edge = np.zeros(len(letters), dtype=bool)
        at_edge[begins] = at_edge[ends] = True
        gaps = np.flatnonzero(at_edge)
        letters = np.insert(letters, gaps, 0)
        begins = begins + np.searchsorted(gaps, begins, side="right")
        starts = starts + np.searchsorted(gaps, starts)
    return letters.tobytes(), starts, begins


def _per_text(places: Numbers, starts: Numbers) -> Numbers:
    """How many of some places, which rise, are in each text."""
    return np.diff(np.searchsorted(places, starts))


def _hashes(kept: bytes, begins: Numbers) -> Hashes:
    """A hash for the word at each place. Words end with a zero byte."""
    eights: Hashes = np.ndarray((len(kept) - _EIGHT + 1,), dtype="<u8", buffer=kept, strides=(1,))
    hashes, full = _piece(eights[begins])
    hashes += _STEP
    mixed(hashes)
    longer = np.flatnonzero(full)
    for done in range(_EIGHT, _LONG, _EIGHT):
        if not len(longer):
            return hashes
        piece, full = _piece(eights[begins[longer] + done])
        hashes[longer] = mixed(hashes[longer] * _STEP ^ piece)
        longer = longer[full]
    for word in longer.tolist():
        start = int(begins[word])
        whole = kept[start : kept.index(0, start)]
        hashes[word] = int.from_bytes(hashlib.blake2b(whole, digest_size=_EIGHT).digest(), "little")
    return hashes


def _piece(values: Hashes) -> tuple[Hashes, Flags]:
    """Eight bytes each with nothing left from the first zero byte on, and whether there was none."""
    # The lowest bit set in `zero` is the highest of the first zero byte; what is above it does not matter.
    zero = values - _ONES
    zero &= ~values
    zero &= _HIGHS
    full = zero == 0
    zero &= -zero
    zero -= np.uint64(1)
    values &= zero
    return values, full
