"""Credit for what a row took from others: lines that stand after the row's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from .. import licensing
from ..licensing.credits import LONGEST, MOST
from .meeting import PLACE, everybody, quoting
from .outputs import DRAFTS, as_column, ordered, stretches, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..engine import Receipt
    from .numbers import Names


def also(
    rows: pl.DataFrame,
    repeats: pl.DataFrame,
    names: Names,
    receipts: Sequence[Receipt],
    left_out: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The credit, `id` and `also`, of the repeats of `rows` and of the posts whose words they carry, where some is due.

    A post that is quoted may quote in turn, so the lines follow from quote to quote; also through those `left_out`.
    """
    posts = everybody(rows, left_out)
    # The first of two is what the post carries; what it says again besides is named as what it answers.
    carried = dict(reversed(quoting(posts).rows()))
    copies = repeats.filter("credit").select("id", *PLACE)
    concerned = pl.concat([pl.Series([*carried], dtype=rows.schema["id"]), copies["id"]]).unique()
    some = rows.select("id", "release", *PLACE).filter(pl.col("id").is_in(concerned.implode()))
    owing = some.filter(pl.col("release") == "published").drop("release")
    chains: dict[int, tuple[Any, ...]] = {id_: licensing.chain(id_, carried) for id_ in owing["id"] if id_ in carried}
    others = pl.Series(sorted({other for chain in chains.values() for other in chain}), dtype=rows.schema["id"])
    quoted = posts.select("id", *PLACE).filter(pl.col("id").is_in(others.implode()))
    lines = _lines(pl.concat([owing, quoted, copies]), receipts)
    owing = owing.select("id", own=lines[: len(owing)])
    quotes = dict(zip(quoted["id"], lines[len(owing) : len(owing) + len(quoted)], strict=True))
    credited = copies.select("id", line=lines[len(owing) + len(quoted) :])
    whole = owing.join(_copied(owing, credited), on="id", how="left", maintain_order="left")
    crowded = (pl.col("length") > LONGEST) | (pl.col("lines").list.len() > MOST)
    several = whole.filter(pl.col("id").is_in(list(chains)) | crowded)
    told = {
        id_: licensing.also(
            own, copies_ or (), [(named, quotes.get(other)) for other, named in _named(chains.get(id_, ()), names)]
        )
        for id_, own, copies_ in several.select("id", "own", "lines").iter_rows()
    }
    one_by_one = pl.DataFrame(
        {"id": list(told), "also": list(told.values())}, schema={"id": whole.schema["id"], "also": pl.String}
    )
    rest = whole.join(one_by_one, on="id", how="anti").select("id", also=pl.col("lines").list.join("; "))
    return pl.concat([one_by_one, rest]).drop_nulls()


def _copied(owing: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """The lines of the copies of each row that are not its own (`lines`), sorted, and their `length` in all.

    What `licensing.also` makes of them, where no more is to be told and they are not too many or too long.
    """
    other = copies.join(owing, on="id").filter(pl.col("line").is_not_null() & pl.col("line").ne_missing(pl.col("own")))
    distinct = other.unique(["id", "line"]).sort("id", "line")
    return distinct.group_by("id", maintain_order=True).agg(lines="line", length=pl.col("line").str.len_chars().sum())


def _named(numbers: Sequence[int], names: Names) -> list[tuple[int, str]]:
    return [(number, names.ids[number]) for number in numbers]


def ready(changed: pl.Expr) -> pl.Expr:
    """The credit of each row, ready to reproduce: its own line, those of what it took, and that it was changed.

    Reads `attribution` and `license`.
    """
    change = pl.when(changed).then(pl.lit(f"; changed: {licensing.CHANGED}")).otherwise(pl.lit(""))
    return pl.concat_str([pl.coalesce("attribution", "license"), change])


def _lines(places_: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.Series:
    """The credit line of each draft whose own licence asks for one; null for others."""
    tasks, drafts = (places_[name].to_numpy() for name in PLACE)
    order, back = ordered(tasks, drafts)
    nothing = pl.DataFrame(schema={"credit": pl.Boolean, "attribution": pl.String})
    parts = [
        pl.DataFrame(taken(receipts[task].path(DRAFTS), nothing.columns, as_column(drafts[order[mine]])))
        for task, mine in stretches(tasks[order])
    ]
    asked = pl.col("credit") & (pl.col("attribution") != "")
    lines = pl.concat([nothing, *parts]).select(line=pl.when(asked).then("attribution"))
    return lines["line"][pl.Series(back, dtype=pl.UInt32)]
