"""`source.toml` and its folder: whatever is wrong ends in a finding with a code and a place, and nothing is followed or opened."""

import os
import shutil
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.files import shown
from threadcommons.sources import read_declaration, source_folders

POSTS = b'{"kind": "post", "markup": "plain", "text": "Soup."}\n'
STATEMENT = b"You may use my posts under CC0-1.0.\n"


def entry(file="posts.jsonl", data=POSTS, **more):
    lines = {"file": f'"{file}"', "sha256": f'"{sha256(data).hexdigest()}"', "bytes": str(len(data))} | more
    return "[[export]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items())


TABLE = f"""\
schema = 1
title = "Soup"
format = "jsonl"
platform = "kitchen"
signed_off_by = ["A cook <cook@example.org>"]
attests = "I wrote these posts myself and may offer them."

[license]
declared = "CC0-1.0"
[[license.evidence]]
id = "statement"
kind = "source-declaration"
who = "the cook"
file = "evidence/statement.txt"
sha256 = "{sha256(STATEMENT).hexdigest()}"

"""


@pytest.fixture
def folder(tmp_path):
    """A contribution in which everything is as it should be."""
    path = tmp_path / "raw" / "soup"
    (path / "evidence").mkdir(parents=True)
    (path / "evidence" / "statement.txt").write_bytes(STATEMENT)
    (path / "posts.jsonl").write_bytes(POSTS)
    (path / "source.toml").write_text(TABLE + entry(), encoding="utf-8")
    return path


def look(folder):
    """(is there a declaration, its exports, [(code, file, pointer)])."""
    declaration, findings = read_declaration(folder)
    names = [export.name for export in declaration.exports] if declaration else None
    assert declaration is None or list(declaration.findings) == findings
    assert all(str(folder.parent) not in f"{finding}" for finding in findings)
    assert all(shown(finding.place.file) == finding.place.file and shown(finding.detail) == finding.detail for finding in findings)
    return names, [(finding.code, finding.place.file, finding.place.pointer) for finding in findings]


def declare(folder, text):
    (folder / "source.toml").write_bytes(text if isinstance(text, bytes) else text.encode())


# -- a good one ---------------------------------------------------------------------------------------------------


def test_a_good_source_is_read_without_findings(folder):
    assert look(folder) == (["posts.jsonl"], [])
    declaration, _ = read_declaration(folder)
    (export,) = declaration.exports
    assert (declaration.source, declaration.format, declaration.options) == ("soup", "jsonl", {})
    assert declaration.defaults.platform == "kitchen"
    assert declaration.license["declared"] == "CC0-1.0"
    assert (export.size, export.sha256, export.stored) == (len(POSTS), sha256(POSTS).hexdigest(), True)
    assert export.path.read_bytes() == POSTS


def test_prose_beside_it_is_welcome(folder):
    for name in ("README.md", "CODEBOOK.md", "SYNTHETIC.txt"):
        (folder / name).write_text("prose")
    assert look(folder) == (["posts.jsonl"], [])


def test_exports_stand_in_order_of_name_and_may_lie_in_folders(folder):
    (folder / "a").mkdir()
    (folder / "a" / "first.jsonl").write_bytes(POSTS)
    declare(folder, TABLE + entry() + entry("a/first.jsonl"))
    assert look(folder) == (["a/first.jsonl", "posts.jsonl"], [])


def test_an_export_that_is_not_stored_is_stood_for_by_its_pointers(folder):
    declare(folder, TABLE + entry("thread.txt", stored="false") + entry())
    assert look(folder) == (["posts.jsonl"], [("source.export-missing", "thread.txt", "/export/0")])
    (folder / "thread.txt.pointers.jsonl").touch()
    assert look(folder) == (["posts.jsonl", "thread.txt"], [])


def test_times_and_dates_of_toml_are_understood(folder):
    declare(folder, TABLE + entry(retrieved_at="2026-11-23T00:00:00Z"))
    (export,) = read_declaration(folder)[0].exports
    assert export.retrieved_at == "2026-11-23T00:00:00Z"


# -- what may be wrong in source.toml -----------------------------------------------------------------------------


def without(key):
    return "".join(line for line in (TABLE + entry()).splitlines(keepends=True) if not line.startswith(f"{key} ="))


