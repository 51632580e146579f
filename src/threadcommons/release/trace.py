"""A row back to the bytes that it came from: cut again, derived anew, compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pyarrow as pa

from ..archives import INNER
from ..digest import sha256, sha256_file
from ..errors import NotFound
from ..files import shown
from ..model import Span
from ..privacy import PREFIX
from ..provenance import row_digests
from ..provenance.rowdigest import PROOF
from ..schema import arrow_schema
from ..sources import open_export
from .beside import export_at
from .opened import DAMAGE, open_release, pieces
from .replay import decided_by_all
from .tables import as_released

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..model import Export
    from .opened import Release
    from .rejoin import Again

Row = dict[str, Any]
Origin = Literal["record", "release"]
Verdict = Literal["same", "differs", "not at hand"]


class Derived(Protocol):
    """What a record says when it is read once more."""

    @property
    def record(self) -> bytes | None:
        """Its bytes, where they are at hand."""

    @property
    def row(self) -> Row | None:
        """The columns that it decides, or None when it is no post."""


class Derive(Protocol):
    """Reads one record of an export of a dataset package again and makes its row anew."""

    def __call__(
        self, root: Path, source: str, file: str, offset: int, length: int, export: Path | None = None
    ) -> Derived:
        """`export` is a file to use in place of the one in the package. Raises NotFound."""


@dataclass(frozen=True)
class Compared:
    """One column: whether it is the same, and as what: as the record alone says, or as all rows say."""

    origin: Origin
    same: bool


@dataclass(frozen=True)
class Trace:
    """A row and what became of deriving it again.

    `record` holds the bytes of the record, or None when the export is not at hand; then `needs` says what
    would be. It is kept out of everything printed unless the text is `published` as it stands there. `columns` is empty
    when nothing was derived.
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
    #: Columns that could not be compared, and what would be needed.
    unknown: Mapping[str, str] = field(default_factory=dict)

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
    def verdict(self) -> Verdict:
        """`not at hand`: at most what a pointer says could be compared, and that was the same."""
        if self.differing:
            return "differs"
        return "same" if self.same else "not at hand"

    def as_dict(self) -> dict[str, Any]:
        """For machines: where the row is from, what was compared, and the record if its text is published."""
        printable = self.record if self.published else None
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
            **({"unknown": dict(self.unknown)} if self.unknown else {}),
            **({"record": printable.decode("utf-8", "backslashreplace")} if printable is not None else {}),
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

    The export is the one below `root` (a dataset package) or the file `export`; either must have the digest
    that the row names. `derive` makes the row anew and needs `root`; without either only the bytes are cut.

    Raises NotFound when there is no such row or when `export` is another file, and BadRelease for a release
    that cannot be read.
    """
    opened = open_release(release)
    row = _row(opened, row_id)
    span = Span(row["source_offset"], row["source_length"])
    found = _export(opened, row, root, export)
    again = _deriver(derive, root, row, found)
    # What the package stores and has no more says nothing; of what it never had a pointer may be there.
    silent = found is None and _entry(opened, row).get("stored", True)
    derived = None if silent else again(row["source"], row["source_file"], span.offset, span.length)
    unknown = _unknown(opened, row, derived)
    return Trace(
        row_id=row_id,
        source=row["source"],
        file=row["source_file"],
        export_sha256=row["source_sha256"],
        span=span,
        published=row["release"] == "published" and not row["redactions"],
        record=_cut(found, span) if found else None,
        columns=_compared(opened, row, derived, again, unknown) if derived else {},
        unknown=unknown,
        needs="" if found else _needs(opened, row),
    )


def _row(release: Release, row_id: str) -> Row:
    """The row of that id, as published. Ids are looked through first; only one piece is read whole."""
    for file in release.files_of("posts"):
        path = release.path / file["path"]
        try:
            for number, ids in enumerate(pieces(path, ["id"])):
                at = ids["id"].index(row_id).as_py()
                if at >= 0:
                    whole = list(pieces(path))[number].slice(at, 1)
                    row = as_released(whole) if release.manifest["private"] else whole
                    return dict(row.to_pylist()[0])
        except DAMAGE:
            continue
    hint = "threadcommons why says what became of a record"
    raise NotFound(f"no row has the id {shown(row_id)}", where=release.path.name, hint=hint)


def _export(release: Release, row: Row, root: Path | None, export: Path | None) -> Export | None:
    """The export that the row came from, if it is at hand. A file that was named must be it, or its container."""
    entry = _entry(release, row)
    if export is not None:
        digest = sha256_file(export)
        if digest not in (entry["sha256"], entry.get("container_sha256")):
            raise NotFound(
                f"the row did not come from this file: its sha256 is {digest}",
                where=shown(export.name),
                hint=f"bring {shown(row['source_file'])} with sha256 {row['source_sha256']}",
            )
        return export_at(entry, export, digest)
    if root is None:
        return None
    here = root / "raw" / row["source"] / row["source_file"].partition(INNER)[0]
    if not here.is_file() or (digest := sha256_file(here)) != entry.get("container_sha256", entry["sha256"]):
        return None
    return export_at(entry, here, digest)


def _entry(release: Release, row: Row) -> Mapping[str, Any]:
    return next(one for one in release.manifest["exports"] if _is_of(row, one))


def _is_of(row: Row, entry: Mapping[str, Any]) -> bool:
    return (entry["source"], entry["file"]) == (row["source"], row["source_file"])


def _deriver(derive: Derive | None, root: Path | None, row: Row, export: Export | None) -> Again:
    """Derives any record of the release again, as far as there is something to derive it with.

    The export at hand is the one of `row`; other rows must find theirs in the package.
    """

    def again(source: str, file: str, offset: int, length: int) -> Row | None:
        if derive is None or root is None:
            return None
        mine = (source, file) == (row["source"], row["source_file"])
        # A member that somebody took out of its container proves its bytes; what it says is asked of the container.
        whole = export is not None and (export.member is not None or INNER not in export.name)
        return derive(root, source, file, offset, length, export.path if mine and whole and export else None).row

    return again


def _cut(export: Export, span: Span) -> bytes:
    with open_export(export) as (data, _):
        return bytes(data[span.offset : span.stop])


def _needs(release: Release, row: Row) -> str:
    sizes = {(entry["source"], entry["file"]): entry["bytes"] for entry in release.manifest["exports"]}
    size = sizes.get((row["source"], row["source_file"]), "?")
    return (
        f"the export is not here: {shown(row['source'])}/{shown(row['source_file'])} of {size} bytes"
        f" with sha256 {row['source_sha256']}; whoever holds it can name it as the export"
    )


def _unknown(release: Release, row: Row, derived: Row | None) -> dict[str, str]:
    """A pseudonym can only be made again by who has the key."""
    asked = release.manifest["authors"]["policy"] == "pseudonym" and (row["author"] or "").startswith(PREFIX)
    if derived is None or derived["alias"] is not None or not asked:
        return {}
    return {"author": "the key of pseudonyms"}


def _compared(
    release: Release, row: Row, derived: Row, again: Again, unknown: Mapping[str, str]
) -> dict[str, Compared]:
    """Each column with the value derived from the record, or from all rows where no record can know it."""
    schema = arrow_schema("row")
    whole = decided_by_all(release, row, derived, again) | {name: row[name] for name in unknown}
    expected = {name: whole.get(name, derived.get(name)) for name in schema.names if name != PROOF}
    whole[PROOF] = row_digests(pa.Table.from_pylist([{**expected, PROOF: ""}], schema=schema))[0].as_py()
    compared = {**expected, **whole}
    return {
        name: Compared("release" if name in whole else "record", row[name] == compared[name])
        for name in schema.names
        if name not in unknown
    }
