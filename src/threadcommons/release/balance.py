"""Does the ledger balance?

Every byte of every export is in one record or one gap, every record has one fate, every row its entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..findings import Finding, Place, codes
from .alone import alone
from .rows import NAMED, examples, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]

_EXPORT: Final = ["source", "file"]
_PLACE: Final = [*_EXPORT, "offset"]

#: Fates that need a reason, and those that may have one; a row has none.
_REASONED: Final = ("quarantined", "excluded", "withdrawn")
_MAY_BE_REASONED: Final = ("withheld", "duplicate")


def ledger_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """What does not balance: within the ledger, against the exports, against the rows."""
    yield from _gaps(frames["spans"])
    yield from _exports(manifest, frames["fates"])
    yield from _rows(frames)
    yield from _stated(manifest, frames["exports"])
    yield from _duplicates(frames)
    yield from _reasons(frames["fates"])


def _gaps(spans: pl.DataFrame) -> Iterator[Finding]:
    """Each record begins where the one before ended and the gap between them is over."""
    ordered = spans.sort("source", "file", "offset")
    begin = pl.col("after").shift(1, fill_value=0).over(_EXPORT) + pl.col("gaps")
    broken = ordered.filter(begin != pl.col("offset"))
    for source, file, offset in broken.select("source", "file", "offset").head(NAMED).iter_rows():
        yield Finding(
            "release.ledger",
            Place(source, file, offset),
            "bytes before this record are lost or counted twice",
        )


def _exports(manifest: Manifest, fates: pl.DataFrame) -> Iterator[Finding]:
    """What the manifest states of each export is what its entries add up to."""
    grouped = fates.group_by(_EXPORT).agg(
        records=pl.col("records").sum(),
        record_bytes=pl.col("length").sum(),
        framing_bytes=pl.col("gap_framing").sum(),
        blank_bytes=pl.col("gap_blank").sum(),
        end=pl.col("end").max(),
    )
    entries = {(entry["source"], entry["file"]): {**entry, "fates": {}} for entry in grouped.iter_rows(named=True)}
    counted = fates.group_by(*_EXPORT, "fate").agg(pl.col("records").sum()).sort(*_EXPORT, "fate")
    for source, file, fate, count in counted.iter_rows():
        entries[source, file]["fates"][fate] = count
    stated = {(export["source"], export["file"]): export for export in manifest["exports"]}
    for source, file in sorted(set(entries) - set(stated)):
        yield Finding("release.ledger", Place(source, file), "the manifest states no such export")
    for (source, file), export in sorted(stated.items()):
        for says in _unbalanced(export, entries.get((source, file), {})):
            yield Finding("release.ledger", Place(source, file), says)


def _unbalanced(export: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    """Sentences on one export whose numbers do not add up."""
    tails = {"framing_bytes": export["tail_framing"], "blank_bytes": export["tail_blank"]}
    for name in ("records", "record_bytes", "framing_bytes", "blank_bytes"):
        counted = entry.get(name, 0) + tails.get(name, 0)
        if counted != export[name]:
            yield f"{name}: the manifest says {export[name]}, the ledger adds up to {counted}"
    if entry.get("end", 0) + sum(tails.values()) != export["bytes"]:
        yield f"the ledger ends at byte {entry.get('end', 0) + sum(tails.values())} of {export['bytes']}"
    fates = entry.get("fates", {})
    if fates != export["fates"]:
        yield f"fates: the manifest says {export['fates']}, the ledger {fates}"


def _rows(frames: Frames) -> Iterator[Finding]:
    """Each entry that became a row has exactly one row, and each row its entry; both name the same export."""
    lonely = alone(frames["rows"], frames["entries"])
    for odd, says in zip(lonely, ("rows without an entry", "entries without their row"), strict=True):
        if len(odd):
            yield Finding("release.ledger", _first(odd, *_EXPORT), f"{len(odd)} {says}: {named(ids_of(odd))}")
    ids = frames["posts"]["id"]
    if ids.n_unique() != len(ids):
        twice = ids.filter(ids.is_duplicated()).unique(maintain_order=True)
        says = f"{len(twice)} ids stand on more than one row: {named(twice)}"
        yield Finding("release.ledger", Place(), says)


def _stated(manifest: Manifest, exports: pl.DataFrame) -> Iterator[Finding]:
    """Each row is of an export that the manifest states."""
    sums = pl.DataFrame(
        [(export["source"], export["file"], export["sha256"]) for export in manifest["exports"]],
        schema={"source": pl.String, "source_file": pl.String, "source_sha256": pl.String},
        orient="row",
    )
    strange = exports.join(sums, on=sums.columns, how="anti")
    if len(strange):
        says = f"{strange['rows'].sum()} rows name an export that is not stated: {examples(strange)}"
        yield Finding("release.ledger", Place(), says)


def _first(odd: pl.DataFrame, *columns: str) -> Place:
    """The place of the first row, as far as it is known: a quick look does not know it."""
    return Place(*(odd[name][0] for name in columns if name in odd.columns))


def _duplicates(frames: Frames) -> Iterator[Finding]:
    """A duplicate stands behind a row that there is, and that row lists it."""
    again, fates = frames["again"], frames["fates"]
    lost = again.join(frames["posts"].select(of="id"), on="of", how="anti", maintain_order="left")
    if len(lost):
        yield Finding("release.ledger", _first(lost, *_PLACE), f"{len(lost)} duplicates stand behind no row")
    stray = fates.filter((pl.col("fate") != "duplicate") & pl.col("behind")).sort(_PLACE)
    if len(stray):
        yield Finding("release.ledger", _first(stray, *_PLACE), "only a duplicate stands behind another row")
    for odd in alone(frames["merged"], frames["told"].unique()):
        if len(odd):
            says = f"merged_from and the ledger differ on {len(odd)} duplicates: {named(ids_of(odd))}"
            yield Finding("release.ledger", Place(), says)


def _reasons(fates: pl.DataFrame) -> Iterator[Finding]:
    """What was left out has a code that there is; what was kept has none."""
    fate, code = pl.col("fate"), pl.col("code")
    right = (
        pl.when(code.is_null())
        .then(~fate.is_in(_REASONED))
        .otherwise(fate.is_in([*_REASONED, *_MAY_BE_REASONED]) & code.is_in(list(codes())))
    )
    broken = fates.filter(~right.fill_null(value=False)).sort(_PLACE)
    if len(broken):
        says = f"{broken['records'].sum()} records have a code that does not go with their fate"
        yield Finding("release.ledger", _first(broken, *_PLACE), says)
