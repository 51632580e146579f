"""The worker of the first half: one range of one export, from bytes to row drafts."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..archives import Layer, LayerRecord, Member
from ..errors import BadSources, Unbalanced
from ..files import read_plain
from ..memory import collector_paused
from ..model import Export, Limits
from ..sources import (
    Batch,
    again,
    batch_of,
    layer_batches,
    open_export,
    read_export,
    read_pointers,
    reader_for,
)
from .columns import DRAFT, Claims, draft_table, drafts
from .outputs import DRAFTS, RECORDS, SKETCHES
from .sketches import schema_of, sketches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..sources import Reader

#: Where a task is told the key of pseudonyms: not among what it is known by, for that is written down.
KEY: Final = "author_key"

#: One line per record of the range. `fate` is null for what became a draft; the exchange decides about those.
RECORD = pa.schema(
    [
        pa.field("offset", pa.int64()),
        pa.field("length", pa.int64()),
        pa.field("gap_framing", pa.int64()),
        pa.field("gap_blank", pa.int64()),
        pa.field("fate", pa.string()),
        pa.field("code", pa.string()),
        pa.field("pointer", pa.string()),
        pa.field("of", pa.string()),
    ]
)


def read_range(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: read bytes `[start, stop)` of an export.

    Leaves drafts and records as Arrow files, returns what they add up to.
    """
    # Hundreds of thousands of small values live and die together here, and are freed by counting: there are no cycles.
    with collector_paused():
        return _read_range(params, local, folder)


