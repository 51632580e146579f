"""A source that is there already, and further exports for it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import BadSources, BadUsage
from ..files import read_plain, shown
from ..recipe import plain
from ..sources.declaration import NAME
from .papers import about_source
from .source_file import appended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .answers import Answers

Entry = dict[str, Any]


@dataclass(frozen=True)
class Existing:
    """source.toml as it stands: where, its text, and what it says."""

    where: str
    text: str
    table: dict[str, Any]

    @property
    def exports(self) -> list[Entry]:
        """The exports that it declares."""
        found = self.table.get("export", [])
        return found if isinstance(found, list) else []


def read_existing(folder: Path) -> Existing | None:
    """The declaration of a source, or None for a new one. Raises BadSources when it cannot be read."""
    where = f"raw/{folder.name}/{NAME}"
    if not (folder / NAME).exists():
        return None
    try:
        text = read_plain(folder / NAME).decode("utf-8")
        return Existing(where, text, plain(tomllib.loads(text)))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSources(f"cannot be read: {error}", where=where, hint="correct it first") from error


def must_fit(existing: Existing, format_: str, answers: Answers) -> None:
    """Raises BadUsage when the format, or what was said of the source, cannot go with what it says itself."""
    if existing.table.get("format") != format_:
        raise BadUsage(
            f"the source is {existing.table.get('format')!r} and this export is {format_!r}",
            where=existing.where,
            hint="add it as a source of its own",
        )
    if said := about_source(answers):
        raise BadUsage(
            f"the source is there already, so {', '.join(said)} cannot be given again",
            where=existing.where,
            hint="edit the file",
        )


def is_known(existing: Existing, entry: Entry) -> bool:
    """Whether the export is declared already. Raises BadUsage when another one is declared under its name."""
    for known in existing.exports:
        if known.get("file") == entry["file"]:
            if known.get("sha256") == entry["sha256"]:
                return True
            raise BadUsage(
                "another export of this name is declared",
                where=shown(f"{existing.where}: {entry['file']}"),
                hint="exports are never overwritten; rename yours",
            )
    return False


def joined(existing: Existing, new: Sequence[Entry]) -> str:
    """The text of source.toml with more exports behind it.

    Raises BadUsage when its layout does not allow that.
    """
    text = appended(existing.text, list(new)) if new else existing.text
    try:
        table = plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        table = {}
    if table != {**existing.table, "export": [*existing.exports, *new]}:
        raise BadUsage(
            "more exports cannot be appended to this file",
            where=existing.where,
            hint="write each export as [[export]], at the end",
        )
    return text
