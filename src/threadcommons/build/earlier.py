"""Earlier releases, and which posts say again what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ..dedup import known, policy_of, recognised
from ..errors import BadUsage
from ..files import shown
from ..manifest import NAME, read_manifest
from .numbers import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .numbers import Names

FLAG: Final = "duplicate.known"


@dataclass(frozen=True)
class Earlier:
    """An earlier release: its version, its root digest, and its files of posts."""

    version: str
    root_digest: str
    posts: tuple[Path, ...]

    def as_dict(self) -> dict[str, str]:
        """For the manifest: which release it was, whoever has it and wherever."""
        return {"version": self.version, "root_digest": self.root_digest}


def earlier_of(release: Path) -> Earlier:
    """The release in a folder. Raises BadUsage or BadRelease."""
    if not (release / NAME).is_file():
        raise BadUsage("there is no manifest.json here", where=shown(release.name), hint="name the folder of a release")
    manifest = read_manifest(release)
    posts = tuple(release / file["path"] for file in manifest["files"] if file["config"] == "posts")
    return Earlier(manifest.version, manifest.root_digest, posts)


def said_before(
    sketched: pl.DataFrame, earlier: Sequence[Earlier], table: dict[str, Any], fetch: Callable[..., Any], names: Names
) -> pl.DataFrame:
    """`id` and `flag` of posts that say, under another id, the same or nearly the same as one of an earlier release.

    `sketched` are posts with their sketches, their ids numbers of `names`; `fetch` gives the words of its rows, `table`
    is `[dedup]` of the recipe.
    """
    paths = [path for release in earlier for path in release.posts]
    policy = policy_of(table)
    if not paths or policy.exact == "off":
        return pl.DataFrame(schema={"id": NUMBER, "flag": pl.String})
    named = sketched.with_columns(names.told(sketched["id"]))
    found = recognised(named, known(paths, policy), fetch).filter(pl.col("how") != "id")
    return pl.DataFrame({"id": sketched["id"].gather(found["row"])}).with_columns(flag=pl.lit(FLAG))
