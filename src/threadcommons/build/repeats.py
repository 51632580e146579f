"""Which posts are there more than once, and which one stands for the others: by id first, then by words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from ..conversation import NAMING
from ..dedup import clusters, policy_of
from ..model import AGAIN
from .earlier import said_before
from .outputs import DRAFTS, SKETCHES, taken
from .sketches import fetching

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..engine import Receipt
    from ..recipe import Recipe
    from .earlier import Earlier

DUPLICATE: Final = "duplicate"
#: What makes two records with one id the same post. Counters and licences may differ: the first keeps its counters,
#: the licences meet.
_DIGEST: Final = "read_sha256"
_SAID: Final = (_DIGEST, "kind", "parent_id", "quoted_id", "created_at")


@dataclass(frozen=True)
class Settled:
    """All posts with a `fate`, `code`, `of` and `detail` where they are no rows, and what else was found.

    Whoever named a post that another one stands for names that one now. `flags` has `id` and `flag`: words that are the
    same where the recipe only wants it told. `together` has pairs of ids, `id` and `with`, of posts that say the same.
    """

    posts: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame


def settle(
    posts: pl.DataFrame, receipts: Sequence[Receipt], recipe: Recipe, earlier: Sequence[Earlier] = ()
) -> Settled:
    """Give every post that is no row its fate. `posts` are in order of the exports."""
    out = posts.filter(pl.col("excluded").is_not_null()).with_columns(
        fate=pl.lit("excluded"),
        code=pl.col("excluded").cast(pl.String),
        of=pl.lit(None, pl.String),
        again=pl.lit(None, pl.List(pl.String)),
    )
    left = posts.filter(pl.col("excluded").is_null()).with_columns(detail=pl.lit(None, pl.String))
    left = left.with_columns(_by_id(left, receipts), of=pl.lit(None, pl.String))
    words = _by_words(left.filter(pl.col("fate").is_null()), receipts, recipe, earlier)
    left = _answering(_renamed(_merged(left, words.merged), words.merged), words.answers)
    left = _copying(left, receipts)
    return Settled(pl.concat([left, out.select(left.columns)]), words.flags, words.together)


def _by_id(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> list[pl.Series]:
    """Fate and code of posts whose id was there before.

    The same again is a duplicate, anything else a conflict. What was said is read only where an id is there twice.
    """
    twice = posts.with_row_index("row").filter(posts["id"].is_duplicated())
    twice = twice.with_columns(_as_read(twice, receipts))
    first = twice.select("id", *_SAID).unique("id", keep="first", maintain_order=True)
    there = twice.join(first, on="id", how="left", maintain_order="left", suffix="_first")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_first")) for name in _SAID)
    later = ~pl.col("id").is_first_distinct()
    told = there.select(
        "row",
        fate=pl.when(later & same).then(pl.lit(DUPLICATE)).when(later).then(pl.lit("quarantined")),
        code=pl.when(later & ~same).then(pl.lit("id.conflict")),
    )
    every = posts.select(row=pl.int_range(pl.len(), dtype=pl.UInt32))
    return list(every.join(told, on="row", how="left", maintain_order="left").select("fate", "code"))


def _as_read(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.Series:
    """Digests of the texts of posts, as they were read; posts are in order of their tasks."""
    tasks = posts.group_by(["task"], maintain_order=True)
    parts = [
        pl.Series(taken(receipts[int(str(task))].path(DRAFTS), [_DIGEST], mine["draft"].to_arrow())[_DIGEST])
        for (task,), mine in tasks
    ]
    return pl.concat([pl.Series([], dtype=pl.String), *parts]).alias(_DIGEST)


@dataclass(frozen=True)
class _Words:
    """What was found of words.

    Posts merged (`id`, `of`, `code`, `detail`) and flagged (`id`, `flag`), all that say the same (`id`, `with`), and
    those that say again what they answer or quote (`id`, `again`: ids).
    """

    merged: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame
    answers: pl.DataFrame


def _by_words(posts: pl.DataFrame, receipts: Sequence[Receipt], recipe: Recipe, earlier: Sequence[Earlier]) -> _Words:
    """What words of posts have to do with each other."""
    policy = policy_of(recipe.dedup)
    drafts, sketched_in = ([receipt.path(name) for receipt in receipts] for name in (DRAFTS, SKETCHES))
    sketched = posts.with_columns(_sketches(posts, receipts).get_columns())
    fetch = fetching(posts, drafts, sketched_in, recipe.dedup)
    clustered = clusters(sketched, policy, fetch)
    before = said_before(sketched, earlier, recipe.dedup, fetch)
    ids = posts["id"]
    told = clustered.found.select(
        "how",
        id=ids.gather(clustered.found["row"]),
        of=ids.gather(clustered.found["survivor"]),
        code=pl.concat_str(pl.lit(f"{DUPLICATE}."), "how"),
        detail=pl.when(pl.col("how") == "near").then(
            pl.concat_str(pl.lit("jaccard "), pl.col("jaccard").round(4).cast(pl.String))
        ),
    )
    merging = pl.col("how").replace_strict({"exact": policy.exact, "near": policy.near}, return_dtype=pl.String)
    together = clustered.together
    answers = clustered.answers
    again = pl.DataFrame({"id": ids.gather(answers["row"]), "again": ids.gather(answers["other"])})
    return _Words(
        told.filter(merging == "merge").select("id", "of", "code", "detail"),
        pl.concat([told.filter(merging == "flag").select("id", flag="code"), before]),
        pl.DataFrame({"id": ids.gather(together["row"]), "with": ids.gather(together["cluster"])}),
        again.group_by("id").agg(pl.col("again").sort()),
    )


def _sketches(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.DataFrame:
    """The sketches of posts, in their order; tasks that yielded none of them are not opened."""
    nothing = _sketches_of(receipts[0]).clear()
    tasks = posts.group_by(["task"], maintain_order=True)
    return pl.concat([nothing, *(_sketches_of(receipts[int(str(task))])[mine["draft"]] for (task,), mine in tasks)])


def _sketches_of(receipt: Receipt) -> pl.DataFrame:
    return _frame(taken(receipt.path(SKETCHES), ("exact", "bands", "short")))


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame


def _merged(posts: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Posts with the fate of those that another stands for. A repeat of one stands behind the same row."""
    other = found.rename({"of": "stands", "code": "said", "detail": "measured"})
    joined = posts.join(other, on="id", how="left", maintain_order="left")
    merged = pl.col("fate").is_null() & pl.col("stands").is_not_null()
    again = pl.col("fate") == DUPLICATE
    return joined.with_columns(
        fate=pl.when(merged).then(pl.lit(DUPLICATE)).otherwise("fate"),
        code=pl.when(merged).then("said").otherwise("code"),
        detail=pl.when(merged).then("measured").otherwise("detail"),
        of=pl.when(merged | again).then(pl.coalesce("stands", "id")),
    ).drop("stands", "said", "measured")


