"""check: judge contributions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .. import api
from .group import Command, json_option, root_option
from .output import say, table, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..contributions import Checked, ExportCount
    from ..findings import Finding

_PAINT: Final = {"error": "red", "warning": "yellow"}
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
def command(*, paths: tuple[Path, ...], as_json: bool, root: Path | None) -> Sequence[Finding]:
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
    return checked.findings


def _text(checked: Checked) -> str:
    """The exports in numbers, the findings, and last the line that sums them up."""
    from ..report import as_text

    told, _, total = as_text(checked.findings).rstrip("\n").rpartition("\n")
    sources = f"{len(checked.sources)} {'source' if len(checked.sources) == 1 else 'sources'}"
    parts = [table([_row(count) for count in checked.counts], _HEADS)] if checked.counts else []
    parts += [_refused(count) for count in checked.counts if count.refused]
    parts += [f"\n{_painted(told.rstrip())}"] if told else []
    return "\n".join([*parts, "", f"{sources}: {total}"]).lstrip("\n")


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


def _painted(text: str) -> str:
    """Severities in colour, which `say` takes away where nobody sees it."""
    return re.sub(
        r"(?m)^  (error|warning)(?= )",
        lambda match: "  " + click.style(match[1], fg=_PAINT[match[1]]),
        text,
    )


def _json(checked: Checked) -> str:
    """The report of findings with the counts beside it; all but ASCII escaped."""
    from .. import __version__
    from ..report import as_json

    report: dict[str, Any] = json.loads(as_json(checked.findings, __version__))
    exports = [{**vars(count), "refused": dict(count.refused)} for count in checked.counts]
    return json.dumps({**report, "sources": list(checked.sources), "exports": exports}, indent=2)
