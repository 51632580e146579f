"""Do the rows keep what the release promises of their licences?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import licensing
from ..findings import Finding, Place
from ..licensing.closing import closures_of
from ..manifest import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from ..manifest import Manifest


def promise_faults(manifest: Manifest, frames: Mapping[str, pl.DataFrame]) -> Iterator[Finding]:
    """Rows that break a promise of the manifest, worked out anew from the licences in the data."""
    closures = closures_of(frames["posts"], manifest["publish"]["choices"])
    for config, promise in manifest["publish"]["promise"].items():
        for problem in licensing.keeps(closures.get(config, licensing.closure({})), promise):
            yield Finding(problem.code, Place(file=NAME, pointer=f"/publish/promise/{config}"), problem.found)
