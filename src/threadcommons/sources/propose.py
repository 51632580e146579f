"""A look at a file that may be a table of posts: how it is written, what its columns are, and what a look cannot tell.

Pure: what is proposed follows from the first bytes of the file (of Parquet, from the last), never from its name.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ..model import Limits
from .base import BOM
from .cells import DELIMITERS, Layout, cells_of
from .columns import Guess, guess, is_time, roles_of
from .delimited import cut_delimited
from .json_prefix import lists_of_objects
from .mapping import TIMES
from .table_footer import MAGIC

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .base import Head

_MOST_ROWS: Final = 500
_DEEPEST: Final = 3


@dataclass(frozen=True)
class Proposal:
    """What `[reader]` and `[mapping]` of a table could say.

    Questions that only a person can answer are entries of `todo` in the mapping. `certain` says whether the file is a
    table of posts beyond doubt, `reason` why. `concluded` are conclusions that a person may want to check, `unread` the
    columns that the mapping does not read.
    """

    options: Mapping[str, Any]
    mapping: Mapping[str, Any]
    reason: str
    certain: bool
    concluded: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def propose(head: Head, told: Mapping[str, Any] | None = None) -> Proposal | None:
    """What the options and the mapping of a table could be; None for what is no table.

    `told` are options that somebody has given: they are taken as they are, and the rest follows from them.
    """
    told = told or {}
    start = head.start.removeprefix(BOM)
    whole = head.size <= len(head.start)
    if start.startswith(MAGIC):
        return _parquet(head)
    if b"\0" in start or not start.strip():
        return None
    if start.lstrip()[:1] in (b"{", b"["):
        return _json(start, told, whole=whole)
    return _delimited(start, told, whole=whole)


def _proposal(options: dict[str, Any], kind: str, sample: Mapping[str, Sequence[str | None]], found: Guess) -> Proposal:
    mapping = {**found.mapping, **({"todo": found.todo} if found.todo else {})}
    shown = [name for name in _TELLING if name in mapping]
    used = repr(mapping)
    return Proposal(
        options,
        mapping,
        f"{kind} with columns for {', '.join(shown)}" if shown else kind,
        "text" in mapping and len(shown) > 1,
        tuple(found.concluded),
        tuple(name for name in sample if repr(name) not in used),
    )


#: Fields that make a table one of posts.
_TELLING: Final = ("text", "native_id", "parent", "conversation", "author", "author_id", "created_at")


# --- JSON ---


def _json(start: bytes, told: Mapping[str, Any], *, whole: bool) -> Proposal | None:
    lines = _whole_lines(start, whole=whole)
    rows = _objects(lines)
    several = len(rows) > 1 and len(rows) * 2 > len(lines)
    if told.get("layout") != "json" and (several or (len(lines) == len(rows) == 1 and not _nested(rows[0]))):
        return _of_objects({"layout": "jsonl"}, "JSON lines", rows)
    found = {pointer: _objects(items[:_MOST_ROWS]) for pointer, items in lists_of_objects(start).items()}
    tables = [pointer for pointer, items in found.items() if items and "text" in roles_of(list(_sampled(items)))]
    pointer = told.get("records", max(tables, key=lambda pointer: len(found[pointer]), default=None))
    if pointer is None:
        return None
    where = {"records": pointer} if pointer else {}
    return _of_objects({"layout": "json", **where}, "a JSON list", found.get(pointer, []))


def _of_objects(options: dict[str, Any], kind: str, rows: Sequence[dict[str, Any]]) -> Proposal:
    sample = _sampled(rows)
    return _proposal(options, kind, sample, guess(sample))


def _whole_lines(start: bytes, *, whole: bool) -> list[bytes]:
    lines = start.split(b"\n")
    return [line for line in (lines if whole else lines[:-1]) if line.strip()][:_MOST_ROWS]


def _objects(items: Sequence[bytes]) -> list[dict[str, Any]]:
    """The objects among some JSON texts."""
    found = []
    for item in items:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # what is no JSON is no object
            value = _decode(item)
            found += [value] if isinstance(value, dict) else []
    return found


_decode: Final = msgspec.json.Decoder(float_hook=str).decode


def _nested(row: dict[str, Any]) -> bool:
    """Whether an object holds lists of objects, so that it may be a document rather than a row."""
    return any(
        isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict))
        for value in row.values()
    )


def _sampled(rows: Sequence[dict[str, Any]]) -> dict[str, list[str | None]]:
    """Values by column; members of objects inside are columns too, under their JSON Pointers."""
    flat = [dict(_leaves(row, "", 0)) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    return {name: [row.get(name) for row in flat] for name in columns}


def _leaves(value: dict[str, Any], above: str, depth: int) -> Iterator[tuple[str, str | None]]:
    for key, item in value.items():
        pointer = f"{above}/{key.replace('~', '~0').replace('/', '~1')}"
        if isinstance(item, dict) and depth < _DEEPEST:
            yield from _leaves(item, pointer, depth + 1)
        elif not isinstance(item, dict | list):
            name = key if not above and not key.startswith("/") else pointer
            yield name, None if item in (None, "") else str(item).lower() if isinstance(item, bool) else str(item)


# --- Delimited text ---

_NAME: Final = re.compile(r"[^\W\d][\w .:/()#-]{0,63}")
_FEW: Final = 2


@dataclass(frozen=True)
class _Look:
    """Rows as one layout has them: how many cells most have, and how many rows those are."""

    layout: Layout
    rows: list[list[str]]
    width: int
    fitting: int

    @property
    def worth(self) -> tuple[float, int]:
        """How well the layout fits: the fitting rows, as many as they are and as large a part."""
        return self.fitting * self.fitting / len(self.rows), self.width

    @property
    def fits(self) -> bool:
        """Whether it is a table at all."""
        return self.width >= _FEW and self.fitting >= _SHARE * len(self.rows)


def _delimited(start: bytes, told: Mapping[str, Any], *, whole: bool) -> Proposal | None:
    encoding = told.get("encoding", _encoding(start, whole=whole))
    layouts = [
        Layout((), header=False, delimiter=delimiter, quote=quote, encoding=encoding, escaped=bool(told.get("escaped")))
        for delimiter in ([told["delimiter"]] if "delimiter" in told else DELIMITERS)
        for quote in ([told["quote"]] if "quote" in told else ('"', ""))
    ]
    looks = [look for layout in layouts if (look := _look(start, layout, whole=whole)) and look.fits]
    if not looks:
        return None
    look = max(looks, key=lambda look: look.worth)
    fitting = [row for row in look.rows if len(row) == look.width]
    named = told.get("header", "columns" not in told and _is_header(fitting))
    found, names, sample = _of_rows(fitting, told.get("columns"), named=named)
    if encoding != "utf-8":
        found.ask("reader.encoding", f"The bytes are not UTF-8. Which encoding is it? [reader] has {encoding}")
    options = {"layout": "csv", "columns": names, "header": named, "delimiter": look.layout.delimiter}
    options |= {"quote": ""} if not look.layout.quote else {}
    options |= {"encoding": encoding} if encoding != "utf-8" else {}
    parted = _SHOWN.get(look.layout.delimiter, look.layout.delimiter)
    proposal = _proposal(options, f"rows of {look.width} cells parted by {parted}", sample, found)
    return proposal if named else replace(proposal, certain=_is_certain(proposal, len(fitting)))


def _look(start: bytes, layout: Layout, *, whole: bool) -> _Look | None:
    rows = _rows(start, layout, whole=whole)
    counts = Counter(len(row) for row in rows)
    width = max(counts, key=lambda count: (counts[count], count), default=0)
    return _Look(layout, rows, width, counts[width]) if rows else None


#: What part of the rows must have the same number of cells.
_SHARE: Final = 0.6
_SHOWN: Final = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}


def _encoding(start: bytes, *, whole: bool) -> str:
    """UTF-8 where the bytes are; else what most tables in other encodings are in."""
    try:
        (start if whole else start[: start.rfind(b"\n") + 1]).decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if re.search(rb"[\x80-\x9f]", start) else "latin-1"
    return "utf-8"


def _rows(start: bytes, layout: Layout, *, whole: bool) -> list[list[str]]:
    """The first rows as cells. The last one is left out where the file goes on."""
    found: list[list[str]] = []
    for cut in cut_delimited(start, 0, len(start), Limits(), replace(layout, columns=("",) * _FEW)):
        for offset, length in zip(cut.offsets.tolist(), cut.lengths.tolist(), strict=True):
            cells = cells_of(start[offset : offset + length], layout)
            found += [cells] if isinstance(cells, list) else []
            if len(found) == _MOST_ROWS:
                return found
    return found if whole else found[:-1]


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: distinct names, none of them a time, and one of them known or all alike."""
    first, others = rows[0], rows[1:]
    named = all(_NAME.fullmatch(cell) and not is_time(cell) for cell in first) and len(set(first)) == len(first)
    if not named or not others:
        return False
    numeric = any(
        not cell.isdecimal() and all(row[index].isdecimal() for row in others) for index, cell in enumerate(first)
    )
    return bool(roles_of(first)) or numeric


