"""The worker of the second half: the rows of one file, gathered from drafts, in their final order."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..conversation import role
from ..licensing.judging import lacking
from ..model import AS_READ
from ..provenance import marks, row_digests, witness
from ..schema import arrow_schema
from ..writer import write_canonical
from .columns import DRAFT, withholding
from .crediting import ready
from .gathering import in_order
from .licences import as_one_work
from .outputs import as_column, ordered, stretches, taken
from .words import with_more

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from .numbers import Numbers

ASSIGNED: Final = "assigned.arrow"
FILE: Final = "part.parquet"
#: Fact of a shard of posts: by what its rows are known again, whose digests were just taken.
WITNESS: Final = "witness"

#: What the exchange tells about each row of a file: where its draft lies and what only the exchange could
#: know.
ASSIGNMENT = pa.schema(
    [
        pa.field("task", pa.int64()),
        pa.field("draft", pa.int64()),
        pa.field("conversation_id", pa.string()),
        pa.field("parent_id", pa.string()),
        pa.field("quoted_id", pa.string()),
        pa.field("parent_state", pa.string()),
        pa.field("position", pa.int64()),
        pa.field("merged_from", pa.list_(pa.string())),
        pa.field("license", pa.string()),
        pa.field("license_class", pa.string()),
        pa.field("share_alike", pa.bool_()),
        pa.field("credit", pa.bool_()),
        pa.field("release", pa.string()),
        #: Codes of what only the exchange could tell of the words.
        pa.field("flags", pa.list_(pa.string())),
        #: Credit for what the row took from others, to stand after its own.
        pa.field("also", pa.string()),
    ]
)


#: What it tells besides places: columns of rows, and what decides about others.
_TOLD_BY_EXCHANGE: Final = ASSIGNMENT.names[2:]


def write_posts(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of posts. The table contract is asked of the finished file, before the commit."""
    schema, told, marked = arrow_schema("row"), list[pl.DataFrame](), []

    def proved(unproved: pa.Table) -> pa.Table:
        whole = unproved.append_column(schema.field("row_sha256"), row_digests(unproved))
        finished = _frame(whole)
        told.append(pl.DataFrame([finished[name] for name in _TOLD]))
        marked.append(marks(finished))
        return whole

    # By `map`, which holds nothing that it handed on: else each step would hold its rows while others are gathered.
    rows = map(proved, map(_unproved, _gathered(local, schema.names, _steps(params["row_group"]))))
    part = write_canonical(rows, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=("id",))
    return {**asdict(part), WITNESS: witness(marked), **_seen(pl.concat(told))}


def _unproved(rows: _Rows) -> pa.Table:
    """Rows as they are written, but for their digests. What nobody decides about comes as it lies in the drafts."""
    schema = arrow_schema("row").remove(len(arrow_schema("row")) - 1)
    merged = pl.col("merged_from").list.len() > 0
    changed = rows.decided.with_columns(modified=pl.col("modified") | merged)
    decided = changed.select(name for name in schema.names if name in changed.columns).to_arrow()
    columns = [(decided if name in decided.column_names else rows.drafts)[name] for name in schema.names]
    return pa.table(columns, schema.names).cast(schema)


#: About how many rows are in memory at once, with all their words.
_AT_ONCE: Final = 1 << 14
_TOLD: Final = ["created_at", "generator", "labels", "quality_flags", "redactions"]


def _steps(row_group: int) -> Callable[[pl.DataFrame], list[int]]:
    """Where rows may be parted: between row groups, so that the file has the same ones."""
    step = max(1, _AT_ONCE // row_group) * row_group
    return lambda assigned: list(range(step, len(assigned), step))


def _seen(frame: pl.DataFrame) -> dict[str, Any]:
    """Counts that the manifest states, taken from the finished rows."""
    counted = frame.select(**_COUNTED).row(0, named=True)
    return {name: sorted(map(_line, counted[name]), key=_ORDER.get(name, _nulls_first)) for name in _COUNTED}


def _tally(values: pl.Expr, *members: str) -> pl.Expr:
    """How often each value is there, or each combination of some members of structures: all in one row."""
    kind = pl.struct(values.struct.field(name) for name in members) if members else values
    return kind.alias("kind").value_counts(name="rows").implode()


_LABELS: Final = pl.col("labels").explode(empty_as_null=False)
_COUNTED: Final = {
    "years": _tally(pl.col("created_at").dt.year()),
    "generators": _tally(pl.col("generator").drop_nulls(), "model", "provider", "weights"),
    "labels": _tally(_LABELS.filter(_LABELS.struct.field("method").str.starts_with("codebook")), "name", "value"),
    "flags": _tally(pl.col("quality_flags").explode(empty_as_null=False)),
    "redactions": _tally(pl.col("redactions").explode(empty_as_null=False).struct.field("kind")),
}


def _line(counted: dict[str, Any]) -> list[Any]:
    kind = counted["kind"]
    return [*(kind.values() if isinstance(kind, dict) else (kind,)), counted["rows"]]


def _nulls_first(line: list[Any]) -> list[tuple[bool, Any]]:
    return [(value is not None, value) for value in line]


def _nulls_last(line: list[Any]) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in line]


