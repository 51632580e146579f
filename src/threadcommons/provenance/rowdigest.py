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
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from ..sha256 import digests, in_rows
from ..texts import buffers_of, texts_in
from .textdigest import in_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

ENCODING: Final = "threadcommons-row/1"
PROOF: Final = "row_sha256"


def encode_rows(table: pa.Table) -> pl.Series:
    """The canonical encoding of each row of `table`, as text; the proof column is left out if it is there."""
    names = _proved(table)
    same = {name: _same(_in_one(table[name])) for name in names}
    # Of columns that differ; where none does, one says how many rows there are.
    frame = pl.from_arrow(table.select([name for name in names if same[name] is None] or names[:1]))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    pieces: list[str | pl.Expr] = [f"{ENCODING}\n"]
    for name in names:
        words = same[name]
        pieces += [words] if words is not None else _pieces(frame[name], table.schema.field(name).type)
    return frame.with_columns(pl.concat_str(_joined(pieces)).alias(ENCODING))[ENCODING]


def _proved(table: pa.Table) -> list[str]:
    """The columns that are proved: all but the proof."""
    return [name for name in table.column_names if name != PROOF]


def _pieces(values: pl.Series, kind: pa.DataType) -> Iterator[str | pl.Expr]:
    """What a column adds to each row: columns of text, and words that all rows have."""
    value = pl.col(values.name)
    if pa.types.is_string(kind) and not values.null_count():
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


#: From how many rows on compiled loops are faster than what it takes to load them.
FEW: Final = 2_000


def row_digests(table: pa.Table) -> pa.Array:
    """SHA-256 of each row, as hexadecimal text."""
    if table.num_rows < FEW:
        return in_hex(in_rows(hashlib.sha256(row.encode()).digest() for row in encode_rows(table).to_list()))
    return in_hex(np.concatenate([digests(rows, bounds[:-1], bounds[1:]) for rows, bounds in _blocks(table)]))


def spelt_rows(table: pa.Table) -> Iterator[memoryview]:
    """What `encode_rows` gives, as bytes, row by row; each is gone when the next is asked for."""
    for rows, bounds in _blocks(table):
        whole = rows.data
        yield from (whole[start:stop] for start, stop in pairwise(bounds.tolist()))


def _blocks(table: pa.Table) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Rows spelt side by side, and where each begins and the last one ends; gone when the next are asked for.

    Made by compiled loops in one buffer, so many rows at once as a processor keeps at hand.
    """
    from . import spelling  # compiled code, which only many rows are worth

    pieces = list(_all_pieces(table, spelling))
    sizes = _sizes(pieces, table.num_rows)
    blocks = [slice(start, start + _AT_ONCE) for start in range(0, table.num_rows, _AT_ONCE)]
    out = np.empty(max((int(sizes[rows].sum()) for rows in blocks), default=0), dtype=np.uint8)
    for rows in blocks:
        yield out, _put(pieces, rows, sizes[rows], out)


def compile_all() -> None:
    """Compile what many rows are spelt with. It is kept, so that the next process need not."""
    columns = {"text": ["a", "b"], "number": [1, 2], "list": [["a"], []], "same": ["a", "a"]}
    kinds = {"text": pa.string(), "number": pa.int64(), "list": pa.list_(pa.string()), "same": pa.string()}
    for _ in spelt_rows(pa.table(columns, schema=pa.schema(list(kinds.items())))):
        pass


#: Rows that are spelt at once.
_AT_ONCE: Final = 1_024


class _Piece(NamedTuple):
    """What a column, or several that are the same in all rows, adds to each row."""

    #: Adds to the size of each row.
    measure: Callable[[NDArray[np.int64]], Any]
    #: Writes some rows into a buffer, where each of them ends so far.
    put: Callable[[slice, NDArray[np.uint8], NDArray[np.int64]], Any]


def _sizes(pieces: Sequence[_Piece], rows: int) -> NDArray[np.int64]:
    """How long the spelling of each row is."""
    sizes = np.zeros(rows, dtype=np.int64)
    for piece in pieces:
        piece.measure(sizes)
    return sizes


def _put(
    pieces: Sequence[_Piece], rows: slice, sizes: NDArray[np.int64], out: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Write some rows side by side into a buffer; gives where each begins and the last one ends."""
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    ends = bounds[:-1].copy()
    for piece in pieces:
        piece.put(rows, out, ends)
    return bounds


def _all_pieces(table: pa.Table, spelling: ModuleType) -> Iterator[_Piece]:
    shared = [f"{ENCODING}\n"]
    for name in _proved(table):
        column = _in_one(table[name])
        same = _same(column)
        if same is not None:
            shared.append(same)
        else:
            yield from _shared(shared, spelling)
            shared.clear()
            yield _piece(column, spelling)
    yield from _shared(shared, spelling)


