"""Speed of the readers, from the bytes of a generated export to Arrow batches, beside a plain copy by a fast library.

`python bench/bench_sources.py [--mb N] [--runs N] [NAME ...]` makes an export of N megabytes for each format (20 by
default; what is promised is promised for 200) and prints one Markdown table. Everything runs on one core, and as in a
build without the collector of cycles. A plain copy parses the same file and writes all of it as an Arrow file, or does
the nearest thing that its library can; it judges nothing, accounts for nothing and drops nothing. To add a format, add
a row to `FORMATS`.

`--memory GB [NAME ...]` makes an export of that many gigabytes instead (of a line format, of XML and of mail, if no
format is named), reads it in a process of its own, range by range as a build does, and prints the most memory that the
process ever had in use.
"""

from __future__ import annotations

import argparse
import csv
import gc
import io
import itertools
import json
import mailbox
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

os.environ.update({"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"})

import orjson
import platform_rows as shapes
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from corpus import texts

from threadcommons.model import Export, Limits
from threadcommons.sources import open_export, read, read_export, reader_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BATCH: Final = 2_000
MAPPING: Final = {
    "native_id": "id",
    "conversation": "thread",
    "parent": "reply_to",
    "author": "user",
    "created_at": {"column": "sent", "unit": "s"},
    "lang": "lang",
    "license": "license",
    "url": {"template": "https://example.org/t/{thread}#{id}"},
    "text": "body",
}
COLUMNS: Final = ["id", "thread", "reply_to", "user", "sent", "lang", "license", "body"]


@dataclass(frozen=True)
class Format:
    """One row of the table: what is generated and how, how it is read, and the plain copy of it."""

    name: str
    reader: str
    #: Pieces of the export: head, then bodies for batches of rows, then tail.
    make: Callable[[Iterator[list[dict[str, Any]]]], Iterator[bytes]]
    #: Parses the file and copies it to the second path.
    plain: Callable[[Path, Path], None]
    options: dict[str, Any] = field(default_factory=dict)
    #: What the export is called.
    file: str = "export.txt"
    #: What closes the file.
    tail: bytes = b""
    #: Other exports that the reader looks at, by name.
    beside: dict[str, bytes] = field(default_factory=dict)


# --- Rows, and files made of them ---


def rows() -> Iterator[list[dict[str, Any]]]:
    """Invented messages without end, some hundreds of bytes each; the same ones every time."""
    words, number = texts(BATCH), 0
    while True:
        some = []
        for index, text in enumerate(words):
            first = index % 20 == 0
            body = f'{text}\nShe said, "{text[:40]}".' if index % 3 == 0 else text
            some.append(
                {
                    "id": f"m{number}", "thread": f"t{number // 20}", "reply_to": "" if first else f"m{number - 1}",
                    "user": f"user_{number % 977}", "sent": 1372096774 + number, "lang": "en", "license": "CC-BY-4.0",
                    "body": body,
                }
            )  # fmt: skip
            number += 1
        yield some


