"""What becomes of the licences that posts claim: how much could go out, and what keeps the rest back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ..findings import Finding, Place
from ..licensing import Problem, chosen, declared, demands_credit, rulebook_with, ungranted
from ..licensing.judging import Terms, judge
from ..sources.declaration import NAME
from .reading import Fault, found_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..licensing import Decision, Declared, RuleBook
    from ..recipe import Recipe
    from ..sources import Declaration
    from .reading import Claim, Reading


def rules_of(recipe: Recipe) -> tuple[RuleBook, list[Finding]]:
    """The rules to judge under: those of the tool with the packs of the recipe, and what is wrong with these."""
    rules, problems = rulebook_with(recipe.rules)
    return rules, [Finding(problem.code, Place(file="build/rules"), problem.found) for problem in problems]


def declaration_faults(declaration: Declaration) -> list[Finding]:
    """What is wrong with what a source declares about licences, whatever its posts say."""
    told = [("/license/evidence", problem) for problem in declared(declaration.license).problems]
    ours = declaration.table.get("annotations")
    if ours and (problem := ungranted(ours["license"])):
        told.append(("/annotations/license", problem))
    return [
        Finding(problem.code, Place(declaration.source, NAME, pointer=pointer), problem.found)
        for pointer, problem in told
    ]


def licensed(reading: Reading, recipe: Recipe, rules: RuleBook) -> tuple[int, list[Finding]]:
    """How many posts may be published with their text; and, once for each code, what is wrong with licences.

    Where only pointers are at hand there is no text. A finding stands at the first of the posts that it is about and
    says how many they are.
    """
    publishable = 0
    terms = _terms(reading.declaration, recipe, rules)
    found: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for claim, (posts, offset) in reading.claims.items():
        decision = judge(terms, claim.key, rules)
        publishable += posts if decision.release == "published" and reading.export.stored else 0
        for code, said in _told(decision, claim, terms).items():
            found[code].append((offset, posts, said))
    return publishable, found_at(reading.export, _faults(found), {})


def _terms(declaration: Declaration, recipe: Recipe, rules: RuleBook) -> Terms:
    wishes = tuple(declaration.table.get("wishes", ()))
    license_ = declared(declaration.license)
    return Terms(
        declaration.table["platform"], license_, wishes, recipe.publish, rules.choices(recipe.choices)
    )


def _told(decision: Decision, claim: Claim, terms: Terms) -> dict[str, str]:
    """Code -> what was found. What keeps the text back is always told, and what a credit lacks where one is asked."""
    problems = {problem.code: problem for problem in decision.problems}
    if decision.reason is not None:
        problems.setdefault(decision.reason, Problem(decision.reason, decision.license))
    if decision.release == "published" and demands_credit(chosen(decision.license, terms.choices)):
        problems |= {code: Problem(code, decision.license) for code in claim.lacks}
    return {code: problem.found for code, problem in problems.items() if not _moot(problem, terms.declared)}


def _moot(problem: Problem, source: Declared) -> bool:
    """Whether it is said of the source as a whole already: it declares nothing, or nothing that is supported."""
    if source.authors:
        return False
    if problem.code == "license.missing":
        return source.license is None and not problem.found
    return problem.code == "license.source-without-evidence"


def _faults(found: dict[str, list[tuple[int, int, str]]]) -> Iterator[Fault]:
    for code, places in found.items():
        offset, _, said = min(places)
        posts = sum(count for _, count, _ in places)
        more = "" if posts == 1 else f"{posts:,} posts, first "
        yield Fault(code, offset, "", f"{more}{said}".strip())
