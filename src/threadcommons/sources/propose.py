"""A look at a file that may be a table of posts: how it is written, what its columns are, and what a look cannot tell.

Pure: what is proposed follows from the first bytes of the file (of Parquet, from the last), never from its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ..model import Limits
from .base import BOM
from .columns import Guess, guess, is_time, roles_of
from .delimited import DELIMITERS, Layout, cells_of, cut_delimited
from .json_prefix import lists_of_objects
from .table_parquet import MAGIC

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


def propose(head: Head) -> Proposal | None:
    """What the options and the mapping of a table could be; None for what is no table."""
    start = head.start.removeprefix(BOM)
    whole = head.size <= len(head.start)
    if start.startswith(MAGIC):
        return _parquet(head)
    if b"\0" in start or not start.strip():
        return None
    if start.lstrip()[:1] in (b"{", b"["):
        return _json(start, whole=whole)
    return _delimited(start, whole=whole)


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


def _json(start: bytes, *, whole: bool) -> Proposal | None:
    rows = list(islice(_objects(_whole_lines(start, whole=whole)), _MOST_ROWS))
    if len(rows) > 1 or (rows and start.count(b"\n") <= 1 and not _nested(rows[0])):
        sample = _sampled(rows)
        return _proposal({"layout": "jsonl"}, "JSON lines", sample, guess(sample))
    found = [(pointer, list(_objects(items))) for pointer, items in lists_of_objects(start).items()]
    tables = [(pointer, items) for pointer, items in found if items and "text" in roles_of(list(_sampled(items)))]
    if not tables:
        return None
    pointer, items = max(tables, key=lambda table: len(table[1]))
    sample = _sampled(items[:_MOST_ROWS])
    where = {"records": pointer} if pointer else {}
    return _proposal({"layout": "json", **where}, "a JSON list", sample, guess(sample))


def _whole_lines(start: bytes, *, whole: bool) -> list[bytes]:
    lines = start.split(b"\n")
    return [line for line in (lines if whole else lines[:-1]) if line.strip()]


def _objects(items: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """The objects among some JSON texts; ends at the first that is none, unless it is the first."""
    for item in items:
        try:
            value = _decode(item)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        if isinstance(value, dict):
            yield value


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


def _delimited(start: bytes, *, whole: bool) -> Proposal | None:
    encoding = _encoding(start, whole=whole)
    tried = [
        (rows, layout)
        for delimiter in DELIMITERS
        for quote in ('"', "")
        if (
            rows := _rows(
                start,
                layout := Layout((), header=False, delimiter=delimiter, quote=quote, encoding=encoding),
                whole=whole,
            )
        )
    ]
    widths = [(_width(rows), rows, layout) for rows, layout in tried]
    good = [
        (share, width, rows, layout) for (share, width), rows, layout in widths if width >= _FEW and share >= _SHARE
    ]
    if not good:
        return None
    _, width, rows, layout = max(
        good, key=lambda one: (one[0] * len([row for row in one[2] if len(row) == one[1]]), one[1])
    )
    fitting = [row for row in rows if len(row) == width]
    named = _is_header(fitting)
    found, names, sample = _of_rows(fitting, named=named)
    if encoding != "utf-8":
        found.ask("encoding", f"The bytes are not UTF-8. Which encoding is it? [reader] has {encoding}")
    options = {"layout": "csv", "columns": names, "header": named, "delimiter": layout.delimiter}
    options |= {"quote": ""} if not layout.quote else {}
    options |= {"encoding": encoding} if encoding != "utf-8" else {}
    kind = f"rows of {width} cells parted by {_SHOWN.get(layout.delimiter, layout.delimiter)}"
    proposal = _proposal(options, kind, sample, found)
    return proposal if named else replace(proposal, certain=_is_certain(proposal, len(fitting)))


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


def _width(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The most common number of cells, and what part of the rows has it."""
    counts = [len(row) for row in rows]
    width = max(set(counts), key=lambda count: (counts.count(count), count))
    return counts.count(width) / len(counts), width


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


def _of_rows(rows: Sequence[Sequence[str]], *, named: bool) -> tuple[Guess, list[str], dict[str, list[str | None]]]:
    """A mapping for rows, the names of their columns, and their values by column."""
    values = [[row[index] or None for row in rows[named:]] for index in range(len(rows[0]))]
    names = list(rows[0]) if named else _named_by_values(values)
    sample = dict(zip(names, values, strict=True))
    found = guess(sample)
    if not named:
        known = ", ".join(name for name in names if not name.startswith("column_"))
        others = ", ".join(name for name in names if name.startswith("column_"))
        more = f", and what are {others}" if others else ""
        found.ask("columns", f"The file does not name its columns. Are {known} right, which values suggest{more}?")
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
    end = head.end or head.start
    try:
        names = pq.ParquetFile(pa.BufferReader(MAGIC + end)).schema_arrow.names
    except (pa.ArrowException, OSError, ValueError):
        return None
    sample: dict[str, list[str | None]] = {name: [] for name in names}
    found = guess(sample)
    roles = roles_of(names)
    for role in ("created_at", "edited_at"):
        if role in roles:
            found.mapping[role] = roles[role][0]
            found.ask(
                role, f"How are the times of {roles[role][0]} written? Write unit for numbers, zone where none is named"
            )
    if "markup" in found.mapping:
        found.ask("markup", "Is the text plain, markdown or html?")
    return _proposal({"layout": "parquet"}, "a Parquet file", sample, found)
