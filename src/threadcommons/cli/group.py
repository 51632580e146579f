"""The table of commands, loaded one by one, and the options that several of them share."""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import click

#: Every command, in the order in which a person meets them. Each is the module of this name in this folder.
COMMANDS: Final = (
    "init",
    "add",
    "check",
    "build",
    "verify",
    "why",
    "trace",
    "card",
    "cite",
    "credits",
    "hydrate",
    "relicense",
    "reciprocity",
    "formats",
    "licenses",
)

DEBUG: Final = click.Option(
    ["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error."
)


def _ours(settings: dict[str, Any]) -> dict[str, Any]:
    """What all commands share: they know `--debug`, and the examples in their help keep their lines.

    Click fills paragraphs unless a backspace stands before them.
    """
    help_ = re.sub(r"(?m)^(?=Example)", "\b\n", cleandoc(settings.get("help") or ""))
    return {**settings, "help": help_, "params": [*(settings.get("params") or []), DEBUG]}


class Command(click.Command):
    """A command of ours."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_ours(settings))


class CommandGroup(click.Group):
    """A command of ours that has commands."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_ours(settings))


class Group(CommandGroup):
    """Finds commands through the table and imports a command's module when it is asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """All commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; for a misspelt one, the nearest that there is."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f"There is no command {name!r}." + (f" Did you mean {close[0]!r}?" if close else ""))
        return super().resolve_command(ctx, args)


@click.group(
    cls=Group,
    no_args_is_help=True,
    context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="threadcommons", message="%(prog)s %(version)s")
def threadcommons() -> None:
    """Threads in, open and reciprocal datasets out: every row carries its papers.

    Example: a new dataset package, an export, a release
      threadcommons init my-dataset && cd my-dataset
      threadcommons add posts.jsonl --source my-thread
      threadcommons check
      threadcommons build

    Exit codes: 0 fine, 1 findings (the data is wrong), 2 wrong usage, 3 cannot go on.
    """


root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="The dataset package; the nearest folder above with build/recipe.toml by default.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
release_argument = click.argument("release", type=click.Path(path_type=Path))
author_key_option = click.option(
    "--author-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar="THREADCOMMONS_AUTHOR_KEY",
    metavar="FILE",
    help="The key of pseudonyms, in a file outside of the dataset package.",
)
