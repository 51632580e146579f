"""The worker of the second half: the rows of one file, gathered from drafts, in their final order."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..provenance import row_digests
from ..schema import arrow_schema, contract_failures
from ..writer import write_canonical
from .columns import DRAFT

if TYPE_CHECKING:
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
        pa.field("parent_state", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("merged_from", pa.list_(pa.string())),
    ]
)


def write_posts(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of posts, checked against the table contract after it was written."""
    table = _gathered(local)
    filled = {name: table[name] for name in table.column_names}
    filled["modified"] = _or(
        table["modified"], pa.chunked_array([np.array([len(ids) > 0 for ids in table["merged_from"]])])
    )
    schema = arrow_schema("row")
    unproved = pa.table([filled[name] for name in schema.names[:-1]], names=schema.names[:-1])
    rows = unproved.append_column("row_sha256", row_digests(unproved.cast(_without_proof(schema))))
    part = write_canonical(
        rows, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=("id",)
    )
    return {**asdict(part), "failures": contract_failures(rows.cast(schema)), **_seen(rows)}


def _or(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
    return pa.array(np.asarray(left.to_numpy(), dtype=bool) | np.asarray(right.to_numpy(), dtype=bool))


def _without_proof(schema: pa.Schema) -> pa.Schema:
    return schema.remove(schema.get_field_index("row_sha256"))


def _seen(rows: pa.Table) -> dict[str, Any]:
    """Counts that the manifest states, taken from the finished rows, and the row digests in order of id."""
    frame = pl.from_arrow(rows.select(["created_at", "generator", "labels", "row_sha256"]))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    years = frame.group_by(year=pl.col("created_at").dt.year()).len().sort("year", nulls_last=True)
    wrote = frame.filter(pl.col("generator").is_not_null()).select(pl.col("generator").struct.unnest())
    machines = wrote.group_by("model", "provider", "weights").len().sort("model", "provider", "weights")
    given = frame.select(pl.col("labels").explode(empty_as_null=False)).select(
        pl.col("labels").struct.unnest()
    )
    closed = given.filter(pl.col("method").str.starts_with("codebook"))
    labels = closed.group_by("name", "value").len().sort("name", "value")
    return {
        "years": [list(row) for row in years.iter_rows()],
        "generators": [list(row) for row in machines.iter_rows()],
        "labels": [list(row) for row in labels.iter_rows()],
        "digests": frame["row_sha256"].to_list(),
    }


def write_conversations(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of whole conversations as messages; rows arrive sorted by conversation and position."""
    frame = pl.from_arrow(_gathered(local))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    message = pl.struct(
        "id", "parent_id", "author", pl.col("text").alias("content"), "gist", "created_at", "license"
    )
    whole = frame.group_by("conversation_id", maintain_order=True).agg(
        platform=pl.col("platform").first(),
        title=pl.col("title").drop_nulls().first(),
        licenses=pl.col("license").unique().sort(),
        n_posts=pl.len().cast(pl.Int64),
        messages=message,
    )
    table = whole.to_arrow()
    part = write_canonical(
        table,
        folder / FILE,
        schema=arrow_schema("conversation"),
        row_group=params["row_group"],
        sorted_by=("conversation_id",),
    )
    return asdict(part)


def write_credits(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of credits, for the published rows whose licence asks for them."""
    frame = pl.from_arrow(_gathered(local))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    addresses = pl.DataFrame(
        params["addresses"], schema={"license": pl.String, "license_url": pl.String}, orient="row"
    )
    credits_ = frame.join(addresses, on="license", how="left", maintain_order="left").select(
        "id",
        creator=pl.coalesce("author", "rights_holder"),
        creator_url="author_url",
        title="title",
        source_url="url",
        license="license",
        license_url="license_url",
        modified=pl.col("modified") | (pl.col("merged_from").list.len() > 0),
        notice=pl.coalesce("attribution", "license"),
    )
    part = write_canonical(
        credits_.to_arrow(),
        folder / FILE,
        schema=arrow_schema("credit"),
        row_group=params["row_group"],
        sorted_by=("id",),
    )
    return asdict(part)


def _gathered(local: dict[str, Any]) -> pa.Table:
    """The drafts that an assignment names, in its order, with the columns that it adds."""
    assigned = pa.ipc.open_file(pa.memory_map(local["assigned"])).read_all()
    tasks = assigned["task"].to_numpy()
    wanted = assigned["draft"].to_numpy()
    order = np.argsort(tasks, kind="stable")
    parts = [
        pa.ipc.open_file(pa.memory_map(local["drafts"][number]))
        .read_all()
        .take(pa.array(wanted[order][tasks[order] == number]))
        for number in np.unique(tasks).tolist()
    ]
    drafts = pa.concat_tables(parts).take(pa.array(np.argsort(order, kind="stable")))
    added = {name: assigned[name] for name in ASSIGNMENT.names[2:]}
    columns = {name: drafts[name] for name in DRAFT.names} | added
    return pa.table(list(columns.values()), names=list(columns))
