"""What a worker says of a text: equal to the plain rules, whatever the text is and however the texts are cut."""

import os
import random
from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadcommons.dedup import Policy, fields, folding, place_of, scan, sketch
from threadcommons.dedup.folding import folded
from threadcommons.dedup.likeness import jaccard, sets
from threadcommons.dedup.words import words

from . import plain

CASES = int(os.environ.get("DEDUP_CASES", "100"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
USUAL = Policy(min_words=4)

PIECES = [
    "one", "Two", "three", "a", "straße", "STRASSE", "Привет", "мир", "été", "e\u0301te\u0301", "ﬁne", "don’t", "don't", "@ada", "x_y",
    "東京", "タワー", "ภาษา", "조선", "नमस्ते", "ΑΣ", "ας", "İ", "ǰ", "ΐ", "\u0345", "½", "™", "…", "，", "。", "「", "🙂", "👍🏽", "\u200b", "\u00ad",
    "\ufe0f", "\u202e", "\u0300\u0316", "https://example.org/a/b?c=D#e", "http://x.example.", "://", "a://b://c", "(https://e.example/)", ">",
    "> ", "\n", "\n>", "\n > quoted words\n", "\r\n", "\t", "  ", "\u00a0", "\u2028", "\x85", "\x1f", "\0", ".", ",", "!?", "-", "#tag", "w" * 31,
    "w" * 32, "w" * 33, "ж" * 16, "12345678", "1234567", "é" * 4, "\U00020000", "\U000e0041", "\ufffd", "ـ", "؟", "।",
]  # fmt: skip
text = st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from([" ", " "]), st.text(max_size=4)), max_size=40).map("".join)


def columns(table):
    return [(row["exact"], row["bands"], row["short"]) for row in table.to_pylist()]


@thorough
@given(st.lists(st.one_of(st.none(), text), max_size=6), st.sampled_from([None, "there"]))
@example(["\u0300" * 40 + "\u0316" * 40, "a" * 5000, " ", "", ">", "\n", "\0"], None)
def test_a_sketch_is_what_the_plain_rules_say(texts, place):
    found = columns(sketch(pa.array(texts, pa.string()), USUAL, pa.array([place] * len(texts), pa.string())))
    assert found == [plain.sketch(text, USUAL, place) for text in texts]


@thorough
@given(text)
@example("https://example.org/a/b?c=D#eПриветhttps://example.org/a/b?c=D#e")
@example("@ada://b @ada c")
def test_words_and_what_they_say_are_as_the_plain_rules_have_them(one):
    texts = [one, "next", "", one]
    (block,) = folding.blocks(pa.array(texts))
    found = words(folded(block))
    expected = [plain.words(plain.fold(plain.own(other))) for other in texts]
    assert found.hashes.tolist() == [plain.hash_of(word) for some in expected for word, _ in some]
    assert np.diff(found.starts).tolist() == [len(some) for some in expected]
    assert found.weights.tolist() == [sum(said for _, said in some) for some in expected]


