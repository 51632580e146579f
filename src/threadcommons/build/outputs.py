"""What tasks leave for others: the names of the files, and how they are read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

DRAFTS: Final = "drafts.arrow"
RECORDS: Final = "records.arrow"
SKETCHES: Final = "sketches.arrow"


def taken(path: Path, columns: Sequence[str] | None = None, rows: pa.Array | None = None) -> pa.Table:
    """Some columns and rows of an Arrow file of a task, in the order asked for; all by default.

    They are copied out of the mapped file, and the map is gone: a page that was touched counts as memory of the process
    as long as its map is there, and whoever goes through all files would have all of them.
    """
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
        wanted = table if columns is None else table.select(list(columns))
        return wanted.take(pl.int_range(table.num_rows, eager=True).to_arrow() if rows is None else rows)


def as_column(values: NDArray[Any]) -> pa.Array:
    """Numbers as Arrow has them, where they lie. Arrow would load pandas first, to ask whether they are of its kind."""
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def ordered(tasks: NDArray[Any], drafts: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The order in which drafts lie in the files of their tasks, and where each of them stands in it."""
    order = np.lexsort((drafts, tasks))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return order, back


def stretches(tasks: NDArray[Any]) -> Iterator[tuple[int, slice]]:
    """Each task, and where its rows stand among rows that are in order of their tasks."""
    begins = np.flatnonzero(np.concatenate([[True], tasks[1:] != tasks[:-1]])[: len(tasks)]).tolist()
    return ((int(tasks[start]), slice(start, stop)) for start, stop in pairwise([*begins, len(tasks)]))
