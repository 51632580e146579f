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


def said_in_posts(posts: pl.DataFrame, seed: int) -> pl.Series:
    """One number per row of `posts`."""
    message = pl.struct(*(pl.col(name).alias(key) for key, name in _MESSAGE.items()), role=role())
    return posts.select(said=message.hash(seed))["said"]


def said_in_conversations(conversations: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One line per message: `place` from 0, `id`, `said`, and what its conversation states of itself."""
    frame = conversations.with_columns(place=pl.int_ranges(pl.col("messages").list.len(), dtype=pl.Int64))
    flat = frame.explode("messages", "place").drop_nulls("place")
    messages = flat.select(pl.col("messages").struct.unnest()).select(*_MESSAGE, "role")
    stated = flat.select("conversation_id", "platform", "title", "licenses", "n_posts", "place")
    return stated.with_columns(id=messages["id"], said=messages.select(pl.struct(pl.all()).hash(seed)).to_series())
