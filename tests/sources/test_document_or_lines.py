"""Answers of interfaces, in one document or one a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.base import BOM
from threadcommons.sources.document_or_lines import divide_either, in_lines, unit_either

from .reading import damaged, read_text

HERE = "https://github.com/user_a/maps"


def issue(number: int) -> dict[str, Any]:
    return {"html_url": f"{HERE}/issues/{number}", "title": "Folds", "body": f"Sheet {number} does not fold.", "user": {"login": "user_a"}}


def topic(number: int) -> dict[str, Any]:
    post = {"id": number, "topic_id": number, "post_number": 1, "post_type": 1, "username": "user_a", "cooked": "<p>Which fold?</p>"}
    return {"id": number, "title": "Folds", "post_stream": {"posts": [post]}}


#: Documents of each format, and what each holds.
FORMATS = {
    "github": ([issue(1), [issue(2), issue(3)], {"total_count": 1, "items": [issue(4)]}], 4, {}),
    "discourse": ([topic(1), topic(2), topic(3)], 3, {"site": "forum.example.org"}),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_lines_that_are_a_document_each_are_read_as_the_documents_are(tmp_path: Path, name: str, end: str) -> None:
    documents, posts, options = FORMATS[name]
    reader = READERS[name]
    alone = [post for one in documents for post in read_text(reader, tmp_path, json.dumps(one), options=options).posts]
    together = read_text(reader, tmp_path, BOM + end.join(map(json.dumps, documents)).encode(), options=options)
    assert [post | {"record": 0} for post in together.posts] == [post | {"record": 0} for post in alone]
    assert len(alone) == posts


@pytest.mark.parametrize("name", FORMATS)
def test_a_line_that_is_broken_spoils_no_other(tmp_path: Path, name: str) -> None:
    documents, posts, options = FORMATS[name]
    lines = [*map(json.dumps, documents), json.dumps(documents[0])[:40]]
    found = read_text(READERS[name], tmp_path, "\n".join(lines), options=options)
    assert len(found.posts) == posts
    assert len(found.refusals) == 1


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b'{"a": 1}\n{"a": 2}\n', True), (b"[]\n[]", True), (BOM + b'\n {"a": 1}\n\n[2]', True), (b'{"a": 1}\n', False), (b'{"a": 1}', False),
        (b'{"a": 1}\n  \r\n', False), (b'{\n"a": 1}\n', False), (b'{"a": 1}{"a": 2}\n{}', False), (b"1\n2\n", False), (b"", False), (b"\n \n", False),
        (b"[" * 5000 + b"\n[]", False), (b'{"a": "\xff"}\n{}', True),
    ],
)  # fmt: skip
def test_the_first_line_tells(data: bytes, lines: bool) -> None:
    assert in_lines(data, len(data)) == lines
    assert divide_either(data, len(data)) == [0, len(data)]
    if data:
        whole, last = (0, len(data)), (data.rstrip().rfind(b"\n") + 1, len(data))
        assert unit_either(data, len(data), len(data.rstrip()) - 1) == (last if lines else whole)


@pytest.mark.parametrize("name", FORMATS)
def test_accidents_lose_no_byte(tmp_path: Path, name: str) -> None:
    documents, _, options = FORMATS[name]
    seed = "\n".join(map(json.dumps, documents)).encode()
    still = sum(len(read_text(READERS[name], tmp_path, data, options=options).posts) for data in damaged([seed], 100, seed=9))
    assert still > 80
