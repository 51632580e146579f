"""Which split every row goes to: whole conversations, and together what says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ..conversation import TRAIN, splits

if TYPE_CHECKING:
    from collections.abc import Mapping


def parted(conversations: pl.Series, ids: pl.Series, together: pl.DataFrame, shares: Mapping[str, int]) -> pl.Series:
    """The split of each row, by its conversation.

    `together` has the ids of posts that say the same, as `id` and `with`; their conversations are not parted.
    """
    if not any(shares.values()):
        return pl.repeat(TRAIN, len(ids), eager=True).alias("split")
    home = pl.DataFrame({"id": ids, "conversation": conversations})
    both = together.join(home, on="id").join(home.rename({"id": "with"}), on="with", suffix="_with")
    ties = both.filter(pl.col("conversation") != pl.col("conversation_with")).unique()
    table = splits(conversations, ties.select("conversation", "conversation_with").iter_rows(), shares)
    joined = pl.DataFrame({"conversation_id": conversations}).join(
        table, on="conversation_id", how="left", maintain_order="left"
    )
    return joined["split"]
