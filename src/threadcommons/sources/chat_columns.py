"""Plain turns of conversations with models as posts, many at once; `chat` has the last word on each.

A row is plain if it has one list of turns whose words are one text each. The turns of all plain rows of a block are put
into columns when it is cut: where they stand, what they say, and which turn each of them answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, overload

import msgspec
import numpy as np
import polars as pl

from ..digest import sha256
from .base import no_posts
from .documents import Known
from .hints import Hints
from .typed import NO_TEXT, filled, made_of, members, stripped, typed, worth_compiling

if TYPE_CHECKING:
    import pyarrow as pa

#: Senders by the names that formats give them; others are models.
ROLES: Final = {
    "human": "user", "user": "user", "system": "system", "developer": "system", "assistant": "assistant",
    "gpt": "assistant", "tool": None, "function": None, "function_call": None, "observation": None,
}  # fmt: skip
NOBODY: Final = frozenset(name for name, role in ROLES.items() if role is None)
#: What such rows never tell of a model.
UNDISCLOSED: Final = dict.fromkeys(("provider", "weights", "routing", "interventions", "access"), "undisclosed")


class PlainTurn(msgspec.Struct, gc=False):
    """A turn whose words are one text."""

    role: str | None = None
    sender: str | None = msgspec.field(default=None, name="from")
    content: str | None = None
    value: str | None = None
    name: str | None = None


class PlainRow(msgspec.Struct, gc=False):
    """A row with one list of turns, as nearly all are."""

    id: str | int | None = None
    model: str | None = None
    messages: list[PlainTurn] | None = None
    conversations: list[PlainTurn] | None = None
    conversation: None = None
    items: None = None
    prompt: None = None
    completion: None = None
    chosen: None = None
    rejected: None = None


class Hint(msgspec.Struct, frozen=True, gc=False):
    """The row of a turn, its number in it, that of the turn before it, the model, and who is meant if no role says.

    `clean` if no key stands twice anywhere in the row.
    """

    row: str
    number: int
    before: int | None
    model: str | None
    role: str | None = None
    clean: bool = False


def key_of(id_: str | int | None, row: bytes | memoryview) -> str:
    """What a row is called: by its id, or by the digest of its bytes."""
    return (str(id_) if id_ is not None else sha256(bytes(row))[:16]).replace(" ", "_")


# --- Plain rows in columns ---

_PLAIN_ROW: Final = msgspec.json.Decoder(PlainRow)
_TURN_COLUMNS: Final[dict[str, Any]] = dict.fromkeys(("role", "sender", "content", "value", "name"), pl.String)
_SENDER, _WORDS = filled("role", "sender"), filled("content", "value")
#: A sender without a name is one, whatever becomes of the turn.
_SOMEBODY: Final = ~pl.coalesce(_SENDER, "sender").is_in(list(NOBODY))
_IS_HEARD: Final = (_SOMEBODY & (stripped(_WORDS) != "")).fill_null(value=False)


@dataclass(frozen=True)
class Turns(Sequence[Hint]):
    """The turns of plain rows in columns, one a row: `row`, `number`, `before`, `model`, `heard`, and what is said."""

    table: pl.DataFrame

    def __len__(self) -> int:
        return self.table.height

    @overload
    def __getitem__(self, index: int) -> Hint: ...
    @overload
    def __getitem__(self, index: slice) -> Turns: ...
    def __getitem__(self, index: int | slice) -> Hint | Turns:
        if isinstance(index, slice):
            return Turns(self.table[index])
        row, number, before, model = self.table.select("row", "number", "before", "model").row(index)
        return Hint(row, number, before, model, clean=True)


def plain_turns(lines: list[bytes]) -> Known | None:
    """The turns of plain rows; None where there is too little to load compiled code for."""
    if not worth_compiling(sum(map(len, lines))):
        return None
    from .json_sound import listed  # compiled code that only those load who read much

    found = listed(lines, (b"messages",), (b"conversations",))
    rows = typed(lines, _PLAIN_ROW.decode)
    said = [_turns(row) for row in rows]
    counts = np.fromiter(map(len, said), np.int64, len(said))
    plain = found.sound & (counts > 0) & (counts == found.counts)
    mine = np.repeat(plain, found.counts)
    known = np.flatnonzero(plain).tolist()
    table = _table(
        [key_of(rows[at].id, lines[at]) for at in known], [rows[at].model for at in known], [said[at] for at in known]
    )
    return Known(np.where(plain, counts, -1), found.offsets[mine], found.lengths[mine], Turns(table))


def _turns(row: PlainRow | None) -> list[PlainTurn]:
    """The turns of the one list that a row has; none of a row with two."""
    if row is None or (row.messages and row.conversations):
        return []
    return row.messages or row.conversations or []


def _table(keys: list[str], models: list[str | None], said: list[list[PlainTurn]]) -> pl.DataFrame:
    """Turns in columns, given the keys and models of their rows, and the turns of each."""
    counts = np.fromiter(map(len, said), np.int64, len(said))
    ends = counts.cumsum()
    begins = np.repeat(ends - counts, counts)
    places = np.arange(len(begins))
    turns = members(list(chain.from_iterable(said)), _TURN_COLUMNS)
    heard = turns.select(heard=_IS_HEARD)["heard"]
    # The last turn before each that is heard, if it stands in the same row.
    last = np.maximum.accumulate(np.where(heard.to_numpy(), places, -1))
    before = np.concatenate([[-1], last])[:-1] - begins
    rows = pl.DataFrame({"row": pl.Series(keys, dtype=pl.String), "model": pl.Series(models, dtype=pl.String)})
    numbers = pl.DataFrame({"heard": heard, "number": places - begins, "before": before})
    found = rows[np.repeat(np.arange(len(keys)), counts)].hstack(numbers).hstack(turns)
    return found.with_columns(before=pl.when(pl.col("before") >= 0).then("before"))


# --- Turns to posts ---


def _fields() -> dict[str, pl.Expr]:
    """The fields of posts as expressions over the columns of turns."""
    row, before = pl.col("row"), pl.col("before")
    first = before.is_null()
    roles = [name for name, role in ROLES.items() if role != "assistant"]
    undisclosed = [pl.lit(value).alias(key) for key, value in UNDISCLOSED.items()]
    model = pl.coalesce(filled("model"), pl.when(~_SENDER.is_in(list(ROLES))).then(_SENDER), pl.lit("undisclosed"))
    return {
        "native_id": row + "#" + pl.col("number").cast(pl.String),
        "conversation": row,
        "parent": row + "#" + before.cast(pl.String),
        "parent_state": pl.when(first).then(pl.lit("root")),
        "kind": pl.when(first).then(pl.lit("post")).otherwise(pl.lit("reply")),
        "author": pl.struct(name=pl.coalesce(filled("name"), _SENDER), id=NO_TEXT, url=NO_TEXT),
        "text": _WORDS,
        "markup": pl.lit("plain"),
        "generator": pl.when(~_SENDER.is_in(roles)).then(pl.struct([model.alias("model"), *undisclosed])),
    }


_FIELDS: Final = _fields()


def bulk(_records: list[bytes], indexes: list[int], _context: Any, hints: Sequence[Any]) -> pa.Table:
    """Turns of plain rows as posts in columns."""
    if not isinstance(hints, Hints) or not isinstance(hints.known, Turns):
        return no_posts()
    places = hints.places
    known = places >= 0
    table = _some(hints.known.table, places[known])
    heard = table["heard"].to_numpy()
    return made_of(_some(table, np.flatnonzero(heard)), _FIELDS, [], np.asarray(indexes, np.int64)[known][heard])


def _some(table: pl.DataFrame, rows: np.ndarray) -> pl.DataFrame:
    """Some rows of a table, in ascending order; those that follow each other are not copied."""
    first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (0, -1)
    return table.slice(first, len(rows)) if last - first + 1 == len(rows) else table[rows]
