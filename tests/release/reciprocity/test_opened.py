"""A stranger's dataset is read with care: every shape, no link, no trick, no more than the limits."""

import csv
import gzip
import io
import json
import os
from dataclasses import asdict
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from derivatives import SHAPES, write

from threadcommons.errors import BadDerived, NotFound, TooLarge
from threadcommons.release.reciprocity import reading
from threadcommons.release.reciprocity.derived import Limits, open_derived
from threadcommons.release.reciprocity.reading import pieces_of, role_of

SUITES = Path(__file__).resolve().parents[4] / "shared" / "suites"
ROWS = [
    {
        "id": "a:1",
        "text": "Words, more words and \u201cquotes\u201d.\nA second line.",
        "author": "Ada",
        "license": "CC0-1.0",
    }
] * 3


def texts(derived):
    return [text for texts in derived.pieces["texts"] for text in texts]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_pieces(shape, tmp_path):
    write(tmp_path / "theirs", [dict(row) for row in ROWS], shape, None)
    derived = open_derived(tmp_path / "theirs")
    whole = [piece for piece in derived.pieces.to_dicts() if ROWS[0]["text"] in piece["texts"]]
    assert [(piece["line"], piece["pointers"], piece["licenses"], piece["credits"]) for piece in whole] == [
        (line, ["a:1"], ["CC0-1.0"], ["Ada"]) for line in range(3)
    ]
    assert (derived.rows, derived.unread) == (3, ())


def test_a_single_file_is_a_dataset_without_papers(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n")
    (tmp_path / "x.json").write_text(json.dumps(ROWS))
    derived = open_derived(tmp_path / "x.json")
    assert (derived.name, derived.rows, derived.papers.statements) == ("x.json", 3, ())


def test_json_of_one_object_a_line_and_zstd_are_read_too(tmp_path):
    lines = b"".join(orjson.dumps(row) + b"\n" for row in ROWS)
    (tmp_path / "lines.json").write_bytes(b"\n \n" + lines)
    with pa.CompressedOutputStream(str(tmp_path / "x.jsonl.zst"), "zstd") as out:
        out.write(lines)
    assert open_derived(tmp_path).rows == 6


ROLES = {
    ("text",): "texts", ("messages", "content"): "texts", ("Body",): "texts", ("SPDX-License",): "licenses", ("cc_licence_type",): "licenses", ("author_id",): "credits", ("posted_by_author",): "credits", ("license",): "licenses",
    ("ContentLicense",): "licenses", ("license_class",): "nothing", ("postId",): "pointers", ("source_url",): "pointers",
    ("author", "name"): "credits", ("author", "url"): "pointers", ("parent_id",): "nothing", ("valid",): None, ("score",): None,
    ("is_modified",): "changes", ("row_sha256",): "pointers", ("identity",): None,
}  # fmt: skip


@pytest.mark.parametrize(("path", "role"), ROLES.items(), ids=[".".join(path) for path in ROLES])
def test_names_tell_what_a_column_is(path, role):
    assert role_of(path) == role


def test_each_message_is_a_piece_and_says_what_its_row_says_unless_it_says_so_itself():
    row = {
        "id": "row", "license": "CC-BY-4.0", "topic": "tea", "note": "a remark of several words",
        "messages": [{"content": "one", "author": {"name": "Ada"}}, {"content": "two", "license": "CC0-1.0", "id": 7}],
        "labels": [{"name": "mood", "value": "calm"}],
    }  # fmt: skip
    assert [piece.of for piece in pieces_of(row)] == [
        {
            "texts": ["a remark of several words"],
            "pointers": ["row"],
            "licenses": ["CC-BY-4.0"],
            "credits": [],
            "changes": [],
        },
        {"texts": ["one"], "pointers": ["row"], "licenses": ["CC-BY-4.0"], "credits": ["Ada"], "changes": []},
        {"texts": ["two"], "pointers": ["7"], "licenses": ["CC0-1.0"], "credits": [], "changes": []},
    ]


def test_a_column_of_any_name_can_be_named_and_then_no_other_is_text():
    row = {"text": "this is not it at all", "odd": "yes", "inner": [{"odd": "this is it"}], "id": "1"}
    assert [piece.of["texts"] for piece in pieces_of(row, frozenset({"odd"}))] == [["yes"], ["this is it"]]
    assert [piece.of["texts"] for piece in pieces_of(row, frozenset({"inner.odd"}))] == [[], ["this is it"]]


def test_deep_and_wide_rows_end_somewhere():
    deep = value = {}
    for _ in range(500):
        value["text"] = {}
        value = value["text"]
    value["text"] = "bottom"
    assert pieces_of(deep) == []
    assert len(pieces_of({"text": ["a b c d"] * 10**6})[0].of["texts"]) < 10**5


# -- links and odd files --------------------------------------------------------------------------


def test_no_link_is_followed_and_each_is_named(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.jsonl").write_text('{"text": "a secret of many words"}\n')
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "plain.jsonl").write_text('{"text": "one two three four"}\n')
    (theirs / "linked.jsonl").symlink_to(outside / "secret.jsonl")
    (theirs / "folder").symlink_to(outside)
    os.link(outside / "secret.jsonl", theirs / "hard.jsonl")
    os.mkfifo(theirs / "pipe.jsonl")
    derived = open_derived(theirs)
    assert derived.unread == ("folder", "hard.jsonl", "linked.jsonl", "pipe.jsonl")
    assert texts(derived) == ["one two three four"]
    with pytest.raises(NotFound, match="links are not followed"):
        open_derived(theirs / "linked.jsonl")
    (tmp_path / "also").symlink_to(theirs)
    with pytest.raises(NotFound, match="links are not followed"):
        open_derived(tmp_path / "also")


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.mkdir(), lambda path: path.write_text("words")])
def test_where_there_are_no_rows_that_is_said(make, tmp_path):
    make(tmp_path / "theirs")
    with pytest.raises(NotFound):
        open_derived(tmp_path / "theirs")


