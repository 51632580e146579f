"""verify: is a release what its manifest says?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .. import api
from ..files import shown
from .group import Command, json_option, release_argument, root_option
from .output import say, say_json, working

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..findings import Finding


@click.command(cls=Command)
@release_argument
@click.option(
    "--root-digest",
    metavar="SHA256",
    help="The digest that the manifest must have, from a source that you trust.",
)
@json_option
@root_option
def command(*, release: Path, root_digest: str | None, as_json: bool, root: Path | None) -> Sequence[Finding]:
    """Check that a release is what its manifest says.

    Files and their digests, page checksums, the balance of the ledger, columns, licences, row digests, and
    the descriptions. A release that was forged as a whole agrees with itself: give --root-digest to know that
    it is the one you mean. A release in its own dataset package, or in the one that --root names, is also held
    against the captured statements that its licences rest on.

    Example:
      threadcommons verify build/out/0.1.0
      threadcommons verify build/out/0.1.0 --root-digest 5d41...
    """
    from .. import __version__
    from ..report import as_json as report
    from ..report import as_text

    with working("verifying"):
        findings = api.verify(release, root_digest=root_digest, root=root)
    if as_json:
        say_json("verified", {"release": str(release), **_without_format(report(findings, __version__))})
    elif findings:
        say(as_text(findings).rstrip("\n"))
    else:
        say(f"{shown(str(release))} is what its manifest says, sha256:{api.manifest(release).root_digest}")
    return findings


def _without_format(text: str) -> dict[str, object]:
    return {key: value for key, value in json.loads(text).items() if key != "format"}
