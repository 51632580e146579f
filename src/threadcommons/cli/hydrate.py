"""hydrate: withheld text for those who hold the export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import api
from ..files import shown
from .group import Command, release_argument
from .output import say, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..findings import Finding


@click.command(cls=Command)
@release_argument
@click.option(
    "--export",
    "exports",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An export that rows point into; can be given several times.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the private copy; it must not exist.",
)
def command(*, release: Path, exports: tuple[Path, ...], out: Path) -> Sequence[Finding]:
    """Fill in withheld text for those who hold the export.

    The result is a private copy of RELEASE. Each row points at its bytes by digest, place and length; every
    text is verified before it is taken. The copy is marked private and cannot be published: nobody has
    licensed the words in it.

    Example:
      threadcommons hydrate build/out/0.1.0 --export thread.txt --out private
    """
    from ..report import as_text

    with working("hydrating"):
        made = api.hydrate(release, list(exports), out)
    say(f"made {shown(str(made.path))}, a private copy: keep it to yourself")
    say(f"{made.filled:,} texts were filled in, {made.left:,} rows stay without")
    if made.findings:
        say(as_text(made.findings).rstrip("\n"))
    return made.findings
