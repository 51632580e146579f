"""Does a set of rows keep what the recipe promises? The answer names those that do not, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .closure import COLLECTION, Closure, Part
from .expression import parse
from .facts import grantable
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 8


def keeps(rows: Closure, promise: str) -> tuple[Problem, ...]:
    """What keeps `rows` from being published under a promise: nothing when it is kept.

    A promise is `collection` (the rows may stand side by side, each under its own licence) or one SPDX id
    (something made from all rows may be released under it). Every promise includes that the rows may be
    published at all.
    """
    faults = [*_collection(rows)]
    if promise != COLLECTION:
        faults += _adaptation(rows, promise)
    return tuple(faults)


def _collection(rows: Closure) -> Iterator[Problem]:
    for part in rows.unknown:
        yield _about(part, "closure.unknown-licence", f"{_count(part)} under {part.license}")
    for part in rows.uncovered:
        yield _about(part, "closure.contents-not-covered", f"{_count(part)} under {part.license}")
    if not rows.database_licenses:
        demands = " and ".join(rows.database_demands)
        asking = [part for part in rows.parts if set(part.expression.terms) & set(rows.database_demands)]
        yield Problem(
            "closure.database-layer",
            f"the source databases ask for {demands}",
            f"build separate datasets of the rows under {', '.join(part.license for part in asking)}:"
            " leave a source (sources.exclude) or a class (publish.classes) out of this one",
            sum(part.rows for part in asking),
            tuple(sorted(id_ for part in asking for id_ in part.examples)[:_SHOWN]),
        )


def _adaptation(rows: Closure, promise: str) -> Iterator[Problem]:
    wanted = parse(promise)
    if not wanted.valid or len(wanted.all_terms) != 1 or wanted.license not in grantable():
        yield Problem("closure.promise-unknown", f"promised: {promise}")
        return
    breaking = [part for part in rows.parts if wanted.license not in part.outlets]
    advice = _way_out(rows, breaking, wanted.license)
    for part in breaking:
        found = f"{_count(part)} under {part.license} may not go into something released under {wanted.license}"
        yield _about(part, "closure.promise-not-kept", found, advice)


def _way_out(rows: Closure, breaking: list[Part], promised: str) -> str:
    """What to change: classes to leave out if that is enough, a promise that would hold, or a collection."""
    ways = []
    classes = {part.license_class for part in breaking}
    if classes.isdisjoint({part.license_class for part in rows.parts if part not in breaking}):
        ways.append(f"leave the classes {', '.join(sorted(classes))} out of this config")
    else:
        ways.append(f"take the rows under {', '.join(part.license for part in breaking)} out of this config")
    if rows.allowed:
        ways.append(f"promise one of {', '.join(rows.allowed[:_SHOWN])} instead of {promised}")
    ways.append(f"promise only a {COLLECTION}")
    return "; or ".join(ways)


def _about(part: Part, code: str, found: str, advice: str = "") -> Problem:
    ids = f" ({', '.join(part.examples)}{', ...' if part.rows > len(part.examples) else ''})" if part.examples else ""
    return Problem(code, found + ids, advice, part.rows, part.examples)


def _count(part: Part) -> str:
    return f"{part.rows} row{'' if part.rows == 1 else 's'}"
