"""reciprocity: does a derived dataset honour what it took?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import api
from .group import Command
from .output import say, say_json, working

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..findings import Finding
    from ..release.reciprocity import Reciprocity


@click.command(cls=Command)
@click.argument("derived", type=click.Path(path_type=Path))
@click.option(
    "--of",
    "release",
    type=click.Path(path_type=Path),
    metavar="RELEASE",
    required=True,
    help="The release that it may have taken from.",
)
@click.option(
    "--text",
    metavar="COLUMN",
    multiple=True,
    help="A column that holds texts, where names and looks do not tell; may be given again.",
)
@click.option("--markdown", "shape", flag_value="markdown", help="Print the report as Markdown.")
@click.option("--json", "shape", flag_value="json", help="Print the result as JSON.")
def command(*, derived: Path, release: Path, text: tuple[str, ...], shape: str | None) -> Sequence[Finding]:
    """Say whether a derived dataset honours what it took.

    DERIVED is a file of rows (Parquet, JSON Lines, JSON, CSV, TSV) or a folder of such files, such as a copy of a
    Hub repository. Rows are found by their ids, their texts and by likeness; then licence, credit, notice of
    changes and provenance are looked at. The exit code is 1 on a breach. What could not be verified is told and
    is no breach. Nothing is fetched and nothing in DERIVED is run.

    Example:
      threadcommons reciprocity downloads/their-dataset --of build/out/0.1.0
      threadcommons reciprocity theirs.parquet --of build/out/0.1.0 --text answer --markdown > report.md
    """
    with working("comparing"):
        outcome = api.reciprocity(derived, release, text=text)
    _SHAPES[shape or "text"](outcome)
    return outcome.breaches


def _json(outcome: Reciprocity) -> None:
    say_json("reciprocity", outcome.as_dict())


_SHAPES: dict[str, Callable[[Reciprocity], None]] = {
    "text": lambda outcome: say(outcome.as_text().rstrip("\n")),
    "markdown": lambda outcome: say(outcome.as_markdown().rstrip("\n")),
    "json": _json,
}
