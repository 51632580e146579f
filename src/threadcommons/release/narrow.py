"""The narrow columns of a data file: what its table is held against the manifest and the other tables by.

What is only counted is counted here, where the rows are: counts add up, and a few lines travel instead of all rows.
What must be compared row by row travels as numbers (see `keys`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from .. import licensing
from ..conversation import carries
from ..licensing.closure import EXAMPLES
from ..licensing.judging import lacking
from ..provenance import from_hex
from .keys import ROW
from .opened import frame_of
from .said import said_in_conversations, said_in_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .keys import Keys

    Narrow = dict[str, pl.DataFrame]

#: States of a parent that say that it is here; any other says that it is not, and is null.
HERE: Final = pl.Enum(["present", "withheld"])

_PUBLISHED: Final = pl.col("release").eq_missing("published")
_EXPORT: Final = ("source", "file")
_ENTRY: Final = {name: name for name in (*_EXPORT, "offset", "length", "id", "fate")}
_MESSAGE: Final = {"conversation_id": "conversation_id", "id": "id", "said": "said"}
_CREDIT: Final = {"id": "id", "license": "license", "creator": "creator"}
_KIND: Final = ("source", "license", "license_class", "license_basis", "lang", "published", "year")
_CODEBOOK: Final = pl.col("method").str.starts_with("codebook")
_WROTE: Final = ("model", "provider", "weights")
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True)
class Reading:
    """What rows are read with: what they are compared by, the choices of the manifest, and the split of their file."""

    keys: Keys
    choices: Mapping[str, str]
    split: str | None = None


def narrow(config: str, piece: pl.DataFrame, reading: Reading) -> Narrow:
    """Frames by name, from some rows of a table."""
    return _NARROW[config](piece, reading)


def joined(parts: list[Narrow]) -> Narrow:
    """The frames of several pieces or files."""
    return {name: pl.concat([part[name] for part in parts], rechunk=True) for name in parts[0]}


def _posts(piece: pl.DataFrame, reading: Reading) -> Narrow:
    keys = reading.keys
    rows = piece.with_columns(
        published=_PUBLISHED,
        carries=carries(),
        wrote=pl.col("generator").is_not_null(),
        year=pl.col("created_at").dt.year(),
    )
    told = rows.select(
        *keys.of(*_HASHED),
        *_POST,
        keys.row(**_MESSAGE | {"said": said_in_posts(keys.seed)}, place="position"),
        _split(reading),
        entry=_entry(keys),
        credit=keys.row(**_CREDIT | {"creator": pl.coalesce("author", "rights_holder")}),
        due=pl.col("published") & pl.col("license").is_in(_asking(rows, reading.choices)),
        quoting=pl.col("quoted_id").is_not_null(),
        carrying=pl.col("published") & pl.col("carries").is_not_null(),
        merging=pl.col("merged_from").list.len() > 0,
    )

    def where(mask: str, *columns: pl.Series) -> pl.DataFrame:
        return pl.DataFrame([column.filter(told[mask]) for column in columns])

    merged = where("merging", rows["id"], rows["merged_from"]).explode("merged_from")
    return {
        "posts": pl.DataFrame([told[name] for name in _POSTS]),
        "rows": told["entry"].alias(ROW).to_frame(),
        "due": where("due", told["credit"].alias(ROW)),
        "merged": merged.select(keys.row(id="id", other="merged_from")),
        "quoted": where("quoting", told["quoted_id"]),
        "carried": where("carrying", told["id"], told["carries"]),
        "digests": _digests(rows),
        **_counts(rows),
    }


#: What is compared of posts: keys, and what is as short as a key.
_HASHED: Final = ("id", "conversation_id", "parent_id", "platform", "title", "quoted_id", "carries")
_POST: Final = (
    "position",
    "published",
    pl.col("parent_state").cast(HERE, strict=False),
    pl.col("license").cast(pl.Categorical),
)
_POSTS: Final = (*_HASHED[:5], "position", "published", "parent_state", "license", ROW, "split")


def _entry(keys: Keys) -> pl.Expr:
    """What the ledger must say of a row."""
    return keys.row(
        source="source",
        file="source_file",
        offset="source_offset",
        length="source_length",
        id="id",
        fate=pl.when("published").then(pl.lit("row")).otherwise("release"),
    )


def _asking(rows: pl.DataFrame, choices: Mapping[str, str]) -> list[str | None]:
    """The licences of rows that ask for credit."""
    return [name for name in rows["license"].unique() if licensing.demands_credit(licensing.chosen(name, choices))]


def _digests(rows: pl.DataFrame) -> pl.DataFrame:
    """Ids with row digests as bytes, half of what they take when spelt. One that is none has been found already."""
    try:
        whole = from_hex(rows["row_sha256"])
    except ValueError:
        whole = np.zeros((len(rows), _DIGEST_BYTES), np.uint8)
    return pl.DataFrame([rows["id"], pl.Series("row_sha256", whole, dtype=pl.Array(pl.UInt8, _DIGEST_BYTES))])


def _counts(rows: pl.DataFrame) -> Narrow:
    """How many rows there are of each kind."""
    labels = rows.select(pl.col("labels").explode(empty_as_null=False).drop_nulls().struct.unnest())
    wrote = rows["generator"].filter(rows["wrote"]).struct.unnest()
    return {
        "kinds": _kinds(rows, *_KIND),
        "exports": _kinds(rows, "source", "source_file", "source_sha256"),
        "papers": _kinds(rows, "license_evidence"),
        "labels": _tally(labels.filter(_CODEBOOK) if len(labels) else labels, "name", "value"),
        "flags": _listed(rows["quality_flags"], "flag"),
        "redactions": _listed(rows["redactions"].explode(empty_as_null=False).struct.field("kind"), "kind"),
        "generators": _tally(wrote, *_WROTE),
    }


def _kinds(rows: pl.DataFrame, *by: str | pl.Expr) -> pl.DataFrame:
    """How many rows there are of each kind, with the first ids of each, by which a finding names them."""
    counted = rows.group_by(*by).agg(rows=pl.len(), ids=pl.col("id").head(EXAMPLES))
    # Texts that polars takes out of a column keep the whole column; Arrow's layout of old holds what is there alone.
    return frame_of(counted.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _tally(told: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Rows for each combination of texts; most tables have none."""
    if told.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(by, pl.String), "rows": pl.UInt32})
    return told.group_by(by).agg(rows=pl.len())


