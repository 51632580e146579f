"""What becomes of the licences that posts claim: how much could go out, and what keeps the rest back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ..findings import Finding, Place
from ..licensing import Claims, decide, rulebook_with
from .reading import Fault, found_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..licensing import RuleBook
    from ..recipe import Recipe
    from .reading import Claim, Reading

#: What `check` says of the source as a whole already.
_SAID_OF_SOURCE = ("license.missing", "license.source-without-evidence")


def rules_of(recipe: Recipe) -> tuple[RuleBook, list[Finding]]:
    """The rules to judge under: those of the tool with the packs of the recipe, and what is wrong with these."""
    rules, problems = rulebook_with(recipe.rules)
    return rules, [Finding(problem.code, Place(file="build/rules"), problem.found) for problem in problems]


def licensed(reading: Reading, publish: Sequence[str], rules: RuleBook) -> tuple[int, list[Finding]]:
    """How many posts may be published with their text; and, once for each code, what is wrong with licences.

    `publish` names the licence classes whose text the recipe publishes. Where only pointers are at hand there is
    no text. A finding stands at the first of the posts that it is about and says how many they are.
    """
    publishable = 0
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for claim, (posts, offset) in reading.claims.items():
        decision = decide(_claims(reading, claim, publish), rules)
        publishable += posts if decision.release == "published" and reading.export.stored else 0
        for code, said in {problem.code: problem.found for problem in decision.problems}.items():
            found[code].append((offset, posts, said))
    return publishable, found_at(reading.export, list(_faults(found)))


def _faults(found: dict[str, list[tuple[int, int, str]]]) -> Iterator[Fault]:
    for code, places in found.items():
        if code in _SAID_OF_SOURCE:
            continue
        offset, _, said = min(places)
        posts = sum(count for _, count, _ in places)
        more = "" if posts == 1 else f"{posts:,} posts, first "
        yield Fault(code, offset, "", f"{more}{said}".strip())


def _claims(reading: Reading, claim: Claim, publish: Sequence[str]) -> Claims:
    declared = reading.declaration.license
    evidence = declared.get("evidence") or [{}]
    return Claims(
        platform=reading.declaration.table["platform"],
        record=claim.stated,
        created_at=claim.day,
        edited_at=claim.edited,
        declared=declared.get("declared"),
        declared_evidence=evidence[0].get("id"),
        declared_scope=declared.get("scope", "posts"),
        wishes=tuple(sorted({*reading.declaration.table.get("wishes", []), *claim.wishes})),
        publish=tuple(publish),
    )
