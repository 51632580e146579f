"""Which posts are there more than once, and which one stands for the others: by id first, then by words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ..conversation import NAMING
from ..dedup import clusters, policy_of
from ..model import AGAIN
from .earlier import said_before
from .numbers import NUMBER
from .outputs import DRAFTS, SKETCHES, stretches, taken
from .sketches import fetching

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..dedup import Policy
    from ..engine import Pool, Receipt
    from ..recipe import Recipe
    from .earlier import Earlier
    from .narrow import Drafted
    from .numbers import Names

DUPLICATE: Final = "duplicate"
#: What makes two records with one id the same post. Counters and licences may differ: the first keeps its counters,
#: the licences meet.
_DIGEST: Final = "read_sha256"
_SAID: Final = (_DIGEST, "kind", "parent_id", "quoted_id", "created_at")


@dataclass(frozen=True)
class Settled:
    """All posts, and what else was found. Ids are numbers.

    `kept` are those that become rows; `refused` are all others, each with a `fate`, `code`, `of` and `detail`. Whoever
    named a post that another one stands for names that one now. `flags` has `id` and `flag`: words that are the same
    where the recipe only wants it told. `together` has pairs, `id` and `with`, of posts that say the same.
    """

    kept: pl.DataFrame
    refused: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame


def settle(drafts: Drafted, recipe: Recipe, earlier: Sequence[Earlier] = (), pool: Pool | None = None) -> Settled:
    """Give every draft that is no row its fate. Words are fetched by the processes of `pool`."""
    posts, names, receipts = drafts.posts, drafts.names, drafts.receipts
    again = _by_id(posts, receipts)
    words = _by_words(drafts, again["row"], recipe, earlier, pool)
    left = _renamed(posts, _standing(words.merged, names))
    again = again.join(words.merged.select("id", "of"), on="id", how="left")
    gone = pl.concat([again, words.merged], how="diagonal")
    gone = gone.with_columns(of=pl.when(pl.col("fate") == DUPLICATE).then(pl.coalesce("of", "id"))).sort("row")
    refused = left[gone["row"]].with_columns(gone.select("fate", "code", "of", "detail").get_columns())
    kept = _answering(left.filter(_others(gone["row"], len(left))), words.answers, names)
    kept = _copying(kept, refused.filter(pl.col("fate") == DUPLICATE), receipts)
    out = drafts.excluded.with_columns(
        fate=pl.lit("excluded"), code=pl.col("excluded").cast(pl.String), of=pl.lit(None, NUMBER)
    )
    return Settled(kept, pl.concat([refused, out.select(refused.columns)]), words.flags, words.together)


def _others(rows: pl.Series, count: int) -> pl.Series:
    """Which of so many rows are not among some."""
    others = np.ones(count, dtype=bool)
    others[rows.to_numpy()] = False
    return pl.Series(others)


def _by_id(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.DataFrame:
    """Posts whose id was there before: `row`, `id`, `fate`, `code`.

    The same again is a duplicate, anything else a conflict. What was said is read only where an id is there twice.
    """
    ids = posts["id"].to_numpy()
    twice = pl.Series(np.flatnonzero(np.bincount(ids)[ids] > 1), dtype=pl.UInt32)
    if twice.is_empty():
        return pl.DataFrame(schema=_AGAIN)
    several = posts.select("id", "task", "draft", *_SAID[1:])[twice].with_columns(row=twice)
    several = several.with_columns(_as_read(several, receipts))
    first = several.select("id", *_SAID).unique("id", keep="first", maintain_order=True)
    there = several.join(first, on="id", how="left", maintain_order="left", suffix="_first")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_first")) for name in _SAID)
    return there.filter(~pl.col("id").is_first_distinct()).select(
        "row",
        "id",
        fate=pl.when(same).then(pl.lit(DUPLICATE)).otherwise(pl.lit("quarantined")),
        code=pl.when(~same).then(pl.lit("id.conflict")),
    )


_AGAIN: Final = {"row": pl.UInt32, "id": NUMBER, "fate": pl.String, "code": pl.String}


def _as_read(posts: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.Series:
    """Digests of the texts of posts, as they were read; posts are in order of their tasks."""
    parts = [
        pl.Series(taken(receipts[task].path(DRAFTS), [_DIGEST], posts["draft"][mine].to_arrow())[_DIGEST])
        for task, mine in stretches(posts["task"].to_numpy())
    ]
    return pl.concat([pl.Series([], dtype=pl.String), *parts]).alias(_DIGEST)


@dataclass(frozen=True)
class _Words:
    """What was found of words.

    Posts merged (`row`, `id`, `fate`, `code`, `of`, `detail`) and flagged (`id`, `flag`), all that say the same (`id`,
    `with`), and those that say again what they answer or quote (`id`, `again`: ids).
    """

    merged: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame
    answers: pl.DataFrame


def _by_words(drafts: Drafted, but: pl.Series, recipe: Recipe, earlier: Sequence[Earlier], pool: Pool | None) -> _Words:
    """What words of posts have to do with each other, but for the rows that are there again."""
    posts, receipts, policy = drafts.posts, drafts.receipts, policy_of(recipe.dedup)
    rows = _others(but, len(posts)).arg_true()
    asked = posts.select("id", "created_at", "parent_id", "quoted_id", "task", "draft")
    asked = asked[rows] if len(but) else asked
    sketched = asked.with_columns(_sketches(asked, receipts, policy).get_columns())
    texts, hashes = ([receipt.path(name) for receipt in receipts] for name in (DRAFTS, SKETCHES))
    fetch = fetching(asked, texts, hashes, recipe.dedup, pool)
    clustered = clusters(sketched, policy, fetch)
    before = said_before(sketched, earlier, recipe.dedup, fetch, drafts.names)
    ids = asked["id"]
    told = clustered.found.select(
        "how",
        row=rows.gather(clustered.found["row"]),
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
        told.filter(merging == "merge").select("row", "id", "code", "of", "detail", fate=pl.lit(DUPLICATE)),
        pl.concat([told.filter(merging == "flag").select("id", flag="code"), before]),
        pl.DataFrame({"id": ids.gather(together["row"]), "with": ids.gather(together["cluster"])}),
        again.group_by("id").agg(pl.col("again").sort()),
    )


def _sketches(posts: pl.DataFrame, receipts: Sequence[Receipt], policy: Policy) -> pl.DataFrame:
    """The sketches of posts, in their order; tasks that yielded none of them are not opened.

    Bands are most of it, so they are gathered in one piece, and those of a task are let go one by one.
    """
    nothing = _sketches_of(receipts[0]).clear()
    bands, parts, done = np.empty((len(posts), policy.bands), dtype=np.uint64), [nothing.drop("bands")], 0
    for task, mine in stretches(posts["task"].to_numpy()):
        found = _chosen(_sketches_of(receipts[task]), posts["draft"][mine])
        bands[done : done + len(found)] = found["bands"].reshape((-1,)).to_numpy().reshape(-1, policy.bands)
        parts.append(found.drop("bands"))
        done += len(found)
    return pl.concat(parts).with_columns(pl.Series("bands", bands, dtype=nothing.schema["bands"]))


def _chosen(sketches: pl.DataFrame, drafts: pl.Series) -> pl.DataFrame:
    """Sketches of some drafts, each of which is there once."""
    return sketches if len(drafts) == len(sketches) else sketches[drafts]


def _sketches_of(receipt: Receipt) -> pl.DataFrame:
    return _frame(taken(receipt.path(SKETCHES), ("exact", "bands", "short")))


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame


def _standing(merged: pl.DataFrame, names: Names) -> pl.Series:
    """For each number the one that stands for it: itself, or the post that it was merged into."""
    stands = np.arange(len(names), dtype=np.uint32)
    stands[merged["id"].to_numpy()] = merged["of"].to_numpy()
    return pl.Series(stands)


def _renamed(posts: pl.DataFrame, standing: pl.Series) -> pl.DataFrame:
    """Who names a post that is no row any more names the one that stands for it."""
    return posts.with_columns(standing[posts[name]].alias(name) for name in NAMING)


def _answering(posts: pl.DataFrame, answers: pl.DataFrame, names: Names) -> pl.DataFrame:
    """A post that says again what it answers or quotes stays a row, and carries the words of those others.

    Nothing marks them as quoted, so the ledger tells it.
    """
    if answers.is_empty():
        return posts.with_columns(again=pl.lit(None, pl.List(NUMBER)), detail=pl.lit(None, pl.String))
    each = answers.explode("again")
    told = each.select("id", text=names.told(each["again"])).group_by("id", maintain_order=True).agg("text")
    said = answers.with_columns(detail=pl.concat_str(pl.lit(AGAIN), told["text"].list.join(" ")))
    found = posts.select("id").join(said, on="id", how="left", maintain_order="left")
    return posts.with_columns(
        found["again"], found["detail"], carries=pl.coalesce("carries", found["again"].list.first())
    )


def _copying(posts: pl.DataFrame, copies: pl.DataFrame, receipts: Sequence[Receipt]) -> pl.DataFrame:
    """What a merged post says it carries, the post that stands for it carries as well, if it is the same to the letter.

    A post of which no record says what it quotes may be a copy of one that tells it. `posts` and `copies` are in order
    of their tasks.
    """
    telling = copies.filter(pl.col("carries").is_not_null() & (pl.col("carries") != pl.col("of")))
    if telling.is_empty():
        return posts
    some = posts.select("id", "task", "draft").filter(pl.col("id").is_in(telling["of"].unique().implode()))
    said = some.select("id", _as_read(some, receipts))
    copied = telling.select(_as_read(telling, receipts), id="of", copied="carries")
    told = said.join(copied, on=["id", _DIGEST]).group_by("id").agg(pl.col("copied").min())
    found = posts.select("id").join(told, on="id", how="left", maintain_order="left")
    return posts.with_columns(carries=pl.coalesce("carries", found["copied"]))
