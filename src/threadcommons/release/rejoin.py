"""What a row took from others, and what that does to its papers: licences meet where words do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from .. import licensing
from ..conversation import NAMING
from ..model import AS_READ, WORDLESS

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
#: Columns of an entry of the ledger.
ENTRY: Final = (*_PLACE, "id", "of", "fate", "code")
#: Of an entry of a post that was left out: whether there are words in it that somebody may repeat.
HAS_WORDS: Final = ~pl.col("code").is_in(WORDLESS)


def papers_met(
    release: Release, row: Row, derived: Row, repeats: pl.DataFrame, again: Again
) -> dict[str, Any]:
    """The columns of `row` that others had a say in, given what its own record says (`derived`).

    `repeats` are the entries of the ledger that stand behind the row, or were left out under its id; `again` in
    `derived` are ids of posts whose words it says again. Empty for a row that met nobody.
    """
    copies = _derived(repeats, again)
    derived = {**derived, "carries": derived["carries"] or _copied(derived, copies)}
    chain = _chain(release, row, derived, again)
    if not copies and not chain:
        return {}
    others = [_chain(release, row, {"carries": other}, again)[:1] for other in derived.get("again", ())]
    carried = [*chain[:1], *(post for found in others for post in found)]
    found = _met(release, derived, copies, carried)
    papers = {
        "license": found.license,
        "license_class": found.license_class,
        "share_alike": found.share_alike,
        "release": _release(found),
        "author": derived["creator"] if found.credit else derived["alias"],
        "attribution": _credit(derived, copies, chain),
    }
    as_read = {name: derived[read] for name, read in AS_READ.items()}
    return {**papers, **_WITH_THE_WORDS, **as_read} if found.reason else papers


def _met(release: Release, derived: Row, copies: list[Row], carried: list[_Quoted]) -> licensing.Joined:
    """What comes of the licences of a post, of its copies and of those whose words it carries."""
    return licensing.joined(
        derived["license"],
        [copy["license"] for copy in copies],
        [post.row["license"] for post in carried],
        release.manifest["publish"]["classes"],
        release.manifest["publish"]["choices"],
        _kept_back(derived, copies, carried),
    )


def _release(found: licensing.Joined) -> str:
    return "withheld" if found.reason else "published"


def renamed(derived: Row, stands: Mapping[str, str]) -> Row:
    """What a record says, with the ids that it names; `stands` gives the id of the row that stands for a duplicate."""
    return derived | {name: stands.get(derived[name], derived[name]) for name in NAMING if derived[name] is not None}


def _copied(derived: Row, copies: list[Row]) -> str | None:
    """Whose words copies that are the same to the letter say that they carry."""
    told = {copy["carries"] for copy in copies if copy["read_sha256"] == derived["read_sha256"]}
    return min(told - {None, derived["id"]}, default=None)


def left_out(release: Release, id_: str) -> pl.DataFrame:
    """The entries of posts that rules of quality left out under an id, in their order."""
    ledger = release.frame("ledger", ENTRY)
    rules = pl.col("code").str.starts_with("quality.")
    return ledger.filter((pl.col("fate") == "excluded") & (pl.col("id") == id_) & rules)


def _derived(entries: pl.DataFrame, again: Again) -> list[Row]:
    """What the records of some entries say, as far as they are at hand."""
    return [found for place in entries.select(_PLACE).iter_rows() if (found := again(*place))]


class _Quoted(NamedTuple):
    """A post whose words are carried, as it was published, and what its own record says, where that is at hand."""

    row: Row
    derived: Row | None


def _chain(release: Release, row: Row, derived: Row, again: Again) -> list[_Quoted]:
    """The posts whose words the post carries, from quote to quote, as far as they are here."""
    found: list[_Quoted] = []
    carrier: Row | None = derived
    while carrier and carrier["carries"] and len(found) <= licensing.FAR:
        if carrier["carries"] in {row["id"], *(post.row["id"] for post in found)}:
            break
        quoted = _quoted(release, carrier["carries"], again)
        if quoted is None:
            break
        carrier = quoted.derived
        found.append(quoted)
    return _labelled(release, found, again)


def _quoted(release: Release, id_: str, again: Again) -> _Quoted | None:
    """The post under an id: a row, or else the first that was left out. None where there is none, or none at hand."""
    columns = ("id", "license", "release", "source", "source_file", "source_offset", "source_length")
    here = release.frame("posts", columns).filter(pl.col("id") == id_)
    if len(here):
        row = here.row(0, named=True)
        return _Quoted(row, again(*(row[name] for name in columns[3:])))
    said = _derived(left_out(release, id_).head(1), again)
    return _Quoted({"id": id_, "license": None, "release": None}, said[0]) if said else None


def _labelled(release: Release, chain: list[_Quoted], again: Again) -> list[_Quoted]:
    """A chain in which also those that were left out, and so have no row, have a licence: as they would have had it."""
    found: list[_Quoted] = []
    for post in reversed(chain):
        if post.row["license"] is not None or post.derived is None:
            found.append(post)
            continue
        copies = _derived(left_out(release, post.row["id"]).slice(1).filter(HAS_WORDS), again)
        met = _met(release, post.derived, copies, found[-1:])
        found.append(post._replace(row=post.row | {"license": met.license, "release": _release(met)}))
    return found[::-1]


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
