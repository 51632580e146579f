r"""The row digest: SHA-256 over a canonical encoding of all columns but itself.

The encoding is a chain of netstrings, so that fifty lines in any language can recompute it
(docs/row-digest.md):

    null        "-"
    text        byte length, ":", the UTF-8 bytes, ","
    integer, boolean, timestamp
                the text of the decimal number, of "true" or "false", or of the microseconds since 1970 in
                UTC, as text
    list        number of items, "[", the items, "]"
    struct      "{", the fields in declared order, "}"
    row         ENCODING, "\n", the columns in declared order

It says nothing of file formats, compression, row groups or library versions, so it survives all of them.
"""

from __future__ import annotations

import hashlib
from itertools import groupby
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from ..digest import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENCODING: Final = "threadcommons-row/1"
PROOF: Final = "row_sha256"


def encode_rows(table: pa.Table) -> pl.Series:
    """The canonical encoding of each row of `table`, as text; the proof column is left out if it is there."""
    fields = [field for field in table.schema if field.name != PROOF]
    frame = pl.from_arrow(table.select([field.name for field in fields]))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    same = _the_same(frame)
    pieces = [piece for field in fields for piece in _pieces(frame[field.name], field.type, same=same[field.name])]
    return frame.with_columns(pl.concat_str(_joined([f"{ENCODING}\n", *pieces])).alias(ENCODING))[ENCODING]


def _the_same(frame: pl.DataFrame) -> dict[str, bool]:
    """For each column whether all rows certainly have the same value in it."""
    if frame.is_empty():
        return dict.fromkeys(frame.columns, False)
    asked = {name: _asks(pl.col(name), kind) for name, kind in frame.schema.items()}
    return frame.select(asks.fill_null(value=False).alias(name) for name, asks in asked.items()).row(0, named=True)


def _asks(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    absent = value.null_count() == pl.len()
    if isinstance(kind, pl.List):
        return absent | (value.list.len().max() == 0) & (value.null_count() == 0)
    if kind.is_nested():
        return absent
    return absent | ((value == value.first()).all() & (value.null_count() == 0))


def _pieces(values: pl.Series, kind: pa.DataType, *, same: bool) -> Iterator[str | pl.Expr]:
    """What a column adds to each row: columns of text, and words where all rows have the same."""
    value = pl.col(values.name)
    if same:
        yield values.head(1).to_frame().select(_encoded(value, kind)).item()
    elif pa.types.is_string(kind) and not values.null_count():
        yield value.str.len_bytes().cast(pl.String)
        yield ":"
        yield value
        yield ","
    else:
        yield _encoded(value, kind)


def _joined(pieces: Iterable[str | pl.Expr]) -> Iterator[pl.Expr]:
    """The pieces with words that stand side by side as one."""
    for words, group in groupby(pieces, lambda piece: isinstance(piece, str)):
        if words:
            yield pl.lit("".join(piece for piece in group if isinstance(piece, str)))
        else:
            yield from (piece for piece in group if isinstance(piece, pl.Expr))


def row_digests(table: pa.Table) -> pa.Array:
    """SHA-256 of each row, as hexadecimal text."""
    hash_ = hashlib.sha256
    return pa.array([hash_(row.encode()).hexdigest() for row in encode_rows(table).to_list()], pa.string())


def rows_digest(digests: Iterable[str]) -> str:
    """One digest over row digests in order of id; equal for any sharding, engine and library version."""
    return sha256("".join(digests).encode())


def _encoded(value: pl.Expr, kind: pa.DataType) -> pl.Expr:
    if pa.types.is_list(kind):
        items = value.list.eval(_encoded(pl.element(), kind.value_type)).list.join("")
        whole = pl.concat_str([value.list.len().cast(pl.String), pl.lit("["), items, pl.lit("]")])
        return pl.when(value.is_null()).then(pl.lit("-")).otherwise(whole)
    if pa.types.is_struct(kind):
        inner = [_encoded(value.struct.field(field.name), field.type) for field in kind]
        return (
            pl.when(value.is_null())
            .then(pl.lit("-"))
            .otherwise(pl.concat_str([pl.lit("{"), *inner, pl.lit("}")]))
        )
    return _netstring(_text(value, kind))


def _text(value: pl.Expr, kind: pa.DataType) -> pl.Expr:
    if pa.types.is_timestamp(kind):
        return value.dt.epoch("us").cast(pl.String)
    if pa.types.is_boolean(kind):
        return pl.when(value).then(pl.lit("true")).when(value.not_()).then(pl.lit("false"))
    return value.cast(pl.String)


def _netstring(text: pl.Expr) -> pl.Expr:
    return pl.concat_str([text.str.len_bytes().cast(pl.String), pl.lit(":"), text, pl.lit(",")]).fill_null(
        "-"
    )
