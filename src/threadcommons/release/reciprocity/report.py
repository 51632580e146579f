"""The outcome of a comparison as a value, and in words: for people, for machines, as Markdown.

The words are chosen with care. A breach is said only of rows that were found and of what was read; what could not be
verified is called that; and where nothing was found, nothing is said about anybody. Everything that a stranger wrote is
escaped, so that it cannot pretend to be ours.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from ...files import shown
from ...findings import Finding, Place, in_order
from ...model import NOASSERTION
from .judgement import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .judgement import Example, Judgement, Verdict
    from .papers import Statement

#: What a verdict is called, and what the whole is called.
CALLED: Final[dict[str, str]] = {
    "breach": "breach",
    "unverified": "could not verify",
    "honoured": "honoured",
    "nothing-found": "nothing found",
}
_HEADS: Final = {
    "license": "Licence",
    "share-alike": "Share-alike",
    "credit": "Credit",
    "changes": "Notice of changes",
    "provenance": "Provenance",
}
#: How evidence is told, in the order of its strength.
_BY: Final = {
    "id": "by an id, an address or a digest beside their text",
    "text": "by their text",
    "words": "by their words, apart from case and marks",
    "likeness": "by likeness",
}
_NAMED: Final = 20
_LONGEST: Final = 120
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")


@dataclass(frozen=True)
class Compared:
    """What was held side by side: names and numbers of the derived dataset and of the release."""

    derived: str
    files: tuple[str, ...]
    rows: int
    statements: tuple[Statement, ...]
    unread: tuple[str, ...]
    dataset: str
    version: str
    root_digest: str
    offered: int


@dataclass(frozen=True)
class Reciprocity:
    """Does a derived dataset honour what it took?

    `evidence` counts the rows found by the kind of evidence, `licenses` by licence; both in a fixed order. `free` of
    them ask nothing. `mentioned` rows are pointed to beside other words or none, `short` texts are the same in both and
    too short to count. Without `certain` what is alike could be chance, and nothing is called a breach.
    """

    compared: Compared
    evidence: tuple[tuple[str, int], ...]
    licenses: tuple[tuple[str, int], ...]
    free: int
    mentioned: int
    short: int
    certain: bool
    judgements: tuple[Judgement, ...]

    @property
    def found(self) -> int:
        """How many rows of the release were found, each counted once."""
        return sum(rows for _, rows in self.evidence)

    @property
    def verdict(self) -> Verdict | str:
        """The weightiest verdict; `nothing-found` without overlap. Rows that ask nothing are honoured by anything."""
        weights = [judgement.reason.verdict for judgement in self.judgements]
        return min(weights, key=VERDICTS.index, default="honoured") if self.found else "nothing-found"

    @property
    def findings(self) -> list[Finding]:
        """What is wrong (errors) and what could not be verified (warnings), in order of place."""
        judged = (judgement for judgement in self.judgements if judgement.reason.code)
        unread = [Finding("reciprocity.unread", Place(file=name)) for name in self.compared.unread]
        return in_order([*unread, *map(self._finding, judged)])

    @property
    def breaches(self) -> tuple[Finding, ...]:
        """The findings that are breaches."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def _finding(self, judgement: Judgement) -> Finding:
        first = judgement.examples[0]
        ids = ", ".join(_short(example.id) for example in judgement.examples)
        more = ", ..." if judgement.rows > len(judgement.examples) else ""
        says = f"{_rows(judgement.rows)}: {judgement.reason.says} ({ids}{more})"
        return Finding(judgement.reason.code, Place(file=self.compared.files[first.file]), says)

    def as_dict(self) -> dict[str, Any]:
        """For machines: everything, plain and in a fixed order."""
        compared = asdict(self.compared)
        return {
            "release": {key: compared.pop(key) for key in ("dataset", "version", "root_digest", "offered")},
            "derived": compared.pop("derived"),
            "compared": compared,
            "verdict": self.verdict,
            "found": {"rows": self.found, "by": dict(self.evidence), "licenses": dict(self.licenses)},
            "ask_nothing": self.free,
            "mentioned": self.mentioned,
            "short": self.short,
            "certain": self.certain,
            "judgements": [self._plain(judgement) for judgement in self.judgements],
            "findings": [finding.as_dict() for finding in self.findings],
        }

    def _plain(self, judgement: Judgement) -> dict[str, Any]:
        examples = [
            {**asdict(example), "file": self.compared.files[example.file], "line": example.line + 1}
            for example in judgement.examples
        ]
        reason = judgement.reason
        told = {"duty": reason.duty, "verdict": reason.verdict, "reason": reason.name, "says": reason.says}
        return {**told, "rows": judgement.rows, "licenses": dict(judgement.licenses), "examples": examples}

    def as_text(self) -> str:
        """For people, as plain text."""
        return "\n".join(_lines(self, _PLAIN)) + "\n"

    def as_markdown(self) -> str:
        """For people, as Markdown in which what strangers wrote stays words."""
        return "\n".join(_lines(self, _MARKDOWN)) + "\n"


