"""Plain turns of conversations with models as posts, many at once; `chat` has the last word on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import polars as pl

from .base import no_posts
from .typed import NO_TEXT, filled, made_of, members

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


class Hint(msgspec.Struct, frozen=True, gc=False):
    """The row of a turn, its number in it, that of the turn before it, the model, and who is meant if no role says.

    `clean` if no key stands twice anywhere in the row; then `said` may have a turn that is surely a post.
    """

    row: str
    number: int
    before: int | None
    model: str | None
    role: str | None = None
    clean: bool = False
    said: PlainTurn | None = None


_ROW_COLUMNS: Final[dict[str, Any]] = {"row": pl.String, "number": pl.Int64, "before": pl.Int64, "model": pl.String}
_TURN_COLUMNS: Final = dict.fromkeys(("role", "sender", "content", "value", "name"), pl.String)


def _fields() -> dict[str, pl.Expr]:
    """The fields of posts as expressions over the columns of rows and turns."""
    row, before = pl.col("row"), pl.col("before")
    sender = filled("role", "sender")
    first = before.is_null()
    roles = [name for name, role in ROLES.items() if role != "assistant"]
    undisclosed = [pl.lit(value).alias(key) for key, value in UNDISCLOSED.items()]
    model = pl.coalesce(filled("model"), pl.when(~sender.is_in(list(ROLES))).then(sender), pl.lit("undisclosed"))
    return {
        "native_id": row + "#" + pl.col("number").cast(pl.String),
        "conversation": row,
        "parent": row + "#" + before.cast(pl.String),
        "parent_state": pl.when(first).then(pl.lit("root")),
        "kind": pl.when(first).then(pl.lit("post")).otherwise(pl.lit("reply")),
        "author": pl.struct(name=pl.coalesce(filled("name"), sender), id=NO_TEXT, url=NO_TEXT),
        "text": filled("content", "value"),
        "markup": pl.lit("plain"),
        "generator": pl.when(~sender.is_in(roles)).then(pl.struct([model.alias("model"), *undisclosed])),
    }


_FIELDS: Final = _fields()


def bulk(_records: list[bytes], indexes: list[int], _context: Any, hints: list[Hint | None]) -> pa.Table:
    """Turns of plain rows as posts in columns."""
    known = [(at, hint, hint.said) for at, hint in zip(indexes, hints, strict=True) if hint and hint.said]
    if not known:
        return no_posts()
    records, heard, said = (list(column) for column in zip(*known, strict=True))
    frame = members(heard, _ROW_COLUMNS).hstack(members(said, _TURN_COLUMNS))
    return made_of(frame, _FIELDS, [], records)
