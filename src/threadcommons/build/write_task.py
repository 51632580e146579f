"""The worker of the second half: the rows of one file, gathered from drafts, in their final order."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..licensing.judging import lacking
from ..provenance import row_digests
from ..schema import arrow_schema
from ..writer import write_canonical
from .columns import DRAFT, withholding
from .crediting import ready
from .licences import as_one_work
from .words import READ

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

ASSIGNED: Final = "assigned.arrow"
FILE: Final = "part.parquet"

#: What the exchange tells about each row of a file: where its draft lies and what only the exchange could
#: know.
ASSIGNMENT = pa.schema(
    [
        pa.field("task", pa.int64()),
        pa.field("draft", pa.int64()),
        pa.field("conversation_id", pa.string()),
        pa.field("parent_id", pa.string()),
        pa.field("quoted_id", pa.string()),
        pa.field("parent_state", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("merged_from", pa.list_(pa.string())),
        pa.field("license", pa.string()),
        pa.field("license_class", pa.string()),
        pa.field("share_alike", pa.bool_()),
        pa.field("credit", pa.bool_()),
        pa.field("release", pa.string()),
        #: Codes of what only the exchange could tell of the words.
        pa.field("flags", pa.list_(pa.string())),
        #: Credit for what the row took from others, to stand after its own.
        pa.field("also", pa.string()),
    ]
)


def write_posts(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of posts. The table contract is asked of the finished file, before the commit."""
    merged = pl.col("merged_from").list.len() > 0
    frame = _gathered(local, DRAFT.names).with_columns(modified=pl.col("modified") | merged)
    schema = arrow_schema("row")
    unproved = frame.select(schema.names[:-1]).to_arrow().cast(schema.remove(len(schema) - 1))
    rows = unproved.append_column(schema.field("row_sha256"), row_digests(unproved))
    part = write_canonical(rows, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=("id",))
    return {**asdict(part), **_seen(rows)}


def _seen(rows: pa.Table) -> dict[str, Any]:
    """Counts that the manifest states, taken from the finished rows, and the row digests in order of id."""
    frame = _frame(rows.select(["created_at", "generator", "labels", "quality_flags", "redactions", "row_sha256"]))
    years = frame.group_by(year=pl.col("created_at").dt.year()).len().sort("year", nulls_last=True)
    wrote = frame.filter(pl.col("generator").is_not_null()).select(pl.col("generator").struct.unnest())
    machines = wrote.group_by("model", "provider", "weights").len().sort("model", "provider", "weights")
    given = frame.select(pl.col("labels").explode(empty_as_null=False)).select(pl.col("labels").struct.unnest())
    closed = given.filter(pl.col("method").str.starts_with("codebook"))
    labels = closed.group_by("name", "value").len().sort("name", "value")
    return {
        "years": [list(row) for row in years.iter_rows()],
        "generators": [list(row) for row in machines.iter_rows()],
        "labels": [list(row) for row in labels.iter_rows()],
        "flags": _tally(frame.select(one=pl.col("quality_flags").explode(empty_as_null=False))),
        "redactions": _tally(
            frame.select(pl.col("redactions").explode(empty_as_null=False)).select(
                one=pl.col("redactions").struct.field("kind")
            )
        ),
        "digests": frame["row_sha256"].to_list(),
    }


def _tally(values: pl.DataFrame) -> list[list[Any]]:
    return [list(row) for row in values.group_by("one").len().sort("one").iter_rows()]


_CONVERSED: Final = ("id", "author", "text", "gist", "created_at", "generator", "platform", "title")
_CREDITED: Final = ("id", "author", "creator_url", "rights_holder", "title", "url", "modified")


def write_conversations(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of whole conversations as messages; rows arrive sorted by conversation and position."""
    role = pl.when(pl.col("generator").is_null()).then(pl.lit("user")).otherwise(pl.lit("assistant")).alias("role")
    content = pl.col("text").alias("content")
    message = pl.struct("id", "parent_id", "author", role, content, "gist", "created_at", "license")
    frame = _gathered(local, _CONVERSED)
    whole = frame.group_by("conversation_id", maintain_order=True).agg(
        platform=pl.col("platform").first(),
        title=pl.col("title").drop_nulls().first(),
        licenses=pl.col("license").filter(pl.col("release") == "published").unique().sort(),
        n_posts=pl.len().cast(pl.Int64),
        messages=message,
    )
    together = whole["licenses"].list.join("\n").unique().sort().to_list()
    as_one = pl.DataFrame([(key, *as_one_work(key.split("\n"))) for key in together], schema=_AS_ONE, orient="row")
    keyed = whole.with_columns(key=pl.col("licenses").list.join("\n"))
    table = keyed.join(as_one, on="key", how="left", maintain_order="left").drop("key").to_arrow()
    schema = arrow_schema("conversation")
    order = ("conversation_id",)
    return asdict(write_canonical(table, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=order))


_AS_ONE: Final[dict[str, Any]] = {
    "key": pl.String,
    "license": pl.String,
    "license_class": pl.String,
    "adaptation_licenses": pl.List(pl.String),
}


def write_credits(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of credits, for the published rows whose licence asks for them."""
    addresses = pl.DataFrame(params["addresses"], schema={"license": pl.String, "license_url": pl.String}, orient="row")
    changed = pl.col("modified") | (pl.col("merged_from").list.len() > 0)
    credits_ = (
        _gathered(local, _CREDITED)
        .join(addresses, on="license", how="left", maintain_order="left")
        .select(
            "id",
            creator=pl.coalesce("author", "rights_holder"),
            creator_url="creator_url",
            title="title",
            source_url="url",
            license="license",
            license_url="license_url",
            modified=changed,
            also="also",
            notice=ready(changed),
        )
    )
    schema = arrow_schema("credit")
    part = write_canonical(
        credits_.to_arrow(), folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=("id",)
    )
    return {**asdict(part), "lacks": lacking(credits_)}


def _gathered(local: dict[str, Any], columns: Collection[str]) -> pl.DataFrame:
    """The drafts that an assignment names, in its order, with what the exchange decided about them.

    `columns` are the columns of drafts that are wanted.
    """
    assigned = _frame(pa.ipc.open_file(pa.memory_map(local["assigned"])).read_all())
    wanted = [name for name in DRAFT.names if name in {*columns, *_DECIDING}]
    order = assigned.select("task", "draft").with_row_index("at").sort("task", "draft")
    parts = [
        _frame(pa.ipc.open_file(pa.memory_map(local["drafts"][int(str(task))])).read_all().select(wanted))[mine["draft"]]
        for (task,), mine in order.group_by(["task"], maintain_order=True)
    ]
    back = order.with_row_index("now").sort("at")["now"]
    drafts = pl.concat(parts)[back]
    decided = drafts.with_columns(assigned.select(ASSIGNMENT.names[2:]).get_columns())
    said = pl.concat_str(["attribution", "also"], separator="; ", ignore_nulls=True)
    credited = decided.with_columns(
        author=pl.when(pl.col("credit")).then("creator").otherwise("alias"),
        attribution=pl.when(said != "").then(said),
        quality_flags=pl.concat_list("quality_flags", "flags").list.sort(),
    )
    return credited.with_columns(**{name: column for name, column in withholding().items() if name in credited.columns})


#: What the decisions of the exchange are applied to, or with.
_DECIDING: Final = ("creator", "alias", "attribution", "quality_flags", *READ.values())


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
