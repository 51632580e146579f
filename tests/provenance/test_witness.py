"""A witness knows the very rows again, however they are parted, and takes no others for them."""

from itertools import pairwise

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.provenance import marks, witness
from threadcommons.schema import arrow_schema

thorough = settings(max_examples=200, deadline=None, database=None, derandomize=True)


def filler(kind, number):
    """A value of a type, another one for another number."""
    if pa.types.is_list(kind):
        return [filler(kind.value_type, number)]
    if pa.types.is_struct(kind):
        return {field.name: filler(field.type, number) for field in kind}
    if pa.types.is_boolean(kind):
        return bool(number % 2)
    return f"value {number}" if pa.types.is_string(kind) else number


SCHEMA = pa.schema([field.with_nullable(nullable=True) for field in arrow_schema("row")])


def rows(count=5, **changed):
    """Rows of which each column has its own values, as polars has them; `changed` are columns of the third row."""
    made = [{name: filler(SCHEMA.field(name).type, number) for name in SCHEMA.names} for number in range(count)]
    made[2] |= changed
    return pl.from_arrow(pa.Table.from_pylist(made, schema=SCHEMA))


def known(frame, *ends):
    """The witness of rows that are parted at `ends`."""
    bounds = [0, *ends, len(frame)]
    return witness(marks(frame.slice(start, stop - start)) for start, stop in pairwise(bounds))


def other_values(kind):
    """Values that differ from that of the third row, and from each other."""
    yield None
    yield filler(kind, 3)
    if pa.types.is_list(kind):
        yield from ([], [None], filler(kind, 2) * 2)
    elif pa.types.is_struct(kind):
        yield {**filler(kind, 2), kind[0].name: None}
    elif pa.types.is_string(kind):
        yield from ("", "value 2 ", "Value 2")


@pytest.mark.parametrize("name", SCHEMA.names)
def test_it_notices_any_other_value_in_any_column(name):
    seen = [known(rows()), *(known(rows(**{name: value})) for value in other_values(SCHEMA.field(name).type))]
    assert len(set(seen)) == len(seen)


def test_it_notices_values_that_changed_places_and_rows_too():
    text, title = "value 2", "another"
    assert known(rows(text=text, title=title)) != known(rows(text=title, title=text))
    assert known(rows()) != known(rows().reverse())
    assert known(rows()) != known(rows().head(4))


@thorough
@given(st.lists(st.integers(0, 5), max_size=4).map(sorted))
def test_it_is_the_same_however_the_rows_are_parted(ends):
    assert known(rows(), *ends) == known(rows())


def test_it_is_the_same_after_a_journey_through_arrow():
    whole = rows()
    again = pl.from_arrow(pa.concat_tables([whole.head(2).to_arrow(), whole.tail(3).to_arrow()]).cast(SCHEMA).combine_chunks())
    assert known(again) == known(whole)
