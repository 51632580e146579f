"""credits: who must be credited."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, TextIO

import click

from .. import api
from ..files import shown
from .group import Command, release_argument
from .output import note, say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ..findings import Finding
    from ..release import Watched


@click.command(cls=Command)
@release_argument
@click.option("--csv", "shape", flag_value="csv", help="One line per row, as CSV; what cannot be seen is escaped.")
@click.option("--json", "shape", flag_value="json", help="Print the result as JSON.")
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only for rows of which this holds: columns compared with constants, as in SQL.",
)
@click.option(
    "--ids",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Only for the rows whose ids stand in FILE, one on a line; - for standard input.",
)
def command(*, release: Path, shape: str | None, where: str | None, ids: TextIO | None) -> Sequence[Finding]:
    """Print who must be credited for a release.

    The text is ready to pass on. It names exactly the creators of the rows whose licence asks for it, with
    title, origin, licence and whether the text was changed. What a credit should have and lacks is told on the
    side: only its source could say it.

    Example:
      threadcommons credits build/out/0.1.0
      threadcommons credits build/out/0.1.0 --csv > credits.csv
      threadcommons credits build/out/0.1.0 --where "lang = 'de' AND license_class = 'reciprocal'"
      threadcommons credits build/out/0.1.0 --ids used.txt > NOTICE.md
    """
    chosen = None if ids is None else [line for line in ids.read().splitlines() if line.strip()]
    entries = api.credits(release, chosen, where=where)
    _SHAPES[shape or "notice"](entries)
    for finding in entries.findings:
        note(f"{finding.severity}: {finding.code}: {finding.detail}. {finding.todo}")
    return entries.findings


def _notice(entries: Watched) -> None:
    say(api.notice(entries).rstrip("\n"))


def _csv(entries: Watched) -> None:
    columns: list[str] = []
    for entry in entries:
        if not columns:
            columns = list(entry)
            say(_line(columns))
        say(_line([entry[column] for column in columns]))


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(["" if cell is None else shown(str(cell)) for cell in cells])
    return text.getvalue()


def _json(entries: Watched) -> None:
    listed = list(entries)
    say_json("credits", {"credits": listed, "findings": [finding.as_dict() for finding in entries.findings]})


_SHAPES: dict[str, Callable[[Watched], None]] = {"notice": _notice, "csv": _csv, "json": _json}
