"""Which posts are there more than once, and which one stands for the others: by id first, then by words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ..conversation import NAMING
from ..dedup import clusters, policy_of
from ..model import AGAIN, WORDLESS
from .earlier import said_before
from .numbers import NUMBER
from .outputs import DRAFTS, SKETCHES, stretches, taken
from .sketches import fetching

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..dedup import Clusters, Policy
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

    A post that a rule left out is no row and stands for none, but its words may be in rows; then its licence counts.
    `left_out` are these posts, each once and none under the id of a row: rows may carry their words. `copies` are
    drafts that are there again, `of` which post: duplicates of rows, and other versions of a post that were left out.
    """

    kept: pl.DataFrame
    refused: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame
    left_out: pl.DataFrame
    copies: pl.DataFrame


def settle(drafts: Drafted, recipe: Recipe, earlier: Sequence[Earlier] = (), pool: Pool | None = None) -> Settled:
    """Give every draft that is no row its fate. Words are fetched by the processes of `pool`."""
    posts, names, receipts = drafts.posts, drafts.names, drafts.receipts
    again = _by_id(posts, receipts)
    words = _by_words(drafts, again["row"], recipe, earlier, pool)
    standing = _standing(words.merged, names)
    left, excluded = _renamed(posts, standing), _renamed(drafts.excluded, standing)
    again = again.join(words.merged.select("id", "of"), on="id", how="left")
    gone = pl.concat([again, words.merged], how="diagonal")
    gone = gone.with_columns(of=pl.when(pl.col("fate") == DUPLICATE).then(pl.coalesce("of", "id"))).sort("row")
    refused = left[gone["row"]].with_columns(gone.select("fate", "code", "of", "detail").get_columns())
    rows = left.filter(_others(gone["row"], len(left)))
    left_out, versions = _versions(excluded, rows)
    beside = pl.DataFrame([words.beside["of"].alias("id"), excluded["id"][words.beside["row"]].alias("again")])
    beside = beside.filter(pl.col("again").is_in(left_out["id"].implode()))
    kept = _answering(rows, pl.concat([words.answers, beside]), names)
    copies = pl.concat([some.select(_COPY) for some in (refused.filter(pl.col("fate") == DUPLICATE), versions)])
    kept = _copying(kept, copies, receipts)
    out = excluded.with_columns(
        fate=pl.lit("excluded"), code=pl.col("excluded").cast(pl.String), of=pl.lit(None, NUMBER)
    )
    refused = pl.concat([refused, out.select(refused.columns)])
    return Settled(kept, refused, words.flags, words.together, left_out, copies)


#: What counts of a draft that is there again.
_COPY: Final = ("of", "task", "draft", "license", "reason", "credit", "carries")