def replaced(old, new):
    assert old in TABLE + entry()
    return (TABLE + entry()).replace(old, new)


WRONG = {
    "no title": (without("title"), "source.missing-key", "/title"),
    "no format": (without("format"), "source.missing-key", "/format"),
    "no platform": (without("platform"), "source.missing-key", "/platform"),
    "no schema": (without("schema"), "source.missing-key", "/schema"),
    "no bytes": (without("bytes"), "source.missing-key", "/export/0/bytes"),
    "no evidence id": (without("id"), "source.missing-key", "/license/evidence/0/id"),
    "no export": (TABLE, "source.missing-key", "/export"),
    "an empty file": (b"", "source.missing-key", "/export"),
    "a misspelt key": (replaced("platform =", "plattform ="), "source.unknown-key", "/plattform"),
    "a misspelt inner key": (replaced("declared =", "declaired ="), "source.unknown-key", "/license/declaired"),
    "an unknown table": (TABLE + "[licence]\n" + entry(), "source.unknown-key", "/licence"),
    "a number for text": (replaced('title = "Soup"', "title = 5"), "source.wrong-type", "/title"),
    "text for a number": (replaced(f"bytes = {len(POSTS)}", f'bytes = "{len(POSTS)}"'), "source.wrong-type", "/export/0/bytes"),
    "a fraction of bytes": (replaced(f"bytes = {len(POSTS)}", "bytes = 52.0"), "source.wrong-type", "/export/0/bytes"),
    "nan": (replaced(f"bytes = {len(POSTS)}", "bytes = nan"), "source.wrong-type", "/export/0/bytes"),
    "a list for text": (replaced('title = "Soup"', 'title = ["Soup"]'), "source.wrong-type", "/title"),
    "an empty title": (replaced('title = "Soup"', 'title = ""'), "source.bad-value", "/title"),
    "a version of tomorrow": (replaced("schema = 1", "schema = 2"), "source.bad-value", "/schema"),
    "a platform with a space": (replaced('"kitchen"', '"my kitchen"'), "source.bad-value", "/platform"),
    "a platform that ends in a line feed": (replaced('"kitchen"', '"kitchen\\n"'), "source.bad-value", "/platform"),
    "no digest": (replaced(sha256(POSTS).hexdigest(), "abc"), "source.bad-value", "/export/0/sha256"),
    "negative bytes": (replaced(f"bytes = {len(POSTS)}", "bytes = -1"), "source.bad-value", "/export/0/bytes"),
    "bytes beyond 2^53": (replaced(f"bytes = {len(POSTS)}", "bytes = 9007199254740993"), "source.bad-value", "/export/0/bytes"),
    "a time without zone": (TABLE + entry(retrieved_at="2026-11-23T00:00:00"), "source.bad-value", "/export/0/retrieved_at"),
    "evidence elsewhere": (replaced("evidence/statement.txt", "evidence/../../x"), "source.bad-value", "/license/evidence/0/file"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "pointer"), WRONG.values(), ids=WRONG)
def test_a_wrong_key_or_value_is_named(folder, text, code, pointer):
    declare(folder, text)
    exports, findings = look(folder)
    assert exports is None
    assert (code, "source.toml", pointer) in findings


def test_the_line_is_told_where_a_key_stands_once(folder):
    declare(folder, replaced('title = "Soup"', "title = 5"))
    ((finding,),) = [read_declaration(folder)[1]]
    assert finding.place.line == 2


