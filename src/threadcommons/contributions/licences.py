"""What becomes of the licences that posts claim: how much could go out, and what keeps the rest back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..files import shown
from ..licensing import Claims, Problem, decide, kind_of
from .reading import line_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .reading import Claim, Reading


@dataclass(frozen=True)
class LicenceProblem:
    """One problem with the licences of an export: how many posts have it, and where the first stands.

    An `error` keeps the text of these posts back, a `warning` is for a person to look at, a `note` is a
    decision of the rules.
    """

    code: str
    source: str
    file: str
    posts: int
    found: str
    offset: int
    line: int | None

    @property
    def severity(self) -> Literal["error", "warning", "note"]:
        """error, warning or note."""
        return kind_of(self.code).severity

    def as_dict(self) -> dict[str, Any]:
        """For machines: all of it, with what it means and what to do."""
        kind = kind_of(self.code)
        return {**vars(self), "severity": kind.severity, "means": kind.means, "todo": kind.todo}


def licensed(reading: Reading, publish: Sequence[str]) -> tuple[int, list[LicenceProblem]]:
    """How many posts may be published with their text, and the problems by code.

    `publish` names the licence classes whose text the recipe publishes. Where only pointers are at hand there
    is no text.
    """
    publishable = 0
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for claim, (posts, offset) in reading.claims.items():
        decision = decide(_claims(reading, claim, publish))
        publishable += posts if decision.release == "published" and reading.export.stored else 0
        for problem in {problem.code: problem for problem in _told(decision.problems)}.values():
            found[problem.code].append((offset, posts, problem.found))
    problems = [_summed(reading, code, places) for code, places in sorted(found.items())]
    return publishable, problems


def _told(problems: Sequence[Problem]) -> list[Problem]:
    """Without what `check` says of the source as a whole already."""
    return [
        problem
        for problem in problems
        if problem.code not in ("license.missing", "license.source-without-evidence")
    ]


def _claims(reading: Reading, claim: Claim, publish: Sequence[str]) -> Claims:
    declared = reading.declaration.license
    evidence = declared.get("evidence", [])
    return Claims(
        platform=reading.declaration.table["platform"],
        record=claim.stated,
        created_at=claim.day,
        edited_at=claim.edited,
        declared=declared.get("declared"),
        declared_evidence=evidence[0]["id"] if evidence else None,
        declared_scope=declared.get("scope", "posts"),
        wishes=tuple(sorted({*reading.declaration.table.get("wishes", []), *claim.wishes})),
        publish=tuple(publish),
    )


def _summed(reading: Reading, code: str, places: list[tuple[int, int, str]]) -> LicenceProblem:
    """All posts with one problem; what was found is that of the first."""
    offset, _, found = min(places)
    line = line_numbers(reading.export, [offset])[0]
    posts = sum(count for _, count, _ in places)
    return LicenceProblem(
        code, reading.export.source, shown(reading.export.name), posts, shown(found), offset, line
    )
