"""A row digest can be recomputed by anyone: fifty lines of plain Python, written from the description alone, agree."""

import hashlib
from datetime import UTC, datetime, timedelta

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.provenance import ENCODING, encode_rows, row_digests, rows_digest, spelt_rows
from threadcommons.schema import arrow_schema

thorough = settings(max_examples=150, deadline=None, database=None, derandomize=True)

# -- the independent implementation ------------------------------------------------------------------------------


def netstring(text):
    data = text.encode()
    return b"%d:%s," % (len(data), data)


def encoded(value, kind):
    """A value as the description spells it; `kind` is "text", "whole", "truth", "time", [kind] or {name: kind}."""
    if value is None:
        return b"-"
    if isinstance(kind, list):
        return b"%d[" % len(value) + b"".join(encoded(item, kind[0]) for item in value) + b"]"
    if isinstance(kind, dict):
        return b"{" + b"".join(encoded(value[name], inner) for name, inner in kind.items()) + b"}"
    if kind == "time":
        return netstring(str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)))
    if kind == "truth":
        return netstring("true" if value else "false")
    return netstring(str(value))


def digest(row, kinds):
    columns = b"".join(encoded(row[name], kind) for name, kind in kinds.items() if name != "row_sha256")
    return hashlib.sha256(b"threadcommons-row/1\n" + columns).hexdigest()


# -- rows of every type ------------------------------------------------------------------------------------------

KINDS = {
    "id": "text",
    "count": "whole",
    "open": "truth",
    "at": "time",
    "links": ["text"],
    "numbers": ["whole"],
    "labels": [{"name": "text", "value": "text", "sure": "truth", "times": ["time"]}],
    "generator": {"model": "text", "runs": "whole", "parts": [{"name": "text"}]},
    "deep": [["text"]],
    "row_sha256": "text",
}
ARROW = {"text": pa.string(), "whole": pa.int64(), "truth": pa.bool_(), "time": pa.timestamp("us", "UTC")}


def arrow(kind):
    if isinstance(kind, list):
        return pa.list_(arrow(kind[0]))
    if isinstance(kind, dict):
        return pa.struct([pa.field(name, arrow(inner)) for name, inner in kind.items()])
    return ARROW[kind]


SCHEMA = pa.schema([pa.field(name, arrow(kind)) for name, kind in KINDS.items()])
VALUES = {
    "text": st.one_of(st.text(max_size=20), st.sampled_from(["", "-", "0:,", "]", "\0", "🏳️‍🌈", "\U0010ffff", "a\u0301", "1:a,"])),
    "whole": st.integers(-(2**63), 2**63 - 1),
    "truth": st.booleans(),
    "time": st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  (the zone follows)
}


def values(kind):
    if isinstance(kind, list):
        whole = st.lists(values(kind[0]), max_size=3)
    elif isinstance(kind, dict):
        whole = st.fixed_dictionaries({name: values(inner) for name, inner in kind.items()})
    else:
        whole = VALUES[kind]
    return st.one_of(st.none(), whole)


@thorough
@given(st.lists(values(KINDS).filter(bool), max_size=4))
def test_the_columnar_digests_are_those_of_the_plain_implementation(rows):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    assert row_digests(table).to_pylist() == [digest(row, KINDS) for row in rows]


def kind_of(type_):
    if pa.types.is_list(type_):
        return [kind_of(type_.value_type)]
    if pa.types.is_struct(type_):
        return {field.name: kind_of(field.type) for field in type_}
    return next(name for name, known in ARROW.items() if known == type_)


ROW_KINDS = {field.name: kind_of(field.type) for field in arrow_schema("row")}


@settings(thorough, max_examples=40)
@given(st.lists(values(ROW_KINDS).filter(bool), min_size=1, max_size=2))
def test_so_are_those_of_rows_as_they_are_published(rows):
    table = pa.Table.from_pylist(rows, schema=pa.schema([field.with_nullable(nullable=True) for field in arrow_schema("row")]))
    assert row_digests(table).to_pylist() == [digest(row, ROW_KINDS) for row in rows]


LISTED = pa.list_(pa.string())


# -- the compiled way --------------------------------------------------------------------------------------------


def spelt(table):
    return [bytes(row).decode() for row in spelt_rows(table)]


@thorough
@given(st.lists(values(KINDS).filter(bool), max_size=6))
def test_compiled_loops_spell_rows_as_the_columns_do(rows):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    assert spelt(table) == encode_rows(table).to_list()


