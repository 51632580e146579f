"""The one canonical Parquet writer."""

from .parquet import Part, write_canonical
from .shards import hashes, shard_of, sharded

__all__ = ["Part", "hashes", "shard_of", "sharded", "write_canonical"]
