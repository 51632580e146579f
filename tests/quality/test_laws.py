"""Measures are what a slow, plain look says, whatever stands beside a text.

Each law is held against as many random cases as QUALITY_CASES says: 500 in `make test`, 10,000 in a long run. A law is
a function of the implementation, so that one that is broken on purpose can be held against it.
"""

import json
import os
import random
import sys
from pathlib import Path

import polars as pl
import pytest

from threadcommons.quality import declared, measures
from threadcommons.quality.declared import stop_words

sys.path.insert(0, str(Path(__file__).parent))
import reference

CASES = int(os.environ.get("QUALITY_CASES", "500"))
SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "suites" / "naughty-strings" / "blns.json"
OF_LANGUAGE = ("lang", "lang_confidence")

PIECES = [
    "the", "The", "THE", "of", "don't", "don\u2019t", "dont", "buy", "now", "a", "b", "c", "x1", "42", "_", "__x",
    "und", "der", "Hund", "\u0441\u043e\u0431\u0430\u043a\u0430", "\u0438", "\u03ba\u03b1\u03b9", "p\u0430ypal", "\u0421O\u0421", "\u043f\u0440ivet", "\u03bcm",
    "\u732b\u304c\u5bdd\u308b", "\u3053\u3093\u306b\u3061\u306f", "\u30c6\u30ec\u30d3\u30fc", "\uace0\uc591\uc774", "\u0e41\u0e21\u0e27\u0e19\u0e2d\u0e19", "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940",
    "https://x.example/a?b=c", "HTTP://A.B", "http:/", "www.a.example", "www", "WWW.", "xhttp://a", "\u732bhttps://a\u732b", 'https://a"b<c',
    "@bob", "@a.b-c@d", "@", "@-", "a@b.c", "#tag", "#1", "#_", "\uff03\u732b", "##a", "#\u00e9t\u00e9", "&#x",
    ".", "...", "....", "\u2026", "!", "?", "\u3002", '"', "'", "\u2019", ")", "\u00bb", "{", "}", "-", "* ", "\u2022 ", "+", "=", "$", "\u20ac", "==========",
    " ", " ", " ", " ", "  ", "\n", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\x85",
    "\u200b", "\u2060", "\ufeff", "\u200d", "\u200c", "\u202e", "\u2066", "\u200f", "\x00", "\x07", "\x9f", "\ufe0f", "\ufe00", "\U000e0101", "\u00ad", "\u2800", "\u3164",
    "\U0001f600", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469", "\u2b50", "\u00a9", "\U0001f3f4", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\U000e0041", "\U000e007f", "\U000e0067", "e\u0301", "z\u0351\u0352\u0353\u0354", "\u0301", "\ue000", "\U000f1234", "\U0010fffd", "\ufffd", "\u0130", "\u01c5", "\u1e9e", "\u00b5",
    "lorem ipsum", "Lorem Ipsum", "one two three four five six seven eight nine ten ", "one two three four five ",
]  # fmt: skip


def drawn(seed, count=CASES):
    """`count` texts, the same in every run: pieces of few kinds, so that much repeats, and characters of any kind."""
    chance = random.Random(seed)
    for _ in range(count):
        pieces = chance.sample(PIECES, chance.randint(1, 12)) + [" "] * chance.randint(0, 4)
        text = "".join(chance.choice(pieces) for _ in range(chance.randint(0, 40)))
        yield text * chance.choice((1, 1, 1, 2, 7))


def plain(text, lang):
    """What the reference says of a text in a language."""
    words = set(stop_words()[lang]) if lang in stop_words() else None
    return reference.measures(text, words)


def differences(implementation, texts):
    """(text, measure, what it is, what it should be) of everything that differs."""
    rows = implementation(pl.Series(texts, dtype=pl.String)).to_dicts()
    for text, row in zip(texts, rows, strict=True):
        wanted = plain(text, row["lang"])
        assert list(row) == list(declared())
        assert row.keys() == {*wanted, *OF_LANGUAGE}
        yield from ((text, name, row[name], wanted[name]) for name in wanted if row[name] != pytest.approx(wanted[name], abs=1e-12))


def test_measures_are_what_a_plain_look_says():
    assert list(differences(measures, list(drawn(1))))[:5] == []


@pytest.mark.skipif(not SUITE.exists(), reason="the suite of naughty strings lies outside the repository")
def test_naughty_strings_are_measured_alike():
    assert list(differences(measures, json.loads(SUITE.read_bytes())))[:5] == []


def test_measures_do_not_depend_on_order_or_batch():
    texts = [*drawn(2, min(CASES, 2000)), None, ""]
    whole = measures(pl.Series(texts, dtype=pl.String)).to_dicts()
    chance = random.Random(3)
    order = list(range(len(texts)))
    chance.shuffle(order)
    shuffled = measures(pl.Series([texts[place] for place in order], dtype=pl.String)).to_dicts()
    assert [whole[place] for place in order] == shuffled
    cuts = sorted(chance.sample(range(len(texts)), 7))
    series = pl.Series(texts, dtype=pl.String)
    parts = [series[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(texts)], strict=True)]
    assert [row for part in parts for row in measures(part).to_dicts()] == whole


def test_a_text_that_is_not_there_has_no_measures():
    frame = measures(pl.Series([None, "a", None], dtype=pl.String))
    assert all(value is None for place in (0, 2) for value in frame.row(place))
    assert frame.schema == {name: measure.type for name, measure in declared().items()}
    assert measures(pl.Series([], dtype=pl.String)).schema == frame.schema


def test_shares_are_shares():
    frame = measures(pl.Series(list(drawn(4)), dtype=pl.String))
    for name, measure in declared().items():
        if measure.kind == "share":
            assert frame[name].drop_nulls().is_between(0, 1).all(), name


def broken_twin(texts):
    """Repetition counted with overlap, case minded."""
    frame = measures(texts)
    return frame.with_columns(top_2gram_share=pl.col("top_2gram_share") * 1.01, n_words=pl.col("n_words") + (pl.col("n_words") > 7))


def test_a_broken_twin_is_seen():
    assert {name for _, name, _, _ in differences(broken_twin, list(drawn(5, 200)))} == {"top_2gram_share", "n_words"}


HOSTILE = {
    "a megabyte of one character": "a" * 1_000_000,
    "a tower of marks": "e" + "\u0301" * 100_000,
    "addresses": "https://x.example/a " * 100_000,
    "overrides": "\u202e" * 100_000,
    "digits": "0123456789" * 100_000,
    "one word again and again": "ja " * 300_000,
    "ever new words": " ".join(map(str, range(200_000))),
    "lines": "x\n" * 300_000,
    "at signs": "@" * 300_000,
    "number signs": "#a" * 300_000,
    "apostrophes": "'" * 300_000,
    "a word full of apostrophes": "a" + "'a" * 300_000,
    "dots and dashes": "@a" + ".-" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_measured(name):
    (row,) = measures(pl.Series([HOSTILE[name]])).to_dicts()
    assert row["n_chars"] == len(HOSTILE[name])
    assert row["n_words"] == len(HOSTILE[name].split())
