"""What a post says, as one digest, so that two tables can be compared without holding their texts."""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa

from ..provenance import row_digests
from .opened import frame_of

#: Columns of a post that a message of a conversation repeats, by their names there.
MESSAGE: Final = {
    "id": "id",
    "parent_id": "parent_id",
    "author": "author",
    "content": "text",
    "gist": "gist",
    "created_at": "created_at",
    "license": "license",
}


def said_in_posts(posts: pa.Table) -> pl.Series:
    """One digest per row of `posts`."""
    return _digests(posts.select(list(MESSAGE.values())))


def said_in_conversations(conversations: pa.Table) -> pl.DataFrame:
    """One line per message: `place` from 0, `id`, `said`, and what its conversation states of itself."""
    frame = frame_of(conversations).with_columns(place=pl.int_ranges(pl.col("messages").list.len(), dtype=pl.Int64))
    flat = frame.explode("messages", "place").drop_nulls("place")
    messages = flat.select(pl.col("messages").struct.unnest()).select(list(MESSAGE))
    stated = flat.select("conversation_id", "platform", "title", "licenses", "n_posts", "place")
    return stated.with_columns(id=messages["id"], said=_digests(_plain(messages)))


def _digests(table: pa.Table) -> pl.Series:
    return pl.Series("said", row_digests(table).to_pylist(), dtype=pl.String)


def _plain(frame: pl.DataFrame) -> pa.Table:
    """A frame as Arrow without `large_*` types and views."""
    table = frame.to_arrow()
    kinds = [pa.string() if field.name != "created_at" else field.type for field in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))
