"""One writer, one spelling: the bytes of a data file are a function of its rows and of nothing else."""

import hashlib
import json
import os
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.schema import arrow_schema, with_features
from threadcommons.writer import parquet, write_canonical

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("count", pa.int64(), nullable=False),
        pa.field("at", pa.timestamp("us", "UTC")),
        pa.field("links", pa.list_(pa.field("element", pa.string())), nullable=False),
        pa.field("labels", pa.list_(pa.field("element", pa.struct([("name", pa.string()), ("value", pa.string())]))), nullable=False),
    ]
)
ROW_GROUP = 100


def rows(count=350):
    """Rows with nulls, repeats, long texts, empty lists and characters beyond the basic plane."""
    return pa.Table.from_pylist(
        [
            {
                "id": f"p{number:05d}",
                "text": None if number % 7 == 0 else ("🍲 soup " * (number % 40)) + str(number % 5),
                "count": number % 3,
                "at": None if number % 11 == 0 else datetime(2024, 1, 1, 0, number % 60, tzinfo=UTC),
                "links": [f"https://example.org/{number % 4}"] * (number % 3),
                "labels": [{"name": "stance", "value": "for" if number % 2 else "against"}] * (number % 2),
            }
            for number in range(count)
        ],
        schema=SCHEMA,
    )


def written(table, folder, **changes):
    """Write a table; the bytes of the file."""
    path = folder / "part.parquet"
    options = {"schema": SCHEMA, "row_group": ROW_GROUP, "sorted_by": ("id",)} | changes
    part = write_canonical([table], path, **options)
    data = path.read_bytes()
    assert (part.rows, part.bytes, part.sha256) == (table.num_rows, len(data), hashlib.sha256(data).hexdigest())
    return data


def chunked(table, sizes):
    """The same rows in pieces of the given sizes, the last size again and again."""
    pieces, at, sizes = [], 0, list(sizes)
    while at < table.num_rows:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        pieces.append(table.slice(at, size))
        at += size
    return pa.concat_tables(pieces)


@pytest.fixture(scope="module")
def table():
    return rows()


@pytest.fixture(scope="module")
def canonical(table, tmp_path_factory):
    return written(table, tmp_path_factory.mktemp("canonical"))


# -- the same rows, the same bytes -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 99, 100, 101, 1_000])
def test_chunks_of_the_input_do_not_show(table, canonical, size, tmp_path):
    assert written(chunked(table, [size]), tmp_path) == canonical


@settings(max_examples=25, deadline=None, database=None, derandomize=True)
@given(sizes=st.lists(st.integers(1, 120), min_size=1, max_size=30))
def test_neither_does_any_other_way_to_cut_it(table, canonical, tmp_path_factory, sizes):
    assert written(chunked(table, sizes), tmp_path_factory.mktemp("cut")) == canonical


@pytest.mark.parametrize("sizes", [[100, 200, 50], [300, 50], [100], [350]])
def test_neither_does_the_number_of_tables(table, canonical, tmp_path, sizes):
    path, ends = tmp_path / "part.parquet", np.cumsum(sizes).tolist()
    some = [table.slice(end - size, size) for size, end in zip(sizes, ends, strict=True)]
    part = write_canonical(iter(some), path, schema=SCHEMA, row_group=ROW_GROUP, sorted_by=("id",))
    whole = canonical if sum(sizes) == table.num_rows else written(table.slice(0, sum(sizes)), tmp_path)
    assert (path.read_bytes(), part.rows) == (whole, sum(sizes))


def changed(table, name, column):
    return table.set_column(table.schema.get_field_index(name), name, column)


