"""licenses: what is known of licences, and what goes with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from .. import api
from .group import Command, CommandGroup, json_option
from .output import facts, say, say_json, table

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class _NotUnderstood:
    """What decides the exit code when a licence has no known meaning."""

    severity: str = "error"


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option(
    "--class", "class_", metavar="CLASS", help="Only this class: public-domain, permissive, reciprocal, ..."
)
@json_option
@click.pass_context
def command(context: click.Context, *, class_: str | None, as_json: bool) -> None:
    """Say what is known of licences, and what goes with what.

    Classes, from the loosest: public-domain, permissive, reciprocal, restricted, noncommercial,
    noderivatives, unknown.

    Example:
      threadcommons licenses --class reciprocal
      threadcommons licenses explain "CC BY-SA 4.0"
      threadcommons licenses combine CC-BY-4.0 CC-BY-SA-3.0
    """
    if context.invoked_subcommand:
        return
    known = [entry for entry in api.licenses() if class_ in (None, entry["class"])]
    if as_json:
        say_json("licenses", {"licenses": known})
    else:
        say(
            table(
                [[entry["license"], entry["class"], ", ".join(entry["duties"])] for entry in known],
                ("licence", "class", "asks"),
            )
        )


@command.command(cls=Command)
@click.argument("license_", metavar="LICENCE")
@json_option
def explain(*, license_: str, as_json: bool) -> Sequence[Any]:
    """Say what LICENCE, written in any usual way, asks and allows. The exit code is 1 when nobody knows it.

    Example:
      threadcommons licenses explain CC-BY-SA-4.0
    """
    known = api.licenses(license_)[0]
    if as_json:
        say_json("license", known)
    else:
        say(facts({key: value for key, value in known.items() if value not in (None, [], "")}))
    return [_NotUnderstood()] if known["problem"] else []


@command.command(cls=Command)
@click.argument("licenses", metavar="LICENCE...", nargs=-1, required=True)
@json_option
def combine(*, licenses: tuple[str, ...], as_json: bool) -> Sequence[Any]:
    """Say what may be done with posts under several licences.

    Published side by side in a collection, or made into one thing.

    The exit code is 1 when there is no licence under which something made from all of them may be released.

    Example:
      threadcommons licenses combine CC-BY-4.0 CC-BY-SA-4.0
    """
    found = api.combine(*licenses)
    if as_json:
        say_json("combined", found)
    else:
        say(_combined(found))
    return [] if found["adaptation"]["allowed"] else [_NotUnderstood()]


def _combined(found: dict[str, Any]) -> str:
    collection, adaptation = found["collection"], found["adaptation"]
    plain: dict[str, Any] = {
        "licences": [f"{part['license']} ({part['class']})" for part in found["licenses"]],
        "side by side": "yes" if collection["publishable"] else "no",
        "database licence": collection["database_license"],
        "one thing from all": adaptation["allowed"] or "under no licence",
    }
    if conflict := adaptation["conflict"]:
        plain["in conflict"] = [part["license"] for part in conflict["licenses"]]
        plain["split by"] = conflict["split_by"]
        plain |= {
            f"group {group['name']}": group["allowed"] or "collection only" for group in conflict["groups"]
        }
    return facts(plain)
