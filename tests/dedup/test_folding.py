"""What is folded by compiled loops, character by character, is what the whole text is folded to."""

import os
import random
import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from threadcommons.dedup import folding, sketching
from threadcommons.dedup.words import Windows

from . import plain

CASES = int(os.environ.get("DEDUP_CASES", "100"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)

#: What stands beside each other in texts of all scripts, whole characters and marks, and what folds to several.
SCRIPTS = (
    "aZ 09_@.>\n\t\x1f\x85\u00a0\u00adßéÅİıŉǰſµ½²ªÆœ", "ΑΣσςΐΰᾳͅ", "ЖжЁё\u0306", "שלו\u05bcם", "مر\u064eح\u0651با\u0653", "कि\u093cप\u094dे", "ক\u09be\u09c7\u09d7",
    "ภาษา\u0e48\u0e38", "가각\u1100\u1161\u11a8조", "東京タワー\u3099。「」〆㍿", "ｱﾞＡｂ！￥", "👍🏽👩\u200d💻\ufe0f🇩", "e\u0301\u0316\u0327", "\u2028\u2029\u1680\u3000\u200b\ufeff\ufdfa\ufb03", "𝔸𑄧\U0001d15e\U00020000\U000e0041\ufffd",
)  # fmt: skip
text = st.lists(
    st.one_of(st.text(st.sampled_from("".join(SCRIPTS)), max_size=12), st.text(max_size=4), st.sampled_from(["> ", "\n> ", "\n   >x\n", "\n    >", "\r\n\t>", "  "])),
    max_size=12,
).map("".join)  # fmt: skip


def folded(texts):
    """Each text as the block has it."""
    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())
    found = []
    for block in folding.blocks(array):
        some = folding.folded(block)
        whole, starts = some.data.tobytes(), some.starts.tolist()
        assert whole.startswith(b" ")
        assert whole.endswith(b" " * (folding.PADDING + 1))
        assert len(whole) == starts[-1] + folding.PADDING
        assert b"  " not in whole[: starts[-1]]
        found += [whole[start : max(start, stop - 1)].decode() for start, stop in pairwise(starts)]
    return found


def a_block_is_what_each_text_is_by_itself(texts):
    assert folded(texts) == [plain.fold(plain.own(one or "")) for one in texts]


@thorough
@given(st.lists(st.none() | text, max_size=5))
@example([">", "", None, " ", "\n", ">\n>\n", "a\n>b", "   >c", "    >d", "\t \t> e\nf >", "＞ not quoted", "é\n＞\n> quoted é"])
def test_a_block_is_what_each_text_is_by_itself(texts):
    a_block_is_what_each_text_is_by_itself(texts)


def everything(chance, most):
    """Every character there is, in any order, as texts of a hundred."""
    points = [point for point in range(0x80, most) if not 0xD800 <= point < 0xE000 and unicodedata.category(chr(point)) not in ("Cn", "Co")]
    chance.shuffle(points)
    return ["".join(map(chr, points[at : at + 100])) for at in range(0, len(points), 100)]


def test_every_character_beside_any_other():
    some = everything(random.Random(11), 0x110000)
    a_block_is_what_each_text_is_by_itself(some)
    alone, _ = folding._folds()
    a_block_is_what_each_text_is_by_itself(["".join(letter for letter in one if alone[ord(letter)]) for one in some])
    assert (alone > 0).sum() > 0.85 * sum(map(len, some))


def test_no_character_that_joins_what_stands_before_it_folds_by_itself():
    joining = set()
    for point in range(0x80, 0x110000):
        pair = unicodedata.decomposition(chr(point)).split()
        if len(pair) == 2 and "<" not in pair[0]:
            one, other = (chr(int(part, 16)) for part in pair)
            joining |= {other} if unicodedata.normalize("NFC", one + other) != one + other else set()
    assert len(joining) > 50
    assert not [hex(ord(letter)) for letter in joining if folding._stands_alone(letter)]


def test_a_character_that_only_seems_to_stand_alone_is_caught(monkeypatch):
    fresh = np.zeros(0x110000, dtype=np.uint64), np.zeros(0x110000, dtype=np.bool_)
    monkeypatch.setattr(folding, "_folds", lambda: fresh)
    monkeypatch.setattr(folding, "_stands_alone", lambda _: True)
    with pytest.raises(AssertionError):
        a_block_is_what_each_text_is_by_itself(["e\u0301", "q\u0327\u0316", "\u1100\u1161"])


@pytest.mark.parametrize("data", [b"\xff", b"a\xc3", b"\xc3A", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xe6\x9d", b"\xf0\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x91", b"> \xff\nA\xe9B"])
def test_bytes_that_are_no_text_are_replaced(data):
    """An array may have been made of a file that nobody has looked at."""
    whole = [b"First ", data, "é".encode()]
    ends = np.cumsum([0, *map(len, whole)]).astype(np.int32)
    array = pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(ends), pa.py_buffer(b"".join(whole))])
    own = b"A\xe9B" if data.startswith(b">") else data
    assert folded(array) == ["first", plain.fold(own.decode("utf-8", "replace")), "é"]


@pytest.mark.parametrize("sizes", [[1], [31, 32, 33], [0, 64, 1, 0, 65, 300], []])
def test_minima_are_the_smallest_products(sizes):
    chance = np.random.default_rng(5)
    values, starts = chance.integers(0, 2**64, sum(sizes), dtype=np.uint64), np.cumsum([0, *sizes])
    found = sketching.minima(Windows(values, starts), 7)
    for text, (start, stop) in enumerate(pairwise(starts)):
        for row, factor in enumerate(sketching._factors(7).tolist()):
            assert found[row, text] == min((value * factor % 2**32 for value in values[start:stop].tolist()), default=2**32 - 1)
