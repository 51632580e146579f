"""All that a derived dataset shows around the rows that were found in it: licences, names, links, marks of change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .papers import plain_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .derived import Derived
    from .offered import Offered
    from .taken import Taken

#: What a mark of change says when there was none.
_UNCHANGED: Final = ("", "false", "no", "none", "0", "null", "nan")


@dataclass(frozen=True)
class Found:
    """A row of the release that was found, and what was seen around it.

    `holders` are the pieces with its text; what stands *beside* them are pieces without a text that point to the row,
    such as a table of credits.
    """

    id: str
    license: str
    #: Its creator in plain words, "" where the release knows none; its page, as it is and in plain words.
    creator: str
    url: str | None
    address: str
    #: Whether every holder lacks some of its words.
    changed: bool
    #: The licences that each holder states, and each piece beside them; some state none.
    stated: tuple[tuple[str, ...], ...]
    stated_beside: tuple[tuple[str, ...], ...]
    #: Everybody who is credited around it, in plain words.
    credited: str
    #: Whether its page is linked, whether anything points to it, and whether it is marked as changed.
    linked: bool
    pointed: bool
    told: bool
    #: Where it was found first: index of a file, and row in it.
    file: int
    line: int


def seen(offered: Offered, derived: Derived, taken: Taken) -> Iterator[Found]:
    """Every row that was found, in order of id."""
    around = _around(derived, taken).sort("row", "piece")
    rows = offered.rows.join(taken.rows, on="row").select("row", "id", "license", "creator", "url", "native_id")
    pointers = around.explode("pointers").select("row", "piece", key="pointers")
    linked = pointers.join(rows, left_on=["row", "key"], right_on=["row", "url"], how="semi")
    named = pointers.join(rows, left_on=["row", "key"], right_on=["row", "native_id"], how="semi")
    pointed = pl.concat([linked, named, pointers.join(taken.pointed, on=["row", "piece"], how="semi")])
    told = rows.join(around.group_by("row").agg(_gathered()), on="row").with_columns(
        linked=pl.col("row").is_in(linked["row"].unique().implode()),
        pointed=pl.col("row").is_in(pointed["row"].unique().implode()),
    )
    told = told.with_columns(
        creator=plain_all(told["creator"].fill_null("")),
        address=plain_all(told["url"].fill_null("")),
        credited=plain_all(told["credited"]),
    )
    for row in told.sort("id").drop("row", "native_id").iter_rows(named=True):
        yield _found(row)


def _around(derived: Derived, taken: Taken) -> pl.DataFrame:
    """Rows with the pieces that hold their texts (`holds`) and those beside them, and what these pieces say."""
    silent = derived.pieces.filter(pl.col("texts").list.len() == 0).select("piece")
    beside = taken.pointed.join(taken.rows, on="row", how="semi").join(silent, on="piece", how="semi")
    both = [
        taken.found.select("row", "piece", "changed", holds=pl.lit(value=True)),
        beside.select("row", "piece", changed=pl.lit(None, pl.Boolean), holds=pl.lit(value=False)),
    ]
    return pl.concat(both).join(derived.pieces.drop("texts"), on="piece")


def _gathered() -> list[pl.Expr]:
    """What is kept of all pieces around a row."""
    flat = {name: pl.col(name).explode(empty_as_null=False, keep_nulls=False) for name in ("credits", "changes")}
    return [
        pl.col("changed").all(),
        pl.col("licenses").filter("holds").alias("stated"),
        pl.col("licenses").filter(~pl.col("holds")).alias("stated_beside"),
        flat["credits"].unique().sort().str.join(" ; ").alias("credited"),
        (~flat["changes"].str.to_lowercase().is_in(_UNCHANGED)).any().alias("told"),
        pl.col("file").filter("holds").first(),
        pl.col("line").filter("holds").first(),
    ]


def _found(row: dict[str, Any]) -> Found:
    stated = {name: tuple(tuple(sorted({*some})) for some in row[name]) for name in ("stated", "stated_beside")}
    return Found(**{**row, **stated, "credited": f" {row['credited']} "})
