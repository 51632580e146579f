"""trace: a row back to its bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import api
from ..errors import NotFound
from ..files import shown
from ..findings import Finding, Place
from .group import Command, author_key_option, json_option, release_argument, root_option
from .output import facts, say, say_json, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..release import Trace


@click.command(cls=Command)
@release_argument
@click.argument("row_id", metavar="ID")
@click.option(
    "--export",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The export, when you hold it and the package does not.",
)
@author_key_option
@json_option
@root_option
def command(
    *, release: Path, row_id: str, export: Path | None, author_key: Path | None, as_json: bool, root: Path | None
) -> Sequence[Finding]:
    """Follow a row back to the bytes that it came from.

    The record is cut out again, the row derived anew and compared. The export is the one in the dataset
    package; its digest must be the one that the row names. The exit code is 1 when a column is not what the
    bytes say, and 3 when the export is not at hand.

    Example:
      threadcommons trace build/out/0.1.0 first-thread:first-1
    """
    with working("tracing"):
        trace = api.trace(release, row_id, root=root, export=export, author_key=author_key)
    if as_json:
        say_json("trace", trace.as_dict())
    else:
        say(_told(trace))
    if trace.verdict == "not at hand":
        raise NotFound(
            "the bytes could not be compared",
            where=shown(row_id),
            hint=trace.needs or "name the package with --root, or the export with --export",
        )
    return _findings(trace)


def _told(trace: Trace) -> str:
    plain = trace.as_dict()
    columns = plain.pop("columns")
    plain["columns"] = f"{len(columns)} compared, {len(trace.differing)} differ"
    if trace.differing:
        plain["differing"] = ", ".join(trace.differing)
    return facts(plain)


def _findings(trace: Trace) -> list[Finding]:
    place = Place(trace.source, shown(trace.file), trace.span.offset)
    detail = f"{', '.join(trace.differing)} of row {shown(trace.row_id)}"
    return [Finding("release.row-digest", place, detail)] if trace.differing else []
