"""From columns of rows to closures: of all that is published, of each class, and of conversations as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from .closure import EXAMPLES, Closure, closure
from .meet import meet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

POSTS: Final = "posts"
CONVERSATIONS: Final = "conversations"


def as_given(ids: pl.Series) -> pl.Series:
    """Ids that are no numbers."""
    return ids


def closures_of(
    rows: pl.DataFrame, choices: Mapping[str, str] | None = None, told: Callable[[pl.Series], pl.Series] = as_given
) -> dict[str, Closure]:
    """Config -> closure of its published texts. Reads `id`, `conversation_id`, `license`, `license_class`, `release`.

    The rows of a conversation count as one, under the meet of their licences, and are named by the conversation's id.
    Ids may be numbers in the order of the ids that `told` knows them by.
    """
    published = rows.filter(pl.col("release") == "published")
    groups = {POSTS: published}
    for class_ in published["license_class"].unique().sort():
        groups[config_of(class_)] = published.filter(pl.col("license_class") == class_)
    groups[CONVERSATIONS] = _conversations(published)
    return {config: _closed(group, choices, told) for config, group in groups.items()}


def config_of(class_: str) -> str:
    """The config that holds the rows of a licence class."""
    return class_.replace("-", "_")


def _conversations(published: pl.DataFrame) -> pl.DataFrame:
    """One line per conversation: its id, and what holds for it as one document."""
    # First what there is at all, then sorted once: to ask each conversation by itself takes several times as long.
    found = published.select("license", id="conversation_id").unique().cast({"license": pl.String}).sort("license")
    grouped = found.group_by("id").agg("license")
    whole = grouped.select("id", together=pl.col("license").list.join("\n"))
    labels = {key: meet(*key.split("\n")) for key in whole["together"].unique()}
    return whole.select("id", license=pl.col("together").replace_strict(labels, return_dtype=pl.String))


def _closed(
    rows: pl.DataFrame, choices: Mapping[str, str] | None, told: Callable[[pl.Series], pl.Series]
) -> Closure:
    grouped = rows.group_by("license").agg(rows=pl.len(), ids=pl.col("id").bottom_k(EXAMPLES).sort())
    found = zip(grouped["license"], grouped["rows"], grouped["ids"], strict=True)
    return closure({name: (count, told(ids).to_list()) for name, count, ids in found}, choices)
