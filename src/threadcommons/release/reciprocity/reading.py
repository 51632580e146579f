"""Reads strangers' rows, in a process of its own that has little memory and little time.

The parent runs this file as a script and tells it by standard input which files to read (see `Job`). It writes what it
found as plain JSON and knows nothing else: no release, no licence. What it reads is parsed, never run; links are not
followed; nothing is fetched.

A *piece* is what one text stands in: a row, or one message of a list of messages. A message has the ids, licences and
credits that it states, and those of its row where it states none. Which column is what follows from its name; a column
of another name is text when its values look like it.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import resource
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Row = dict[str, Any]

#: What is handed over, in the folder `Job.out`: the pieces, one a line; what became of each file; the file being read.
PIECES, REPORT, AT = "pieces.jsonl", "report.json", "at"
#: What a column can be to us; each is a list of texts in a piece.
ROLES: Final = ("texts", "pointers", "licenses", "credits", "changes")
#: Name of a column, without case and with "_" between its words -> its role.
NAMES: Final[dict[str, str]] = {
    name: role
    for role, names in {
        "texts": "text content body message post comment answer question response prompt completion instruction input"
        " output selftext document utterance chosen rejected context reply texts posts comments",
        "credits": "rights_holder user user_name username owner notice screen_name display_name speaker handle",
        "changes": "modified is_modified changed changes modifications change_notice was_changed",
        "nothing": "license_class license_basis license_evidence role split lang language parent_id quoted_id thread_id"
        " conversation_id reply_to_id in_reply_to in_reply_to_id root_id",
    }.items()
    for name in names.split()
}
#: What another name tells by a part of it, the first that fits. A pointer leads to a row, a page, a file or a digest.
_PARTS: Final = (
    (re.compile(r"licen[cs]e|spdx"), "licenses"),
    (
        re.compile(r"(?:^|_)(?:author|creator|credit|credits|attribution|copyright|byline|contributor|poster)"),
        "credits",
    ),
    (
        re.compile(
            r"(?:^|_)(?:id|ids|uid|uuid|guid|url|urls|uri|link|permalink|href|doi|sha256|sha1|md5|hash|digest|source"
            r"|origin|provenance|reference)$"
        ),
        "pointers",
    ),
)
_WORD_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
#: A value of a column that has no telling name is text when it has this many spaces, or is this long and not ASCII.
_SPACES, _LONG = 3, 10
#: Nothing is nested deeper in rows of text, and no row has more values.
_DEEPEST, _WIDEST = 16, 100_000
_BATCH: Final = 256
_LINE: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Job:
    """What to read: `files` below `folder`. `limits` are those of `derived.Limits`; `out` is a folder to write to."""

    folder: str
    files: list[str]
    #: Names of the columns that hold the texts; empty: by name and look.
    text: list[str]
    limits: dict[str, int]
    out: str


class TooMuch(Exception):
    """A limit is reached; the message says which. Never leaves this process."""


@dataclass
class Piece:
    """One text, or several that stand side by side in a row, with what is said of them."""

    of: dict[str, list[str]] = field(default_factory=lambda: {role: [] for role in ROLES})

    def worth_keeping(self) -> bool:
        """Whether it can be compared with anything."""
        return bool(self.of["texts"] or self.of["pointers"])

    def completed(self, row: Piece) -> Piece:
        """With what the row says where the piece itself says nothing."""
        inherited = {role: self.of[role] or row.of[role] for role in ROLES if role != "texts"}
        return Piece({**inherited, "texts": self.of["texts"]})


def role_of(path: tuple[str, ...]) -> str | None:
    """The role of a column by its name, or by that of what it is nested in; None where no name tells."""
    for name in reversed(path):
        plain = _WORD_BORDER.sub("_", name).strip("_").lower()
        if role := NAMES.get(plain) or next((role for part, role in _PARTS if part.search(plain)), None):
            return role
    return None


def pieces_of(row: Row, chosen: frozenset[str] = frozenset()) -> list[Piece]:
    """The pieces of a row. `chosen` names the columns that hold the texts; where it is empty, names and looks tell."""
    whole = Piece()
    sorted_out = _Sorter(chosen)
    sorted_out.put(row, (), whole)
    parts = [part.completed(whole) for part in sorted_out.parts if part.worth_keeping()]
    return [piece for piece in (whole, *parts) if piece.worth_keeping()]


@dataclass
class _Sorter:
    """Puts the values of a row where they belong; each object in a list becomes one of `parts`."""

    chosen: frozenset[str]
    parts: list[Piece] = field(default_factory=list)
    left: int = _WIDEST

    def put(self, value: Any, path: tuple[str, ...], piece: Piece) -> None:
        self.left -= 1
        if self.left < 0 or len(path) > _DEEPEST:
            return
        if isinstance(value, dict):
            for name, child in value.items():
                self.put(child, (*path, str(name)), piece)
        elif isinstance(value, list):
            for child in value:
                self.put(child, path, self._part() if isinstance(child, dict) else piece)
        elif value is not None and value != "":
            self._keep(value, path, piece)

    def _part(self) -> Piece:
        self.parts.append(Piece())
        return self.parts[-1]

    def _keep(self, value: Any, path: tuple[str, ...], piece: Piece) -> None:
        role = self._role(value, path)
        if role in piece.of and (isinstance(value, str) or role != "texts"):
            piece.of[role].append(value if isinstance(value, str) else str(value).lower())

    def _role(self, value: Any, path: tuple[str, ...]) -> str | None:
        role = role_of(path)
        if self.chosen and (path[-1] in self.chosen or ".".join(path) in self.chosen):
            return "texts"
        if self.chosen:
            return None if role == "texts" else role
        return role or ("texts" if isinstance(value, str) and _looks_like_text(value) else None)


def _looks_like_text(value: str) -> bool:
    return value.count(" ") >= _SPACES or (len(value) >= _LONG and not value.isascii())


# -- formats --------------------------------------------------------------------------------------


def _parquet(stream: IO[bytes], limits: dict[str, int]) -> Iterator[Row]:
    import pyarrow.parquet as pq  # only after memory is limited

    with pq.ParquetFile(stream, pre_buffer=False, memory_map=False) as file:
        footer = file.metadata
        groups = (footer.row_group(number) for number in range(footer.num_row_groups))
        if footer.num_rows > limits["rows"] or sum(group.total_byte_size for group in groups) > limits["text_bytes"]:
            raise TooMuch("the file states more rows or bytes than the limits allow")
        columns = [leaf.path for leaf in map(footer.schema.column, range(footer.num_columns)) if _readable(leaf)]
        for batch in file.iter_batches(batch_size=_BATCH, columns=columns, use_threads=False):
            batch.validate(full=True)
            yield from batch.to_pylist()


def _readable(leaf: Any) -> bool:
    """Whether a column of Parquet holds text, whole numbers or truth values: no pictures, no measurements."""
    kind = leaf.logical_type.type
    if leaf.physical_type == "BYTE_ARRAY":
        return kind in ("STRING", "JSON", "ENUM")
    return leaf.physical_type == "BOOLEAN" or (leaf.physical_type in ("INT32", "INT64") and kind in ("NONE", "INT"))


def _json(stream: IO[bytes], limits: dict[str, int]) -> Iterator[Row]:
    """One array of objects, or one object on each line."""
    start = stream.read(1)
    while start.isspace():
        start = stream.read(1)
    if start == b"[":
        data = stream.read(limits["text_bytes"] + 1)
        if len(data) > limits["text_bytes"]:
            raise TooMuch("the file is longer than the limits allow")
        yield from (row for row in orjson.loads(start + data) if isinstance(row, dict))
    else:
        yield from _lines(start, stream)


def _lines(start: bytes, stream: IO[bytes]) -> Iterator[Row]:
    """Objects, one a line. Raises ValueError for a line that is none."""
    while line := start + stream.readline(_LINE):
        start = b""
        if len(line) > _LINE:
            raise TooMuch("a line is longer than the limits allow")
        if line.strip():
            row = orjson.loads(line)
            if not isinstance(row, dict):
                raise ValueError("a line is no object")
            yield row


def _jsonl(stream: IO[bytes], _limits: dict[str, int]) -> Iterator[Row]:
    yield from _lines(b"", stream)


def _table(stream: IO[bytes], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_LINE)
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    yield from (dict(row) for row in csv.DictReader(text, delimiter=delimiter, restkey=None))


def _csv(stream: IO[bytes], _limits: dict[str, int]) -> Iterator[Row]:
    yield from _table(stream, ",")


def _tsv(stream: IO[bytes], _limits: dict[str, int]) -> Iterator[Row]:
    yield from _table(stream, "\t")


#: Ending of a file name -> how its rows are read.
FORMATS: Final[dict[str, Callable[[IO[bytes], dict[str, int]], Iterator[Row]]]] = {
    ".parquet": _parquet,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": _json,
    ".csv": _csv,
    ".tsv": _tsv,
}


def _gunzipped(stream: IO[bytes]) -> Any:
    return gzip.GzipFile(fileobj=stream, mode="rb")


def _unzstd(stream: IO[bytes]) -> Any:
    import pyarrow as pa  # only after memory is limited

    return pa.CompressedInputStream(stream, "zstd")


#: Endings that may follow, and how such bytes are unpacked.
PACKED: Final[dict[str, Callable[[IO[bytes]], Any]]] = {".gz": _gunzipped, ".zst": _unzstd}


def rows_of(path: Path, limits: dict[str, int]) -> Iterator[Row]:
    """The rows of a file, as its name says. Raises whatever its parser raises, and TooMuch."""
    from threadcommons.files import open_plain  # only after the path of the parent is known

    *_, inner, last = ["", "", *(suffix.lower() for suffix in path.suffixes)]
    with os.fdopen(open_plain(path), "rb") as stream:
        if last in PACKED:
            unpacked = io.BufferedReader(_Bounded(PACKED[last](stream), limits["text_bytes"]), 1 << 20)
            yield from FORMATS[inner](unpacked, limits)
        else:
            yield from FORMATS[last](stream, limits)


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in TooMuch instead of going on for ever."""

    def __init__(self, stream: Any, most: int) -> None:
        self.stream, self.left = stream, most

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; how many bytes. Raises TooMuch."""
        data = self.stream.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise TooMuch("the file unpacks to more than the limits allow")
        buffer[: len(data)] = data
        return len(data)


# -- the process ----------------------------------------------------------------------------------


@dataclass
class _Sink:
    """Writes pieces, one a line, and counts what they hold against the limits."""

    out: IO[bytes]
    limits: dict[str, int]
    rows: int = 0
    characters: int = 0

    def add(self, file: int, line: int, pieces: Iterable[Piece]) -> None:
        self.rows += 1
        for piece in pieces:
            self.characters += sum(len(text) for texts in piece.of.values() for text in texts)
            self.out.write(orjson.dumps({"file": file, "line": line, **piece.of}, option=orjson.OPT_APPEND_NEWLINE))
        if self.rows > self.limits["rows"] or self.characters > self.limits["text_bytes"]:
            raise TooMuch(f"there are more than {self.limits['rows']} rows or {self.limits['text_bytes']} characters")


def read_all(job: Job) -> list[dict[str, Any]]:
    """Read every file into `PIECES`; for each its name, its rows, and why it could not be read (to the end)."""
    report = []
    with Path(job.out, PIECES).open("wb") as out:
        sink = _Sink(out, job.limits)
        for number, name in enumerate(job.files):
            Path(job.out, AT).write_text(str(number), encoding="ascii")
            before, fault = sink.rows, None
            try:
                for line, row in enumerate(rows_of(Path(job.folder, name), job.limits)):
                    sink.add(number, line, pieces_of(row, frozenset(job.text)))
            except (TooMuch, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001  (what a stranger's file can break in a parser has no end)
                fault = type(error).__name__
            report.append({"name": name, "rows": sink.rows - before, "fault": fault})
    return report


def main() -> None:
    """Read the job from standard input, do it, and leave `report.json` in its folder."""
    told = orjson.loads(sys.stdin.buffer.read())
    sys.path[:] = told.pop("path")
    job = Job(**told)
    for kind, amount in (
        (resource.RLIMIT_AS, job.limits["memory"]),
        (resource.RLIMIT_CPU, job.limits["seconds"]),
    ):
        most = resource.getrlimit(kind)[1]
        allowed = amount if most == resource.RLIM_INFINITY else min(amount, most)
        resource.setrlimit(kind, (allowed, allowed))
    try:
        report: dict[str, Any] = {"files": read_all(job)}
    except TooMuch as reason:
        report = {"refused": str(reason)}
    except MemoryError:
        report = {"refused": "a file asks for more memory than the limits allow"}
    Path(job.out, REPORT).write_bytes(orjson.dumps(report))


if __name__ == "__main__":
    main()
