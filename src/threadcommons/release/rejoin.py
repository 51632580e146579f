"""What a row took from others, and what that does to its papers: licences meet where words do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .opened import Release

    Row = dict[str, Any]
    #: Derives the record of a row or of an entry of the ledger again; None where its export is not at hand.
    Again = Callable[[str, str, int, int], Row | None]

#: What goes with the words when they are withheld: a null, or an empty list.
_WITH_THE_WORDS: Final[dict[str, Any]] = {
    "text": None,
    "title": None,
    "author": None,
    "attribution": None,
    "rights_holder": None,
    "links": [],
    "media": [],
}
_PLACE: Final = ("source", "file", "offset", "length")


def papers_met(
    release: Release, row: Row, derived: Row, repeats: pl.DataFrame, again: Again
) -> dict[str, Any]:
    """The columns of `row` that others had a say in, given what its own record says (`derived`).

    `repeats` are the entries of the ledger that stand behind the row. Empty for a row that met nobody.
    """
    quoted = _quoted(release, row, derived)
    licenses = [other["license"] for place in repeats.select(_PLACE).iter_rows() if (other := again(*place))]
    licenses += [quoted["license"]] if quoted else []
    if not licenses:
        return {}
    label = licensing.meet(derived["license"], *licenses)
    kept_back = bool(quoted and quoted["release"] == "withheld")
    open_ = not kept_back and licensing.releasable(label) and _published(release, derived, label)
    papers = {
        "license": label,
        "license_class": licensing.license_class(label),
        "share_alike": bool(licensing.share_alike(label)),
        "release": "published" if open_ else "withheld",
        "attribution": _credit(derived, quoted, again),
    }
    return papers if open_ else {**papers, **_WITH_THE_WORDS}


def _published(release: Release, derived: Row, label: str) -> bool:
    """What was withheld stays so; of the rest, the classes that the recipe publishes."""
    return (
        derived["release"] == "published"
        and licensing.license_class(label) in release.manifest["publish"]["classes"]
    )


def _quoted(release: Release, row: Row, derived: Row) -> Row | None:
    """The row whose words the post carries, if it carries any and that row is here."""
    if not derived.get("embeds") or row["quoted_id"] is None:
        return None
    columns = ("id", "license", "release", "source", "source_file", "source_offset", "source_length")
    found = release.frame("posts", columns).filter(pl.col("id") == row["quoted_id"])
    return found.row(0, named=True) if len(found) else None


def _credit(derived: Row, quoted: Row | None, again: Again) -> str | None:
    """The row's own credit line, and after it that of the post quoted, if its licence asks for one."""
    lines = [derived["attribution"]]
    if quoted and quoted["release"] == "published" and licensing.demands_credit(quoted["license"]):
        place = (quoted["source"], quoted["source_file"], quoted["source_offset"], quoted["source_length"])
        other = again(*place)
        lines += [f"quoting {other['attribution']}"] if other and other["attribution"] else []
    return "; ".join(line for line in lines if line) or None
