"""The guard at the door: a file whose rows lack their papers is not loaded.

What must be there is read from the footer where it counts nulls, from the column where it does not. Arrow is not asked
for what the footer says of a column: it ends the process where that does not fit together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from ..model import LICENSE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow.parquet as pq

    from ..sources.table_footer import Group

#: Schema of a table -> the columns without which a row of it has lost its papers.
PAPERS: Final[dict[str, tuple[str, ...]]] = {
    "row": ("license", "license_class", "license_basis", "release", "source_sha256", "row_sha256"),
    "conversation": ("licenses",),
    "credit": ("license", "notice"),
    "evidence": ("license",),
    "ledger": ("source", "file", "fate"),
}
#: Columns whose values are a closed list.
_CLOSED: Final = {
    "license_class": frozenset(LICENSE_CLASSES),
    "release": frozenset(("published", "withheld")),
}


def papers_missing(file: pq.ParquetFile, groups: Sequence[Group], table: str) -> str | None:
    """Why rows of `file` have lost their papers, in a few words, or None. Raises pyarrow errors.

    `groups` are the row groups that its footer tells of, each with as many chunks as the file has columns.
    """
    for name in PAPERS[table]:
        if name not in file.schema_arrow.names:
            return f"there is no column {name}"
        nulls, values = _looked_at(file, groups, name)
        if nulls:
            return f"{name} is null on {nulls} rows"
        if name in _CLOSED and not values <= _CLOSED[name]:
            return f"{name} has a value that is not known"
    return None


def _looked_at(file: pq.ParquetFile, groups: Sequence[Group], name: str) -> tuple[int, frozenset[Any]]:
    """Nulls of a column, and for one with a closed list its values."""
    leaves = [
        leaf for leaf in range(file.metadata.num_columns) if file.metadata.schema.column(leaf).path == name
    ]
    if leaves and name not in _CLOSED:
        counts = [group.chunks[leaves[0]].nulls for group in groups]
        if None not in counts:
            return sum(count or 0 for count in counts), frozenset()
    column = file.read(columns=[name])[name]
    values = frozenset(pc.unique(column).to_pylist()) if name in _CLOSED else frozenset()
    return column.null_count, values - {None}