@settings(thorough, max_examples=40)
@given(st.lists(values(ROW_KINDS).filter(bool), min_size=2, max_size=3), st.integers(0, 2))
def test_also_rows_as_they_are_published_and_those_of_a_slice(rows, first):
    schema = pa.schema([field.with_nullable(nullable=True) for field in arrow_schema("row")])
    table = pa.Table.from_pylist(rows, schema=schema).slice(first)
    assert spelt(table) == encode_rows(table).to_list()


def test_many_rows_are_spelt_block_by_block_and_digested_the_same_way():
    numbers = [0, 9, 10, -1, -10, 2**63 - 1, -(2**63), None]
    texts = ["", "é" * 9, "x" * 10, None, "y" * 12_345, "z" * 99, "z" * 100]
    columns = {
        "id": [str(index) for index in range(5_000)],
        "number": [numbers[index % len(numbers)] for index in range(5_000)],
        "text": [texts[index % len(texts)] for index in range(5_000)],
        "list": [[], None, ["a", None], [""]] * 1_250,
    }
    table = pa.table(columns, schema=pa.schema([("id", pa.string()), ("number", pa.int64()), ("text", pa.string()), ("list", LISTED)]))
    alone = [encode_rows(table.slice(index, 1)).item() for index in range(60)]
    assert spelt(table)[:60] == alone
    assert spelt(table) == encode_rows(table).to_list()
    assert row_digests(table).to_pylist() == [hashlib.sha256(row.encode()).hexdigest() for row in encode_rows(table)]


def test_the_encoding_is_the_one_that_is_written_down():
    schema = pa.schema([("id", pa.string()), ("n", pa.int64()), ("links", pa.list_(pa.string())), ("row_sha256", pa.string())])
    table = pa.table([["é"], [-5], [["a", None]], ["whatever"]], schema=schema)
    assert encode_rows(table).to_list() == ["threadcommons-row/1\n2:é,2:-5,2[1:a,-]"]
    assert ENCODING == "threadcommons-row/1"


# -- what changes a digest, and what does not --------------------------------------------------------------------


def table_of(*texts, kind=None):
    return pa.table({"id": pa.array(texts, kind or pa.string())})


def test_the_proof_itself_does_not_count_and_everything_else_does():
    plain = row_digests(table_of("a"))
    assert row_digests(table_of("a").append_column("row_sha256", pa.array(["x"]))) == plain
    assert row_digests(table_of("a").append_column("other", pa.array(["x"]))) != plain
    assert row_digests(table_of("b")) != plain


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (pa.string(), None, ""),
        (LISTED, None, []),
        (LISTED, [], [None]),
        (LISTED, [None], [""]),
        (LISTED, ["-"], [None]),
        (LISTED, ["ab"], ["a", "b"]),
        (LISTED, ["a", ""], ["", "a"]),
    ],
)
def test_values_that_look_alike_have_different_digests(kind, one, other):
    first, second = (pa.table({"c": pa.array([value], kind)}) for value in (one, other))
    assert row_digests(first) != row_digests(second)


def test_text_cannot_move_from_one_column_into_the_next():
    split = [pa.table({"a": [left], "b": ["abc"[len(left) :]]}) for left in ("", "a", "ab", "abc")]
    assert len({row_digests(table)[0].as_py() for table in split}) == len(split)


def test_arrows_ways_of_holding_the_same_value_do_not_count():
    texts = ["a", "b", "a", "🍲"]
    plain = row_digests(table_of(*texts)).to_pylist()
    chunked = pa.concat_tables([table_of("a"), table_of("b", "a"), table_of("🍲")])
    for same in (table_of(*texts, kind=pa.large_string()), table_of(*texts, kind=pa.string_view()), chunked):
        assert row_digests(same).to_pylist() == plain
    dictionary = pa.table({"id": pa.array(texts).dictionary_encode()})
    assert row_digests(dictionary.cast(table_of().schema)).to_pylist() == plain


def test_no_rows_have_no_digests():
    assert row_digests(table_of()).to_pylist() == []
    assert isinstance(encode_rows(table_of()), pl.Series)


def test_the_digest_over_rows_depends_on_each_and_on_their_order():
    digests = row_digests(table_of("a", "b", "c")).to_pylist()
    assert rows_digest(digests) == hashlib.sha256("".join(digests).encode()).hexdigest()
    assert len({rows_digest(digests), rows_digest(digests[:2]), rows_digest(digests[::-1])}) == 3
