"""init: begin a dataset package."""

from __future__ import annotations

from pathlib import Path

import click

from .. import api
from ..files import shown
from .group import Command
from .output import say


@click.command(cls=Command)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", help="Short name of the dataset (a-z 0-9 . _ -); that of the folder by default.")
def command(*, folder: Path, name: str | None) -> None:
    """Make a dataset package that builds at once.

    DIR must be new or empty. It gets a recipe with your decisions, the schemas, a folder for exports with a
    small example, and a card to write in.

    Example:
      threadcommons init my-dataset
      cd my-dataset
      threadcommons build
    """
    made = api.init(folder, name=name)
    say(f"made {shown(str(folder))}, {len(made)} files")
    say("next: say in build/recipe.toml what the dataset is, then `threadcommons build`")
