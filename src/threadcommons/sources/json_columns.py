"""Many JSON records of one declared shape as columns, without an object for any of them.

What the loops of `json_scan` are not sure of is left out, and the answer says which records that is. Importing this
brings compiled code, which only those load who read records.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from .json_scan import (
    ABSENT,
    HEAD,
    INSIDE,
    KIND,
    LENGTH,
    MASK,
    MOST_KEYS,
    NAME,
    NULLABLE,
    OBJECT,
    OBJECTS,
    PADDING,
    SLOT,
    TEXT,
    TEXTS,
    put,
    scan,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Numbers = NDArray[np.int64]
    Spans = NDArray[np.int32]
    #: Bytes one by one, and by eights from each place on.
    Text = tuple[Bytes, NDArray[np.uint64]]
    Flags = NDArray[np.bool_]

#: Items of a list for which there is room at first, for each record.
_ROOM: Final = 2
#: How many bytes are asked about together whether they are UTF-8.
_PIECE: Final = 1 << 20
#: More bytes than columns of text can address.
_TOO_MANY: Final = 2**31


class Decoded(NamedTuple):
    """Records as columns, and which of them these are: the others are for somebody else to read."""

    table: pa.Table
    sure: Flags


class Key(NamedTuple):
    """One key of an object: what its value is, its number among others of its kind, and what is inside of it."""

    name: str
    kind: int
    nullable: bool
    slot: int
    inside: int = -1


class Keys(NamedTuple):
    """The keys of an object that a record is, has, or has a list of, and those that must not be absent."""

    keys: tuple[Key, ...]
    needed: frozenset[str]


@dataclass(frozen=True)
class Shape:
    """What records look like. The first of `objects` is the record itself; `counts` tells how many slots there are."""

    objects: tuple[Keys, ...]
    counts: Mapping[str, int]

    @cached_property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The shape as `json_scan` takes it."""
        keys = list(chain.from_iterable(one.keys for one in self.objects))
        names = [f'{key.name}"'.encode() for key in keys]
        begins = accumulate((len(name) for name in names), initial=0)
        firsts = list(accumulate((len(one.keys) for one in self.objects), initial=0))
        told = [_told(key, name, begin) for key, name, begin in zip(keys, names, begins, strict=False)]
        bounds = zip(firsts, firsts[1:], map(_bits, self.objects), strict=False)
        return (
            np.array(told, dtype=np.uint64).astype(np.int64),
            np.array(list(bounds), dtype=np.uint64).astype(np.int64),
            np.frombuffer(b"".join(names), dtype=np.uint8),
        )


def _told(key: Key, name: bytes, begin: int) -> tuple[int, ...]:
    """A key as a line of the table of keys; -1 is all bits."""
    head = int.from_bytes(name[:8], "little")
    line = {
        NAME: begin, LENGTH: len(name), HEAD: head, MASK: (1 << 8 * min(len(name), 8)) - 1,
        KIND: key.kind, NULLABLE: key.nullable, SLOT: key.slot, INSIDE: key.inside,
    }  # fmt: skip
    return tuple(line[column] % 2**64 for column in range(len(line)))


def _ends(sizes: Sequence[int] | Numbers) -> Numbers:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(sizes, dtype=np.int64))])


def _bits(one: Keys) -> int:
    """The keys that an object must have, as bits."""
    return sum(1 << place for place, key in enumerate(one.keys) if key.name in one.needed)


def shape_of(declared: Mapping[str, Any]) -> Shape:
    """The shape of records under a JSON Schema of texts, of objects of texts, and of lists of either.

    Raises ValueError for a schema that has anything else.
    """
    objects: list[Keys | None] = []
    counts: Counter[str] = Counter()

    def slot(kind: str) -> int:
        counts[kind] += 1
        return counts[kind] - 1

    def an_object(node: Mapping[str, Any], texts: str) -> int:
        number = len(objects)
        objects.append(None)
        keys = tuple(a_key(name, child, texts, inner=number > 0) for name, child in node["properties"].items())
        objects[number] = Keys(keys, frozenset(node.get("required", ())))
        return number

    def a_key(name: str, node: Mapping[str, Any], texts: str, *, inner: bool) -> Key:
        kinds = {node["type"]} if isinstance(node["type"], str) else set(node["type"])
        nullable, kind = "null" in kinds, kinds - {"null"}
        if kind == {"string"}:
            return Key(name, TEXT, nullable, slot(texts))
        if kind == {"object"} and not inner:
            return Key(name, OBJECT, nullable, slot("there"), an_object(node, texts))
        if kind == {"array"} and not inner:
            items = node["items"]
            if items["type"] == "string":
                return Key(name, TEXTS, nullable, slot("lists"), slot("items"))
            if items["type"] == "object":
                return Key(name, OBJECTS, nullable, slot("lists"), an_object(items, "items"))
        raise ValueError(f"{name}: {node['type']} is not among the shapes that can be read")

    an_object(declared, "texts")
    if any(one is None or len(one.keys) > MOST_KEYS for one in objects):
        raise ValueError(f"an object has more than {MOST_KEYS} keys")
    return Shape(tuple(one for one in objects if one is not None), counts)


