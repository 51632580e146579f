"""Credit for what a row took from others: lines that stand after the row's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from .. import licensing
from .meeting import quoting
from .outputs import DRAFTS, taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..engine import Receipt

    #: Task and number of a draft.
    Place = tuple[int, int]


def also(rows: pl.DataFrame, repeats: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.Series:
    """For each of `rows` the credit of its repeats and of the posts whose words it carries; null where none is due.

    A post that is quoted may quote in turn, so the lines follow from quote to quote.
    """
    # The first of two is what the post carries; what it says again besides is named as what it answers.
    carried = dict(reversed(quoting(rows).rows()))
    again = _by_row(repeats.filter(pl.col("credit")))
    concerned = pl.col("id").is_in(pl.Series([*carried, *again], dtype=pl.String).implode())
    published = rows.filter((pl.col("release") == "published") & concerned).select("id", "task", "draft")
    owing = [(id_, (task, draft)) for id_, task, draft in published.iter_rows()]
    chains = {id_: licensing.chain(id_, carried) for id_, _ in owing}
    places = _places(rows, {other for chain in chains.values() for other in chain})
    copies = {place for found in again.values() for place in found}
    lines = _lines({*(own for _, own in owing), *places.values(), *copies}, receipts)
    said = {
        id_: licensing.also(
            lines.get(own),
            [lines.get(place) for place in again.get(id_, ())],
            [(other, lines.get(places[other])) for other in chains[id_]],
        )
        for id_, own in owing
    }
    told = pl.DataFrame({"id": list(said), "also": list(said.values())}, schema={"id": pl.String, "also": pl.String})
    return rows.select("id").join(told, on="id", how="left", maintain_order="left")["also"]


def ready(changed: pl.Expr) -> pl.Expr:
    """The credit of each row, ready to reproduce: its own line, those of what it took, and that it was changed.

    Reads `attribution` and `license`.
    """
    change = pl.when(changed).then(pl.lit(f"; changed: {licensing.CHANGED}")).otherwise(pl.lit(""))
    return pl.concat_str([pl.coalesce("attribution", "license"), change])


def _by_row(repeats: pl.DataFrame) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for id_, task, draft in repeats.select("id", "task", "draft").iter_rows():
        found.setdefault(id_, []).append((task, draft))
    return found


def _places(rows: pl.DataFrame, ids: set[str]) -> dict[str, Place]:
    wanted = rows.filter(pl.col("id").is_in(list(ids))).select("id", "task", "draft")
    return {id_: (task, draft) for id_, task, draft in wanted.iter_rows()}


def _lines(places: Iterable[Place], receipts: Sequence[Receipt]) -> Mapping[Place, str]:
    """The credit line of each draft whose own licence asks for one."""
    by_task: dict[int, list[int]] = {}
    for task, draft in sorted(places):
        by_task.setdefault(task, []).append(draft)
    found: dict[Place, str] = {}
    for task, drafts in by_task.items():
        asked = taken(receipts[task].path(DRAFTS), ["credit", "attribution"], pl.Series(drafts).to_arrow())
        asking = zip(drafts, asked.to_pylist(), strict=True)
        found |= {(task, draft): row["attribution"] for draft, row in asking if row["credit"] and row["attribution"]}
    return found