def read_layer(params: dict[str, Any], _local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: what was seen of a layer of a container. It yields no drafts."""
    told = params["layer"]
    layer = Layer(**{**told, "records": tuple(LayerRecord(**record) for record in told["records"])})
    return _written(layer_batches(layer), Export(**params["export"], path=Path()), params, folder)


def _read_range(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    export = export_of(params, local)
    return _written(batches(params, local, export), export, params, folder, local.get(KEY))


def _written(
    found: Iterable[Batch], export: Export, params: dict[str, Any], folder: Path, key: bytes | None = None
) -> dict[str, Any]:
    """Write the drafts, sketches and records of all batches; gives what they add up to."""
    claims, dedup = Claims(**params["claims"]), params["dedup"]
    totals: Counter[str] = Counter()
    tail = (0, 0)
    with (
        pa.OSFile(str(folder / DRAFTS), "wb") as drafts_out,
        pa.ipc.new_file(drafts_out, DRAFT) as draft_writer,
        pa.OSFile(str(folder / SKETCHES), "wb") as sketches_out,
        pa.ipc.new_file(sketches_out, schema_of(dedup)) as sketch_writer,
        pa.OSFile(str(folder / RECORDS), "wb") as records_out,
        pa.ipc.new_file(records_out, RECORD) as record_writer,
    ):
        write_drafts, write_sketches = _Whole(draft_writer), _Whole(sketch_writer)
        for batch in found:
            _balanced(batch, export)
            made, words = drafts(batch, export, claims, totals["records"], key)
            write_drafts.add(draft_table(made))
            write_sketches.add(sketches(made, words, dedup))
            record_writer.write_table(_records(batch, claims.platform, tail))
            totals.update(_totals(batch))
            # A batch without records hands its gap on to the next one.
            tail = _tail(batch, tail)
        write_drafts.flush()
        write_sketches.flush()
    return {**totals, "tail_framing": tail[0], "tail_blank": tail[1]}


#: Bytes of a table that are held until they are written as one batch.
_HELD: Final = 1 << 26


class _Whole:
    """Writes tables as few batches: whoever takes some rows of many columns pays for each batch and column."""

    def __init__(self, writer: pa.RecordBatchWriter) -> None:
        self._writer, self._held = writer, list[pa.Table]()

    def add(self, table: pa.Table) -> None:
        """Hold a table until there are enough."""
        self._held.append(table)
        if sum(held.nbytes for held in self._held) >= _HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held).combine_chunks())
            self._held.clear()


def export_of(params: dict[str, Any], local: dict[str, Any]) -> Export:
    """The export that a task is about, at the place where this machine has it."""
    return _export(params["export"], local["path"])


def _export(told: dict[str, Any], path: str) -> Export:
    member = Member(**told["member"]) if told["member"] else None
    return Export(**{**told, "member": member}, path=Path(path))


def batches(params: dict[str, Any], local: dict[str, Any], export: Export) -> Iterator[Batch]:
    """The records of a task's range, read in the way the source asks for."""
    reader = reader_for(params["format"], params["options"])
    limits = Limits(**params["limits"])
    if local.get("pointers"):
        pointers, findings = read_pointers(read_plain(Path(local["pointers"])), export)
        if findings:
            raise BadSources(
                f"{len(findings)} faults in the pointers",
                where=f"raw/{export.source}",
                hint="run threadcommons check",
            )
        if not local.get("present"):
            yield batch_of(pointers, export)
            return
        context = context_of(reader, params, local, export)
        with open_export(export) as (data, size):
            yield batch_of(pointers, export, lambda *span: again(reader, data, size, span, context, limits))
        return
    context = context_of(reader, params, local, export)
    yield from read_export(reader, export, (params["start"], params["stop"]), context, limits)


def context_of(reader: Reader, params: dict[str, Any], local: dict[str, Any], export: Export) -> Any:
    """What the reader wants to know from the source's other exports."""
    others = [_export(other, path) for other, path in zip(params["exports"], local["exports"], strict=True)]
    return reader.context(export, others, params["options"])


def _balanced(batch: Batch, export: Export) -> None:
    lost = batch.cut.unaccounted()
    if lost:
        raise Unbalanced(
            f"{lost} bytes unaccounted",
            where=f"raw/{export.source}",
            hint="this is a fault of the reader; report it",
        )
    outcomes = len(batch.refused) + batch.posts.num_rows
    if outcomes != len(batch.cut):
        raise Unbalanced(
            f"{len(batch.cut)} records, {outcomes} outcomes",
            where=f"raw/{export.source}",
            hint="report this fault",
        )


def _records(batch: Batch, platform: str, before: tuple[int, int]) -> pa.Table:
    cut, refused = batch.cut, sorted(batch.refused.items())
    gaps = [np.array(side, dtype=np.int64) for side in (cut.framing, cut.blank)]
    for gap, more in zip(gaps, before, strict=True):
        gap[:1] += more
    told: dict[str, list[str | None]] = {
        "fate": [refusal.fate for _, refusal in refused],
        "code": [refusal.code or None for _, refusal in refused],
        "pointer": [refusal.pointer or None for _, refusal in refused],
        "of": [f"{platform}:{refusal.of}" if refusal.of else None for _, refusal in refused],
    }
    spans = {"offset": cut.offsets, "length": cut.lengths, "gap_framing": gaps[0], "gap_blank": gaps[1]}
    # Few records are refused, so the others are not gone through. Made by polars: Arrow would load a third library.
    rows, nothing = [row for row, _ in refused], pl.repeat(None, len(cut), dtype=pl.String, eager=True)
    texts = {
        name: nothing.clone().scatter(rows, pl.Series(values, dtype=pl.String)) if rows else nothing
        for name, values in told.items()
    }
    return pl.DataFrame(spans | texts).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(RECORD)


def _tail(batch: Batch, before: tuple[int, int]) -> tuple[int, int]:
    """Gap after the last record so far; earlier gaps were given to the records that followed them."""
    carried = before if len(batch.cut) == 0 else (0, 0)
    return carried[0] + batch.cut.tail_framing, carried[1] + batch.cut.tail_blank


def _totals(batch: Batch) -> dict[str, int]:
    cut = batch.cut
    return {
        "records": len(cut),
        "record_bytes": int(cut.lengths.sum()),
        "framing_bytes": int(cut.framing.sum()) + cut.tail_framing,
        "blank_bytes": int(cut.blank.sum()) + cut.tail_blank,
    }


def described(export: Export) -> dict[str, Any]:
    """An export as task parameters: everything but where it lies."""
    return {key: value for key, value in asdict(export).items() if key != "path"}


def described_all(exports: Sequence[Export]) -> list[dict[str, Any]]:
    """Several exports as task parameters."""
    return [described(export) for export in exports]
