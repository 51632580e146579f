"""All rows judged again under other platform rules, without writing anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from ..engine import Store, run_local
from ..files import only_one
from ..recipe import read_recipe
from .exchange import exchange
from .plan import make_plan
from .run import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: What a judgement says of a row; a change in any of these is a change of its licence.
JUDGED: Final = ("license", "license_class", "license_basis", "license_evidence", "share_alike", "release")


@dataclass(frozen=True)
class Relicensed:
    """One row whose judgement changes: what the release says and what the other rules would say, by column."""

    id: str
    before: dict[str, str | bool | None]
    after: dict[str, str | bool | None]


def rejudge(
    root: Path, rules: Mapping[str, str], posts: Sequence[Path], workers: int | None = None
) -> list[Relicensed]:
    """Rows of a release (its `posts` files) that other rules (file name -> text of a pack) would judge differently.

    Reads the exports again as a build would, so the answer is that of a full rebuild; sorted by id.
    """
    recipe = read_recipe(root)
    recipe = replace(recipe, rules={**recipe.rules, **rules})
    plan = make_plan(root, recipe, {})
    with only_one(root / STORE):
        found = {receipt.digest: receipt for receipt in run_local(list(plan.tasks), Store(root / STORE), workers)}
    receipts = [found[task.digest] for task in plan.tasks]
    after = exchange(receipts, plan.exports, recipe).rows.select("id", *JUDGED)
    before = pl.concat([pl.read_parquet(path, columns=["id", *JUDGED]) for path in posts])
    both = before.join(after, on="id", how="inner", suffix="_after").sort("id")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in JUDGED)
    return [
        Relicensed(row["id"], {name: row[name] for name in JUDGED}, {name: row[f"{name}_after"] for name in JUDGED})
        for row in both.filter(differs).iter_rows(named=True)
    ]
