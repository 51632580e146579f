"""What an expression asks for, and the class that follows.

A class names folders and speaks to people; rules never look at it, but at duties and edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .expression import Expression, parse, unknown
from .facts import fact

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN: Final = "unknown"

#: Duty -> class. The first duty that is present decides; this order is also the order of strictness.
CLASS_OF_DUTY: Final = (
    ("no-derivatives", "noderivatives"),
    ("noncommercial", "noncommercial"),
    ("use-limited", "restricted"),
    ("share-alike:works", "reciprocal"),
    ("share-alike:databases", "reciprocal"),
    ("share-alike:data", "reciprocal"),
    ("share-alike:software", "reciprocal"),
    ("attribution", "permissive"),
    ("notice", "permissive"),
)
_FREE: Final = "public-domain"

#: All classes, the loosest first.
CLASSES: Final = tuple(dict.fromkeys([_FREE, *(name for _, name in reversed(CLASS_OF_DUTY)), UNKNOWN]))


def duties(expression: Expression | str) -> frozenset[str]:
    """What the terms in force ask, taken together; see facts.Fact.duties. Empty for what is unknown."""
    terms = _understood(expression).terms
    return frozenset(duty for term in terms if (known := fact(term)) for duty in known.duties)


def license_class(expression: Expression | str) -> str:
    """The class of an expression: the strictest of all terms in force; `unknown` as soon as one is."""
    understood = _understood(expression)
    if unknown(understood):
        return UNKNOWN
    asked = duties(understood)
    return next((name for duty, name in CLASS_OF_DUTY if duty in asked), _FREE)


def strictest(classes: Iterable[str]) -> str:
    """The strictest of some classes; `public-domain` for none. Raises ValueError for what is no class."""
    return max(classes, key=CLASSES.index, default=_FREE)


def share_alike(expression: Expression | str) -> tuple[str, ...]:
    """Of what share-alike is asked: works, databases, data, software; empty when it is not asked."""
    return tuple(sorted(duty.partition(":")[2] for duty in duties(expression) if duty.startswith("share-alike:")))


def demands_credit(expression: Expression | str) -> bool:
    """Whether the creator must be named."""
    return "attribution" in duties(expression)


def covers_contents(expression: Expression | str) -> bool:
    """Whether the posts themselves are licensed, and not only a database that they stand in."""
    known = [fact(term) for term in _understood(expression).terms]
    return any(found is not None and found.contents for found in known)


def releasable(expression: Expression | str) -> bool:
    """Whether text may be passed on verbatim at all: its licence is known and covers the posts themselves."""
    understood = _understood(expression)
    return not unknown(understood) and covers_contents(understood)


def _understood(expression: Expression | str) -> Expression:
    return expression if isinstance(expression, Expression) else parse(expression)
