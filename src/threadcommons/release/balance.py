"""Does the ledger balance?

Every byte of every export is in one record or one gap, every record has one fate, every row its entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..findings import Finding, Place, codes
from .alone import alone
from .rows import NAMED, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]

_EXPORT: Final = ["source", "file"]
_SPAN: Final = [*_EXPORT, "offset", "length", "id", "fate"]
_AFTER: Final = pl.col("offset") + pl.col("length")

#: Fates that need a reason, and those that may have one; a row has none.
_REASONED: Final = ("quarantined", "excluded", "withdrawn")
_MAY_BE_REASONED: Final = ("withheld", "duplicate")


def ledger_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """What does not balance: within the ledger, against the exports, against the rows."""
    ledger = frames["ledger"]
    yield from _gaps(ledger)
    yield from _exports(manifest, ledger)
    yield from _rows(manifest, frames["posts"], ledger)
    yield from _duplicates(frames["posts"], ledger)
    yield from _reasons(ledger)


def _gaps(ledger: pl.DataFrame) -> Iterator[Finding]:
    """Each record begins where the one before ended and the gap between them is over."""
    ordered = ledger.sort("source", "file", "offset")
    begin = _AFTER.shift(1, fill_value=0).over(_EXPORT) + pl.col("gap_framing") + pl.col("gap_blank")
    broken = ordered.filter(begin != pl.col("offset"))
    for source, file, offset in broken.select("source", "file", "offset").head(NAMED).iter_rows():
        yield Finding(
            "release.ledger",
            Place(source, file, offset),
            "bytes before this record are lost or counted twice",
        )


def _exports(manifest: Manifest, ledger: pl.DataFrame) -> Iterator[Finding]:
    """What the manifest states of each export is what its entries add up to."""
    grouped = ledger.group_by(_EXPORT).agg(
        records=pl.len(),
        record_bytes=pl.col("length").sum(),
        framing_bytes=pl.col("gap_framing").sum(),
        blank_bytes=pl.col("gap_blank").sum(),
        end=_AFTER.max(),
    )
    entries = {(entry["source"], entry["file"]): {**entry, "fates": {}} for entry in grouped.iter_rows(named=True)}
    for source, file, fate, count in ledger.group_by(*_EXPORT, "fate").len().sort(*_EXPORT, "fate").iter_rows():
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


def _rows(manifest: Manifest, posts: pl.DataFrame, ledger: pl.DataFrame) -> Iterator[Finding]:
    """Each entry that became a row has exactly one row, and each row its entry; both name the same export."""
    fate = pl.when(pl.col("release") == "published").then(pl.lit("row")).otherwise(pl.col("release"))
    rows = posts.select(
        "source", file="source_file", offset="source_offset", length="source_length", id="id", fate=fate
    )
    entries = ledger.filter(pl.col("fate").is_in(["row", "withheld"])).select(_SPAN)
    lonely = alone(rows.sort(_SPAN[:3]), entries.sort(_SPAN[:3]))
    for odd, says in zip(lonely, ("rows without an entry", "entries without their row"), strict=True):
        if len(odd):
            yield Finding(
                "release.ledger",
                Place(odd["source"][0], odd["file"][0]),
                f"{len(odd)} {says}: {named(odd['id'])}",
            )
    twice = posts.filter(pl.col("id").is_duplicated())["id"].unique(maintain_order=True)
    if len(twice):
        yield Finding(
            "release.ledger", Place(), f"{len(twice)} ids stand on more than one row: {named(twice)}"
        )
    sums = pl.DataFrame(
        [(export["source"], export["file"], export["sha256"]) for export in manifest["exports"]],
        schema={"source": pl.String, "source_file": pl.String, "source_sha256": pl.String},
        orient="row",
    )
    strange = posts.join(sums, on=sums.columns, how="anti")
    if len(strange):
        yield Finding(
            "release.ledger",
            Place(),
            f"{len(strange)} rows name an export that is not stated: {named(strange['id'])}",
        )


def _duplicates(posts: pl.DataFrame, ledger: pl.DataFrame) -> Iterator[Finding]:
    """A duplicate stands behind a row that there is, and that row lists it."""
    again = ledger.filter(pl.col("fate") == "duplicate")
    lost = again.filter(~pl.col("of").is_in(posts["id"].implode()).fill_null(value=False))
    if len(lost):
        yield Finding(
            "release.ledger",
            Place(lost["source"][0], lost["file"][0], lost["offset"][0]),
            f"{len(lost)} duplicates stand behind no row",
        )
    stray = ledger.filter((pl.col("fate") != "duplicate") & pl.col("of").is_not_null())
    if len(stray):
        yield Finding(
            "release.ledger",
            Place(stray["source"][0], stray["file"][0], stray["offset"][0]),
            "only a duplicate stands behind another row",
        )
    merged = _merged(posts)
    told = again.filter(pl.col("id") != pl.col("of")).select(id="of", other="id").unique()
    for odd in alone(merged.sort("id", "other"), told.sort("id", "other")):
        if len(odd):
            yield Finding(
                "release.ledger",
                Place(),
                f"merged_from and the ledger differ on {len(odd)} duplicates: {named(odd['id'])}",
            )


def _merged(posts: pl.DataFrame) -> pl.DataFrame:
    """Row and duplicate, one line for each that a row lists."""
    listed = posts.select("id", other="merged_from").filter(pl.col("other").list.len() > 0)
    return listed.explode("other")


def _reasons(ledger: pl.DataFrame) -> Iterator[Finding]:
    """What was left out has a code that there is; what was kept has none."""
    fate, code = pl.col("fate"), pl.col("code")
    right = (
        pl.when(code.is_null())
        .then(~fate.is_in(_REASONED))
        .otherwise(fate.is_in([*_REASONED, *_MAY_BE_REASONED]) & code.is_in(list(codes())))
    )
    broken = ledger.filter(~right.fill_null(value=False))
    if len(broken):
        place = Place(broken["source"][0], broken["file"][0], broken["offset"][0])
        says = f"{len(broken)} records have a code that does not go with their fate"
        yield Finding("release.ledger", place, says)
