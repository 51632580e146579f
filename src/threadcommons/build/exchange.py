"""The exchange: what one record cannot know. Only narrow columns come here, never a text.

Repeated ids are settled, conversations resolved, every record gets its fate, and every row its file and its
place in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from ..conversation import resolve
from ..writer import sharded
from .crediting import also
from .meeting import met
from .outputs import DRAFTS, RECORDS, taken
from .parting import parted
from .repeats import DUPLICATE, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..engine import Receipt
    from ..model import Export
    from ..recipe import Recipe
    from .earlier import Earlier

_NARROW: Final = (
    *("id", "parent_id", "quoted_id", "claimed_conversation", "claimed_state", "kind", "created_at"),
    *("license", "license_class", "license_basis", "license_evidence", "share_alike", "credit", "release", "reason"),
    *("lang", "read_lang", "carries", "source", "record", "excluded", "detail"),
)


#: Of these there are few different ones: a number for each is enough, and a quarter of the memory.
_FEW: Final = (
    *("claimed_state", "kind", "license", "license_class", "license_basis", "license_evidence", "release", "reason"),
    *("lang", "read_lang", "source", "excluded"),
)


@dataclass(frozen=True)
class Exchanged:
    """The outcome.

    `rows`: one line per row, in order of (folder, split, shard, id), with `task`, `draft` (where its draft is), the
    columns that only the exchange can fill, `folder`, `split` and `shard`. `records`: one line per record of all
    exports, in order of task and offset, with its final fate; the ledger, apart from the names of source and
    file.
    """

    rows: pl.DataFrame
    records: pl.DataFrame
    findings: dict[str, int]
    #: Ids of all evidence that rows and their repeats refer to, sorted.
    evidence: tuple[str, ...]


def exchange(
    receipts: Sequence[Receipt], exports: Sequence[Export], recipe: Recipe, earlier: Sequence[Earlier] = ()
) -> Exchanged:
    """Settle all that needs to know other records. `receipts` and `exports` are in order of the plan's tasks.

    Rows that say what `earlier` releases say are flagged.
    """
    settled = settle(pl.concat([_narrow(*one) for one in enumerate(receipts)]), receipts, recipe, earlier)
    records = pl.concat([_records(number, receipts, exports) for number in range(len(receipts))])
    evidence = settled.posts["license_evidence"].drop_nulls().unique().sort().to_list()
    refused = settled.posts.filter(pl.col("fate").is_not_null())
    repeats = refused.filter(pl.col("fate") == DUPLICATE).with_columns(id="of")
    kept = met(settled.posts.filter(pl.col("fate").is_null()), repeats, recipe)
    resolved = resolve(kept.with_columns(withheld=pl.col("release") == "withheld"))
    rows = kept.with_columns(
        resolved.conversation_id,
        resolved.parent_id,
        resolved.parent_state,
        resolved.position.alias("position"),
        parted(resolved.conversation_id, kept["id"], settled.together, recipe.splits),
        _flags(kept, settled.flags),
        lang=pl.when(pl.col("release") == "withheld").then("read_lang").otherwise("lang"),
        folder=pl.when(pl.col("release") == "withheld").then(pl.lit("withheld")).otherwise(pl.col("license_class")),
    )
    ledger = _ledger(records, refused, rows, receipts, exports)
    rows = rows.with_columns(_merged(rows, ledger), also(rows, repeats, receipts))
    findings = {
        "conversation.cycle": len(resolved.cut),
        "conversation.parent-missing": len(resolved.parentless),
        "conversation.quote-missing": len(resolved.quoteless),
    }
    return Exchanged(_placed(rows, recipe.shard_rows), ledger, findings, tuple(evidence))


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame


def _narrow(number: int, receipt: Receipt) -> pl.DataFrame:
    frame = _frame(taken(receipt.path(DRAFTS), _NARROW)).with_columns(pl.col(_FEW).cast(pl.Categorical))
    return frame.with_columns(task=pl.lit(number, pl.Int64), draft=pl.int_range(pl.len(), dtype=pl.Int64))


def _records(number: int, receipts: Sequence[Receipt], exports: Sequence[Export]) -> pl.DataFrame:
    """The records of one task.

    The gap at the end of the ranges before it in the same export stands before its first one.
    """
    frame = _frame(taken(receipts[number].path(RECORDS)))
    framing, blank = _carried(number, receipts, exports)
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(
        task=pl.lit(number, pl.Int64),
        record=pl.int_range(pl.len(), dtype=pl.Int64),
        gap_framing=pl.col("gap_framing") + pl.when(first).then(framing).otherwise(0),
        gap_blank=pl.col("gap_blank") + pl.when(first).then(blank).otherwise(0),
    )


def _carried(number: int, receipts: Sequence[Receipt], exports: Sequence[Export]) -> tuple[int, int]:
    framing = blank = 0
    for before in range(number - 1, -1, -1):
        if exports[before] != exports[number]:
            break
        framing += receipts[before].facts["tail_framing"]
        blank += receipts[before].facts["tail_blank"]
        if receipts[before].facts.get("records", 0):
            break
    return framing, blank


def _flags(rows: pl.DataFrame, flags: pl.DataFrame) -> pl.Series:
    """What only the exchange can tell of the words of each row."""
    told = flags.group_by("id").agg(flags=pl.col("flag").unique().sort())
    return rows.select("id").join(told, on="id", how="left", maintain_order="left")["flags"].fill_null([])


def _ledger(
    records: pl.DataFrame,
    refused: pl.DataFrame,
    rows: pl.DataFrame,
    receipts: Sequence[Receipt],
    exports: Sequence[Export],
) -> pl.DataFrame:
    """Every record with its final fate, its id where it has one, and the row that stands for a duplicate."""
    published = pl.when(pl.col("release") == "published").then(pl.lit("row")).otherwise(pl.lit("withheld"))
    outcomes = refused.select(
        "task",
        "record",
        "id",
        post_fate="fate",
        post_code="code",
        post_of="of",
        detail="detail",
    )
    nothing = pl.lit(None, pl.String)
    kept = rows.select(
        "task",
        "record",
        "id",
        post_fate=published,
        post_code=pl.col("reason").cast(pl.String),
        post_of=nothing,
        detail="detail",
    )
    outcome = pl.concat([outcomes, kept])
    joined = records.join(outcome, on=["task", "record"], how="left", maintain_order="left")
    joined = joined.with_columns(
        fate=pl.coalesce("fate", "post_fate"),
        code=pl.coalesce("code", "post_code"),
        of=pl.coalesce("of", "post_of"),
    )
    joined = _follow(joined, rows)
    names = pl.DataFrame(
        {
            "task": pl.Series(range(len(receipts)), dtype=pl.Int64),
            "source": pl.Series([export.source for export in exports], dtype=pl.Categorical),
            "file": pl.Series([export.name for export in exports], dtype=pl.Categorical),
            "own": [f"{export.sha256[:32]}@" for export in exports],
        }
    )
    named = joined.join(names, on="task", how="left", maintain_order="left")
    platform = pl.col("of").str.extract(r"^([^:]+:)")
    own_id = pl.when(pl.col("fate") == "duplicate").then(
        pl.concat_str([platform, "own", pl.col("offset").cast(pl.String)])
    )
    return named.select(
        pl.exclude("id", "fate", "code", "post_fate", "post_code", "post_of", "own"),
        pl.col("fate", "code").cast(pl.Categorical),
        id=pl.coalesce("id", own_id),
    )


def _follow(records: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A repeat of what is no row shares the fate of what it repeats: no record may stand for nothing."""
    stands = rows.select(of="id", stands=pl.lit(value=True))
    joined = records.join(stands, on="of", how="left", maintain_order="left")
    lost = (pl.col("fate") == "duplicate") & pl.col("stands").is_null()
    return joined.with_columns(
        fate=pl.when(lost).then(pl.lit("excluded")).otherwise("fate"),
        code=pl.when(lost).then(pl.lit("record.notice")).otherwise("code"),
        of=pl.when(lost).then(None).otherwise("of"),
    ).drop("stands")


def _merged(rows: pl.DataFrame, records: pl.DataFrame) -> pl.Series:
    """For each row the ids, sorted, of the duplicates that it stands for; its own id is not listed."""
    others = records.filter((pl.col("fate") == "duplicate") & (pl.col("id") != pl.col("of")))
    grouped = others.group_by("of").agg(merged_from=pl.col("id").unique().sort())
    joined = rows.select("id").join(grouped, left_on="id", right_on="of", how="left", maintain_order="left")
    return joined["merged_from"].fill_null([])


def _placed(rows: pl.DataFrame, shard_rows: int) -> pl.DataFrame:
    """Rows with the number of their shard and the count of shards of their folder and split, in final order."""
    parts = []
    places = rows.select("folder", "split", "id").with_row_index("row")
    for _, group in places.group_by(["folder", "split"], maintain_order=True):
        shards, count = sharded(group["id"].to_list(), shard_rows)
        parts.append(group.with_columns(shard=shards, shards=pl.lit(count, pl.Int64)))
    if not parts:
        return rows
    placed = pl.concat(parts).sort("folder", "split", "shard", "id")
    return rows[placed["row"]].with_columns(placed["shard"], placed["shards"])
