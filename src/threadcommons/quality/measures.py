"""Measures of a text, as columns. Nothing here changes a text or decides about it."""

from __future__ import annotations

from typing import Final

import polars as pl

#: Flag -> the characters that raise it, as a pattern for a linear-time engine.
INVISIBLE: Final[dict[str, str]] = {
    "bidi-control": r"[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{061C}\u{200E}\u{200F}]",
    "control": r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\u{9F}]",
    "tag-character": r"[\u{E0000}-\u{E007F}]",
    "zero-width": r"[\u{200B}\u{2060}\u{FEFF}]",
}


def measured(text: pl.Expr) -> dict[str, pl.Expr]:
    """The quality columns of a text.

    `n_chars` (code points), `n_words` (runs of what is not white space), `quality_flags`.
    """
    raised = [
        pl.when(text.str.contains(pattern)).then(pl.lit(flag)) for flag, pattern in sorted(INVISIBLE.items())
    ]
    return {
        "n_chars": text.str.len_chars().cast(pl.Int64),
        "n_words": text.str.count_matches(r"\S+").cast(pl.Int64),
        "quality_flags": pl.concat_list(raised).list.drop_nulls(),
    }
