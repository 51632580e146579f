"""Texts as sets of shingles: what two texts have in common, whatever happened to case, marks and spaces.

A text is first brought into *tokens*:

* Unicode NFKC and case folding; invisible characters and apostrophes are dropped, so "Don't" and "dont" are one word;
* punctuation, symbols and white space separate tokens and are gone;
* a web address is one token, and so is a mention (`@name`), so that neither counts as many words;
* every character of a script that is written without spaces (Han, kana, Thai, Lao, Khmer, Myanmar, Tibetan) is one.

*Shingles* are windows over the tokens: three words in a row, or five characters in a row of a script without spaces.
Words and such characters make separate windows, so a text in two scripts keeps both. A text of very few tokens has
windows of five letters over its normalised form as well, so that even one word has a shingle; it is comparable by them
with texts as short as itself.

A shingle is a 64-bit hash of its tokens and depends on nothing else: not on the process, the machine, or other texts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from .folding import small

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

#: Characters that separate nothing and say nothing: apostrophes, soft hyphen, zero width, direction.
_DROPPED: Final = (
    r"['\u{2019}\u{02BC}\u{00AD}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2064}\u{2066}-\u{2069}\u{FEFF}]"
)
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u{30FC}"
_ADDRESS: Final = r"https?://[^\s<>()\[\]{}\u{22}]*[^\s<>()\[\]{}\u{22}.,;:!?]"
_TOKEN: Final = rf"{_ADDRESS}|[{_UNSPACED}]|@?[\w--[{_UNSPACED}]]+"
_LONE: Final = rf"^[{_UNSPACED}]$"

#: Constants of the splitmix64 finaliser.
_MIX: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT: Final = 31
#: What each kind of window is mixed with, so that kinds never meet.
_WORDS, _CHARACTERS, _LETTERS = (np.uint64(kind) for kind in (1, 2, 3))
#: How many characters of a script without spaces say as much as one word, about.
CHARACTERS_PER_WORD: Final = 3


@dataclass(frozen=True)
class Shape:
    """How long the windows are, and below how many tokens a text has windows of letters as well."""

    words: int = 3
    characters: int = 5
    letters: int = 5
    few: int = 5


USUAL: Final = Shape()


@dataclass(frozen=True)
class Shingles:
    """The shingles of some texts. Those of text `i` are `hashes[starts[i]:starts[i + 1]]`, rising, each once."""

    hashes: Hashes
    starts: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> Numbers:
        """How many shingles each text has."""
        return np.diff(self.starts)

    @property
    def owners(self) -> Numbers:
        """The text of each hash."""
        return np.repeat(np.arange(len(self), dtype=np.int64), self.sizes)


def tokens(texts: Iterable[str]) -> pl.Series:
    """The tokens of each text: a column of lists, as long as `texts`."""
    known = list(texts)
    others = iter(small([text for text in known if not text.isascii()]))
    folded = pl.Series("text", [text.lower() if text.isascii() else next(others) for text in known], dtype=pl.String)
    return folded.str.replace_all(_DROPPED, "").str.extract_all(_TOKEN).alias("tokens")


def normalised(tokens: pl.Series) -> pl.Series:
    """Each text with nothing left but its tokens, one space between them. Equal: the same words in the same order."""
    return tokens.list.join(" ").alias("normalised")


def n_words(tokens: pl.Series) -> NDArray[np.float64]:
    """How many words each text has; a character of a script without spaces counts as a third of one."""
    lone = tokens.list.eval(pl.element().str.contains(_LONE)).list.sum().fill_null(0).to_numpy()
    spaced = tokens.list.len().to_numpy().astype(np.int64) - lone
    words: NDArray[np.float64] = (spaced * CHARACTERS_PER_WORD + lone) / CHARACTERS_PER_WORD
    return words


def shingles(tokens: pl.Series, shape: Shape = USUAL) -> Shingles:
    """The shingles of texts that were brought into tokens."""
    flat = tokens.explode(empty_as_null=False, keep_nulls=False)
    lengths = tokens.list.len().to_numpy().astype(np.int64)
    owners = np.repeat(np.arange(len(tokens), dtype=np.int64), lengths)
    lone = flat.str.contains(_LONE).to_numpy().astype(bool)
    hashes = _token_hashes(flat)
    found = [
        _windows(hashes[~lone], owners[~lone], shape.words, _WORDS),
        _windows(hashes[lone], owners[lone], shape.characters, _CHARACTERS),
        _letter_windows(tokens, np.flatnonzero(lengths < shape.few), shape.letters),
    ]
    return _sets(np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found]), len(tokens))


def without(some: Shingles, left_out: Hashes) -> Shingles:
    """The same texts without the shingles `left_out`, which rise and stand there once each."""
    keep = ~np.isin(some.hashes, left_out, assume_unique=False)
    return _of_sizes(some.hashes[keep], np.bincount(some.owners[keep], minlength=len(some)))


def commonplaces(some: Shingles, most: int) -> Hashes:
    """The shingles that stand in more than `most` of the texts, rising."""
    values, counts = np.unique(some.hashes, return_counts=True)
    return values[counts > most]


def _token_hashes(flat: pl.Series) -> Hashes:
    """A hash for each token; each different one is hashed once."""
    known = flat.unique(maintain_order=True)
    digests = b"".join(hashlib.blake2b(token.encode(), digest_size=8).digest() for token in known)
    table = pl.DataFrame({"token": known, "hash": np.frombuffer(digests, dtype="<u8").astype(np.uint64)})
    placed = flat.alias("token").to_frame().join(table, on="token", how="left", maintain_order="left")
    return placed["hash"].to_numpy()


def _windows(hashes: Hashes, owners: Numbers, width: int, kind: np.uint64) -> tuple[Hashes, Numbers]:
    """A hash for every `width` neighbours that belong to one text, and that text."""
    count = max(0, len(hashes) - width + 1)
    value = np.full(count, kind, dtype=np.uint64)
    for step in range(width):
        value = _mixed(value ^ hashes[step : step + count])
    whole = owners[:count] == owners[len(owners) - count :]
    return value[whole], owners[:count][whole]


def _letter_windows(tokens: pl.Series, chosen: Numbers, width: int) -> tuple[Hashes, Numbers]:
    """Windows of letters over the normalised form of the chosen texts; a shorter form is one window."""
    forms = normalised(tokens.gather(chosen)).to_list()
    long = [form.ljust(width, "\0") if form else "" for form in forms]
    letters = np.frombuffer("".join(long).encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    owners = np.repeat(chosen, [len(form) for form in long])
    return _windows(_mixed(letters + np.uint64(1)), owners, width, _LETTERS)


def _mixed(values: Hashes) -> Hashes:
    """The splitmix64 finaliser: every bit of the input moves every bit of the result."""
    for shift, factor in _MIX:
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(_LAST_SHIFT))


def _sets(hashes: Hashes, owners: Numbers, texts: int) -> Shingles:
    """Each text's hashes in rising order, each once."""
    order = np.lexsort((hashes, owners))
    hashes, owners = hashes[order], owners[order]
    fresh = np.ones(len(hashes), dtype=bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
    return _of_sizes(hashes[fresh], np.bincount(owners[fresh], minlength=texts))


def _of_sizes(hashes: Hashes, sizes: Numbers) -> Shingles:
    return Shingles(hashes, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
