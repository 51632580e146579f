"""Takes personal data out of texts: whole columns at a time, the same text always in the same way."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from .gates import possible
from .kinds import FINDERS, hits
from .policy import KINDS
from .shadow import TOKENS, shadow_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from .kinds import Hit
    from .policy import Policy

#: One redaction: its kind, and the code points of the published text that stand for what was there.
REDACTIONS: Final = pl.List(pl.Struct({"kind": pl.String, "start": pl.Int64, "length": pl.Int64}))
FLAGS: Final = pl.List(pl.String)
#: Before the kind, in flags.
FLAG: Final = "privacy."


@dataclass(frozen=True)
class Redacted:
    """Texts as they may be published, row by row as they came; a null stays null.

    `redactions` has type `REDACTIONS`, by rising start; `flags` names the kinds that were left in the text but are to
    be told, sorted; `changed` is whether the published text differs, false for a null.
    """

    texts: pl.Series
    redactions: pl.Series
    flags: pl.Series
    changed: pl.Series


@dataclass(frozen=True)
class Cleaned:
    """One text as it may be published, with its redactions as (kind, start, length) and its flags."""

    text: str
    redactions: tuple[tuple[str, int, int], ...] = ()
    flags: tuple[str, ...] = ()


def cleaned(text: str, policy: Policy, kinds: Collection[str] = KINDS) -> Cleaned:
    """One text under a policy. `kinds` are those that may be in it; none of the others is looked for at first.

    Taking one thing out can bring a word nearer to another number, so it is done until nothing is left to take out:
    what is published would come through unchanged. Each round takes out at least one thing, and only what stands
    within the reach of a word of another can be left for the next.
    """
    taken: list[tuple[int, str]] = []
    while True:
        found = hits(shadow_of(text), kinds)
        out = [hit for hit in found if policy.of(hit.kind) == "redact"]
        if not out:
            flags = sorted({FLAG + hit.kind for hit in found if policy.of(hit.kind) == "flag"})
            redactions = tuple((kind, start, len(TOKENS[kind])) for start, kind in taken)
            return Cleaned(text, redactions, tuple(flags))
        text, taken = _replaced(text, out, taken)
        kinds = KINDS


def _replaced(text: str, out: list[Hit], taken: list[tuple[int, str]]) -> tuple[str, list[tuple[int, str]]]:
    """The text with tokens for what is to go out, and where all tokens are then, from left to right."""
    pieces, at, shift, places, passed = [], 0, 0, [], 0
    for hit in out:
        before = bisect.bisect_left(taken, (hit.start, ""))
        places += [(start + shift, kind) for start, kind in taken[passed:before]]
        token = TOKENS[hit.kind]
        pieces += [text[at : hit.start], token]
        places.append((hit.start + shift, hit.kind))
        shift += len(token) - (hit.stop - hit.start)
        at, passed = hit.stop, before
    places += [(start + shift, kind) for start, kind in taken[passed:]]
    return "".join((*pieces, text[at:])), places


def redact(texts: pl.Series, policy: Policy) -> Redacted:
    """Texts under a policy. Most have nothing and are never looked at one by one."""
    wanted = [kind for kind in KINDS if policy.of(kind) != "keep"]
    rows, masks = _candidates(texts, wanted)
    kept = tuple(kind for kind in KINDS if kind not in wanted)
    results = [
        cleaned(text, policy, (*kept, *(kind for kind, mask in masks.items() if mask[at])))
        for at, text in enumerate(texts.gather(rows))
    ]
    return _assembled(texts, rows, results)


def _candidates(texts: pl.Series, wanted: list[str]) -> tuple[list[int], dict[str, list[bool]]]:
    """Rows that may hold something, and for each kind, which of these rows may hold it."""
    rows = texts.is_not_null().arg_true()
    if not wanted or not len(rows):
        return [], {}
    may = possible(texts.gather(rows) if len(rows) < len(texts) else texts, wanted)
    some = pl.DataFrame(may).select(pl.any_horizontal(pl.all())).to_series()
    return rows.filter(some).to_list(), {kind: mask.filter(some).to_list() for kind, mask in may.items()}


def _assembled(texts: pl.Series, rows: list[int], results: list[Cleaned]) -> Redacted:
    """Columns from the rows that were looked at; all others stay as they came."""
    height = len(texts)
    new = [(row, result) for row, result in zip(rows, results, strict=True) if result.redactions]
    changed = np.zeros(height, dtype=bool)
    changed[[row for row, _ in new]] = True
    published = texts
    if new:
        values = pl.Series([result.text for _, result in new], dtype=pl.String)
        published = texts.clone().scatter([row for row, _ in new], values)
    return Redacted(
        texts=published.rename(texts.name),
        redactions=_redactions(height, new),
        flags=_lists(height, [(row, result.flags) for row, result in zip(rows, results, strict=True)], "flags", FLAGS),
        changed=pl.Series("changed", changed),
    )


def _redactions(height: int, new: list[tuple[int, Cleaned]]) -> pl.Series:
    flat = [one for _, result in new for one in result.redactions]
    values = pa.StructArray.from_arrays(
        [pa.array([one[at] for one in flat], kind) for at, kind in enumerate((pa.string(), pa.int64(), pa.int64()))],
        ["kind", "start", "length"],
    )
    return _spread(height, [(row, len(result.redactions)) for row, result in new], values, "redactions", REDACTIONS)


def _lists(height: int, rows: list[tuple[int, tuple[str, ...]]], name: str, dtype: pl.DataType) -> pl.Series:
    values = pa.array([one for _, some in rows for one in some], pa.string())
    return _spread(height, [(row, len(some)) for row, some in rows], values, name, dtype)


def _spread(height: int, lengths: list[tuple[int, int]], values: pa.Array, name: str, dtype: pl.DataType) -> pl.Series:
    """A column of lists that are empty but in some rows, from their lengths and all values one after another."""
    offsets = np.zeros(height + 1, dtype=np.int64)
    for row, length in lengths:
        offsets[row + 1] = length
    lists = pa.LargeListArray.from_arrays(pa.array(np.cumsum(offsets)), values)
    series = pl.Series(name, lists)
    return series.cast(dtype)


@dataclass(frozen=True)
class Links:
    """Lists of addresses as they may be published, and whether any of a list differs; a null list stays null."""

    links: pl.Series
    changed: pl.Series


def redact_links(links: pl.Series, policy: Policy) -> Links:
    """Lists of addresses under a policy: `mailto:`, `tel:`, names and keys in URLs. Nothing of flags is told here."""
    flat = links.explode(empty_as_null=False, keep_nulls=False)
    done = redact(flat, policy)
    changed = np.zeros(len(links), dtype=bool)
    if not done.changed.any():
        return Links(links, pl.Series("changed", changed))
    row = np.repeat(np.arange(len(links)), links.list.len().fill_null(0).to_numpy())
    changed[row[done.changed.to_numpy()]] = True
    rows = np.flatnonzero(changed)
    parts = pl.DataFrame({"row": row, "link": done.texts}).filter(pl.col("row").is_in(rows))
    lists = parts.group_by("row", maintain_order=True).agg("link")
    at = np.arange(len(links))
    at[rows] = np.arange(len(links), len(links) + len(rows))
    both = pl.concat([links, lists["link"].alias(links.name)])
    return Links(both.gather(pl.Series(at)), pl.Series("changed", changed))


assert set(FINDERS) == set(KINDS)  # noqa: S101  (every kind has a finder and a policy)
