"""Measures of a text are what a plain look at it, character by character, would say."""

import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.quality import measured

SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "suites" / "naughty-strings" / "blns.json"
thorough = settings(max_examples=400, deadline=None, database=None, derandomize=True)

#: Flag -> the code points that raise it, as the ranges of the Unicode charts.
RAISED = {
    "bidi-control": [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F],
    "control": [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)],
    "tag-character": [*range(0xE0000, 0xE0080)],
    "zero-width": [0x200B, 0x2060, 0xFEFF],
}
#: White_Space of the Unicode character database.
SPACE = [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


def columns(texts):
    frame = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)})
    return frame.select(**measured(pl.col("text"))).rows()


def plainly(text):
    space = "".join(map(chr, SPACE))
    flags = [flag for flag, points in RAISED.items() if any(ord(ch) in points for ch in text)]
    return len(text), len([word for word in re.split(f"[{space}]", text) if word]), sorted(flags)


loaded = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from([chr(point) for points in (*RAISED.values(), SPACE) for point in points] + ["\u200c", "\u200d", "\u2065"]),
    ),
    max_size=40,
)


@thorough
@given(st.lists(loaded, min_size=1, max_size=5))
def test_columns_say_what_a_plain_look_says(texts):
    assert columns(texts) == [plainly(text) for text in texts]


@pytest.mark.skipif(not SUITE.exists(), reason="the suite of naughty strings lies outside the repository")
def test_naughty_strings_are_measured_alike():
    texts = json.loads(SUITE.read_bytes())
    assert len(texts) == 515
    assert columns(texts) == [plainly(text) for text in texts]


@pytest.mark.parametrize("flag", RAISED)
def test_each_character_of_a_flag_raises_it_and_its_neighbours_do_not(flag):
    points = RAISED[flag]
    assert all(flag in flags for _, _, flags in columns([f"a{chr(point)}b" for point in points]))
    beside = {near for point in points for near in (point - 1, point + 1)} - set(points)
    around = [f"a{chr(point)}b" for point in sorted(beside) if point >= 0 and not 0xD800 <= point < 0xE000]
    assert not any(flag in flags for _, _, flags in columns(around))


def test_a_text_that_is_not_there_has_no_measures():
    ((characters, words, flags),) = columns([None])
    assert (characters, words) == (None, None)
    assert not flags
