"""What a look at the bytes saves may save nothing else: gates answer as if every pattern were searched for everywhere."""

import functools
import operator
import os
import random

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadcommons.privacy import KINDS, gates, scan
from threadcommons.privacy.marks import LONGEST, begins, spelt, tables
from threadcommons.privacy.shadow import DASHES, OTHER_DIGITS, SPACES

from .test_laws import PIECES
from .test_redacting import filled

CASES = int(os.environ.get("PRIVACY_CASES", "100"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)


def ascii_of(mark):
    return "".join(chr(min(letters)) if len(letters) == 1 else f"<{len(letters)}>" for letters in mark)


BEGINS = {
    "Box|Post": (["Box", "Post"], True),
    "a.b|c": (["a", "c"], False),
    r"[?]sig=": (["?sig="], True),
    r"[0-9]{3}x": (["<10><10><10>x"], True),
    "[0-9](?:a|b)": (["<10>"], False),
    "(?:dot|Punkt)[ )]": (["dot<2>", "Punkt<2>"], True),
    "ab?c": (["a<2>"], False),
    r"=>?\s{0,2}x": (["=<140>"], False),
    "ab?": (["a"], True),
    "ab+": (["ab"], True),
    "ab+c": (["ab"], False),
    "://[^/]+@": (["://<255>"], False),
    "x{17}": (["x" * LONGEST], False),
    "x{16}": (["x" * 16], True),
    "é": (["\xc3"], False),
    r"a\bc": (["a"], False),
    r"a\|b": (["a|b"], True),
    "[|(]b": (["<2>b"], True),
}


@pytest.mark.parametrize("pattern", BEGINS)
def test_a_pattern_says_with_what_it_begins(pattern):
    found = begins(pattern)
    assert ([ascii_of(mark) for mark in found.marks], found.whole) == BEGINS[pattern]


@pytest.mark.parametrize("pattern", ["", "^a", "(?i)a", "(?i:a)", "a||b", ".a", r"\bx", "(?:a(?:b))c", "(?:a|b)?c"])
def test_a_pattern_that_may_begin_with_anything_is_refused(pattern):
    with pytest.raises(ValueError, match="no mark begins"):
        begins(pattern)


def test_more_groups_than_there_are_bits_are_refused():
    assert tables([[spelt(chr(point))] for point in range(64)])
    with pytest.raises(ValueError, match="65 groups"):
        tables([[spelt(chr(point))] for point in range(65)])


def test_characters_that_the_shadow_knows_are_spelt_as_bytes():
    for letter in (*SPACES, *DASHES):
        assert spelt(letter) == tuple(frozenset((byte,)) for byte in letter.encode())
    for zero in OTHER_DIGITS:
        mark = spelt(chr(zero), chr(zero + 9))
        assert all(all(byte in letters for byte, letters in zip(chr(zero + digit).encode(), mark, strict=True)) for digit in range(10))
        assert [len(letters) for letters in mark] == [1] * (len(mark) - 1) + [10]


# -- gates ---------------------------------------------------------------------------------------------------------


def searched_everywhere(texts, kinds):
    """Every pattern of every gate, over all texts."""
    column = gates._folded(pl.Series(texts, dtype=pl.String))

    def passes(gate):
        first = functools.reduce(operator.or_, (column.str.contains(pattern) for pattern in gate.first))
        return first if gate.second is None else first & column.str.contains(gate.second)

    return {kind: functools.reduce(operator.or_, map(passes, some)).to_list() for kind, some in gates.GATES.items() if kind in kinds}


def the_answers_are_those_of_all_patterns(texts):
    found = gates.possible(pl.Series(texts, dtype=pl.String), KINDS)
    assert {kind: answers.to_list() for kind, answers in found.items()} == searched_everywhere(texts, KINDS)


WORDS = [ascii_of(mark) for _, begin in gates._searched().values() for mark in begin.marks]
pieces = st.one_of(st.sampled_from(PIECES), st.sampled_from([word for word in WORDS if "<" not in word]), st.text(max_size=3))


@given(st.lists(st.lists(pieces, max_size=8).map("".join), max_size=6))
@example(["", "@", "u", "u/", "/", "x" * 100 + "Bo", "x", "\u00a0", "é\u2011", "A3", "T", "xA3T", "AKI", "AKIA"])
@example(["-" + "a" * 14, "-" + "a" * 15, "é-" + "a" * 15 + "é", "1234567", "://a:b@", "://a:b", "=\u00a0abcdefgh", "=abcdefgh"])
@thorough
def test_the_answers_are_those_of_all_patterns(texts):
    the_answers_are_those_of_all_patterns(texts)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=6))
