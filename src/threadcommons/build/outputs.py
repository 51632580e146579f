"""What tasks leave for others: the names of the files, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DRAFTS: Final = "drafts.arrow"
RECORDS: Final = "records.arrow"
SKETCHES: Final = "sketches.arrow"


def open_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Some columns of an Arrow file of a task, in the order asked for; all by default.

    They are read, not mapped: a mapped page counts as memory of the process as long as the map is there, and whoever
    goes through all files would have all of them. As long as any column is there, so is all that was read with it; see
    `alone`.
    """
    with pa.OSFile(str(path)) as file:
        names = pa.ipc.open_file(file).schema.names
        wanted = names if columns is None else list(columns)
        options = pa.ipc.IpcReadOptions(included_fields=[names.index(name) for name in wanted])
        return pa.ipc.open_file(file, options=options).read_all().select(wanted)


def alone(table: pa.Table) -> pa.Table:
    """The same rows in memory of their own: nothing that was read with them is kept."""
    return table.take(pl.int_range(table.num_rows, eager=True).to_arrow())
