"""The contract of a record, asked of whole columns: which rows certainly keep it.

The judge (`judge.py`) has the last word on every record, one at a time. Nearly all records are plain, and for those
the same keywords of the same schema are read here as expressions over columns, some ten times faster. The answer is
one-sided: a row that passes keeps the schema; one that does not is for the judge to decide about. A keyword that is not
known here lets no row pass, so a schema can grow without anything slipping through.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .declare import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

Schema = dict[str, Any]

#: Addresses of the plainest kind; whatever else is a URI, the judge finds out.
_PLAIN_URI: Final = (
    r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?"
    r"(\?[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?(#[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?$"
)
_TIME: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
_NEVER: Final = pl.lit(value=False)


def _pattern(value: pl.Expr, wanted: str, _declared: Schema) -> pl.Expr:
    # In the schema `$` is the end of the text; here a line feed before the end would pass for it.
    return value.str.contains(wanted) & ~value.str.ends_with("\n")


def _format(value: pl.Expr, wanted: str, _declared: Schema) -> pl.Expr:
    if wanted == "uri":
        return value.str.contains(_PLAIN_URI) & ~value.str.ends_with("\n")
    if wanted == "date-time":
        day = value.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        return value.str.contains(_TIME) & ~value.str.ends_with("\n") & day.is_not_null()
    return _NEVER


def _unique(value: pl.Expr, wanted: bool, _declared: Schema) -> pl.Expr:  # noqa: FBT001  (the keyword's own value)
    return value.list.n_unique() == value.list.len() if wanted else pl.lit(value=True)


def _items(value: pl.Expr, wanted: Schema, _declared: Schema) -> pl.Expr:
    if not _asks(wanted):
        return pl.lit(value=True)
    return value.list.eval(_keeps(pl.element(), wanted).fill_null(value=False)).list.all()


def _properties(value: pl.Expr, wanted: dict[str, Schema], declared: Schema) -> pl.Expr:
    required = declared.get("required", ())
    return _all(_member(value.struct.field(name), child, needed=name in required) for name, child in wanted.items())


def _member(value: pl.Expr, declared: Schema, *, needed: bool) -> pl.Expr:
    """A member that may be absent, which columns cannot tell from null: a null passes where absence would."""
    nullable = "null" in declared.get("type", ()) or not needed
    kept = _keeps(value, declared)
    return value.is_null() | kept if nullable else value.is_not_null() & kept


#: Keyword -> the expression that is true where a value certainly keeps it. Types are those of the columns.
_KEYWORDS: Final[dict[str, Callable[[pl.Expr, Any, Schema], pl.Expr]]] = {
    "pattern": _pattern,
    "format": _format,
    "enum": lambda value, wanted, _: value.is_in(wanted),
    "minLength": lambda value, wanted, _: value.str.len_chars() >= wanted,
    "maxLength": lambda value, wanted, _: value.str.len_chars() <= wanted,
    "minItems": lambda value, wanted, _: value.list.len() >= wanted,
    "maxItems": lambda value, wanted, _: value.list.len() <= wanted,
    "uniqueItems": _unique,
    "items": _items,
    "properties": _properties,
}
#: Keywords that say nothing about a value whose type and keys are already those of the columns.
_SETTLED: Final = frozenset({"type", "description", "title", "additionalProperties", "required", "$schema", "$id"})


def _asks(declared: Schema) -> bool:
    return any(keyword not in _SETTLED for keyword in declared)


def _keeps(value: pl.Expr, declared: Schema) -> pl.Expr:
    """Whether a value that is there keeps `declared`."""
    asked = ((keyword, wanted) for keyword, wanted in declared.items() if keyword not in _SETTLED)
    return _all(
        _KEYWORDS[keyword](value, wanted, declared) if keyword in _KEYWORDS else _NEVER for keyword, wanted in asked
    )


def _all(asked: Iterator[pl.Expr]) -> pl.Expr:
    return reduce(lambda one, other: one & other, asked, pl.lit(value=True))


@cache
def _asked(name: str) -> tuple[tuple[str, pl.Expr], ...]:
    declared = schema(name)
    required = declared.get("required", ())
    return tuple(
        (key, _member(pl.col(key), child, needed=key in required)) for key, child in declared["properties"].items()
    )


def certain(table: pa.Table, name: str) -> pl.Series:
    """Which rows of `table` certainly keep schema `name`: booleans, one a row.

    Columns are the properties of the schema; one that is missing counts as null. Times are text, as records have them.
    """
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    present = {key for key, kind in frame.schema.items() if kind != pl.Null and frame[key].null_count() < len(frame)}
    needed = set(schema(name).get("required", ())) - present
    asked = (expression.fill_null(value=False) for key, expression in _asked(name) if key in present)
    kept = frame.select(kept=_all(asked) if not needed else _NEVER)["kept"]
    return kept if len(kept) == len(frame) else pl.repeat(kept[0], len(frame), dtype=pl.Boolean, eager=True)
