"""`table`: all shared exports of it, and every layout."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, again, head_of, options_problems, reader_for, recognised
from threadcommons.sources.base import Head, Parsed, Refusal
from threadcommons.sources.propose import propose

from .reading import accounted

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
EXPORTS = SHARED / "exports/generic"
COLUMNS = ["id", "thread", "reply_to", "user", "created", "body"]
MAPPING: dict[str, Any] = {
    "native_id": "id",
    "conversation": "thread",
    "parent": "reply_to",
    "author": "user",
    "created_at": {"column": "created", "unit": "s"},
    "text": "body",
}
ROWS = [
    {"id": "1", "thread": "t", "reply_to": "", "user": "ann", "created": 1372096774, "body": 'One, "two"\nthree'},
    {"id": "2", "thread": "t", "reply_to": "1", "user": "bo", "created": 1372096834, "body": "é; and\tmore"},
]


def code(parsed: Parsed) -> str:
    assert isinstance(parsed, Refusal), parsed
    return parsed.code


def outcomes(options: dict[str, Any], data: bytes, tmp_path: Path, limits: Limits | None = None) -> list[Parsed]:
    """What became of every record; the account must balance, and each post must come out of its place alone."""
    assert options_problems(READERS["table"], options) == []
    path = tmp_path / "export"
    path.write_bytes(data)
    reader = reader_for("table", options)
    export = Export("s", "export", path, "0" * 64, len(data))
    context = reader.context(export, [export], options)
    found: list[Parsed] = []
    for batch in accounted(reader, data, context, limits):
        posts = {row.pop("record"): row for row in batch.posts.to_pylist()}
        for index in range(len(batch.cut)):
            span = (int(batch.cut.offsets[index]), int(batch.cut.lengths[index]))
            alone = again(reader, data, len(data), span, context, limits or Limits())
            if index in posts:
                assert isinstance(alone, dict)
                assert (alone["text"], alone.get("native_id")) == (posts[index]["text"], posts[index]["native_id"])
            found.append(posts.get(index) or batch.refused[index])
    return found


def written(layout: str, rows: list[dict[str, Any]]) -> tuple[dict[str, Any], bytes]:
    """Rows as a file of one layout, with the options that read it."""
    if layout == "csv":
        cells = [[str(row[name]).replace('"', '""') for name in COLUMNS] for row in rows]
        lines = [",".join(f'"{cell}"' for cell in row) for row in [COLUMNS, *cells]]
        return {"layout": "csv", "columns": COLUMNS, "mapping": MAPPING}, "\r\n".join(lines).encode()
    if layout == "jsonl":
        return {"layout": "jsonl", "mapping": MAPPING}, b"\n".join(orjson.dumps(row) for row in rows) + b"\n"
    if layout == "json":
        document = orjson.dumps({"meta": {"n": 1}, "result": {"items": rows}}, option=orjson.OPT_INDENT_2)
        return {"layout": "json", "records": "/result/items", "mapping": MAPPING}, document
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, row_group_size=1)
    return {"layout": "parquet", "mapping": MAPPING}, sink.getvalue()


LAYOUTS = pytest.mark.parametrize("layout", ["csv", "jsonl", "json", "parquet"])


@LAYOUTS
def test_a_post_is_the_same_whatever_its_table_is_written_in(layout: str, tmp_path: Path) -> None:
    one, two = outcomes(*written(layout, ROWS), tmp_path)
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    said = {key: value for key, value in two.items() if value is not None}
    said["created_at"] = said["created_at"].isoformat()
    assert said == {
        "native_id": "2",
        "conversation": "t",
        "parent": "1",
        "kind": "reply",
        "author": {"name": "bo", "id": None, "url": None},
        "text": "é; and\tmore",
        "markup": "plain",
        "created_at": "2013-06-24T18:00:34+00:00",
    }
    assert (one["parent_state"], one["kind"], one["text"]) == ("root", "post", 'One, "two"\nthree')


@LAYOUTS
def test_any_damage_is_accounted_for(layout: str, tmp_path: Path) -> None:
    options, whole = written(layout, ROWS * 3)
    chance = random.Random(30)
    still = 0
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(9)] = bytes(chance.choices(b'\0\xff"\n,{}[]\\:1', k=chance.randrange(4)))
        still += sum(isinstance(parsed, dict) for parsed in outcomes(options, bytes(data), tmp_path))
    assert still > 10


# --- Shared exports ---


def shared() -> list[dict[str, Any]]:
    if not EXPORTS.exists():
        return []
    listed = json.loads((SHARED / "exports/expected.json").read_text(encoding="utf-8"))["exports"]
    return [entry for entry in listed if entry["format"] == "generic"]


FILES = pytest.mark.parametrize("entry", shared() or [None], ids=lambda entry: entry["path"][8:] if entry else "absent")
#: What a person has to say about some of them, as `add` asks for it.
TOLD: dict[str, dict[str, Any]] = {
    "posts.mixed-times.csv": {"created_at": {"zone": "UTC"}},
    "posts.headerless.tsv": {},
    "posts.cp1252.csv": {},
}
#: Records that are no posts, by code.
REFUSED = {
    "posts.broken.tsv": {"record.bad-row": 10, "record.torn-row": 4},
    "posts.crlf.jsonl": {"record.deleted": 1, "record.private": 1},
    "posts.jsonl": {"record.deleted": 2, "record.private": 2, "record.duplicate-key": 1},
    "posts.mixed-times.csv": {"record.bad-field": 4},
}


def proposed(path: Path) -> dict[str, Any]:
    look = propose(head_of(path))
    assert look is not None
    mapping = {key: value for key, value in look.mapping.items() if key != "todo"}
    questions = {todo["key"].partition(".")[0] for todo in look.mapping.get("todo", ())}
    assert bool(questions) == (path.name in TOLD)
    for key, more in TOLD.get(path.name, {}).items():
        mapping[key] = {**mapping[key], **more}
    return {**look.options, "mapping": mapping}


@FILES
def test_counts_are_those_of_the_export(entry: dict[str, Any] | None, tmp_path: Path) -> None:
    if entry is None:
        pytest.skip("the shared exports are not beside this repository")
    path = SHARED / "exports" / entry["path"]
    found = outcomes(proposed(path), path.read_bytes(), tmp_path)
    refused = Counter(one.code for one in found if isinstance(one, Refusal))
    assert refused == REFUSED.get(path.name, {})
    if "records_meant" in entry["counts"]:
        # 24 rows, four of which a line end has cut, and three that were never right.
        assert len(found) == entry["counts"]["physical_lines"] - 1
    else:
        assert len(found) == entry["counts"]["records"]
        assert refused["record.private"] == entry["counts"].get("private", 0)
        assert refused["record.deleted"] == entry["counts"].get("deleted", 0)
    assert "CANARY" not in repr(found)


@FILES
def test_exports_are_recognised_as_tables(entry: dict[str, Any] | None) -> None:
    if entry is None:
        pytest.skip("the shared exports are not beside this repository")
    names = [reader.name for reader, _ in recognised(head_of(SHARED / "exports" / entry["path"]))]
    assert names == ["table"]


@pytest.mark.parametrize(
    "start",
    [
        b"", b"plain words, and some more of them\nanother line\n", b"{}", b"[]", b'{"a": 1}\n{"a": 2}\n', b"\x89PNG\r\n\x1a\n\0\0",
        b"name,age\nann,3\nbo,4\n", b'[{"name": "x", "text": 3}]', b'{"messages": "x"}', b"PAR1 no footer PAR1", b"\xff\xfei\0d\0",
        b'{"text": "a b"}\n{"text": "c d"}\n', b"<html><body>a, b</body></html>\n",
    ],
)  # fmt: skip
def test_other_files_are_no_tables_of_posts(start: bytes) -> None:
    assert READERS["table"].recognise(Head("posts.csv", start, len(start), start)) is None


# --- Options ---


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"layout": "xls", "mapping": {"text": "a"}}, "layout"),
        ({"layout": "csv", "mapping": {"text": "a"}}, "columns"),
        ({"layout": "csv", "columns": ["a", "a"], "mapping": {"text": "a"}}, "columns"),
        ({"layout": "csv", "columns": ["a"], "mapping": {"text": "b"}}, "mapping"),
        ({"layout": "csv", "columns": ["a"], "delimiter": "ab", "mapping": {"text": "a"}}, "delimiter"),
        ({"layout": "csv", "columns": ["a"], "encoding": "utf-16", "mapping": {"text": "a"}}, "encoding"),
        ({"layout": "csv", "columns": ["a"], "escaped": True, "mapping": {"text": "a"}}, "escaped"),
        ({"layout": "jsonl", "mapping": {}}, "mapping/text"),
        ({"layout": "jsonl", "mapping": {"text": {"column": "a", "constant": "b"}}}, "mapping/text"),
        ({"layout": "jsonl", "mapping": {"text": "a", "url": {"template": "x{"}}}, "mapping/url"),
        ({"layout": "jsonl", "mapping": {"text": "a", "lang": {"column": "l", "unit": "s"}}}, "mapping/lang"),
        (
            {"layout": "jsonl", "mapping": {"text": "a", "created_at": {"column": "l", "zone": "CET"}}},
            "mapping/created_at",
        ),
        ({"layout": "jsonl", "mapping": {"text": "a", "deleted_if": [{"column": "d"}]}}, "mapping/deleted_if/0"),
        ({"layout": "jsonl", "mapping": {"text": "a", "todo": [{"key": "url", "ask": "Where?"}]}}, "mapping/todo/0"),
    ],
)
def test_what_cannot_be_read_so_is_said(options: dict[str, Any], where: str) -> None:
    assert [option for option, _ in options_problems(READERS["table"], options)] == [where]


def test_a_file_with_another_header_is_not_read_under_these_names(tmp_path: Path) -> None:
    options = {"layout": "csv", "columns": ["a", "body"], "mapping": {"text": "body"}}
    found = outcomes(options, b"body,a\nx,secret\n", tmp_path)
    assert {code(one) for one in found} == {"record.not-this-format"}


def test_a_header_in_the_middle_is_no_post(tmp_path: Path) -> None:
    options = {"layout": "csv", "columns": ["a", "body"], "mapping": {"text": "body"}}
    found = outcomes(options, b"a,body\n1,x\na,body\n2,y\n", tmp_path)
    assert [one.code if isinstance(one, Refusal) else one["text"] for one in found] == ["x", "record.not-a-post", "y"]


# --- Documents and Parquet ---


def test_records_may_be_the_members_of_an_object(tmp_path: Path) -> None:
    options = {"layout": "json", "records": "/all", "mapping": {"text": "body"}}
    found = outcomes(options, b'{"all": {"k1": {"body": "x"}, "k2": {"body": "y"}}, "z": [1]}', tmp_path)
    assert [one["text"] for one in found if isinstance(one, dict)] == ["x", "y"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b'{"a": [{"body": "x"}], "a": [{"body": "y"}]}', "record.duplicate-key"),
        (b'{"b": []}', "record.not-this-format"),
        (b'{"a": 3}', "record.not-this-format"),
        (b'{"a": [{"body": "x', "record.truncated"),
        (b'{"a": [3]}', "record.bad-field"),
    ],
)
def test_a_document_without_such_records_is_one_broken_record(document: bytes, expected: str, tmp_path: Path) -> None:
    found = outcomes({"layout": "json", "records": "/a", "mapping": {"text": "body"}}, document, tmp_path)
    assert [code(one) for one in found] == [expected]


def parquet(table: pa.Table, **more: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **more)
    return sink.getvalue()


def test_rows_of_parquet_share_the_bytes_of_their_group(tmp_path: Path) -> None:
    bodies = [f"Words of row {number}" for number in range(2500)]
    data = parquet(pa.table({"body": bodies, "n": range(2500)}), row_group_size=1000)
    options = {"layout": "parquet", "mapping": {"text": "body", "native_id": "n"}}
    reader = reader_for("table", options)
    cuts = list(reader.cut(data, 0, len(data), Limits()))
    spans = [(at, size) for cut in cuts for at, size in zip(cut.offsets.tolist(), cut.lengths.tolist(), strict=True)]
    assert len(set(spans)) == 2500
    assert all(size > 0 for _, size in spans)
    group = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(1)
    shares = spans[1000:2000]
    assert sum(size for _, size in shares) == sum(group.column(index).total_compressed_size for index in range(2))
    assert max(size for _, size in shares) - min(size for _, size in shares) <= 1
    chance = random.Random(31)
    for number in chance.sample(range(2500), 60):
        parsed = again(reader, data, len(data), spans[number], None, Limits())
        assert isinstance(parsed, dict)
        assert (parsed["text"], parsed["native_id"]) == (bodies[number], str(number))


def test_a_group_with_more_rows_than_bytes_has_no_places_to_give(tmp_path: Path) -> None:
    data = parquet(pa.table({"body": ["one word"] * 500_000}))
    (only,) = outcomes({"layout": "parquet", "mapping": {"text": "body"}}, data, tmp_path)
    assert code(only) == "record.no-place"


def test_types_of_parquet_become_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "body": pa.array(["x"]),
            "at": pa.array([1372096774123456789], pa.timestamp("ns", "UTC")),
            "id": pa.array([9007199254740993], pa.int64()),
            "by": pa.array([{"name": "ann"}]),
            "gone": pa.array([False]),
        }
    )
    mapping = {
        "text": "body", "created_at": "at", "native_id": "id", "author": "/by/name",
        "deleted_if": [{"column": "gone", "is": ["true"]}],
    }  # fmt: skip
    (made,) = outcomes({"layout": "parquet", "mapping": mapping}, parquet(table), tmp_path)
    assert isinstance(made, dict)
    assert (made["native_id"], made["author"]["name"]) == ("9007199254740993", "ann")
    assert made["created_at"].isoformat() == "2013-06-24T17:59:34.123456+00:00"


def test_a_missing_column_or_a_broken_footer_is_one_broken_record(tmp_path: Path) -> None:
    data = parquet(pa.table({"body": ["x"]}))
    for options, broken in (
        ({"layout": "parquet", "mapping": {"text": "words"}}, data),
        ({"layout": "parquet", "mapping": {"text": "body"}}, data[:-9] + b"\xff" + data[-8:]),
        ({"layout": "parquet", "mapping": {"text": "body"}}, data[:40]),
    ):
        (told,) = outcomes(options, broken, tmp_path)
        assert code(told) in {"record.not-this-format", "record.truncated"}


def test_without_a_sound_mapping_nothing_is_read() -> None:
    for options in ({}, {"layout": "csv"}, {"layout": "jsonl", "mapping": {}}):
        reader = reader_for("table", options)
        parsed = [reader.parse(b'{"body": "x"}', 0, None)]
        assert [code(one) for one in parsed] == ["record.not-this-format"]