def decoded(data: Any, begins: Numbers, ends: Numbers, shape: Shape, schema: pa.Schema) -> Decoded:
    """The records `data[begins[i]:ends[i]]` as columns of `schema`, whose types are those of the shape.

    A record that is not surely of the shape, or no JSON, is not among them. A column that is not in the shape is null.
    """
    if len(begins) == 0 or ends.max() - begins.min() >= _TOO_MANY:
        return Decoded(schema.empty_table(), np.zeros(len(begins), dtype=np.bool_))
    first, last = int(begins.min()), int(ends.max())
    letters = _letters(data, first, last)
    text = letters, _eights(letters)
    found, sure = _scanned(text, begins - first, ends - first, shape)
    made = _Columns(text, shape, found, np.flatnonzero(sure))
    keys = {key.name: key for key in shape.objects[0].keys}
    columns = [
        made.column(keys[one.name], one.type) if one.name in keys else pa.nulls(len(made.rows), one.type)
        for one in schema
    ]
    return Decoded(pa.Table.from_arrays(columns, schema=schema), sure)


def _letters(data: Any, first: int, last: int) -> Bytes:
    """A copy of `data[first:last]`, and PADDING behind it.

    Whoever compiles in the midst of this may hold on to arrays, and a mapped file must be closed in time.
    """
    letters = np.empty(last - first + PADDING, dtype=np.uint8)
    letters[: last - first] = np.frombuffer(data, dtype=np.uint8, count=last - first, offset=first)
    letters[last - first :] = 0
    return letters


def _eights(letters: Bytes) -> NDArray[np.uint64]:
    """The eight bytes from each place on, as one number."""
    return np.ndarray((len(letters) - PADDING + 1,), dtype="<u8", buffer=letters, strides=(1,))


def _sound(letters: Bytes, begins: Numbers, ends: Numbers) -> Flags:
    """Which records are known to be UTF-8, asked of some at a time, whose bytes fit into a processor's cache.

    A record that can be sure begins and ends with ASCII, so it is UTF-8 where the bytes around it are.
    """
    sound = np.zeros(len(begins), dtype=np.bool_)
    firsts = np.unique(np.searchsorted(begins, np.arange(0, int(ends[-1]), _PIECE), side="left"))
    for first, last in pairwise([*firsts[firsts < len(begins)].tolist(), len(begins)]):
        sound[first:last] = _is_utf8(letters[begins[first] : ends[last - 1]])
    return sound


def _is_utf8(letters: Bytes) -> bool:
    """Whether bytes are UTF-8, asked of a compiled loop."""
    ends = pa.py_buffer(np.array([0, len(letters)], dtype=np.int64))
    whole = pl.from_arrow(pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(letters)]))
    assert isinstance(whole, pl.Series)  # noqa: S101  (an array is never a table)
    try:
        whole.cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


class _Found(NamedTuple):
    """What `json_scan.scan` fills."""

    texts: Spans
    there: Flags
    counts: Numbers
    items: Spans
    used: Numbers


def _scanned(text: Text, begins: Numbers, ends: Numbers, shape: Shape) -> tuple[_Found, Flags]:
    """What was found in the records, and which of them are sure."""
    records, slots = len(begins), shape.counts
    found = _Found(
        np.full((slots["texts"], records, 3), ABSENT, dtype=np.int32),
        np.zeros((slots["there"], records), dtype=np.bool_),
        np.full((slots["lists"], records), ABSENT, dtype=np.int64),
        np.empty((slots["items"], _ROOM * records, 3), dtype=np.int32),
        np.zeros(slots["lists"], dtype=np.int64),
    )
    sure, done, sound = np.zeros(records, dtype=np.bool_), 0, _sound(text[0], begins, ends)
    spare = np.empty_like(found.used), np.zeros(MOST_KEYS + 1, dtype=np.int64)
    while (done := scan(text, begins, ends, sound, shape.arrays, tuple(found), spare, sure, done)) < records:
        found = found._replace(items=np.concatenate([found.items, np.empty_like(found.items)], axis=1))
    return found, sure


