"""The table of commands, loaded one by one, and the options that several of them share."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
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
    "formats",
    "licenses",
)

DEBUG: Final = click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error.")


class Command(click.Command):
    """A command of ours: all of them know `--debug`, so that it can be added at the end of a line that failed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(DEBUG)


class Debuggable(click.Group):
    """A group that knows `--debug` too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(DEBUG)


class Group(Debuggable):
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


def tool_version() -> str:
    """The version of this program."""
    try:
        return version("threadcommons")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "not installed"


def _say_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  (click's signature)
    if wanted:
        click.echo(f"threadcommons {tool_version()}")
        ctx.exit()


@click.group(cls=Group, no_args_is_help=True, context_settings={"max_content_width": 100, "help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_say_version, help="Show the version.")
def threadcommons() -> None:
    """Threads in, open and reciprocal datasets out: every row carries its papers.

    \b
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