def _versions(excluded: pl.DataFrame, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Posts left out, each once and none under the id of a row, and what is there under an id already, as `of`.

    The latter are other versions of a row, or of a post left out. One without words has none that could be repeated.
    """
    first = excluded["id"].is_first_distinct() & ~excluded["id"].is_in(rows["id"].implode())
    again = excluded.filter(~first & ~pl.col("excluded").cast(pl.String).is_in(WORDLESS))
    return excluded.filter(first), again.with_columns(of="id")


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
    `with`), and those that say again what they answer or quote (`id`, `again`). Of those that were left out the ones
    that would have been merged: `row` among them, and `of`.
    """

    merged: pl.DataFrame
    beside: pl.DataFrame
    flags: pl.DataFrame
    together: pl.DataFrame
    answers: pl.DataFrame


def _by_words(drafts: Drafted, but: pl.Series, recipe: Recipe, earlier: Sequence[Earlier], pool: Pool | None) -> _Words:
    """What words of posts have to do with each other, but for the rows that are there again."""
    receipts, names, policy = drafts.receipts, drafts.names, policy_of(recipe.dedup)
    asked = _asked(drafts, but)
    sketched = asked.drop("row", "left_out").with_columns(_sketches(asked, receipts, policy).get_columns())
    texts, hashes = ([receipt.path(name) for receipt in receipts] for name in (DRAFTS, SKETCHES))
    fetch = fetching(asked, texts, hashes, recipe.dedup, pool)
    clustered = clusters(sketched, policy, fetch)
    told, ids, posts = _told(asked, clustered), asked["id"], len(names)
    merging = pl.col("how").replace_strict({"exact": policy.exact, "near": policy.near}, return_dtype=pl.String)
    merged, flagged = (told.filter(merging == what) for what in ("merge", "flag"))
    mine, there = pl.col("row").is_not_null(), asked["left_out"].is_null().arg_true()
    known = sketched[there] if earlier else sketched
    before = said_before(known, earlier, recipe.dedup, lambda rows: fetch(there[rows].to_numpy()), names)
    together = pl.DataFrame({name: ids.gather(clustered.together[row]) for name, row in _TOGETHER.items()})
    return _Words(
        merged.filter(mine).select("row", "id", "code", "of", "detail", fate=pl.lit(DUPLICATE)),
        merged.filter(~mine & (pl.col("of") < posts)).select("of", row="left_out"),
        pl.concat([flagged.filter(mine).select("id", flag="code"), before]),
        together.filter(pl.max_horizontal("id", "with") < posts),
        pl.DataFrame({name: ids.gather(clustered.answers[row]) for name, row in _ANSWERS.items()}),
    )


def _told(asked: pl.DataFrame, clustered: Clusters) -> pl.DataFrame:
    """Drafts that another one stands for: which they are, by which one, and how that shows."""
    found, near = clustered.found, pl.concat_str(pl.lit("jaccard "), pl.col("jaccard").round(4).cast(pl.String))
    return found.select(
        "how",
        *asked.select("id", "row", "left_out")[found["row"]].get_columns(),
        of=asked["id"].gather(found["survivor"]),
        code=pl.concat_str(pl.lit(f"{DUPLICATE}."), "how"),
        detail=pl.when(pl.col("how") == "near").then(near),
    )


#: Columns of pairs of posts, and where clusters tell their rows.
_TOGETHER: Final = {"id": "row", "with": "cluster"}
_ANSWERS: Final = {"id": "row", "again": "other"}


def _asked(drafts: Drafted, but: pl.Series) -> pl.DataFrame:
    """Drafts whose words are compared, in order of their tasks: `row` among all posts, or `left_out` among the others.

    Those that were left out come after all posts, so that none of these is merged into one of them: they have no time,
    and numbers of their own, also where a post has their id. Nobody answers them by these.
    """
    columns = ("id", "created_at", "parent_id", "quoted_id", "task", "draft")
    rows = pl.int_range(len(drafts.posts), dtype=pl.UInt32, eager=True)
    asked = drafts.posts.select(columns).with_columns(row=rows, left_out=pl.lit(None, pl.UInt32))
    asked = asked.filter(_others(but, len(asked))) if len(but) else asked
    if drafts.excluded.is_empty():
        return asked
    number = pl.int_range(pl.len(), dtype=pl.UInt32)
    nothing = [pl.lit(None, asked.schema[name]).alias(name) for name in (*columns[1:4], "row")]
    id_ = (number + len(drafts.names)).cast(NUMBER)
    others = drafts.excluded.select("task", "draft", *nothing, id=id_, left_out=number)
    return pl.concat([asked, others.select(asked.columns)]).sort("task", "draft")


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
    """A post that says again what it answers or quotes, or what was left out, carries the words of those others.

    `answers` has the `id` of each, and one of those others as `again`. Nothing marks them as quoted, so the ledger
    tells it.
    """
    if answers.is_empty():
        return posts.with_columns(again=pl.lit(None, pl.List(NUMBER)), detail=pl.lit(None, pl.String))
    each = answers.unique().sort("id", "again")
    told = each.with_columns(text=names.told(each["again"])).group_by("id", maintain_order=True).agg("again", "text")
    said = told.select("id", "again", detail=pl.concat_str(pl.lit(AGAIN), pl.col("text").list.join(" ")))
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
