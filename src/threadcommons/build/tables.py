"""The small tables of a release: ledger and evidence."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from ..schema import arrow_schema
from .licences import evidence_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..sources import Declaration
    from .exchange import Exchanged


def ledger_tables(exchanged: Exchanged, rows: int) -> list[Callable[[], pa.Table]]:
    """The ledger: every record of every export with its fate, in order of source, file and offset.

    In tables of so many rows at most, each of which is made when it is asked for.
    """
    schema, names = arrow_schema("ledger"), exchanged.names
    records = exchanged.records.select(schema.names).sort("source", "file", "offset")

    def table(start: int) -> pa.Table:
        some = records.slice(start, rows)
        return some.with_columns(names.told(some["id"]), names.told(some["of"])).to_arrow().cast(schema)

    return [partial(table, start) for start in range(0, len(records), rows)]


def evidence_table(sources: Sequence[Declaration], used: Sequence[str], rules: dict[str, str]) -> pa.Table:
    """All evidence that the sources bring and that rows refer to (`used`), in order of id."""
    entries = sorted(evidence_of(sources, used, rules), key=lambda entry: str(entry["id"]))
    schema = arrow_schema("evidence")
    textual = pa.schema([field.with_type(pa.string()) for field in schema])
    # Through polars: Arrow would import pandas to look at lists.
    columns = {name: pl.Series([entry.get(name) for entry in entries], dtype=pl.String) for name in schema.names}
    return pl.DataFrame(columns).to_arrow().cast(textual).cast(schema)


def fates_of(records: pl.DataFrame, *by: str) -> dict[Any, dict[str, int]]:
    """How many records met each fate, per value of the columns `by` (one value or a tuple)."""
    grouped = records.group_by(*by, "fate").len().sort(*by, "fate")
    found: dict[Any, dict[str, int]] = {}
    for *key, fate, count in grouped.iter_rows():
        found.setdefault(key[0] if len(key) == 1 else tuple(key), {})[fate] = count
    return found
