"""Arrow schemas derived from JSON Schemas: the only place where a column gets its type.

    string -> string      string with format date-time -> timestamp[us, UTC]
    integer -> int64      boolean -> bool
    array -> list         object -> struct

A type with "null" beside it is nullable. No other type occurs, so any reader of Parquet can load the result.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

from .declare import schema

TIMESTAMP = pa.timestamp("us", tz="UTC")

_SCALARS: dict[str, pa.DataType] = {"string": pa.string(), "integer": pa.int64(), "boolean": pa.bool_()}


@cache
def arrow_schema(name: str) -> pa.Schema:
    """The Arrow schema of the table that schema `name` describes, without metadata.

    A column is nullable when its type says so or when the key is not required.
    """
    return pa.schema(_fields(schema(name)))


def columns_of(name: str) -> list[dict[str, Any]]:
    """The column dictionary: name, group, type, nullability, meaning, vocabulary term and allowed values."""
    declared = schema(name)["properties"]
    return [
        {
            "name": field.name,
            "group": declared[field.name].get("x-group", ""),
            "type": _spelled(field.type),
            "nullable": field.nullable,
            "description": declared[field.name]["description"],
            "property": declared[field.name].get("x-property", ""),
            "values": [value for value in declared[field.name].get("enum", []) if value is not None],
        }
        for field in arrow_schema(name)
    ]


def _fields(node: dict[str, Any]) -> list[pa.Field]:
    required = set(node.get("required", ()))
    return [
        pa.field(key, _type(child), nullable=key not in required or "null" in _types(child))
        for key, child in node["properties"].items()
    ]


def _types(node: dict[str, Any]) -> list[str]:
    kinds = node["type"]
    return kinds if isinstance(kinds, list) else [kinds]


def _type(node: dict[str, Any]) -> pa.DataType:
    kind = next(kind for kind in _types(node) if kind != "null")
    if kind == "array":
        return pa.list_(pa.field("element", _type(node["items"])))
    if kind == "object":
        return pa.struct([field.with_nullable(nullable=True) for field in _fields(node)])
    if node.get("format") == "date-time":
        return TIMESTAMP
    return _SCALARS[kind]


def _spelled(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list<{_spelled(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ", ".join(f"{field.name}: {_spelled(field.type)}" for field in kind) + ">"
    return "timestamp[us, UTC]" if pa.types.is_timestamp(kind) else str(kind)