def _renamed(posts: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Who names a post that is no row any more names the one that stands for it."""
    if found.is_empty():
        return posts
    return posts.with_columns(pl.col(name).replace(found["id"], found["of"]) for name in NAMING)


def _answering(posts: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A post that says again what it answers or quotes stays a row, and carries the words of those others.

    Nothing marks them as quoted, so the ledger tells it.
    """
    joined = posts.join(answers, on="id", how="left", maintain_order="left")
    again = pl.col("fate").is_null() & pl.col("again").is_not_null()
    return joined.with_columns(
        carries=pl.when(again).then(pl.coalesce("carries", pl.col("again").list.first())).otherwise("carries"),
        detail=pl.when(again).then(pl.concat_str(pl.lit(AGAIN), pl.col("again").list.join(" "))).otherwise("detail"),
    )


def _copying(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.DataFrame:
    """What a merged post says it carries, the post that stands for it carries as well, if it is the same to the letter.

    A post of which no record says what it quotes may be a copy of one that tells it. `posts` are in order of their
    tasks.
    """
    stays = pl.col("fate").is_null()
    telling = (pl.col("fate") == DUPLICATE) & pl.col("carries").is_not_null() & (pl.col("carries") != pl.col("of"))
    ids = posts.filter(telling)["of"].unique()
    if ids.is_empty():
        return posts
    some = posts.filter((telling | (stays & pl.col("id").is_in(ids.implode()))).fill_null(value=False))
    some = some.with_columns(_as_read(some, receipts))
    copies = some.filter(telling).select(_DIGEST, id="of", copied="carries")
    told = some.filter(stays).join(copies, on=["id", _DIGEST]).group_by("id").agg(pl.col("copied").min())
    joined = posts.join(told, on="id", how="left", maintain_order="left")
    carries = pl.when(stays).then(pl.coalesce("carries", "copied")).otherwise("carries")
    return joined.with_columns(carries=carries).drop("copied")
