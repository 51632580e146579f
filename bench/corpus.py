"""Generated posts for the benchmarks: a dataset package of any size, the same bytes for the same number.

About 1 KB a line, 440 bytes of it text: words by Zipf's law, 51 on average, in posts of log-normal length; two thirds
in Latin letters, the rest in six other scripts, one of them without spaces. Conversations of up to a dozen posts. 5
posts in 100 repeat the text of another, 5 nearly so, 1 holds an address or a number of nobody; 1 line in 100 is broken.
`python bench/corpus.py FOLDER [POSTS]` writes one; the other benchmarks call `package`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson

from threadcommons.digest import sha256_file

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED: Final = 20_260_131
LICENSES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0")
#: Up to which share of posts something happens: an exact repeat, a near one, a personal detail; a broken line.
_REPEATED: Final = 0.05
_NEARLY: Final = 0.10
_TOUCHED: Final = 0.11
_BROKEN: Final = 0.01
#: Lengths in words: the spread of their logarithms, and the least and the most.
_SPREAD: Final = 0.8
_LEAST: Final = 3
_MOST: Final = 2_000
#: One word in so many differs in a near repeat; shorter posts have none, for one word would be a large part of them.
_EVERY: Final = 40
_SENTENCE: Final = 14
_VOCABULARY: Final = 20_000
#: Texts are drawn in blocks, so that the draws of all words are never held at once.
_BLOCK: Final = 20_000
_GOLDEN: Final = 0.618_034


@dataclass(frozen=True)
class Script:
    """How often, what the platform calls its language, syllables, what stands between words and after a sentence."""

    share: float
    lang: str
    syllables: tuple[str, ...]
    #: Words that come first in Zipf's order.
    common: tuple[str, ...] = ()
    space: str = " "
    stop: str = ". "


def _letters(first: str, last: str) -> tuple[str, ...]:
    return tuple(map(chr, range(ord(first), ord(last) + 1)))


def _pairs(consonants: tuple[str, ...], vowels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one + other for one in consonants for other in vowels)


_LATIN: Final = (
    *("ka", "lo", "mi", "ten", "ra", "su", "vel", "dor", "pin", "esh"),
    *("ani", "tor", "bel", "qua", "zi", "mon", "fer", "ul", "gra", "hy"),
)
_ENGLISH: Final = ("the", "of", "and", "to", "in", "that", "is", "for", "it", "with", "be", "have")
_CYRILLIC: Final = _pairs(_letters("\u043a", "\u043d"), _letters("\u0430", "\u0438"))
_DEVANAGARI: Final = _pairs(_letters("\u0915", "\u0928"), ("\u093e", "\u093f", "\u0940", "\u0947", "\u094b"))
_GREEK: Final = _pairs(_letters("\u03ba", "\u03bd"), _letters("\u03b1", "\u03b9"))
SCRIPTS: Final = (
    Script(0.67, "en", _LATIN, _ENGLISH),
    Script(0.09, "ru", _CYRILLIC),
    Script(0.06, "zh", _letters("\u4e00", "\u57ff"), space="", stop="\u3002"),
    Script(0.05, "ar", _letters("\u0641", "\u064a")),
    Script(0.05, "hi", _DEVANAGARI, stop="\u0964 "),
    Script(0.04, "ko", _letters("\uac00", "\uae00")),
    Script(0.04, "el", _GREEK),
)
#: Of nobody: reserved names and numbers.
_PERSONAL: Final = ("write to ann.b@example.org", "call +1 202 555 0143 today", "host 192.0.2.17")
RECIPE: Final = """\
schema = 1
[dataset]
name = "generated"
title = "Generated"
description = "Invented posts for measuring."
version = "1.0.0"
released = "2026-01-31"
creators = ["The makers of this measurement"]
contact = "Open an issue."
[publish]
classes = ["public-domain", "permissive", "reciprocal"]
[authors]
policy = "credit"
[shards]
rows = 200000
row_group = 16384
[limits]
record_bytes = 65536
depth = 32
"""


@dataclass(frozen=True)
class Said:
    """What a post says: its script, its words, and what is added to them."""

    script: int
    words: tuple[str, ...]
    more: str = ""

    def text(self) -> str:
        """The words as sentences."""
        script = SCRIPTS[self.script]
        sentences = (
            script.space.join(self.words[at : at + _SENTENCE]) for at in range(0, len(self.words), _SENTENCE)
        )
        return script.stop.join((*sentences, self.more)).rstrip()


def texts(count: int, words: int = 51) -> list[str]:
    """Invented texts of so many words on average, among them exact and near repeats."""
    return [said.text() for said in spoken(count, words)]


def spoken(count: int, words: int = 51) -> Iterator[Said]:
    """What so many posts say, in their order."""
    chance = np.random.default_rng(SEED)
    vocabularies = [_vocabulary(chance, script) for script in SCRIPTS]
    bounds = np.cumsum([script.share for script in SCRIPTS])[:-1]
    fresh: list[Said] = []
    long: list[Said] = []
    for begin in range(0, count, _BLOCK):
        size = min(_BLOCK, count - begin)
        scripts = np.searchsorted(bounds, chance.random(size), side="right").tolist()
        drawn = _drawn(chance, size, words)
        fates, others = chance.random(size).tolist(), chance.random(size).tolist()
        for index, (script, ranks, fate, other) in enumerate(zip(scripts, drawn, fates, others, strict=True), begin):
            if fate < _REPEATED and fresh:
                yield fresh[int(other * len(fresh))]
            elif _REPEATED <= fate < _NEARLY and long:
                before = long[int(other * len(long))]
                yield _changed(before, other, vocabularies[before.script][index % _VOCABULARY])
            else:
                more = _PERSONAL[index % len(_PERSONAL)] if _NEARLY <= fate < _TOUCHED else ""
                said = Said(script, tuple(vocabularies[script][ranks].tolist()), more)
                fresh.append(said)
                if len(ranks) >= _EVERY:
                    long.append(said)
                yield said


def _vocabulary(chance: np.random.Generator, script: Script) -> np.ndarray:
    """Words of two to four syllables, after those that are given."""
    sizes = chance.integers(2, 5, _VOCABULARY)
    ends = np.cumsum(sizes)
    syllables = np.array(script.syllables, dtype=object)[chance.integers(0, len(script.syllables), int(ends[-1]))]
    words = ["".join(syllables[end - size : end]) for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)]
    words[: len(script.common)] = script.common
    return np.array(words, dtype=object)


def _drawn(chance: np.random.Generator, count: int, words: int) -> list[np.ndarray]:
    """The ranks of each post's words: the word of rank r is drawn in proportion to 1 / r."""
    lengths = chance.lognormal(np.log(words) - _SPREAD**2 / 2, _SPREAD, count).clip(_LEAST, _MOST).astype(np.int64)
    ends = np.cumsum(lengths)
    reached = np.cumsum(1 / np.arange(1, _VOCABULARY + 1))
    ranks = np.searchsorted(reached / reached[-1], chance.random(int(ends[-1])), side="right")
    return np.split(ranks, ends[:-1])


