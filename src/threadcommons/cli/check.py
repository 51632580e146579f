"""check: judge contributions."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import orjson

from .. import api
from .group import Command, json_option, root_option
from .output import say, table, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contributions import Checked, ExportCount, LicenceProblem
    from ..findings import Finding

_PAINT: Final = {"error": "red", "warning": "yellow", "note": "cyan"}
_HEADS: Final = (
    "source",
    "export",
    "format",
    "records",
    "posts",
    "publishable",
    "refused",
    "bytes",
    "unaccounted",
)


@click.command(cls=Command)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@json_option
@root_option
def command(
    *, paths: tuple[Path, ...], as_json: bool, root: Path | None
) -> Sequence[Finding | LicenceProblem]:
    """Judge contributions: what is wrong, where, and what to do.

    PATH is a folder below raw/, or a file in one; all contributions by default. Every export is read to its
    end, and nothing is written. The exit code is 1 when anything of severity error was found; warnings alone
    give 0.

    `publishable` counts the posts whose licence lets the recipe publish their text; the others go out as
    pointers.

    Example:
      threadcommons check
      threadcommons check raw/my-thread --json
    """
    with working("checking"):
        checked = api.check(*paths, root=root)
    say(_json(checked) if as_json else _text(checked))
    return (*checked.findings, *checked.licences)


def _text(checked: Checked) -> str:
    from ..report import as_text  # noqa: PLC0415

    told, _, _ = as_text(checked.findings).rstrip("\n").rpartition("\n")
    parts = [table([_row(count) for count in checked.counts], _HEADS)] if checked.counts else []
    parts += [_refused(count) for count in checked.counts if count.refused]
    parts += [f"\n{_painted(text)}" for text in (told.rstrip("\n"), _licences(checked.licences)) if text]
    return "\n".join([*parts, "", _total(checked)])


def _row(count: ExportCount) -> list[object]:
    refused = sum(count.refused.values())
    return [
        count.source,
        count.file,
        count.format,
        count.records,
        count.posts,
        count.publishable,
        refused,
        count.bytes,
        count.bytes - count.accounted,
    ]


def _refused(count: ExportCount) -> str:
    by_code = ", ".join(f"{code} {records:,}" for code, records in count.refused.items())
    return f"refused in {count.source}/{count.file}: {by_code}"


def _licences(problems: Sequence[LicenceProblem]) -> str:
    """In the shape of the report of findings."""
    lines: list[str] = []
    place = ""
    for problem in problems:
        if place != f"{problem.source}/{problem.file}":
            place = f"{problem.source}/{problem.file}"
            lines += ["", place] if lines else [place]
        kind = problem.as_dict()
        where = f"line {problem.line}, byte {problem.offset}" if problem.line else f"byte {problem.offset}"
        found = f": {problem.found}" if problem.found else ""
        lines += [
            f"  {problem.severity} {problem.code}: {kind['means']}",
            f"    {problem.posts:,} {'post' if problem.posts == 1 else 'posts'}, first at {where}{found}",
            f"    What to do: {kind['todo']}",
        ]
    return "\n".join(lines)


def _painted(text: str) -> str:
    """Severities in colour, which `say` takes away where nobody sees it."""
    return re.sub(
        r"(?m)^  (error|warning|note)(?= )",
        lambda match: "  " + click.style(match[1], fg=_PAINT[match[1]]),
        text,
    )


def _total(checked: Checked) -> str:
    count: Counter[str] = Counter(finding.severity for finding in checked.findings)
    count.update(one.severity for one in checked.licences)
    said = [
        f"{count[kind]:,} {kind}{'' if count[kind] == 1 else 's'}"
        for kind in ("error", "warning", "note")
        if count[kind]
    ]
    sources = f"{len(checked.sources)} {'source' if len(checked.sources) == 1 else 'sources'}"
    return f"{sources}: {', '.join(said) or 'no findings'}"


def _json(checked: Checked) -> str:
    """The report of findings, with the counts and the licences beside it; all but ASCII escaped."""
    import json  # noqa: PLC0415

    from .. import __version__  # noqa: PLC0415
    from ..report import as_json  # noqa: PLC0415

    report: dict[str, Any] = orjson.loads(as_json(checked.findings, __version__))
    exports = [{**vars(count), "refused": dict(count.refused)} for count in checked.counts]
    return json.dumps(
        {
            **report,
            "sources": list(checked.sources),
            "exports": exports,
            "licences": [one.as_dict() for one in checked.licences],
        },
        indent=2,
    )
