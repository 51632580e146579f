"""Tables in JSON: one object per line, or a list of objects (or a table of them) somewhere in one document.

A column is a key of the object, or a JSON Pointer to a value further down. Only the columns that are asked for are
decoded; numbers stay the digits that the file has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa

from .base import Refusal
from .documents import Item
from .strict_json import Why, decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def steps_of(column: str) -> list[str]:
    """The keys that lead to a column, from the outside in."""
    if not column.startswith("/"):
        return [column]
    return [step.replace("~1", "/").replace("~0", "~") for step in column[1:].split("/")]


@dataclass(frozen=True)
class Objects:
    """How the objects of a table are decoded: the columns that are asked for, and nothing else."""

    columns: tuple[str, ...]
    keys: tuple[str, ...]
    decode: Callable[[bytes], Any]

    def row(self, record: bytes) -> tuple[Any, ...] | Refusal:
        """The values of one object under `keys`, or why it is none."""
        found = decoded(record, self.decode)
        return found if isinstance(found, Refusal) else msgspec.structs.astuple(found)

    def column(self, name: str) -> Callable[[tuple[Any, ...]], str | None]:
        """What reads a column out of such values, as text."""
        first, *others = steps_of(name)
        return reading(itemgetter(self.keys.index(first)), others, name)


    def texts(self, rows: Sequence[tuple[Any, ...]], name: str) -> tuple[list[str | None], list[int]]:
        """A column of such rows as text, empty or None for nothing; and the numbers of rows with no single value."""
        first, *others = steps_of(name)
        place = self.keys.index(first)
        values = [row[place] for row in rows]
        if not others and _TEXTS.issuperset(map(type, values)):
            return values, []
        read, found, bad = self.column(name), [], []
        for number, row in enumerate(rows):
            try:
                found.append(read(row))
            except Why:
                found.append(None)
                bad.append(number)
        return found, bad


_TEXTS: Final = frozenset({str, type(None)})


def objects(columns: Sequence[str]) -> Objects:
    """The decoding of objects that have these columns."""
    keys = tuple(dict.fromkeys(steps_of(column)[0] for column in columns))
    names = {f"value_{number}": key for number, key in enumerate(keys)}
    row = msgspec.defstruct("Row", [(name, Any, None) for name in names], rename=names, gc=False)
    return Objects(tuple(columns), keys, msgspec.json.Decoder(row, float_hook=str).decode)


def reading(first: Callable[[Any], Any], steps: Sequence[str], name: str) -> Callable[[Any], str | None]:
    """What takes a value out of a row, goes down some steps, and gives it as text; None for nothing."""
    pointer = name if name.startswith("/") else "/" + name.replace("~", "~0").replace("/", "~1")

    def read(row: Any) -> str | None:
        value = first(row)
        for step in steps:
            value = _below(value, step)
        if isinstance(value, str) or value is None:
            return value or None
        return as_text(value, pointer)

    return read


def _below(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step[:9]) < len(value):
        return value[int(step[:9])]
    return None


def as_text(value: Any, pointer: str) -> str | None:
    """A single value as text. Raises Why for one that is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value
    detail = f"one value is needed; found {'a list' if isinstance(value, list) else 'an object'}"
    raise Why(Refusal("quarantined", "record.bad-field", pointer, detail))


# --- One document ---

_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_ITEMS: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode
_BLANK: Final = rb"[ \t\r\n]*+"
_KEY: Final = _BLANK + rb'"(?:[^"\\]|\\.)*+"' + _BLANK + rb":" + _BLANK
#: What stands before the first member of an object, and before the others.
_FIRST: Final = re.compile(_BLANK + rb"\{" + _KEY, re.DOTALL)
_NEXT: Final = re.compile(_BLANK + rb"," + _KEY, re.DOTALL)
_TWICE: Final = Refusal("quarantined", "record.duplicate-key", detail="a key stands twice on the way to the records")


def find_records(view: memoryview, pointer: str) -> Iterator[Item] | Refusal:
    """The records of a document: the items of the list at `pointer`, or the members of the object there."""
    place: Any = view
    for step in steps_of(pointer) if pointer else ():
        members = members_of(place)
        if isinstance(members, Refusal):
            return members
        if step not in members:
            detail = f"there is nothing at {pointer}"
            return Refusal("quarantined", "record.not-this-format", detail=detail)
        place = members[step]
    found = items_of(place)
    return found if isinstance(found, Refusal) else (Item(raw) for raw in found)


def items_of(place: Any) -> list[msgspec.Raw] | Refusal:
    """The items of a list, or the values of an object, in the order of their bytes."""
    if bytes(memoryview(place)[:64]).lstrip()[:1] != b"{":
        return _ITEMS(place)
    members = members_of(place)
    return members if isinstance(members, Refusal) else list(members.values())


def members_of(place: Any) -> dict[str, msgspec.Raw] | Refusal:
    """The members of an object in the order of their bytes; no key stands twice."""
    members = _MEMBERS(place)
    whole = memoryview(place)
    base = _address(whole)
    placed = sorted((_address(raw) - base, key, raw) for key, raw in members.items())
    end = 0
    for number, (begin, _, raw) in enumerate(placed):
        if not (_NEXT if number else _FIRST).fullmatch(whole, end, begin):
            return _TWICE
        end = begin + len(memoryview(raw))
    return {key: raw for _, key, raw in placed}


def _address(buffer: Any) -> int:
    return int(pa.py_buffer(buffer).address)