def _changed(said: Said, where: float, word: str) -> Said:
    """The same with one word in `_EVERY` replaced, at places that `where` (0 to 1) decides."""
    words = list(said.words)
    for number in range(len(words) // _EVERY):
        words[int((where * len(SCRIPTS) + number * _GOLDEN) % 1 * len(words))] = word
    return Said(said.script, tuple(words), said.more)


def lines(count: int) -> list[bytes]:
    """Canonical posts as JSON lines; 1 in 100 is broken in one of three ways."""
    chance = np.random.default_rng(SEED + 1)
    sizes = chance.integers(1, 13, count)
    starts = np.cumsum(sizes)
    root_of = np.searchsorted(starts, np.arange(count), side="right")
    roots = np.concatenate([[0], starts])[root_of].tolist()
    answered = (np.array(roots) + (chance.random(count) * (np.arange(count) - np.array(roots))).astype(int)).tolist()
    people = chance.zipf(1.3, count).clip(max=50_000).tolist()
    broken = chance.random(count) < _BROKEN
    return [
        _line(index, said, roots[index], answered[index], people[index], broken=bool(broken[index]))
        for index, said in enumerate(spoken(count))
    ]


def _line(index: int, said: Said, root: int, answered: int, person: int, *, broken: bool) -> bytes:
    post = {
        "native_id": f"post-{index:09d}",
        "conversation": f"post-{root:09d}",
        **({"parent_state": "root"} if index == root else {"parent": f"post-{answered:09d}"}),
        "kind": "post" if index == root else "reply",
        "author": {
            "name": f"writer number {person}", "id": f"person-{person:09d}",
            "url": f"https://forum.example.org/people/person-{person:09d}",
        },
        "title": f"What is to be said about subject {root % 9973}",
        "text": said.text(),
        "markup": "plain",
        "lang": SCRIPTS[said.script].lang,
        "created_at": f"202{index % 6}-{index % 12 + 1:02d}-{index % 28 + 1:02d}T{index % 24:02d}:{index % 60:02d}:07Z",
        "url": f"https://forum.example.org/t/{root:09d}/post-{index:09d}",
        "links": [f"https://example.org/page/{index % 997}"],
        "labels": [
            {"name": "score", "value": str(index % 41), "annotator": "forum.example.org", "method": "platform-counter"}
        ],
        "license": LICENSES[index % len(LICENSES)],
    }  # fmt: skip
    line = orjson.dumps(post)
    # Cut between two characters: some peers lose the rest of a file with half a character, and could not be compared.
    half = line[: len(line) // 2].decode("utf-8", "ignore").encode()
    spoilt = (half, line.replace(b'"kind"', b'"kinds"'), line[:-1] + b',"text":"twice"}')
    return spoilt[index % len(spoilt)] if broken else line


def package(root: Path, count: int) -> Path:
    """A dataset package of `count` generated posts at `root`; gives the export's path."""
    (root / "build").mkdir(parents=True)
    (root / "build/recipe.toml").write_text(RECIPE, encoding="utf-8")
    folder = root / "raw" / "generated"
    folder.mkdir(parents=True)
    export = folder / "posts.jsonl"
    export.write_bytes(b"".join(line + b"\n" for line in lines(count)))
    (folder / "source.toml").write_text(
        'schema = 1\ntitle = "Generated"\nformat = "jsonl"\nplatform = "forum.example.org"\n'
        f'[[export]]\nfile = "posts.jsonl"\nsha256 = "{sha256_file(export)}"\nbytes = {export.stat().st_size}\n',
        encoding="utf-8",
    )
    return export


if __name__ == "__main__":
    folder, *more = sys.argv[1:]
    print(package(Path(folder), int(more[0]) if more else 200_000).stat().st_size)
