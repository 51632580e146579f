"""docs/commands.md, written from the help of the commands, so that the two cannot disagree.

python -m threadcommons.cli.reference > docs/commands.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .group import COMMANDS, threadcommons
from .output import say

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH: Final = 100
_HEAD: Final = """\
# Commands

One verb per job. Results go to stdout, everything else to stderr; progress shows on a terminal when a job takes
longer than a second. `--json` prints a result for machines, `--debug` the traceback of an error.

| exit code | means |
|---|---|
| 0 | fine |
| 1 | findings: the data is wrong |
| 2 | wrong usage |
| 3 | cannot go on; one line says what, where, and what to do |

The library has the same verbs: `import threadcommons as tc`, then `tc.build()`, `tc.check()`, `tc.load(release)`.

This page is generated from the help of the commands; a test compares the two.
"""


def reference() -> str:
    """The whole page."""
    top = click.Context(threadcommons, info_name="threadcommons", terminal_width=_WIDTH)
    sections = [section for name in COMMANDS for section in _sections(_command(top, name), name, top)]
    return _HEAD + "".join(sections)


def _command(top: click.Context, name: str) -> click.Command:
    command = threadcommons.get_command(top, name)
    assert command is not None  # noqa: S101  (every name of the table is a command)
    return command


def _sections(command: click.Command, name: str, above: click.Context) -> Iterator[str]:
    """A command, and the commands below it."""
    context = click.Context(
        command,
        info_name=name,
        parent=above,
        terminal_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    lines = "\n".join(line.rstrip() for line in command.get_help(context).split("\n"))
    yield f"\n## {context.command_path}\n\n```text\n{lines}\n```\n"
    for below, child in sorted(getattr(command, "commands", {}).items()):
        yield from _sections(child, below, context)


if __name__ == "__main__":
    say(reference().rstrip("\n"))
