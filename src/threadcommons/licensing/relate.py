"""Which licence may lead to which: directed, versioned edges of `relations.toml`, expanded over all facts.

An edge A -> B means that an adaptation of something under A can carry B. What no rule allows is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .facts import Fact, facts, grantable
from .tables import toml_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ADAPTATION: Final = "adaptation"
PRODUCED_WORK: Final = "produced-work"


@dataclass(frozen=True)
class Rule:
    """One rule of relations.toml: why some edges exist, and where that can be read."""

    id: str
    use: str
    basis: str
    source: str
    #: What to say beside the result, with {title} and {url} of the source database; "" where nothing is
    #: prescribed.
    notice: str = ""


class Edge(NamedTuple):
    """One allowed step and the rule that allows it."""

    origin: str
    target: str
    rule: str


@cache
def rules() -> dict[str, Rule]:
    """All rules by id, in the order of the file."""
    table = _table()
    return {
        entry["id"]: Rule(
            entry["id"],
            entry.get("use", ADAPTATION),
            entry["basis"],
            entry["source"],
            table["notices"].get(entry["id"], ""),
        )
        for entry in table["rule"]
    }


@cache
def edges(use: str = ADAPTATION) -> dict[tuple[str, str], str]:
    """All allowed steps of one use: (from, to) -> id of the first rule that allows it."""
    found: dict[tuple[str, str], str] = {}
    for entry in _table()["rule"]:
        if entry.get("use", ADAPTATION) == use:
            for edge in _expand(entry):
                found.setdefault((edge.origin, edge.target), edge.rule)
    return found


def rule_for(origin: str, target: str, use: str = ADAPTATION) -> Rule | None:
    """The rule that lets material under `origin` go into something under `target`; None: not allowed."""
    found = edges(use).get((origin, target))
    return None if found is None else rules()[found]


def allowed(origin: str, target: str, use: str = ADAPTATION) -> bool:
    """Whether material under `origin` may go into something released under `target`. Both are SPDX ids."""
    return (origin, target) in edges(use)


@cache
def targets(term: str) -> frozenset[str]:
    """Licences under which an adaptation of material under `term` may be released.

    Empty for what is unknown, and for an id WITH an exception: no rule says where such material may go.
    """
    return _targets().get(term, frozenset())


@cache
def _targets() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for origin, target in edges():
        found.setdefault(origin, set()).add(target)
    return {origin: frozenset(reached) for origin, reached in found.items()}


@cache
def _table() -> dict[str, Any]:
    return toml_of("relations.toml")


def _expand(entry: dict[str, Any]) -> Iterator[Edge]:
    for origin in facts().values():
        if origin.kind == "value" or "no-derivatives" in origin.duties or not _leaves(origin, entry["from"]):
            continue
        for target in facts().values():
            if target.spdx in grantable() and _reaches(origin, target, entry["to"]):
                yield Edge(origin.spdx, target.spdx, entry["id"])


_SAME: Final[dict[str, Callable[[Fact, Fact], bool]]] = {
    "": lambda _origin, _target: True,
    "id": lambda origin, target: origin.spdx == target.spdx,
    "family": lambda origin, target: origin.family == target.family,
}
_VERSION: Final[dict[str, Callable[[Fact, Fact], bool]]] = {
    "": lambda _origin, _target: True,
    "not-lower": lambda origin, target: target.number >= origin.number,
    "higher": lambda origin, target: target.number > origin.number,
}


def _leaves(origin: Fact, wanted: dict[str, Any]) -> bool:
    """Whether a licence is among those that a rule starts from. Every condition that is given must hold."""
    return (
        origin.spdx in wanted.get("ids", (origin.spdx,))
        and origin.family in wanted.get("families", (origin.family,))
        and origin.version in wanted.get("versions", (origin.version,))
        and origin.later is wanted.get("later", origin.later)
    )


def _reaches(origin: Fact, target: Fact, wanted: dict[str, Any]) -> bool:
    """Whether a licence is among a rule's targets for this origin. Every given condition must hold."""
    return (
        target.spdx in wanted.get("ids", (target.spdx,))
        and target.family in wanted.get("families", (target.family,))
        and _SAME[wanted.get("same", "")](origin, target)
        and _VERSION[wanted.get("version", "")](origin, target)
    )
