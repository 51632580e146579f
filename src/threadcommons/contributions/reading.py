"""One export, read for `check`: what it holds in numbers, and a finding for every record that is no post."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl

from .. import sources
from ..errors import ThreadCommonsError
from ..files import read_plain, shown
from ..findings import Finding, Place
from ..licensing import declared
from ..licensing.judging import KEYS, Key, keys_of, lacks_of
from ..report import MOST
from ..sources import again, batch_of, is_container, layer_batches, open_export, read_pointers, reader_for
from ..sources.declaration import POINTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..model import Export, Limits
    from ..sources import Batch, Declaration, Part, Reader

_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Fault:
    """Something wrong at a byte of an export: a code, a JSON Pointer within the record, and the detail."""

    code: str
    offset: int
    pointer: str = ""
    detail: str = ""


class Claim(NamedTuple):
    """What posts say that their licence depends on, and codes of what their credit lacks, if it asks for one."""

    key: Key
    lacks: tuple[str, ...]


#: Claims with the number of posts that make them and the offset of the first.
Claims = dict[Claim, tuple[int, int]]


@dataclass(frozen=True)
class Reading:
    """What reading one export adds up to.

    `refused` counts records that are no posts, by code (or fate, where nothing is wrong); `accounted` bytes
    that belong to a record or a gap. Of each post with a native id, a hash of the id (`keys`, uint64) and the
    place (`offsets`, int64) are kept, so that repeated ids can be found; of all others nothing but their
    share in `claims`.
    """

    declaration: Declaration
    export: Export
    limits: Limits
    findings: tuple[Finding, ...]
    records: int
    posts: int
    claims: Claims
    accounted: int
    refused: Counter[str]
    keys: np.ndarray
    offsets: np.ndarray


@dataclass(frozen=True)
class _Part:
    """The same for one batch."""

    records: int
    posts: int
    claims: Claims
    accounted: int
    refused: Counter[str]
    faults: tuple[Fault, ...]
    keys: np.ndarray
    offsets: np.ndarray


def read_export(declaration: Declaration, part: Part, limits: Limits) -> Reading:
    """Read one export, or one part of a container, to its end. `declaration` has all parts as its exports.

    What keeps it from being read, in whole or from some point on, is a finding too.
    """
    export = part.export
    findings: list[Finding] = []
    parts: list[_Part] = []
    found = layer_batches(part.layer) if part.layer else batches(declaration, export, limits, findings)
    try:
        for batch in found:
            parts.append(_part(batch, declaration))  # noqa: PERF401  (an error ends it)
    except (ThreadCommonsError, OSError) as error:
        findings.append(
            Finding("source.unreadable-export", Place(export.source, shown(export.name)), shown(str(error)))
        )
    refused = sum((part.refused for part in parts), Counter[str]())
    findings += found_at(export, [fault for part in parts for fault in part.faults], refused)
    return Reading(
        declaration, export, limits, tuple(findings),
        sum(part.records for part in parts), sum(part.posts for part in parts),
        _all_claims(parts), sum(part.accounted for part in parts),
        refused,
        np.concatenate([np.zeros(0, np.uint64), *(part.keys for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.offsets for part in parts)]),
    )  # fmt: skip


def batches(
    declaration: Declaration, export: Export, limits: Limits, findings: list[Finding] | None = None
) -> Iterator[Batch]:
    """The batches of an export as a build reads them: by its pointers if it has some.

    Faults of a pointers file are added to `findings`.
    """
    beside = export.path.with_name(export.path.name + POINTERS)
    if not beside.exists():
        yield from plain_batches(declaration, export, limits)
        return
    pointers, faults = read_pointers(read_plain(beside), export)
    if findings is not None:
        findings += faults
    if not export.stored:
        yield batch_of(pointers, export)
        return
    reader, context = _known(declaration, export)
    with open_export(export) as (data, size):
        yield batch_of(pointers, export, lambda *span: again(reader, data, size, span, context, limits))


def plain_batches(declaration: Declaration, export: Export, limits: Limits) -> Iterator[Batch]:
    """The batches of an export as its bytes alone tell, whatever pointers lie beside it."""
    reader, context = _known(declaration, export)
    yield from sources.read_export(reader, export, (0, export.size), context, limits)


def _known(declaration: Declaration, export: Export) -> tuple[Reader, Any]:
    """The reader, and what it knows of the source's other exports."""
    reader = reader_for(declaration.format, declaration.options)
    needed = set(reader.needs(export.name, [other.name for other in declaration.exports]))
    others = [other for other in declaration.exports if other.name in needed]
    return reader, reader.context(export, others, declaration.options)


