"""Data files of a release, opened only when their footers hold together.

A release may come from a stranger. Asked for one column of one row group, Arrow ends the whole process where what the
footer says of that column does not fit together, which no caller can catch. So what has to be known of single columns
is taken from the footer as it is read here, and a file is used when both see the same pieces in it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import pyarrow.parquet as pq

from ..sources.table_footer import ENDS, FOOTER_BYTES, MAGIC, footer_of, row_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..sources.table_footer import Group

#: How many items a list in a footer may have.
_ITEMS: Final = 1_000_000


@contextmanager
def opened_file(source: Path | IO[bytes]) -> Iterator[tuple[pq.ParquetFile, list[Group]]]:
    """A data file whose pages are held against their checksums, and the row groups that its footer tells of.

    Raises ValueError, pyarrow errors and OSError for a file that is none, or whose footer contradicts itself.
    """
    groups, end = _told_by_path(source) if isinstance(source, Path) else _told(source)
    with pq.ParquetFile(
        source,
        thrift_string_size_limit=FOOTER_BYTES,
        thrift_container_size_limit=_ITEMS,
        page_checksum_verification=True,
    ) as file:
        _fits(file, groups, end)
        yield file, groups


def _told_by_path(path: Path) -> tuple[list[Group], int]:
    with path.open("rb") as stream:
        return _told(stream)


def _told(stream: IO[bytes]) -> tuple[list[Group], int]:
    """The row groups of a file, and where its footer begins. The stream stands at its beginning afterwards."""
    footer = footer_of(stream)
    stream.seek(0, os.SEEK_END)
    end = stream.tell() - ENDS - len(footer)
    stream.seek(0)
    return row_groups(footer), end


def _fits(file: pq.ParquetFile, groups: list[Group], end: int) -> None:
    """Hold what was read of a footer against what Arrow reads. Raises ValueError."""
    columns = file.metadata.num_columns
    if len(groups) != file.metadata.num_row_groups or sum(group.rows for group in groups) != file.metadata.num_rows:
        raise ValueError("the footer tells of other row groups than there are")
    if any(len(group.chunks) != columns for group in groups):
        raise ValueError("a row group lacks a column")
    # Columns of no row lie nowhere.
    chunks = (chunk for group in groups if group.rows for chunk in group.chunks)
    places = ((chunk.start, chunk.start + chunk.packed) for chunk in chunks)
    if not all(len(MAGIC) <= begin <= stop <= end for begin, stop in places):
        raise ValueError("a column lies outside of the file")