def test_nothing_of_theirs_is_run(tmp_path, monkeypatch):
    """A stranger's folder as the working folder, with modules that we import."""
    for name in ("orjson", "pyarrow", "json", "threadcommons", "csv", "resource"):
        (tmp_path / f"{name}.py").write_text("open('run', 'w').write('')")
    (tmp_path / "theirs.py").write_text("open('run', 'w').write('')")
    (tmp_path / "x.jsonl").write_text('{"text": "one two three four"}\n')
    monkeypatch.chdir(tmp_path)
    assert open_derived(Path()).rows == 1
    assert not (tmp_path / "run").exists()


# -- damage ---------------------------------------------------------------------------------------

DAMAGED = {
    "a.jsonl": b'{"text": "one two three four"}\n{"text": ',
    "b.jsonl": b'{"text": "one two three four"}\n[1]\n',
    "c.json": b'[{"text": "one two three four"}',
    "d.parquet": b"PAR1 and then nothing",
    "e.parquet": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n",
    "f.jsonl.gz": gzip.compress(b'{"text": "one two three four"}\n')[:-9],
    "g.jsonl.zst": b"nonsense",
    "h.jsonl": b'{"text": "\xff\xfe"}\n',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_named_and_the_others_are_read(name, tmp_path):
    (tmp_path / name).write_bytes(DAMAGED[name])
    (tmp_path / "z.csv").write_text('text\n"five six seven eight"\n')
    derived = open_derived(tmp_path)
    assert derived.unread == (name,)
    assert "five six seven eight" in texts(derived)
    assert {file.name: bool(file.fault) for file in derived.files} == {name: True, "z.csv": False}


def test_odd_tables_are_read_as_far_as_they_make_sense(tmp_path):
    out = io.StringIO()
    csv.writer(out).writerows(
        [["text", "id"], ["one two\nthree four", "1", "too", "many"], ["five six seven eight"], []]
    )
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode() + b'"\xff nine ten eleven",2\n')
    assert texts(open_derived(tmp_path)) == ["one two\nthree four", "five six seven eight", "\ufffd nine ten eleven"]


def test_bad_parquet_of_others_kills_nobody(tmp_path):
    bad = SUITES / "parquet-testing"
    files = sorted(bad.rglob("*.parquet")) if bad.is_dir() else []
    if not files:
        pytest.skip("the suite of Parquet files is not beside the repository")
    for number, path in enumerate(files):
        (tmp_path / f"{number}.parquet").write_bytes(path.read_bytes())
    derived = open_derived(tmp_path, limits=Limits(seconds=60))
    assert len(derived.files) == len(files)


# -- limits ---------------------------------------------------------------------------------------

WORDS = {"text": "one two three four"}


def parquet(path, rows):
    pq.write_table(pa.Table.from_pylist([WORDS] * rows), path)


