"""What the `datasets` library reads: features in the schema metadata and in the card's front matter.

Both are written in the spelling that loads on datasets 2.21 to 5.2 (a list of scalars is a `Sequence` in the
schema key, a list of structs a one-item list).
"""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa


def with_features(schema: pa.Schema) -> pa.Schema:
    """`schema` with the `huggingface` key that `datasets` looks for, and nothing else in its metadata."""
    return schema.with_metadata({"huggingface": orjson.dumps(features_metadata(schema)).decode()})


def features_metadata(schema: pa.Schema) -> dict[str, Any]:
    """The value of the `huggingface` key: `{"info": {"features": {column: feature}}}`."""
    return {"info": {"features": {field.name: _feature(field.type) for field in schema}}}


def features_yaml(schema: pa.Schema) -> list[dict[str, Any]]:
    """The `features` list of the front matter's `dataset_info`."""
    return [{"name": field.name, **_yaml(field.type)} for field in schema]


def _dtype(kind: pa.DataType) -> str:
    return "timestamp[us, tz=UTC]" if pa.types.is_timestamp(kind) else str(kind)


def _feature(kind: pa.DataType) -> Any:
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        inner = _feature(kind.value_type)
        return [inner] if pa.types.is_struct(kind.value_type) else {"feature": inner, "_type": "Sequence"}
    return {"dtype": _dtype(kind), "_type": "Value"}


def _yaml(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_struct(kind):
        return {"struct": [{"name": field.name, **_yaml(field.type)} for field in kind]}
    if pa.types.is_list(kind):
        inner = kind.value_type
        if pa.types.is_struct(inner):
            return {"list": [{"name": field.name, **_yaml(field.type)} for field in inner]}
        return {"sequence": _dtype(inner)}
    return {"dtype": _dtype(kind)}
