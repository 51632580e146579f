"""Where the schema files are, and how they are read."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from ..digest import digest_of, sha256

#: What comes in and what goes out, by name; each is `schema/<name>.schema.json` in the repository.
SCHEMAS = ("post", "pointer", "source", "recipe", "row", "conversation", "credit", "evidence", "ledger")


@cache
def schema_bytes(name: str) -> bytes:
    """The bytes of one schema file. In a wheel they lie in this package, in a checkout at its root."""
    packaged = files(__package__).joinpath("files", f"{name}.schema.json")
    if packaged.is_file():
        return packaged.read_bytes()
    return Path(__file__).parents[3].joinpath("schema", f"{name}.schema.json").read_bytes()


@cache
def schema(name: str) -> dict[str, Any]:
    """One schema as a dictionary; callers must not change it."""
    loaded: dict[str, Any] = orjson.loads(schema_bytes(name))
    return loaded


@cache
def schema_digest() -> str:
    """One digest over all schemas: what a release says it was built against."""
    return digest_of({name: sha256(schema_bytes(name)) for name in SCHEMAS})
