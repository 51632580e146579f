"""What counts as the same, and what is done about it: the recipe's table `[dedup]`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from math import ceil, log1p
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What can be done about posts that are the same, from least to most.
ACTIONS: Final = ("off", "flag", "merge")
#: The share of pairs at the threshold itself that have to meet in a band. More alike, more surely.
RECALL: Final = 0.98


@dataclass(frozen=True)
class Policy:
    """What counts as the same.

    `exact`, `near`: one of ACTIONS. `threshold`: the Jaccard index of two sets of shingles from which on posts are
    near-duplicates. `shingle`: words in a row. `permutations`: how many minima a sketch may take, at most. `min_words`:
    below so many words of its own a post is short.
    """

    exact: str = "merge"
    near: str = "merge"
    threshold: float = 0.8
    shingle: int = 3
    permutations: int = 60
    min_words: int = 12

    @cached_property
    def rows(self) -> int:
        """How many minima make a band: the most with which the bands reach RECALL at the threshold.

        Two texts with the Jaccard index j have the same minimum under a permutation with probability j, the same band
        of r minima with j ** r, and one of b bands with 1 - (1 - j ** r) ** b. More rows mean fewer pairs to look at.
        """
        if self.threshold >= 1:
            return self.permutations
        fitting = (rows for rows in range(self.permutations, 1, -1) if rows * self._least(rows) <= self.permutations)
        return next(fitting, 1)

    @cached_property
    def bands(self) -> int:
        """How many bands a sketch has."""
        return self.permutations // self.rows

    def _least(self, rows: int) -> int:
        return ceil(log1p(-RECALL) / log1p(-(self.threshold**rows)))


def policy_of(table: Mapping[str, Any]) -> Policy:
    """The policy that a table `[dedup]` states; what it leaves out is as usual.

    The schema has judged the values; the threshold stands there in hundredths. Raises BadRecipe when more is done
    about likeness than about sameness, or when a shingle is longer than a post may be that is not short.
    """
    stated = {field.name: table[field.name] for field in fields(Policy) if field.name in table}
    if "threshold" in stated:
        stated["threshold"] /= 100
    policy = Policy(**stated)
    if ACTIONS.index(policy.near) > ACTIONS.index(policy.exact):
        raise BadRecipe(
            f"near = {policy.near!r} with exact = {policy.exact!r}",
            where="build/recipe.toml, [dedup]",
            hint="do at least as much about posts that are the same as about those that are nearly so",
        )
    if policy.min_words < policy.shingle:
        raise BadRecipe(
            f"min_words = {policy.min_words} is less than shingle = {policy.shingle}",
            where="build/recipe.toml, [dedup]",
            hint="a post that is compared has at least one shingle",
        )
    return policy
