"""From posts as claimed to rows, as far as one record alone decides: ids, licence columns, measures, names.

All of it is done on columns, one batch at a time. What needs to know other posts (parents, duplicates,
positions) comes later, in the exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..conversation import carries
from ..dedup import place_of
from ..model import AS_READ
from ..privacy import pseudonym
from ..schema import arrow_schema
from ..texts import Texts
from .licences import decided
from .words import cleaned, measured

if TYPE_CHECKING:
    from ..model import Export
    from ..sources import Batch

#: Policies of names that name anybody.
CREDIT: Final = "credit"
PSEUDONYM: Final = "pseudonym"

#: Columns of a row that only the exchange can fill.
LATER = ("conversation_id", "parent_state", "position", "merged_from", "row_sha256")

#: What a task hands on: the row so far, what the exchange needs, and what only the credits show.
DRAFT = pa.schema(
    [field.with_nullable(nullable=True) for field in arrow_schema("row") if field.name not in LATER]
    + [
        pa.field("claimed_conversation", pa.string()),
        pa.field("claimed_state", pa.string()),
        pa.field("creator", pa.string()),
        pa.field("creator_url", pa.string()),
        pa.field("alias", pa.string()),
        pa.field("credit", pa.bool_()),
        pa.field("reason", pa.string()),
        pa.field("carries", pa.string()),
        pa.field("excluded", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("read_sha256", pa.string()),
        pa.field("read_chars", pa.int64()),
        pa.field("read_words", pa.int64()),
        pa.field("read_lang", pa.string()),
        pa.field("record", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Claims:
    """What a source says of all its posts; plain values, so that it travels to any process."""

    platform: str
    lang: str | None
    license: dict[str, Any]
    wishes: list[str]
    publish: list[str]
    author_policy: str
    reader: str
    #: Rule packs that come before those of the tool: file name -> text.
    rules: dict[str, str] = field(default_factory=dict)
    #: Alternatives that the recipe takes where a licence offers some.
    choices: dict[str, str] = field(default_factory=dict)
    #: What the recipe says of personal data and of quality, as written.
    privacy: dict[str, Any] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)


def drafts(
    batch: Batch, export: Export, claims: Claims, first_record: int, key: bytes | None = None
) -> tuple[pl.DataFrame, Texts]:
    """The rows of a batch as far as each record alone decides them; columns of `DRAFT`, and `place`. And their words.

    `first_record` is the number of the batch's first record within the task, `key` that of pseudonyms. The words are
    the texts as they may be published, also where they are withheld; `place` is where a text stands (see
    `dedup.place_of`). Neither may be kept.
    """
    posts = pl.from_arrow(batch.posts)
    assert isinstance(posts, pl.DataFrame)  # noqa: S101  (a table is never a series)
    offsets = pl.Series("source_offset", batch.cut.offsets[posts["record"].to_numpy()], dtype=pl.Int64)
    lengths = pl.Series("source_length", batch.cut.lengths[posts["record"].to_numpy()], dtype=pl.Int64)
    frame = posts.with_columns(offsets, lengths)
    frame = frame.with_columns(**_identity(export, claims))
    read = Texts(posts["text"], batch.posts["text"])
    frame = cleaned(frame, read, claims, export.source)
    words = Texts(frame["text"])
    frame = measured(frame, read, words, claims, export.source)
    frame = frame.with_columns(**_provenance(export, claims), **_filled(), record=pl.col("record") + first_record)
    frame = frame.with_columns(decided(frame, export.source, claims).get_columns())
    frame = frame.with_columns(place=_place(), **_names(claims, _alias(frame, claims, key)))
    frame = frame.with_columns(carries=carries())
    return frame.with_columns(**withholding()).select(*DRAFT.names, "place"), words


def _identity(export: Export, claims: Claims) -> dict[str, pl.Expr]:
    within = pl.concat_str([pl.lit(f"{export.sha256[:32]}@"), pl.col("source_offset").cast(pl.String)])
    prefix = pl.lit(f"{claims.platform}:")
    return {
        "id": pl.concat_str([prefix, pl.coalesce("native_id", within)]),
        "platform": pl.lit(claims.platform),
        "parent_id": pl.concat_str([prefix, pl.col("parent")]),
        "quoted_id": pl.concat_str([prefix, pl.col("quoted")]),
        "claimed_conversation": pl.concat_str([prefix, pl.col("conversation")]),
        "claimed_state": pl.col("parent_state"),
        "lang": pl.col("lang").fill_null(pl.lit(claims.lang, dtype=pl.String)),
    }


def _place() -> pl.Expr:
    return place_of(_who(), pl.col("parent_id"))


def _who() -> pl.Expr:
    """What the platform tells its people apart by."""
    author = pl.col("author").struct
    return pl.coalesce(author.field("id"), author.field("name"))


def _alias(frame: pl.DataFrame, claims: Claims, key: bytes | None) -> pl.Series:
    """The pseudonym of each author, where the recipe asks for pseudonyms and there is a key."""
    if claims.author_policy != PSEUDONYM or key is None:
        return pl.repeat(None, len(frame), dtype=pl.String, eager=True)
    return pseudonym(frame.select(who=_who())["who"], key, claims.platform)


def _provenance(export: Export, claims: Claims) -> dict[str, pl.Expr]:
    retrieved = pl.lit(export.retrieved_at, dtype=pl.String).str.to_datetime(time_unit="us", time_zone="UTC")
    return {
        "source": pl.lit(export.source),
        "source_file": pl.lit(export.name),
        "source_sha256": pl.lit(export.sha256),
        "retrieved_at": retrieved,
        "reader": pl.lit(claims.reader),
    }


def _filled() -> dict[str, pl.Expr]:
    return {name: pl.col(name).fill_null([]) for name in ("links", "media", "labels")}


def _names(claims: Claims, alias: pl.Series) -> dict[str, pl.Expr | pl.Series]:
    """Who is named: those whose licence asks for it, unless the policy is to name nobody; others by their `alias`.

    A licence may begin to ask when it meets that of a repeat or of a quoted post; `creator` is kept for that case.
    Where names are told only to whom a licence demands, what a record says of its own holder is a name, too.
    """
    nameable = pl.lit(value=claims.author_policy in (CREDIT, PSEUDONYM))
    named = pl.col("credit") & nameable
    told = pl.col("credit") | pl.lit(value=claims.author_policy == CREDIT)
    holder, given = (_stated(column, claims, told) for column in ("rights_holder", "attribution"))
    name = pl.col("author").struct.field("name")
    built = credit_line(pl.coalesce(name, holder), pl.col("author").struct.field("url"))
    return {
        "author": pl.when(named).then(name).otherwise(alias),
        "alias": alias,
        "creator": pl.when(nameable).then(name),
        "creator_url": pl.when(nameable).then(pl.col("author").struct.field("url")),
        "rights_holder": holder,
        "attribution": pl.when(named).then(pl.coalesce(given, built)).when(~pl.col("credit")).then(given),
    }


def _stated(column: str, claims: Claims, told: pl.Expr) -> pl.Expr:
    """What the record states where that is `told`, else what the source states of all its posts."""
    return pl.coalesce(pl.when(told).then(pl.col(column)), pl.lit(claims.license.get(column), dtype=pl.String))


def credit_line(creator: pl.Expr, creator_url: pl.Expr) -> pl.Expr:
    """The credit of each row in one line, as `licensing.credit_line` writes it, on columns."""

    def if_known(value: pl.Expr, *parts: pl.Expr) -> pl.Expr:
        return pl.when(value.is_not_null()).then(pl.concat_str(parts))

    flat = {
        name: value.map_batches(_flat, return_dtype=pl.String, is_elementwise=True)
        for name, value in (("creator", creator), ("title", pl.col("title")))
    }
    named = pl.concat_str(
        [
            pl.lit("by "),
            flat["creator"].fill_null("unnamed creator"),
            if_known(creator_url, pl.lit(" <"), creator_url, pl.lit(">")).fill_null(""),
        ]
    )
    return pl.concat_str(
        [
            if_known(flat["title"], pl.lit('"'), flat["title"], pl.lit('"')),
            named,
            if_known(pl.col("url"), pl.lit("from "), pl.col("url")),
            pl.concat_str([pl.lit("under "), pl.col("license"), pl.col("license_links")]),
        ],
        separator=", ",
        ignore_nulls=True,
    )


def _flat(texts: pl.Series) -> pl.Series:
    """Texts on one line. To replace costs ten times as much as to look, so only those are mended that have to be."""
    rows = texts.str.contains(_UNEVEN).fill_null(value=False).arg_true()
    if not len(rows):
        return texts
    mended = texts.gather(rows).str.replace_all(_UNSEEN, "?").str.replace_all(r"\s+", " ").str.strip_chars()
    return texts.clone().scatter(rows, mended)


#: Characters that nobody sees, or that change how others are seen.
_UNSEEN: Final = r"[\p{C}--\s]"
#: What is not on one line: those, white space that is no single space, and spaces at the ends.
_UNEVEN: Final = r"[\p{C}\s--\x20]|  |^ | $"


#: What must not outlive the decision to withhold: the words, and all that could bring them or their author
#: back.
_CARRIES_WORDS = ("text", "title", "author", "creator", "creator_url", "attribution", "rights_holder", "alias")
_LISTS_OF_WORDS = ("links", "media", "quality_flags", "redactions")


def withholding() -> dict[str, pl.Expr]:
    """Columns of a withheld row as they may be seen; those of a published row stay as they are."""
    published = pl.col("release") == "published"
    words = {name: pl.when(published).then(pl.col(name)) for name in _CARRIES_WORDS}
    lists = {name: pl.when(published).then(pl.col(name)).otherwise([]) for name in _LISTS_OF_WORDS}
    read = {name: pl.when(published).then(pl.col(name)).otherwise(pl.col(as_read)) for name, as_read in AS_READ.items()}
    flags = {name: pl.col(name) & published for name in ("credit", "modified")}
    return {**words, **lists, **read, **flags}


def draft_table(frame: pl.DataFrame) -> pa.Table:
    """Drafts in Arrow's plain types: no `large_*`, no views, columns in declared order, and no words but published."""
    return frame.select(DRAFT.names).to_arrow().cast(DRAFT)