def posts_at(reading: Reading, offsets: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The posts whose records begin at `offsets`, read again, each with its offset."""
    for batch in batches(reading.declaration, reading.export, reading.limits):
        starts = batch.cut.offsets[batch.posts["record"].to_numpy()].tolist()
        chosen = [row for row, offset in enumerate(starts) if offset in offsets]
        yield from zip([starts[row] for row in chosen], batch.posts.take(chosen).to_pylist(), strict=True)


def first_of_each(faults: Iterable[Fault]) -> list[Fault]:
    """The first faults of each code, as many as a report tells."""
    seen: Counter[str] = Counter()
    kept = []
    for fault in faults:
        seen[fault.code] += 1
        if seen[fault.code] <= MOST:
            kept.append(fault)
    return kept


def found_at(export: Export, faults: Iterable[Fault], totals: Mapping[str, int]) -> list[Finding]:
    """Findings for faults of an export, with line numbers where its bytes are at hand.

    `totals` says how many there are of each code. Where they are more than a report tells, the last place among the
    findings goes to one that says so.
    """
    kept = first_of_each(sorted(faults, key=lambda fault: fault.offset))
    many = {code for code, total in totals.items() if total > MOST}
    last = {fault.code: fault for fault in kept}
    listed = [fault for fault in kept if fault.code not in many or fault is not last[fault.code]]
    place = Place(export.source, shown(export.name))
    summed = [
        Finding(code, place, f"{totals[code]:,} in all, the first {MOST - 1} are listed")
        for code in sorted(many & last.keys())
    ]
    lines = line_numbers(export, [fault.offset for fault in listed])
    return summed + [
        Finding(
            fault.code,
            Place(export.source, shown(export.name), fault.offset, line, shown(fault.pointer)),
            shown(fault.detail),
        )
        for fault, line in zip(listed, lines, strict=True)
    ]


def _part(batch: Batch, declaration: Declaration) -> _Part:
    cut, platform = batch.cut, declaration.table["platform"]
    posts = pl.from_arrow(batch.posts.select(_NEEDED))
    assert isinstance(posts, pl.DataFrame)  # noqa: S101  (a table is never a series)
    named = posts.filter(pl.col("native_id").is_not_null())
    refusals = sorted(batch.refused.items())
    faults = (
        Fault(refusal.code, int(cut.offsets[index]), refusal.pointer, refusal.detail)
        for index, refusal in refusals
        if refusal.code
    )
    return _Part(
        records=len(cut),
        posts=batch.posts.num_rows,
        claims=_claims(posts, cut.offsets, declaration.license),
        accounted=cut.stop - cut.start - cut.unaccounted(),
        refused=Counter(refusal.code or refusal.fate for _, refusal in refusals),
        faults=tuple(first_of_each(faults)),
        keys=named.select(pl.concat_str([pl.lit(f"{platform}:"), pl.col("native_id")]).hash())
        .to_series()
        .to_numpy(),
        offsets=cut.offsets[named["record"].to_numpy()],
    )


def _claims(posts: pl.DataFrame, offsets: np.ndarray, license_: dict[str, Any]) -> Claims:
    lacks = lacks_of(posts, license_.get("rights_holder"))
    keys = keys_of(posts, declared(license_)).with_columns(lacks=lacks, record=posts["record"])
    grouped = keys.group_by(*KEYS, "lacks", maintain_order=True).agg(
        posts=pl.len(), first=pl.col("record").min()
    )
    return {
        Claim(Key(*key), tuple(lacking.split())): (count, int(offsets[first]))
        for *key, lacking, count, first in grouped.iter_rows()
    }


#: Columns of posts that a reading looks at.
_NEEDED: Final = [
    "native_id", "license", "author", "kind", "title", "url", "rights_holder", "created_at", "edited_at", "wishes",
    "record",
]  # fmt: skip


def _all_claims(parts: Sequence[_Part]) -> Claims:
    """The claims of all parts; parts are in order, so the first place of each claim stays."""
    total: Claims = {}
    for part in parts:
        for claim, (posts, offset) in part.claims.items():
            before = total.get(claim, (0, offset))
            total[claim] = (before[0] + posts, before[1])
    return total


def line_numbers(export: Export, offsets: Sequence[int]) -> list[int | None]:
    """The lines, counted from 1, in which rising offsets stand. Nothing is read when none is asked for."""
    if not offsets or not export.stored or (export.member is None and is_container(export)):
        return [None] * len(offsets)
    lines: list[int | None] = []
    at, line = 0, 1
    with open_export(export) as (data, _):
        for offset in offsets:
            starts = range(at, offset, _BLOCK)
            line += sum(data[start : min(offset, start + _BLOCK)].count(b"\n") for start in starts)
            at = offset
            lines.append(line)
    return lines