@thorough
def test_the_answers_are_those_of_all_patterns_for_any_text(texts):
    the_answers_are_those_of_all_patterns(texts)


def matches(pattern, chance):
    """Texts in which the pattern matches, with the match anywhere in them."""
    around = ["", "x", "é", " \u4e2d", "0" * 9, ". " * 5]
    letters = pattern.replace(r"[^\s/@:]", "[a-z]").replace(r"[^\s/@]", "[a-z]")
    texts = [chance.choice(around) + filled(letters, chance) + chance.choice(around) for _ in range(60)]
    return [text for text, yes in zip(texts, pl.Series(texts).str.contains(pattern), strict=True) if yes]


FIRST = list(dict.fromkeys(pattern for some in gates.GATES.values() for gate in some for pattern in gate.first))


@pytest.mark.parametrize("pattern", FIRST, ids=range(len(FIRST)))
def test_what_matches_has_a_mark_of_its_pattern(pattern):
    texts = matches(pattern, random.Random(pattern))
    assert len(texts) > 30
    bit, _ = gates._searched()[gates._SCREEN_OF.get(pattern, pattern)]
    assert all(gates.facts_of(pl.Series(texts)) >> bit & 1)
    the_answers_are_those_of_all_patterns(texts)


def test_a_slice_is_read_where_it_lies():
    texts = pl.Series(["@kim one", "two", "three u/kim", "\u00a0", "five"] * 3)
    for start in range(6):
        assert gates.facts_of(texts[start : start + 7]).tolist() == gates.facts_of(texts).tolist()[start : start + 7]
    assert gates.facts_of(texts[:0]).tolist() == []
    assert gates.facts_of(pl.Series(["@"])).tolist() == gates.facts_of(texts.head(1).str.head(1)).tolist()
    assert len(scan.scan.signatures) == 1, "what is compiled once is enough for all"


#: What each look alone tells, in the order of the patterns, after what is odd.
ALONE = [
    "+\u0664\u0669 30 23125 000", "ghp_" + "aB3dE6gH9jK2mN5p" * 3, "AKIA" + "ABCDEFGHIJ234567", "https://hooks.slack.com/services/T0/B0/a1", "0a1b-us1", "password=Kj8mQ2xT9v", "https://kim:p(\u00e9)w@host",
    "bearer Kj8mQ2xT9vB4nL7cKj8m", "+49 30 23125 000", "@kim", "kim%40example.org", "kim [at] example.org", "kim at example dot org", "Postfach 12, Hausen am See, 12345 Hausen", "u/kim",
]  # fmt: skip


def test_a_look_that_is_missing_is_caught(monkeypatch):
    the_answers_are_those_of_all_patterns(ALONE)
    every = [gates._ODD, *(begin.marks for _, begin in gates._searched().values())]
    assert len(every) == len(ALONE)
    for fact, text in enumerate(ALONE):
        broken = tables([*every[:fact], [spelt("\0")], *every[fact + 1 :]])
        monkeypatch.setattr(gates, "_tables", lambda broken=broken: broken)
        with pytest.raises(AssertionError):
            the_answers_are_those_of_all_patterns([text])
