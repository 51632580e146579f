"""Who speaks in a post, in the words of chat templates."""

from __future__ import annotations

import polars as pl


def role() -> pl.Expr:
    """`assistant` where the post states a generator, else `user`. Reads `generator`."""
    return pl.when(pl.col("generator").is_null()).then(pl.lit("user")).otherwise(pl.lit("assistant"))
