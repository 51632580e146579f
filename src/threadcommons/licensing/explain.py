"""What is known of a licence, and what several licences allow together, as plain values for people and machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..findings import codes
from .classes import duties, license_class, releasable
from .closure import closure
from .expression import parse
from .facts import fact
from .hub import hub
from .meet import merged, outlets
from .relate import PRODUCED_WORK, edges, rule_for, rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .expression import Expression
    from .facts import Fact

Plain = dict[str, Any]


def explained(written: str) -> Plain:
    """All that is known of a licence, written in any usual way; with its `problem` where it is not understood."""
    expression = parse(written)
    known = [found for spdx in expression.ids if (found := fact(spdx))]
    card = hub(expression.license)
    return {
        "written": written,
        "license": expression.license,
        "name": " and ".join(found.name for found in known),
        "class": license_class(expression),
        "duties": sorted(duties(expression)),
        "urls": [found.url for found in known if found.url],
        "hub": card.license,
        "hub_name": card.license_name,
        "releases_text": releasable(expression),
        "offers_choice": expression.offers_choice,
        "facts": [_stated(found) for found in known],
        "adaptations": sorted(outlets(expression)),
        "rules": [entry for term in expression.terms for entry in _leading(term)],
        "notes": [codes()[note].means for note in expression.notes],
        "problem": _problem(expression),
    }


def combined(written: Iterable[str]) -> Plain:
    """What may be done with posts under several licences: published side by side, merged, made into one thing.

    `adaptation.allowed` names the licences under which the one thing may be released; where there is none, `conflict`
    says which licences clash and which split avoids it. `not_understood` says why an entry counts as unknown.
    """
    names = list(written)
    whole = merged(names)
    strange = {name: problem for name in names if (problem := _problem(parse(name)))}
    return {
        **closure({name: (1, [name]) for name in names}).as_dict(),
        "merged": {
            "license": whole.license,
            "class": whole.license_class,
            "duties": sorted(whole.duties),
            "mergeable": whole.mergeable,
        },
        "not_understood": [{"written": name, **problem} for name, problem in strange.items()],
    }


def _stated(known: Fact) -> Plain:
    """What the table of facts says of one licence, and where that stands."""
    return {
        "license": known.spdx,
        "kind": known.kind,
        "scope": known.scope,
        "covers_posts": known.contents,
        "database_layer": known.database_layer,
        "open_definition": known.od,
        "since": known.since or None,
        "source": known.source,
    }


def _leading(term: str) -> list[Plain]:
    """The rules that let material under a term go somewhere: why, where that stands, and where to."""
    found: dict[tuple[str, str], list[str]] = {}
    for use in dict.fromkeys(rule.use for rule in rules().values()):
        for origin, target in edges(use):
            rule = rule_for(origin, target, use) if origin == term else None
            if rule is not None:
                found.setdefault((use, rule.id), []).append(target)
    return [
        {
            "from": term,
            "to": targets,
            "use": use,
            "rule": id_,
            "basis": rules()[id_].basis,
            "source": rules()[id_].source,
            **({"notice": rules()[id_].notice} if use == PRODUCED_WORK else {}),
        }
        for (use, id_), targets in found.items()
    ]


def _problem(expression: Expression) -> Plain | None:
    if expression.problem is None:
        return None
    code = codes()[expression.problem]
    return {"code": code.name, "means": code.means, "todo": code.todo}
