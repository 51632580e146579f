"""What the exchange reads of drafts: narrow columns, in which an id is a number and so is whatever has few values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from .numbers import numbered
from .outputs import DRAFTS, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..engine import Receipt
    from .numbers import Names

#: Columns that hold ids.
_NAMED: Final = ("id", "parent_id", "quoted_id", "claimed_conversation", "carries")
#: Of these there are few different ones: a number for each is enough, and a quarter of the memory.
_FEW: Final = (
    *("claimed_state", "kind", "license", "license_class", "license_basis", "license_evidence", "release", "reason"),
    *("lang", "read_lang", "source", "excluded"),
)
_NARROW: Final = (*_NAMED, *_FEW, "created_at", "share_alike", "credit", "record", "detail")


@dataclass(frozen=True)
class Drafted:
    """All drafts in order of the tasks, with `task` and `draft`: posts that may become rows, and those left out.

    Ids are numbers of `names`; `receipts` are those of the tasks.
    """

    posts: pl.DataFrame
    excluded: pl.DataFrame
    names: Names
    receipts: Sequence[Receipt]

    @property
    def evidence(self) -> tuple[str, ...]:
        """Ids of all evidence that posts refer to, sorted."""
        used = pl.concat([self.posts["license_evidence"], self.excluded["license_evidence"]])
        return tuple(used.drop_nulls().unique().cast(pl.String).sort())


def drafted(receipts: Sequence[Receipt]) -> Drafted:
    """The drafts that tasks left."""
    ids, parts = [], []
    for number, receipt in enumerate(receipts):
        table = taken(receipt.path(DRAFTS), _NARROW)
        ids.append(table.select(_NAMED))
        frame = _frame(table.drop_columns(_NAMED)).with_columns(pl.col(_FEW).cast(pl.Categorical))
        place = {"task": pl.lit(number, pl.UInt32), "draft": pl.int_range(pl.len(), dtype=pl.UInt32)}
        placed = frame.with_columns(pl.col("record").cast(pl.UInt32), **place)
        stays = placed["excluded"].is_null()
        parts.append((stays, placed.filter(stays).drop("excluded", "detail"), placed.filter(~stays)))
    numbers, names = numbered(ids)
    stays = pl.concat([part[0] for part in parts])
    posts = pl.concat([part[1] for part in parts]).with_columns(numbers.filter(stays).get_columns())
    excluded = pl.concat([part[2] for part in parts]).with_columns(numbers.filter(~stays).get_columns())
    return Drafted(posts, excluded, names, receipts)


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
