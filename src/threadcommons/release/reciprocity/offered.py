"""What a release offers: its published texts, how each can be recognised, and what each asks of whoever takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from ... import dedup, licensing
from ..opened import open_release
from .papers import plain

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ...manifest import Manifest
    from .papers import Papers

_COLUMNS: Final = ("id", "native_id", "url", "text", "text_sha256", "row_sha256", "license", "license_class", "release")
#: Columns whose values point to one row.
_KEYS: Final = ("id", "url", "row_sha256", "text_sha256")
#: A shingle in more texts of the release than this, and than one in so many, is a commonplace of it: it says nothing of
#: where a text comes from.
_FEW: Final = 8
_ONE_IN: Final = 5000


@dataclass(frozen=True)
class Offered:
    """The published rows of a release.

    `rows` has the columns `row` (their numbers, in order of id), `id`, `native_id`, `url`, `text`, `normalised`,
    `n_words`, `license`, `license_class`, `creator` and `source_url`. `keys` has every value that points to one row,
    and that `row`. `texts` is the index of their shingles without the `commonplaces`.
    """

    manifest: Manifest
    rows: pl.DataFrame
    keys: pl.DataFrame
    commonplaces: NDArray[np.uint64]
    texts: dedup.Index

    def mentioned_in(self, papers: Papers) -> bool:
        """Whether papers name the release or link to it. A title of one word could be any word, so it is left out."""
        dataset = self.manifest["dataset"]
        title = dataset["title"] if " " in dataset["title"].strip() else ""
        phrases = (title, dataset.get("homepage"), dataset.get("doi"), self.manifest.root_digest)
        return any(papers.says(plain(phrase)) for phrase in phrases if phrase) or papers.links_to(dataset["name"])


def open_offered(path: Path) -> Offered:
    """What the release in folder `path` offers. Raises BadRelease."""
    release = open_release(path)
    rows = release.frame("posts", _COLUMNS).filter(pl.col("release") == "published", pl.col("text").is_not_null())
    rows = rows.sort("id").with_row_index("row").cast({"row": pl.Int64})
    credits_ = release.frame("credits", ("id", "creator", "source_url")).cast(pl.String)
    rows = rows.join(credits_.unique("id", keep="first"), on="id", how="left", maintain_order="left")
    tokens = dedup.tokens(rows["text"])
    found = dedup.shingles(tokens)
    common = dedup.commonplaces(found, max(_FEW, len(rows) // _ONE_IN))
    told = rows.with_columns(dedup.normalised(tokens), n_words=pl.Series(dedup.n_words(tokens)))
    return Offered(release.manifest, told, _keys(rows), common, dedup.index(dedup.without(found, common)))


def looseness(license_class: pl.Expr) -> pl.Expr:
    """Classes as numbers, the loosest first."""
    ranks = {name: rank for rank, name in enumerate(licensing.CLASSES)}
    return license_class.replace_strict(ranks, return_dtype=pl.Int64)


def _keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Values that point to exactly one row, and that row."""
    listed = pl.concat([rows.select("row", key=name) for name in _KEYS]).drop_nulls().unique()
    return listed.filter(pl.col("key").is_unique()).sort("key")
