"""Were the licences of the rows that were found honoured? One judgement for each duty and each reason, as data.

A duty is judged for the rows whose licence asks for it; rows that ask nothing are counted and left alone. What a piece
states of itself goes before what its dataset states. Everything found anywhere in the derived dataset speaks for it: a
breach is what stays when nothing does. What to say of each reason is in `reasons.toml`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

from ... import licensing
from .papers import NAMING
from .relation import FITTING, best, of_statements, relation, worst
from .seen import seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .derived import Derived
    from .offered import Offered
    from .papers import Papers
    from .relation import Relation
    from .seen import Found
    from .taken import Taken

Verdict = Literal["breach", "unverified", "honoured"]
#: In order of weight.
VERDICTS: Final[tuple[Verdict, ...]] = ("breach", "unverified", "honoured")
#: How many rows a judgement names.
EXAMPLES: Final = 5


@dataclass(frozen=True)
class Reason:
    """What can be said of a duty; see reasons.toml."""

    name: str
    verdict: Verdict
    says: str
    code: str = ""

    @property
    def duty(self) -> str:
        """license, share-alike, credit, changes or provenance."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Example:
    """A row of the release, where it was found (index of a file, row in it), and the licences that are stated there."""

    id: str
    license: str
    file: int
    line: int
    stated: str = ""


@dataclass(frozen=True)
class Judgement:
    """One reason, and the rows that it holds for: how many under each licence, and the first few by id."""

    reason: Reason
    licenses: tuple[tuple[str, int], ...]
    examples: tuple[Example, ...]

    @property
    def rows(self) -> int:
        """How many rows it holds for."""
        return sum(number for _, number in self.licenses)


@cache
def reasons() -> dict[str, Reason]:
    """All reasons by name, in the order of the file."""
    table = tomllib.loads(files(__package__).joinpath("reasons.toml").read_text(encoding="utf-8"))
    return {
        f"{duty}.{name}": Reason(f"{duty}.{name}", **entry)
        for duty, entries in table.items()
        for name, entry in entries.items()
    }


@dataclass(frozen=True)
class Case:
    """What holds for all rows: the papers of the derived dataset, and whether chance is ruled out.

    `whole` is stated for the dataset, `part` somewhere below; `prose` says whether a licence is spoken of in words.
    """

    papers: Papers
    whole: tuple[tuple[str, ...], ...]
    part: tuple[tuple[str, ...], ...]
    prose: Callable[[str], bool]
    release_named: bool
    credits_unread: bool
    certain: bool


def judge(offered: Offered, derived: Derived, taken: Taken) -> tuple[Judgement, ...]:
    """Judge every row that was found; the weightiest judgements first."""
    papers = derived.papers
    case = Case(
        papers,
        tuple(statement.licenses for statement in papers.statements if statement.whole),
        tuple(statement.licenses for statement in papers.statements if not statement.whole),
        cache(lambda license_: any(map(papers.speaks_of, licensing.parse(license_).ids))),
        offered.mentioned_in(papers),
        any(NAMING.search(name) for name in derived.unread),
        taken.certain,
    )
    rows: dict[str, list[tuple[Found, str]]] = {}
    for found in seen(offered, derived, taken):
        for duty, reason, stated in _answers(found, case):
            rows.setdefault(f"{duty}.{reason}", []).append((found, stated))
    judged = [_judgement(reasons()[name], rows[name]) for name in reasons() if name in rows]
    return tuple(sorted(judged, key=lambda one: VERDICTS.index(one.reason.verdict)))


def _answers(found: Found, case: Case) -> Iterator[tuple[str, str, str]]:
    """(duty, reason, what is stated) for every duty of one row."""
    asked = licensing.duties(found.license)
    if not asked:
        return
    shared_alike = bool(licensing.share_alike(found.license))
    yield "share-alike" if shared_alike else "license", *_license(found, case)
    if "attribution" in asked:
        yield "credit", _credit(found, case), ""
    if "attribution" in asked or shared_alike:
        yield "provenance", "kept" if found.pointed else "release" if case.release_named else "lost", ""
        if found.changed:
            yield "changes", "told" if found.told else "untold", ""


def _license(found: Found, case: Case) -> tuple[str, str]:
    """How what is stated goes with the row, and what that is."""
    answer: str = _relation(found, case)
    own = [one for some in (*found.stated, *found.stated_beside) for one in some]
    stated = own or [one for some in (*case.whole, *case.part) for one in some]
    said = ", ".join(sorted({licensing.parse(one).license for one in stated}))
    if found.changed and answer == "same" and "no-derivatives" in licensing.duties(found.license):
        answer = "changed"
    return ("chance" if answer == "against" and not case.certain else answer), said


def _relation(found: Found, case: Case) -> Relation:
    """What the pieces state goes first, of several the worst; then what is stated beside them, then the whole."""
    own, beside = (
        [best(relation(found.license, one) for one in some) for some in stated if some]
        for stated in (found.stated, found.stated_beside)
    )
    known = [one for one in own if one != "unknown"]
    if known:
        return worst(known)
    answer = best([*beside, _stated(found, case)])
    return answer if answer in FITTING or not own else "unknown"


def _stated(found: Found, case: Case) -> Relation:
    """How what is stated for the dataset goes with the row. A part, or prose, can raise doubts and decide nothing."""
    whole, part = of_statements(found.license, case.whole), of_statements(found.license, case.part)
    if whole == "against":
        return "torn" if (case.part and part != "against") or case.prose(found.license) else "against"
    if whole in ("unstated", "unknown") and case.part:
        return "torn" if part == "against" else part
    return whole


def _credit(found: Found, case: Case) -> str:
    """Whether the creator is named as the licence asks."""
    linked = found.url is None or found.linked or case.papers.says(found.address)
    if not found.creator:
        return "linked" if linked and (found.url or found.pointed) else "nobody"
    if f" {found.creator} " in found.credited or case.papers.says(found.creator):
        return "named" if linked else "no-link"
    if found.credited.strip():
        return "others"
    near = found.url is not None and (linked or case.papers.links_near(found.url))
    if found.pointed or case.release_named or near:
        return "elsewhere"
    if case.credits_unread:
        return "unread"
    return "missing" if case.certain else "chance"


def _judgement(reason: Reason, rows: list[tuple[Found, str]]) -> Judgement:
    counts: dict[str, int] = {}
    for found, _ in rows:
        counts[found.license] = counts.get(found.license, 0) + 1
    first = sorted(rows, key=lambda entry: entry[0].id)[:EXAMPLES]
    examples = (Example(found.id, found.license, found.file, found.line, stated) for found, stated in first)
    return Judgement(reason, tuple(sorted(counts.items())), tuple(examples))
