"""why: the fate of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .. import api
from .group import Command, json_option, release_argument
from .output import facts, say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@click.command(cls=Command)
@release_argument
@click.argument("what")
@json_option
def command(*, release: Path, what: str, as_json: bool) -> None:
    """Say what became of a record, and why.

    WHAT is an id, the address of a post, or FILE:OFFSET for a byte of an export. Every byte has an answer: it
    belongs to a record with one fate (row, withheld, duplicate, quarantined, excluded, withdrawn) or to the
    marks between records.

    Example:
      threadcommons why build/out/0.1.0 first-thread:first-1
      threadcommons why build/out/0.1.0 posts.jsonl:700
    """
    entries = api.why(release, what)
    if as_json:
        say_json("why", {"release": str(release), "what": what, "entries": entries})
    else:
        say("\n\n".join(_told(entry) for entry in entries))


def _told(entry: Mapping[str, Any]) -> str:
    """The fate first, then all else that is known."""
    first = ("kind", "fate", "code", "means", "todo")
    ordered = {
        key: entry[key] for key in (*first, *(key for key in entry if key not in first)) if key in entry
    }
    return facts(ordered)
