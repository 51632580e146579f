"""SPDX expressions as values: kept as written, normalised, and never invalid by exception.

An expression is held as an AND of clauses, and a clause as an OR of terms; a term is an SPDX id, or an id
WITH an exception. `A AND (B OR C)` is `(("A",), ("B", "C"))`. Terms and clauses are sorted and stand once, so
equal meanings compare equal.

An OR is an offer: whoever receives the work may choose. Nobody chooses silently here. Where a choice is
stated, its terms are the ones in force; where none is, *every* alternative is taken to apply, which is right
whichever one is chosen later.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from license_expression import ExpressionError, Licensing, get_spdx_licensing

from .facts import NOASSERTION, fact, values
from .names import Name, is_address, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Clause = tuple[str, ...]
Clauses = tuple[Clause, ...]

#: Characters of a statement, and clauses of its normal form: beyond them nobody has written a licence in good
#: faith.
LONGEST: Final = 4096
MOST_CLAUSES: Final = 128


@dataclass(frozen=True)
class Expression:
    """A licence statement: `text` as written, `clauses` as understood. With a `problem` it means nothing."""

    text: str
    clauses: Clauses = ()
    #: Terms of the alternative that was chosen, where the expression offers one and the choice is stated.
    choice: Clause | None = None
    #: Code of what is wrong (see findings.toml), or None.
    problem: str | None = None
    #: Codes of remarks on the spelling; they change nothing.
    notes: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether it was understood: every id is listed in the facts."""
        return self.problem is None

    @property
    def license(self) -> str:
        """The normalised SPDX expression with its offers; NOASSERTION when it is invalid."""
        return render(self.clauses) if self.valid else NOASSERTION

    @property
    def ids(self) -> tuple[str, ...]:
        """All SPDX ids that occur, sorted, without exceptions."""
        return tuple(sorted({term.partition(" WITH ")[0] for term in self.all_terms}))

    @property
    def all_terms(self) -> tuple[str, ...]:
        """All terms that occur, sorted."""
        return tuple(sorted({term for clause in self.clauses for term in clause}))

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms in force: those of the choice, or all where none is stated."""
        return self.all_terms if self.choice is None else self.choice

    @property
    def offers_choice(self) -> bool:
        """Whether alternatives are offered and none is chosen yet."""
        return self.choice is None and any(len(clause) > 1 for clause in self.clauses)


def parse(text: str | None, choice: str | None = None) -> Expression:
    """Understand a licence statement; `choice` names the alternative taken where it offers some.

    Accepts SPDX expressions, and the names and addresses of aliases.toml alone or inside them. Whatever is
    not understood comes back as an invalid expression with the code of what is wrong; nothing is raised and
    nothing is guessed.
    """
    found = _parse("" if text is None else " ".join(text.split()), text or "")
    return _choose(found, choice) if choice is not None and found.offers_choice else found


def chosen(text: str | None, choices: Mapping[str, str]) -> Expression:
    """The same, where choices are stated for whole expressions: normalised expression -> alternative taken."""
    found = parse(text)
    choice = choices.get(found.license) if found.offers_choice else None
    return found if choice is None else parse(text, choice)


def bad_choices(choices: Mapping[str, str]) -> list[str]:
    """Expressions for which the alternative stated is none that they offer, sorted."""
    understood = {text: parse(text) for text in choices}
    return sorted(
        text
        for text, offer in understood.items()
        if not offer.offers_choice or not parse(text, choices[text]).valid or offer.license != text
    )


def render(clauses: Clauses) -> str:
    """The SPDX spelling of clauses, in their order."""
    many = len(clauses) > 1
    return " AND ".join(
        f"({' OR '.join(clause)})" if many and len(clause) > 1 else " OR ".join(clause) for clause in clauses
    )


def normal(clauses: Iterable[Iterable[str]]) -> Clauses:
    """Clauses in normal order, each once."""
    return tuple(sorted({tuple(sorted(set(clause))) for clause in clauses}))


def _choose(offer: Expression, wanted: str) -> Expression:
    chosen = _parse(" ".join(wanted.split()), wanted)
    terms = chosen.all_terms
    plain = chosen.valid and not chosen.offers_choice and set(terms) <= set(offer.all_terms)
    if not plain or any(set(clause).isdisjoint(terms) for clause in offer.clauses):
        return Expression(offer.text, problem="license.bad-choice", notes=offer.notes)
    return Expression(offer.text, offer.clauses, terms, notes=offer.notes)


@lru_cache(maxsize=1 << 16)
def _parse(plain: str, text: str) -> Expression:
    if not plain:
        return Expression(text, problem="license.missing")
    if len(plain) > LONGEST:
        return Expression(text[:LONGEST], problem="license.too-long")
    whole = name_of(plain)
    if whole.spdx is not None:
        return Expression(text, ((whole.spdx,),), notes=_notes([whole]))
    if whole.problem == "license.no-version":
        return Expression(text, problem=whole.problem)
    return _parse_compound(plain, text)


def _parse_compound(plain: str, text: str) -> Expression:
    """More than one name. Addresses are looked up first, because their slashes are no part of the syntax."""
    words = [(name_of(word).spdx or word) if is_address(word) else word for word in plain.split(" ")]
    try:
        tree = Licensing().parse(" ".join(words))
    except (ExpressionError, RecursionError):
        return Expression(text, problem="license.unknown-id" if is_address(plain) else "license.not-an-expression")
    if tree is None:
        return Expression(text, problem="license.not-an-expression")
    names: list[Name] = []
    clauses = _clauses(tree, names)
    problem = _first_problem(names, clauses)
    if problem is not None:
        return Expression(text, problem=problem, notes=_notes(names))
    return Expression(text, normal(clauses or ()), notes=_notes(names))


def _clauses(tree: Any, names: list[Name]) -> list[set[str]] | None:
    """The tree as an AND of ORs; None when there would be too many. What symbols mean is added to `names`."""
    if not hasattr(tree, "operator") or not tree.args:
        return [{_term(tree, names)}]
    parts = [_clauses(part, names) for part in tree.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if tree.operator.strip() == "AND":
        joined = [clause for part in known for clause in part]
    else:
        joined = [set().union(*chosen) for chosen in product(*known)] if _size(known) <= MOST_CLAUSES else []
    return joined if 0 < len(joined) <= MOST_CLAUSES else None


def _size(parts: list[list[set[str]]]) -> int:
    size = 1
    for part in parts:
        size *= len(part)
    return size


def _term(symbol: Any, names: list[Name]) -> str:
    """One symbol of the tree: an id, or an id WITH an exception."""
    exception = getattr(symbol, "exception_symbol", None)
    base = _listed(symbol.key if exception is None else symbol.license_symbol.key)
    names.append(base)
    if exception is None:
        return base.spdx or ""
    known = exception_id(exception.key)
    names.append(Name(known, None if known else "license.unknown-exception"))
    return f"{base.spdx} WITH {known}"


def _listed(written: str) -> Name:
    """A name inside an expression. One that only the SPDX list knows is told apart from an unknown one."""
    name = name_of(written)
    if name.spdx is None and name.problem == "license.unknown-id" and written.casefold() in _spdx_ids():
        return Name(None, "license.not-listed")
    return name


def _first_problem(names: list[Name], clauses: list[set[str]] | None) -> str | None:
    problems = [name.problem for name in names if name.problem]
    if problems:
        return problems[0]
    if clauses is None:
        return "license.too-complex"
    return "license.value-in-expression" if any(name.spdx in values() for name in names) and len(names) > 1 else None


def _notes(names: list[Name]) -> tuple[str, ...]:
    return tuple(sorted({name.note for name in names if name.note}))


@cache
def _spdx_ids() -> frozenset[str]:
    """All ids and deprecated ids of the SPDX list, in lower case."""
    known = get_spdx_licensing().known_symbols
    return frozenset(str(key).casefold() for key, symbol in known.items() if not symbol.is_exception)


@cache
def _exceptions() -> dict[str, str]:
    known = get_spdx_licensing().known_symbols
    return {str(key).casefold(): str(key) for key, symbol in known.items() if symbol.is_exception}


def exception_id(written: str) -> str | None:
    """The SPDX exception that is meant, or None."""
    return _exceptions().get(written.casefold())


def unknown(expression: Expression) -> bool:
    """Whether nobody may rely on it: invalid, or one of the values that stand where there is no licence."""
    if not expression.valid:
        return True
    known = [fact(term) for term in expression.terms]
    return any(found is None or found.kind == "value" for found in known)
