"""A row back to the bytes that it came from: cut again, derived anew, compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pyarrow as pa

from ..digest import sha256, sha256_file
from ..errors import NotFound
from ..files import shown
from ..model import Span
from ..provenance import row_digests
from ..provenance.rowdigest import PROOF
from ..schema import arrow_schema
from .opened import DAMAGE, open_release, pieces
from .replay import decided_by_all
from .tables import as_released

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .opened import Release

Row = dict[str, Any]
#: Where the value came from that a column was compared with: the record alone, or all rows of the release.
Origin = Literal["record", "release"]


class Derived(Protocol):
    """What a record says when it is read once more: its bytes where they are at hand, and the columns that it decides."""

    @property
    def record(self) -> bytes | None: ...  # noqa: D102
    @property
    def row(self) -> Row | None: ...  # noqa: D102


class Derive(Protocol):
    """Reads one record of an export again and makes its row anew; `export` is a file to use in place of the package's."""

    def __call__(
        self, root: Path, source: str, file: str, offset: int, length: int, export: Path | None = None
    ) -> Derived: ...  # noqa: D102


@dataclass(frozen=True)
class Compared:
    """One column: where the value came from that it was compared with, and whether the two are the same."""

    origin: Origin
    same: bool


@dataclass(frozen=True)
class Trace:
    """A row and what became of deriving it again.

    `record` holds the bytes of the record, or None when the export is not at hand (`needs` says what would be); it is kept out of
    everything printed. `columns` is empty when the record could not be derived.
    """

    row_id: str
    source: str
    file: str
    export_sha256: str
    span: Span
    published: bool
    record: bytes | None = field(repr=False)
    columns: Mapping[str, Compared]
    needs: str = ""

    @property
    def record_sha256(self) -> str | None:
        """Digest of the record's bytes."""
        return None if self.record is None else sha256(self.record)

    @property
    def differing(self) -> tuple[str, ...]:
        """Names of the columns that differ, in their order."""
        return tuple(name for name, compared in self.columns.items() if not compared.same)

    @property
    def same(self) -> bool:
        """Whether the bytes were seen and every column is what they say."""
        return self.record is not None and bool(self.columns) and not self.differing

    @property
    def verdict(self) -> Literal["same", "differs", "not at hand"]:
        """`not at hand`: without the export only what its pointer says could be compared."""
        if self.differing:
            return "differs"
        return "same" if self.same else "not at hand"

    def as_dict(self) -> dict[str, Any]:
        """For machines: where the row is from, what was compared, and the record as text if its text is published."""
        printable = self.record is not None and self.published
        return {
            "id": self.row_id,
            "source": self.source,
            "file": self.file,
            "export_sha256": self.export_sha256,
            "offset": self.span.offset,
            "length": self.span.length,
            "record_sha256": self.record_sha256,
            "verdict": self.verdict,
            "columns": {name: {"from": one.origin, "same": one.same} for name, one in self.columns.items()},
            **({"needs": self.needs} if self.needs else {}),
            **({"record": (self.record or b"").decode("utf-8", "backslashreplace")} if printable else {}),
        }


def trace(
    release: Path,
    row_id: str,
    *,
    root: Path | None = None,
    export: Path | None = None,
    derive: Derive | None = None,
) -> Trace:
    """Follow the row `row_id` back to its record, derive it again and compare column by column.

    The export is looked for below `root` (a dataset package), or is the file `export`; either must have the digest that the
    row names. `derive` makes the row anew; it needs `root`. Without `derive` or `root` only the bytes are cut.

    Raises NotFound when there is no such row, or when the export given is another file; BadRelease for a release that
    cannot be read.
    """
    opened = open_release(release)
    row = _row(opened, row_id)
    span = Span(row["source_offset"], row["source_length"])
    found = _export(row, root, export)
    record = _cut(found, span) if found else None
    needs = "" if found else _needs(opened, row)
    derived = (
        derive(root, row["source"], row["source_file"], span.offset, span.length, found)
        if derive and root
        else None
    )
    columns = _compared(opened, row, derived.row) if derived and derived.row else {}
    published = row["release"] == "published"
    return Trace(
        row_id,
        row["source"],
        row["source_file"],
        row["source_sha256"],
        span,
        published,
        record,
        columns,
        needs,
    )


def _row(release: Release, row_id: str) -> Row:
    """The row of that id, as published. Its file is found by the ids alone."""
    for file in release.files_of("posts"):
        try:
            for number, ids in enumerate(pieces(release.path / file["path"], ["id"])):
                at = ids["id"].index(row_id).as_py()
                if at >= 0:
                    whole = list(pieces(release.path / file["path"]))[number].slice(at, 1)
                    return dict(as_released(whole, private=release.manifest["private"]).to_pylist()[0])
        except DAMAGE:
            continue
    raise NotFound(
        f"no row has the id {shown(row_id)}",
        where=release.path.name,
        hint="threadcommons why says what became of a record",
    )


def _export(row: Row, root: Path | None, export: Path | None) -> Path | None:
    """The file that the row came from, if it is at hand. A file that was named must be it."""
    here = root / "raw" / row["source"] / row["source_file"] if root else None
    for path in (export, here):
        if path is None or not path.is_file():
            continue
        if (digest := sha256_file(path)) == row["source_sha256"]:
            return path
        if path is export:
            raise NotFound(
                f"the row did not come from this file: its sha256 is {digest}",
                where=shown(path.name),
                hint=f"bring {shown(row['source_file'])} with sha256 {row['source_sha256']}",
            )
    return None


def _cut(export: Path, span: Span) -> bytes:
    with export.open("rb") as stream:
        stream.seek(span.offset)
        return stream.read(span.length)


def _needs(release: Release, row: Row) -> str:
    size = {(entry["source"], entry["file"]): entry["bytes"] for entry in release.manifest["exports"]}
    bytes_ = size.get((row["source"], row["source_file"]), "?")
    return (
        f"the export is not here: {shown(row['source'])}/{shown(row['source_file'])} of {bytes_} bytes"
        f" with sha256 {row['source_sha256']}; whoever holds it can name it as the export"
    )


def _compared(release: Release, row: Row, derived: Row) -> dict[str, Compared]:
    """Each column with the value derived from the record, or from all rows where one record cannot know it."""
    schema = arrow_schema("row")
    whole = decided_by_all(release, row, derived)
    expected = {name: whole.get(name, derived.get(name)) for name in schema.names}
    digest = row_digests(pa.Table.from_pylist([{**expected, PROOF: ""}], schema=schema))[0].as_py()
    compared = {**expected, PROOF: digest}
    return {
        name: Compared("release" if name in whole or name == PROOF else "record", row[name] == compared[name])
        for name in schema.names
    }
