"""What a look at a table proposes, and what it leaves for a person to say."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.schema import explain
from threadcommons.sources import READERS, options_problems
from threadcommons.sources.base import Head
from threadcommons.sources.propose import Proposal, propose


def look(data: bytes, told: dict[str, Any] | None = None, most: int = 65536) -> Proposal:
    found = propose(Head("file", data[:most], len(data), data[-most:]), told)
    assert found is not None
    return found


def asked(proposal: Proposal) -> dict[str, str]:
    return {todo["key"]: todo["ask"] for todo in proposal.mapping.get("todo", ())}


def lines(*rows: dict[str, Any]) -> bytes:
    return b"\n".join(orjson.dumps(row) for row in rows) + b"\n"


TABLE = b'id;user;when;body\n1;ann;2020-01-02T03:04:05Z;Some words\n2;bo;2020-01-02T03:05:05Z;More; of "them"\n'


def test_a_proposal_is_sound_and_keeps_the_schema() -> None:
    for data in (
        TABLE,
        lines({"id": 1, "text": "a b"}, {"id": 2, "text": "c d"}),
        orjson.dumps({"x": [{"id": 1, "text": "a b"}]}),
    ):
        found = look(data)
        source = {
            "schema": 1, "title": "t", "format": "table", "platform": "p", "reader": dict(found.options),
            "mapping": dict(found.mapping), "export": [{"file": "f", "sha256": "0" * 64, "bytes": 1}],
        }  # fmt: skip
        assert explain("source", source) == []
        assert options_problems(READERS["table"], {**found.options, "mapping": found.mapping}) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_rows(delimiter: str) -> None:
    found = look(TABLE.replace(b"; of", b" of").replace(b";", delimiter.encode()))
    assert found.options == {
        "layout": "csv",
        "columns": ["id", "user", "when", "body"],
        "header": True,
        "delimiter": delimiter,
    }
    assert found.certain


def test_quotes_that_are_text_are_seen() -> None:
    """Under quotes the rows would run together; without them they are rows."""
    rows = b"".join(b'%d\t"unfinished\twords here %d\n' % (n, n) for n in range(9))
    assert look(b"id\tuser\tbody\n" + rows).options["quote"] == ""


def test_what_is_concluded_from_values_alone_is_asked() -> None:
    rows = b"".join(b"m%d\tann\t%d\tthese are words %d\n" % (n, 1372096774 + n, n) for n in range(9))
    found = look(rows)
    assert found.options["columns"] == ["id", "column_2", "created_at", "text"]
    assert found.options["header"] is False
    assert "reader.columns" in asked(found)
    told = look(rows, {"columns": ["id", "user", "when", "body"]})
    assert asked(told) == {}
    assert told.mapping["author"] == "user"


def test_units_and_spellings_of_times() -> None:
    def rule(*values: Any) -> Any:
        return look(lines(*({"text": "a b", "id": n, "created": value} for n, value in enumerate(values)))).mapping.get(
            "created_at"
        )

    assert rule(1372096774, 1372096775) == {"column": "created", "unit": "s"}
    assert rule("1372096774000", "1372096775000") == {"column": "created", "unit": "ms"}
    assert rule(1372096774, 1372096775000) == {"column": "created", "unit": "by-size"}
    assert rule("2020-01-02T03:04:05Z", "2020-01-02T03:04:06Z") == "created"
    assert rule("Sat Nov 09 12:14:18 +0000 2024", "Sun Nov 10 12:14:18 +0000 2024") == {
        "column": "created",
        "formats": ["%a %b %d %H:%M:%S %z %Y"],
    }
    assert rule("soon", "later") is None


def test_two_readings_of_a_date_are_asked_until_a_day_decides() -> None:
    unclear = look(lines(*({"text": "a b", "id": n, "date": f"0{n}/02/2020 10:00"} for n in range(1, 4))))
    assert set(asked(unclear)) == {"created_at.formats", "created_at.zone"}
    clear = look(lines(*({"text": "a b", "id": n, "date": f"{n}/02/2020 10:00"} for n in range(11, 20))))
    assert set(asked(clear)) == {"created_at.zone"}
    assert clear.mapping["created_at"]["formats"] == ["%d/%m/%Y %H:%M"]


def test_an_encoding_is_never_settled_by_a_look() -> None:
    data = TABLE.decode().replace("Some", "Größe €").encode("cp1252")
    found = look(data)
    assert found.options["encoding"] == "cp1252"
    assert "reader.encoding" in asked(found)
    assert "reader.encoding" in asked(look(data, {"encoding": "latin-1"}))


def test_several_columns_of_words_are_asked() -> None:
    found = look(lines({"id": 1, "text": "a b", "body": "c d"}, {"id": 2, "text": "e f", "body": "g h"}))
    assert "text" in asked(found)
    nothing = look(lines({"id": 1, "n": 3}, {"id": 2, "n": 4}))
    assert (nothing.certain, "text" in asked(nothing)) == (False, True)


def test_deleted_and_private_records_are_left_out_from_the_beginning() -> None:
    rows = [
        {"id": n, "text": "a b", "deleted": n == 1, "private": n == 2, "deletedAt": "" if n else "2020"}
        for n in range(4)
    ]
    mapping = look(lines(*rows)).mapping
    assert {condition["column"] for condition in mapping["deleted_if"]} == {"deleted", "deletedAt"}
    assert mapping["visibility_if"] == [{"column": "private", "is": ["", "0", "f", "false", "n", "no"]}]
    seen = look(lines(*({"id": n, "text": "a b", "visibility": "team"} for n in range(3))))
    assert "visibility_if" in asked(seen)


def test_members_of_objects_around_the_words_count_and_others_do_not() -> None:
    rows = [
        {"post": {"id": n, "text": "a b", "author": {"name": "ann"}}, "parent": {"id": 1}, "group": {"title": "T"}}
        for n in range(3)
    ]
    found = look(orjson.dumps({"data": {"items": rows}}))
    assert found.options == {"layout": "json", "records": "/data/items"}
    mapping = found.mapping
    assert (mapping["text"], mapping["author"], mapping["parent"]) == ("/post/text", "/post/author/name", "/parent/id")
    assert "title" not in mapping


def test_only_the_beginning_of_a_large_document_is_needed() -> None:
    data = orjson.dumps({"items": [{"id": n, "text": f"words {n}"} for n in range(9000)]})
    assert look(data, most=2000).options == {"layout": "json", "records": "/items"}


def test_columns_that_are_not_read_are_named() -> None:
    assert look(lines({"id": 1, "text": "a b", "email": "x"}, {"id": 2, "text": "c d", "email": "y"})).unread == (
        "email",
    )


def test_html_and_escapes_are_seen() -> None:
    assert look(lines(*({"id": n, "text": "<p>a b</p>"} for n in range(3)))).mapping["markup"] == "html"
    assert look(lines(*({"id": n, "text": "a &amp; b"} for n in range(3)))).mapping["unescape"] is True


def test_the_columns_of_parquet_stand_at_its_end() -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": [1], "text": ["a b"], "created_at": pa.array([1], pa.int64())}), sink)
    found = look(sink.getvalue())
    assert found.certain
    assert set(asked(found)) == {"created_at.unit", "markup"}
