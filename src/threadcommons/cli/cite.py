"""cite: how to cite a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .. import api
from .group import Command, release_argument
from .output import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command(cls=Command)
@release_argument
@click.option("--style", default="bibtex", show_default=True, help="bibtex, cff, csl-json, datacite or text.")
def command(*, release: Path, style: str) -> None:
    """Print how to cite a release.

    Every style names the version and the digest, which makes the citation exact.

    Example:
      threadcommons cite build/out/0.1.0
      threadcommons cite build/out/0.1.0 --style text
    """
    say(api.cite(release, style).rstrip("\n"))
