"""What the recipe promises of the licences of a config, and whether the rows keep it. Without that nothing is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .. import licensing
from ..errors import BadRecipe, BrokenPromise
from ..licensing.closing import CONVERSATIONS, POSTS, closures_of, config_of
from .licences import choices_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from ..licensing import Closure, Problem
    from ..recipe import Recipe
    from .numbers import Names

#: What the rows of a release promise when the recipe says nothing: that they may stand side by side at all.
_ALWAYS: Final = {POSTS: licensing.COLLECTION}
#: How many problems one message tells.
_TOLD: Final = 5


def promises_of(recipe: Recipe) -> dict[str, str]:
    """Config -> `collection`, or the licence under which something made from all its rows may be released."""
    return _ALWAYS | recipe.promise


def sound_promises(recipe: Recipe) -> None:
    """Raises BadRecipe for a promise of something that is no config of published texts."""
    known = [POSTS, CONVERSATIONS, *map(config_of, recipe.publish)]
    for config in sorted(set(recipe.promise) - set(known)):
        raise BadRecipe(
            "no config of published texts has this name",
            where=f"publish.promise.{config}",
            hint=f"there is {', '.join(known)}",
        )


def closed(rows: pl.DataFrame, names: Names, recipe: Recipe) -> dict[str, Closure]:
    """The licence closure of each config of the rows that are published. Raises BrokenPromise.

    Ids are numbers of `names`.
    """
    closures = closures_of(rows, choices_of(recipe), names.told)
    for config, promise in sorted(promises_of(recipe).items()):
        _keep(config, promise, closures)
    return closures


def _keep(config: str, promise: str, closures: Mapping[str, Closure]) -> None:
    """A config without rows keeps any promise, as long as it says something."""
    problems = licensing.keeps(closures.get(config, licensing.closure({})), promise)
    if problems:
        where = f"publish.promise.{config}"
        raise BrokenPromise(_said(problems), where=where, hint=problems[0].todo)


def _said(problems: Sequence[Problem]) -> str:
    """Which rows, under which licences, and what is wrong with them."""
    told = [f"{problem.code}: {problem.found}" for problem in problems[:_TOLD]]
    more = len(problems) - len(told)
    return "; ".join([*told, *([f"and {more} more"] if more else [])])