def _listed(values: pl.Series, name: str) -> pl.DataFrame:
    """Rows per value of a column of lists; one that stands several times in a list counts as often."""
    found = values.explode(empty_as_null=False).drop_nulls() if values.dtype == pl.List else values.drop_nulls()
    return found.alias(name).value_counts(name="rows")


def _split(reading: Reading) -> pl.Expr:
    return pl.lit(reading.split, pl.String).cast(pl.Categorical).alias("split")


def _conversations(piece: pl.DataFrame, reading: Reading) -> Narrow:
    keys = reading.keys
    stated = piece.drop("messages").with_columns(together=pl.col("licenses").list.join("\n"))
    return {
        "conversations": stated.select(
            *keys.of("conversation_id", "platform", "title"),
            pl.col("together").cast(pl.Categorical),
            "n_posts",
            _split(reading),
        ),
        "messages": said_in_conversations(piece, keys.seed).select(keys.row(**_MESSAGE, place="place")),
        "documents": _kinds(stated.select("together", id="conversation_id"), "together"),
    }


def _credits(piece: pl.DataFrame, reading: Reading) -> Narrow:
    return {
        "credits": piece.select(reading.keys.row(**_CREDIT)),
        "lacks": pl.DataFrame([lacking(piece)]),
    }


def _ledger(piece: pl.DataFrame, reading: Reading) -> Narrow:
    keys = reading.keys
    ledger = piece.with_columns(after=pl.col("offset") + pl.col("length"))
    told = ledger.select(
        keys.row(**_ENTRY), kept=pl.col("fate").is_in(["row", "withheld"]), again=pl.col("fate") == "duplicate"
    )
    *again, other, differs = (
        ledger.filter(told["again"])
        .select(
            *keys.of("of"),
            *keys.place(("source", "file", "offset")),
            keys.row(id="of", other="id"),
            differs=pl.col("id") != pl.col("of"),
        )
        .get_columns()
    )
    return {
        "entries": told[ROW].filter(told["kept"]).to_frame(),
        "again": pl.DataFrame(again),
        "told": other.filter(differs).to_frame(),
        "spans": _spans(ledger, apart=keys.closely),
        "fates": ledger.group_by(*_EXPORT, "fate", "code", behind=pl.col("of").is_not_null()).agg(
            pl.col("length", "gap_framing", "gap_blank").sum(),
            offset=pl.col("offset").min(),
            end=pl.col("after").max(),
            records=pl.len(),
        ),
    }


def _spans(ledger: pl.DataFrame, *, apart: bool) -> pl.DataFrame:
    """Where records begin and end, and the gap before them; those that follow each other are one, unless `apart`."""
    gaps = pl.col("gap_framing") + pl.col("gap_blank")
    same = (pl.col(name) == pl.col(name).shift() for name in _EXPORT)
    follows = pl.all_horizontal(*same, pl.col("after").shift() + gaps == pl.col("offset"), not apart)
    spans = ledger.select(*_EXPORT, "offset", "after", gaps=gaps, run=(~follows.fill_null(value=False)).cum_sum())
    return (
        spans.group_by("run", maintain_order=True).agg(pl.exclude("after").first(), pl.col("after").last()).drop("run")
    )


def _evidence(piece: pl.DataFrame, _: Reading) -> Narrow:
    return {"evidence": piece}


_NARROW: Final[dict[str, Callable[[pl.DataFrame, Reading], Narrow]]] = {
    "posts": _posts,
    "conversations": _conversations,
    "credits": _credits,
    "ledger": _ledger,
    "evidence": _evidence,
}
