"""Posts of earlier releases, and which new posts are these again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from pyarrow import parquet

from .clustering import bands_of
from .components import FIRST, Buckets, buckets, joined
from .likeness import jaccard, read
from .sketching import sketch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from .likeness import Fetch, Sets
    from .policy import Policy

    Numbers = NDArray[np.int64]

_FOUND: Final = {"row": pl.Int64, "id": pl.String, "how": pl.String, "jaccard": pl.Float64}
#: Rows that are read at once.
_ROWS: Final = 1 << 14


@dataclass(frozen=True)
class Known:
    """Posts of earlier releases, sorted by id.

    `posts`: `id`, the columns of the sketch, `file` (which of `paths`) and `at` (which row of it). A withheld one has
    no text and can be recognised by its id alone.
    """

    posts: pl.DataFrame
    paths: tuple[Path, ...]
    policy: Policy

    def texts(self, rows: Numbers) -> pl.Series:
        """The texts of some of the posts, read again from their files."""
        wanted = self.posts.select("file", "at")[rows].with_row_index("order")
        parts = [self._read(str(self.paths[file]), part) for (file,), part in wanted.group_by(["file"])]
        empty = pl.DataFrame(schema={"order": pl.UInt32, "text": pl.String})
        return pl.concat([empty, *parts]).sort("order")["text"]

    @staticmethod
    def _read(path: str, wanted: pl.DataFrame) -> pl.DataFrame:
        file = parquet.ParquetFile(path)
        groups = range(file.metadata.num_row_groups)
        ends = np.cumsum([file.metadata.row_group(group).num_rows for group in groups])
        group = np.searchsorted(ends, wanted["at"].to_numpy(), side="right")
        parts = []
        for number in np.flatnonzero(np.bincount(group)).tolist():
            held = _frame(file.read_row_group(number, columns=["text"]))
            mine = wanted.filter(pl.Series(group == number))
            first = int(ends[number]) - len(held)
            parts.append(mine.select("order", text=held["text"].gather(mine["at"] - first)))
        return pl.concat(parts)


def known(previous: Sequence[Path], policy: Policy) -> Known:
    """The posts in Parquet files of earlier releases (their columns `id` and `text`)."""
    columns = _frame(sketch(pl.Series([], dtype=pl.String), policy)).schema
    empty: dict[str, Any] = {"id": pl.String, **columns, "file": pl.Int64, "at": pl.Int64}
    parts = [part for number, path in enumerate(previous) for part in _sketched(number, path, policy)]
    posts = pl.concat([pl.DataFrame(schema=empty), *parts]).sort("id", "file", "at")
    return Known(posts, tuple(previous), policy)


def recognised(posts: pl.DataFrame, earlier: Known, fetch: Fetch) -> pl.DataFrame:
    """New posts that are in an earlier release.

    `posts` has the columns `id`, `exact?`, `bands`, `short`, made with the policy of `earlier`; `fetch` gives the texts
    of its rows. One line per post found, sorted by `row`: `row`, `id` (of the earlier post), `how` (id: the same id;
    exact, near: the same or nearly the same words, under another id), `jaccard` (null for id). Where several are
    as good, the lowest id is told.
    """
    rows = posts.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    by_id = rows.join(earlier.posts.select("id"), on="id", how="semi")
    found = [by_id.select("row", "id", how=pl.lit("id"), jaccard=pl.lit(None, pl.Float64))]
    if earlier.policy.exact != "off":
        rest = rows.join(by_id, on="row", how="anti").filter(pl.col("exact").is_not_null())
        first = earlier.posts.filter(pl.col("exact").is_not_null()).unique("exact", keep="first", maintain_order=True)
        same = rest.select("row", "exact").join(first.select("exact", "id"), on="exact", how="inner")
        found.append(same.select("row", "id", how=pl.lit("exact"), jaccard=pl.lit(1.0)))
        if earlier.policy.near != "off":
            left = rest.join(same, on="row", how="anti").filter(~pl.col("short"))
            found.append(_near(left, earlier, fetch))
    return pl.concat([pl.DataFrame(schema=_FOUND), *found]).sort("row")


def _near(left: pl.DataFrame, earlier: Known, fetch: Fetch) -> pl.DataFrame:
    """For each post that is left the one most like it, where one is alike enough."""
    old = earlier.posts.with_row_index("old").filter(~pl.col("short"))
    old = old.unique("exact", keep="first", maintain_order=True)
    both = np.concatenate([bands_of(old, earlier.policy), bands_of(left, earlier.policy)])
    met = joined(buckets(both[:, band]) for band in range(both.shape[1]))
    one, other = _pairs(met, len(old))
    ours, our_place = _read(one, old["old"].to_numpy().astype(np.int64), earlier.texts, earlier.policy)
    theirs, their_place = _read(other - len(old), left["row"].to_numpy(), fetch, earlier.policy)
    index = jaccard(ours, our_place, theirs, their_place)
    pairs = pl.DataFrame(
        {"row": left["row"].gather(other - len(old)), "id": old["id"].gather(one), "jaccard": index},
    )
    enough = pairs.filter(pl.col("jaccard") >= earlier.policy.threshold).sort("row", -pl.col("jaccard"), "id")
    best = enough.unique("row", keep="first", maintain_order=True)
    return best.select("row", "id", how=pl.lit("near"), jaccard="jaccard")


def _pairs(met: Buckets, old: int) -> tuple[Numbers, Numbers]:
    """Each earlier post with each new one that it meets, where it is among the first ones of a bucket."""
    found = [np.zeros(0, dtype=np.int64)]
    bucket = np.repeat(np.arange(len(met.sizes)), met.sizes)
    elder = np.bincount(bucket, met.members < old, len(met.sizes)).astype(np.int64)
    newer = met.members >= old
    for first in range(min(FIRST, int(elder.max(initial=0)))):
        here = newer & (elder > first)[bucket]
        found.append((met.members[(met.starts[:-1] + first)[bucket[here]]] << 32) | met.members[here])
    pairs = pl.Series(np.concatenate(found)).unique().sort().to_numpy()
    return pairs >> 32, pairs & 0xFFFFFFFF


def _read(chosen: Numbers, rows: Numbers, fetch: Fetch, policy: Policy) -> tuple[Sets, Numbers]:
    """The shingles of the chosen ones, read once each, and which of them belongs to each."""
    different = np.flatnonzero(np.bincount(chosen, minlength=len(rows)))
    return read(rows[different], fetch, policy), np.searchsorted(different, chosen)


def _sketched(number: int, path: Path, policy: Policy) -> Iterator[pl.DataFrame]:
    at = 0
    for batch in parquet.ParquetFile(str(path)).iter_batches(_ROWS, columns=["id", "text"]):
        frame = _frame(sketch(batch.column("text"), policy))
        places = pl.int_range(at, at + len(frame), dtype=pl.Int64, eager=True)
        ids = pl.Series("id", batch.column("id"))
        yield frame.select(ids, *frame.columns, file=pl.lit(number, pl.Int64), at=places)
        at += len(frame)


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
