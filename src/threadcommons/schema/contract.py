"""The table contract, derived from the row schema and checked with pandera on finished shards.

Frames are collected before they are checked: on a lazy frame pandera looks at column names and types and at
nothing else.

A rule is a name and a polars expression that is true for each row that keeps it. Rules on single columns come
from the same keywords that check a record, down into lists and structs; rules between columns stand in
`_row_rules`.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from .arrow import arrow_schema
from .declare import schema
from .judge import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl
    import pyarrow as pa

    from .pandera_alone import DataFrameSchema

    _Rule = tuple[str, str, pl.Expr]

#: How many rows a sentence names.
_NAMED: Final = 5

#: What follows the name of a list where a rule speaks of its items.
_ITEM: Final = "[]"

#: What names a row of each table; no two rows share it.
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "row": ("id",),
    "conversation": ("conversation_id",),
    "credit": ("id",),
    "evidence": ("id",),
    "ledger": ("source", "file", "offset"),
}


def contract_failures(table: pa.Table, name: str = "row", frame: pl.DataFrame | None = None) -> list[str]:
    """Sentences on all rows of `table` that break the contract of schema `name`; empty when it is kept.

    Each names the column, the rule, how many rows break it, and the first few of them. `frame` is the table as polars
    has it, for whoever has made that already.
    """
    misshapen = list(_shape(table.schema, arrow_schema(name)))
    if misshapen:
        return misshapen
    import polars as pl

    from .pandera_alone import SchemaErrors  # brings pandas too

    if frame is None:
        made = pl.from_arrow(table)
        assert isinstance(made, pl.DataFrame)  # noqa: S101  (a table is never a series)
        frame = made
    try:
        _contract(name).validate(frame, lazy=True)
    except SchemaErrors as failed:
        broken = [rule for rule, kept in _verdicts(name, frame).items() if not kept]
        return [_sentence(frame, name, rule) for rule in sorted(broken)] or [str(failed)]
    return []


def _shape(found: pa.Schema, declared: pa.Schema) -> Iterator[str]:
    """What is wrong with the columns themselves; nothing can be said of their values then."""
    for field in declared:
        if field.name not in found.names:
            yield f"column {field.name} is missing"
        elif found.names.count(field.name) > 1:
            yield f"column {field.name} stands there more than once"
        elif not found.field(field.name).type.equals(field.type):
            yield f"column {field.name} has type {found.field(field.name).type}; {field.type} is declared"
    yield from (f"column {name} is not declared" for name in found.names if name not in declared.names)
    if found.names != declared.names and sorted(found.names) == sorted(declared.names):
        yield "the columns do not stand in the declared order"


def _sentence(frame: pl.DataFrame, name: str, rule: str) -> str:
    """What one broken rule says. Counted here: pandera would list every row."""
    import polars as pl

    keys = [pl.col(column).cast(pl.String) for column in _KEYS.get(name, frame.columns[:1])]
    named = pl.concat_str(keys, separator=" ", ignore_nulls=True).alias("named")
    broken = frame.filter(~_rules(name)[rule]).select(named)["named"]
    more = "" if len(broken) <= _NAMED else ", ..."
    return f"{rule}; broken by {len(broken)} rows: {', '.join(broken.head(_NAMED))}{more}"


@cache
def _contract(name: str) -> DataFrameSchema:
    """All rules as one check: pandera goes over the frame three times for each that it is given.

    Names, types and order of columns are judged before (`_shape`); declared here too, each of them would be looked up
    and copied for every few rows that are checked, which took pandera half as long as to ask all rules.
    """
    from .pandera_alone import Check, DataFrameSchema

    return DataFrameSchema(checks=[Check(partial(_keeps, name), name=name, error="a rule is broken")])


def _keeps(name: str, data: Any) -> bool:
    """What pandera asks of the check: whether the frame keeps all rules."""
    return all(_verdicts(name, data.lazyframe.collect()).values())


def _verdicts(name: str, frame: pl.DataFrame) -> dict[str, bool]:
    """For each rule whether every row keeps it; all are looked at in one pass.

    What holds for items is not asked of lists that are empty in all rows: nothing there can break it.
    """
    return frame.select(_whether(name, _full(name, frame))).row(0, named=True)


def _full(name: str, frame: pl.DataFrame) -> frozenset[str]:
    """Columns of lists of which some has items."""
    import polars as pl

    lists = _lists(name)
    counted = frame.select(pl.col(lists).list.len().sum()).get_columns() if lists else []
    return frozenset(column.name for column in counted if column.item())


@cache
def _lists(name: str) -> list[str]:
    import pyarrow as pa

    return [field.name for field in arrow_schema(name) if pa.types.is_list(field.type)]


@cache
def _whether(name: str, full: frozenset[str]) -> list[pl.Expr]:
    """Whether every row keeps each rule, with those of items where lists are `full`.

    To put a hundred questions together takes as long as to ask them of a few rows.
    """
    idle = tuple(f"{column}{_ITEM}" for column in _lists(name) if column not in full)
    return [rule.all().alias(says) for says, rule in _rules(name).items() if not says.startswith(idle)]


@cache
def _rules(name: str) -> dict[str, pl.Expr]:
    """All rules of a table, by what they say. Where a rule can't tell, it is broken."""
    import polars as pl

    declared = schema(name)["properties"]
    rules = {
        f"{field.name}{at}: {says}": rule
        for field in arrow_schema(name)
        for at, says, rule in _value_rules(declared[field.name], pl.col(field.name), nullable=field.nullable)
    }
    if name in _KEYS:
        keys = _KEYS[name]
        rules[f"{', '.join(keys)}: must not repeat"] = pl.struct(keys).is_unique()
    rules |= _ACROSS[name]() if name in _ACROSS else {}
    return {says: rule.fill_null(value=False) for says, rule in rules.items()}


