"""The only place that prints.

Results go to stdout, everything else to stderr; what comes from data is escaped.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

import click

from ..files import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: A job that is done within this many seconds needs no progress.
_PATIENCE: Final = 1.0


class HungUp(BaseException):
    """Whoever read our output has gone.

    Not an `Exception`: nothing between here and `main` may swallow it.
    """


def say(text: str = "") -> None:
    """One or more lines of result, on stdout. Colours written with `click.style` show on a terminal only."""
    try:
        click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
    except BrokenPipeError:
        _hang_up()


def say_json(kind: str, facts: dict[str, Any]) -> None:
    """A result for machines.

    `kind` names its shape and version; all but ASCII is escaped, so nothing can hide in it.
    """
    say(json.dumps({"format": f"threadcommons-{kind}/1", **facts}, indent=2))


def complain(text: str, *, raw: bool = False) -> None:
    """What went wrong, as one line on stderr. `raw` text (a traceback, our own help) keeps its lines."""
    try:
        click.echo(text if raw else f"{click.style('error', fg='red')}: {shown(text)}", err=True)
    except BrokenPipeError:
        _hang_up()


def note(text: str) -> None:
    """A remark that is no result, on stderr."""
    click.echo(shown(text), err=True)


def flush() -> None:
    """Bring everything said to its reader, who may have gone meanwhile."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _hang_up()


def _hang_up() -> None:
    """Stop talking.

    What is still buffered goes nowhere, so that the interpreter does not stumble over it at its end.
    """
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (a device, not a path of ours)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                os.dup2(nowhere.fileno(), stream.fileno())
    raise HungUp


def table(rows: Sequence[Sequence[object]], heads: Sequence[str]) -> str:
    """Rows under their heads in aligned columns; numbers to the right. Cells from data are escaped."""
    from rich.cells import cell_len  # wide characters take two cells; only tables care

    cells = [[shown(_cell(value)) for value in row] for row in rows]
    widths = [max(cell_len(row[column]) for row in [list(heads), *cells]) for column in range(len(heads))]
    right = [bool(rows) and all(isinstance(row[column], int) for row in rows) for column in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        padded = [
            " " * (width - cell_len(cell)) + cell if to_right else cell + " " * (width - cell_len(cell))
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([click.style(line(heads), bold=True), *map(line, cells)])


def facts(plain: Mapping[str, Any]) -> str:
    """Names and values, one under the other; lists are joined, values from data escaped."""
    width = max(map(len, plain), default=0)
    return "\n".join(
        f"{shown(name):<{width}}  {shown(_value(value))}".rstrip() for name, value in plain.items()
    )


def _value(value: object) -> str:
    """A value as it is read best: no brackets around lists, no thousands marks in offsets."""
    if isinstance(value, dict):
        return "; ".join(f"{key} {_value(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list | tuple):
        return ", ".join(_value(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "" if value is None else str(value)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on stderr that `what` goes on, once it has taken longer than a second and if a person watches."""
    if not sys.stderr.isatty():
        yield
        return
    shown_status: list[Any] = []

    def begin() -> None:
        from rich.console import Console  # a tenth of a second that quick jobs need not pay
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        progress.add_task(what, total=None)
        progress.start()
        shown_status.append(progress)

    timer = Timer(_PATIENCE, begin)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for progress in shown_status:
            progress.stop()
