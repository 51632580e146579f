"""What the columns of a table are likely to be: from their names, and from the values of some rows.

Names decide where there are any; values decide about how times are written, which values mean deleted or private, and
which of two readings of a date is meant. What neither tells becomes a question.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from .moments import ISO, Moments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Values of some rows, by column; None stands for nothing there.
Sample = "Mapping[str, Sequence[str | None]]"

_TABLE: Final = tomllib.loads(files(__package__).joinpath("columns.toml").read_text(encoding="utf-8"))
#: Names of columns by what they hold, most telling first; letters and digits only, in lower case.
NAMES: Final[dict[str, list[str]]] = _TABLE["names"]
#: What a member of a nested object is, by what the object is: `author` with `name` is the author's name.
_OWNERS: Final[dict[str, dict[str, str]]] = {
    name: group["members"] for group in _TABLE["owners"] for name in group["called"]
}

_TRUE: Final = ("true", "1", "yes", "t", "y")
_BOOLEAN: Final = frozenset({*_TRUE, "false", "0", "no", "f", "n", ""})
_NOTHING: Final = ("NULL", "null", "None", "nan", "NaN", "N/A", "\\N")
_MARKS: Final = {
    "html": re.compile(r"</?(?:p|br|a|div|span|b|i|em|strong|blockquote|pre|code|ul|li)\b[^<>]*>", re.IGNORECASE),
    "markdown": re.compile(r"\]\(https?://|^```|\*\*\S|^#{1,6} \S|^> \S", re.MULTILINE),
}
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|#0?39|#x27);")


@dataclass
class Guess:
    """A mapping in the making, with the questions that are left and what was concluded."""

    mapping: dict[str, Any] = field(default_factory=dict)
    todo: list[dict[str, str]] = field(default_factory=list)
    concluded: list[str] = field(default_factory=list)

    def ask(self, key: str, words: str) -> None:
        """Leave a question."""
        self.todo.append({"key": key, "ask": words})


def guess(sample: Mapping[str, Sequence[str | None]]) -> Guess:
    """A mapping for columns with names and values of some rows."""
    found = Guess()
    nothing = [text for text in _NOTHING if any(text in values for values in sample.values())]
    if nothing:
        found.mapping["nulls"] = nothing
    values = {
        name: [value for value in cells if value is not None and value not in nothing] for name, cells in sample.items()
    }
    roles = roles_of(list(sample))
    worded = [name for name in roles.pop("text", []) if _is_worded(values[name])]
    if not worded:
        found.ask("text", f"Which column has the words of a post? There are {', '.join(sample)}")
        return found
    found.mapping["text"] = worded[0]
    if len(worded) > 1:
        found.ask("text", f"Which of {', '.join(worded)} has the words of a post?")
    for role, columns in roles.items():
        near = [name for name in columns if _is_near(name, worded[0])]
        if near:
            _RULES.get(role, _plain)(found, role, near, values)
    _notation(found, values[worded[0]])
    return found


def _is_worded(values: Sequence[str]) -> bool:
    """Whether a column holds words, as far as some values tell; one that is empty in all rows may."""
    return not values or any(" " in value or not value.isascii() for value in values)


def _is_near(column: str, text: str) -> bool:
    """Whether a column belongs to the object in which the words stand, or to one around it."""
    steps = column.split("/")[1:-1] if column.startswith("/") else []
    steps = steps[:-1] if steps and _plainly(steps[-1]) in _OWNERS else steps
    return steps == (text.split("/")[1:-1] if text.startswith("/") else [])[: len(steps)]


def _plainly(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def roles_of(columns: Sequence[str]) -> dict[str, list[str]]:
    """Columns by what their names say they are, the most telling first."""
    ranked: dict[str, list[tuple[int, int, str]]] = {}
    for place, column in enumerate(columns):
        if known := _role(column):
            role, rank = known
            ranked.setdefault(role, []).append((rank, place, column))
    return {role: [column for *_, column in sorted(ranked[role])] for role in NAMES if role in ranked}


def _role(column: str) -> tuple[str, int] | None:
    steps = [_plainly(step) for step in column.strip("/").split("/")]
    owner = _OWNERS.get(steps[-2], {}) if len(steps) > 1 else {}
    if steps[-1] in owner:
        return owner[steps[-1]], 0
    if len(steps) > 1 and steps[-2] in _OWNERS:
        return None
    for role, names in NAMES.items():
        if steps[-1] in names:
            return role, names.index(steps[-1]) + 1
    return None


# --- What follows for each role ---

Values = dict[str, list[str]]


def _plain(found: Guess, role: str, columns: Sequence[str], _values: Values) -> None:
    found.mapping[role] = columns[0]


def _address(found: Guess, role: str, columns: Sequence[str], values: Values) -> None:
    good = [name for name in columns if any(re.match(r"https?://", value) for value in values[name])]
    if good:
        found.mapping[role] = good[0]


def _deleted(found: Guess, _role: str, columns: Sequence[str], values: Values) -> None:
    """A column of yes and no, or one that is filled where something was deleted."""
    found.mapping["deleted_if"] = [
        {"column": name, "is": list(_TRUE)} if _is_boolean(values[name]) else {"column": name, "filled": True}
        for name in columns
    ]


def _visibility(found: Guess, _role: str, columns: Sequence[str], values: Values) -> None:
    name, seen = columns[0], sorted({value.casefold() for value in values[columns[0]]})
    asks_private = "private" in name.casefold()
    if _is_boolean(values[name]):
        wanted = sorted(_BOOLEAN - set(_TRUE)) if asks_private else list(_TRUE)
        found.mapping["visibility_if"] = [{"column": name, "is": wanted}]
        return
    found.mapping["visibility_if"] = [{"column": name, "is": ["public"]}]
    if "public" not in seen:
        found.ask("visibility_if", f"Which values of {name} mean that a post is for everybody?")


def _bot(found: Guess, _role: str, columns: Sequence[str], values: Values) -> None:
    if _is_boolean(values[columns[0]]):
        found.mapping["machine_if"] = [{"column": columns[0], "is": list(_TRUE)}]


def _labels(found: Guess, _role: str, columns: Sequence[str], _values: Values) -> None:
    found.mapping["label"] = [
        {"name": name.rpartition("/")[2][:64], "column": name, "method": "platform-counter"} for name in columns
    ]


def _is_boolean(values: Sequence[str]) -> bool:
    return bool(values) and {value.casefold() for value in values} <= _BOOLEAN


def _time(found: Guess, role: str, columns: Sequence[str], values: Values) -> None:
    """How the times of a column are written; two readings of the same dates and a zone that is not named are asked."""
    name = columns[0]
    rule, questions = time_rule(values[name])
    if rule is None and values[name]:
        found.concluded.append(f"{name} holds nothing that is a time")
    if rule is None:
        return
    found.mapping[role] = {"column": name, **rule} if rule else name
    for part, words in questions.items():
        found.ask(f"{role}.{part}", words.format(name))


def _notation(found: Guess, texts: Sequence[str]) -> None:
    for markup, mark in _MARKS.items():
        marked = sum(1 for text in texts if mark.search(text))
        if marked * 5 >= len(texts) and marked:
            found.mapping["markup"] = markup
            found.concluded.append(f"the text is {markup}: {marked} of {len(texts)} rows have its marks")
            return
    found.mapping["markup"] = "plain"
    if any(_ENTITY.search(text) for text in texts):
        found.mapping["unescape"] = True
        found.concluded.append("the text has &amp; and its like where & was typed")


_RULES: Final[dict[str, Any]] = {
    "url": _address, "deleted": _deleted, "visibility": _visibility, "bot": _bot, "label": _labels,
    "created_at": _time, "edited_at": _time,
}  # fmt: skip

# --- Times ---

_DIGITS: Final = re.compile(r"([0-9]{9,19})(?:\.[0-9]+)?")
#: Numbers of digits of whole seconds and so on, for times since 2001.
_BY_DIGITS: Final = {
    **dict.fromkeys((9, 10), "s"), **dict.fromkeys((12, 13), "ms"), **dict.fromkeys((15, 16), "us"),
    **dict.fromkeys((18, 19), "ns"),
}  # fmt: skip
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", ", %H:%M", " %I:%M %p", ", %I:%M %p", " %I:%M:%S %p")
_DATES: Final = (
    "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
    "%d %b %Y", "%b %d, %Y", "%b %d %Y",
)  # fmt: skip
#: Spellings that are looked for, with those that read the same text in another way.
_SPELLINGS: Final = (
    "%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z", "%d/%b/%Y:%H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z",
    *(date + clock for date in _DATES for clock in _CLOCKS),
)  # fmt: skip
_UTC: Final = "UTC"


def time_rule(values: Sequence[str]) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """How times are written, as keys of a rule, and what has to be asked of which key; None where they are none."""
    numbers = [found[1] for value in values if (found := _DIGITS.fullmatch(value))]
    units = {_BY_DIGITS.get(len(digits), "") for digits in numbers}
    words = [value for value in values if not _DIGITS.fullmatch(value)]
    rule: dict[str, Any] = {}
    if numbers and "" not in units:
        rule["unit"] = units.pop() if len(units) == 1 else "by-size"
    formats, questions = _formats(words)
    if formats and formats != [ISO]:
        rule["formats"] = formats
    zoneless = Moments(formats=tuple(formats or [ISO]), zone=_UTC)
    if bare := [value for value in words if zoneless.zoneless(value)]:
        questions["zone"] = (
            f"Times of {{}} such as {bare[0]} name no zone. Which is it, UTC or an offset such as +01:00?"
        )
    return (rule, questions) if rule or formats else (None, {})


def _formats(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The spellings that cover some times, most used first, and what is not clear about them."""
    left, formats, questions = list(words), [], {}
    iso = Moments(zone=_UTC)
    if any(iso.read(value) for value in left):
        formats.append(ISO)
        left = [value for value in left if not iso.read(value)]
    while left:
        read = {one: [value for value in left if Moments(formats=(one,), zone=_UTC).read(value)] for one in _SPELLINGS}
        best = max(len(found) for found in read.values())
        equal = [one for one in _SPELLINGS if len(read[one]) == best]
        if not best:
            break
        formats.append(equal[0])
        if other := next((one for one in equal if _order(one) != _order(equal[0])), None):
            example = read[equal[0]][0]
            questions["formats"] = f"Is {example} of {{}} meant as {equal[0]} or as {other}?"
        left = [value for value in left if value not in read[equal[0]]]
    return formats, questions


def _order(format_: str) -> str:
    return "".join(re.findall(r"%([dmY])", format_))


def is_time(value: str) -> bool:
    """Whether a value is a time in some spelling, or a number of a time of this era."""
    found = _DIGITS.fullmatch(value)
    return bool(_BY_DIGITS.get(len(found[1])) if found else Moments(zone=_UTC).read(value))
