"""The columns that no record can decide alone, decided once more for one row from all rows of its release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..conversation import resolve
from ..model import AGAIN
from .rejoin import ENTRY, HAS_WORDS, left_out, papers_met, renamed

if TYPE_CHECKING:
    from .opened import Release
    from .rejoin import Again

    Row = dict[str, Any]

_THREAD: Final = (
    "id", "parent_id", "quoted_id", "conversation_id", "parent_state", "created_at", "release", "source",
    "source_file", "source_offset",
)  # fmt: skip
#: Where a record may say that its parent is, when it cannot be seen.
_STATED: Final = ("deleted", "not_collected", "unknown")


def decided_by_all(release: Release, row: Row, derived: Row, again: Again) -> dict[str, Any]:
    """The values that `row` must have in those columns, given what its record says (`derived`).

    That is always `parent_id`, `quoted_id`, `parent_state`, `conversation_id`, `position`, `merged_from` and
    `modified`; for a row that met others also its papers. `again` derives the record of another row.
    """
    posts, stands, others = release.frame("posts", _THREAD), _standing(release), _again(release)

    def told(found: Row) -> Row:
        """What a record says, in the words of the ledger."""
        again = others.get(found["id"], [])
        found = renamed(found, stands)
        return {**found, "carries": found["carries"] or next(iter(again), None), "again": again}

    derived = told(derived)
    parent = _parent(posts, row["id"], derived["parent_id"])
    there = posts.filter(pl.col("id") == parent) if parent is not None else posts.clear()
    repeats, versions = _repeats(release, row["id"]), left_out(release, row["id"]).filter(HAS_WORDS)

    def renaming(source: str, file: str, offset: int, length: int) -> Row | None:
        found = again(source, file, offset, length)
        return found and told(found)

    merged = sorted(set(repeats["id"]) - {row["id"]})
    return {
        **_flags(row, derived),
        **papers_met(release, row, derived, pl.concat([repeats, versions]), renaming),
        "parent_id": parent,
        "quoted_id": derived["quoted_id"],
        "parent_state": _state(there, parent, derived.get("claimed_state")),
        "conversation_id": _conversation(there, parent, derived),
        "position": _position(posts, row),
        "merged_from": merged,
        "modified": (bool(derived["modified"]) and row["release"] == "published") or bool(merged),
    }


def _standing(release: Release) -> dict[str, str]:
    """Id of each post that another stands for, and the id of that one."""
    ledger = release.frame("ledger", ("id", "of", "fate"))
    others = ledger.filter((pl.col("fate") == "duplicate") & (pl.col("id") != pl.col("of")))
    return dict(others.select("id", "of").iter_rows())


def _again(release: Release) -> dict[str, list[str]]:
    """Ids of what rows answer or quote and say again, by the id of the row, as the ledger tells it."""
    ledger = release.frame("ledger", ("id", "fate", "detail"))
    mine = pl.col("fate").is_in(["row", "withheld"]) & pl.col("detail").str.starts_with(AGAIN)
    told = ledger.filter(mine).select("id", "detail")
    return {id_: detail.removeprefix(AGAIN).split(" ") for id_, detail in told.iter_rows()}


def _flags(row: Row, derived: Row) -> dict[str, Any]:
    """The flags of the record, and those that only all rows together can tell."""
    told = {flag for flag in row["quality_flags"] if flag.startswith("duplicate.")}
    return {"quality_flags": sorted({*derived["quality_flags"], *told})} if told else {}


def _parent(posts: pl.DataFrame, id_: str, named: str | None) -> str | None:
    """What the record names, unless that would close a circle: there the link was cut.

    A circle shows in what is left of it: from the parent named, the way up ends at the row itself.
    """
    above = dict(posts.select("id", "parent_id").iter_rows())
    if named is None or above.get(id_) is not None:
        return named
    at: str | None = named
    while at is not None and at != id_:
        at = above.get(at)
    return None if at == id_ else named


def _state(there: pl.DataFrame, parent: str | None, stated: str | None) -> str:
    """Where the parent is, by looking; what the record says counts only where there is nothing to see."""
    if len(there):
        return "withheld" if there["release"][0] == "withheld" else "present"
    absent = stated if stated in _STATED else None
    return absent or ("not_collected" if parent is not None else "root")


def _conversation(there: pl.DataFrame, parent: str | None, derived: Row) -> str:
    """The parent's, if it is here; else what the record claims, else what it answers, else the row itself."""
    if len(there):
        return str(there["conversation_id"][0])
    return str(derived.get("claimed_conversation") or parent or derived["id"])


def _position(posts: pl.DataFrame, row: Row) -> int | None:
    """The row's rank when its conversation is put in order once more."""
    thread = posts.filter(pl.col("conversation_id") == row["conversation_id"]).sort(
        "source", "source_file", "source_offset"
    )
    resolved = resolve(
        thread.with_columns(
            withheld=pl.col("release") == "withheld",
            claimed_conversation=pl.col("conversation_id"),
            claimed_state=pl.col("parent_state"),
        )
    )
    return dict(zip(thread["id"], resolved.position, strict=True)).get(row["id"])


def _repeats(release: Release, id_: str) -> pl.DataFrame:
    """The entries of the ledger that stand behind the row."""
    ledger = release.frame("ledger", ENTRY)
    return ledger.filter((pl.col("fate") == "duplicate") & (pl.col("of") == id_))
