"""Plain messages of Gitter as posts in columns, many at once; `gitter` has the last word on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from .base import no_posts
from .cells import many_cells
from .typed import BLANK_ENDS, NO_TEXT, at_isos, made_of, short, stripped

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow as pa

    from .cells import Layout

#: What such tables do not tell of a program.
UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)
_HEX_ID: Final = "^[0-9a-f]{24}$"
_ROOM: Final = "^[A-Za-z0-9_.-]{1,100}(?:/[A-Za-z0-9_.-]{1,100}){0,3}$"


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over the columns of the table, and where they are sure."""
    room, user, user_id, id_, text = (pl.col(name) for name in ("room", "user", "user_id", "id", "text"))
    undisclosed = pl.struct([pl.lit(value).alias(key) for key, value in UNDISCLOSED.items()])
    fields = {
        "native_id": id_,
        "parent_state": pl.lit("unknown"),
        "kind": pl.lit("post"),
        "text": text,
        "markup": pl.lit("markdown"),
        "created_at": pl.col("moment"),
        "author": pl.struct(name=user, id=user_id, url=NO_TEXT),
        "url": pl.when(room.str.contains(_ROOM)).then(pl.lit("https://gitter.im/") + room + "?at=" + id_),
        "generator": pl.when("bot").then(undisclosed),
    }
    sure = [
        pl.col("moment").is_not_null(),
        id_.str.contains(_HEX_ID),
        stripped(text) != "",
        *((name != "") & ~name.str.contains(BLANK_ENDS) & short(name) for name in (user, user_id)),
    ]
    return fields, sure


_FIELDS: Final = _fields()


def plain_posts(rows: list[bytes], indexes: list[int], layout: Layout, bots: Collection[str]) -> pa.Table:
    """The plain ones of many rows as posts in columns; `bots` are the names of programs."""
    width = len(layout.columns)
    known = [(at, cells) for at, cells in zip(indexes, many_cells(rows, layout), strict=True) if _is_row(cells, width)]
    if not known:
        return no_posts()
    columns = zip(*(cells or () for _, cells in known), strict=True)
    frame = pl.DataFrame(
        {name: pl.Series(column, dtype=pl.String) for name, column in zip(layout.columns, columns, strict=True)}
    )
    frame = frame.with_columns(moment=at_isos(frame["sent"]), bot=pl.col("user").is_in(list(bots)))
    return made_of(frame, *_FIELDS, [at for at, _ in known])


def _is_row(cells: Sequence[str] | None, width: int) -> bool:
    return cells is not None and len(cells) == width