def _of_rows(
    rows: Sequence[Sequence[str]], columns: Sequence[str] | None, *, named: bool
) -> tuple[Guess, list[str], dict[str, list[str | None]]]:
    """A mapping for rows, the names of their columns, and their values by column."""
    values: list[list[str | None]] = [[row[index] or None for row in rows[named:]] for index in range(len(rows[0]))]
    given = columns if columns is not None and len(columns) == len(rows[0]) else None
    names = list(given or (rows[0] if named else _named_by_values(values)))
    sample = dict(zip(names, values, strict=True))
    found = guess(sample)
    if not named and not given:
        known = ", ".join(name for name in names if not name.startswith("column_"))
        others = ", ".join(name for name in names if name.startswith("column_"))
        more = f", and what are {others}" if others else ""
        asked = f"The file does not name its columns. Are {known} right, which values suggest{more}?"
        found.ask("reader.columns", asked)
    return found, names, sample


_ID: Final = re.compile(r"\S{1,128}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2})?")
_LICENSE: Final = re.compile(r"(?:cc|odc|pddl|public domain|all rights)[\w .-]*", re.IGNORECASE)


def _named_by_values(columns: Sequence[Sequence[str | None]]) -> list[str]:
    """Names for columns that have none: what their values show, or their number."""
    names = [f"column_{number}" for number in range(1, len(columns) + 1)]
    filled = [[value for value in column if value is not None] for column in columns]
    left = [index for index, values in enumerate(filled) if values]

    def take(name: str, indexes: Sequence[int]) -> None:
        if indexes:
            names[indexes[0]] = name
            left.remove(indexes[0])

    wordy = [index for index in left if sum(" " in value for value in filled[index]) * 3 > len(filled[index])]
    take("text", sorted(wordy, key=lambda index: -sum(map(len, filled[index]))))
    take("created_at", [index for index in left if all(map(is_time, filled[index]))])
    take("lang", [index for index in left if all(map(_LANGUAGE.fullmatch, filled[index]))])
    take("license", [index for index in left if all(map(_LICENSE.fullmatch, filled[index]))])
    whole = [index for index in left if len(filled[index]) == len(columns[index])]
    unique = [index for index in whole if len(set(filled[index])) == len(filled[index])]
    take("id", [index for index in unique if all(map(_ID.fullmatch, filled[index]))])
    if "id" in names:
        ids = set(filled[names.index("id")])
        take("parent", [index for index in left if len(ids & set(filled[index])) * 2 > len(set(filled[index]))])
    return names


