"""Texts as shingles: what is folded, what is kept, and that nothing but the text itself decides."""

from hashlib import blake2b
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.dedup import Shape, commonplaces, n_words, normalised, shingles, tokens, without

SAME = [
    ("Don't  STOP!", "dont stop", "don\u2019t\tstop…"),
    ("Straße", "STRASSE", "strasse"),
    ("ﬁne 10² ＡＢＣ", "fine 102 abc"),
    ("caf\u00e9 is here", "cafe\u0301 IS HERE"),
    ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
    ("right\u202eto left", "rightto left"),
    ("東京 タワー", "東京タワー", "東京・タワー"),
]
DIFFERENT = [
    ("one two", "two one"),
    ("share-alike", "sharealike"),
    ("@ada said", "ada said"),
    ("http://a.example", "http a example"),
]


def forms(*texts):
    return normalised(tokens(texts)).to_list()


def sets(texts, shape=None):
    found = shingles(tokens(texts), shape) if shape else shingles(tokens(texts))
    return [found.hashes[start:stop].tolist() for start, stop in zip(found.starts, found.starts[1:], strict=False)]


@pytest.mark.parametrize("texts", SAME)
def test_case_marks_and_compatibility_forms_make_no_difference(texts):
    assert len(set(forms(*texts))) == 1
    assert len({tuple(one) for one in sets(texts)}) == 1


@pytest.mark.parametrize("texts", DIFFERENT)
def test_what_says_something_else_stays_apart(texts):
    assert len(set(forms(*texts))) == 2


def test_an_address_and_a_mention_are_one_token_each():
    text = "See https://example.org/a/b?c=d#e, (http://x.example/y) and @some_body!"
    assert tokens([text]).to_list() == [
        ["see", "https://example.org/a/b?c=d#e", "http://x.example/y", "and", "@some_body"]
    ]


def test_every_character_of_a_script_without_spaces_is_a_token():
    assert tokens(["東京 ภาษา abc"]).to_list() == [["東", "京", "ภ", "า", "ษ", "า", "abc"]]
    assert n_words(tokens(["東京都の人々 two words", "", "one"])).tolist() == [4.0, 0.0, 1.0]
    assert n_words(tokens(["東" * 36])).tolist() == [12.0]


def test_words_make_windows_of_three_and_characters_of_five():
    assert [len(one) for one in sets(["a b c d e f", "東京都渋谷区神南", "a b c d e 東京都渋谷区神南 f"])] == [
        4,
        4,
        4 + 4,
    ]


def test_each_shingle_counts_once_and_they_rise():
    (found,) = sets(["a b c a b c a b c a b c"])
    assert len(found) == 3
    assert found == sorted(set(found))


def test_a_text_of_few_tokens_has_windows_of_letters_and_an_empty_one_nothing():
    lengths = [len(one) for one in sets(["yes", "yesterday", "a b c d", "", "?!"])]
    assert lengths == [1, 5, 2 + 3, 0, 0]
    (one,), (two,) = sets(["Yes!"]), sets(["yes"])
    assert one == two


def test_kinds_of_windows_never_meet():
    words, letters = sets(["abc def ghi jkl mno"]), sets(["abc def ghi jkl mno"], Shape(words=99))
    assert not set(words[0]) & set(letters[0])


def test_a_script_in_between_breaks_no_words_apart():
    plain, mixed = sets(["one two three four five six", "one two 東京 three four five six"])
    assert set(plain) <= set(mixed)


def mixed(value):
    """The finaliser of splitmix64, number by number."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        value = (value ^ value >> shift) * factor % 2**64
    return value ^ value >> 31


def test_a_shingle_can_be_computed_by_hand():
    value = 1
    for token in ("one", "two", "three"):
        value = mixed(value ^ int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little"))
    assert value == GOLDEN["one two three"]


#: Changing these changes what is found, everywhere and for everybody.
GOLDEN = {"one two three": 2740396764941315897, "東京都渋谷": 6689601279831052710, "yes": 10139234763672567822}


def test_the_hashes_are_these_on_every_machine():
    assert sets(["one two three", "yes", "東京都渋谷"], Shape(few=0)) == [
        [GOLDEN["one two three"]],
        [],
        [GOLDEN["東京都渋谷"]],
    ]
    assert sets(["yes"]) == [[GOLDEN["yes"]]]


def test_a_tower_of_marks_takes_no_longer_than_other_texts():
    """Putting marks in order one by one would take a time with the square of their number: hours for this one."""
    tower = "a" + "\u0300\u0316" * 300_000
    ((word,),) = tokens([tower]).to_list()
    assert word == "\u00e0" + "\u0316" * 300_000 + "\u0300" * 299_999


def test_a_text_has_the_same_shingles_in_any_company():
    chance = Random(3)
    texts = ["".join(chance.choices("abc 東京ภา@ ", k=chance.randrange(60))) for _ in range(200)]
    alone = [sets([text])[0] for text in texts]
    assert sets(texts) == alone
    assert sets(texts[::-1]) == alone[::-1]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_normalising_twice_is_normalising_once(text):
    once = forms(text)
    assert forms(*once) == once


def test_what_stands_in_many_texts_can_be_taken_out():
    texts = shingles(tokens([f"so it goes on and on number{number} ends here now" for number in range(5)]))
    common = commonplaces(texts, 4)
    assert len(common) == 5, "four before the number and one after it"
    rest = without(texts, common)
    assert rest.sizes.tolist() == [3] * 5
    assert not np.isin(rest.hashes, common).any()
    assert without(texts, np.zeros(0, dtype=np.uint64)).starts.tolist() == texts.starts.tolist()
