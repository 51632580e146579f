"""Where a row comes from and how to prove it: ids, and digests that any language can recompute."""

from .rowdigest import ENCODING, encode_rows, row_digests, rows_digest

__all__ = ["ENCODING", "encode_rows", "row_digests", "rows_digest"]
