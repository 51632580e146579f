"""The licence of one post: who says what, who is believed, and whether the text may go out.

Record > author > platform > source: the first of them that states a licence gives its basis. But no statement
is ever dropped because a looser one stands above it: where statements differ, the result is their meet, or
unknown. A statement that proves nothing (a declaration without evidence, a kind that the platform's pack does
not accept) can still narrow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from .classes import covers_contents, license_class, share_alike
from .expression import Expression, chosen, parse, unknown
from .facts import NOASSERTION, PLATFORM_TERMS, fact
from .meet import meet, merged
from .problems import Problem
from .rules import ANYWHERE, Basis, Confidence, DateRule, Pack, RuleBook, rulebook
from .texts import license_files
from .wishes import narrowing

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

PUBLISHED_BY_DEFAULT: Final = ("public-domain", "permissive", "reciprocal")


@dataclass(frozen=True)
class Claims:
    """Everything that is said about the licence of a post. Judge equal claims only once."""

    platform: str
    #: What the record itself states, as written there.
    record: str | None = None
    #: What the author states about own posts, such as the owner of an account about an archive of it.
    author: str | None = None
    #: Whether that can be read anywhere; a word that is only claimed makes a licence stricter at most.
    author_proved: bool = True
    #: Days, UTC: of the post, and of its last edit where known.
    created_at: datetime.date | None = None
    edited_at: datetime.date | None = None
    #: What the source's declaration states, and the id of the evidence for it.
    declared: str | None = None
    declared_evidence: str | None = None
    declared_scope: Literal["posts", "database"] = "posts"
    wishes: tuple[str, ...] = ()
    #: Licence classes whose text the recipe publishes.
    publish: tuple[str, ...] = PUBLISHED_BY_DEFAULT
    #: The alternatives that the recipe takes, for normalised expressions that offer some.
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What was decided. `reason` is the code of what keeps the text back; None when it is published."""

    license: str
    license_class: str
    basis: Basis
    #: Rule of the platform's pack that took part, as `pack.rule`, and the pack's version.
    rule: str | None
    rule_version: str | None
    confidence: Confidence
    share_alike: bool
    release: Literal["published", "withheld"]
    reason: str | None
    problems: tuple[Problem, ...] = ()
    #: The alternative taken, where the licence offers some.
    choice: str | None = None


class Statement(NamedTuple):
    """What one party says."""

    basis: Basis
    expression: Expression
    confidence: Confidence
    rule: str | None = None


class Ruling(NamedTuple):
    """The licence that follows from all statements, before wishes and the recipe are asked."""

    expression: Expression
    basis: Basis
    confidence: Confidence
    rule: str | None
    problems: tuple[Problem, ...] = ()


def decide(claims: Claims, rules: RuleBook | None = None) -> Decision:
    """Judge the claims about a post under some rules; the ones that ship with the tool by default. Pure."""
    pack = (rules or rulebook()).pack(claims.platform)
    ruling = _rule(claims, pack)
    kept_back, faults = _kept_back(claims, ruling)
    expression = ruling.expression
    unread = license_files([expression.license])[1] if kept_back is None else ()
    return Decision(
        license=expression.license,
        license_class=license_class(expression),
        basis=ruling.basis,
        rule=ruling.rule,
        rule_version=pack.version if pack is not None and ruling.rule is not None else None,
        confidence=ruling.confidence,
        share_alike=bool(share_alike(expression)),
        release="published" if kept_back is None else "withheld",
        reason=kept_back,
        problems=(*ruling.problems, *faults, *unread),
        choice=None if expression.choice is None else " AND ".join(expression.choice),
    )


def _rule(claims: Claims, pack: Pack | None) -> Ruling:
    spoken = _statements(claims, pack)
    remarks = tuple(_remarks(spoken))
    dark = next((said for said in spoken if unknown(said.expression)), None)
    if dark is not None:
        code = dark.expression.problem or "license.missing"
        fault = Problem(code, f"{dark.basis}: {dark.expression.text}")
        return Ruling(dark.expression, "none", "none", None, (fault, *remarks))
    granting = [said for said in spoken if _proves(said, claims, pack)]
    if not granting:
        return _nothing(claims, pack, spoken)
    winner = granting[0]
    others = [said for said in spoken if said is not winner and not _superseded(said, winner, pack)]
    return _together(winner, others, (*remarks, *_too_young(winner, claims, pack)))


def _statements(claims: Claims, pack: Pack | None) -> list[Statement]:
    """Who says something, in order of precedence. What is blank says nothing."""
    field = f"{pack.id}.field" if pack is not None and pack.field is not None else None
    dated = pack.on(claims.created_at) if pack is not None else None
    declared = claims.declared if claims.declared_scope == "posts" else None
    said: list[Statement | None] = [
        _said("record", claims.record, claims.choices, "stated", field),
        _said("author", claims.author, claims.choices, "stated"),
        _dated(pack, dated, claims.choices) if pack is not None and dated is not None else None,
        _said("source", declared, claims.choices, "asserted"),
    ]
    return [statement for statement in said if statement is not None]


def _said(
    basis: Basis, text: str | None, choices: Mapping[str, str], confidence: Confidence, rule: str | None = None
) -> Statement | None:
    if text is None or not text.strip():
        return None
    return Statement(basis, chosen(text, choices), confidence, rule)


