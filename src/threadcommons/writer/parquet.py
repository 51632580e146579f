"""Parquet whose bytes are a function of the rows: the only code that writes data files.

What could make the bytes differ is fixed here: input chunks are combined per row group, row groups are cut by
row count, every option is explicit, the schema is declared, never inferred. Rows must arrive in their final
order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ..digest import sha256_file
from ..schema import with_features
from .sizes import loaded_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "version": "2.6",
    "data_page_version": "1.0",
    "write_statistics": True,
    "write_page_index": True,
    "write_page_checksum": True,
    "use_content_defined_chunking": True,
    "store_schema": True,
}

#: Columns, also within lists and structs, of which by their nature few rows say the same. A dictionary of all that they
#: say, and a thorough search for stretches that come again, take time and make the file larger: half of a digest's
#: letters are saved by their being sixteen, what comes again in a title or the id of a conversation is found beside it,
#: and what else is found costs more to point at than to repeat.
_UNLIKE: Final = frozenset({
    "id", "native_id", "parent_id", "conversation_id", "of", "title", "url", "source_url", "attribution", "notice",
    "text_sha256", "row_sha256", "source_offset", "offset",
})  # fmt: skip
#: How thoroughly zstd searches.
_LEVEL: Final = 3
_LEVEL_UNLIKE: Final = 1


@dataclass(frozen=True)
class Part:
    """One file written.

    Its size and digest, its rows, and how many bytes they take when loaded (what `datasets` counts).
    """

    rows: int
    bytes: int
    sha256: str
    num_bytes: int


def write_canonical(
    tables: Iterable[pa.Table], path: Path, *, schema: pa.Schema, row_group: int, sorted_by: Sequence[str] = ()
) -> Part:
    """Write `tables` one after another, whose rows stand in their final order, to `path`.

    All but the last have a multiple of `row_group` rows, so the file does not depend on how many there are. Columns are
    brought into the order of `schema`. Raises pyarrow errors when a value does not fit the schema, and ValueError for
    nulls where none may be, for no rows, because an empty Parquet file breaks those who load it, and for tables that
    end within a row group. After an error there is no file.
    """
    try:
        rows, num_bytes = _write(tables, path, schema, row_group, sorted_by)
    except BaseException:  # an interrupt too leaves no file
        path.unlink(missing_ok=True)
        raise
    return Part(rows, path.stat().st_size, sha256_file(path), num_bytes)


def _write(
    tables: Iterable[pa.Table], path: Path, schema: pa.Schema, row_group: int, sorted_by: Sequence[str]
) -> tuple[int, int]:
    """Write the file; gives how many rows it has, and how many bytes they take when loaded."""
    declared, rows, num_bytes = with_features(schema), 0, 0
    order = [pq.SortingColumn(schema.get_field_index(name)) for name in sorted_by]
    with pq.ParquetWriter(path, declared, sorting_columns=order or None, **OPTIONS, **packing(schema)) as writer:
        # By `map`, which holds nothing that it handed on: a table is gone before the next one is made.
        for some, loaded in map(partial(_append, writer, schema=schema, row_group=row_group), tables):
            if rows % row_group:
                raise ValueError("the table before ended within a row group")
            rows, num_bytes = rows + some, num_bytes + loaded
    if rows == 0:
        raise ValueError("a file without rows is never written")
    return rows, num_bytes


def _append(writer: pq.ParquetWriter, table: pa.Table, *, schema: pa.Schema, row_group: int) -> tuple[int, int]:
    """Write a table; gives how many rows it has, and how many bytes they take when loaded."""
    # Who casts a column with nulls, or writes one that came of a dictionary, is refused where none may be.
    fitted = table.select(schema.names).cast(schema).replace_schema_metadata(with_features(schema).metadata)
    num_bytes = 0
    for start in range(0, fitted.num_rows, row_group):
        group = fitted.slice(start, row_group).combine_chunks()
        writer.write_table(group, row_group_size=row_group)
        num_bytes += loaded_bytes(group)
    return fitted.num_rows, num_bytes


def packing(schema: pa.Schema) -> dict[str, Any]:
    """How each column is packed, as options of pyarrow's writer, which knows columns by the paths of their leaves."""
    leaves = {path: name in _UNLIKE for field in schema for path, name in _leaves(field, field.name)}
    return {
        "use_dictionary": [path for path, unlike in leaves.items() if not unlike],
        "compression_level": {path: _LEVEL_UNLIKE if unlike else _LEVEL for path, unlike in leaves.items()},
    }


def _leaves(field: pa.Field, path: str) -> Iterator[tuple[str, str]]:
    """Path and name of each column of plain values that a field comes to; an item of a list has the list's name."""
    if pa.types.is_struct(field.type):
        for member in field.type:
            yield from _leaves(member, f"{path}.{member.name}")
    elif pa.types.is_list(field.type):
        yield from _leaves(field.type.value_field.with_name(field.name), f"{path}.list.element")
    else:
        yield path, field.name
