"""Two frames that should have the same rows: which of them stand in one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


def alone(one: pl.DataFrame, other: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `one` that `other` has not, and the other way round; null is the same as null.

    Both have the same columns. Nearly always they are equal, row by row, where they stand in the same order: then there
    is nothing to look up, which takes several times the memory of both.
    """
    if one.equals(other):
        return one.clear(), other.clear()
    keys = one.columns
    return (
        one.join(other, on=keys, how="anti", nulls_equal=True, maintain_order="left"),
        other.join(one, on=keys, how="anti", nulls_equal=True, maintain_order="left"),
    )
