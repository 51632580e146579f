"""The command line: parses options, calls one verb of the library, prints what it returned.

This is the only place that turns outcomes into exit codes:

    0    fine
    1    findings: the data is wrong
    2    wrong usage
    3    cannot go on: one line says what, where and what to do
    130  interrupted            141  nobody reads our output any more
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Final

import click

from ..errors import BadUsage, ThreadCommonsError
from .failures import of_fault, of_system, of_usage
from .group import threadcommons
from .output import HungUp, complain, flush

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Weighed(Protocol):
        """Anything wrong that weighs `error` or less."""

        @property
        def severity(self) -> str: ...  # noqa: D102  (its name says it)


FINE: Final = 0
FINDINGS: Final = 1
WRONG_USAGE: Final = 2
CANNOT_GO_ON: Final = 3
INTERRUPTED: Final = 130
HUNG_UP: Final = 141


def main() -> None:
    """The command `threadcommons`: runs with the arguments of the process and ends it."""
    code = run(sys.argv[1:])
    gc.freeze()  # at its end the interpreter would look through all that is left, a quarter of a second after a build
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code.

    With `--debug` among the arguments, errors come with their traceback.
    """
    try:
        outcome = threadcommons.main(list(arguments), prog_name="threadcommons", standalone_mode=False)
        flush()
        return _code_of(outcome)
    except HungUp:
        return HUNG_UP
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted; nothing half-done was left behind")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback unasked)
        return _explained(error, debug="--debug" in arguments)


def _code_of(outcome: int | Sequence[Weighed] | None) -> int:
    """A command returns what is wrong; only what weighs `error` counts. Click itself returns codes."""
    if isinstance(outcome, int):
        return outcome
    return FINDINGS if any(one.severity == "error" for one in outcome or ()) else FINE


def _explained(error: Exception, *, debug: bool) -> int:
    """Say in one line why it ended, and give the exit code that goes with it."""
    if debug:
        import traceback  # only needed here

        complain(traceback.format_exc(), raw=True)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        complain(error.format_message(), raw=True)
        return WRONG_USAGE
    if isinstance(error, click.ClickException):
        complain(of_usage(error))
        return WRONG_USAGE
    if isinstance(error, ThreadCommonsError):
        complain(str(error))
        return WRONG_USAGE if isinstance(error, BadUsage) else CANNOT_GO_ON
    complain(of_system(error) if isinstance(error, OSError | MemoryError) else of_fault(error))
    return CANNOT_GO_ON
