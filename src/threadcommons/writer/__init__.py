"""The one canonical Parquet writer."""

from .parquet import Part, write_canonical
from .shards import shard_of, sharded

__all__ = ["Part", "shard_of", "sharded", "write_canonical"]
