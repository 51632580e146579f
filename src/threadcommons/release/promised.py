"""Do the rows keep what the release promises of their licences?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from .. import licensing
from ..findings import Finding, Place
from ..licensing.closing import CONVERSATIONS, POSTS, config_of
from ..manifest import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..licensing.closure import Closure
    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]


def promise_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Rows that break a promise of the manifest, worked out anew from the licences in the data."""
    closures = closures_in(frames, manifest["publish"]["choices"])
    for config, promise in manifest["publish"]["promise"].items():
        for problem in licensing.keeps(closures.get(config, licensing.closure({})), promise):
            yield Finding(problem.code, Place(file=NAME, pointer=f"/publish/promise/{config}"), problem.found)


def closures_in(frames: Frames, choices: Mapping[str, str]) -> dict[str, Closure]:
    """What `licensing.closing.closures_of` finds in all rows, from what was counted file by file.

    What conversations state of their licences is held against their posts elsewhere; so it is believed here.
    """
    published = frames["kinds"].filter("published")
    classes = published["license_class"].unique().sort()
    groups = {POSTS: published} | {
        config_of(name): published.filter(pl.col("license_class") == name) for name in classes
    }
    together = frames["documents"]
    labels = [licensing.meet(*key.split("\n")) for key in together["together"]]
    groups[CONVERSATIONS] = together.with_columns(license=pl.Series(labels, dtype=pl.String))
    return {config: _closed(group, choices) for config, group in groups.items()}


def _closed(counted: pl.DataFrame, choices: Mapping[str, str]) -> Closure:
    """The closure of rows that were counted by kind."""
    parts = counted.select("license", "rows", "ids").iter_rows()
    return licensing.merge(*(licensing.closure({name: (rows, ids)}, choices) for name, rows, ids in parts))