def _in_one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _same(values: pa.Array) -> str | None:
    """The encoding of each value of a column, where all are certainly the same; None where they may differ."""
    if values.null_count:
        return _ABSENT if values.null_count == len(values) else None
    if pa.types.is_list(values.type):
        return None if len(values.flatten()) else _EMPTY
    if pa.types.is_nested(values.type) or not len(values):
        return None
    first = values[0]
    # In most columns a few rows far apart differ already.
    far = (values[row] for row in (len(values) // 3, len(values) // 2, len(values) - 1))
    if not all(map(first.equals, far)) or not pc.all(pc.equal(values, first)).as_py():
        return None
    if pa.types.is_timestamp(values.type):
        text = str(first.cast(_MOMENT).value)
    elif pa.types.is_boolean(values.type):
        text = "true" if first.as_py() else "false"
    else:
        text = str(first.as_py())
    return f"{len(text.encode())}:{text},"


def _shared(words: Sequence[str], spelling: ModuleType) -> Iterator[_Piece]:
    """Words that stand side by side and are the same in all rows, as one piece."""
    letters = np.frombuffer("".join(words).encode(), dtype=np.uint8)
    if len(letters):
        yield _Piece(
            lambda sizes: np.add(sizes, len(letters), out=sizes),
            lambda _rows, out, ends: spelling.put_same(letters, out, ends),
        )


def _piece(values: pa.Array, spelling: ModuleType) -> _Piece:
    """What a column adds."""
    kind = values.type
    if pa.types.is_string(kind):
        return _texts(values, spelling)
    if pa.types.is_int64(kind) or (pa.types.is_timestamp(kind) and kind.unit == "us"):
        return _numbers(values, spelling)
    if pa.types.is_list(kind) and _is_plain(kind.value_type) and not values.flatten().null_count:
        return _lists(values, spelling)
    letters, starts, stops = _spelt(pl.Series("values", values), kind)
    return _Piece(
        lambda sizes: np.add(sizes, stops - starts, out=sizes),
        lambda rows, out, ends: spelling.put_spelt(letters, starts[rows], stops[rows], out, ends),
    )


def _texts(array: pa.Array, spelling: ModuleType) -> _Piece:
    there = _there(array)
    letters, bounds = texts_in(array)
    starts, stops = bounds[:-1], bounds[1:]
    return _Piece(
        lambda sizes: spelling.text_sizes(starts, stops, there, sizes),
        lambda rows, out, ends: spelling.put_texts(letters, starts[rows], stops[rows], there[rows], out, ends),
    )


def _numbers(array: pa.Array, spelling: ModuleType) -> _Piece:
    """Numbers, and moments as microseconds; what stands where none is, is not looked at."""
    there, whole = _there(array), np.frombuffer(array.buffers()[1] or b"", dtype=np.int64)
    numbers = whole[array.offset : array.offset + len(array)]
    return _Piece(
        lambda sizes: spelling.number_sizes(numbers, there, sizes),
        lambda rows, out, ends: spelling.put_numbers(numbers[rows], there[rows], out, ends),
    )


def _there(array: pa.Array) -> NDArray[np.bool_]:
    """Whether each value is there, as bytes."""
    if not array.null_count:
        return np.ones(len(array), dtype=np.bool_)
    bits = np.frombuffer(array.buffers()[0], dtype=np.uint8)
    whole = np.unpackbits(bits, count=array.offset + len(array), bitorder="little")
    return whole[array.offset :].view(np.bool_)


def _is_plain(kind: pa.DataType) -> bool:
    """Whether items of a list are texts or numbers, or structs of these."""
    parts = [member.type for member in kind] if pa.types.is_struct(kind) else [kind]
    return all(pa.types.is_string(part) or pa.types.is_int64(part) for part in parts)


def _lists(values: pa.Array, spelling: ModuleType) -> _Piece:
    """Lists whose items are spelt first, all of them side by side, so that a row takes its stretch of them."""
    items = values.flatten()
    pieces = list(_items(items, spelling))
    sizes = _sizes(pieces, len(items))
    letters = np.empty(int(sizes.sum()), dtype=np.uint8)
    bounds = _put(pieces, slice(None), sizes, letters)
    ends = np.frombuffer(values.buffers()[1], dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    counts = np.where(_there(values), np.diff(ends), -1).astype(np.int64)
    firsts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts.clip(0))])
    starts, stops = bounds[firsts[:-1]], bounds[firsts[1:]]
    return _Piece(
        lambda added: spelling.list_sizes(counts, starts, stops, added),
        lambda rows, out, ends: spelling.put_lists(letters, counts[rows], starts[rows], stops[rows], out, ends),
    )


def _items(items: pa.Array, spelling: ModuleType) -> Iterator[_Piece]:
    """What the members of a struct add, or a value that is none."""
    if not pa.types.is_struct(items.type):
        yield _value(items, spelling)
        return
    yield from _shared(["{"], spelling)
    yield from (_value(member, spelling) for member in items.flatten())
    yield from _shared(["}"], spelling)


def _value(array: pa.Array, spelling: ModuleType) -> _Piece:
    return _texts(array, spelling) if pa.types.is_string(array.type) else _numbers(array, spelling)


def _spelt(values: pl.Series, kind: pa.DataType) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """The spelling of each value: bytes, and where each begins and ends in them. Most lists are empty: spelt once."""
    full = values.list.len() > 0 if pa.types.is_list(kind) else pl.repeat(value=True, n=len(values), eager=True)
    full = full.fill_null(value=True)
    rows = full.to_numpy()
    letters, bounds = buffers_of(values.filter(full).to_frame().select(_encoded(pl.col(values.name), kind)).to_series())
    empty = np.frombuffer(_EMPTY.encode(), dtype=np.uint8)
    starts, stops = np.zeros(len(values), dtype=np.int64), np.full(len(values), len(empty), dtype=np.int64)
    starts[rows], stops[rows] = bounds[:-1] + len(empty), bounds[1:] + len(empty)
    return np.concatenate([empty, letters]), starts, stops


_EMPTY: Final = "0[]"
#: How moments are spelt: microseconds, in UTC.
_MOMENT: Final = pa.timestamp("us", "UTC")
_ABSENT: Final = "-"


def rows_digest(digests: Iterable[str]) -> str:
    """One digest over row digests in order of id; equal for any sharding, engine and library version."""
    hash_ = hashlib.sha256()
    for some in digests:
        hash_.update(some.encode())
    return hash_.hexdigest()


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
