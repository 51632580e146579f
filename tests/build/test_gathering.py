"""Rows come in the order asked for, whatever parts a table lies in: what Arrow gives, only sooner."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.build import gathering, gathering_loops
from threadcommons.build.gathering import in_order
from threadcommons.build.outputs import as_column

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
KINDS = pa.schema(
    [
        ("sure", pa.string()), ("text", pa.string()), ("number", pa.int64()), ("flag", pa.bool_()),
        ("lists", pa.list_(pa.string())), ("struct", pa.struct([("a", pa.string()), ("b", pa.int64())])),
    ]
)  # fmt: skip
words = st.text(max_size=4)
rows = st.fixed_dictionaries(
    {
        "sure": words, "text": st.none() | words, "number": st.none() | st.integers(-9, 9), "flag": st.none() | st.booleans(),
        "lists": st.none() | st.lists(words, max_size=2),
        "struct": st.none() | st.fixed_dictionaries({"a": st.none() | words, "b": st.integers(0, 9)}),
    }
)  # fmt: skip
#: Parts of a table: rows, and how many before them are cut off, so that what lies in memory is more than what counts.
parts = st.lists(st.tuples(st.lists(rows, max_size=6), st.integers(0, 2)), min_size=1, max_size=5)


def joined(some):
    return pa.concat_tables([pa.Table.from_pylist(part, schema=KINDS).slice(cut) for part, cut in some])


@pytest.fixture(autouse=True)
def any_number(monkeypatch):
    monkeypatch.setattr(gathering, "FEW", 0)


@thorough
@given(parts, st.data())
def test_rows_are_those_at_their_places_in_their_order(some, data):
    table = joined(some)
    last = table.num_rows - 1
    places = np.array(data.draw(st.lists(st.integers(0, last), max_size=12) if last >= 0 else st.just([])), dtype=np.int64)
    found = in_order(table, places)
    found.validate(full=True)
    assert found.schema == KINDS
    assert found.to_pylist() == table.take(as_column(places)).to_pylist()


def test_texts_are_not_brought_into_one_part_first(monkeypatch):
    called = []
    monkeypatch.setattr(gathering_loops, "letters", lambda *given: called.append(len(given[2])))
    table = pa.concat_tables([pa.table({"text": ["one", "two"]}), pa.table({"text": ["three"]})])
    in_order(table, np.array([2, 0]))
    assert called == [2]


def test_more_letters_than_one_part_may_have_are_left_to_arrow(monkeypatch):
    monkeypatch.setattr(gathering, "_MOST", 7)
    monkeypatch.setattr(gathering_loops, "letters", None)
    table = pa.concat_tables([pa.table({"text": ["one", "two"]}), pa.table({"text": ["three"]})])
    assert in_order(table, np.array([2, 0])).to_pylist() == [{"text": "three"}, {"text": "one"}]


@pytest.mark.parametrize("count", [9, 10])
def test_loops_are_loaded_for_many_rows_only(count, monkeypatch):
    monkeypatch.setattr(gathering, "FEW", 10)
    called = []
    monkeypatch.setattr(gathering_loops, "letters", lambda *given: called.append(len(given[2])))
    table = pa.concat_tables([pa.table({"text": ["one"] * 9}), pa.table({"text": ["two"] * 9})])
    in_order(table, np.arange(count))
    assert called == ([count] if count >= 10 else [])
