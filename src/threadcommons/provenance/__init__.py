"""Where a row comes from and how to prove it: ids, and digests that any language can recompute."""

from .rowdigest import ENCODING, compile_all, encode_rows, row_digests, rows_digest, spelt_rows
from .textdigest import text_digests

__all__ = ["ENCODING", "compile_all", "encode_rows", "row_digests", "rows_digest", "spelt_rows", "text_digests"]
