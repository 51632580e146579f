"""Takes personal data out of texts: whole columns at a time, the same text always in the same way."""

from __future__ import annotations

import bisect
import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..texts import Texts, texts_of
from .gates import possible
from .kinds import FINDERS, hits
from .policy import KINDS
from .shadow import TOKENS, shadow_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
    """One text as it may be published, with its redactions as (kind, start, length) and its flags.

    `settled` is whether it was looked through and nothing was left to take out.
    """

    text: str
    redactions: tuple[tuple[str, int, int], ...] = ()
    flags: tuple[str, ...] = ()
    settled: bool = False


def cleaned(text: str, policy: Policy) -> Cleaned:
    """One text under a policy; all that `redact` does, without looking at columns first.

    Taking one thing out can bring a word nearer to another number, so it is done until nothing is left to take out:
    what is published would come through unchanged. Each round takes out at least one thing, and only what stands
    within the reach of a word of another can be left for the next.
    """
    state = Cleaned(text)
    while not state.settled:
        state = _round(state, policy, KINDS)
    return state


def _round(state: Cleaned, policy: Policy, kinds: Collection[str]) -> Cleaned:
    """One round over a text in which only these kinds may be."""
    found = hits(shadow_of(state.text), kinds)
    out = [hit for hit in found if policy.of(hit.kind) == "redact"]
    if out:
        return _replaced(state, out)
    flags = sorted({FLAG + hit.kind for hit in found if policy.of(hit.kind) == "flag"})
    return Cleaned(state.text, state.redactions, tuple(flags), settled=True)


def _replaced(state: Cleaned, out: list[Hit]) -> Cleaned:
    """The text with tokens for what is to go out, and where all tokens are then, from left to right."""
    pieces, at, shift, passed = [], 0, 0, 0
    places: list[tuple[str, int, int]] = []
    starts = [start for _, start, _ in state.redactions]
    for hit in out:
        before = bisect.bisect_left(starts, hit.start)
        places += [(kind, start + shift, length) for kind, start, length in state.redactions[passed:before]]
        token = TOKENS[hit.kind]
        pieces += [state.text[at : hit.start], token]
        places.append((hit.kind, hit.start + shift, len(token)))
        shift += len(token) - (hit.stop - hit.start)
        at, passed = hit.stop, before
    places += [(kind, start + shift, length) for kind, start, length in state.redactions[passed:]]
    return Cleaned("".join((*pieces, state.text[at:])), tuple(places))


#: Kinds that nothing else could be taken for, so that those who keep them need not look for them.
_LIKE_NOTHING: Final = ("handle", "postal")


def redact(given: pl.Series | Texts, policy: Policy) -> Redacted:
    """Texts under a policy. Most have nothing and are never looked at one by one."""
    some = texts_of(given)
    texts = some.column
    wanted = [kind for kind in KINDS if policy.of(kind) != "keep"]
    kept = tuple(kind for kind in KINDS if kind not in wanted and kind not in _LIKE_NOTHING)
    there = texts.is_not_null()
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True).filter(there)
    current = Texts(texts.filter(there)) if texts.null_count() else some
    states: dict[int, Cleaned] = {}
    while wanted and len(rows):
        changed: list[int] = []
        for row, text, kinds in _candidates(rows, current, wanted):
            state = _round(states.get(row, Cleaned(text)), policy, (*kept, *kinds))
            states[row] = state
            changed += () if state.settled else (row,)
        rows = pl.Series(changed, dtype=pl.UInt32)
        current = Texts(pl.Series([states[row].text for row in changed], dtype=pl.String))
    return _assembled(texts, list(states), list(states.values()))


def _candidates(rows: pl.Series, texts: Texts, wanted: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Rows that may hold something, with their texts and the kinds that each may hold."""
    may = pl.DataFrame(possible(texts, wanted))
    some = functools.reduce(operator.or_, may.get_columns())
    if not some.any():
        return
    answers = may.filter(some).rows()
    for row, text, answer in zip(rows.filter(some), texts.column.filter(some), answers, strict=True):
        yield row, text, [kind for kind, yes in zip(may.columns, answer, strict=True) if yes]


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
    kinds = {"kind": pl.String, "start": pl.Int64, "length": pl.Int64}
    values = pl.DataFrame(flat, schema=kinds, orient="row").to_struct()
    return _spread(height, [(row, len(result.redactions)) for row, result in new], values, "redactions", REDACTIONS)


def _lists(height: int, rows: list[tuple[int, tuple[str, ...]]], name: str, dtype: pl.DataType) -> pl.Series:
    values = pl.Series([one for _, some in rows for one in some], dtype=pl.String)
    return _spread(height, [(row, len(some)) for row, some in rows], values, name, dtype)


def _spread(height: int, lengths: list[tuple[int, int]], values: pl.Series, name: str, dtype: pl.DataType) -> pl.Series:
    """A column of lists that are empty but in some rows, from their lengths and all values one after another."""
    offsets = np.zeros(height + 1, dtype=np.int64)
    for row, length in lengths:
        offsets[row + 1] = length
    # By way of polars: made of values of Python, arrays load a third library.
    both = pl.Series(np.cumsum(offsets)), values
    ends, items = (one.to_arrow(compat_level=pl.CompatLevel.oldest()) for one in both)
    return pl.Series(name, pa.LargeListArray.from_arrays(ends, items)).cast(dtype)


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
