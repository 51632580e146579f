"""Two frames that should have the same rows: which of them stand in one alone."""

from __future__ import annotations

import polars as pl


def alone(one: pl.DataFrame, other: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `one` that `other` has not, and the other way round, in order; null is the same as null.

    Both have the same columns; those that are structures are taken apart. Nearly always the two are equal, once they
    are in order: then there is nothing to look up, which takes several times the memory of both.
    """
    if one.is_empty() and other.is_empty():
        return one, other
    first, second = (_taken_apart(frame).sort(pl.all()) for frame in (one, other))
    if first.equals(second):
        return first.clear(), second.clear()
    keys = first.columns
    return (
        first.join(second, on=keys, how="anti", nulls_equal=True, maintain_order="left"),
        second.join(first, on=keys, how="anti", nulls_equal=True, maintain_order="left"),
    )


def _taken_apart(frame: pl.DataFrame) -> pl.DataFrame:
    structures = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]
    return frame.unnest(structures) if structures else frame
