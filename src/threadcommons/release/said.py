"""What a post says, as one number, so that two tables can be compared without holding their texts.

The hash is polars' own and not one for proofs. Its seed is drawn anew each time that a release is examined, so nobody
can make two texts that it takes for one.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from ..conversation import role

#: Columns of a post that a message of a conversation repeats, by their names there.
_MESSAGE: Final = {
    "id": "id",
    "parent_id": "parent_id",
    "author": "author",
    "content": "text",
    "gist": "gist",
    "created_at": "created_at",
    "license": "license",
}


def said_in_posts(seed: int) -> pl.Expr:
    """One number for each post."""
    return pl.struct(*(pl.col(name).alias(key) for key, name in _MESSAGE.items()), role=role()).hash(seed)


def said_in_conversations(conversations: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One line per message: its `conversation_id`, its `place` from 0, `id` and `said`."""
    places = pl.int_ranges(pl.col("messages").list.len(), dtype=pl.Int64)
    flat = conversations.select("conversation_id", "messages", place=places).explode("messages", "place")
    # One by one: several at once would stand in the order of the structure.
    id_, *others = (pl.col("messages").struct.field(name) for name in (*_MESSAGE, "role"))
    return flat.drop_nulls("place").select("conversation_id", "place", id_, said=pl.struct(id_, *others).hash(seed))
