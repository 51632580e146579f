"""Do the rows keep what the release promises of their licences?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from .. import licensing
from ..findings import Finding, Place
from ..licensing.closing import CONVERSATIONS, POSTS, config_of
from ..licensing.closure import EXAMPLES
from ..manifest import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..licensing.closure import Closure
    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]


def promise_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Rows that break a promise of the manifest, worked out anew from the licences in the data."""
    promises = manifest["publish"]["promise"]
    closures = closures_in(frames, manifest["publish"]["choices"]) if promises else {}
    for config, promise in promises.items():
        for problem in licensing.keeps(closures.get(config, licensing.closure({})), promise):
            yield Finding(problem.code, Place(file=NAME, pointer=f"/publish/promise/{config}"), problem.found)


def closures_in(frames: Frames, choices: Mapping[str, str]) -> dict[str, Closure]:
    """What `licensing.closing.closures_of` finds in all rows, from what was counted file by file.

    A quick look believes what conversations state of their licences: whether their posts say the same is asked
    elsewhere, and if not, a close look follows. That one asks the posts here, too.
    """
    published = frames["kinds"].filter("published")
    classes = published["license_class"].unique().sort()
    groups = {POSTS: published} | {
        config_of(name): published.filter(pl.col("license_class") == name) for name in classes
    }
    together = frames["documents"] if frames["posts"].schema["id"] != pl.String else _documents(frames["posts"])
    labels = [licensing.meet(*key.split("\n")) for key in together["together"]]
    groups[CONVERSATIONS] = together.with_columns(license=pl.Series(labels, dtype=pl.String))
    return {config: _closed(group, choices) for config, group in groups.items()}


def _documents(posts: pl.DataFrame) -> pl.DataFrame:
    """Conversations by the licences of their published posts, from posts that are known by their values."""
    licenses = pl.col("license").cast(pl.String).unique().sort().str.join("\n")
    whole = posts.filter("published").group_by("conversation_id").agg(together=licenses)
    return whole.group_by("together").agg(rows=pl.len(), ids="conversation_id")


def _closed(counted: pl.DataFrame, choices: Mapping[str, str]) -> Closure:
    """The closure of rows that were counted by kind."""
    smallest = pl.col("ids").explode(empty_as_null=False).bottom_k(EXAMPLES)
    parts = counted.group_by("license").agg(pl.col("rows").sum(), smallest)
    return licensing.closure({name: (rows, ids) for name, rows, ids in parts.iter_rows()}, choices)
