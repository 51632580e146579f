"""Whose words a post carries."""

from __future__ import annotations

from typing import Final

import polars as pl

#: Columns of a post that name another one.
NAMING: Final = ("parent_id", "quoted_id", "carries")
#: A line that is marked as quoted, once or twice, with or without a blank after the mark. Not the prompt `>>>` of a
#: program, and no face such as `>:(`.
_MARK: Final = r"(?m)^ {0,3}>(?:>? |>?[\p{L}\p{N}])"


def carries() -> pl.Expr:
    """Id of the post whose words stand in a post; null where it carries none that we know of.

    Reads `kind`, `text`, `quoted_id` and `parent_id`. A quote carries the words of the post that it quotes. A post with
    lines that are marked as quoted carries those of the post it says it quotes, else of the one that it answers: which
    words they are cannot be seen where the other text is withheld, so the mark alone counts.
    """
    marked = pl.col("text").str.contains(_MARK).fill_null(value=False)
    quoted = pl.when(marked | (pl.col("kind") == "quote")).then("quoted_id")
    answered = pl.when(marked).then("parent_id")
    return pl.coalesce(quoted, answered)
