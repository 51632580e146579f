"""Every data file on its own: its form, its rows, and the narrow columns by which the tables are compared.

Files are read in pieces of some row groups, so no more than a piece of the texts is ever in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ..conversation import carries
from ..findings import Finding, Place
from ..schema import arrow_schema, contract_failures, with_features
from .opened import DAMAGE, frame_of, pieces
from .rows import row_faults
from .said import said_in_conversations, said_in_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .opened import Release

#: Config -> the schema of its table, and the columns that its rows stand in order of.
TABLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "posts": ("row", ("id",)),
    "conversations": ("conversation", ("conversation_id",)),
    "credits": ("credit", ("id",)),
    "ledger": ("ledger", ("source", "file", "offset")),
    "evidence": ("evidence", ("id",)),
}
#: No row group is larger: viewers give up at 286 MiB decoded, and readers hold a whole one in memory.
ROWS_PER_GROUP: Final = 65_536
BYTES_PER_GROUP: Final = 256 * 1024 * 1024

_POSTS: Final = (
    "id", "conversation_id", "parent_id", "parent_state", "quoted_id", "position", "title", "platform", "lang",
    "license", "license_class", "license_basis", "license_evidence", "release", "source", "source_file",
    "source_sha256", "source_offset", "source_length", "merged_from", "row_sha256",
)  # fmt: skip


@dataclass
class Examined:
    """What was found in the data files, and their narrow columns by config."""

    findings: list[Finding] = field(default_factory=list)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    #: Whether every file could be read as what it is, so that comparing the tables makes sense.
    whole: bool = True


def examine(release: Release) -> Examined:
    """Read every data file of the release and judge each row."""
    found = Examined()
    for config in TABLES:
        narrow: list[pl.DataFrame] = []
        for file in release.files_of(config):
            faults = list(_form_faults(release, file))
            found.findings += faults
            found.whole &= not faults
            narrow += [] if faults else _contents(release, file, found)
        found.frames[config] = pl.concat(narrow) if narrow else _NARROW[config](_empty(config))
    strange = [file["path"] for file in release.manifest["files"] if file["config"] not in TABLES]
    found.findings += [Finding("release.schema-differs", Place(file=name), _UNDECLARED) for name in strange]
    return found


_UNDECLARED: Final = "the manifest puts it into a config that has no table"


def _empty(config: str) -> pa.Table:
    """The table of a config without rows."""
    return arrow_schema(TABLES[config][0]).empty_table()


@cache
def _declared(name: str) -> pa.Schema:
    return with_features(arrow_schema(name))


def _form_faults(release: Release, file: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with a file before any row of it is read."""
    place, declared = Place(file=file["path"]), _declared(TABLES[file["config"]][0])
    try:
        with pq.ParquetFile(release.path / file["path"], page_checksum_verification=True) as parquet:
            schema, footer = parquet.schema_arrow, parquet.metadata
    except DAMAGE as error:
        yield Finding("release.file-differs", place, f"no Parquet file: {type(error).__name__}")
        return
    if not schema.equals(declared, check_metadata=True):
        yield Finding("release.schema-differs", place, _difference(schema, declared))
    if footer.num_rows != file["rows"] or footer.num_rows == 0:
        yield Finding(
            "release.count",
            place,
            f"it has {footer.num_rows} rows; {file['rows']} are stated, and none is empty",
        )
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    if any(group.num_rows > ROWS_PER_GROUP or group.total_byte_size > BYTES_PER_GROUP for group in groups):
        yield Finding(
            "release.schema-differs",
            place,
            f"a row group is larger than {ROWS_PER_GROUP} rows or {BYTES_PER_GROUP} bytes",
        )


def _difference(found: pa.Schema, declared: pa.Schema) -> str:
    """The first thing that two schemas do not share."""
    if found.names != declared.names:
        odd = [f"{name} is missing" for name in declared.names if name not in found.names]
        odd += [f"{name} is not declared" for name in found.names if name not in declared.names]
        return (odd or ["the columns do not stand in the declared order"])[0]
    odd = [
        f"{one.name} is {one}; {two} is declared"
        for one, two in zip(found, declared, strict=True)
        if not one.equals(two)
    ]
    return (odd or ["the features that the file states are not those of its columns"])[0]


def _contents(release: Release, file: dict[str, Any], found: Examined) -> Iterator[pl.DataFrame]:
    """The narrow columns of a file, piece by piece; what is wrong with its rows goes to `found`."""
    config, place = file["config"], Place(file=file["path"])
    schema, order = TABLES[config]
    last: tuple[Any, ...] | None = None
    try:
        for piece in pieces(release.path / file["path"]):
            frame = frame_of(piece)
            last, sorted_ = _in_order(frame.select(order), last)
            if not sorted_:
                found.findings.append(
                    Finding(
                        "release.contract", place, f"the rows do not stand in order of {', '.join(order)}"
                    )
                )
            judged = piece
            if config == "posts":
                judged = as_released(piece, private=release.manifest["private"])
                found.findings += row_faults(release.manifest, file["path"], piece, judged)
            found.findings += [
                Finding("release.contract", place, failure) for failure in contract_failures(judged, schema)
            ]
            yield _NARROW[config](piece)
    except DAMAGE as error:
        found.whole = False
        found.findings.append(
            Finding("release.file-differs", place, f"a page is damaged: {type(error).__name__}")
        )


def as_released(posts: pa.Table, *, private: bool) -> pa.Table:
    """Rows as the release has them from which a private copy was made: what was filled in is taken out."""
    if not private:
        return posts
    frame = pl.DataFrame({"text": pl.from_arrow(posts["text"]), "release": pl.from_arrow(posts["release"])})
    texts = frame.select(pl.when(pl.col("release") != "withheld").then("text"))["text"]
    at = posts.schema.get_field_index("text")
    return posts.set_column(at, posts.schema.field(at), texts.to_arrow().cast(pa.string()))


def _in_order(keys: pl.DataFrame, last: tuple[Any, ...] | None) -> tuple[tuple[Any, ...] | None, bool]:
    """The last key, and whether all keys rise from `last` on without a repetition."""
    rising = keys.unique(maintain_order=True).sort(keys.columns).equals(keys)
    first = keys.row(0) if len(keys) else last
    return (keys.row(-1) if len(keys) else last), rising and (last is None or first is None or last < first)


def _posts(piece: pa.Table) -> pl.DataFrame:
    frame = frame_of(piece)
    generator, labels = pl.col("generator"), pl.col("labels")
    return frame.select(
        *_POSTS,
        year=pl.col("created_at").dt.year(),
        created_at=pl.col("created_at"),
        wrote=pl.when(generator.is_not_null()).then(
            pl.struct(generator.struct.field("model", "provider", "weights"))
        ),
        labels=labels.list.eval(
            pl.element().filter(pl.element().struct.field("method").str.starts_with("codebook"))
        ).list.eval(pl.struct(pl.element().struct.field("name", "value"))),
        credited=pl.coalesce("author", "rights_holder"),
        carries=carries(),
        said=said_in_posts(piece),
    )


def _credits(piece: pa.Table) -> pl.DataFrame:
    return frame_of(piece.select(["id", "license", "creator", "creator_url", "title", "source_url"]))


_NARROW: Final[dict[str, Callable[[pa.Table], pl.DataFrame]]] = {
    "posts": _posts,
    "conversations": said_in_conversations,
    "credits": _credits,
    "ledger": frame_of,
    "evidence": frame_of,
}
