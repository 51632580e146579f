"""card: the published card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .. import api
from .group import Command, root_option
from .output import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..findings import Finding


@click.command(cls=Command)
@click.option("--check", is_flag=True, help="Write nothing; the exit code is 1 when the card would change.")
@root_option
def command(*, check: bool, root: Path | None) -> Sequence[Finding]:
    """Write dataset_card.md from the newest manifest.

    Every number in it comes from build/manifests/. What stands between the markers of hand-written parts is
    yours and stays byte for byte.

    Example:
      threadcommons card
      threadcommons card --check
    """
    from ..report import as_text

    carded = api.card(root=root, check=check)
    state = "is up to date" if not carded.changed else "is written anew"
    say(
        as_text(carded.findings).rstrip("\n")
        if carded.findings
        else f"{carded.path.name} {state}, from the manifest of version {carded.version}"
    )
    return carded.findings
