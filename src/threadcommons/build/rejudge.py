"""All rows judged again under other platform rules, without writing a release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..engine import Pool, Store, run_local
from ..errors import BadRecipe, BadSources
from ..files import only_one
from ..recipe import read_recipe
from .exchange import exchange
from .plan import make_plan
from .run import STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..engine import Receipt, Task
    from ..recipe import Recipe
    from .plan import Plan

#: What a judgement says of a row; a change in any of these is a change of its licence.
JUDGED: Final = ("license", "license_class", "license_basis", "license_evidence", "share_alike", "release")
_EXPORT: Final = ("source", "source_file", "source_sha256")


@dataclass(frozen=True)
class Relicensed:
    """One row whose judgement changes: what the release says and what the other rules would say, by column."""

    id: str
    before: dict[str, str | bool | None]
    after: dict[str, str | bool | None]

    def as_dict(self) -> dict[str, Any]:
        """For machines: the id, and both judgements."""
        return {"id": self.id, "before": self.before, "after": self.after}


def read_pack(path: Path) -> str:
    """The text of a rule pack that can be used. Raises BadRecipe, naming the file and what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadRecipe("the rule pack is not UTF-8", where=path.name, hint="save it as UTF-8") from error
    for problem in licensing.rulebook_with({path.name: text})[1]:
        raise BadRecipe(f"{problem.code}: {problem.found}", where=path.name, hint=problem.todo)
    return text


def rejudge(
    root: Path,
    rules: Mapping[str, str],
    posts: Sequence[Path],
    publish: Sequence[str] | None = None,
    workers: int | None = None,
) -> list[Relicensed]:
    """Rows of a release (its `posts` files) that other rules (file name -> text of a pack) would judge differently.

    The rules take the place of the dataset's packs of the same id. `publish` names the classes whose text the release
    publishes; those of the recipe by default. Reads the exports again as a build would, so the answer is that of a
    full rebuild; sorted by id. Raises BadRecipe for rules that cannot be used, and BadSources when the release was
    built from other exports.
    """
    recipe = read_recipe(root)
    recipe = replace(recipe, rules=licensing.replaced(recipe.rules, rules), publish=tuple(publish or recipe.publish))
    before = pl.concat([pl.read_parquet(path, columns=["id", *_EXPORT, *JUDGED]) for path in posts])
    after = _judged(root, recipe, workers, before)
    both = before.join(after, on="id", how="inner", suffix="_after").sort("id")
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_after")) for name in JUDGED)
    return [
        Relicensed(row["id"], {name: row[name] for name in JUDGED}, {name: row[f"{name}_after"] for name in JUDGED})
        for row in both.filter(differs).iter_rows(named=True)
    ]


def _judged(root: Path, recipe: Recipe, workers: int | None, before: pl.DataFrame) -> pl.DataFrame:
    """Every row as a build would judge it, if the exports are those of the rows in `before`."""
    with only_one(root / STORE), Pool(workers) as pool:

        def run(tasks: Sequence[Task]) -> list[Receipt]:
            found = {receipt.digest: receipt for receipt in run_local(list(tasks), Store(root / STORE), pool)}
            return [found[task.digest] for task in tasks]

        plan = make_plan(root, recipe, {}, run)
        _same_exports(before, plan)
        return exchange(run(plan.tasks), plan.exports, recipe, pool=pool).named("id", *JUDGED)


def _same_exports(rows: pl.DataFrame, plan: Plan) -> None:
    here = {(export.source, export.name, export.sha256) for export in plan.exports}
    gone = sorted(set(rows.select(_EXPORT).unique().iter_rows()) - here)
    if gone:
        source, file, digest = gone[0]
        raise BadSources(
            f"the release was built from another {file} than is here",
            where=f"raw/{source}",
            hint=f"bring the one with sha256 {digest}, or build the release anew",
        )
