"""Pointers say where every record is and what it hangs on, and not one word of it."""

import json
from pathlib import Path

import pytest

from threadcommons.contributions import Answers, add, check
from threadcommons.contributions.reading import plain_batches
from threadcommons.digest import sha256
from threadcommons.model import Export, Limits
from threadcommons.schema import judge
from threadcommons.sources import Declaration, batch_of, read_pointers

SHARED = Path(__file__).resolve().parents[3] / "shared"

THREAD = b"""\
The tide table in the harbour office is a year old.

@keeper is that on purpose?
We asked twice.

The tide table in the harbour office is a year old.

@walker no, the printer went away
"""


@pytest.fixture
def thread(tmp_path):
    path = tmp_path / "thread.txt"
    path.write_bytes(THREAD)
    return path


def pointed(package, path, source="talk", **answers):
    added = add(package, [path], source, Answers(title="A", platform="copied", **answers), stored=False)
    lines = (package / "raw" / source / f"{path.name}.pointers.jsonl").read_bytes() if added.done else b""
    return added, [json.loads(line) for line in lines.splitlines()]


def test_every_record_is_described(package, thread):
    added, pointers = pointed(package, thread)
    assert added.done
    assert all(judge("pointer").accepts(pointer) for pointer in pointers)
    assert [pointer["what"] for pointer in pointers] == ["post", "post", "repeat", "post"]
    for pointer in pointers:
        record = THREAD[pointer["offset"] : pointer["offset"] + pointer["length"]]
        assert sha256(record) == pointer["text_sha256"]
        if pointer["what"] == "post":
            assert (pointer["n_chars"], pointer["n_words"]) == (len(record.decode()), len(record.split()))
    assert pointers[2]["of"] == pointers[0]["offset"]
    assert pointers[1]["quoted"] == pointers[0]["offset"]


def test_the_export_stays_where_it_is(package, thread):
    pointed(package, thread)
    assert sorted(path.name for path in (package / "raw/talk").iterdir()) == ["source.toml", "thread.txt.pointers.jsonl"]


def shingles(data, size=12):
    return {data[start : start + size] for start in range(len(data) - size + 1)}


def test_no_words_of_theirs_enter_the_package(package, thread):
    pointed(package, thread)
    written = b"".join(path.read_bytes() for path in package.rglob("*") if path.is_file())
    assert not shingles(THREAD) & shingles(written)


def test_titles_and_names_stay_out_too(package, tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    author = {"name": "Wilhelmina of the Harbour", "url": "https://example.org/@wilhelmina"}
    whole = post(native_id="a", title="On tides and tables", author=author, rights_holder="Wilhelmina of the Harbour")
    path.write_bytes(lines(whole, post(native_id="b", parent="a", attribution="By Wilhelmina of the Harbour")))
    _, pointers = pointed(package, path)
    said = json.dumps(pointers)
    assert "Wilhelmina" not in said
    assert "wilhelmina" not in said
    assert "tides" not in said
    assert [pointer.get("parent") for pointer in pointers] == [None, 0]


def test_times_and_counters_are_kept_as_the_schema_wants_them(package, tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    label = {"name": "score", "value": "7", "annotator": "forum", "method": "counter"}
    path.write_bytes(lines(post(native_id="a", created_at="2026-01-02T03:04:05.006+01:00", labels=[label])))
    _, pointers = pointed(package, path)
    assert pointers[0]["created_at"] == "2026-01-02T02:04:05.006000Z"
    assert pointers[0]["labels"] == [label]
    assert check(package).findings != ()
    assert {finding.severity for finding in check(package).findings} == {"warning"}


def test_a_parent_that_is_not_there_is_said_to_be_missing(package, tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(lines(post(native_id="a", parent="elsewhere", kind="reply")))
    assert pointed(package, path)[1][0]["parent_state"] == "not_collected"


def test_broken_records_cannot_be_described(package, tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(lines(post(native_id="a")) + b"{broken\n")
    added, _ = pointed(package, path)
    assert not added.done
    assert [(finding.code, finding.place.line) for finding in added.findings] == [("record.json-syntax", 2)]
    assert not (package / "raw/talk").exists()


def test_pointers_that_lie_beside_the_export_are_not_taken_for_its_content(package, thread):
    thread.with_name("thread.txt.pointers.jsonl").write_text("nonsense")
    assert len(pointed(package, thread)[1]) == 4


def as_read(declaration, export):
    """Spans and kinds of all records as the bytes tell, and as the pointers tell."""
    plain = list(plain_batches(declaration, export, Limits()))
    beside = declaration.folder / f"{export.name}.pointers.jsonl"
    pointers, findings = read_pointers(beside.read_bytes(), export)
    assert findings == []
    return plain[0], batch_of(pointers, export)


@pytest.mark.parametrize("name", ["copied-thread/thread.txt"])
def test_reading_by_pointers_is_reading_without_words(package, name):
    path = SHARED / "exports" / name
    if not path.exists():
        pytest.skip("the shared exports are not here")
    pointed(package, path)
    data = path.read_bytes()
    declaration = Declaration("talk", package / "raw/talk", {"format": "thread-text", "platform": "copied"})
    plain, blind = as_read(declaration, Export("talk", path.name, path, sha256(data), len(data)))
    assert plain.cut.offsets.tolist() == blind.cut.offsets.tolist()
    assert plain.cut.lengths.tolist() == blind.cut.lengths.tolist()
    same = ["kind", "quoted", "parent", "record"]
    assert plain.posts.select(same).to_pylist() == blind.posts.select(same).to_pylist()
    assert {index: refusal.fate for index, refusal in plain.refused.items()} == {
        index: refusal.fate for index, refusal in blind.refused.items()
    }
    assert set(blind.posts["text"].to_pylist()) == {None}
