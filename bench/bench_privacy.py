"""The figures about personal data, each measured on the spot: `python bench/bench_privacy.py [POSTS]`.

Precision and recall on the labelled posts, a span counting only when it is exact; changes to 10,000 posts without any;
and how long POSTS posts (200,000 by default) of about 440 characters take on one core, beside plain passes over the
same column. Nothing is judged here; tests do that.
"""

from __future__ import annotations

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # one core, for both sides; read when polars is first imported

import platform
import random
import statistics
import sys
import time
from collections import Counter
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import privacy_set

from threadcommons.privacy import Policy, redact
from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POSTS: Final = 200_000
NEGATIVES: Final = 10_000
LENGTH: Final = 440
RUNS: Final = 3
SEED: Final = 20261128
LABELLED: Final = ("email", "phone", "ip", "iban", "card", "secret", "national-id")
#: Distinct posts that are repeated to make the column; every post is looked at all the same.
DISTINCT: Final = 20_000
#: Share of posts of a running forum that carry something, and of sentences with numbers or codes.
CARRYING: Final = 0.01
NUMBERED: Final = 0.01
#: Letters said over and over, to see that time grows with the text and not with its square.
HARD: Final = ("1 2 3 ", "a@a.", "sk-", "eyJa.", "12 34 ", "1.1.1.", "[email] ", "-----BEGIN PRIVATE KEY-----\n")


def quality() -> Iterator[str]:
    """Precision and recall, for the posts at which the rules were made and for those that were only measured."""
    yield "| kind | posts | there | precision | recall | precision held out | recall held out |"
    yield "|---|---|---|---|---|---|---|"
    posts = privacy_set.read()
    parts = [_counted(posts), _counted([post for post in posts if post["part"] == "held-out"])]
    for kind in LABELLED:
        carrying = sum(any(kind == one for one, *_ in post["spans"]) for post in posts)
        whole, held = (_shares(counts[kind]) for counts in parts)
        there = parts[0][kind]["right"] + parts[0][kind]["missed"]
        yield f"| {kind} | {carrying} | {there} | {whole[0]} | {whole[1]} | {held[0]} | {held[1]} |"
    yield f"{len(posts)} posts in {len({post['lang'] for post in posts})} languages"


def _counted(posts: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in LABELLED}
    for post in posts:
        there = {(kind, start, start + length) for kind, start, length in post["spans"]}
        found = {(hit.kind, hit.start, hit.stop) for hit in hits(shadow_of(str(post["text"])), LABELLED)}
        for name, spans in (("right", there & found), ("wrong", found - there), ("missed", there - found)):
            for kind, *_ in spans:
                counts[kind][name] += 1
    return counts


def _shares(count: Counter[str]) -> tuple[str, str]:
    right = count["right"]
    wrong, missed = (f"{right / max(right + count[other], 1):.4f}" for other in ("wrong", "missed"))
    return wrong, missed


def negatives() -> Iterator[str]:
    """How many posts without personal data come out changed or flagged."""
    posts = pl.Series(list(privacy_set.negatives(NEGATIVES)))
    done = redact(posts, Policy())
    yield f"{done.changed.sum()} of {len(posts)} posts without any changed, {(done.flags.list.len() > 0).sum()} flagged"


def speed(count: int) -> Iterator[str]:
    """Seconds of one core for a column without findings, for one with a few, and for plain passes over the former."""
    quiet, busy = _column(count, 0.0), _column(count, CARRYING)
    redact(quiet.head(100), Policy())  # compiles the patterns
    size = quiet.str.len_bytes().sum() / 1e6
    yield f"{count} posts, {size:.0f} MB, medians of {RUNS}"
    yield "| what | CPU s | posts/s |"
    yield "|---|---|---|"
    rows: dict[str, Callable[[], object]] = {
        "count the characters": quiet.str.len_chars,
        "search one e-mail pattern": lambda: quiet.str.contains(r"[\w.+-]+@[\w-]+\.[\w.]+"),
        "take personal data out, none there": lambda: redact(quiet, Policy()),
        f"the same, {CARRYING:.0%} of posts carry some": lambda: redact(busy, Policy()),
    }
    for name, run in rows.items():
        seconds = _seconds(run)
        yield f"| {name} | {seconds:.3f} | {count / seconds:,.0f} |"
    dense = pl.Series([post["text"] for post in privacy_set.read()])
    spent = _seconds(partial(redact, dense, Policy()))
    yield f"| the labelled posts, most of which are looked at | {spent:.3f} | {len(dense) / spent:,.0f} |"


def _column(count: int, carrying: float) -> pl.Series:
    """Posts of about LENGTH characters: small talk of all languages, numbers and links now and then."""
    chance = random.Random(SEED)  # noqa: S311  (the same posts each time)
    told = {lang: privacy_set.sentences(lang) for lang in privacy_set.LANGUAGES}
    carriers = [post["text"] for post in privacy_set.read() if post["spans"]]
    posts = []
    for _ in range(min(count, DISTINCT)):
        lang = chance.choice(privacy_set.LANGUAGES)
        text = chance.choice(carriers) if chance.random() < carrying else ""
        while len(text) < LENGTH * chance.uniform(0.5, 1.5):
            template = chance.choice(told[lang]["negative" if chance.random() < NUMBERED else "filler"])
            text += " " + "".join(part for _, part in privacy_set.worded(chance, template, lang))
        posts.append(text)
    return pl.Series((posts * (count // len(posts) + 1))[:count])


def _seconds(run: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def growth() -> Iterator[str]:
    """How much longer a text of four times the length takes, for texts that are hard to search."""
    worst = 0.0
    for unit in HARD:
        columns = [pl.Series([unit * (size // len(unit))]) for size in (100_000, 400_000)]
        small, large = (_seconds(partial(redact, column, Policy())) for column in columns)
        worst = max(worst, large / small)
        yield f"{unit!r} over and over: {large:.2f} s for 400,000 characters, {large / small:.1f} times that of 100,000"
    yield f"at most {worst:.1f} times as long for four times the text"


def main() -> int:
    """Prints all figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else POSTS
    print(f"Python {platform.python_version()}, polars {version('polars')}, google-re2 {version('google-re2')}\n")
    for lines in (quality(), negatives(), speed(count), growth()):
        for line in lines:
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
