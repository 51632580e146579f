"""build: sources to a release."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from .. import api
from ..files import shown
from ..report import as_text
from .group import Command, author_key_option, json_option, root_option
from .output import say, say_json, table, working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..build import Built


def _hydrate(_ctx: click.Context, _option: click.Parameter, given: Sequence[str]) -> dict[str, Path]:
    pairs = [pair.partition("=") for pair in given]
    for source, _, path in pairs:
        if not source or not path:
            raise click.BadParameter("it is given as SOURCE=EXPORT")
        if not Path(path).is_file():
            raise click.BadParameter(f"there is no file {path!r}")
    return {source: Path(path) for source, _, path in pairs}


@click.command(cls=Command)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where releases go; build/out by default.",
)
@click.option("--version", metavar="V", help="Version to build; that of the recipe by default.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes; one per processor by default."
)
@click.option(
    "--hydrate",
    multiple=True,
    metavar="SOURCE=EXPORT",
    callback=_hydrate,
    help="Fill in the text of an export that is not stored: a private copy.",
)
@author_key_option
@click.option(
    "--previous",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="RELEASE",
    help="An earlier release: rows that say the same under another id are flagged.",
)
@click.option("--timings", is_flag=True, help="Show what each stage took.")
@json_option
@root_option
def command(  # noqa: PLR0913  (one argument per option)
    *,
    out: Path | None,
    version: str | None,
    workers: int | None,
    hydrate: dict[str, Path],
    author_key: Path | None,
    previous: tuple[Path, ...],
    timings: bool,
    as_json: bool,
    root: Path | None,
) -> None:
    """Build a release from all sources and the recipe.

    It appears under build/out/VERSION whole or not at all, and is the same bytes wherever and however often
    it is built. What was done before and has not changed is not done again. With --hydrate a private copy is
    made, in build/out/private/VERSION.

    Example:
      threadcommons build
      threadcommons build --hydrate my-thread=thread.txt
    """
    with working("building"):
        built = api.build(
            root=root,
            out=out,
            version=version,
            workers=workers,
            hydrate=hydrate,
            author_key=author_key,
            previous=previous,
        )
    if as_json:
        say_json("built", _plain(built))
    else:
        say(_text(built))
    if timings and not as_json:
        say(f"\n{_timings(built)}")


def _text(built: Built) -> str:
    facts, path = built.manifest.facts, _here(built.path)
    counts = facts["counts"]
    state = "is built" if built.made else "stood there already, with the same bytes"
    rows = [
        [entry["class"], entry["rows"], entry["published"], entry["rows"] - entry["published"]]
        for entry in facts["by_class"]
    ]
    left_out = [f"{fate}: {facts['fates'][fate]:,}" for fate in sorted(facts["fates"]) if fate not in _ROWS]
    warnings = [f"{code}: {posts:,}" for code, posts in sorted(built.warnings.items()) if posts]
    return "\n".join(
        [
            f"{shown(facts['dataset']['title'])} {built.manifest.version} {state}",
            f"  folder       {shown(path)}",
            f"  root digest  sha256:{built.manifest.root_digest}",
            f"  rows         {counts['rows']:,}",
            *([f"  left out     {', '.join(left_out)}"] if left_out else []),
            *([f"  warnings     {', '.join(warnings)}"] if warnings else []),
            "",
            table(rows, ("class", "rows", "published", "withheld")),
            "",
            *([as_text(built.findings)] if built.findings else []),
            _loading(built, path),
        ]
    )


#: Fates of records that became rows.
_ROWS: Final = ("row", "withheld")
#: The split that is for looking at; where all conversations are held out, there is none of it.
_FIRST: Final = "train"


def _loading(built: Built, path: str) -> str:
    """How to load it. A private copy is not said to be for anybody else."""
    config = built.manifest["configs"][0]
    names = [split["name"] for split in config["splits"]]
    split = _FIRST if _FIRST in names else names[0]
    return "\n".join(
        [
            "Load it in Python:",
            "  from datasets import load_dataset",
            f"  posts = load_dataset({path!r}, {config['name']!r}, split={split!r})",
            "or, with its licence columns verified:",
            "  import threadcommons as tc",
            f"  posts = tc.load({path!r})",
        ]
    )


def _timings(built: Built) -> str:
    rows = [
        [one.stage, f"{one.seconds:.2f}", one.tasks_done, f"{one.task_bytes / 1e6:.1f}", f"{one.peak_memory / 1e6:.0f}"]
        for one in built.costs
    ]
    return table(rows, ("stage", "seconds", "tasks done", "MB left", "peak MB"))


def _here(path: Path) -> str:
    """The path as one would type it from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _plain(built: Built) -> dict[str, Any]:
    return {
        "path": str(built.path),
        "version": built.manifest.version,
        "root_digest": built.manifest.root_digest,
        "made": built.made,
        "counts": built.manifest["counts"],
        "by_class": built.manifest["by_class"],
        "fates": built.manifest["fates"],
        "warnings": built.warnings,
        "findings": [finding.as_dict() for finding in built.findings],
        "costs": [cost.as_dict() for cost in built.costs],
    }
