"""The exchange: what one record cannot know. Only narrow columns come here, never a text.

Repeated ids are settled, conversations resolved, every record gets its fate, and every row its file and its
place in it. Ids are numbers all the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ..conversation import resolve
from ..writer import sharded
from .crediting import also
from .meeting import met
from .narrow import drafted, narrowed
from .numbers import NUMBER, Names, hashes_of, places
from .outputs import RECORDS, taken
from .parting import parted
from .repeats import DUPLICATE, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ..engine import Pool, Receipt
    from ..model import Export
    from ..recipe import Recipe
    from .earlier import Earlier
    from .narrow import Narrow


@dataclass(frozen=True)
class Exchanged:
    """The outcome.

    `rows`: one line per row, in order of (folder, split, shard, id), with `task`, `draft` (where its draft is), the
    columns that only the exchange can fill, `folder`, `split` and `shard`. `records`: one line per record of all
    exports, in order of task and offset, with its final fate; the ledger, apart from the names of source and
    file. Ids in both are numbers of `names`; those of rows are in the order of their ids.
    """

    rows: pl.DataFrame
    records: pl.DataFrame
    #: What few rows have, each a table of `id` and one column more: codes of what only the exchange can tell of the
    #: words, ids of duplicates, and credit for what the row took from others.
    flags: pl.DataFrame
    merged: pl.DataFrame
    also: pl.DataFrame
    findings: dict[str, int]
    #: Ids of all evidence that rows and their repeats refer to, sorted.
    evidence: tuple[str, ...]
    names: Names
    #: What decides about the shard of each id; null where all fits one.
    hashes: NDArray[np.uint64] | None

    def named(self, *columns: str) -> pl.DataFrame:
        """Some columns of the rows, with ids as such."""
        rows = self.rows.select(columns)
        return rows.with_columns(self.names.told(rows[name]) for name in columns if rows.schema[name] == NUMBER)


def exchange(
    receipts: Sequence[Receipt],
    exports: Sequence[Export],
    recipe: Recipe,
    earlier: Sequence[Earlier] = (),
    pool: Pool | None = None,
    gathered: dict[str, Narrow] | None = None,
) -> Exchanged:
    """Settle all that needs to know other records. `receipts` and `exports` are in order of the plan's tasks.

    Rows that say what `earlier` releases say are flagged. The processes of `pool` help with words. What was `gathered`
    already, by digest of the task, is taken from there and not read again; the mapping is emptied, so that not all is
    there twice.
    """
    if pool is not None:  # who judges shards is imported while there is little for others to do
        pool.use_the_time()
    ready = gathered if gathered is not None else {}
    drafts = drafted(receipts, [ready.get(receipt.digest) or narrowed(receipt) for receipt in receipts])
    ready.clear()
    names, evidence = drafts.names, drafts.evidence
    hashing = hashes_of(names, pool) if len(drafts.posts) > recipe.shard_rows else None
    settled = settle(drafts, recipe, earlier, pool)
    del drafts
    repeats = settled.copies.with_columns(id="of")
    kept = met(settled.kept, repeats, recipe, settled.left_out)
    withheld = kept["release"] == "withheld"
    resolved = resolve(kept.with_columns(withheld=withheld))
    together = settled.together
    told = names.told(resolved.conversation_id), names.told(kept["id"]), together.select(map(names.told, together))
    rows = kept.select(_KEPT).with_columns(
        resolved.conversation_id,
        resolved.parent_id,
        resolved.parent_state.cast(pl.Categorical),
        resolved.position.cast(pl.UInt32),
        parted(*told, recipe.splits).cast(pl.Categorical),
        lang=kept["lang"].zip_with(~withheld, kept["read_lang"]),
        folder=pl.when(withheld).then(pl.lit("withheld")).otherwise(pl.col("license_class")).cast(pl.Categorical),
    )
    outcome = _outcome(settled.refused, kept, receipts)
    ledger, ids = _ledger(
        [_records(number, receipts, exports, names) for number in range(len(receipts))], outcome, kept, names
    )
    owed = also(kept, repeats, names, receipts, settled.left_out)
    beside = _flags(settled.flags), _merged(ledger, ids), owed
    findings = {
        "conversation.cycle": len(resolved.cut),
        "conversation.parent-missing": len(resolved.parentless),
        "conversation.quote-missing": len(resolved.quoteless),
    }
    del settled, kept, repeats
    hashed = np.concatenate(list(hashing)) if hashing else None
    placed = _placed(rows, recipe.shard_rows, hashed)
    return Exchanged(placed, ledger, *beside, findings, evidence, ids, hashed)


#: What rows keep of their drafts.
_KEPT: Final = (
    *("task", "draft", "id", "quoted_id", "source"),
    *("license", "license_class", "license_basis", "license_evidence", "share_alike", "credit", "release"),
)


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame


def _records(number: int, receipts: Sequence[Receipt], exports: Sequence[Export], names: Names) -> pl.DataFrame:
    """The records of one task, with the number of the post that one stands for where that is among `names`.

    The gap at the end of the ranges before it in the same export stands before its first one.
    """
    frame = _frame(taken(receipts[number].path(RECORDS)))
    framing, blank = _carried(number, receipts, exports)
    first = pl.int_range(pl.len()) == 0
    source, file = (pl.lit(name, pl.Categorical) for name in (exports[number].source, exports[number].name))
    return frame.with_columns(
        pl.col("fate", "code", "pointer").cast(pl.Categorical),
        _numbers(frame["of"], names),
        task=pl.lit(number, pl.UInt32),
        source=source,
        file=file,
        own=pl.lit(f"{exports[number].sha256[:32]}@", pl.Categorical),
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


def _flags(flags: pl.DataFrame) -> pl.DataFrame:
    """What only the exchange can tell of the words of rows."""
    return flags.group_by("id").agg(flags=pl.col("flag").unique().sort())


def _outcome(refused: pl.DataFrame, rows: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.DataFrame:
    """What became of each draft, with the `line` of its record among those of all tasks."""
    published = pl.when(pl.col("release") == "published").then(pl.lit("row")).otherwise(pl.lit("withheld"))
    kept = rows.select("task", "record", "id", "detail", fate=published, code="reason", of=pl.lit(None, NUMBER))
    few = pl.col("fate", "code", "detail").cast(pl.Categorical)
    outcome = pl.concat([some.select("task", "record", "id", "of", few) for some in (refused, kept)])
    counts = [receipt.facts.get("records", 0) for receipt in receipts]
    starts = pl.Series(np.cumsum([0, *counts[:-1]]))
    return outcome.with_columns(line=starts.gather(outcome["task"]) + outcome["record"]).drop("task", "record")


def _ledger(
    parts: Sequence[pl.DataFrame], outcome: pl.DataFrame, rows: pl.DataFrame, names: Names
) -> tuple[pl.DataFrame, Names]:
    """Every record with its final fate, its id where it has one, and the row that stands for a duplicate.

    A record that is no post has no id but by its place. Such ids stand behind the others in the names that are given.
    """
    records = pl.concat(parts)
    at = places(pl.int_range(len(records), eager=True), outcome["line"])
    told = outcome.select(pl.exclude("line").gather(at))
    joined = records.with_columns(
        told["id"], told["detail"], *(pl.coalesce(name, told[name]) for name in ("fate", "code", "of"))
    )
    return _own(_follow(joined, rows), names)


def _numbers(ids: pl.Series, names: Names) -> pl.Series:
    """The numbers of ids of which nearly all are null."""
    some = ids.is_not_null().arg_true()
    none = pl.repeat(None, len(ids), dtype=NUMBER, eager=True).alias(ids.name)
    return none if some.is_empty() else none.scatter(some, names.numbers(ids[some]))


def _own(records: pl.DataFrame, names: Names) -> tuple[pl.DataFrame, Names]:
    """Records with an id by their place where they stand for a post that is there under another."""
    lacking = ((records["fate"] == DUPLICATE) & records["id"].is_null()).arg_true()
    if lacking.is_empty():
        return records.drop("own"), names
    some = records.select("own", "offset", "of")[lacking]
    platform = names.told(some["of"]).str.extract(r"^([^:]+:)")
    ids = some.select(
        pl.concat_str([platform, pl.col("own").cast(pl.String), pl.col("offset").cast(pl.String)])
    ).to_series()
    numbers = pl.int_range(len(names), len(names) + len(ids), dtype=NUMBER, eager=True)
    found = records.drop("own").with_columns(records["id"].scatter(lacking, numbers))
    return found, Names(pl.concat([names.ids, ids.alias(names.ids.name)]))


def _follow(records: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """A repeat of what is no row shares the fate of what it repeats: no record may stand for nothing."""
    repeats = records.select("fate", "of").with_row_index("line").filter(pl.col("fate") == DUPLICATE)
    lost = repeats.filter(places(repeats["of"], rows["id"]).is_null())["line"]
    if lost.is_empty():
        return records
    here = pl.Series(np.isin(np.arange(len(records)), lost.to_numpy()))
    return records.with_columns(
        fate=pl.when(here).then(pl.lit("excluded")).otherwise("fate").cast(pl.Categorical),
        code=pl.when(here).then(pl.lit("record.notice")).otherwise("code").cast(pl.Categorical),
        of=pl.when(~here).then("of"),
    )


def _merged(records: pl.DataFrame, names: Names) -> pl.DataFrame:
    """For rows the ids, sorted, of the duplicates that they stand for; their own id is not listed."""
    others = records.filter((pl.col("fate") == DUPLICATE) & (pl.col("id") != pl.col("of")))
    told = others.select(names.told(others["id"]).alias("merged_from"), id="of").unique().sort("id", "merged_from")
    return told.group_by("id", maintain_order=True).agg("merged_from")


def _placed(rows: pl.DataFrame, shard_rows: int, hashed: NDArray[np.uint64] | None) -> pl.DataFrame:
    """Rows with the number of their shard and the count of shards of their folder and split, in final order."""
    groups = rows.select("folder", "split", "id").with_row_index("row").group_by(["folder", "split"])
    parts = []
    for _, group in sorted(groups, key=lambda one: tuple(map(str, one[0]))):
        ids = group["id"].to_numpy()
        mine = hashed[ids] if hashed is not None else np.zeros(len(ids), dtype=np.uint64)
        shards, count = sharded(mine, shard_rows)
        order = np.argsort((shards.astype(np.uint64) << np.uint64(32)) | ids)
        parts.append(group.select("row", shard=pl.Series(shards), shards=pl.lit(count, pl.Int64))[order])
    if not parts:
        return rows
    placed = pl.concat(parts)
    return rows[placed["row"]].with_columns(placed["shard"], placed["shards"])
