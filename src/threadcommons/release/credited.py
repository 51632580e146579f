"""Who must be credited for a release, or for some of its rows, and what these credits lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..errors import NotFound
from ..files import shown
from ..findings import Finding, Place
from .opened import open_release, pieces
from .rows import named
from .subset import ids_where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


def credits_of(release: Path, ids: Iterable[str] | None = None, where: str | None = None) -> Iterator[dict[str, Any]]:
    """One entry per row whose licence asks for credit, in order of file and id.

    With `ids` only for those rows, with `where` only where that condition holds (see `subset`), with both where both
    do. Columns as in schema/credit.schema.json. Raises NotFound for an id that no row has, BadUsage for a condition
    that cannot be understood, and BadRelease.
    """
    opened = open_release(release)
    wanted = None if ids is None else set(ids)
    if wanted is not None and (unknown := wanted.difference(opened.frame("posts", ["id"])["id"])):
        hint = "name ids of its rows"
        raise NotFound(f"no row has the id {shown(min(unknown))}", where=release.name, hint=hint)
    if where is not None:
        chosen = set(ids_where(opened, where))
        wanted = chosen if wanted is None else wanted & chosen
    for file in opened.files_of("credits"):
        for piece in pieces(release / file["path"]):
            yield from (row for row in piece.to_pylist() if wanted is None or row["id"] in wanted)


class Watched:
    """Credits on their way to whoever prints them; once they have passed, it knows what they lacked."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Nothing has passed yet."""
        self._entries = entries
        self._seen = 0
        self._lacking: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        """The same entries, one by one."""
        for entry in self._entries:
            self._seen += 1
            for problem in licensing.missing_elements(licensing.credit_of(entry)):
                self._lacking.setdefault(problem.code, []).append(entry["id"])
            yield entry

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One for each element that some credit lacked: in how many of them, and the ids of a few."""
        return tuple(
            Finding(code, Place(file=_FILES), f"{len(ids):,} of {self._seen:,} credits: {named(pl.Series(ids))}")
            for code, ids in sorted(self._lacking.items())
        )


_FILES: Final = "data/credits"
