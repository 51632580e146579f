"""The one canonical Parquet writer."""

from .parquet import Part, write_canonical
from .shards import shard_count, shard_of

__all__ = ["Part", "shard_count", "shard_of", "write_canonical"]
