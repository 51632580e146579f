"""How many bytes rows take once they are loaded again, which is what `datasets` counts.

What a table takes while it is written depends on how it came to be: on its chunks, on bitmaps in which nothing is
missing. What Arrow makes of a file does not, so it can be said without reading the file again.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

#: Bytes of the number that says where a text or list ends.
_END: Final = 4


def loaded_bytes(table: pa.Table) -> int:
    """Bytes of a table of text, booleans, whole numbers, timestamps, and structs and lists of these.

    As `nbytes` has them for a row group that was read from a Parquet file: the end of each text and list, all values,
    and a bit for each value that may be missing; for texts, lists and booleans only where one is.
    """
    return sum(_bytes(chunk, field) for field in table.schema for chunk in table[field.name].chunks)


def _bytes(values: pa.Array, field: pa.Field) -> int:
    """Bytes of an array. A struct has none of its own: what is missing with it is missing in its members."""
    kind, bits = field.type, _bits(len(values)) if field.nullable else 0
    missing = bits if values.null_count else 0
    if pa.types.is_struct(kind):
        return sum(_bytes(part, member) for part, member in zip(values.flatten(), kind, strict=True))
    if pa.types.is_list(kind):
        return _END * len(values) + missing + _bytes(values.flatten(), kind.value_field)
    if pa.types.is_string(kind):
        return _END * len(values) + missing + (pc.sum(pc.binary_length(values)).as_py() or 0)
    if pa.types.is_boolean(kind):
        return missing + _bits(len(values))
    return bits + len(values) * int(kind.bit_width) // 8


def _bits(count: int) -> int:
    """Whole bytes for so many bits."""
    return -(-count // 8)