def _dated(pack: Pack, rule: DateRule, choices: Mapping[str, str]) -> Statement:
    """What a platform's rule says; a choice that the pack states comes before the recipe's."""
    expression = parse(rule.license, rule.choice) if rule.choice else chosen(rule.license, choices)
    return Statement("platform", expression, rule.confidence, f"{pack.id}.{rule.id}")


def _proves(said: Statement, claims: Claims, pack: Pack | None) -> bool:
    """Whether a statement can stand as the basis of a licence."""
    accepted = ANYWHERE if pack is None else pack.accepts
    proved = {"author": claims.author_proved, "source": bool(claims.declared_evidence)}
    return said.basis in accepted and proved.get(said.basis, True)


def _superseded(said: Statement, winner: Statement, pack: Pack | None) -> bool:
    """Whether a more precise word of the same platform replaces this statement.

    The licence field replaces the rule by date when an edit brought a later version; both replace a
    declaration that names any version which the platform grants.
    """
    if pack is None or winner.rule is None:
        return False
    one, two = pack.grants(winner.expression.license), pack.grants(said.expression.license)
    if one is None or two is None:
        return False
    return said.basis == "source" or (said.basis == "platform" and one.start >= two.start)


def _together(winner: Statement, others: list[Statement], problems: tuple[Problem, ...]) -> Ruling:
    """The meet of what is said. Where the winner says as much as all others together, it stands as it is."""
    own = meet(winner.expression.license)
    label = meet(own, *(said.expression.license for said in others))
    if label == own:
        return Ruling(winner.expression, winner.basis, winner.confidence, winner.rule, problems)
    found = "; ".join(f"{said.basis}: {said.expression.license}" for said in (winner, *others))
    strict = next((said for said in others if meet(said.expression.license) == label), None)
    if strict is None and not merged([label]).mergeable:
        unresolved = Problem("license.conflict-unresolved", found)
        return Ruling(parse(NOASSERTION), "none", "none", None, (unresolved, *problems))
    believed = strict or winner
    conflict = Problem("license.conflict", found)
    return Ruling(parse(label), believed.basis, "inferred", believed.rule, (conflict, *problems))


def _nothing(claims: Claims, pack: Pack | None, spoken: list[Statement]) -> Ruling:
    """No statement proves anything: say why not, for each of them and for the platform."""
    faults = [Problem(_why_not(said, pack), f"{said.basis}: {said.expression.text}") for said in spoken]
    if claims.declared and claims.declared_scope == "database":
        faults.append(Problem("license.database-declaration", claims.declared))
    if pack is not None and pack.refusal is not None:
        faults.append(Problem("license.platform-refuses", pack.refusal.basis))
        return Ruling(parse(PLATFORM_TERMS), "platform", "none", f"{pack.id}.refusal", tuple(faults))
    if pack is not None and pack.rules:
        faults.append(Problem("license.no-rule-for-date", f"{pack.title}, {claims.created_at or 'no date'}"))
    return Ruling(parse(NOASSERTION), "none", "none", None, tuple(faults or [Problem("license.missing")]))


def _why_not(said: Statement, pack: Pack | None) -> str:
    accepted = ANYWHERE if pack is None else pack.accepts
    unproved = {"author": "evidence.nothing-to-read", "source": "license.source-without-evidence"}
    return unproved[said.basis] if said.basis in accepted else "license.not-for-platform"


def _remarks(spoken: list[Statement]) -> list[Problem]:
    """What a contributor should know about the statements, whether or not it changes the outcome."""
    faults = []
    for said in spoken:
        if said.expression.offers_choice:
            faults.append(Problem("license.choice-not-stated", said.expression.license))
        if said.rule is None:  # a platform's own field is spelled as the platform spells it
            faults += [Problem(note, f"{said.basis}: {said.expression.text}") for note in said.expression.notes]
    return faults


def _too_young(winner: Statement, claims: Claims, pack: Pack | None) -> list[Problem]:
    """A licence cannot have been put on a post before it existed, nor before the platform used it."""
    if claims.created_at is None or winner.basis not in {"record", "platform"}:
        return []
    last = max(claims.created_at, claims.edited_at or claims.created_at).isoformat()
    known = [found.since for term in winner.expression.terms if (found := fact(term))]
    granted = pack.grants(winner.expression.license) if pack is not None else None
    starts = [*known, *([granted.start] if granted is not None else [])]
    late = [start for start in starts if last[: len(start)] < start]
    return (
        [Problem("license.later-than-post", f"{winner.expression.license} from {max(late)}, post of {last}")]
        if late
        else []
    )


def _kept_back(claims: Claims, ruling: Ruling) -> tuple[str | None, tuple[Problem, ...]]:
    """The code of what keeps the text back, and the problems that this adds."""
    if unknown(ruling.expression):
        return _first_cause(ruling.problems), ()
    if not covers_contents(ruling.expression):
        return "license.contents-not-covered", (Problem("license.contents-not-covered", ruling.expression.license),)
    wishes = narrowing(claims.wishes)
    if wishes:
        return wishes[0].code, wishes
    found = license_class(ruling.expression)
    if found not in claims.publish:
        return "license.class-not-published", ()
    return None, ()


def _first_cause(problems: tuple[Problem, ...]) -> str:
    """The gravest problem of a ruling, the first where several are equally grave."""
    grave = [problem for problem in problems if problem.severity == "error"]
    return (grave or [*problems, Problem("license.missing")])[0].code
