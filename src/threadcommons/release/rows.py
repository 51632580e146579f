"""Every row on its own: is it the row whose digests it carries, and may it say what it says?"""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from .. import licensing
from ..findings import Finding, Place
from ..model import LICENSE_CLASSES
from ..provenance import row_digests, text_digests
from .keys import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

#: How many rows a finding names.
NAMED: Final = 5


def digest_faults(name: str, posts: pl.DataFrame, released: pa.Table) -> Iterator[Finding]:
    """Whose row digest in the file `name` is that of another row.

    `released` are the rows as they were published, `posts` as they stand there; the two differ in a private copy only.
    """
    kept = posts["row_sha256"].eq_missing(pl.Series(row_digests(released)))
    says = "row_sha256 is not the digest of the row"
    yield from _faults("release.row-digest", Place(file=name), posts, {says: kept})


def row_faults(
    publish: Mapping[str, Any], name: str, posts: pl.DataFrame, released: pl.DataFrame
) -> Iterator[Finding]:
    """What else is wrong with rows of the file `name`: digests of texts, then licences.

    `publish` is the manifest's word on what is published; `posts` and `released` as with `digest_faults`.
    """
    place = Place(file=name)
    says = "text_sha256 is not the digest of the text"
    yield from _faults("release.row-digest", place, posts, {says: _text_kept(posts)})
    rules = _license_rules(PurePosixPath(name).parent.name, publish["classes"])
    asked = released.select(rule.fill_null(value=False).alias(says) for says, rule in rules.items())
    kept = dict(zip(rules, asked.get_columns(), strict=True))
    agree = _papers_agree(released, publish["choices"])
    kept["the class, share_alike and the release must follow from the licence"] = agree
    yield from _faults("release.license", place, posts, kept)


def conversation_faults(name: str, conversations: pl.DataFrame) -> Iterator[Finding]:
    """What is wrong with licences of conversations in the file `name`: each is that of its messages taken as one."""
    frame = conversations.select(pl.col("conversation_id").alias("id"), *_AS_ONE)
    kept = _judged(frame, _AS_ONE, lambda licenses, *stated: _as_one(licenses) == stated)
    says = "license, license_class and adaptation_licenses must follow from the licences of the messages"
    yield from _faults("release.license", Place(file=name), frame, {says: kept})


def _judged(frame: pl.DataFrame, keys: list[str], judge: Callable[..., bool]) -> pl.Series:
    """What is true of each row, told from some of its columns: each combination of their values is judged once."""
    distinct = pl.DataFrame([frame[name] for name in keys]).unique(maintain_order=True)
    judged = [judge(*row) for row in distinct.iter_rows()]
    if all(judged):
        return pl.Series(np.ones(len(frame), dtype=np.bool_))
    told = distinct.with_columns(judged=pl.Series(judged, dtype=pl.Boolean))
    return frame.join(told, on=keys, how="left", nulls_equal=True, maintain_order="left")["judged"]


_AS_ONE: Final = ["licenses", "license", "license_class", "adaptation_licenses"]


def _as_one(licenses: list[str | None] | None) -> tuple[Any, ...]:
    """What holds for posts under these licences taken as one document; nothing where there are none."""
    stated = [name for name in licenses or () if name is not None]
    if not stated or len(stated) < len(licenses or ()):
        return ()
    whole = licensing.merged(stated)
    return whole.license, whole.license_class, list(whole.outlets)


def named(ids: pl.Series) -> str:
    """The first few ids, for a message."""
    return ", ".join(map(str, ids.head(NAMED))) + ("" if len(ids) <= NAMED else ", ...")


def ids_of(odd: pl.DataFrame) -> pl.Series:
    """What names the rows of a narrow frame: their ids, or the numbers that a quick look knows them by."""
    return odd["id"] if "id" in odd.columns else odd[ROW]


def examples(counted: pl.DataFrame) -> str:
    """The first few ids of rows that were counted by kind, each kind with a few of its own in `ids`."""
    ids = counted["ids"].explode().sort()
    more = counted["rows"].sum() > min(NAMED, len(ids))
    return ", ".join(map(str, ids.head(NAMED))) + (", ..." if more else "")


def _faults(code: str, place: Place, frame: pl.DataFrame, rules: Mapping[str, pl.Series]) -> Iterator[Finding]:
    """A finding for each rule that some row breaks, naming the first few."""
    for says, kept in rules.items():
        broken = frame["id"].filter(~kept)
        if len(broken):
            yield Finding(code, place, f"{says}; {len(broken)} rows: {named(broken)}")


def _text_kept(frame: pl.DataFrame) -> pl.Series:
    """Whether each text is the one that its digest was taken of. Of a redacted text nothing can be told."""
    same = text_digests(frame["text"]) == frame["text_sha256"]
    if same.all():
        return same
    return same.fill_null(value=True) | (frame["redactions"].list.len() > 0)


def _license_rules(folder: str, classes: list[str]) -> dict[str, pl.Expr]:
    """What must hold of each row's papers, in words and as an expression; a null breaks a rule."""
    published, withheld = pl.col("release") == "published", pl.col("release") == "withheld"
    home = pl.when(withheld).then(pl.lit("withheld")).otherwise(pl.col("license_class"))
    class_, stated = pl.col("license_class"), pl.col("license", "license_class", "license_basis", "release")
    return {
        "license, license_class, license_basis and release must be stated": pl.all_horizontal(stated.is_not_null()),
        "a row is published or withheld": published | withheld,
        "withheld rows have no text, published ones have one": withheld == pl.col("text").is_null(),
        "published rows name their evidence": withheld | pl.col("license_evidence").is_not_null(),
        "the class must be one that there is": class_.is_in(list(LICENSE_CLASSES)),
        "text is published only in the classes of the recipe": withheld | class_.is_in(classes),
        "a row stands in the folder of its class": home == folder,
    }


def _papers_agree(frame: pl.DataFrame, choices: Mapping[str, str]) -> pl.Series:
    """Whether the other licence columns say what the licence says."""
    keys = ["license", "license_class", "share_alike", "release"]
    return _judged(frame, keys, lambda *row: _agree(*row, choices.get(row[0])))


@cache
def _agree(license_: str, class_: str, shares: bool, release: str, choice: str | None) -> bool:  # noqa: FBT001  (values of columns)
    """Whether class and share-alike follow from a licence, and text is published only if it is covered.

    `choice` is the alternative that the release takes where the licence offers some.
    """
    expression = licensing.parse(license_, choice)
    follows = (licensing.license_class(expression), bool(licensing.share_alike(expression)))
    return (class_, shares) == follows and (release != "published" or licensing.releasable(expression))
