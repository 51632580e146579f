"""Every row on its own: is it the row whose digests it carries, and may it say what it says?"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..findings import Finding, Place
from ..model import LICENSE_CLASSES
from ..provenance import row_digests
from .opened import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from ..manifest import Manifest

#: How many rows a finding names.
NAMED: Final = 5


def row_faults(manifest: Manifest, name: str, posts: pa.Table, released: pa.Table) -> Iterator[Finding]:
    """What is wrong with rows of the file `name`: digests, then licences.

    `posts` are the rows as they stand there, `released` as they were published; the two differ in a private copy only.
    """
    place = Place(file=name)
    frame = frame_of(posts)
    recomputed = pl.Series(row_digests(released).to_pylist(), dtype=pl.String)
    yield from _faults("release.row-digest", place, frame, {"row_sha256 is not the digest of the row": frame["row_sha256"].eq_missing(recomputed)})
    yield from _faults("release.row-digest", place, frame, {"text_sha256 is not the digest of the text": _text_kept(frame)})
    rules = {says: frame_of(released).select(rule.fill_null(value=False)).to_series() for says, rule in _license_rules(manifest, name).items()}
    yield from _faults("release.license", place, frame, rules)


def _faults(code: str, place: Place, frame: pl.DataFrame, rules: dict[str, pl.Series]) -> Iterator[Finding]:
    """A finding for each rule that some row breaks, naming the first few."""
    for says, kept in rules.items():
        broken = frame.filter(~kept)["id"]
        if len(broken):
            yield Finding(code, place, f"{says}: {len(broken)} rows, {named(broken)}")


def named(ids: pl.Series) -> str:
    """The first few ids, for a message."""
    return ", ".join(map(str, ids.head(NAMED))) + ("" if len(ids) <= NAMED else ", ...")


def _text_kept(frame: pl.DataFrame) -> pl.Series:
    """Whether each text is the one that its digest was taken of. Of a redacted text nothing can be told."""
    hash_ = hashlib.sha256
    digests = [hash_(text.encode()).hexdigest() if text is not None else None for text in frame["text"]]
    taken = pl.Series(digests, dtype=pl.String)
    return (taken == frame["text_sha256"]).fill_null(value=True) | (frame["redactions"].list.len() > 0)


def _license_rules(manifest: Manifest, name: str) -> dict[str, pl.Expr]:
    """What must hold of each row's papers, in words and as an expression; a null breaks a rule."""
    folder = name.split("/")[2]
    published, withheld = pl.col("release") == "published", pl.col("release") == "withheld"
    class_ = pl.col("license_class")
    return {
        "license, license_class, license_basis and release must be stated": pl.all_horizontal(
            pl.col("license", "license_class", "license_basis", "release").is_not_null()
        ),
        "a row is published or withheld": published | withheld,
        "withheld and only withheld rows have no text": withheld == pl.col("text").is_null(),
        "published rows name their evidence": withheld | pl.col("license_evidence").is_not_null(),
        "the class must be one of ours": class_.is_in(list(LICENSE_CLASSES)),
        "the class must follow from the licence": class_ == _looked_up(licensing.license_class, pl.String),
        "share_alike must follow from the licence": pl.col("share_alike") == _looked_up(_asks_to_share, pl.Boolean),
        "text is published only under a licence that covers it": withheld | _looked_up(licensing.releasable, pl.Boolean),
        "text is published only in the classes of the recipe": withheld | class_.is_in(manifest["publish"]["classes"]),
        "a row stands in the folder of its class": pl.when(withheld).then(pl.lit("withheld")).otherwise(class_) == folder,
    }


def _looked_up(judge: Any, kind: Any) -> pl.Expr:
    """What `judge` says of each licence, asked once for each different one."""
    return pl.col("license").map_batches(
        lambda column: column.replace_strict({one: _asked(judge, one) for one in column.unique().drop_nulls()}, default=None, return_dtype=kind),
        return_dtype=kind,
    )


@cache
def _asked(judge: Any, license_: str) -> Any:
    return judge(license_)


def _asks_to_share(license_: str) -> bool:
    return bool(licensing.share_alike(license_))
