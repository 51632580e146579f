"""licenses: what is known of licences, and what goes with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from .. import api
from ..model import LICENSE_CLASSES
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
    "--class", "class_", metavar="CLASS", type=click.Choice(LICENSE_CLASSES), help="Only licences of this class."
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
        say(_explained(known))
    return [_NotUnderstood()] if known["problem"] else []


def _explained(known: dict[str, Any]) -> str:
    """What it asks, and then, rule by rule, where something made from it may go and why."""
    plain = {name: value for name, value in known.items() if name not in _TOLD_APART and value not in (None, [], "")}
    parts = [facts(plain)]
    parts += [facts({f"facts of {fact.pop('license')}": fact}) for fact in map(dict, known["facts"])]
    parts += [
        facts({f"{rule['use']} of {rule['from']}": _some(rule["to"]), "because": f"{rule['basis']} ({rule['source']})"})
        for rule in known["rules"]
    ]
    return "\n\n".join(parts)


_TOLD_APART: Final = ("facts", "rules", "adaptations")
_SHOWN: Final = 12


def _some(licenses: list[str]) -> str:
    more = len(licenses) - _SHOWN
    return ", ".join(licenses[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


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


_NO_DATABASE: Final = {True: "none is asked", False: "none satisfies all"}


def _combined(found: dict[str, Any]) -> str:
    collection, adaptation, whole = found["collection"], found["adaptation"], found["merged"]
    plain: dict[str, Any] = {
        "licences": [f"{part['license']} ({part['class']})" for part in found["licenses"]],
        **{f"not understood: {one['written']}": f"{one['means']} {one['todo']}" for one in found["not_understood"]},
        "side by side": "yes" if collection["publishable"] else "no",
        "database licence": collection["database_license"] or _NO_DATABASE[collection["publishable"]],
        "merged into one": f"{whole['license']} ({whole['class']})" + ("" if whole["mergeable"] else ", withheld"),
        "one thing from all": adaptation["allowed"] or "under no licence",
    }
    if conflict := adaptation["conflict"]:
        plain["in conflict"] = [part["license"] for part in conflict["licenses"]]
        plain["split by"] = conflict["split_by"]
        plain |= {f"group {group['name']}": group["allowed"] or "collection only" for group in conflict["groups"]}
    return facts(plain)
