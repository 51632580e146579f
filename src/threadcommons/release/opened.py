"""A release on disk, opened for asking: its manifest, and its tables piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..errors import BadRelease
from ..manifest import NAME, Manifest, parse_manifest
from ..sources.table_pages import TooLarge, most_in_a_row
from .footer import opened_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow.parquet as pq

    from ..sources.table_footer import Group

#: No row group is larger: viewers give up at 286 MiB decoded, and readers hold a whole one in memory.
ROWS_PER_GROUP: Final = 65_536
BYTES_PER_GROUP: Final = 256 * 1024 * 1024
#: How much of a file is held at a time, unless a single row group is more: rows, and bytes as the footer has them.
PIECE_ROWS: Final = 16_384
PIECE_BYTES: Final = 32 * 1024 * 1024

#: What pyarrow raises over a file that is not what it should be.
DAMAGE: Final = (OSError, pa.ArrowException, ValueError, KeyError, IndexError)


@dataclass(frozen=True)
class Release:
    """A release folder and the manifest in it."""

    path: Path
    manifest: Manifest

    def files_of(self, config: str) -> list[dict[str, Any]]:
        """The manifest's entries for the data files of a table: posts, conversations, credits, ledger, evidence."""
        return [file for file in self.manifest["files"] if file["config"] == config]

    def frame(self, config: str, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of a whole table, in order of file and row. Raises BadRelease for a damaged file."""
        read = [piece for file in self.files_of(config) for piece in self._pieces(file["path"], columns)]
        return (
            frame_of(pa.concat_tables(read)) if read else pl.DataFrame(schema=dict.fromkeys(columns, pl.Null))
        )

    def _pieces(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        try:
            yield from pieces(self.path / name, columns)
        except DAMAGE as error:
            raise BadRelease(
                "the file cannot be read", where=name, hint="threadcommons verify says more"
            ) from error


def open_release(path: Path) -> Release:
    """The release in folder `path`. Raises BadRelease when there is no manifest, or none that can be read."""
    place = path / NAME
    if not place.is_file():
        raise BadRelease(
            "there is no manifest.json here", where=path.name, hint="name the folder of a release"
        )
    return Release(path, manifest_from(place.read_bytes(), f"{path.name}/{NAME}"))


def manifest_from(data: bytes, where: str) -> Manifest:
    """The manifest that `data` spells. Raises BadRelease, also for what only a forger would write."""
    try:
        return parse_manifest(data, where)
    except (TypeError, RecursionError) as error:  # nested deeper than our writer ever would
        raise BadRelease(
            "the manifest cannot be spelt canonically", where=where, hint="get the release again"
        ) from error


def pieces(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A data file in pieces of whole row groups, each page checked against its checksum. Raises `DAMAGE`."""
    with opened_file(path) as (file, groups):
        yield from pieces_of(path, file, groups, columns)


def pieces_of(
    path: Path,
    file: pq.ParquetFile,
    groups: Sequence[Group],
    columns: Sequence[str] | None = None,
    *,
    own: bool = False,
) -> Iterator[pa.Table]:
    """The same of a data file that `opened_file` opened; `own` is one that this program wrote just now.

    What the rows of any other come to is not believed but found out, so that no more than a piece is ever in memory.
    """
    names = list(file.schema_arrow.names if columns is None else columns)
    widths = [0] * len(groups) if own else _widths(path, groups, names)
    stated = [file.metadata.row_group(number).total_byte_size for number in range(len(groups))]
    most = [group.rows * width / BYTES_PER_GROUP for group, width in zip(groups, widths, strict=True)]
    shares = [
        max(group.rows / PIECE_ROWS, size / PIECE_BYTES, share)
        for group, size, share in zip(groups, stated, most, strict=True)
    ]
    for bundle in _bundles(shares):
        if max(most[number] for number in bundle) <= 1:
            piece = file.read_row_groups(bundle, columns=names)
        else:
            piece = _watched(file, bundle[0], names, max(1, BYTES_PER_GROUP // widths[bundle[0]]))
        piece.validate(full=True)
        yield piece
        del piece  # before the next one is read


def _widths(path: Path, groups: Sequence[Group], names: Sequence[str]) -> list[int]:
    """The most bytes that a row of each group can come to. Raises ValueError for pages that make no sense."""
    with pa.memory_map(str(path)) as mapped:
        data = memoryview(mapped.read_buffer()).cast("B")
        return [most_in_a_row(data, group, names) for group in groups]


def _watched(file: pq.ParquetFile, group: int, names: list[str], at_once: int) -> pa.Table:
    """A row group whose values may come to more than is allowed, some rows at a time. Raises TooLarge if they do."""
    batches, held = [], 0
    for batch in file.iter_batches(batch_size=at_once, row_groups=[group], columns=names):
        held += batch.nbytes
        if held > BYTES_PER_GROUP:
            raise TooLarge(f"a row group comes to more than {BYTES_PER_GROUP} bytes")
        batches.append(batch)
    return pa.Table.from_batches(batches)


def _bundles(shares: Sequence[float]) -> Iterator[list[int]]:
    """Numbers of row groups, together as long as their shares of a piece add up to less than one."""
    bundle: list[int] = []
    held = 0.0
    for number, share in enumerate(shares):
        if bundle and held + share > 1:
            yield bundle
            bundle, held = [], 0.0
        bundle.append(number)
        held += share
    if bundle:
        yield bundle


def frame_of(table: pa.Table) -> pl.DataFrame:
    """An Arrow table as a frame."""
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
