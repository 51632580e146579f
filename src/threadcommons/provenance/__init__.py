"""Where a row comes from and how to prove it: ids, and digests that any language can recompute."""

from .rowdigest import ENCODING, PROOF, compile_all, encode_rows, row_digests, rows_digest, spelt_rows
from .textdigest import from_hex, text_digests
from .witness import marks, witness

__all__ = [
    "ENCODING",
    "PROOF",
    "compile_all",
    "encode_rows",
    "from_hex",
    "marks",
    "row_digests",
    "rows_digest",
    "spelt_rows",
    "text_digests",
    "witness",
]
