"""Every data file on its own: its form, its rows, and the narrow columns by which tables are compared.

Files are read in pieces of some row groups, so no more than a piece of the texts is ever in memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..findings import Finding, Place
from ..provenance import marks, witness
from ..schema import arrow_schema, contract_failures, with_features
from ..sources.table_pages import TooLarge
from .footer import opened_file
from .keys import Keys
from .narrow import Reading, joined, narrow
from .opened import BYTES_PER_GROUP, DAMAGE, ROWS_PER_GROUP, frame_of, pieces, pieces_of
from .rows import conversation_faults, digest_faults, row_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Protocol

    import pyarrow.parquet as pq

    from .opened import Release

    class Each(Protocol):
        """Like `map`, for one function and all data files."""

        def __call__(self, function: Callable[[DataFile], Judged], files: Sequence[DataFile], /) -> Iterable[Judged]:
            """What `function` makes of each file, in their order."""
            ...


#: Config -> the schema of its table, and the columns that its rows stand in order of.
TABLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "posts": ("row", ("id",)),
    "conversations": ("conversation", ("conversation_id",)),
    "credits": ("credit", ("id",)),
    "ledger": ("ledger", ("source", "file", "offset")),
    "evidence": ("evidence", ("id",)),
}


@dataclass(frozen=True)
class DataFile:
    """A data file with all that its rows are held against, so that any process can judge it."""

    path: Path
    #: What the manifest says of the file, and of what is published.
    stated: dict[str, Any]
    publish: dict[str, Any]
    private: bool
    #: What hashes are made with that several files are compared by.
    seed: int
    #: Whether what is compared is to be kept as it is, so that a fault can be named (see `keys`).
    closely: bool = False
    #: By what its rows are known again if this program took their digests when it wrote them (see `provenance`).
    witness: str | None = field(default=None, compare=False)
    #: Whether this program wrote it just now, so that it need not be taken for a stranger's.
    own: bool = field(default=False, compare=False)

    @property
    def weight(self) -> int:
        """A byte of it takes about an eighth of the time that one of an export takes to be read."""
        return int(self.stated["bytes"]) // 8


@dataclass(frozen=True)
class Judged:
    """What was found in one data file, and its narrow columns by name; none where it is not what it should be."""

    findings: list[Finding]
    narrow: dict[str, pl.DataFrame]
    whole: bool


@dataclass(frozen=True)
class Examined:
    """What was found in the data files, and their narrow columns by name."""

    findings: list[Finding]
    frames: dict[str, pl.DataFrame]
    #: Whether every file could be read as what it is, so that comparing the tables makes sense.
    whole: bool


def examine(release: Release, each: Each = map, seed: int | None = None) -> Examined:
    """Read every data file of the release and judge each row; `each` is a `map` that may work on several at once."""
    drawn = new_seed() if seed is None else seed
    examined = _examined(release, each, judge_file, Keys(drawn))
    strange = [file["path"] for file in release.manifest["files"] if file["config"] not in TABLES]
    undeclared = [Finding("release.schema-differs", Place(file=name), _UNDECLARED) for name in strange]
    return replace(examined, findings=[*examined.findings, *undeclared])


def look_closely(release: Release, each: Each = map) -> Examined:
    """The narrow columns once more, with all that a finding about them may name. Rows are not judged again."""
    return _examined(release, each, narrow_file, Keys(new_seed(), closely=True))


def _examined(release: Release, each: Each, look: Callable[[DataFile], Judged], keys: Keys) -> Examined:
    manifest = release.manifest
    files = [
        DataFile(release.path / file["path"], file, manifest["publish"], manifest["private"], keys.seed, keys.closely)
        for config in TABLES
        for file in release.files_of(config)
    ]
    judged = list(each(look, files))
    findings, whole = [finding for one in judged for finding in one.findings], all(one.whole for one in judged)
    if not whole:
        return Examined(findings, {}, whole)
    reading = Reading(keys, manifest["publish"]["choices"])
    frames: dict[str, pl.DataFrame] = {}
    for config in TABLES:
        mine = [one.narrow for file, one in zip(files, judged, strict=True) if file.stated["config"] == config]
        found = mine or [narrow(config, frame_of(_empty(config)), reading)]
        # Each frame is taken out of where it came in, or all of it would be held twice for a moment.
        frames |= {name: pl.concat([one.pop(name) for one in found]) for name in [*found[0]]}
    return Examined(findings, frames, whole)


def new_seed() -> int:
    """What hashes are made with that files are compared by, drawn anew so that nobody knows it beforehand."""
    return secrets.randbits(63)


def judge_file(file: DataFile) -> Judged:
    """One data file, whole: its form, and if that is right, its rows.

    Row digests are taken anew, unless the file has a `witness` and its rows are those that it stands for.
    """
    marked: list[pl.Series] | None = None if file.witness is None else []
    judged = _judged(file, marked)
    known = marked is None or not judged.whole or witness(marked) == file.witness
    return judged if known else judge_file(replace(file, witness=None))


def _judged(file: DataFile, marked: list[pl.Series] | None) -> Judged:
    try:
        with opened_file(file.path) as (parquet, groups):
            odd = list(_form_faults(file, parquet))
            contents = _contents(file, pieces_of(file.path, parquet, groups, own=file.own), marked)
            return Judged(odd, {}, whole=False) if odd else _read(file, contents)
    except DAMAGE as error:
        place, says = Place(file=file.stated["path"]), f"no Parquet file: {type(error).__name__}"
        return Judged([Finding("release.file-differs", place, says)], {}, whole=False)


def narrow_file(file: DataFile) -> Judged:
    """The narrow columns of a data file that was judged before."""
    return _read(file, ((frame_of(piece), []) for piece in pieces(file.path)))


def _read(file: DataFile, contents: Iterable[tuple[pl.DataFrame, list[Finding]]]) -> Judged:
    reading = Reading(Keys(file.seed, file.closely), file.publish["choices"], file.stated["split"])
    findings: list[Finding] = []
    parts = []
    try:
        for piece, faults in contents:
            findings += faults
            parts.append(narrow(file.stated["config"], piece, reading))
            del piece  # before the next one is read
    except TooLarge as error:
        large = Finding("release.schema-differs", Place(file=file.stated["path"]), str(error))
        return Judged([*findings, large], {}, whole=False)
    except DAMAGE as error:
        place = Place(file=file.stated["path"])
        damaged = Finding("release.file-differs", place, f"a page is damaged: {type(error).__name__}")
        return Judged([*findings, damaged], {}, whole=False)
    return Judged(findings, joined(parts), whole=True)


_UNDECLARED: Final = "the manifest puts it into a config that has no table"


def _empty(config: str) -> pa.Table:
    """The table of a config without rows. `Schema.empty_table` would import pandas to make its columns."""
    return pa.Table.from_batches([], arrow_schema(TABLES[config][0]))


@cache
def _declared(name: str) -> pa.Schema:
    return with_features(arrow_schema(name))


def _form_faults(file: DataFile, parquet: pq.ParquetFile) -> Iterator[Finding]:
    """What is wrong with a file before any row of it is read."""
    stated, schema, footer = file.stated, parquet.schema_arrow, parquet.metadata
    place, declared = Place(file=stated["path"]), _declared(TABLES[stated["config"]][0])
    if not schema.equals(declared, check_metadata=True):
        yield Finding("release.schema-differs", place, _difference(schema, declared))
    if footer.num_rows != stated["rows"] or footer.num_rows == 0:
        yield Finding(
            "release.count",
            place,
            f"it has {footer.num_rows} rows; {stated['rows']} are stated, and none is empty",
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


def _contents(
    file: DataFile, found: Iterable[pa.Table], marked: list[pl.Series] | None
) -> Iterator[tuple[pl.DataFrame, list[Finding]]]:
    """The file piece by piece, each with what is wrong with its rows. Raises `DAMAGE`.

    Where `marked` is given the marks of all rows go there, and their digests are not taken.
    """
    config, name = file.stated["config"], file.stated["path"]
    schema, order = TABLES[config]
    unordered = Finding("release.contract", Place(file=name), f"the rows do not stand in order of {', '.join(order)}")
    last: tuple[Any, ...] | None = None
    for piece in found:
        frame = frame_of(piece)
        last, sorted_ = _in_order(pl.DataFrame([frame[name] for name in order]), last)
        faults = [] if sorted_ else [unordered]
        released, judged = piece, frame
        if config == "posts":
            if file.private:
                released = as_released(piece)
                judged = frame_of(released)
            if marked is None:
                faults += digest_faults(name, frame, released)
            else:
                marked.append(marks(frame))
            faults += row_faults(file.publish, name, frame, judged)
        elif config == "conversations":
            faults += conversation_faults(name, frame)
        failures = contract_failures(released, schema, judged)
        yield frame, faults + [Finding("release.contract", Place(file=name), failure) for failure in failures]
        del piece, frame, released, judged  # before others are read


def as_released(posts: pa.Table) -> pa.Table:
    """Rows of a private copy as the release has them from which it was made: what was filled in is taken out."""
    frame = pl.DataFrame({"text": pl.from_arrow(posts["text"]), "release": pl.from_arrow(posts["release"])})
    texts = frame.select(pl.when(pl.col("release") != "withheld").then("text"))["text"]
    at = posts.schema.get_field_index("text")
    return posts.set_column(at, posts.schema.field(at), texts.to_arrow().cast(pa.string()))


def _in_order(keys: pl.DataFrame, last: tuple[Any, ...] | None) -> tuple[tuple[Any, ...] | None, bool]:
    """The last key, and whether all keys rise from `last` on without a repetition."""
    rising = bool(keys.select(_rises(keys.columns).slice(1).fill_null(value=False).all()).item())
    first = keys.row(0) if len(keys) else last
    return (keys.row(-1) if len(keys) else last), rising and (last is None or first is None or last < first)


def _rises(columns: Sequence[str]) -> pl.Expr:
    """Whether a row comes behind the one before it, by the first of the columns in which they differ."""
    rises = pl.lit(value=False)
    for column in reversed(columns):
        now, before = pl.col(column), pl.col(column).shift()
        rises = (now > before) | ((now == before) & rises)
    return rises
