"""What holds for posts that become one: the meet of their licences. Never looser than any of them.

A label is a set of clauses, and all of them hold. The meet of labels is the union of their clauses, without
those that say nothing new: clause `a` is *covered* by clause `b` when every licence that may come out of `b`
may come out of `a` as well, and `b` asks for everything that `a` asks for. Covering is transitive, so what
remains does not depend on the order in which labels meet, and dropping a covered clause changes neither what
is asked nor what may come out. Where no licence covers the others, the label stays a conjunction: CC-BY-4.0
with CC-BY-SA-4.0 stays both, because BY-SA-4.0 alone would also lead to GPL-3.0, where nothing lets the BY
part go. `Meet.outlets` says under which licences the whole may be released.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .classes import covers_contents, duties, license_class
from .expression import Clause, Clauses, Expression, normal, parse, render, unknown
from .facts import NOASSERTION, fact, grantable, values
from .relate import targets

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Meet:
    """The licence of something made of several posts."""

    #: Normalised SPDX expression: everything that holds for it.
    license: str
    license_class: str
    duties: frozenset[str]
    #: Licences under which it may be released as one work, sorted. Empty: the parts must not be merged into
    #: an adaptation.
    outlets: tuple[str, ...]

    @property
    def mergeable(self) -> bool:
        """Whether there is a licence under which the parts may be released as one adapted work."""
        return bool(self.outlets)


def meet(*labels: str) -> str:
    """The label of posts with these labels merged: commutative, associative, idempotent, never looser.

    What is unknown absorbs everything: with NONE the result is NONE, with anything not understood
    NOASSERTION. So does a licence of a database alone, because the words of its posts are licensed by nobody.
    No labels at all give NOASSERTION.
    """
    return _meet(tuple(sorted(set(labels)))) if labels else NOASSERTION


def merged(labels: Iterable[str]) -> Meet:
    """The label of posts with these labels merged, with its class, its duties and where it may go."""
    label = meet(*labels)
    expression = parse(label)
    return Meet(label, license_class(expression), duties(expression), tuple(sorted(outlets(expression))))


def outlets(expression: Expression) -> frozenset[str]:
    """Licences under which an adaptation may be released, with all terms satisfied; empty when unknown."""
    if unknown(expression):
        return frozenset()
    return grantable().intersection(*(targets(term) for term in expression.terms))


def not_looser(label: str, other: str) -> bool:
    """Whether `label` is at least as strict: asks for all that `other` asks, and leads nowhere else."""
    one, two = parse(label), parse(other)
    if unknown(one):
        return True
    if unknown(two) or (covers_contents(one) and not covers_contents(two)):
        return False
    return duties(two) <= duties(one) and outlets(one) <= outlets(two)


@lru_cache(maxsize=1 << 16)
def _meet(labels: tuple[str, ...]) -> str:
    expressions = [parse(label) for label in labels]
    finals = _finals(expressions)
    if finals:
        return max(finals, key=values().index)
    return render(_uncovered(normal(clause for expression in expressions for clause in expression.clauses)))


def _finals(expressions: list[Expression]) -> list[str]:
    """What keeps the result from having a licence: values among the labels, and what cannot stand beside others."""
    found = [expression.license for expression in expressions if unknown(expression)]
    others = len({expression.license for expression in expressions}) > 1
    if others and any(not unknown(expression) and not covers_contents(expression) for expression in expressions):
        found.append(NOASSERTION)
    return found


def _uncovered(clauses: Clauses) -> Clauses:
    """The clauses that no other one strictly covers. Those that cover each other all stay."""
    return tuple(
        one for one in clauses if not any(_covers(other, one) and not _covers(one, other) for other in clauses)
    )


@lru_cache(maxsize=1 << 16)
def _covers(strict: Clause, loose: Clause) -> bool:
    """Whether `strict` says all that `loose` says, whichever alternatives are chosen later."""
    return all(_at_least(high, low) for high in strict for low in loose)


@lru_cache(maxsize=1 << 16)
def _at_least(high: str, low: str) -> bool:
    above, below = fact(high), fact(low)
    if above is None or below is None:
        return high == low
    return below.duties <= above.duties and targets(high) <= targets(low) and above.contents >= below.contents
