"""Rows of a table that lies in many parts, in another order.

Arrow brings a column into one part before it takes rows from it, so letters are copied twice, and once more where what
it reserved for them was too little. Here they go from where they lie to where they are wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .outputs import as_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .numbers import Numbers

#: From how many rows on the loops are faster than what it takes to load them.
FEW: Final = 1_000
#: Bytes of an offset, and the largest of them.
_OFFSET: Final = 4
_MOST: Final = (1 << 31) - 1


def in_order(table: pa.Table, places: Numbers) -> pa.Table:
    """The rows at some places of a table, in their order. All columns lie in the same parts.

    Raises IndexError where a place is none of the table.
    """
    rows = as_column(places)
    in_one = table.column(0).num_chunks <= 1
    if in_one or len(places) < max(FEW, 1):
        return table.take(rows)
    if places.min() < 0 or places.max() >= table.num_rows:
        raise IndexError("there is no such row")
    ends = np.cumsum([len(part) for part in table.column(0).chunks])
    parts = np.searchsorted(ends, places, side="right")
    within = places - np.concatenate([[0], ends])[parts]
    columns = [
        _texts(column, rows, parts, within) if pa.types.is_string(column.type) else column.take(rows)
        for column in table.columns
    ]
    return pa.table(columns, table.schema)


def compile_all() -> None:
    """Compile the loops. They are kept, so that the next process need not."""
    parts = pa.chunked_array([["a"], ["b"]])
    _texts(parts, pa.array([1, 0]), np.array([1, 0]), np.array([0, 0]))


def _texts(column: pa.ChunkedArray, rows: pa.Array, parts: Numbers, within: Numbers) -> pa.Array | pa.ChunkedArray:
    """The same of a column of text; `parts` and `within` say in which part each row is and where in it."""
    from . import gathering_loops  # compiled code, which only many rows are worth

    offsets, letters = _addresses(column.chunks)
    sizes = np.empty(len(rows) + 1, dtype=np.int64)
    gathering_loops.sizes(offsets, parts, within, sizes)
    ends = np.cumsum(sizes)
    if ends[-1] > _MOST:
        return column.take(rows)
    found = pa.allocate_buffer(int(ends[-1]))
    gathering_loops.letters(offsets, letters, parts, within, ends, np.uint64(found.address))
    there = pc.is_valid(column).take(rows).combine_chunks().buffers()[1] if column.null_count else None
    return pa.Array.from_buffers(column.type, len(rows), [there, pa.py_buffer(ends.astype(np.int32)), found])


def _addresses(parts: Sequence[pa.Array]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Where in memory the offsets of each part begin, and its letters. A part without any has no place for them."""
    held = [(part.offset, *part.buffers()[1:]) for part in parts]
    offsets = [ends.address + _OFFSET * offset if ends is not None else 0 for offset, ends, _ in held]
    letters = [data.address if data is not None else 0 for *_, data in held]
    return np.array(offsets, dtype=np.uint64), np.array(letters, dtype=np.uint64)
