"""From the licences of many rows: what may be published together, and what may be made from all of it.

A closure is a count: for each licence how many rows, and the ids of a few. Counts of parts add up to the
count of the whole, so closures may be built in any order and on any number of workers. Everything else is
derived from the count, and costs what the number of *different* licences costs, not the number of rows.

* The **collection** is the rows side by side, each under its own licence. Some licences ask that a database
  made of a substantial part of theirs carries them too; two of those that do not go together keep the rows
  apart.
* An **adaptation** is something made from all rows at once. It may be released under the licences that every
  row allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from .classes import CLASSES, covers_contents, license_class
from .expression import Expression, parse, unknown
from .facts import fact, grantable
from .meet import outlets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLLECTION: Final = "collection"
#: Ids that are kept to name rows by: the smallest ones, so that they do not depend on the order of counting.
EXAMPLES: Final = 5


@dataclass(frozen=True)
class Part:
    """The rows under one licence: normalised expression, their number, and the smallest of their ids."""

    license: str
    rows: int
    examples: tuple[str, ...] = ()
    #: The alternative that was chosen, where the licence offers some and the recipe states the choice.
    choice: str | None = None

    @cached_property
    def expression(self) -> Expression:
        """The licence, understood."""
        return parse(self.license, self.choice)

    @cached_property
    def outlets(self) -> frozenset[str]:
        """Licences under which an adaptation of these rows may be released."""
        return outlets(self.expression)

    @cached_property
    def license_class(self) -> str:
        """Class of the licence."""
        return license_class(self.expression)


@dataclass(frozen=True)
class Group:
    """Rows that go together: their licences, and those under which something made of all may be released."""

    name: str
    licenses: tuple[str, ...]
    rows: int
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """Why nothing can be made from all rows: a smallest set of licences without a common outlet; a way out.

    `groups` are splits that resolve it: one for each licence class where that is enough (`by` = "class"),
    else sets of licences that go together (`by` = "license"). A group without `allowed` can only ever be a
    collection.
    """

    parts: tuple[Part, ...]
    by: str
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Closure:
    """The licences of a set of rows, by name. Make one with `closure` or `merge`; then ask it."""

    parts: tuple[Part, ...] = ()

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return sum(part.rows for part in self.parts)

    @cached_property
    def allowed(self) -> tuple[str, ...]:
        """Licences under each of which something made from all rows may be released. Empty: conflict."""
        return _common(self.parts)

    @cached_property
    def unknown(self) -> tuple[Part, ...]:
        """Rows whose licence nobody knows; their text may not be published."""
        return tuple(part for part in self.parts if unknown(part.expression))

    @cached_property
    def uncovered(self) -> tuple[Part, ...]:
        """Rows that are licensed as part of a database only; their text may not be published either."""
        known = (part for part in self.parts if part not in self.unknown)
        return tuple(part for part in known if not covers_contents(part.expression))

    @cached_property
    def database_demands(self) -> tuple[str, ...]:
        """Licences that some rows' databases ask of this database, sorted."""
        terms = {term for part in self.parts for term in part.expression.terms}
        return tuple(sorted(term for term in terms if (known := fact(term)) and known.database_layer))

    @cached_property
    def database_licenses(self) -> tuple[str, ...]:
        """Licences that satisfy all demands on the database layer; any where there are none."""
        return _common([Part(demand, 0) for demand in self.database_demands])

    @property
    def database_license(self) -> str | None:
        """What the database layer must carry; None where nothing is asked or nothing satisfies all."""
        fitting = [demand for demand in self.database_demands if demand in self.database_licenses]
        return fitting[0] if fitting else None

    @property
    def publishable(self) -> bool:
        """Whether the rows may be published side by side, as one collection."""
        return not self.unknown and not self.uncovered and bool(self.database_licenses)

    @cached_property
    def conflict(self) -> Conflict | None:
        """Why there is no adaptation licence, and how to split; None where there is one."""
        return None if self.allowed else _conflict(self.parts)

    def as_dict(self) -> dict[str, Any]:
        """For the manifest, plain and in order."""
        return {
            "rows": self.rows,
            "licenses": [
                {"license": part.license, "rows": part.rows, "class": part.license_class} for part in self.parts
            ],
            "collection": {"publishable": self.publishable, "database_license": self.database_license},
            "adaptation": {"allowed": list(self.allowed), "conflict": _conflict_dict(self.conflict)},
        }


