"""The measures as they are declared: `measures.toml`, understood."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import polars as pl

#: Kind of a measure -> type of its column.
TYPES: Final[dict[str, type[pl.DataType]]] = {
    "share": pl.Float64,
    "ratio": pl.Float64,
    "count": pl.Int64,
    "flag": pl.Boolean,
    "code": pl.String,
}


@dataclass(frozen=True)
class Measure:
    """What is measured: `part` (over `whole`, for a share or ratio) of what `scan` counts, or neither."""

    name: str
    kind: Literal["share", "ratio", "count", "flag", "code"]
    unit: str
    definition: str
    source: str
    part: str = ""
    whole: str = ""

    @property
    def type(self) -> type[pl.DataType]:
        """Type of the column."""
        return TYPES[self.kind]


@cache
def declared() -> dict[str, Measure]:
    """All measures, by name, in the order of their columns."""
    return {name: Measure(name, **entry) for name, entry in _table("measures.toml").items()}


@cache
def stop_words() -> dict[str, tuple[str, ...]]:
    """Languages with function words, sorted, and those words."""
    return {language: tuple(sorted(set(words.split()))) for language, words in sorted(_table("stopwords.toml").items())}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