def as_jsonl(batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """JSON lines of strangers."""
    for batch in batches:
        yield b"".join(orjson.dumps(row) + b"\n" for row in batch)


def as_posts(batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """Canonical posts."""
    for batch in batches:
        yield b"".join(
            orjson.dumps(
                {
                    "native_id": row["id"], "conversation": row["thread"], "kind": "post", "markup": "plain",
                    "author": {"name": row["user"]}, "lang": row["lang"], "license": row["license"],
                    "text": row["body"],
                    "created_at": "2020-05-06T07:08:09Z",
                }
            )
            + b"\n"
            for row in batch
        )  # fmt: skip


def as_csv(batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """A table with a header, quoted as spreadsheets do it."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    for batch in batches:
        out = io.StringIO()
        csv.writer(out).writerows([row[name] for name in COLUMNS] for row in batch)
        yield out.getvalue().encode()


def as_gitter(batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """Seven columns of a room."""
    for batch in batches:
        out = io.StringIO()
        ids = [f"{int(row['id'][1:]):024x}" for row in batch]
        csv.writer(out, delimiter="\t").writerows(
            ["0" * 24, "a/b", "2016-12-16T01:35:56.952Z", "1" * 24, row["user"], id_, row["body"]]
            for row, id_ in zip(batch, ids, strict=True)
        )
        yield out.getvalue().encode()


# --- Plain copies ---


def copy_lines(path: Path, target: Path) -> None:
    """Polars, JSON lines to an Arrow file."""
    pl.read_ndjson(path).write_ipc(target)


def copy_csv(path: Path, target: Path) -> None:
    """Polars, all columns as text."""
    pl.read_csv(path, infer_schema=False).write_ipc(target)


def copy_tsv(path: Path, target: Path) -> None:
    """The same without a header."""
    pl.read_csv(path, infer_schema=False, separator="\t", has_header=False).write_ipc(target)


def copy_document(path: Path, target: Path) -> None:
    """orjson, the whole document and back."""
    target.write_bytes(orjson.dumps(orjson.loads(path.read_bytes())))


def copy_parquet(path: Path, target: Path) -> None:
    """pyarrow, Parquet to Parquet."""
    pq.write_table(pq.read_table(path, use_threads=False), target)


def copy_mail(path: Path, target: Path) -> None:
    """The standard library, which has no faster peer: each message parsed, its text copied."""
    with target.open("w", encoding="utf-8", errors="replace") as out:
        for message in mailbox.mbox(path):
            out.write(f"{message['Message-ID']} {message.get_payload()}\n")


def copy_text(path: Path, target: Path) -> None:
    """Lines taken apart at their first blanks."""
    with path.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line.split(" ", 2)) + "\n" for line in source)


def copy_xml(path: Path, target: Path) -> None:
    """expat, each row's attributes as JSON."""
    with target.open("wb") as out:
        parser = expat.ParserCreate()
        parser.StartElementHandler = lambda _tag, cells: out.write(orjson.dumps(cells) + b"\n")
        parser.Parse(path.read_bytes() + b"</posts>", True)  # noqa: FBT003  (the name that expat gives it may not be used)


_OPEN: Final = b'{"name":"Maps","type":"public_supergroup","id":2001,"messages":['
_CHANNEL: Final = b"""{"guild":{"id":"930000000000000001","name":"Maps"},"channel":{"id":"920000000000000001","type":
"GuildTextChat","categoryId":"1","category":"A","name":"maps"},"messages":["""
_CHANNELS: Final = b'[{"id":"C0000000A","name":"maps","created":1714550400,"creator":"U1","is_archived":false}]'
_HOST: Final = {"site": "a.example.org"}

FORMATS: Final = (
    Format("jsonl", "jsonl", as_posts, copy_lines),
    Format("stackexchange", "stackexchange", shapes.dump, copy_xml, _HOST, "Posts.xml"),
    Format("table: CSV", "table", as_csv, copy_csv, {"layout": "csv", "columns": COLUMNS, "mapping": MAPPING}),
    Format("table: JSON lines", "table", as_jsonl, copy_lines, {"layout": "jsonl", "mapping": MAPPING}),
    Format(
        "table: JSON list", "table", shapes.document_of(b'{"items":[', lambda _number, row: row), copy_document,
        {"layout": "json", "records": "/items", "mapping": MAPPING}, tail=b"]}",
    ),
    Format(
        "table: Parquet", "table", as_jsonl, copy_parquet, {"layout": "parquet", "mapping": MAPPING}, "export.parquet"
    ),
    Format("gitter", "gitter", as_gitter, copy_tsv),
    Format("reddit", "reddit", shapes.lines_of(shapes.reddit_comment), copy_lines),
    Format("convokit", "convokit", shapes.lines_of(shapes.utterance), copy_lines),
    Format("hackernews", "hackernews", shapes.lines_of(shapes.hn_item), copy_lines),
    Format("wikiconv", "wikiconv", shapes.lines_of(shapes.talk_action), copy_lines),
    Format("jetstream", "jetstream", shapes.lines_of(shapes.stream_event), copy_lines),
    Format("x-api", "x-api", shapes.x_pages, copy_lines),
    Format("x-v1", "x-v1", shapes.lines_of(shapes.tweet_v1), copy_lines),
    Format("chat", "chat", shapes.lines_of(shapes.chat_row), copy_lines),
    Format("telegram", "telegram", shapes.document_of(_OPEN, shapes.telegram_message), copy_document, tail=b"]}"),
    Format("discord", "discord", shapes.document_of(_CHANNEL, shapes.discord_message), copy_document, tail=b"]}"),
    Format(
        "slack", "slack", shapes.document_of(b"[", shapes.slack_message), copy_document, {}, "maps/2024-05-01.json",
        b"]", {"channels.json": _CHANNELS},
    ),
    Format(
        "zulip", "zulip", shapes.document_of(b"[", shapes.zulip_message), copy_document, _HOST, "100-maps/ink.json",
        b"]",
    ),
    Format("mbox", "mbox", shapes.mail, copy_mail),
    Format("irc", "irc", shapes.log, copy_text, {}, "2020-01-02.log"),
)  # fmt: skip


# --- Measuring ---


def made(one: Format, folder: Path, size: int) -> Path:
    """An export of about `size` bytes, in a folder with what stands beside it."""
    path = folder / one.file
    for name, content in one.beside.items():
        (folder / name).write_bytes(content)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as out:
        for piece in one.make(rows()):
            out.write(piece)
            if out.tell() >= size:
                break
        out.write(one.tail)
    if path.suffix == ".parquet":
        lines = pl.read_ndjson(path).to_arrow()
        pq.write_table(
            lines.cast(
                pa.schema([(name, pa.string() if name != "sent" else pa.int64()) for name in lines.column_names])
            ),
            path,
        )
    return path


def reading(one: Format, folder: Path) -> tuple[int, int]:
    """How many posts and refusals a reader makes of a file. Every byte is accounted for, or this fails."""
    reader = reader_for(one.reader, one.options)
    export, *others = (
        Export("bench", name, folder / name, "0" * 64, (folder / name).stat().st_size)
        for name in (one.file, *one.beside)
    )
    posts = refused = 0
    with open_export(export) as (data, size):
        context = reader.context(export, [export, *others], one.options)
        for batch in read(reader, data, 0, size, context, Limits()):
            assert batch.cut.unaccounted() == 0  # noqa: S101  (a figure of a wrong run is none)
            posts, refused = posts + batch.posts.num_rows, refused + len(batch.refused)
    return posts, refused


def reading_in_ranges(one: Format, folder: Path) -> None:
    """Read a file as the tasks of a build do, one after the other."""
    reader = reader_for(one.reader, one.options)
    export = Export("bench", one.file, folder / one.file, "0" * 64, (folder / one.file).stat().st_size)
    with open_export(export) as (data, size):
        points = reader.divide(data, size)
    context = reader.context(export, [export], one.options)
    for start, stop in itertools.pairwise(points):
        for batch in read_export(reader, export, (start, stop), context, Limits()):
            assert batch.cut.unaccounted() == 0  # noqa: S101  (a figure of a wrong run is none)


def memory_row_of(one: Format, gigabytes: float) -> str:
    """The row of the table of memory for a format."""
    with tempfile.TemporaryDirectory() as name:
        size = made(one, Path(name), int(gigabytes * 1e9)).stat().st_size
        begun = time.monotonic()
        child = os.posix_spawn(sys.executable, [sys.executable, __file__, "--read", name, one.name], os.environ)
        _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - begun
    assert status == 0, one.name  # noqa: S101  (a figure of a wrong run is none)
    return f"| {one.name} | {size / 1e9:.1f} | {used.ru_maxrss / 1024:.0f} | {seconds:.0f} |"


def best(run: Callable[[], object], runs: int) -> float:
    """Seconds of CPU of the fastest of some runs."""
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        run()
        seconds.append(time.process_time() - begun)
    return min(seconds)


def main() -> None:
    """Measure the formats that are named, or all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in FORMATS))
    asked.add_argument("--mb", type=int, default=20, help="size of each export")
    asked.add_argument("--runs", type=int, default=3, help="how often each side runs; the best counts")
    asked.add_argument("--memory", type=float, metavar="GB", help="measure memory instead, with exports of this size")
    asked.add_argument("--read", type=Path, metavar="FOLDER", help="only read an export that is there already")
    said = asked.parse_args()
    pa.set_cpu_count(1)
    gc.disable()
    named = [one for one in FORMATS if not said.names or one.name in said.names or one.reader in said.names]
    if said.read:
        reading_in_ranges(named[0], said.read)
    elif said.memory:
        print("| format | GB | most resident, MB | seconds |\n|---|--:|--:|--:|")
        for one in named if said.names else [one for one in FORMATS if one.reader in _LARGE]:
            print(memory_row_of(one, said.memory), flush=True)
    else:
        print_speeds(named, said.mb, said.runs)


#: A line format, one of elements and one of messages.
_LARGE: Final = ("jsonl", "stackexchange", "mbox")


def print_speeds(formats: Sequence[Format], mb: int, runs: int) -> None:
    """The table of speeds."""
    versions = f"Python {sys.version.split()[0]}, pyarrow {pa.__version__}, polars {pl.__version__}"
    print(f"{versions}; one core, best of {runs}, CPU time\n")
    print("| format | MB | records | bytes a record | reader, MB/s | plain copy, MB/s | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for one in formats:
        print(row_of(one, mb, runs), flush=True)


def row_of(one: Format, mb: int, runs: int) -> str:
    """The row of the table for a format."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = made(one, folder, mb * 1_000_000)
        size, copy = path.stat().st_size, folder / "copy"
        records = sum(reading(one, folder))
        ours = best(lambda: reading(one, folder), runs)
        plain = best(lambda: one.plain(path, copy), runs)
    speeds = " | ".join(f"{size / 1e6 / seconds:.0f}" for seconds in (ours, plain))
    return f"| {one.name} | {size / 1e6:.0f} | {records:,} | {size // records} | {speeds} | {ours / plain:.1f} |"


if __name__ == "__main__":
    main()
