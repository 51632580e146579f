"""formats: what can be read."""

from __future__ import annotations

from typing import Any

import click

from .. import api
from ..errors import BadUsage
from .group import Command, json_option
from .output import facts, say, say_json, table


@click.command(cls=Command)
@click.argument("name", required=False)
@json_option
def command(*, name: str | None, as_json: bool) -> None:
    """Say what can be read.

    With NAME: what that reader fills in, what it leaves out, what is known of the licence, and its options.

    Example:
      threadcommons formats
      threadcommons formats thread-text
    """
    known = api.formats()
    chosen = [reader for reader in known if name in (None, reader["name"])]
    if not chosen:
        raise BadUsage(
            f"no reader is called {name!r}", hint=f"there are {', '.join(reader['name'] for reader in known)}"
        )
    if as_json:
        say_json("formats", {"formats": chosen})
    elif name is None:
        say(
            table(
                [[reader["name"], reader["version"], reader["title"]] for reader in chosen],
                ("format", "version", "what it is"),
            )
        )
        say("\n`threadcommons formats NAME` says what a reader fills in, what it leaves out, and its options")
    else:
        say(_told(chosen[0]))


def _told(reader: dict[str, Any]) -> str:
    options = {f"option {option['name']}": _option(option) for option in reader["options"]}
    plain = {key: reader[key] for key in ("name", "version", "title", "fills", "limits")}
    return facts({**plain, "licence": reader["license_rule"], **options})


def _option(option: dict[str, Any]) -> str:
    return f"{option['type']}{', needed' if option['required'] else ''}: {option['means']}"
