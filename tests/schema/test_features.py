"""What `datasets` reads from the schema key and from the front matter is what it would derive from the columns."""

import json

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.schema import arrow_schema, features_metadata, features_yaml, with_features

TABLES = ("row", "conversation", "credit", "evidence", "ledger")


def derived(name):
    """What the library makes of the bare Arrow schema, with no key of ours to read."""
    return datasets.Features.from_arrow_schema(arrow_schema(name))


@pytest.mark.parametrize("name", TABLES)
def test_the_schema_key_says_what_the_library_derives(name):
    assert arrow_schema(name).metadata is None
    read = datasets.Features.from_arrow_schema(with_features(arrow_schema(name)))
    assert read == derived(name)
    assert read.arrow_schema.types == derived(name).arrow_schema.types


@pytest.mark.parametrize("name", TABLES)
def test_the_schema_key_is_what_the_library_reads_and_not_only_agrees_with(name):
    """With another type in the key the library says something else, so the comparison above compares something."""
    declared = with_features(arrow_schema(name))
    key = json.loads(declared.metadata[b"huggingface"])
    features = datasets.Features.from_dict(key["info"]["features"])
    assert features == derived(name)
    first = arrow_schema(name).names[0]
    key["info"]["features"][first] = {"dtype": "int64", "_type": "Value"}
    assert datasets.Features.from_dict(key["info"]["features"]) != derived(name)


@pytest.mark.parametrize("name", TABLES)
def test_the_front_matter_says_the_same(name):
    declared = features_yaml(arrow_schema(name))
    assert [entry["name"] for entry in declared] == arrow_schema(name).names
    assert datasets.Features._from_yaml_list(declared) == derived(name)


@pytest.mark.parametrize("name", TABLES)
def test_the_spelling_is_the_old_one(name):
    """Libraries before 4.0 know `Sequence` and one-item lists, and no `List`; all later ones still read those."""

    def kinds(feature):
        if isinstance(feature, list):
            assert len(feature) == 1
            return {"[]"} | kinds(feature[0])
        if "_type" in feature:
            return {feature["_type"]} | (kinds(feature["feature"]) if "feature" in feature else set())
        return set().union(*map(kinds, feature.values()))

    found = kinds(features_metadata(arrow_schema(name))["info"]["features"])
    assert found <= {"Value", "Sequence", "[]"}
    if name == "row":
        assert found == {"Value", "Sequence", "[]"}
        assert "List" in str(derived(name).to_dict()), "the library itself would write the new spelling"


def test_no_other_metadata_and_the_columns_stay():
    declared = with_features(arrow_schema("row"))
    assert list(declared.metadata) == [b"huggingface"]
    assert declared.remove_metadata().equals(arrow_schema("row"))


def test_old_metadata_is_replaced():
    marked = arrow_schema("row").with_metadata({"build": "yesterday"})
    assert list(with_features(marked).metadata) == [b"huggingface"]


def test_a_file_read_by_the_library_has_these_features(tmp_path):
    declared = with_features(arrow_schema("ledger"))
    entry = {
        "source": "s",
        "file": "f",
        "offset": 0,
        "length": 1,
        "gap_framing": 0,
        "gap_blank": 0,
        "fate": "row",
        "id": "a:1",
    }
    pq.write_table(pa.Table.from_pylist([entry], schema=declared), tmp_path / "ledger.parquet")
    loaded = datasets.Dataset.from_parquet(str(tmp_path / "ledger.parquet"), cache_dir=str(tmp_path / "cache"))
    assert loaded.features == derived("ledger")
    assert loaded[0] == {**entry, "of": None, "code": None, "pointer": None, "detail": None}