@dataclass(frozen=True)
class _Style:
    """How a heading, an item and a stranger's words are written."""

    title: Callable[[str], list[str]]
    head: Callable[[str], list[str]]
    item: str
    sub: str
    words: Callable[[str], str]


def _short(text: str) -> str:
    plain = shown(text)
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}..."


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", _short(text))


_PLAIN: Final = _Style(lambda text: [text], lambda text: ["", text], "  ", "    ", _short)
_MARKDOWN: Final = _Style(lambda text: [f"# {text}"], lambda text: ["", f"## {text}", ""], "* ", "    * ", _escaped)


def _lines(outcome: Reciprocity, style: _Style) -> Iterator[str]:
    compared = outcome.compared
    yield from style.title(f"{style.words(compared.derived)}: {CALLED[outcome.verdict]}")
    yield from style.head("Compared")
    yield f"{style.item}the derived dataset: {_rows(compared.rows)} in {_counted(len(compared.files), 'file')}"
    named = f"{style.words(compared.dataset)} {compared.version}"
    yield f"{style.item}the release: {_rows(compared.offered)} with text of {named}, sha256:{compared.root_digest}"
    yield from (style.item + line for line in _stated(compared.statements, style))
    yield from (style.item + line for line in _unread(compared.unread, style))
    yield from style.head("Found")
    yield from (style.item + line for line in _found(outcome, style))
    yield from _judged(outcome, style)
    if outcome.found:
        yield from style.head("How to read this")
        yield from (style.item + line for line in _CLOSING)


_CLOSING: Final = (
    "A row that was found need not have come from this release, but its licence asks the same wherever it came from.",
    '"Could not verify" means that; it does not mean that anything is wrong.',
    "Only what is in these files was looked at. It is a comparison by a program and no legal advice.",
)


def _stated(statements: Iterable[Statement], style: _Style) -> Iterator[str]:
    told = [f"{', '.join(_understood(one, style))} in {style.words(one.where)}" for one in statements]
    yield f"stated for the derived dataset as a whole: {'; '.join(told) or 'no licence where programs look for one'}"


def _understood(statement: Statement, style: _Style) -> Iterator[str]:
    """Each licence of a statement by its SPDX id; in the stranger's own words where nobody understands them."""
    for written, license_ in dict(zip(statement.written, statement.licenses, strict=True)).items():
        known = license_ != NOASSERTION
        yield style.words(license_) if known else f'"{style.words(written)}" (not understood)'


def _unread(names: tuple[str, ...], style: _Style) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"not read, or not to the end: {', '.join(map(style.words, names[:_NAMED]))}{more}"


def _found(outcome: Reciprocity, style: _Style) -> Iterator[str]:
    if outcome.found:
        yield f"{_rows(outcome.found)} of the release, each counted once"
        yield from (f"{_rows(rows)} {_BY[kind]}" for kind, rows in outcome.evidence if rows)
        yield "under " + ", ".join(f"{style.words(name)}: {rows:,}" for name, rows in outcome.licenses)
    else:
        yield "no text of the release was found, so there is nothing to judge"
    if outcome.free:
        yield f"{_rows(outcome.free)} ask nothing of anybody"
    if outcome.found and not outcome.certain:
        yield "what is alike is little and could be chance; nothing is called a breach for it"
    if outcome.mentioned:
        yield f"{_rows(outcome.mentioned)} more are pointed to, and their text was not found; a pointer takes nothing"
    if outcome.short:
        yield f"{_counted(outcome.short, 'text')} too short to be anybody's own are in both; they do not count"


def _judged(outcome: Reciprocity, style: _Style) -> Iterator[str]:
    """Duty by duty; within one, the weightiest first."""
    for duty, head in _HEADS.items():
        mine = [judgement for judgement in outcome.judgements if judgement.reason.duty == duty]
        if mine:
            yield from style.head(head)
        for judgement in mine:
            reason = judgement.reason
            yield f"{style.item}{CALLED[reason.verdict]}, {_rows(judgement.rows)}: {reason.says}"
            if reason.verdict != "honoured":
                yield from (style.sub + _example(outcome, example, style) for example in judgement.examples)


def _example(outcome: Reciprocity, example: Example, style: _Style) -> str:
    where = f"{style.words(outcome.compared.files[example.file])}, row {example.line + 1:,}"
    stated = f"; stated there: {style.words(example.stated)}" if example.stated else ""
    return f"{style.words(example.id)} ({style.words(example.license)}) in {where}{stated}"


def _rows(number: int) -> str:
    return _counted(number, "row")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
