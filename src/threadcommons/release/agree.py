"""Do the tables agree? Conversations, credits and evidence tell of the same rows, and rows of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from ..findings import Finding, Place
from .alone import alone
from .keys import ROW
from .narrow import HERE
from .rows import examples, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]

_DATA: Final = "data/{}"


def table_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Where two tables of the release say different things."""
    yield from _evidence(manifest, frames["papers"], frames["evidence"])
    yield from _parents(frames["posts"])
    yield from _splits(frames["posts"], frames["conversations"])
    yield from _quotes(frames["posts"], frames["carried"])
    yield from _credits(frames["due"], frames["credits"])
    # Only now, so that what parents take is free again.
    ordered = frames["posts"].drop("parent_id", "parent_state", "split").sort("conversation_id", "position")
    yield from _positions(ordered)
    yield from _conversations(ordered, frames["conversations"], frames["messages"])


def _disagree(table: str, says: str, ids: pl.Series) -> Iterator[Finding]:
    if len(ids):
        yield Finding("release.disagree", Place(file=_DATA.format(table)), f"{says}; {len(ids)} of them: {named(ids)}")


def _evidence(manifest: Manifest, papers: pl.DataFrame, evidence: pl.DataFrame) -> Iterator[Finding]:
    """Every row's evidence is in the table, and every captured statement is the file that the manifest states."""
    unknown = papers.filter(
        pl.col("license_evidence").is_not_null() & ~pl.col("license_evidence").is_in(evidence["id"].implode())
    )
    if len(unknown):
        says = f"{unknown['rows'].sum()} rows name evidence that is not in the table: {examples(unknown)}"
        yield Finding("release.license", Place(file=_DATA.format("evidence")), says)
    captured = evidence.filter(pl.col("file").is_not_null()).select("source", "file", "sha256")
    stated = {(entry["source"], entry["file"], entry["sha256"]) for entry in manifest["evidence_files"]}
    odd = sorted(map(str, stated.symmetric_difference(captured.iter_rows())))
    yield from _disagree(
        "evidence", "captured statements differ from those of the manifest", pl.Series(odd, dtype=pl.String)
    )


def _parents(posts: pl.DataFrame) -> Iterator[Finding]:
    """Parents are where the rows say, in the same conversation and before their answers."""
    answers = posts.select("id", "parent_id", "parent_state", "conversation_id", "position")
    parents = posts.select(parent_id="id", public="published", there="conversation_id", before="position")
    seen = answers.join(parents, on="parent_id", how="left", maintain_order="left")
    present, state = pl.col("public").is_not_null(), pl.col("parent_state")
    right = pl.when("public").then(pl.lit("present", HERE)).otherwise(pl.lit("withheld", HERE))
    wrong_state = pl.when(present).then(state.ne_missing(right)).otherwise(state.is_not_null())
    yield from _disagree("posts", "parent_state is not where the parent is", seen.filter(wrong_state)["id"])
    apart = present & ((pl.col("there") != pl.col("conversation_id")) | (pl.col("before") >= pl.col("position")))
    yield from _disagree(
        "posts", "a parent stands after its answer or in another conversation", seen.filter(apart)["id"]
    )


def _positions(ordered: pl.DataFrame) -> Iterator[Finding]:
    """In each conversation positions run from 0."""
    here, conversation = pl.int_range(pl.len(), dtype=pl.Int64), pl.col("conversation_id")
    begin = pl.when(conversation.ne_missing(conversation.shift())).then(here).forward_fill()
    wrong = ordered.filter(here - begin != pl.col("position"))
    yield from _disagree("posts", "positions do not run from 0", wrong["id"])


def _splits(posts: pl.DataFrame, conversations: pl.DataFrame) -> Iterator[Finding]:
    """A conversation stands in one split with all its posts, in every table."""
    if pl.concat([posts["split"], conversations["split"]]).n_unique() <= 1:
        return
    homes = pl.concat([table.select("conversation_id", "split").unique() for table in (posts, conversations)]).unique()
    parted = homes.filter(pl.col("conversation_id").is_duplicated())["conversation_id"].unique().sort()
    yield from _disagree("posts", "conversations stand in more than one split", parted)


def _quotes(posts: pl.DataFrame, carried: pl.DataFrame) -> Iterator[Finding]:
    """Words that are withheld in one row do not come out through another that quotes them."""
    if carried.is_empty():
        return
    withheld = posts.filter(~pl.col("published")).select(carries="id")
    leaking = carried.join(withheld, on="carries", how="semi", maintain_order="left")
    if len(leaking):
        says = f"{len(leaking)} published rows carry words of withheld ones: {named(leaking['id'])}"
        yield Finding("release.license", Place(file=_DATA.format("posts")), says)


def _conversations(ordered: pl.DataFrame, conversations: pl.DataFrame, messages: pl.DataFrame) -> Iterator[Finding]:
    """Each conversation of which anything is published, with all its posts in order, word for word."""
    told = ordered.filter("published").select("conversation_id").unique()
    mine = ordered.join(told, on="conversation_id", how="semi", maintain_order="left")
    odd = pl.concat(alone(mine.select(ROW), messages))
    yield from _disagree(
        "conversations", "messages are not the posts of the conversation", ids_of(odd).unique(maintain_order=True)
    )
    whole = mine.group_by("conversation_id", maintain_order=True).agg(
        pl.col("platform").first(),
        pl.col("title").drop_nulls().first(),
        together=pl.col("license").filter("published").unique(),
        n_posts=pl.len().cast(pl.Int64),
    )
    stated = conversations.select("conversation_id", "platform", "title", pl.col("together").cast(pl.String), "n_posts")
    licenses = pl.col("together").cast(pl.List(pl.String)).list.sort().list.join("\n")
    differ = alone(stated, whole.with_columns(licenses))[0]["conversation_id"].unique(maintain_order=True)
    yield from _disagree("conversations", "what is stated of a conversation is not what its posts say", differ)


def _credits(due: pl.DataFrame, credits_: pl.DataFrame) -> Iterator[Finding]:
    """One credit for each published row whose licence asks for it, under that licence and that name."""
    odd = pl.concat(alone(due, credits_))
    yield from _disagree(
        "credits", "credits are not those that the licences ask for", ids_of(odd).unique(maintain_order=True)
    )
