"""What each kind of character does, by example: the table itself is the rule, so examples hold it."""

import unicodedata

import pytest

from threadcommons.dedup.characters import _RANGES, DROPPED, LONE, SEPARATOR, WORD, kinds

SAMPLES = {
    WORD: "éßñøœÆαωжяєאבעابپक्षগதহ가힣ᚠᎠꙮａ𝔸ـ٣०",
    SEPARATOR: "¡§©«»¿×÷؟،؛।–—‘’“”„…•‹›€₽™←∑─█★☺✓❤。、「」・〜゠〒﹏！／｟￥🙂🚀🧡🇩🀄",
    LONE: "東京漢字々〆〇ひらがなカタカナーㇰ㐀豈𠀀ภาษาไทยລາວབོདမြန်ခမែ⺀",
    DROPPED: "\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufe0f\ufeff\U0001f3fd\U000e0041",
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_characters_are_of_their_kind(kind):
    assert [letter for letter in SAMPLES[kind] if kinds()[ord(letter)] != kind] == []


def test_ranges_are_above_ascii_and_in_bounds():
    assert all(0x80 <= first <= last <= 0x10FFFF and kind in SAMPLES for first, last, kind in _RANGES)


def test_letters_of_scripts_with_spaces_are_parts_of_words():
    lone = [range(0xE00, 0x10A0), range(0x1780, 0x1800), range(0x2E80, 0xA000), range(0xAA60, 0xAA80), range(0xF900, 0xFB00)]
    letters = [point for point in range(0x80, 0x10000) if unicodedata.category(chr(point)) in ("Ll", "Lu", "Lt", "Lo")]
    apart = [point for point in letters if not any(point in some for some in lone)]
    assert [hex(point) for point in apart if kinds()[point] != WORD and chr(point) == unicodedata.normalize("NFKC", chr(point))] == []
