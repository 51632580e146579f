"""Parquet whose bytes are a function of the rows: the only code that writes data files.

What could make the bytes differ is fixed here: input chunks are combined per row group, row groups are cut by
row count, every option is explicit, the schema is declared, never inferred. Rows must arrive in their final
order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ..digest import sha256_file
from ..schema import with_features

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "data_page_version": "1.0",
    "write_statistics": True,
    "write_page_index": True,
    "write_page_checksum": True,
    "use_dictionary": True,
    "use_content_defined_chunking": True,
    "store_schema": True,
}


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
    table: pa.Table, path: Path, *, schema: pa.Schema, row_group: int, sorted_by: Sequence[str] = ()
) -> Part:
    """Write `table`, whose rows stand in their final order, to `path`.

    Columns are brought into the order of `schema`. Raises pyarrow errors when a value does not fit the
    schema, and ValueError for no rows: an empty Parquet
    file breaks those who load it.
    """
    if table.num_rows == 0:
        raise ValueError("a file without rows is never written")
    declared = with_features(schema)
    table = table.select(schema.names).cast(schema).replace_schema_metadata(declared.metadata)
    _refuse_nulls(table, schema)
    order = [pq.SortingColumn(schema.get_field_index(name)) for name in sorted_by]
    with pq.ParquetWriter(path, declared, sorting_columns=order or None, **OPTIONS) as writer:
        for start in range(0, table.num_rows, row_group):
            writer.write_table(table.slice(start, row_group).combine_chunks(), row_group_size=row_group)
    return Part(table.num_rows, path.stat().st_size, sha256_file(path), _loaded_bytes(path))


def _loaded_bytes(path: Path) -> int:
    """Bytes that the rows take when they are loaded again, row group by row group.

    What the table took while it was written depends on how it came to be: on its chunks, on bitmaps without a null.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        return sum(file.read_row_group(number).nbytes for number in range(file.num_row_groups))


def _refuse_nulls(table: pa.Table, schema: pa.Schema) -> None:
    """A column that must be filled is filled; pyarrow itself only notices in some cases."""
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise pa.ArrowInvalid(f"column {field.name} must not be null")