LIMITS = {
    "rows": (Limits(rows=10), lambda path: (path / "x.jsonl").write_bytes(orjson.dumps(WORDS) + b"\n" * 0 + (b"\n" + orjson.dumps(WORDS)) * 20)),
    "rows in a footer": (Limits(rows=10), lambda path: parquet(path / "x.parquet", 20)),
    "characters": (Limits(text_bytes=100), lambda path: (path / "x.jsonl").write_bytes((orjson.dumps(WORDS) + b"\n") * 20)),
    "bytes in a footer": (Limits(text_bytes=100), lambda path: parquet(path / "x.parquet", 2000)),
    "unpacked": (Limits(text_bytes=1000), lambda path: (path / "x.jsonl.gz").write_bytes(gzip.compress(b" " * 10**6))),
    "one array": (Limits(text_bytes=1000), lambda path: (path / "x.json").write_bytes(b"[" + b" " * 10**4)),
    "a file": (Limits(file_bytes=100), lambda path: (path / "x.jsonl").write_bytes(b" " * 200)),
    "files": (Limits(files=3), lambda path: [(path / f"{number}.csv").write_bytes(b"a\n") for number in range(5)]),
    "memory": (Limits(memory=1 << 27), lambda path: (path / "x.json").write_bytes(b"[" + b'{"a":"b"},' * 4_000_000 + b'{"a":1}]')),
}  # fmt: skip


@pytest.mark.parametrize("case", LIMITS)
def test_what_is_too_much_is_refused_and_says_where(case, tmp_path):
    limits, make = LIMITS[case]
    make(tmp_path)
    with pytest.raises(TooLarge) as refused:
        open_derived(tmp_path, limits=limits)
    assert refused.value.hint
    assert refused.value.where


@pytest.mark.parametrize("limits", [Limits(rows=10), Limits(text_bytes=10)])
def test_what_a_footer_claims_is_judged_before_any_row_is_read(limits, tmp_path):
    parquet(tmp_path / "x.parquet", 20)
    with (tmp_path / "x.parquet").open("rb") as stream, pytest.raises(reading.TooMuch, match="the file states"):
        next(reading.FORMATS[".parquet"](stream, asdict(limits)))


def test_time_is_limited_too(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "__file__", __file__)
    script = tmp_path / "reading.py"
    script.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("threadcommons.release.reciprocity.derived.__file__", str(script))
    (tmp_path / "x.csv").write_text("text\nwords\n")
    with pytest.raises(TooLarge, match="more than 1 seconds"):
        open_derived(tmp_path / "x.csv", limits=Limits(seconds=1))


def test_a_reader_that_dies_is_told_with_the_file(tmp_path, monkeypatch):
    original = Path(reading.__file__).read_text(encoding="utf-8")
    script = tmp_path / "reading.py"
    script.write_text(
        original.replace(
            "for line, row in enumerate(", "os.kill(os.getpid(), 11)\n                for line, row in enumerate("
        )
    )
    monkeypatch.setattr("threadcommons.release.reciprocity.derived.__file__", str(script))
    (tmp_path / "x.csv").write_text("text\nwords\n")
    with pytest.raises(BadDerived, match=r"x\.csv"):
        open_derived(tmp_path / "x.csv")


def test_a_card_that_would_unfold_without_end_costs_nothing(tmp_path):
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(f'*{a}' for _ in range(9))}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (tmp_path / "README.md").write_text(f"---\n{bomb}license: *i\n---\n")
    (tmp_path / "x.csv").write_text("text\nwords\n")
    assert open_derived(tmp_path).papers.statements == ()


@pytest.mark.parametrize(
    ("matter", "said"),
    [
        ("license: [" * 3000, []),
        ("license: !!python/object/apply:os.system [exit]", ["exit"]),
        ("? [a]\n: b", []),
        ("license: {a: b}", []),
        ("\x00", []),
        ("- a\n- b", []),
        ("license: no", ["no"]),
    ],
)
def test_hostile_front_matter_is_no_trouble(matter, said, tmp_path):
    (tmp_path / "README.md").write_text(f"---\n{matter}\n---\n")
    (tmp_path / "x.csv").write_text("text\nwords\n")
    stated = open_derived(tmp_path).papers.statements
    assert [(statement.written, statement.licenses) for statement in stated] == [((written,), ("NOASSERTION",)) for written in said]
