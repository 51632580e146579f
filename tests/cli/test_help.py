"""Every command explains itself on one screen, with an example, and asking costs little."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from threadcommons.cli.group import COMMANDS, threadcommons
from threadcommons.cli.reference import reference

ROOT = Path(__file__).resolve().parents[2]
SCREEN = 45


def all_commands():
    """Every command with its words on the command line, those below others too."""
    context = click.Context(threadcommons)
    for name in COMMANDS:
        found = threadcommons.get_command(context, name)
        yield (name,), found
        yield from (((name, below), child) for below, child in getattr(found, "commands", {}).items())


@pytest.mark.parametrize("words", [words for words, _ in all_commands()], ids=" ".join)
def test_help_fits_a_screen_and_has_an_example(words, command):
    code, said, complained = command(*words, "--help")
    assert (code, complained) == (0, "")
    assert said.count("\n") <= SCREEN
    example = said[said.index("\n  Example") :].split("\n")
    assert f"threadcommons {' '.join(words)}" in " ".join(example)
    assert all(line.startswith(("  ", "Options")) or not line for line in example[1:3])


@pytest.mark.parametrize("words", [words for words, _ in all_commands()], ids=" ".join)
def test_both_spellings_and_debug_are_known(words, command):
    assert command(*words, "-h")[0] == 0
    assert "--debug" in command(*words, "--help")[1]


def test_the_overview_names_every_command_and_cuts_no_sentence(command):
    code, said, _ = command("--help")
    assert code == 0
    listed = {line.split()[0] for line in said[said.index("Commands:") :].split("\n")[1:] if line.strip()}
    assert listed == set(COMMANDS)
    assert "..." not in said[said.index("Commands:") :]


def test_every_file_of_a_command_is_in_the_table():
    """A command that nobody can reach, or a name without a command, would show here."""
    modules = {path.stem for path in (ROOT / "src/threadcommons/cli").glob("*.py")}
    helpers = {"__init__", "failures", "group", "output", "reference"}
    assert modules - helpers == set(COMMANDS)


def test_the_page_of_commands_is_what_the_commands_say():
    there = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert there == reference(), "run: python -m threadcommons.cli.reference > docs/commands.md"
    for words, _ in all_commands():
        assert f"## threadcommons {' '.join(words)}\n" in there


HEAVY = ("pyarrow", "polars", "numpy", "pandas", "datasets", "jsonschema", "rich", "threadcommons.schema", "threadcommons.build")


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["check", "--help"], ["--version"], ["nonsense"]])
def test_asking_loads_nothing_heavy(arguments):
    code = f"import sys; from threadcommons.cli import run; run({arguments}); print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_said(command):
    code, said, _ = command("--version")
    assert code == 0
    assert said.startswith("threadcommons 0.")
