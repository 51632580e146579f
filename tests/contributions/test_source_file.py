"""source.toml as it is written for people."""

import re
import tomllib

from threadcommons.contributions.source_file import appended, written
from threadcommons.schema import explain, schema

EXPORT = {"file": "posts.jsonl", "sha256": "0" * 64, "bytes": 3}
SMALL = {"schema": 1, "title": "A thread", "format": "jsonl", "platform": "forum", "export": [EXPORT]}
FULL = SMALL | {
    "description": 'Quotes " and\nlines',
    "lang": "en",
    "license": {
        "declared": "CC-BY-4.0",
        "scope": "posts",
        "rights_holder": "all",
        "evidence": [{"id": "a", "kind": "sign-off", "who": "me"}, {"id": "b", "kind": "sign-off", "who": "you"}],
    },
    "annotations": {"license": "CC0-1.0", "by": "us"},
    "wishes": ["noai"],
    "signed_off_by": ["Somebody <somewhere>"],
    "attests": "I was there and I say what I saw.",
    "reader": {"notices": [1, 2], "odd key": "x"},
    "export": [EXPORT, {**EXPORT, "file": "more.jsonl", "stored": False, "origin": "a page"}],
}


def test_it_says_what_was_given():
    for table in (SMALL, FULL):
        assert tomllib.loads(written(table)) == table


def test_what_is_open_stands_ready_as_a_comment():
    """Taking the # away from every prepared line gives a file that the schema knows, apart from what is blank."""
    text = re.sub(r"(?m)^# (?=(\w+ = |\[))", "", written({"schema": 1, "mapping": {"text": "body"}, "export": [EXPORT]}))
    table = tomllib.loads(text)
    assert table.keys() == schema("source")["properties"].keys()
    assert table["mapping"].keys() == schema("source")["properties"]["mapping"]["properties"].keys()
    assert table["license"]["evidence"][0].keys() == schema("source")["properties"]["license"]["properties"]["evidence"]["items"]["properties"].keys()
    assert {fault.kind for fault in explain("source", table)}.isdisjoint({"unknown-key", "missing-key", "wrong-type"})


def test_a_mapping_is_offered_only_where_there_is_one():
    assert "mapping" not in written(SMALL)
    mapping = {"text": "body", "created_at": {"column": "when", "formats": ["%d/%m/%Y"]}, "todo": [{"key": "url", "ask": "Where?"}]}
    text = written(SMALL | {"mapping": mapping})
    assert tomllib.loads(text)["mapping"] == mapping
    assert '[[mapping.todo]]\nkey = "url"\n' in text


def test_what_is_needed_is_marked():
    text = written({"schema": 1, "format": "jsonl", "export": [EXPORT]})
    assert re.findall(r"(?m)^# (\w+) = .*NEEDED", text) == ["title", "platform"]
    assert "NEEDED" not in written(SMALL)


def test_an_export_goes_behind_what_is_there():
    for text in (written(SMALL), written(SMALL).rstrip("\n")):
        longer = appended(text, [{"file": "b", "sha256": "1" * 64, "bytes": 4}])
        assert longer.startswith(text)
        assert [entry["file"] for entry in tomllib.loads(longer)["export"]] == ["posts.jsonl", "b"]
