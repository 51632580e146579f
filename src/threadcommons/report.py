"""Findings in words: for people, for machines, and the table of all codes as a page.

Pure functions from values to text. What comes from the data is escaped here, so that no file name and no key
can forge a line, hide a word or paint a terminal.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import orjson

from .files import shown
from .findings import codes, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .findings import Code, Finding, Place

FORMAT: Final = "threadcommons-findings/1"

#: How many findings of one code are told of one file.
MOST: Final = 20

#: Where the faults of a group show; the groups are those of `findings.toml`.
GROUPS: Final = {
    "source": "`source.toml` and the folder around it",
    "record": "Bytes of an export that are no item of its format",
    "container": "Archives and compressed files",
    "post": "Items that break the contract",
    "id": "Ids",
    "duplicate": "Posts that say the same",
    "conversation": "Conversations",
    "pointer": "Pointers to an export that is not stored",
    "evidence": "Evidence for licences",
    "license": "Licences of posts",
    "wish": "Wishes about reuse",
    "rules": "Rule packs of platforms",
    "closure": "What rows allow together",
    "credit": "Credit",
    "privacy": "Personal data and the key of pseudonyms",
    "quality": "Texts, by the rules of quality",
    "card": "The card",
    "release": "A release",
    "reciprocity": "A dataset derived from a release",
}


def as_text(findings: Iterable[Finding], most: int = MOST) -> str:
    """Findings for people, grouped by file and code, and their counts.

    Of each code at most `most` are told for one file; the rest are counted.
    """
    ordered = in_order(list(findings))
    by_file = groupby(ordered, key=lambda finding: (finding.place.source, finding.place.file))
    told = [f"{_file(name)}\n{_of_file(list(group), most)}\n" for name, group in by_file]
    return "".join(told) + _total(ordered)


def as_json(findings: Iterable[Finding], version: str) -> str:
    """Findings for machines; `version` is that of the tool. Nothing is left out."""
    ordered = in_order(list(findings))
    report = {
        "format": FORMAT,
        "version": version,
        "counts": {"error": 0, "warning": 0} | Counter(finding.severity for finding in ordered),
        "findings": [_plain(finding) for finding in ordered],
    }
    return orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def findings_doc() -> str:
    """`docs/findings.md`: every code, what it means and what to do."""
    tables = [_table(group, title) for group, title in GROUPS.items()]
    return _HEAD + "".join(tables)


_HEAD: Final = """\
# Findings

What can be wrong with the data. A finding names its code, the place (source, file, byte or line, JSON
Pointer), what was found and what would be right. An *error* keeps the data from being built as it is; a
*warning* does not. Of a licence, an error keeps text back, or the release from being built.

This page is generated from `src/threadcommons/findings.toml`; a test compares the two.
"""


def _file(name: tuple[str, str]) -> str:
    return shown("/".join(part for part in name if part)) or "as a whole"


def _of_file(findings: list[Finding], most: int) -> str:
    by_code = groupby(sorted(findings, key=lambda finding: finding.code), key=lambda finding: finding.code)
    lines = [line for name, group in by_code for line in _of_code(codes()[name], list(group), most)]
    return "".join(f"{line}\n" for line in lines)


def _of_code(code: Code, findings: list[Finding], most: int) -> Iterator[str]:
    yield f"  {code.severity} {code.name}: {code.means}"
    for finding in findings[:most]:
        told = ": ".join(part for part in (_where(finding.place), shown(finding.detail)) if part)
        if told:
            yield f"    {told}"
    if len(findings) > most:
        yield f"    and {len(findings) - most} more"
    yield f"    What to do: {code.todo}"


def _where(place: Place) -> str:
    line = f"line {place.line}" if place.line is not None else ""
    byte = f"byte {place.offset}" if place.offset is not None else ""
    return ", ".join(part for part in (line, byte, shown(place.pointer)) if part)


def _total(findings: list[Finding]) -> str:
    if not findings:
        return "no findings\n"
    count = Counter(finding.severity for finding in findings)
    return ", ".join(_counted(count[kind], kind) for kind in ("error", "warning") if count[kind]) + "\n"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(finding: Finding) -> dict[str, Any]:
    facts = finding.as_dict()
    return {key: shown(value) if isinstance(value, str) else value for key, value in facts.items()}


def _table(group: str, title: str) -> str:
    rows = [code for name, code in codes().items() if name.split(".")[0] == group]
    head = f"\n## {title}\n\n| code | severity | means | what to do |\n|---|---|---|---|\n"
    return head + "".join(_line(f"`{code.name}`", code.severity, code.means, code.todo) for code in rows)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
