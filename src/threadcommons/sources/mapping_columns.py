"""The rules of a mapping, asked of many records at once.

`mapping.py` has the last word on every record. Nearly all records are plain, and for those the same rules are read here
as expressions over columns, several times faster. The answer is one-sided: a row that is sure comes out as the other
way would bring it; whatever needs a second look (a cell with blanks around it, a time in a rare spelling, a record that
is left out) is not sure, and is mapped by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .mapping import ADDRESSES, IDS, LEFT_OUT, MACHINE, PLAIN, PUBLIC, TIMES, UNDISCLOSED, UNTOLD, columns_of, pieces_of
from .typed import BLANK_ENDS, LONGEST, WORDS, sure_posts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_SURE: Final = pl.lit(value=True)
_NO_TEXT: Final = pl.lit(None, pl.String)
_TIME: Final = pl.Datetime("us", "UTC")
_NOT_ASCII: Final = r"[^\x00-\x7f]"
_UNRESERVED: Final = r"^[A-Za-z0-9_.~-]*$"
_PLAIN_ADDRESS: Final = r"^https?://[!-~]{1,2000}$"
#: Whole numbers of this era by unit: how many digits they have at most, and how many microseconds one of them is.
_EPOCHS: Final = {"s": (10, 1_000_000), "ms": (13, 1_000), "us": (16, 1)}
_BY_SIZE: Final = {"s": (1, 10), "ms": (12, 13), "us": (15, 16)}
_ISO: Final = r"^([12][0-9]{3}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-5][0-9]:[0-5][0-9])(\.[0-9]{1,6})?(Z|\+00:00)?$"


@dataclass(frozen=True)
class _Value:
    """An expression, and where it is surely what the rule gives."""

    of: pl.Expr
    sure: pl.Expr = _SURE


@dataclass(frozen=True)
class Columns:
    """A mapping as expressions over columns of text: the fields of a post, and which rows are sure."""

    fields: Mapping[str, pl.Expr]
    sure: pl.Expr
    needed: tuple[str, ...] = field(default=())

    def posts(self, values: Mapping[str, Sequence[str | None]], records: Sequence[int]) -> pa.Table:
        """The sure ones among some records, as columns of `POSTS`; `values` are those of the columns needed.

        An empty text is nothing there, as None is.
        """
        frame = pl.DataFrame({name: pl.Series(values[name], dtype=pl.String) for name in self.needed})
        frame = frame.with_columns(pl.when(pl.col(name) != "").then(name) for name in self.needed)
        made = frame.select(
            **self.fields, sure=self.sure.fill_null(value=False), record=pl.Series(records, dtype=pl.Int64)
        )
        return sure_posts(made)


def in_columns(rules: Mapping[str, Any]) -> Columns | None:
    """Sound rules as expressions; None where records have to be looked at one by one anyway."""
    if rules.get("markup") == "html" or rules.get("unescape"):
        return None
    asked = _Asked(tuple(rules.get("nulls", ())), rules.get("id_prefix", ""))
    text = asked.value("text", rules["text"])
    values = {key: asked.value(key, rules[key]) for key in (*IDS, *PLAIN, "kind") if key in rules}
    values |= {key: _time(_told(asked.value(key, rules[key]), key), rules[key]) for key in TIMES if key in rules}
    values |= {"url": _address(asked.value("url", rules["url"]))} if "url" in rules else {}
    values |= {"lang": _language(asked.value("lang", rules["lang"]))} if "lang" in rules else {}
    values |= {"author": _author(asked, rules)} if "author" in rules or "author_id" in rules else {}
    values |= {"labels": _labels(asked, rules["label"])} if "label" in rules else {}
    values |= {"media": _media(asked, rules["media"])} if "media" in rules else {}
    values |= {"generator": _generator(asked, rules[MACHINE])} if MACHINE in rules else {}
    sure = [text.sure, text.of.str.contains(WORDS), *(value.sure for value in values.values()), *_read(asked, rules)]
    fields = {key: value.of for key, value in values.items()}
    parent = fields.get("parent", _NO_TEXT)
    derived = pl.when(parent.is_not_null()).then(pl.lit("reply")).otherwise(pl.lit("post"))
    fields |= {
        "text": text.of,
        "markup": pl.lit(rules.get("markup", "plain")),
        "kind": pl.coalesce(fields["kind"], derived) if "kind" in fields else derived,
        "parent_state": pl.when(parent.is_null()).then(pl.lit("root" if "parent" in rules else "unknown")),
    }
    return Columns(fields, reduce(and_, sure), tuple(columns_of(rules)))


@dataclass(frozen=True)
class _Asked:
    """What every rule needs to know: which texts mean nothing, and the prefix of ids."""

    nothing: tuple[str, ...]
    prefix: str

    def value(self, key: str, rule: Any) -> _Value:
        """The value of a rule as text, null where there is none."""
        rule = {"column": rule} if isinstance(rule, str) else rule
        if "constant" in rule:
            found = _Value(pl.lit(rule["constant"] or None, pl.String))
        elif "template" in rule:
            found = self._template(key, rule["template"])
        else:
            found = _Value(self._column(rule))
        return _Value(self.prefix + found.of, found.sure) if key in IDS and self.prefix else found

    def _column(self, rule: Mapping[str, Any]) -> pl.Expr:
        value = pl.col(rule["column"])
        if self.nothing:
            value = pl.when(~value.is_in(self.nothing)).then(value)
        other = {pair["from"]: pair["to"] for pair in rule.get("values", ())}
        return value.replace(other) if other else value

    def _template(self, key: str, template: str) -> _Value:
        pieces = pieces_of(template)
        columns = [self._column({"column": name}) for _, name in pieces if name]
        parts = [
            part
            for literal, name in pieces
            for part in (pl.lit(literal), self._column({"column": name}) if name else None)
        ]
        filled = pl.concat_str([part for part in parts if part is not None])
        escaped = [column.str.contains(_UNRESERVED).fill_null(value=True) for column in columns if key in ADDRESSES]
        return _Value(filled, reduce(and_, escaped, _SURE))

    def meets(self, condition: Mapping[str, Any]) -> _Value:
        """Whether a condition holds. Letters beyond ASCII have cases of their own, so they are not sure."""
        value = self._column(condition)
        if "filled" in condition:
            return _Value(value.is_not_null() if condition["filled"] else value.is_null())
        listed = [one.casefold() for one in condition.get("is", condition.get("is_not", ()))]
        found = value.fill_null("").str.to_lowercase().is_in(listed)
        sure = ~value.fill_null("").str.contains(_NOT_ASCII)
        return _Value(found if "is" in condition else ~found, sure)


def _read(asked: _Asked, rules: Mapping[str, Any]) -> list[pl.Expr]:
    """Where a record is surely not left out."""
    met = [asked.meets(condition) for key in LEFT_OUT for condition in rules.get(key, ())]
    sure = [value.sure & ~value.of for value in met]
    if PUBLIC in rules:
        public = [asked.meets(condition) for condition in rules[PUBLIC]]
        sure += [pl.any_horizontal([value.of for value in public]), *(value.sure for value in public)]
    return sure


# --- Fields ---


def _told(value: _Value, key: str) -> _Value:
    """A time without what stands in a column of edits where none is told."""
    return _Value(pl.when(~value.of.is_in(UNTOLD)).then(value.of), value.sure) if key == "edited_at" else value


def _time(value: _Value, rule: Any) -> _Value:
    """Times as whole numbers without a zero before them, and as ISO 8601 in UTC; the others are not sure."""
    rule = {} if isinstance(rule, str) else rule
    text, unit, moments = value.of, rule.get("unit"), []
    for name, (most, factor) in _EPOCHS.items():
        if unit in (name, "by-size"):
            least, most_ = _BY_SIZE[name] if unit == "by-size" else (1, most)
            whole = text.str.contains(rf"^[1-9][0-9]{{{least - 1},{most_ - 1}}}$")
            number = pl.when(whole).then(text).cast(pl.Int64, strict=False) * factor
            moments.append(pl.from_epoch(number, time_unit="us").dt.replace_time_zone("UTC").cast(_TIME))
    if rule.get("formats", ["iso"])[0] == "iso":
        zoned = text.str.extract(_ISO, 4).is_not_null() if rule.get("zone") not in ("UTC", "Z", "GMT") else _SURE
        plain = pl.when(text.str.contains(_ISO) & zoned).then(
            pl.concat_str(
                [
                    text.str.extract(_ISO, 1), pl.lit("T"), text.str.extract(_ISO, 2),
                    (text.str.extract(_ISO, 3).fill_null(".") + pl.lit("000000")).str.slice(0, 7),
                ]
            )
        )  # fmt: skip
        read = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", strict=False, time_unit="us")
        moments.append(read.dt.replace_time_zone("UTC"))
    if not moments:
        return _Value(pl.lit(None, _TIME), text.is_null())
    found = pl.coalesce(moments)
    return _Value(found, value.sure & (text.is_null() | found.is_not_null()))


def _address(value: _Value) -> _Value:
    return _Value(value.of, value.sure & value.of.str.contains(_PLAIN_ADDRESS).fill_null(value=True))


def _language(value: _Value) -> _Value:
    return _Value(value.of.str.extract(r"^([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?$", 1).str.to_lowercase(), value.sure)


def _author(asked: _Asked, rules: Mapping[str, Any]) -> _Value:
    name, id_, url = (
        asked.value(key, rules[key]) if key in rules else _Value(_NO_TEXT)
        for key in ("author", "author_id", "author_url")
    )
    url = _address(url)
    plain = [
        (~value.of.str.contains(BLANK_ENDS) & (value.of.str.len_chars() <= LONGEST)).fill_null(value=True)
        for value in (name, id_)
    ]
    shown = pl.coalesce(name.of, id_.of)
    made = pl.when(shown.is_not_null()).then(pl.struct(name=shown, id=id_.of, url=url.of))
    return _Value(made, reduce(and_, [name.sure, id_.sure, url.sure, *plain]))


def _labels(asked: _Asked, rules: Sequence[Mapping[str, str]]) -> _Value:
    made, sure = [], []
    for rule in rules:
        value = asked.value("", rule["column"])
        named = {
            "name": rule["name"],
            "annotator": rule.get("annotator", "export"),
            "method": rule.get("method", "column"),
        }
        parts = {key: pl.lit(text) for key, text in named.items()}
        one = pl.struct(name=parts["name"], value=value.of, annotator=parts["annotator"], method=parts["method"])
        made.append(pl.when(value.of.is_not_null()).then(one))
        sure.append(value.sure & (value.of.str.len_chars() <= LONGEST).fill_null(value=True))
    return _Value(_listed(made), reduce(and_, sure))


def _media(asked: _Asked, rules: Sequence[Mapping[str, str]]) -> _Value:
    made = []
    for rule in rules:
        url = asked.value("", rule["column"]).of
        alt = asked.value("", rule["alt"]).of if "alt" in rule else _NO_TEXT
        made.append(pl.when(url.is_not_null()).then(pl.struct(type=pl.lit(rule["type"]), url=url, alt=alt)))
    return _Value(_listed(made))


def _listed(items: Sequence[pl.Expr]) -> pl.Expr:
    """Items that are there as a list; null where there is none."""
    listed = pl.concat_list(items).list.drop_nulls()
    return pl.when(listed.list.len() > 0).then(listed)


def _generator(asked: _Asked, conditions: Sequence[Mapping[str, Any]]) -> _Value:
    met = [asked.meets(condition) for condition in conditions]
    undisclosed = pl.struct([pl.lit(value).alias(key) for key, value in UNDISCLOSED.items()])
    made = pl.when(pl.any_horizontal([value.of for value in met])).then(undisclosed)
    return _Value(made, reduce(and_, [value.sure for value in met]))
