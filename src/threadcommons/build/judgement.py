"""Whether the recipe's decisions about words mean something, before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import dedup, quality
from ..errors import BadRecipe
from ..recipe import PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..recipe import Recipe


def sound_judgement(recipe: Recipe, sources: Sequence[str]) -> None:
    """`sources` are all that there are. Raises BadRecipe, naming the key at fault."""
    dedup.policy_of(recipe.dedup)
    quality.rules_of(recipe.quality, "")
    for section, table in (("privacy", recipe.privacy), ("quality", recipe.quality)):
        for name in sorted(set(table.get("sources", {})) - {*sources, *recipe.exclude}):
            raise BadRecipe(
                f"/{section}/sources/{name}: there is no such source",
                where=PLACE,
                hint=f"the folders below raw/ are {', '.join(sources)}",
            )
