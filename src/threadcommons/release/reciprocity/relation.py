"""How a licence that is stated over a row goes with the licence that the row has. The rules are those of `licensing`.

Two things are kept apart here. `licensing` refuses whatever no rule allows, which is right for what we publish
ourselves. To say of somebody else that they broke a licence takes more: the row's licence must ask for share-alike, or
what is stated must drop something that it asks for. Everything between is `unlisted`, and unlisted is no breach.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from ... import licensing

if TYPE_CHECKING:
    from collections.abc import Iterable

#: From the best to the worst, `unknown` apart: what nobody understands says neither yes nor no.
Relation = Literal["same", "allowed", "database", "unlisted", "several", "torn", "unknown", "unstated", "against"]
FITTING: Final = frozenset({"same", "allowed"})
_ORDER: Final[tuple[Relation, ...]] = (
    "same", "allowed", "database", "unlisted", "several", "torn", "unknown", "unstated", "against",
)  # fmt: skip


@lru_cache(maxsize=1 << 14)
def relation(license_: str, stated: str) -> Relation:
    """How one stated expression goes with the expression of a row; both as anybody may write them."""
    row, other = licensing.parse(license_), licensing.parse(stated)
    if licensing.unknown(other):
        return "unknown"
    if set(row.clauses) <= set(other.clauses):
        return "same"
    if not licensing.covers_contents(other):
        return "database"
    if all(any(_leads(term, other) for term in clause) for clause in row.clauses):
        return "allowed"
    return "against" if _breaks(row, other) else "unlisted"


def best(relations: Iterable[Relation]) -> Relation:
    """The best of some relations; `unstated` for none."""
    return min(relations, key=_ORDER.index, default="unstated")


def worst(relations: Iterable[Relation]) -> Relation:
    """The worst of some relations; `unstated` for none."""
    return max(relations, key=_ORDER.index, default="unstated")


def of_statement(license_: str, licenses: Iterable[str]) -> Relation:
    """How one statement for a whole dataset goes with a row. Of several licences nobody knows which holds for it."""
    found = {relation(license_, stated) for stated in licenses}
    if len(found) > 1 and found & {*FITTING, "unknown"} and not found <= FITTING:
        return "several"
    return best(found)


def of_statements(license_: str, statements: Iterable[Iterable[str]]) -> Relation:
    """How all statements for a dataset go with a row. One that does not fit beside one that may is torn."""
    found = {of_statement(license_, licenses) for licenses in statements}
    if "against" in found:
        return "torn" if len(found) > 1 else "against"
    return best(found)


def _leads(term: str, other: licensing.Expression) -> bool:
    """Whether material under a term may stand under an expression, whichever of its alternatives is taken."""
    return any(all(end == term or licensing.allowed(term, end) for end in clause) for clause in other.clauses)


def _breaks(row: licensing.Expression, other: licensing.Expression) -> bool:
    """Whether a licence that does not fit is worse than unlisted. Whoever has a choice may have made another one."""
    nearly = all(any(_nearly_leads(term, other) for term in clause) for clause in row.clauses)
    if nearly or row.offers_choice:
        return False
    return bool(licensing.share_alike(row)) or _dropped(row, other)


def _nearly_leads(term: str, other: licensing.Expression) -> bool:
    """Whether a term leads to another form of a licence in the expression."""
    return not {_form(end) for end in licensing.targets(term)}.isdisjoint(map(_form, other.terms))


def _form(term: str) -> tuple[str, str]:
    """Family and version: `-only` and `-or-later` are two forms of one licence."""
    known = licensing.fact(term)
    return (known.family, known.version) if known else (term, "")


def _dropped(row: licensing.Expression, other: licensing.Expression) -> bool:
    """Whether the stated licence leaves out something that the row's asks. To keep a notice keeps the credit in it."""
    asked, kept = licensing.duties(row), licensing.duties(other)
    return bool(asked - kept - (_CREDIT if kept & _CREDIT else frozenset()))


_CREDIT: Final = frozenset({"attribution", "notice"})
