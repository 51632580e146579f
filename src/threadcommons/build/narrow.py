"""What the exchange reads of drafts: narrow columns, in which an id is a number and so is whatever has few values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from .numbers import counted, numbered
from .outputs import DRAFTS, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..engine import Receipt
    from .numbers import Counted, Names

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
        return tuple(sorted(id_ for id_ in used.unique().cast(pl.String) if id_ is not None))


@dataclass(frozen=True)
class Narrow:
    """The drafts of one task: the ids of all, which of them may become rows, and what else is told of both kinds."""

    ids: Counted
    stays: pl.Series
    posts: pl.DataFrame
    excluded: pl.DataFrame


def narrowed(receipt: Receipt) -> Narrow:
    """The drafts that a task left."""
    table = taken(receipt.path(DRAFTS), _NARROW)
    frame = _frame(table.drop_columns(_NAMED)).with_columns(
        pl.col(_FEW).cast(pl.Categorical),
        pl.col("record").cast(pl.UInt32),
        draft=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    stays = frame["excluded"].is_null()
    posts, excluded = frame.filter(stays).drop("excluded", "detail"), frame.filter(~stays)
    return Narrow(counted(table.select(_NAMED)), stays, posts, excluded)


def drafted(receipts: Sequence[Receipt], parts: Sequence[Narrow]) -> Drafted:
    """The drafts that tasks left; `parts` has those of each."""
    numbers, names = numbered([part.ids for part in parts])
    stays = pl.concat([part.stays for part in parts])
    posts = _placed([part.posts for part in parts]).with_columns(numbers.filter(stays).get_columns())
    excluded = _placed([part.excluded for part in parts]).with_columns(numbers.filter(~stays).get_columns())
    return Drafted(posts, excluded, names, receipts)


def _placed(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Drafts of all tasks with the number of their task."""
    return pl.concat([part.with_columns(task=pl.lit(number, pl.UInt32)) for number, part in enumerate(parts)])


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
