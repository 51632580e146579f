"""Plain messages of IRC logs as posts, many at once; `irc` has the last word on each."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from .base import no_posts
from .fields import FIRST_SECOND, LAST_SECOND
from .moments import offset_of
from .typed import NO_TEXT, WORDS, at_seconds, made_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from .irc import Context

    Numbers = NDArray[np.int64]

_DAY: Final = 86_400
#: A message at an hour that there is, by somebody whose nickname is plain.
_SAID: Final = (
    r"(?s)^\[(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9])(?::(?<second>[0-5][0-9]))?\] "
    r"<(?<nick>[!-;=?-~]{1,64})> (?<words>[^\x00]*)$"
)


def plain_posts(data: Any, records: tuple[Numbers, Numbers, Numbers], context: Context, log: str) -> pa.Table:
    """The plain ones of many lines of a log as posts in columns.

    `records` are their offsets, lengths and indexes; `log` is what ids begin with.
    """
    zone = offset_of(context.zone)
    if zone is None:
        return no_posts()
    at, lengths, indexes = records
    spans = zip(at.tolist(), lengths.tolist(), strict=True)
    lines = _texts([bytes(data[begin : begin + size]) for begin, size in spans])
    frame = lines.str.extract_groups(_SAID).struct.unnest().with_columns(
        at=at,
        day=np.searchsorted(np.array(context.days, np.int64), at, side="right"),
        linked=np.isin(at, np.fromiter(context.answers, np.int64, len(context.answers))),
    )
    fields = {
        "native_id": pl.lit(f"{log}@") + pl.col("at").cast(pl.String),
        "parent_state": pl.lit("unknown"),
        "kind": pl.lit("post"),
        "author": pl.struct(name=pl.col("nick"), id=NO_TEXT, url=NO_TEXT),
        "text": pl.col("words"),
        "markup": pl.lit("plain"),
    }
    sure = [pl.col("words").str.contains(WORDS), ~pl.col("linked"), ~pl.col("nick").is_in(sorted(context.bots))]
    if context.first:
        seconds = _seconds(datetime.combine(context.first, time(), zone))
        fields["created_at"] = at_seconds(seconds)
        sure.append(seconds.is_between(FIRST_SECOND, LAST_SECOND))
    return made_of(frame, fields, sure, indexes.tolist())


def _seconds(begun: datetime) -> pl.Expr:
    """Seconds from 1970 to a clock on a day, where the first day begins at `begun`."""
    hour, minute, second = (pl.col(name).cast(pl.Int64) for name in ("hour", "minute", "second"))
    clock = hour * 3600 + minute * 60 + second.fill_null(0)
    return int(begun.timestamp()) + pl.col("day").cast(pl.Int64) * _DAY + clock


def _texts(lines: Sequence[bytes]) -> pl.Series:
    """Lines as text, null for those that are not in UTF-8."""
    try:
        return pl.Series(lines, dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series([_text(line) for line in lines], dtype=pl.String)


def _text(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
