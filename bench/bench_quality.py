"""Measures, languages and rules: what they cost beside a plain pass, and how often a language is right.

`python bench/bench_quality.py [POSTS]` prints seconds of one core, medians of three, on generated posts and on posts
put together from the sentences in bench/data/languages/, which have more to recognise; then accuracy by language and
by length on those sentences: whole, and beginnings of them.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # before polars is loaded

import polars as pl
from corpus import texts

from threadcommons.quality import default_rules, judge, languages, measures

if TYPE_CHECKING:
    from collections.abc import Callable

SENTENCES: Final = Path(__file__).parent / "data" / "languages"
LENGTHS: Final = ((1, 9), (10, 14), (15, 19), (20, 29), (30, 39), (40, 79), (80, 1000))
UNSPACED: Final = ("ja", "zh")
SEED: Final = 20_260_131


def sentences() -> dict[str, list[str]]:
    """The sentences written for this, by language; under `none` those of languages that the model does not know."""
    return {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(SENTENCES.glob("*.txt"))}


def put_together(count: int, size: int = 440) -> list[str]:
    """Posts of about `size` characters made of sentences, half of them English."""
    chance = random.Random(SEED)  # noqa: S311  (the same posts in every run are the point)
    known = {code: lines for code, lines in sentences().items() if code != "none"}
    made = []
    for index in range(count):
        code = chance.choice(list(known)) if index % 2 else "en"
        post = ""
        while len(post) < (size // 3 if code in UNSPACED else size):
            post += chance.choice(known[code]) + ("" if code in UNSPACED else " ")
        made.append(post[:size])
    return made


def seconds(work: Callable[[], object]) -> float:
    """Seconds of the processor, the median of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def cost(name: str, posts: pl.Series) -> None:
    """Prints one row for each step."""
    frame = measures(posts)
    letters = (frame["n_chars"] - frame["n_words"]).to_numpy()
    plain = seconds(lambda: posts.str.to_lowercase().str.len_chars().sum())
    steps = {
        "small letters and their number (polars)": plain,
        "language": seconds(lambda: languages(posts, letters)),
        "all measures, language among them": seconds(lambda: measures(posts)),
        "rules": seconds(lambda: judge(frame, default_rules())),
    }
    for step, taken in steps.items():
        print(f"| {name} | {step} | {taken:.2f} | {taken / plain:.1f} | {len(posts) / taken:,.0f} |")


def cuts() -> list[tuple[str, str]]:
    """(language, text): each sentence whole, and beginnings of it."""
    return [
        (code, line[:size])
        for code, lines in sentences().items()
        for line in lines
        for size in (8, 12, 17, 25, 35, 50, 1000)
        if size == LENGTHS[-1][1] or size < len(line)
    ]


def accuracy() -> None:
    """Prints how often the language is right, `und` or wrong: by length, then by language for texts of 40 and more."""
    pairs = cuts()
    told = measures(pl.Series([text for _, text in pairs]))["lang"]
    frame = pl.DataFrame({"code": [code for code, _ in pairs], "text": [text for _, text in pairs], "lang": told})
    size = pl.col("text").str.len_chars()
    share = {
        "texts": pl.len(),
        "right": (pl.col("lang") == pl.col("code")).mean(),
        "und": (pl.col("lang") == "und").mean(),
        "wrong": ((pl.col("lang") != pl.col("code")) & (pl.col("lang") != "und")).mean(),
    }
    known = frame.filter(pl.col("code") != "none")
    print("\n| characters | texts | right | und | wrong |\n|---|---|---|---|---|")
    for least, most in LENGTHS:
        _row(f"{least} to {most}", known.filter(size.is_between(least, most)).select(**share))
    print("\n| language, 40 characters and more (ja, zh: 20) | texts | right | und | wrong |\n|---|---|---|---|---|")
    long = frame.filter(size >= pl.when(pl.col("code").is_in(UNSPACED)).then(20).otherwise(40))
    for code in sorted(sentences()):
        _row(code, long.filter(pl.col("code") == code).select(**share))
    _row("all known", long.filter(pl.col("code") != "none").select(**share))


def _row(name: str, shares: pl.DataFrame) -> None:
    one = shares.row(0, named=True)
    if one["texts"]:
        print(f"| {name} | {one['texts']} | {one['right']:.4f} | {one['und']:.4f} | {one['wrong']:.4f} |")


def main(count: int) -> None:
    """Prints all tables."""
    start = time.perf_counter()
    measures(pl.Series(["warm up"]))
    print(f"loading what is compiled: {time.perf_counter() - start:.2f} s (far more when it is compiled anew)")
    print("versions:", ", ".join(f"{name} {version(name)}" for name in ("polars", "numba", "eldc", "numpy")))
    print(f"\n| {count:,} posts | step | cpu s | times the plain pass | posts/s |\n|---|---|---|---|---|")
    cost("generated", pl.Series(texts(count), dtype=pl.String))
    cost("sentences", pl.Series(put_together(count), dtype=pl.String))
    accuracy()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