SPELLINGS = {
    "dictionary": lambda table: changed(table, "text", table["text"].dictionary_encode()),
    "large_string": lambda table: changed(table, "text", table["text"].cast(pa.large_string())),
    "string_view": lambda table: changed(table, "text", table["text"].cast(pa.string_view())),
    "large_list": lambda table: changed(table, "links", table["links"].cast(pa.large_list(pa.large_string()))),
    "narrow integers": lambda table: changed(table, "count", table["count"].cast(pa.int8())),
    "seconds": lambda table: changed(table, "at", table["at"].cast(pa.timestamp("s", "UTC"))),
    "another order of columns": lambda table: table.select(sorted(table.column_names)),
    "columns too many": lambda table: table.append_column("scratch", pa.nulls(table.num_rows)),
    "metadata": lambda table: table.replace_schema_metadata({"pandas": "{}", "made_by": "somebody"}),
    "a slice": lambda table: pa.concat_tables([table.slice(0, 3), table]).slice(3),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_arrows_other_spellings_of_the_same_rows_do_not_show(table, canonical, spell, tmp_path):
    assert written(spell(table), tmp_path) == canonical


def test_validity_bitmaps_without_nulls_do_not_show(tmp_path):
    plain = rows(50).filter(pa.array([number % 7 != 0 for number in range(50)]))
    bare = pa.array(plain["text"].to_pylist(), pa.string())
    assert bare.buffers()[0] is None
    filled = pa.array([*plain["text"].to_pylist(), None], pa.string()).slice(0, plain.num_rows)
    assert filled.buffers()[0] is not None
    assert written(changed(plain, "text", filled), tmp_path) == written(changed(plain, "text", bare), tmp_path)


def test_a_writer_that_does_not_join_chunks_is_caught(table, canonical, tmp_path):
    """The broken twin: everything as in `write_canonical`, but the chunks are written as they arrive."""
    found = set()
    for number, size in enumerate((1, 7, 350)):
        path = tmp_path / f"{number}.parquet"
        order = [pq.SortingColumn(0)]
        with pq.ParquetWriter(path, with_features(SCHEMA), sorting_columns=order, **parquet.OPTIONS, **parquet.packing(SCHEMA)) as writer:
            for batch in chunked(table, [size]).to_batches():
                writer.write_batch(batch)
        found.add(path.read_bytes())
    assert len(found) == 3
    assert canonical not in found


@pytest.mark.parametrize("option", ["write_page_checksum", "data_page_version", "write_page_index"])
def test_every_option_shows_so_none_may_be_left_to_chance(table, canonical, option, tmp_path, monkeypatch):
    others = {"data_page_version": "2.0"}
    monkeypatch.setitem(parquet.OPTIONS, option, others.get(option, False))
    assert written(table, tmp_path) != canonical


@pytest.mark.parametrize(("name", "other"), [("_LEVEL", 1), ("_LEVEL_UNLIKE", 9), ("_UNLIKE", frozenset())])
def test_how_columns_are_packed_shows_as_well(table, canonical, name, other, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, name, other)
    assert written(table, tmp_path) != canonical


def test_columns_are_packed_as_in_earlier_releases():
    assert parquet.packing(SCHEMA) == {
        "use_dictionary": ["text", "count", "at", "links.list.element", "labels.list.element.name", "labels.list.element.value"],
        "compression_level": {
            "id": 1, "text": 3, "count": 3, "at": 3, "links.list.element": 3,
            "labels.list.element.name": 3, "labels.list.element.value": 3,
        },
    }  # fmt: skip


def test_only_columns_whose_values_come_again_have_a_dictionary(file):
    group = file.metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    unlike = [column.path_in_schema for column in columns if not column.has_dictionary_page]
    assert unlike == ["id"]


@pytest.mark.parametrize("name", ["row", "conversation", "credit", "ledger", "evidence"])
def test_every_column_is_packed_as_it_is_declared(name, tmp_path):
    schema = arrow_schema(name)
    pq.write_table(schema.empty_table(), tmp_path / "none.parquet")
    leaves = pq.ParquetFile(tmp_path / "none.parquet").schema
    packed = parquet.packing(schema)
    paths = [leaves.column(number).path for number in range(len(leaves))]
    assert list(packed["compression_level"]) == paths
    assert set(packed["use_dictionary"]) == {path for path, level in packed["compression_level"].items() if level == parquet._LEVEL}


def test_what_is_declared_unlike_is_a_column_somewhere():
    names = {
        path.rsplit(".list.element", 1)[0].rsplit(".", 1)[-1] if path.endswith("element") else path.rsplit(".", 1)[-1]
        for name in ("row", "conversation", "credit", "ledger", "evidence")
        for path in parquet.packing(arrow_schema(name))["compression_level"]
    }
    assert names >= parquet._UNLIKE


# -- what stands in the file -------------------------------------------------------------------------------------


@pytest.fixture
def file(canonical):
    return pq.ParquetFile(pa.BufferReader(canonical))


def test_the_rows_come_back(table, file):
    assert file.read().replace_schema_metadata(None).equals(table)


def test_the_schema_is_the_declared_one_and_carries_one_key(file):
    assert file.schema_arrow.remove_metadata().equals(SCHEMA)
    assert "large_" not in str(file.schema_arrow)
    assert list(file.schema_arrow.metadata) == [b"huggingface"]
    features = json.loads(file.schema_arrow.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == SCHEMA.names
    assert {key for key in file.metadata.metadata if key != b"ARROW:schema"} == {b"huggingface"}


def test_row_groups_have_the_size_that_was_asked_for(file):
    sizes = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    assert sizes == [100, 100, 100, 50]


def test_the_order_of_rows_is_stated(file, table, tmp_path):
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    assert all(group.sorting_columns == (pq.SortingColumn(0),) for group in groups)
    two = pq.ParquetFile(pa.BufferReader(written(table, tmp_path, sorted_by=("count", "id"))))
    assert two.metadata.row_group(0).sorting_columns == (pq.SortingColumn(2), pq.SortingColumn(0))
    none = pq.ParquetFile(pa.BufferReader(written(table, tmp_path, sorted_by=())))
    assert none.metadata.row_group(0).sorting_columns == ()


def test_pages_are_compressed_indexed_and_have_statistics(file):
    group = file.metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    assert all(column.has_column_index and column.has_offset_index for column in columns)
    assert columns[0].statistics.min == "p00000"
    assert columns[0].statistics.max == "p00099"


def reads_the_same(data, table):
    """Whether a reader that looks at page checksums gets the right rows from damaged bytes, None when it refuses them."""
    try:
        found = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read()
        return found.replace_schema_metadata(None).equals(table)
    except (OSError, pa.ArrowException, UnicodeDecodeError):
        return None


def pages(file, data):
    """All byte offsets that lie in pages."""
    spans = []
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        for index in range(group.num_columns):
            column = group.column(index)
            begin = column.dictionary_page_offset or column.data_page_offset
            spans.append((begin, begin + column.total_compressed_size))
    return np.concatenate([np.arange(*span) for span in spans])


def test_damage_to_any_page_is_seen_by_readers_that_look(table, file, canonical):
    chance = np.random.default_rng(20240501)
    wrong = 0
    for offset in chance.choice(pages(file, canonical), 200, replace=False).tolist():
        damaged = bytearray(canonical)
        damaged[offset] ^= 1 << int(chance.integers(8))
        wrong += reads_the_same(bytes(damaged), table) is False
    assert wrong == 0


def test_without_checksums_damage_would_go_unseen(table, tmp_path, monkeypatch):
    """The broken twin of the test above: it has to find wrong rows here, or it finds nothing anywhere."""
    monkeypatch.setitem(parquet.OPTIONS, "write_page_checksum", False)
    data = written(table, tmp_path)
    chance = np.random.default_rng(20240501)
    wrong = 0
    for offset in chance.choice(pages(pq.ParquetFile(pa.BufferReader(data)), data), 200, replace=False).tolist():
        damaged = bytearray(data)
        damaged[offset] ^= 1 << int(chance.integers(8))
        wrong += reads_the_same(bytes(damaged), table) is False
    assert wrong > 20


# -- refusals ----------------------------------------------------------------------------------------------------


def test_no_rows_are_no_file(tmp_path):
    with pytest.raises(ValueError, match="without rows"):
        written(rows(0), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sizes", [[99, 1], [101, 100], [100, 50, 100]])
def test_tables_that_end_within_a_row_group_are_refused(table, tmp_path, sizes):
    some = [table.slice(0, size) for size in sizes]
    with pytest.raises(ValueError, match="within a row group"):
        write_canonical(some, tmp_path / "part.parquet", schema=SCHEMA, row_group=ROW_GROUP)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["id", "count", "links", "labels"])
def test_a_null_in_a_table_that_promises_none_is_refused(table, name, tmp_path):
    column = pa.concat_arrays([pa.nulls(1, SCHEMA.field(name).type), table[name].slice(1).combine_chunks()])
    columns = [column if field.name == name else table[field.name] for field in SCHEMA]
    with pytest.raises(ValueError, match=name):
        written(pa.Table.from_arrays(columns, schema=SCHEMA), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["id", "count", "links", "labels"])
def test_a_null_where_none_may_be_is_refused(table, name, tmp_path):
    column = pa.concat_arrays([pa.nulls(1, SCHEMA.field(name).type), table[name].slice(1).combine_chunks()])
    with pytest.raises((pa.ArrowInvalid, ValueError), match=name):
        written(changed(table, name, column), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_null_that_hides_in_a_dictionary_is_refused(table, tmp_path):
    hidden = pa.DictionaryArray.from_arrays(pa.array([1] + [0] * (table.num_rows - 1)), pa.array(["a", None]))
    assert hidden.null_count == 0
    with pytest.raises(ValueError, match="id"):
        written(changed(table, "id", hidden), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_does_not_fit_is_refused_and_never_bent(table, tmp_path):
    words = changed(table, "count", pa.array(["many"] * table.num_rows))
    fractions = changed(table, "count", pa.array([0.5] * table.num_rows))
    finer = changed(table, "at", pa.array([1] * table.num_rows, pa.timestamp("ns", "UTC")))
    for misfit in (words, fractions, finer):
        with pytest.raises(pa.ArrowInvalid):
            written(misfit, tmp_path)
    with pytest.raises(KeyError):
        written(table.drop_columns(["text"]), tmp_path)


# -- other people's readers --------------------------------------------------------------------------------------


def test_datasets_opens_it_with_the_declared_features(table, tmp_path):
    import datasets  # slow to import, and only needed here

    written(table, tmp_path)
    opened = datasets.load_dataset(
        "parquet", data_files={"train": str(tmp_path / "part.parquet")}, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert opened.num_rows == table.num_rows
    assert opened.column_names == SCHEMA.names
    assert opened[8]["text"] == table["text"][8].as_py()
    assert opened[1]["labels"] == [{"name": "stance", "value": "for"}]


def loaded_bytes(folder):
    """What `datasets` counts for the file."""
    import datasets  # slow to import, and only needed here

    file, cache = str(folder / "part.parquet"), str(folder / "cache")
    return datasets.load_dataset("parquet", data_files={"train": file}, split="train", cache_dir=cache).info.splits["train"].num_bytes


def test_the_stated_bytes_are_what_datasets_counts_however_the_table_came(table, tmp_path):
    sizes = set()
    for some in (table, chunked(table, [1]), chunked(table, [99, 3]), SPELLINGS["large_string"](table), SPELLINGS["a slice"](table)):
        part = write_canonical([some], tmp_path / "part.parquet", schema=SCHEMA, row_group=ROW_GROUP)
        sizes.add(part.num_bytes)
    assert sizes == {loaded_bytes(tmp_path)}


@pytest.mark.parametrize("name", ["row", "conversation", "credit", "ledger", "evidence"])
def test_every_table_of_a_release_can_be_written(name, tmp_path):
    schema = arrow_schema(name)
    row = {field.name: example(field.type) for field in schema}
    table = pa.Table.from_pylist([row] * 3, schema=schema)
    part = write_canonical([table], tmp_path / "part.parquet", schema=schema, row_group=2, sorted_by=(schema.names[0],))
    assert pq.read_table(tmp_path / "part.parquet").replace_schema_metadata(None).equals(table)
    assert part.num_bytes == loaded_bytes(tmp_path)


def example(kind):
    if pa.types.is_list(kind):
        return [example(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: example(field.type) for field in kind}
    return {pa.string(): "é", pa.int64(): 7, pa.bool_(): True}.get(kind, datetime(2024, 5, 6, tzinfo=UTC))