@thorough
@given(st.lists(text, min_size=2, max_size=4), st.integers(1, 4))
def test_the_jaccard_index_is_that_of_sets_of_words(texts, width):
    found = sets(pa.array(texts), replace(USUAL, shingle=width))
    one, other = np.triu_indices(len(texts))
    plainly = [plain.jaccard(texts[a], texts[b], width) for a, b in zip(one, other, strict=True)]
    assert jaccard(found, one, found, other).tolist() == plainly
    assert found.sizes.tolist() == [len(plain.shingles(one, width)) for one in texts]


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.lists(text, max_size=12), st.integers(1, 300), st.randoms(use_true_random=False))
def test_neither_batches_nor_company_make_a_difference(texts, block, chance):
    whole = columns(sketch(pa.array(texts, pa.string()), USUAL))
    order = chance.sample(range(len(texts)), len(texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folding, "_BLOCK", block)
        mixed = columns(sketch(pa.array([texts[at] for at in order], pa.string()), USUAL))
    assert mixed == [whole[at] for at in order]


def posts(count, seed=5):
    chance = random.Random(seed)
    known = [f"word{number}" for number in range(400)]
    return [" ".join(chance.choices(known, k=chance.randrange(0, 60))) for _ in range(count)]


def test_every_kind_of_column_gives_the_same():
    texts = [*posts(50), None, "> only a quote", "é" * 30]
    whole = pa.array(texts, pa.string())
    expected = sketch(whole, USUAL)
    kinds = [
        whole.cast(pa.large_string()),
        whole.cast(pa.string_view()),
        pa.chunked_array([whole[:7], whole[7:7], whole[7:]]),
        pa.concat_arrays([pa.array(["left out"]), whole])[1:],
        pl.Series(texts),
        pl.Series(["left out", *texts])[1:],
    ]
    for kind in kinds:
        assert sketch(kind, USUAL).equals(expected)
    assert expected.schema.equals(fields(USUAL))
    expected.validate(full=True)
    loops = [scan.look, scan.fold, scan.words, scan.windows, scan.minima]
    assert [len(loop.signatures) for loop in loops] == [1] * len(loops), "what is compiled once is enough for all"


@pytest.mark.parametrize("none", [pa.array([], pa.string()), pa.chunked_array([], pa.string()), pl.Series([], dtype=pl.String)])
def test_no_texts_make_an_empty_table(none):
    assert sketch(none, USUAL).equals(fields(USUAL).empty_table())


def test_a_text_under_a_null_does_not_show():
    bits = pa.array([True, False]).buffers()[1]
    hidden = pa.array(["seen words of mine", "hidden words of yours"])
    masked = pa.Array.from_buffers(pa.string(), 2, [bits, *hidden.buffers()[1:]])
    assert masked.to_pylist() == ["seen words of mine", None]
    assert columns(sketch(masked, USUAL))[1] == (None, [0] * USUAL.bands, True)


def same(one, other, policy=USUAL, places=None):
    """How two texts are seen: exactly the same, and short."""
    first, second = columns(sketch(pa.array([one, other]), policy, pa.array(places) if places else None))
    return first[0] is not None and first[0] == second[0], first[2]


ALIKE = [
    ("One two  THREE four", "one two three\nfour"),
    ("  one two three four ", "one two three four"),
    ("one two three four", "one\u00a0two\u2003three\u2028four"),
    ("ﬁne straße one two", "FINE STRASSE ONE TWO"),
    ("cafe\u0301 one two three", "CAFÉ one two three"),
    ("> what you said\none two three four", "one two three four"),
    ("one two three four", "  > first\n\t>> second\none two three four\n>third"),
]
UNLIKE = [
    ("one two three four", "one two three, four"),
    ("one two three four", "one two three fours"),
    ("one two three four >", "one two three four"),
    ("one two three four", "one two three four \u200b"),
    ("see https://a.example/b one two three", "see https://a.example/c one two three"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_case_form_white_space_and_quotes_make_no_difference(one, other):
    assert same(one, other) == (True, False)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_everything_else_does(one, other):
    assert same(one, other) == (False, False)


SHORT = [
    "yes", "Yes!", "👍", "👍👍👍👍👍", "", "?!", "https://example.org/a/very/long/address/with/many/parts", "@ada @bob @eve @joe thanks",
    "https://a.example https://b.example https://c.example https://d.example https://e.example", "one two three", "東京都渋谷区神南一丁目",
    "> one two three four five six\nyes", "> one two three four\n> five six seven",
]  # fmt: skip


@pytest.mark.parametrize("text", SHORT)
def test_what_says_little_is_short_and_the_same_as_nothing(text):
    assert same(text, text) == (False, True)


def test_the_same_short_words_by_the_same_author_to_the_same_post_are_the_same():
    assert same("yes", "Yes", places=["ada\nq1", "ada\nq1"]) == (True, True)
    assert same("yes", "yes", places=["ada\nq1", "bob\nq1"]) == (False, True)
    assert same("yes", "yes", places=["ada\nq1", "ada\nq2"]) == (False, True)
    assert same("yes", "no", places=["ada\nq1", "ada\nq1"]) == (False, True)
    assert same("", "", places=["ada\nq1", "ada\nq1"]) == (False, True)
    assert same("> a quote", "> a quote", places=["ada\nq1", "ada\nq1"]) == (False, True)
    assert same("one two three four", "one two three four", places=["ada\nq1", "bob\nq2"]) == (True, False)


def test_a_place_needs_an_author_and_what_was_answered():
    frame = pl.DataFrame({"author": ["ada", None, "ada"], "parent": ["q1", "q1", None]})
    assert frame.select(place_of(pl.col("author"), pl.col("parent"))).to_series().to_list() == ["q1\nada", None, None]


@pytest.mark.parametrize("many", [12, 36])
def test_characters_of_a_script_without_spaces_count_a_third(many):
    text = ("one " if many == 12 else "東") * many
    policy = Policy()
    assert sketch(pa.array([text]), policy)["short"].to_pylist() == [False]
    assert sketch(pa.array([text[: -4 if many == 12 else -1]]), policy)["short"].to_pylist() == [True]


def test_what_is_not_compared_has_no_bands():
    (one,) = columns(sketch(pa.array([posts(1)[0] + " one two three four"]), replace(USUAL, near="off")))
    assert set(one[1]) == {0}
    assert one[0]


#: Changing these changes what is found, everywhere and for everybody.
GOLDEN = "98556df2a12a4396a5dff2c57268e4d8", 3792118279849389517


def test_the_numbers_are_these_on_every_machine():
    text = "It is the same on every machine, in every process, and for every version of Python: 東京 https://example.org/x"
    ((digest, bands, short),) = columns(sketch(pa.array([text]), Policy()))
    assert (digest.hex(), bands[0], short) == (*GOLDEN, False)


HOSTILE = {
    "one character": "x" * 1_000_000,
    "one character above ASCII": "é" * 500_000,
    "no spaces": "東" * 300_000,
    "spaces": " " * 1_000_000,
    "quotes": ">" * 1_000_000,
    "quoted lines": ">\n" * 300_000,
    "addresses": "https://example.org/ " * 100_000,
    "addresses in one": "https://" * 100_000,
    "addresses of nothing": "://!" * 250_000,
    "marks": "a" + "\u0300\u0316" * 200_000,
    "marks that fold": "a" + "\u0344\u0316" * 200_000,
    "invisible": "\u200b" * 300_000,
    "overrides": "\u202eabc \u202c" * 100_000,
    "digits": "1234567890" * 100_000,
    "emoji": "👍🏽" * 100_000,
    "joiners": "a\u034f" * 200_000,
    "one letter words": "a " * 500_000,
    "zero bytes": "\0" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_sketched_as_the_plain_rules_say(name):
    text = HOSTILE[name]
    small = text[: len(text) // 200]
    assert columns(sketch(pa.array([small]), USUAL)) == [plain.sketch(small, USUAL)]
    ((_, bands, short),) = columns(sketch(pa.array([text]), USUAL))
    assert len(bands) == USUAL.bands
    assert short == (name not in ("no spaces", "overrides", "one letter words"))
