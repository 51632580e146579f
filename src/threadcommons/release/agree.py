"""Do the tables agree? Conversations, credits and evidence tell of the same rows, and rows of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from .. import licensing
from ..findings import Finding, Place
from .alone import alone
from .rows import named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]

_PUBLISHED: Final = pl.col("release") == "published"
_DATA: Final = "data/{}"


def table_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Where two tables of the release say different things."""
    yield from _evidence(manifest, frames["posts"], frames["evidence"])
    yield from _threads(frames["posts"])
    yield from _splits(frames["posts"], frames["conversations"])
    yield from _quotes(frames["posts"])
    yield from _conversations(frames["posts"], frames["conversations"])
    yield from _credits(manifest, frames["posts"], frames["credits"])


def _disagree(table: str, says: str, ids: pl.Series) -> Iterator[Finding]:
    if len(ids):
        yield Finding(
            "release.disagree", Place(file=_DATA.format(table)), f"{says}; {len(ids)} of them: {named(ids)}"
        )


def _evidence(manifest: Manifest, posts: pl.DataFrame, evidence: pl.DataFrame) -> Iterator[Finding]:
    """Every row's evidence is in the table, and every captured statement is the file that the manifest states."""
    unknown = posts.filter(
        pl.col("license_evidence").is_not_null() & ~pl.col("license_evidence").is_in(evidence["id"].implode())
    )
    if len(unknown):
        says = f"{len(unknown)} rows name evidence that is not in the table: {named(unknown['id'])}"
        yield Finding("release.license", Place(file=_DATA.format("evidence")), says)
    captured = evidence.filter(pl.col("file").is_not_null()).select("source", "file", "sha256")
    stated = {(entry["source"], entry["file"], entry["sha256"]) for entry in manifest["evidence_files"]}
    odd = sorted(map(str, stated.symmetric_difference(captured.iter_rows())))
    yield from _disagree(
        "evidence", "captured statements differ from those of the manifest", pl.Series(odd, dtype=pl.String)
    )


def _threads(posts: pl.DataFrame) -> Iterator[Finding]:
    """Parents are where the rows say, in the same conversation and before their answers; positions run from 0."""
    parents = posts.select(parent_id="id", of_parent="release", there="conversation_id", before="position")
    seen = posts.join(parents, on="parent_id", how="left", maintain_order="left")
    present, state = pl.col("of_parent").is_not_null(), pl.col("parent_state")
    right = pl.when(pl.col("of_parent") == "withheld").then(pl.lit("withheld")).otherwise(pl.lit("present"))
    wrong_state = pl.when(present).then(state != right).otherwise(state.is_in(["present", "withheld"]))
    yield from _disagree("posts", "parent_state is not where the parent is", seen.filter(wrong_state)["id"])
    apart = present & (
        (pl.col("there") != pl.col("conversation_id")) | (pl.col("before") >= pl.col("position"))
    )
    yield from _disagree(
        "posts", "a parent stands after its answer or in another conversation", seen.filter(apart)["id"]
    )
    ranked = posts.sort("conversation_id", "position").with_columns(
        rank=pl.int_range(pl.len(), dtype=pl.Int64).over("conversation_id")
    )
    yield from _disagree(
        "posts", "positions do not run from 0", ranked.filter(pl.col("rank") != pl.col("position"))["id"]
    )


def _splits(posts: pl.DataFrame, conversations: pl.DataFrame) -> Iterator[Finding]:
    """A conversation stands in one split with all its posts, in every table."""
    homes = pl.concat([table.select("conversation_id", "split") for table in (posts, conversations)]).unique()
    parted = homes.filter(pl.col("conversation_id").is_duplicated())["conversation_id"].unique().sort()
    yield from _disagree("posts", "conversations stand in more than one split", parted)


def _quotes(posts: pl.DataFrame) -> Iterator[Finding]:
    """Words that are withheld in one row do not come out through another that quotes them."""
    withheld = posts.filter(~_PUBLISHED)["id"]
    leaking = posts.filter(_PUBLISHED & pl.col("carries").is_in(withheld.implode()))
    if len(leaking):
        says = f"{len(leaking)} published rows carry words of withheld ones: {named(leaking['id'])}"
        yield Finding("release.license", Place(file=_DATA.format("posts")), says)


def _conversations(posts: pl.DataFrame, conversations: pl.DataFrame) -> Iterator[Finding]:
    """Each conversation of which anything is published, with all its posts in order, word for word."""
    told = posts.filter(_PUBLISHED)["conversation_id"].unique()
    mine = posts.filter(pl.col("conversation_id").is_in(told.implode())).sort("conversation_id", "position")
    expected = mine.select("conversation_id", "id", "said", place="position")
    found = conversations.sort("conversation_id", "place").select("conversation_id", "id", "said", "place")
    odd = pl.concat(alone(expected, found))
    yield from _disagree(
        "conversations",
        "messages are not the posts of the conversation",
        odd["id"].unique(maintain_order=True),
    )
    whole = mine.group_by("conversation_id", maintain_order=True).agg(
        platform=pl.col("platform").first(),
        title=pl.col("title").drop_nulls().first(),
        licenses=pl.col("license").filter(_PUBLISHED).unique().sort().str.join("\n"),
        n_posts=pl.len().cast(pl.Int64),
    )
    first = conversations.filter(pl.col("place") == 0).sort("conversation_id")
    stated = first.select("conversation_id", "platform", "title", pl.col("licenses").list.join("\n"), "n_posts")
    differ = alone(stated, whole)[0]["conversation_id"].unique(maintain_order=True)
    yield from _disagree(
        "conversations", "what is stated of a conversation is not what its posts say", differ
    )


def _credits(manifest: Manifest, posts: pl.DataFrame, credits_: pl.DataFrame) -> Iterator[Finding]:
    """One credit for each published row whose licence asks for it, under that licence and that name."""
    choices = manifest["publish"]["choices"]
    asking = [name for name in posts["license"].unique() if licensing.demands_credit(licensing.chosen(name, choices))]
    due = posts.filter(_PUBLISHED & pl.col("license").is_in(asking)).select(
        "id", "license", creator="credited"
    )
    odd = pl.concat(alone(due.sort("id"), credits_.select(due.columns).sort("id")))
    yield from _disagree(
        "credits",
        "credits are not those that the licences ask for",
        odd["id"].unique(maintain_order=True),
    )