_ORDER: Final = {"years": _nulls_last}


_CONVERSED: Final = ("id", "author", "text", "gist", "created_at", "generator", "platform", "title")
_CREDITED: Final = ("id", "author", "attribution", "creator_url", "rights_holder", "title", "url", "modified")


def write_conversations(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of whole conversations as messages; rows arrive sorted by conversation and position."""
    schema = arrow_schema("conversation")
    conversations = map(_conversed, _gathered(local, _CONVERSED, _conversation_steps(params["row_group"])))
    order = ("conversation_id",)
    part = write_canonical(conversations, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=order)
    return asdict(part)


def _conversed(rows: _Rows) -> pa.Table:
    """Conversations, from all posts of each, in order."""
    frame = rows.whole()
    content = pl.col("text").alias("content")
    message = pl.struct("id", "parent_id", "author", role().alias("role"), content, "gist", "created_at", "license")
    whole = frame.group_by("conversation_id", maintain_order=True).agg(
        platform=pl.col("platform").first(),
        title=pl.col("title").drop_nulls().first(),
        licenses=pl.col("license").filter(pl.col("release") == "published").unique().sort(),
        n_posts=pl.len().cast(pl.Int64),
        messages=message,
    )
    return _as_one(whole).to_arrow()


def _conversation_steps(row_group: int) -> Callable[[pl.DataFrame], list[int]]:
    """Where rows may be parted: before every `row_group`-th conversation."""

    def steps(assigned: pl.DataFrame) -> list[int]:
        begins = assigned["conversation_id"].is_first_distinct().arg_true()
        return begins.gather_every(row_group)[1:].to_list()

    return steps


def _as_one(whole: pl.DataFrame) -> pl.DataFrame:
    """Conversations with what holds for each as one document."""
    together = whole["licenses"].list.join("\n").unique().sort().to_list()
    as_one = pl.DataFrame([(key, *as_one_work(key.split("\n"))) for key in together], schema=_AS_ONE, orient="row")
    keyed = whole.with_columns(key=pl.col("licenses").list.join("\n"))
    return keyed.join(as_one, on="key", how="left", maintain_order="left").drop("key")


_AS_ONE: Final[dict[str, Any]] = {
    "key": pl.String,
    "license": pl.String,
    "license_class": pl.String,
    "adaptation_licenses": pl.List(pl.String),
}


def write_credits(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: one shard of credits, for the published rows whose licence asks for them."""
    addresses = pl.DataFrame(params["addresses"], schema={"license": pl.String, "license_url": pl.String}, orient="row")
    changed = pl.col("modified") | (pl.col("merged_from").list.len() > 0)
    schema, lacks = arrow_schema("credit"), Counter[str]()

    def credited(rows: _Rows) -> pa.Table:
        found = rows.whole().join(addresses, on="license", how="left", maintain_order="left").select(
            "id",
            creator=pl.coalesce("author", "rights_holder"),
            creator_url="creator_url",
            title="title",
            source_url="url",
            license="license",
            license_url="license_url",
            modified=changed,
            also="also",
            notice=ready(changed),
        )
        lacks.update(lacking(found))
        return found.to_arrow()

    rows = map(credited, _gathered(local, _CREDITED, _steps(params["row_group"])))
    part = write_canonical(rows, folder / FILE, schema=schema, row_group=params["row_group"], sorted_by=("id",))
    return {**asdict(part), "lacks": dict(sorted(lacks.items()))}


def _gathered(
    local: dict[str, Any], columns: Collection[str], steps: Callable[[pl.DataFrame], list[int]]
) -> Iterator[_Rows]:
    """The drafts that an assignment names, in its order and some at once, with what the exchange decided about them.

    `columns` are the columns of rows that are wanted, `steps` says at which rows of the assignment they are parted.
    """
    path = Path(local["assigned"])
    wanted = {source for name in columns for source in _DECIDED_FROM.get(name, (name,))}
    asked = [name for name in DRAFT.names if name in wanted and name not in _TOLD_BY_EXCHANGE]
    ends = _ends(path, steps)
    for start, stop in pairwise([0, *(ends[number] for number in _turns(ends))]):
        assigned = _frame(taken(path, rows=pl.int_range(start, stop, eager=True).to_arrow()))
        held, places = _taken(assigned, asked, local["drafts"])
        for first, last in pairwise([0, *(end - start for end in ends if start < end <= stop)]):
            decided = [assigned[name][first:last] for name in _TOLD_BY_EXCHANGE]
            yield _decided(in_order(held, places[first:last]), decided, columns)
        del assigned, held, places  # before others are read


def _ends(path: Path, steps: Callable[[pl.DataFrame], list[int]]) -> list[int]:
    """Rows of an assignment at which they are parted, and its end."""
    order = _frame(taken(path, ["conversation_id"]))
    return [*steps(order), len(order)]


#: About how many drafts are held at once: the more, the more memory, and the less often each file is opened.
_HELD: Final = 1 << 15


def _turns(ends: Sequence[int]) -> Iterator[int]:
    """Numbers of the steps after which other drafts are fetched; the last one always is among them."""
    since = 0
    for number, end in enumerate(ends):
        following = ends[number + 1] if number + 1 < len(ends) else None
        if following is None or following - since > _HELD:
            yield number
            since = end


def _taken(assigned: pl.DataFrame, columns: Sequence[str], drafts: Sequence[str]) -> tuple[pa.Table, Numbers]:
    """Some columns of the drafts that are assigned, in order of the files, and the places of those assigned in it.

    `drafts` are the files of the tasks. Arrow brings rows into another order five times as fast as polars here, which
    looks for each text among the buffers of all files.
    """
    task, draft = (assigned[name].to_numpy() for name in ("task", "draft"))
    order, back = ordered(task, draft)
    parts = [
        taken(Path(drafts[number]), columns, as_column(draft[order[mine]])) for number, mine in stretches(task[order])
    ]
    return pa.concat_tables(parts), back


@dataclass(frozen=True)
class _Rows:
    """Some rows: their drafts, and what of them is decided or serves to decide it, which counts where both have it."""

    drafts: pa.Table
    decided: pl.DataFrame

    def whole(self) -> pl.DataFrame:
        """All of it in one frame."""
        more = [name for name in self.drafts.column_names if name not in self.decided.columns]
        return _frame(self.drafts.select(more)).hstack(self.decided.get_columns()) if more else self.decided


def _decided(drafts: pa.Table, assigned: list[pl.Series], columns: Collection[str]) -> _Rows:
    """Drafts with what the exchange decided about them, as far as `columns` need it."""
    release = assigned[_TOLD_BY_EXCHANGE.index("release")]
    hidden = {} if (release == "published").all() else withholding()
    named, then = ({name: one for name, one in some.items() if name in columns} for some in (_NAMED, hidden))
    asked = {name for one in chain(named.values(), then.values()) for name in one.meta.root_names()}
    asked |= _ADDED_TO.intersection(columns)
    frame = _frame(drafts.select([name for name in drafts.column_names if name in asked])).hstack(assigned)
    flags = [with_more(frame["quality_flags"], frame["flags"])] if "quality_flags" in columns else []
    return _Rows(drafts, frame.with_columns(*flags, **named).with_columns(**then))


_SAID: Final = pl.concat_str(["attribution", "also"], separator="; ", ignore_nulls=True)
#: Who is named in a row, and how, when it is decided whose licence asks for it.
_NAMED: Final[dict[str, pl.Expr]] = {
    "author": pl.when("credit").then("creator").otherwise("alias"),
    "attribution": pl.when(_SAID != "").then(_SAID),
}
#: Columns to which something is added that only the exchange could tell.
_ADDED_TO: Final = frozenset({"quality_flags", "modified"})


#: Column of a row -> columns of its draft that it is decided from; any other is taken as it is.
_DECIDED_FROM: Final[dict[str, tuple[str, ...]]] = {
    "author": ("creator", "alias"),
    **{name: (name, as_read) for name, as_read in AS_READ.items()},
}


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame
