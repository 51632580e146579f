import pyarrow as pa
import pytest

from threadcommons.schema import SCHEMAS, arrow_schema, columns_of, schema
from threadcommons.schema.arrow import TIMESTAMP, _fields

#: The tables; the other schemas describe files that people write.
TABLES = ("post", "row", "conversation", "credit", "evidence", "ledger")

#: Columns of the row that may be null, as the design lists them; `title` is the author's words, as text is.
NULLABLE = {
    "native_id", "url", "parent_id", "quoted_id", "author", "title", "text", "gist", "lang", "created_at", "edited_at",
    "license_evidence", "rights_holder", "attribution", "retrieved_at", "generator",
}  # fmt: skip


def leaves(kind):
    """The scalar types inside a type."""
    if pa.types.is_struct(kind):
        return {leaf for field in kind for leaf in leaves(field.type)}
    return leaves(kind.value_type) if pa.types.is_list(kind) else {kind}


def object_of(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize("name", TABLES)
def test_only_types_that_every_reader_loads(name):
    declared = arrow_schema(name)
    found = set().union(*(leaves(field.type) for field in declared))
    assert found <= {pa.string(), pa.int64(), pa.bool_(), TIMESTAMP}
    assert declared.names == list(schema(name)["properties"])
    assert declared.metadata is None


def test_no_list_holds_lists():
    """Neither spelling of features nor the table contract goes deeper than a list of structs."""
    lists = [field.type for name in TABLES for field in arrow_schema(name) if pa.types.is_list(field.type)]
    assert lists
    assert not any(pa.types.is_list(kind.value_type) for kind in lists)


def test_nullable_columns_of_the_row_are_those_of_the_design():
    assert {field.name for field in arrow_schema("row") if field.nullable} == NULLABLE


def test_a_key_that_is_not_required_is_nullable():
    assert {field.name for field in arrow_schema("post") if not field.nullable} == {"kind", "markup", "text"}


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ({"type": "string"}, pa.string()),
        ({"type": ["string", "null"]}, pa.string()),
        ({"type": ["null", "integer"]}, pa.int64()),
        ({"type": "boolean"}, pa.bool_()),
        ({"type": "string", "format": "date-time"}, pa.timestamp("us", tz="UTC")),
        ({"type": "string", "format": "uri"}, pa.string()),
        ({"type": "array", "items": {"type": "string"}}, pa.list_(pa.field("element", pa.string()))),
        (object_of(x={"type": "integer"}), pa.struct([pa.field("x", pa.int64())])),
    ],
)
def test_a_type_of_json_schema_is_one_type_of_arrow(node, kind):
    (field,) = _fields(object_of(column=node))
    assert field.type == kind
    assert field.nullable == ("null" in node["type"])


def test_a_type_that_is_not_listed_is_no_type():
    with pytest.raises(KeyError):
        _fields(object_of(column={"type": "number"}))


def test_the_dictionary_tells_every_column():
    columns = columns_of("row")
    assert [column["name"] for column in columns] == arrow_schema("row").names
    assert {column["group"] for column in columns} == {
        "identity",
        "content",
        "licence",
        "provenance",
        "quality",
        "proof",
    }
    assert all(column["description"] for column in columns)
    by_name = {column["name"]: column for column in columns}
    assert by_name["created_at"]["type"] == "timestamp[us, UTC]"
    assert by_name["links"]["type"] == "list<string>"
    assert by_name["redactions"]["type"] == "list<struct<kind: string, start: int64, length: int64>>"
    assert by_name["release"]["values"] == ["published", "withheld"]
    assert by_name["license"]["property"] == "sc:license"
    assert by_name["text"]["nullable"] is True
    assert by_name["license"]["nullable"] is False


def test_a_new_column_is_one_entry():
    declared = schema("row")
    grown = {
        **declared,
        "properties": {**declared["properties"], "mood": {"type": ["string", "null"], "description": "."}},
    }
    names = [field.name for field in _fields(grown)]
    assert names == [*arrow_schema("row").names, "mood"]


def test_every_schema_is_a_table_or_a_file():
    assert set(SCHEMAS) - set(TABLES) == {"pointer", "source", "recipe"}