def _is_certain(proposal: Proposal, rows: int) -> bool:
    """A table without names is one of posts where words, ids and times were all found, in rows enough to tell."""
    return rows > _FEW and all(name in proposal.mapping for name in ("text", "native_id", "created_at"))


# --- Parquet ---


def _parquet(head: Head) -> Proposal | None:
    """The columns stand at the end of the file; values are not looked at, since they are compressed."""
    try:
        schema = pq.ParquetFile(pa.BufferReader(MAGIC + (head.end or head.start))).schema_arrow
    except (pa.ArrowException, OSError, ValueError):
        return None
    sample: dict[str, list[str | None]] = {name: [] for name in schema.names}
    found = guess(sample)
    for role, columns in roles_of(schema.names).items():
        if role in TIMES:
            found.mapping[role] = columns[0]
            if asked := _unclear(schema.field(columns[0]).type):
                part, words = asked
                found.ask(f"{role}.{part}", words.format(columns[0]))
    if "text" in found.mapping:
        found.ask("markup", "Is the text plain, markdown or html?")
    return _proposal({"layout": "parquet"}, "a Parquet file", sample, found)


def _unclear(kind: pa.DataType) -> tuple[str, str] | None:
    """What the type of a column of times does not tell: the part of its rule, and a question."""
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return None if getattr(kind, "tz", None) else ("zone", "In which zone are the times of {}?")
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "unit", "In which unit do the numbers of {} count from 1970: s, ms, us or ns?"
    return "zone", "In which zone are those times of {} that name none?"