class _Written(NamedTuple):
    """The texts of some slots: their bytes, where those of each slot begin, where texts end, and which are there."""

    letters: Bytes
    begins: Numbers
    ends: Spans
    there: Flags

    def column(self, slot: int, kind: pa.DataType) -> pa.Array:
        """The texts of one slot."""
        ends, there = self.ends[slot], self.there[slot]
        if not there.any():
            return pa.nulls(len(there), kind)
        letters = self.letters[self.begins[slot] : self.begins[slot] + ends[-1]]
        return pa.Array.from_buffers(kind, len(there), [_validity(there), pa.py_buffer(ends), pa.py_buffer(letters)])


def _written(text: Text, spans: Spans, rows: Numbers) -> _Written:
    """The texts of some rows, slot by slot; `spans` (slot, row, 3) is as `json_scan.scan` leaves it."""
    sizes = spans[:, rows, 2]
    begins = _ends((sizes.clip(0).sum(axis=1, dtype=np.int64) + PADDING).tolist())
    out, ends = np.empty(begins[-1] + PADDING, dtype=np.uint8), np.zeros((len(spans), len(rows) + 1), dtype=np.int32)
    put(text, spans, rows, out, _eights(out), begins, ends)
    return _Written(out, begins, ends, sizes >= 0)


@dataclass(frozen=True)
class _Columns:
    """Columns of the sure ones of the records in which something was found."""

    text: Text
    shape: Shape
    found: _Found
    rows: Numbers

    @cached_property
    def texts(self) -> _Written:
        """The texts of records and of the objects in them."""
        return _written(self.text, self.found.texts, self.rows)

    def column(self, key: Key, kind: pa.DataType) -> pa.Array:
        """The values of one key."""
        if key.kind == TEXT:
            return self.texts.column(key.slot, kind)
        if key.kind == OBJECT:
            return _structs(self.texts, self.shape.objects[key.inside], 0, kind, self.found.there[key.slot, self.rows])
        return self._lists(key, kind)

    def _lists(self, key: Key, kind: pa.ListType) -> pa.Array:
        counts = self.found.counts[key.slot, self.rows]
        if (counts < 0).all():
            return pa.nulls(len(counts), kind)
        inner = self.shape.objects[key.inside] if key.kind == OBJECTS else None
        slots = [one.slot for one in inner.keys] if inner else [key.inside]
        first, items = slots[0], np.arange(self.found.used[key.slot])
        texts = _written(self.text, self.found.items[first : slots[-1] + 1], items)
        there = np.ones(len(items), dtype=np.bool_)
        value = kind.value_type
        values = _structs(texts, inner, first, value, there) if inner else texts.column(0, value)
        ends = _ends(counts.clip(0)).astype(np.int32)
        return pa.Array.from_buffers(kind, len(counts), [_validity(counts >= 0), pa.py_buffer(ends)], children=[values])


def _structs(texts: _Written, one: Keys, first: int, kind: pa.StructType, there: Flags) -> pa.Array:
    """Objects of texts; the slots that were written are those from `first` on."""
    if not there.any():
        return pa.nulls(len(there), kind)
    slots = {key.name: key.slot - first for key in one.keys}
    members = [texts.column(slots[part.name], part.type) for part in kind]
    return pa.Array.from_buffers(kind, len(there), [_validity(there)], children=members)


def _validity(there: Flags) -> pa.Buffer | None:
    """Which values are there, as Arrow notes it; nothing where all are."""
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))


def compile_all() -> None:
    """Compile what records are read with. It is kept, so that the next process need not."""
    text = {"type": "string"}
    inner = {"type": "object", "properties": {"c": text}}
    lists = {"d": {"type": "array", "items": text}, "e": {"type": "array", "items": inner}}
    shape = shape_of({"properties": {"a": text, "b": inner, **lists}})
    record = b'{"a":"\\n","b":{"c":""},"d":["e"],"e":[{"c":"f"}]}'
    of_text, of_inner = pa.string(), pa.struct([pa.field("c", pa.string())])
    kinds = {"a": of_text, "b": of_inner, "d": pa.list_(of_text), "e": pa.list_(of_inner)}
    decoded(record, np.zeros(1, np.int64), np.array([len(record)]), shape, pa.schema(list(kinds.items())))
