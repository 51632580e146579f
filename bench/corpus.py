"""Generated posts for the benchmarks: a dataset package of any size, the same bytes for the same number.

About 1 KB a line, 440 bytes of it text of about 51 words; conversations of up to a dozen posts; 1 line in 100 is
broken, 6 in 100 repeat the text of another post, 4 in 100 nearly so, 1 in 50 holds an address, a number or a key of
nobody.
`python bench/corpus.py FOLDER [POSTS]` writes one; the other benchmarks call `package`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from threadcommons.digest import sha256_file

SEED: Final = 20_260_131
LICENSES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0")
#: Up to which share of posts something happens: an exact repeat, a near one, a personal detail, a broken line.
_REPEATED: Final = 0.06
_NEARLY: Final = 0.10
_TOUCHED: Final = 0.12
_BROKEN: Final = 0.01
_SYLLABLES: Final = (
    *("ka", "lo", "mi", "ten", "ra", "su", "vel", "dor", "pin", "esh"),
    *("ani", "tor", "bel", "qua", "zi", "mon", "fer", "ul", "gra", "hy"),
)
#: Of nobody: reserved names, numbers and examples.
_PERSONAL: Final = (
    "write to ann.b@example.org",
    "call +1 202 555 0143 today",
    "host 192.0.2.17",
    "AKIAIOSFODNN7EXAMPLE",
)
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


def texts(count: int, words: int = 51) -> list[str]:
    """Invented texts, among them exact and near repeats."""
    chance = np.random.default_rng(SEED)
    vocabulary = np.array(
        ["".join(chance.choice(_SYLLABLES, size)) for size in chance.integers(2, 5, 20_000)], dtype=object
    )
    lengths = np.maximum(3, chance.poisson(words, count))
    drawn = vocabulary[np.minimum(chance.zipf(1.15, int(lengths.sum())) - 1, len(vocabulary) - 1)].tolist()
    ends = np.cumsum(lengths).tolist()
    made = [" ".join(drawn[begin:end]) + "." for begin, end in zip([0, *ends], ends, strict=False)]
    fates = chance.random(count)
    others = chance.integers(0, np.maximum(1, np.arange(count))).tolist()
    for index in range(1, count):
        if fates[index] < _REPEATED:
            made[index] = made[others[index]]
        elif fates[index] < _NEARLY:
            made[index] = made[others[index]] + " " + vocabulary[index % len(vocabulary)]
        elif fates[index] < _TOUCHED:
            made[index] += " " + _PERSONAL[index % len(_PERSONAL)]
    return made


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
        _line(index, text, roots[index], answered[index], people[index], broken=bool(broken[index]))
        for index, text in enumerate(texts(count))
    ]


def _line(index: int, text: str, root: int, answered: int, person: int, *, broken: bool) -> bytes:
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
        "text": text,
        "markup": "plain",
        "lang": "en",
        "created_at": f"202{index % 6}-{index % 12 + 1:02d}-{index % 28 + 1:02d}T{index % 24:02d}:{index % 60:02d}:07Z",
        "url": f"https://forum.example.org/t/{root:09d}/post-{index:09d}",
        "links": [f"https://example.org/page/{index % 997}"],
        "labels": [
            {"name": "score", "value": str(index % 41), "annotator": "forum.example.org", "method": "platform-counter"}
        ],
        "license": LICENSES[index % len(LICENSES)],
    }  # fmt: skip
    line = orjson.dumps(post)
    spoilt = (line[: len(line) // 2], line.replace(b'"kind"', b'"kinds"'), line[:-1] + b',"text":"twice"}')
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
