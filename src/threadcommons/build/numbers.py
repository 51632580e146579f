"""Ids as numbers: four bytes are joined, sorted and grouped instead of texts, and are as exact as these.

The exchange holds each id once, in order. Wherever a column names a post it has the number of that id; the ids come
back where something is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..engine import share
from ..writer import hashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ..engine import Pool

    Numbers = NDArray[np.int64]

#: What a number is.
NUMBER: Final = pl.UInt32


@dataclass(frozen=True)
class Names:
    """Ids, each once and rising: the number of an id is its place, so numbers are in the order of the ids."""

    ids: pl.Series

    def __len__(self) -> int:
        return len(self.ids)

    def told(self, numbers: pl.Series) -> pl.Series:
        """The ids that some numbers stand for. Their letters are not copied."""
        return self.ids[numbers].alias(numbers.name)

    def numbers(self, ids: pl.Series) -> pl.Series:
        """The numbers of a few ids; null for those that are not among the names."""
        asked = ids.alias("id").to_frame()
        known = pl.DataFrame({"id": self.ids, "number": pl.int_range(len(self), dtype=NUMBER, eager=True)})
        return asked.join(known, on="id", how="left", maintain_order="left")["number"].alias(ids.name)


@dataclass(frozen=True)
class Counted:
    """The columns of a table, all of which are ids: each id once (`ids`, long texts), and which one stands where."""

    ids: pa.Array
    places: pl.DataFrame


def counted(table: pa.Table) -> Counted:
    """The ids of one table. So few fit a processor's cache, and most of them come again in another column."""
    ids, codes = _counted([chunk.cast(_LONG) for column in table.columns for chunk in column.chunks])
    rows = table.num_rows
    places = {name: codes.slice(number * rows, rows) for number, name in enumerate(table.column_names)}
    return Counted(ids, pl.DataFrame(places))


#: All ids of a build may have more letters than a short text can count.
_LONG: Final = pa.large_string()


def _counted(texts: Sequence[pa.Array]) -> tuple[pa.Array, pl.Series]:
    """What arrays of texts say, each once, and which of these stands at each place of all arrays together."""
    encoded = pa.chunked_array(texts, _LONG).dictionary_encode()
    # What all chunks say is counted in one dictionary, which each of them has; to unify them would compare all texts.
    once = encoded.chunk(encoded.num_chunks - 1).dictionary if encoded.num_chunks else pa.nulls(0, _LONG)
    return once, pl.Series(pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32()))


def numbered(parts: Sequence[Counted]) -> tuple[pl.DataFrame, Names]:
    """The columns of tables as numbers under their names, one table after the other."""
    once, codes = _counted([part.ids for part in parts])
    ids = pl.Series(once, dtype=pl.String)
    order = ids.arg_sort()
    numbers = np.empty(len(ids), dtype=np.uint32)
    numbers[order.to_numpy()] = np.arange(len(ids), dtype=np.uint32)
    told, ends = pl.Series(numbers).gather(codes), np.cumsum([len(part.ids) for part in parts]).tolist()
    here = [told.slice(end - len(part.ids), len(part.ids)) for part, end in zip(parts, ends, strict=True)]
    columns = {
        name: pl.concat([some.gather(part.places[name]) for some, part in zip(here, parts, strict=True)], rechunk=True)
        for name in parts[0].places.columns
    }
    return pl.DataFrame(columns), Names(ids.gather(order))


@dataclass(frozen=True)
class Hashing:
    """Ids whose hashes are wanted, as work for a process."""

    ids: pl.Series

    @property
    def weight(self) -> int:
        """About as many bytes as are read in the time that it takes."""
        return len(self.ids) * _COSTS


#: One id is hashed while so many bytes of an export are read, and so many are hashed by one process at once.
_COSTS: Final = 100
_AT_ONCE: Final = 1 << 17


def hashes_of(names: Names, pool: Pool | None) -> Iterator[NDArray[np.uint64]]:
    """What decides about the shards of ids, in order of their numbers. The processes of `pool` begin at once."""
    parts = [Hashing(names.ids.slice(start, _AT_ONCE)) for start in range(0, len(names), _AT_ONCE)]
    return share(pool, _hashed, parts) if pool else map(_hashed, parts)


def _hashed(some: Hashing) -> NDArray[np.uint64]:
    return hashes(some.ids)


def places(numbers: pl.Series, among: pl.Series) -> pl.Series:
    """Where each of `numbers` stands `among` others, which are there once each; null where it does not."""
    if among.is_empty() or numbers.is_empty():
        return pl.repeat(None, len(numbers), dtype=NUMBER, eager=True)
    known = np.full(max(_top(numbers), _top(among)) + 1, -1, dtype=np.int64)
    known[among.to_numpy()] = np.arange(len(among))
    at = pl.Series(known).gather(numbers)
    return at.set(at < 0, None).cast(NUMBER)


def listed(ids: pl.Series, lists: pl.DataFrame) -> pa.Array:
    """For each number the list that stands beside it (columns `id` and one more); mostly an empty one.

    Made from its buffers: lists that are taken one by one take longer than all other columns together.
    """
    sizes, values = np.zeros(len(ids) + 1, dtype=np.int32), pa.nulls(0, pa.string())
    if len(lists):
        keys, told = lists.get_columns()
        at = places(ids, keys)
        here = told[at.drop_nulls()]
        sizes[1:][at.is_not_null().to_numpy()] = here.list.len().to_numpy()
        values = here.explode(empty_as_null=False).to_arrow().cast(pa.string())
    offsets = pa.py_buffer(np.cumsum(sizes, dtype=np.int32))
    return pa.Array.from_buffers(pa.list_(pa.string()), len(ids), [None, offsets], children=[values])


def _top(numbers: pl.Series) -> int:
    return int(str(numbers.max() or 0))
