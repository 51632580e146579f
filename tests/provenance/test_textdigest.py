"""Digests of many texts at once are those that anybody takes of one."""

from hashlib import sha256

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.provenance import text_digests

thorough = settings(max_examples=200, deadline=None, database=None, derandomize=True)
texts = st.lists(st.none() | st.text(st.characters(codec="utf-8"), max_size=20), max_size=8)


@thorough
@given(texts, st.integers(0, 3))
def test_each_text_has_its_own_digest_and_none_where_there_is_no_text(some, skipped):
    column = pl.Series(some, dtype=pl.String)
    expected = [None if text is None else sha256(text.encode()).hexdigest() for text in some]
    assert text_digests(column).to_list() == expected
    assert text_digests(column.slice(skipped)).to_list() == expected[skipped:]
    assert text_digests(pl.concat([column, column], rechunk=False)).to_list() == expected * 2