def _value_rules(node: dict[str, Any], value: pl.Expr, *, nullable: bool) -> Iterator[_Rule]:
    """Place below the column, words and expression of each rule of `node`. A null keeps all but the first."""
    import polars as pl

    if not nullable:
        yield "", "must not be null", value.is_not_null()
    for keyword, make in _KEYWORDS.items():
        if keyword in node:
            yield "", EXPECTED[keyword](node[keyword]), make(value, node[keyword]).fill_null(value=True)
    if "items" in node:
        for at, says, rule in _value_rules(node["items"], pl.element(), nullable=False):
            yield f"{_ITEM}{at}", says, value.list.eval(rule).list.all().fill_null(value=True)
    for key, child in node.get("properties", {}).items():
        optional = key not in node.get("required", ()) or "null" in child["type"]
        for at, says, rule in _value_rules(child, value.struct.field(key), nullable=optional):
            yield f".{key}{at}", says, value.is_null() | rule


_KEYWORDS: Final[dict[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "enum": lambda value, allowed: value.is_in([one for one in allowed if one is not None]),
    "minimum": lambda value, least: value >= least,
    "maximum": lambda value, most: value <= most,
    "minLength": lambda value, least: value.str.len_chars() >= least,
    "maxLength": lambda value, most: value.str.len_chars() <= most,
    "minItems": lambda value, least: value.list.len() >= least,
    "maxItems": lambda value, most: value.list.len() <= most,
    "uniqueItems": lambda value, _: value.list.n_unique() == value.list.len(),
    "pattern": lambda value, form: value.str.contains(form),
}


#: Columns that hold a stranger's words or names, which nobody may pass on without a licence.
_WORDS: Final = ("title", "author", "rights_holder", "attribution")
_WORD_LISTS: Final = ("links", "media", "quality_flags", "redactions")


#: Classes in which a licence may ask to share alike.
_SHARING: Final = ("reciprocal", "noncommercial", "noderivatives", "restricted", "unknown")


def _within(redactions: pl.Expr, text: pl.Expr) -> pl.Expr:
    """Whether every place ends where the text goes on, or at its end."""
    import polars as pl

    ends = redactions.list.eval(pl.element().struct.field("start") + pl.element().struct.field("length")).list.max()
    return ends.is_null() | (ends <= text.str.len_chars().cast(pl.Int64))


def _row_rules() -> dict[str, pl.Expr]:
    """Rules between columns: they make the licence columns mean what they say."""
    import polars as pl

    withheld, unlicensed = pl.col("release") == "withheld", pl.col("license") == "NOASSERTION"
    root, unknown = pl.col("parent_state") == "root", pl.col("license_class") == "unknown"
    untold = withheld | pl.col("text").is_null()
    words = {f"withheld means no {name}": ~withheld | pl.col(name).is_null() for name in _WORDS}
    lists = {f"withheld means no {name}": ~withheld | (pl.col(name).list.len() == 0) for name in _WORD_LISTS}
    return {
        **words,
        **lists,
        "withheld means no text": withheld == pl.col("text").is_null(),
        "published means licensed": withheld | ~(unlicensed | unknown),
        "published means with evidence": withheld | pl.col("license_evidence").is_not_null(),
        "no licence means unknown": ~unlicensed | unknown,
        "no basis means unknown": (pl.col("license_basis") != "none") | unknown,
        "reciprocal means share-alike": (pl.col("license_class") != "reciprocal") | pl.col("share_alike"),
        "root means no parent": ~root | pl.col("parent_id").is_null(),
        "redacted means modified": (pl.col("redactions").list.len() == 0) | pl.col("modified"),
        "merged means modified": (pl.col("merged_from").list.len() == 0) | pl.col("modified"),
        "share-alike means that the class says so": ~pl.col("share_alike") | pl.col("license_class").is_in(_SHARING),
        "n_chars is that of the text": untold | (pl.col("n_chars") == pl.col("text").str.len_chars()),
        "redactions lie within the text": untold | _within(pl.col("redactions"), pl.col("text")),
        "a parent is another post": pl.col("parent_id").is_null() | (pl.col("parent_id") != pl.col("id")),
    }


_ACROSS: Final[dict[str, Callable[[], dict[str, pl.Expr]]]] = {"row": _row_rules}
