"""Hostile texts through whole builds, each in two sizes: what they take grows with the text and not with its square.

Compared are two builds of one run on one machine, the best of several, and only by their ratio: a square would be four
times as far off.
"""

import time

import pytest

from threadcommons.build import build, words
from threadcommons.describe import render_all

from ..build.conftest import Package, post
from ..build.test_hostile_texts import HOSTILE, TOO_LONG

#: Largest text that a post may have, and how much smaller the other one is.
WHOLE, PART = 1_000_000, 4
RUNS = 4
#: Seconds that a build may differ by without its text.
NOISE = 0.25
UNITS = {name: text for name, text in HOSTILE.items() if name not in ("empty", TOO_LONG)} | {
    "secrets": "gh" + "p_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3hJ6 ",
    "cards": "4111 1111 1111 1111 ",
    "names": "@a@b.c ",
    "lines": "x\n",
    "quotes": "> x\n",
    "ever new words": " ".join(f"{number:x}" for number in range(100_000)),
}


def of_length(text, length):
    return (text * (length // len(text) + 1))[:length]


def seconds(folder, text):
    """The best of several builds of one post from nothing, without what a release takes whose text is of no interest."""
    found = []
    for run in range(RUNS):
        package = Package(folder / str(run))
        package.recipe("record_bytes = 4096", "record_bytes = 16000000")
        package.source("hostile", [post("a", text), post("b", "Another one, so that there is a row.")])
        begin = time.perf_counter()
        build(package.root, render=render_all, verify=lambda _staged: [])
        found.append(time.perf_counter() - begin)
    return min(found)


def grows_with_the_text(folder, text):
    small, large = (seconds(folder / str(length), of_length(text, length)) for length in (WHOLE // PART, WHOLE))
    print(f"\n{small:.2f} s for {WHOLE // PART:,} characters, {large:.2f} s for {WHOLE:,}")
    assert large < 1.6 * PART * small + NOISE


@pytest.mark.stress
@pytest.mark.parametrize("name", UNITS)
def test_a_build_takes_as_long_as_its_text(tmp_path, name):
    grows_with_the_text(tmp_path, UNITS[name])


@pytest.mark.stress
def test_a_square_is_caught(tmp_path, monkeypatch):
    right = words.quality.measures

    def square(texts, *more):
        for text in texts.drop_nulls():
            for at in range(0, len(text), 50):
                text[at:].count("z")
        return right(texts, *more)

    monkeypatch.setattr(words.quality, "measures", square)
    with pytest.raises(AssertionError):
        grows_with_the_text(tmp_path, "x y ")
