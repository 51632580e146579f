"""Who must be credited for a release, or for some of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from ..files import shown
from .opened import open_release, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def credits_of(release: Path, ids: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
    """One entry per row whose licence asks for credit, in order of file and id; with `ids` only for those rows.

    Columns as in schema/credit.schema.json. Raises NotFound for an id that no row has, and BadRelease.
    """
    opened = open_release(release)
    wanted = None if ids is None else set(ids)
    if wanted is not None and (unknown := wanted.difference(opened.frame("posts", ["id"])["id"])):
        hint = "name ids of its rows"
        raise NotFound(f"no row has the id {shown(min(unknown))}", where=release.name, hint=hint)
    for file in opened.files_of("credits"):
        for piece in pieces(release / file["path"]):
            yield from (row for row in piece.to_pylist() if wanted is None or row["id"] in wanted)
