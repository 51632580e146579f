"""relicense: what would other rules say?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .. import api
from ..files import shown
from .group import Command, json_option, release_argument, root_option
from .output import say, say_json, table, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..build import Relicensed

#: Rows that are named one by one; --json names all.
_NAMED: Final = 20


@click.command(cls=Command)
@release_argument
@click.option(
    "--rules",
    required=True,
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A rule pack (TOML); can be given several times. It replaces the pack of the same id.",
)
@json_option
@root_option
def command(*, release: Path, rules: tuple[Path, ...], as_json: bool, root: Path | None) -> None:
    """Judge a release again under other rules.

    What would change is printed; nothing is written. The exports are read again, so the answer is the one that a
    rebuild with these rules would give. The exit code is 0 whether or not anything would change.

    Example:
      threadcommons relicense build/out/0.1.0 --rules stackexchange.toml
    """
    with working("judging"):
        changes = api.relicense(release, list(rules), root=root)
    if as_json:
        say_json("relicensed", {"release": str(release), "changes": [change.as_dict() for change in changes]})
    else:
        say(_text(changes, api.manifest(release)["counts"]["rows"]))


def _text(changes: Sequence[Relicensed], rows: int) -> str:
    if not changes:
        return f"none of {rows:,} rows would change"
    groups = Counter((_said(change.before), _said(change.after)) for change in changes)
    heads = ("rows", "as released", "under these rules")
    lines = [table([[count, *both] for both, count in sorted(groups.items())], heads), ""]
    lines += [
        f"{shown(change.id)}: {', '.join(_differences(change))}" for change in changes[:_NAMED]
    ]
    if len(changes) > _NAMED:
        lines.append(f"and {len(changes) - _NAMED:,} more; --json names them all")
    return "\n".join([*lines, "", f"{len(changes):,} of {rows:,} rows would change"])


def _said(judged: dict[str, Any]) -> str:
    return f"{judged['license']}, {judged['release']}"


def _differences(change: Relicensed) -> list[str]:
    return [
        f"{name} {shown(str(before))} -> {shown(str(change.after[name]))}"
        for name, before in change.before.items()
        if before != change.after[name]
    ]
