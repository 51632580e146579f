"""What a row took from others, and what that does to its papers: licences meet where words do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from .. import licensing
from ..conversation import NAMING
from ..model import AS_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    "quality_flags": [],
    "redactions": [],
}
_PLACE: Final = ("source", "file", "offset", "length")


def papers_met(
    release: Release, row: Row, derived: Row, repeats: pl.DataFrame, again: Again
) -> dict[str, Any]:
    """The columns of `row` that others had a say in, given what its own record says (`derived`).

    `repeats` are the entries of the ledger that stand behind the row; `again` in `derived` are ids of rows whose
    words it says again. Empty for a row that met nobody.
    """
    copies = [copy for place in repeats.select(_PLACE).iter_rows() if (copy := again(*place))]
    derived = {**derived, "carries": derived["carries"] or _copied(derived, copies)}
    chain = _chain(release, row, derived, again)
    if not copies and not chain:
        return {}
    others = [_chain(release, row, {"carries": other}, again)[:1] for other in derived.get("again", ())]
    carried = [*chain[:1], *(post for found in others for post in found)]
    found = licensing.joined(
        derived["license"],
        [copy["license"] for copy in copies],
        [post.row["license"] for post in carried],
        release.manifest["publish"]["classes"],
        release.manifest["publish"]["choices"],
        _kept_back(derived, copies, carried),
    )
    papers = {
        "license": found.license,
        "license_class": found.license_class,
        "share_alike": found.share_alike,
        "release": "withheld" if found.reason else "published",
        "author": derived["creator"] if found.credit else derived["alias"],
        "attribution": _credit(derived, copies, chain),
    }
    as_read = {name: derived[read] for name, read in AS_READ.items()}
    return {**papers, **_WITH_THE_WORDS, **as_read} if found.reason else papers


def renamed(derived: Row, stands: Mapping[str, str]) -> Row:
    """What a record says, with the ids that it names; `stands` gives the id of the row that stands for a duplicate."""
    return derived | {name: stands.get(derived[name], derived[name]) for name in NAMING if derived[name] is not None}


def _copied(derived: Row, copies: list[Row]) -> str | None:
    """Whose words copies that are the same to the letter say that they carry."""
    told = {copy["carries"] for copy in copies if copy["read_sha256"] == derived["read_sha256"]}
    return min(told - {None, derived["id"]}, default=None)


class _Quoted(NamedTuple):
    """A row whose words are carried, and what its own record says, where that is at hand."""

    row: Row
    derived: Row | None


def _chain(release: Release, row: Row, derived: Row, again: Again) -> list[_Quoted]:
    """The rows whose words the post carries, from quote to quote, as far as they are here."""
    columns = ("id", "license", "release", "source", "source_file", "source_offset", "source_length")
    posts = release.frame("posts", columns)
    found: list[_Quoted] = []
    carrier: Row | None = derived
    while carrier and carrier["carries"] and len(found) <= licensing.FAR:
        here = posts.filter(pl.col("id") == carrier["carries"])
        if not len(here) or here["id"][0] in {row["id"], *(post.row["id"] for post in found)}:
            break
        quoted = here.row(0, named=True)
        carrier = again(*(quoted[name] for name in ("source", "source_file", "source_offset", "source_length")))
        found.append(_Quoted(quoted, carrier))
    return found


def _kept_back(derived: Row, copies: list[Row], carried: list[_Quoted]) -> str | None:
    """Why the words stay back in this row, or in one that it repeats or carries."""
    reasons = [one["reason"] for one in (derived, *copies) if one["release"] == "withheld"]
    reasons += [licensing.CARRIES_WITHHELD for post in carried if post.row["release"] == "withheld"]
    return reasons[0] if reasons else None


def _credit(derived: Row, copies: list[Row], chain: list[_Quoted]) -> str | None:
    """The row's own credit line, and after it those of what it repeats and carries."""
    taken = [(post.row["id"], _line(post.derived)) for post in chain]
    lines = (derived["attribution"], licensing.also(_line(derived), [_line(copy) for copy in copies], taken))
    return "; ".join(line for line in lines if line) or None


def _line(derived: Row | None) -> str | None:
    """The credit line that a record's own licence asks for."""
    line: str | None = derived["attribution"] if derived and derived["credit"] else None
    return line
