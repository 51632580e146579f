"""What a mapping makes of a record of a table, alone and among many."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest

from threadcommons.sources import READERS, options_problems, reader_for
from threadcommons.sources.base import Parsed, Refusal

from .reading import accounted
from .test_table import code

# --- One record ---


def post(mapping: dict[str, Any], **cells: Any) -> Parsed:
    options = {"layout": "jsonl", "mapping": mapping}
    assert options_problems(READERS["table"], options) == []
    return reader_for("table", options).parse(orjson.dumps(cells), 0, None)


def test_rules_say_where_values_come_from() -> None:
    mapping = {
        "text": {"column": "/post/body"},
        "native_id": {"template": "{room}.{id}"},
        "id_prefix": "x-",
        "parent": "up",
        "lang": {"column": "tongue", "values": [{"from": "English", "to": "en"}]},
        "url": {"template": "https://example.org/{room}?q={{{id}}}"},
        "kind": {"constant": "comment"},
        "author": "/by/name",
        "author_id": "/by/id",
        "nulls": ["NULL"],
        "label": [{"name": "score", "column": "n", "annotator": "forum", "method": "counter"}],
        "media": [{"column": "pic", "type": "image", "alt": "alt"}],
    }
    cells = {
        "post": {"body": "Words"}, "room": "a b", "id": 9007199254740993, "up": "NULL", "tongue": "English", "n": -3,
        "by": {"name": "ann", "id": 7}, "pic": "https://example.org/p.png", "alt": "A bell", "secret": "x@example.org",
    }  # fmt: skip
    assert post({**mapping, "native_id": "id"}, **cells) == {
        "native_id": "x-9007199254740993",
        "kind": "comment",
        "url": "https://example.org/a%20b?q={9007199254740993}",
        "lang": "en",
        "author": {"name": "ann", "id": "7"},
        "labels": [{"name": "score", "value": "-3", "annotator": "forum", "method": "counter"}],
        "media": [{"type": "image", "url": "https://example.org/p.png", "alt": "A bell"}],
        "parent_state": "root",
        "markup": "plain",
        "text": "Words",
    }
    composed = post(mapping, **{**cells, "room": "r"})
    assert isinstance(composed, dict)
    assert composed["native_id"] == "x-r.9007199254740993"


@pytest.mark.parametrize(
    ("condition", "cells", "expected"),
    [
        ({"deleted_if": [{"column": "d", "is": ["TRUE"]}]}, {"d": True}, "record.deleted"),
        ({"deleted_if": [{"column": "d", "is": ["true"]}]}, {"d": False}, None),
        ({"deleted_if": [{"column": "d", "filled": True}]}, {"d": "2020"}, "record.deleted"),
        ({"deleted_if": [{"column": "d", "filled": True}]}, {"d": None}, None),
        ({"visibility_if": [{"column": "v", "is": ["public"]}]}, {"v": "Public"}, None),
        ({"visibility_if": [{"column": "v", "is": ["public"]}]}, {"v": "friends"}, "record.private"),
        ({"visibility_if": [{"column": "v", "is": ["public"]}]}, {}, "record.private"),
        ({"visibility_if": [{"column": "v", "is_not": ["private"]}]}, {"v": "private"}, "record.private"),
        ({"opted_out_if": [{"column": "o", "is": ["1"]}]}, {"o": 1}, "record.opted-out"),
        ({"others_words_if": [{"column": "r", "is": ["repost"]}]}, {"r": "repost"}, "record.others-words"),
        ({"notice_if": [{"column": "k", "is": ["join"]}]}, {"k": "join"}, "record.notice"),
    ],
)
def test_conditions_leave_records_out(condition: dict[str, Any], cells: dict[str, Any], expected: str | None) -> None:
    parsed = post({"text": "body", **condition}, body="Words", **cells)
    assert (parsed.code if isinstance(parsed, Refusal) else None) == expected


def test_what_is_deleted_is_not_read_further() -> None:
    """A deleted record is left out even where another of its cells is broken."""
    mapping = {
        "text": "body",
        "created_at": {"column": "t", "unit": "s"},
        "deleted_if": [{"column": "d", "filled": True}],
    }
    assert code(post(mapping, body=["list"], t="never", d=1)) == "record.deleted"


def test_machines_are_disclosed() -> None:
    made = post({"text": "body", "machine_if": [{"column": "bot", "is": ["true"]}]}, body="Beep", bot=True)
    assert isinstance(made, dict)
    assert set(made["generator"].values()) == {"undisclosed"}


def test_html_becomes_text_and_words_of_others_are_left_out() -> None:
    page = '<blockquote>Theirs</blockquote><p>Mine <a href="https://example.org/a">here</a></p><img src="https://e.org/i.png" alt="x">'
    made = post({"text": "body", "markup": "html"}, body=page)
    assert isinstance(made, dict)
    assert "Theirs" not in made["text"]
    assert made["links"] == ["https://example.org/a"]
    assert made["media"][0]["alt"] == "x"
    kept = post({"text": "body", "markup": "html", "keep_quotes": True}, body=page)
    assert isinstance(kept, dict)
    assert "Theirs" in kept["text"]
    assert code(post({"text": "body", "markup": "html"}, body="<p> </p>")) == "record.empty-text"


def test_broken_cells_break_their_record() -> None:
    timed = {"text": "body", "created_at": {"column": "t", "unit": "s"}}
    assert code(post(timed, body="x", t="never")) == "record.bad-field"
    assert code(post(timed, body="x", t={"a": 1})) == "record.bad-field"
    assert code(post({"text": "body"}, body=["a", "b"])) == "record.bad-field"
    assert code(post({"text": "body"}, body=" \n")) == "record.empty-text"
    assert code(post({"text": "body"}, other=1)) == "record.empty-text"


@pytest.mark.parametrize("told", ["False", "false", "TRUE", False, True])
def test_a_column_of_edits_may_say_whether_there_was_one_and_not_when(told: Any) -> None:
    timed = {"text": "body", "edited_at": {"column": "edited", "unit": "s"}}
    never, once = post(timed, body="x", edited=told), post(timed, body="x", edited="1372096774.0")
    assert isinstance(never, dict)
    assert isinstance(once, dict)
    assert "edited_at" not in never
    assert once["edited_at"].startswith("2013-06-24T")
    assert code(post({"text": "body", "created_at": {"column": "edited", "unit": "s"}}, body="x", edited=told)) == "record.bad-field"


def test_refusals_say_no_word_of_a_record() -> None:
    mapping = {"text": "body", "created_at": {"column": "t", "unit": "s"}}
    for cells in ({"body": ["TELLTALE"]}, {"body": "x", "t": "TELLTALE"}):
        assert "TELLTALE" not in repr(post(mapping, **cells))


# --- Many at once ---

RICH: dict[str, Any] = {
    "native_id": "a",
    "id_prefix": "p-",
    "parent": "b",
    "conversation": {"template": "{a}.{b}"},
    "text": "c",
    "author": "d",
    "author_id": "a",
    "author_url": {"template": "https://example.org/{d}"},
    "created_at": {"column": "e", "unit": "by-size", "formats": ["iso", "%d/%m/%Y"], "zone": "UTC"},
    "edited_at": {"column": "b", "unit": "s"},
    "lang": {"column": "f", "values": [{"from": "English", "to": "en"}]},
    "url": {"template": "https://example.org/{a}?{{b}}={b}"},
    "title": "d",
    "license": {"constant": "CC0-1.0"},
    "nulls": ["NULL"],
    "deleted_if": [{"column": "f", "is": ["gone", "STRASSE"]}],
    "visibility_if": [{"column": "d", "is_not": ["secret"]}, {"column": "a", "filled": True}],
    "machine_if": [{"column": "d", "is": ["bot"]}],
    "label": [{"name": "score", "column": "b"}, {"name": "mood", "column": "d", "annotator": "x"}],
    "media": [{"column": "f", "type": "image", "alt": "d"}],
}
PLAINER: tuple[dict[str, Any], ...] = (
    {"text": "c"},
    {"text": "c", "created_at": {"column": "e", "unit": "s"}, "kind": "f"},
    {"text": "c", "created_at": "e", "author": "d"},
    {"text": "c", "created_at": {"column": "e", "formats": ["%d/%m/%Y", "iso"], "zone": "+01:00"}, "author_id": "d"},
    {"text": "c", "markup": "markdown", "lang": "f", "visibility_if": [{"column": "f", "is": ["en"]}]},
)
CELLS = {
    "a": ["1", "2", "x y", "", "é", "a\nb", "9" * 600],
    "b": ["", "1", "NULL", "-3", "1372096774", "False", "a b"],
    "c": ["Some words", "", " ", "\x1c", "\u2028", "é\n\tü", "NULL", " padded "],
    "d": ["ann", "bot", "Bot", "secret", "", " bo ", "NULL", "\u00a0x", "n" * 300, "é/?"],
    "e": [
        "1372096774", "1372096774123", "1372096774123456", "2020-01-02T03:04:05Z", "2020-01-02 03:04:05.5", "", "soon",
        "2020-01-02T03:04:60Z", "2020-02-30T00:00:00Z", "2020-01-02T03:04:05+02:00", "0137209677", "1372096774.5", "02/01/2020",
        "9999999999", "99999999999", "2020-01-02", "2020-01-02T24:00:00Z", "-5", "2020-01-02T03:04:05+00:00", "١٢٣٤٥٦٧٨٩٠",
    ],
    "f": ["en", "English", "pt-BR", "gone", "GONE", "straße", "STRASSE", "EN_us", "xyzw", "", "post", "en\n"],
}  # fmt: skip


@pytest.mark.parametrize("layout", ["csv", "jsonl"])
@pytest.mark.parametrize("mapping", [RICH, *PLAINER], ids=lambda mapping: str(len(mapping)))
def test_many_records_at_once_become_what_each_becomes_alone(layout: str, mapping: dict[str, Any]) -> None:
    """The columns may pass over a record, which is then read by itself; they never read one otherwise."""
    chance = random.Random(70)
    rows = [
        {name: chance.choice(cells[:2] if chance.random() < 0.6 else cells) for name, cells in CELLS.items()}
        for _ in range(3000)
    ]
    if layout == "csv":
        lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row.values()) for row in rows]
        data = ("\n".join(lines) + "\n").encode()
        options = {"layout": "csv", "columns": list(CELLS), "header": False, "mapping": mapping}
    else:
        typed = [
            {
                name: chance.choice([cell, None, True, 7, [cell]]) if chance.random() < 0.05 else cell
                for name, cell in row.items()
            }
            for row in rows
        ]
        data = b"".join(orjson.dumps(row) + b"\n" for row in typed)
        options = {"layout": "jsonl", "mapping": mapping}
    assert options_problems(READERS["table"], options) == []
    reader = reader_for("table", options)
    assert reader.bulk is not None
    (fast,), (slow,) = (
        list(accounted(one, data)) for one in (reader, replace(reader, bulk=None))
    )
    assert fast.refused == slow.refused
    assert fast.posts.to_pylist() == slow.posts.to_pylist()
    records = [
        data[at : at + size] for at, size in zip(fast.cut.offsets.tolist(), fast.cut.lengths.tolist(), strict=True)
    ]
    sure = reader.bulk(records, list(range(len(records))), None).num_rows
    assert sure > 30, "nothing to speak of is read as columns"


def test_a_file_with_another_header_is_not_read_as_columns_either() -> None:
    options = {"layout": "csv", "columns": ["a", "body"], "mapping": {"text": "body"}}
    fault = Refusal("quarantined", "record.not-this-format")
    bulk = reader_for("table", options).bulk
    assert bulk is not None
    assert bulk([b"x,secret"], [0], fault).num_rows == 0
    assert bulk([b"x,words"], [0], None).num_rows == 1
