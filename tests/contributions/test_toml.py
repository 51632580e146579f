"""What is written is TOML and says what was meant."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from threadcommons.contributions.toml import block, literal, pair
from threadcommons.errors import BadUsage

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = texts | st.booleans() | st.integers(-(2**63), 2**63 - 1)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


@given(values)
@example(-(2**63))
@example(2**63 - 1)
def test_a_value_comes_back(value):
    assert tomllib.loads(f"x = {literal(value)}") == {"x": value}


@given(st.dictionaries(texts, scalars, max_size=4))
def test_a_table_comes_back(table):
    assert tomllib.loads(block("[t]", table)) == {"t": table}


@given(texts)
def test_nothing_hides_in_the_file(text):
    assert all(ch.isprintable() for ch in pair("key", text))


def test_what_can_be_seen_stays_as_people_write_it():
    assert pair("title", "Zuschrift für Änne 🍲") == 'title = "Zuschrift für Änne 🍲"'


@pytest.mark.parametrize("value", ["\ud800", 2**63, -(2**63) - 1, 1.5, None, b"bytes"])
def test_what_toml_cannot_hold_is_refused(value):
    with pytest.raises(BadUsage):
        literal(value)
