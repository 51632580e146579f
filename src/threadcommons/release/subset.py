"""Which rows: a condition over the columns of `posts`, written like the WHERE of SQL.

    license_class = 'reciprocal' AND (lang IN ('de', 'en') OR title IS NOT NULL)

It is a language of our own and a small one, so that a condition means the same in every version of any library:
columns with one value are compared with constants by = <> != < <= > >=, IN, LIKE (% any characters, _ one) and
IS NULL, joined by AND, OR, NOT and parentheses. A column of yes and no may stand alone. Texts stand in single quotes,
a quote in one is doubled; times are texts such as '2024-05-01' or '2024-05-01T12:00:00Z', UTC. A comparison with a
value that is not there is neither true nor false, and rows are chosen only where the whole condition is true.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl
import pyarrow as pa

from ..errors import BadUsage
from ..files import shown
from ..schema import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from .opened import Release

    Value = str | int | bool | datetime.datetime

#: Characters of a condition and of a pattern in it, and conditions within each other.
LONGEST: Final = 16_384
PATTERN: Final = 256
DEEPEST: Final = 64
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?[0-9]+\b)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><>|!=|<=|>=|[=<>(),]))"
)
_COMPARISONS: Final[dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    "=": lambda one, two: one == two,
    "<>": lambda one, two: one != two,
    "!=": lambda one, two: one != two,
    "<": lambda one, two: one < two,
    "<=": lambda one, two: one <= two,
    ">": lambda one, two: one > two,
    ">=": lambda one, two: one >= two,
}
_RESERVED: Final = frozenset({"AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "TRUE", "FALSE"})


class _Token(NamedTuple):
    kind: str
    said: str

    @property
    def word(self) -> str:
        """A reserved word or sign; "" for anything else."""
        upper = self.said.upper()
        return self.said if self.kind == "sign" else upper if self.kind == "word" and upper in _RESERVED else ""


_END: Final = _Token("end", "the end")


@dataclass(frozen=True)
class Condition:
    """A condition, understood: what it asks, and the columns that it looks at, sorted."""

    asks: pl.Expr
    columns: tuple[str, ...]


def ids_where(release: Release, text: str) -> pl.Series:
    """Ids of the rows for which a condition is true, in order of file and id. Raises BadUsage and BadRelease."""
    found = condition(text)
    return release.frame("posts", sorted({"id", *found.columns})).filter(found.asks)["id"]


def condition(text: str) -> Condition:
    """What a condition asks. Raises BadUsage, naming the place where it cannot be understood."""
    if len(text) > LONGEST:
        raise _fault(f"the condition is longer than {LONGEST} characters", "name the rows by --ids instead")
    reader = _Reader(_tokens(text))
    asks = reader.either()
    if reader.next is not _END:
        raise _fault(f"AND, OR or the end was expected, not {shown(reader.next.said)}")
    return Condition(asks, tuple(sorted(reader.columns)))


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _fault(f"nothing can be made of {shown(text[at:].strip()[:20])}")
        found.append(_Token(str(match.lastgroup), match[str(match.lastgroup)]))
        at = match.end()
    return found


@dataclass
class _Reader:
    """Goes through the tokens once, from left to right; each method reads one thing and leaves what follows."""

    tokens: list[_Token]
    at: int = 0
    depth: int = 0
    columns: set[str] = field(default_factory=set)

    @property
    def next(self) -> _Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def take(self, *words: str) -> str | None:
        """The next token if it is one of these words or signs."""
        if self.next.word not in words or not self.next.word:
            return None
        self.at += 1
        return self.tokens[self.at - 1].word

    def need(self, word: str) -> None:
        if not self.take(word):
            raise _fault(f"{word} was expected, not {shown(self.next.said)}")

    def either(self) -> pl.Expr:
        asks = self.both()
        while self.take("OR"):
            asks = asks | self.both()
        return asks

    def both(self) -> pl.Expr:
        asks = self.one()
        while self.take("AND"):
            asks = asks & self.one()
        return asks

    def one(self) -> pl.Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _fault(f"more than {DEEPEST} conditions within each other")
        if self.take("NOT"):
            asks = ~self.one()
        elif self.take("("):
            asks = self.either()
            self.need(")")
        else:
            asks = self.test()
        self.depth -= 1
        return asks

    def test(self) -> pl.Expr:
        name, kind = self.column()
        column = pl.col(name)
        if sign := self.take(*_COMPARISONS):
            return _COMPARISONS[sign](column, pl.lit(self.value(kind)))
        if self.take("IS"):
            negated = self.take("NOT")
            self.need("NULL")
            return column.is_not_null() if negated else column.is_null()
        negated = self.take("NOT")
        if self.take("IN"):
            asks = self.listed(column, kind)
        elif self.take("LIKE"):
            asks = column.str.contains(self.pattern(name, kind))
        elif kind == "boolean" and not negated:
            return column
        else:
            raise _fault(f"a comparison was expected after {name}, not {shown(self.next.said)}")
        return ~asks if negated else asks

    def column(self) -> tuple[str, str]:
        kinds, token = _kinds(), self.next
        if token.kind != "word" or token.said.lower() not in kinds:
            raise _fault(f"there is no column {shown(token.said)}", f"there are {', '.join(kinds)}")
        self.at += 1
        self.columns.add(token.said.lower())
        return token.said.lower(), kinds[token.said.lower()]

    def listed(self, column: pl.Expr, kind: str) -> pl.Expr:
        self.need("(")
        asks = column == pl.lit(self.value(kind))
        while self.take(","):
            asks = asks | (column == pl.lit(self.value(kind)))
        self.need(")")
        return asks

    def pattern(self, name: str, kind: str) -> str:
        """A LIKE pattern as a regular expression of the whole text."""
        if kind != "text":
            raise _fault(f"LIKE compares texts, and {name} is none")
        said = str(self.value("text"))
        if len(said) > PATTERN:
            raise _fault(f"a pattern of more than {PATTERN} characters", "compare with the whole text by =")
        return "(?s)^" + "".join(_JOKERS.get(letter) or re.escape(letter) for letter in said) + "$"

    def value(self, kind: str) -> Value:
        token = self.next
        self.at += 1
        found = _value(token, kind)
        if found is None:
            raise _fault(f"{_SPELLED[kind]} was expected, not {shown(token.said)}")
        return found


_JOKERS: Final = {"%": ".*", "_": "."}
_SPELLED: Final = {
    "text": "a text in single quotes",
    "number": "a whole number",
    "boolean": "TRUE or FALSE",
    "time": "a time in single quotes",
}


def _value(token: _Token, kind: str) -> Value | None:
    """The constant that a token is, if it can be compared with a column of this kind."""
    if kind == "boolean":
        return {"TRUE": True, "FALSE": False}.get(token.word)
    if token.kind != ("number" if kind == "number" else "text"):
        return None
    if kind == "number":
        return int(token.said) if len(token.said) <= _DIGITS else None
    said = token.said[1:-1].replace("''", "'")
    return said if kind == "text" else _time(said)


#: Of a number that an int64 can hold.
_DIGITS: Final = 18


def _time(said: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.astimezone(datetime.UTC) if found.tzinfo else found.replace(tzinfo=datetime.UTC)


def _kinds() -> dict[str, str]:
    """The columns that hold one value, with what kind of value."""
    kinds = ((column.name, _kind(column.type)) for column in arrow_schema("row"))
    return {name: kind for name, kind in kinds if kind is not None}


def _kind(type_: Any) -> str | None:
    known = {pa.string(): "text", pa.int64(): "number", pa.bool_(): "boolean"}
    return "time" if pa.types.is_timestamp(type_) else known.get(type_)


def _fault(what: str, hint: str = "write it like license = 'CC-BY-4.0' AND lang IN ('de', 'en')") -> BadUsage:
    return BadUsage(what, where="--where", hint=hint)