def closure(rows: Mapping[str, tuple[int, Sequence[str]]], choices: Mapping[str, str] | None = None) -> Closure:
    """The closure of rows counted by licence: expression -> (number of rows, ids of some of them).

    Expressions may be written in any understood way; what is not understood counts as NOASSERTION. `choices`
    states, for expressions that offer alternatives, which one is taken (normalised expression -> SPDX ids
    joined by AND).
    """
    chosen = dict(choices or {})
    names = ((parse(written).license, counted) for written, counted in rows.items())
    return _sum(Part(name, number, tuple(ids), chosen.get(name)) for name, (number, ids) in names)


def merge(*closures: Closure) -> Closure:
    """The closure of all rows of several closures. Order and grouping do not matter."""
    return _sum(part for one in closures for part in one.parts)


def _sum(parts: Iterable[Part]) -> Closure:
    found: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for part in parts:
        if part.rows > 0:
            number, ids = found.get((part.license, part.choice or ""), (0, ()))
            smallest = tuple(sorted({*ids, *part.examples})[:EXAMPLES])
            found[part.license, part.choice or ""] = (number + part.rows, smallest)
    return Closure(tuple(Part(name, *counted, choice or None) for (name, choice), counted in sorted(found.items())))


def _common(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(sorted(grantable().intersection(*(part.outlets for part in parts))))


def _conflict(parts: tuple[Part, ...]) -> Conflict:
    classes = _by_class(parts)
    resolved = all(group.allowed for group in classes)
    return Conflict(_smallest(parts), "class" if resolved else "license", classes if resolved else _by_license(parts))


def _smallest(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A smallest set without a common outlet. Licences with many rows go first: the few are what is named."""
    kept = list(parts)
    for part in sorted(parts, key=lambda one: (-one.rows, one.license)):
        rest = [other for other in kept if other is not part]
        if rest and not _common(rest):
            kept = rest
    return tuple(kept)


def _by_class(parts: tuple[Part, ...]) -> tuple[Group, ...]:
    classes = sorted({part.license_class for part in parts}, key=CLASSES.index)
    return tuple(_group(name, [part for part in parts if part.license_class == name]) for name in classes)


def _by_license(parts: tuple[Part, ...]) -> tuple[Group, ...]:
    """Put each licence, the most rows first, with the first ones that it shares an outlet with."""
    groups: list[list[Part]] = []
    for part in sorted(parts, key=lambda one: (-one.rows, one.license)):
        home = next((group for group in groups if _common([*group, part])), None)
        if home is None:
            groups.append([part])
        else:
            home.append(part)
    return tuple(_group("+".join(sorted(part.license for part in group)), group) for group in groups)


def _group(name: str, parts: list[Part]) -> Group:
    licenses = tuple(sorted(part.license for part in parts))
    return Group(name, licenses, sum(part.rows for part in parts), _common(parts))


def _conflict_dict(conflict: Conflict | None) -> dict[str, Any] | None:
    if conflict is None:
        return None
    return {
        "licenses": [
            {"license": part.license, "rows": part.rows, "examples": list(part.examples)} for part in conflict.parts
        ],
        "split_by": conflict.by,
        "groups": [
            {
                "name": group.name,
                "licenses": list(group.licenses),
                "rows": group.rows,
                "allowed": list(group.allowed),
            }
            for group in conflict.groups
        ],
    }
