"""Where letters lie is told the same for a column of polars and for the one of Arrow that it came of."""

from itertools import pairwise

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons import texts
from threadcommons.texts import Texts, buffers_of, texts_in, texts_of

thorough = settings(max_examples=200, deadline=None, database=None, derandomize=True)
words = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=20), max_size=8)


def told(buffers):
    letters, ends = buffers
    return [letters[start:stop].tobytes().decode() for start, stop in pairwise(ends)]


@thorough
@given(words, st.integers(0, 3), st.sampled_from([pa.string(), pa.large_string()]))
def test_letters_are_those_of_the_texts_from_wherever_they_are_taken(some, skipped, kind):
    stored = pa.chunked_array([some], kind).slice(skipped)
    column = pl.Series(stored)
    expected = [text or "" for text in some[skipped:]]
    assert told(Texts(column).buffers) == expected
    assert told(Texts(column, stored).buffers) == expected
    if None not in some:
        assert told(buffers_of(column)) == told(texts_in(stored.chunk(0))) == expected


def test_a_null_is_an_empty_text_whatever_lies_behind_it():
    hidden = pl.DataFrame({"a": ["one", "a secret that is long enough to lie apart"]}).select(pl.when(pl.col("a") == "one").then("a"))
    array = pa.array(["one", "gone"])
    behind = pa.Array.from_buffers(pa.string(), 2, [pa.py_buffer(b"\x01"), *array.buffers()[1:]])
    for column in (hidden.to_series(), pl.Series(behind)):
        assert told(Texts(column, pa.chunked_array([behind])).buffers) == ["one", ""]


@pytest.mark.parametrize("parts", [1, 2])
def test_a_column_of_one_part_is_not_turned_over_and_no_column_twice(parts, monkeypatch):
    asked, right = [], texts.buffers_of
    monkeypatch.setattr(texts, "buffers_of", lambda column: asked.append(column) or right(column))
    stored = pa.chunked_array([["one", "two"]] * parts)
    some = Texts(pl.Series(stored), stored)
    assert told(some.buffers) == told(some.buffers) == ["one", "two"] * parts
    assert len(asked) == parts - 1


@pytest.mark.parametrize("stored", [None, pa.chunked_array([["one"]])])
def test_all_loops_get_the_same_kind_of_arrays(stored):
    made = np.frombuffer(bytearray(b"one"), dtype=np.uint8)
    array = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(np.array([0, 3], np.int32)), pa.py_buffer(made)])
    for some in (stored, pa.chunked_array([array])):
        letters, ends = Texts(pl.Series(["one"]), some).buffers
        assert (letters.dtype, ends.dtype) == (np.uint8, np.int64)
        assert not letters.flags.writeable
        assert not ends.flags.writeable


def test_either_is_taken():
    column = pl.Series(["one"])
    some = Texts(column)
    assert texts_of(some) is some
    assert texts_of(column).column is column
    assert len(some) == 1