UNREADABLE = {
    "no TOML": "title: Soup",
    "a key twice": TABLE + "[license]\n" + entry(),
    "cut off": (TABLE + entry())[:-5] + '"',
    "not UTF-8": (TABLE + entry()).encode().replace(b"Soup", b"S\xfcp"),
    "UTF-16": (TABLE + entry()).encode("utf-16"),
    "NUL": (TABLE + entry()).encode().replace(b"Soup", b"S\0up"),
    "a BOM": b"\xef\xbb\xbf" + (TABLE + entry()).encode(),
    "bidi characters in a key": "\u202etitle = 1",
    "endless nesting": "a = " + "[" * 100_000,
    "endless tables": "[" + "a." * 20_000 + "a]\nb = 1",
    "a number of 10,000 digits": "a = " + "9" * 10_000,
    "an impossible date": "a = 2024-02-30",
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_toml_is_said_to_be_none(folder, text):
    declare(folder, text)
    exports, findings = look(folder)
    assert exports is None
    assert {code for code, _, _ in findings} <= {"source.unreadable", "source.unknown-key", "source.missing-key"}
    assert findings


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_any_damage_to_the_file_ends_in_findings_or_in_a_declaration(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    text = bytearray((TABLE + entry()).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    declare(folder, bytes(text))
    exports, findings = look(folder)
    assert exports is not None or findings


# -- what may be wrong with the files -----------------------------------------------------------------------------


def link(folder):
    (folder / "posts.jsonl").rename(folder.parent / "elsewhere")
    (folder / "posts.jsonl").symlink_to(folder.parent / "elsewhere")


def dangling_link(folder):
    (folder / "posts.jsonl").unlink()
    (folder / "posts.jsonl").symlink_to(folder / "nowhere")


def pipe(folder):
    (folder / "posts.jsonl").unlink()
    os.mkfifo(folder / "posts.jsonl")


def folder_in_place(folder):
    (folder / "posts.jsonl").unlink()
    (folder / "posts.jsonl").mkdir()


def linked_folder(folder):
    shutil.copytree(folder / "evidence", folder.parent / "other")
    (folder / "more").symlink_to(folder.parent / "other")


FILES = {
    "gone": (lambda folder: (folder / "posts.jsonl").unlink(), ("source.export-missing", "posts.jsonl", "/export/0")),
    "empty": (lambda folder: (folder / "posts.jsonl").write_bytes(b""), ("source.empty-export", "posts.jsonl", "/export/0")),
    "truncated": (lambda folder: (folder / "posts.jsonl").write_bytes(POSTS[:-1]), ("source.export-changed", "posts.jsonl", "/export/0")),
    "one bit flipped": (lambda folder: (folder / "posts.jsonl").write_bytes(b"[" + POSTS[1:]), ("source.export-changed", "posts.jsonl", "/export/0")),
    "a link": (link, ("source.not-plain", "posts.jsonl", "/export/0")),
    "a link to nothing": (dangling_link, ("source.not-plain", "posts.jsonl", "/export/0")),
    "a hard link": (lambda folder: os.link(folder / "posts.jsonl", folder.parent / "elsewhere"), ("source.not-plain", "posts.jsonl", "/export/0")),
    "a pipe": (pipe, ("source.not-plain", "posts.jsonl", "/export/0")),
    "a folder": (folder_in_place, ("source.not-plain", "posts.jsonl", "/export/0")),
    "a file too many": (lambda folder: (folder / "more.jsonl").touch(), ("source.export-undeclared", "more.jsonl", "")),
    "a hidden file too many": (lambda folder: (folder / ".env").touch(), ("source.export-undeclared", ".env", "")),
    "a line feed in a name": (lambda folder: (folder / "a\nb").touch(), ("source.bad-name", "a\\nb", "")),
    "bidi in a name": (lambda folder: (folder / "a\u202eb").touch(), ("source.bad-name", "a\\u202eb", "")),
    "a linked folder": (linked_folder, ("source.not-plain", "more", "")),
    "no statement": (lambda folder: (folder / "evidence/statement.txt").unlink(), ("evidence.file-missing", "source.toml", "/license/evidence/0/file")),
    "another statement": (lambda folder: (folder / "evidence/statement.txt").write_text("no"), ("evidence.file-changed", "source.toml", "/license/evidence/0/file")),
    "a statement too many": (lambda folder: (folder / "evidence/more.txt").touch(), ("evidence.file-undeclared", "evidence/more.txt", "")),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "expected"), FILES.values(), ids=FILES)
def test_a_file_that_is_not_as_declared_is_told_and_left_alone(folder, damage, expected):
    damage(folder)
    exports, findings = look(folder)
    assert findings == [expected]
    assert exports == ([] if expected[2] == "/export/0" else ["posts.jsonl"])


@pytest.mark.parametrize("inner", ["evidence", "a"])
def test_nothing_is_read_through_a_linked_folder_unseen(folder, inner):
    (folder / "a").mkdir()
    (folder / "a" / "first.jsonl").write_bytes(POSTS)
    declare(folder, TABLE + entry() + entry("a/first.jsonl"))
    assert look(folder)[1] == []
    moved = (folder / inner).rename(folder.parent.parent / "elsewhere")
    (folder / inner).symlink_to(moved)
    assert ("source.not-plain", inner, "") in look(folder)[1]


def test_a_name_that_is_not_utf8_is_told_too(folder):
    try:
        (folder / os.fsdecode(b"a\xffb")).touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert look(folder)[1] == [("source.bad-name", "a\\udcffb", "")]


BAD_NAMES = [
    "../secret", "a/../../secret", "./posts.jsonl", "a//posts.jsonl", "posts.jsonl/", "a\\u202eb.jsonl", "a\\u200bb.jsonl",
    "a\\U000e0041.jsonl", "..",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_declared_name_that_hides_or_leads_away_is_refused(folder, name):
    (folder.parent / "secret").write_bytes(POSTS)
    declare(folder, TABLE + entry(name) + entry())
    exports, findings = look(folder)
    assert [code for code, _, pointer in findings if pointer == "/export/0"] == ["source.bad-name"]
    assert exports == ["posts.jsonl"]


@pytest.mark.parametrize("name", ["/etc/passwd", "a\\nb", "a\\u0000b", "a\\\\b", "", "a\\u007fb", "x" * 256])
def test_a_declared_name_that_no_file_may_have_is_refused_by_the_schema(folder, name):
    declare(folder, TABLE + entry(name))
    exports, findings = look(folder)
    assert exports is None
    assert findings == [("source.bad-value", "source.toml", "/export/0/file")] * len(findings)


def test_an_export_declared_twice_counts_once(folder):
    declare(folder, TABLE + entry() + entry())
    assert look(folder) == (["posts.jsonl"], [("source.export-twice", "posts.jsonl", "/export/1")])


# -- papers -------------------------------------------------------------------------------------------------------


def test_a_licence_needs_evidence_and_a_source_a_licence_and_a_sign_off(folder):
    bare = 'schema = 1\ntitle = "Soup"\nformat = "jsonl"\nplatform = "kitchen"\n'
    shutil.rmtree(folder / "evidence")
    declare(folder, bare + entry())
    assert [code for code, _, _ in look(folder)[1]] == ["source.no-license", "source.unsigned"]
    declare(folder, bare + '[license]\ndeclared = "CC0-1.0"\n' + entry())
    assert [code for code, _, _ in look(folder)[1]] == ["evidence.missing", "source.unsigned"]


# -- folders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Soup", "so up", "soup\n", "s\u202eoup", "süp", "-soup", "s" * 65, "_soup"])
def test_a_folder_name_that_is_no_id_is_refused(folder, name):
    moved = folder.rename(folder.parent / name)
    exports, findings = look(moved)
    assert exports is None
    assert [code for code, _, _ in findings] == ["source.bad-name"]


def test_a_linked_folder_is_refused(folder):
    moved = folder.rename(folder.parent.parent / "elsewhere")
    folder.symlink_to(moved)
    assert [code for code, _, _ in look(folder)[1]] == ["source.bad-name"]


def test_a_folder_without_source_toml_is_told(folder):
    (folder / "source.toml").unlink()
    assert look(folder) == (None, [("source.missing-file", "", "")])


@pytest.mark.parametrize("make", [lambda path, old: path.symlink_to(old), lambda path, old: os.link(old, path), lambda path, _: os.mkfifo(path), lambda path, _: path.mkdir()])
def test_a_source_toml_that_is_no_plain_file_is_not_opened(folder, make):
    old = (folder / "source.toml").rename(folder.parent / "old.toml")
    make(folder / "source.toml", old)
    assert look(folder) == (None, [("source.not-plain", "source.toml", "")])


def test_sources_are_folders_in_order_of_name(tmp_path):
    for name in ("b", "a", "c", ".git"):
        (tmp_path / "raw" / name).mkdir(parents=True)
    (tmp_path / "raw" / "README.md").touch()
    assert [path.name for path in source_folders(tmp_path / "raw", ("c",))] == ["a", "b"]
    assert source_folders(tmp_path / "nowhere") == []
