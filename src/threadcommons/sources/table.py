"""`table`: any table of posts (CSV, TSV, JSON lines, JSON lists, Parquet), read as a mapping in source.toml says.

`[reader]` says how the table is written, `[mapping]` what its columns are. `threadcommons add` proposes both from a
look at the file (`propose`), and leaves as an open question what a look cannot tell. Ids are those of the column that
is mapped, after `id_prefix` where they are unique within one room or file only; without a column of ids a post is
called after its place in the export.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ..archives import open_member
from ..files import open_plain
from ..model import Limits
from .base import BOM, Head, Option, Parsed, Reader, Refusal, no_posts
from .cells import DELIMITERS, ENCODINGS, Layout, cells_of, many_cells
from .delimited import cut_delimited, divide_delimited, first_row, whole_delimited
from .documents import cut_document, cut_json_lines
from .lines import divide_lines, whole_lines
from .mapping import columns_of, mapped, unsound
from .mapping_columns import in_columns
from .propose import propose
from .table_json import find_records, objects, reading, steps_of
from .table_parquet import cut_parquet, divide_parquet, unit_parquet
from .typed import understood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from ..model import Export
    from .base import Cut

Options = dict[str, Any]

#: How long a row may be where no recipe says it: for dividing a file only.
_LONGEST: Final = Limits().record_bytes

#: More than any row that names columns is long.
_HEADER_BYTES: Final = 64 * 1024
_NO_MAPPING: Final = Refusal("quarantined", "record.not-this-format", detail="no mapping says what the columns are")
_NO_ROW: Final = Refusal("quarantined", "record.truncated", detail="the row cannot be decoded")
_REPEATED: Final = Refusal("excluded", "record.not-a-post")


def _head(export: Export) -> bytes:
    if not export.stored:
        return b""
    if export.member is not None:
        with open_member(export.path, export.member) as stream:
            return stream.read(_HEADER_BYTES)
    with os.fdopen(open_plain(export.path), "rb") as stream:
        return stream.read(_HEADER_BYTES)


# --- Delimited text ---


def layout_of(options: Options) -> Layout:
    """How a delimited table is written, after the options of its source."""
    names = ("header", "delimiter", "quote", "encoding", "escaped")
    return Layout(tuple(options["columns"]), **{name: options[name] for name in names if name in options})


def _delimited(options: Options) -> Reader:
    layout = layout_of(options)
    plan = mapped(options["mapping"], partial(_cell, layout.columns))
    names = list(layout.columns)

    def parse(record: bytes, _offset: int, fault: Refusal | None) -> Parsed:
        cells = fault or cells_of(record, layout)
        if isinstance(cells, Refusal):
            return cells
        if len(cells) != len(names):
            detail = f"{len(cells)} cells; the table has {len(names)} columns"
            return Refusal("quarantined", "record.bad-row", detail=detail)
        return _REPEATED if layout.header and cells == names else plan.post(cells)

    columns = in_columns(options["mapping"])

    def bulk(records: list[bytes], indexes: list[int], fault: Refusal | None) -> pa.Table:
        rows = many_cells(records, layout) if columns and not fault else []
        good = [
            (at, row) for at, row in zip(indexes, rows, strict=False) if row and len(row) == len(names) and row != names
        ]
        if columns is None or not good:
            return no_posts()
        cells = list(zip(*(row for _, row in good), strict=True))
        values = {name: cells[names.index(name)] for name in columns.needed}
        return columns.posts(values, [at for at, _ in good])

    return replace(
        READER,
        cut=partial(cut_delimited, layout=layout),
        parse=parse,
        bulk=bulk,
        divide=partial(divide_delimited, layout=layout, most=_LONGEST),
        whole=partial(whole_delimited, layout=layout, most=_LONGEST),
        context=partial(_header_fault, layout),
    )


def _cell(columns: Sequence[str], name: str) -> Callable[[list[str]], str | None]:
    index = columns.index(name)
    return lambda cells: cells[index] or None


def _header_fault(layout: Layout, export: Export, _exports: Sequence[Export], _options: Options) -> Refusal | None:
    """Why no row of an export can be understood: its first row does not name the columns as declared."""
    head = _head(export) if layout.header else b""
    begin = len(BOM) if head.startswith(BOM) else 0
    cells, _ = first_row(head, begin, len(head), layout, len(head))
    if cells is None or cells == list(layout.columns):
        return None
    detail = "its first row does not name the columns that source.toml names"
    return Refusal("quarantined", "record.not-this-format", detail=detail)


# --- JSON ---


def _json_lines(options: Options) -> Reader:
    return _of_objects(options, cut=cut_json_lines, divide=divide_lines, whole=whole_lines)


def _json_document(options: Options) -> Reader:
    pointer = str(options.get("records", ""))

    def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
        return cut_document(data, start, stop, limits, lambda view: find_records(view, pointer))

    return _of_objects(options, cut=cut)


def _of_objects(options: Options, **how: Any) -> Reader:
    """The reader of a table whose records are JSON objects; `how` they are found."""
    decoding = objects(columns_of(options["mapping"]))
    plan = mapped(options["mapping"], decoding.column)
    columns = in_columns(options["mapping"])

    def parse(record: bytes, _offset: int, _context: Any) -> Parsed:
        row = decoding.row(record)
        return row if isinstance(row, Refusal) else plan.post(row)

    def bulk(records: list[bytes], indexes: list[int], _context: Any) -> pa.Table:
        found = understood(records, decoding.decode) if columns else ()
        known = [(at, row) for at, row in zip(indexes, found, strict=False) if row is not None]
        if columns is None or not known:
            return no_posts()
        rows = [msgspec.structs.astuple(row) for _, row in known]
        read = {name: decoding.texts(rows, name) for name in columns.needed}
        bad = {number for _, numbers in read.values() for number in numbers}
        whole = [number not in bad for number in range(len(rows))]
        texts = {name: list(compress(values, whole)) for name, (values, _) in read.items()}
        return columns.posts(texts, list(compress((at for at, _ in known), whole)))

    return replace(READER, parse=parse, bulk=bulk, context=_no_context, **how)


def _no_context(_export: Export, _exports: Sequence[Export], _options: Options) -> None:
    return None


# --- Parquet ---


def _parquet(options: Options) -> Reader:
    columns = columns_of(options["mapping"])
    keys = list(dict.fromkeys(steps_of(column)[0] for column in columns))

    def column(name: str) -> Callable[[tuple[Any, ...]], str | None]:
        first, *others = steps_of(name)
        return reading(itemgetter(keys.index(first)), others, name)

    plan = mapped(options["mapping"], column)

    def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
        return cut_parquet(data, start, stop, columns, limits.record_bytes)

    def parse(_share: bytes, row: tuple[Any, ...] | None, _context: Any) -> Parsed:
        return _NO_ROW if row is None else plan.post(row)

    return replace(
        READER, cut=cut, parse=parse, hinted=True, unit=unit_parquet, divide=divide_parquet, context=_no_context
    )


# --- The reader ---

LAYOUTS: Final[dict[str, Callable[[Options], Reader]]] = {
    "csv": _delimited,
    "jsonl": _json_lines,
    "json": _json_document,
    "parquet": _parquet,
}


def _fitted(options: Options) -> Reader:
    """The reader of one table. Options that are not sound make no post of anything."""
    return READER if _unsound(options) else LAYOUTS[options["layout"]](options)


def _faults(options: Options) -> list[tuple[str, str]]:
    """What is wrong with the options, and which questions about the mapping are open."""
    open_ = enumerate(options.get("mapping", {}).get("todo", ()))
    return _unsound(options) + [(f"mapping/todo/{number}", f"{todo['key']}: {todo['ask']}") for number, todo in open_]


def _unsound(options: Options) -> list[tuple[str, str]]:
    """What is wrong with the options beside their types, as (option, sentence)."""
    found = [(name, words) for name, wrong, words in _CHECKS if name in options and wrong(options[name])]
    if "mapping" not in options or "layout" not in options:
        return [*found, ("mapping", "is needed: what the columns are")]
    columns = options.get("columns", []) if options["layout"] == "csv" else None
    if columns is not None and (not columns or len(set(columns)) != len(columns)):
        found.append(("columns", "a delimited table needs the names of its columns, each once"))
    if options.get("escaped") and options.get("quote", '"'):
        found.append(("escaped", "goes with an empty quote only"))
    return found + [(f"mapping/{key}".rstrip("/"), why) for key, why in unsound(options["mapping"], columns or None)]


_CHECKS: Final[tuple[tuple[str, Callable[[Any], bool], str], ...]] = (
    ("layout", lambda value: value not in LAYOUTS, f"must be one of {', '.join(LAYOUTS)}"),
    ("delimiter", lambda value: value not in DELIMITERS, "must be a comma, a semicolon, a tab or a vertical bar"),
    ("quote", lambda value: value not in ('"', "'", ""), "must be a double or single quote, or empty"),
    ("encoding", lambda value: value not in ENCODINGS, f"must be one of {', '.join(ENCODINGS)}"),
    (
        "records",
        lambda value: value != "" and not value.startswith("/"),
        "must be a JSON Pointer, such as /result/items",
    ),
    ("columns", lambda value: not all(isinstance(name, str) for name in value), "must be names"),
)


def recognise(head: Head) -> str | None:
    """Why a file is a table of posts: it has rows, and one of its columns holds the words."""
    found = propose(head)
    return found.reason if found and found.certain else None


_option = partial(Option, words=True)

READER: Final = Reader(
    name="table",
    version="1",
    title="any table of posts: CSV, TSV, JSON lines, JSON lists, Parquet, with a mapping of its columns",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "title", "text", "markup",
        "lang", "created_at", "edited_at", "url", "links", "media", "labels", "license", "rights_holder", "attribution",
        "generator",
    ),
    limits=(
        "Only columns that [mapping] names are read. A cell that is not what its rule says makes its record a broken "
        "one; nothing is guessed. Delimited tables: quotes doubled as spreadsheets do it, or none; delimiters of one "
        "character; encodings in which those are ASCII. Zones are offsets: local times with summer time cannot be "
        "mapped. Parquet: a row's place is its share of its row group, see docs/sources.md."
    ),
    license_rule=(
        "The column that the mapping names as license, else what source.toml declares with evidence, else withheld."
    ),
    recognise=recognise,
    cut=cut_json_lines,
    parse=lambda _record, _offset, _context: _NO_MAPPING,
    options=(
        _option("layout", str, f"How the table is written: {', '.join(LAYOUTS)}.", required=True),
        _option("columns", list, "Names of the columns of a delimited table, in order."),
        _option("header", bool, "Whether a delimited table begins with the names of its columns; true by default."),
        _option("delimiter", str, "What stands between cells: a comma by default, a semicolon, a tab, a vertical bar."),
        _option("quote", str, "What stands around cells: a double quote by default, a single one, or nothing."),
        _option("encoding", str, f"Encoding of a delimited table: {', '.join(ENCODINGS)}; the first by default."),
        _option("escaped", bool, "Whether a table without quotes writes line ends and tabs with a backslash."),
        _option("records", str, "Where in a JSON document the records are, as a JSON Pointer; at its top by default."),
        _option("mapping", dict, "The table [mapping] of source.toml: what each column is.", required=True),
    ),
    fitted=_fitted,
    faults=_faults,
    last=True,
)  # fmt: skip
