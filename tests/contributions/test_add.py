"""Bringing an export in."""

import os
import sys
import tomllib
from pathlib import Path

import pytest

from threadcommons.contributions import Answers, add, check, staging
from threadcommons.digest import sha256
from threadcommons.errors import BadSources, BadUsage, ThreadCommonsError, UnsafeFile
from threadcommons.sources import READERS

THREAD = b"""\
The tide table in the harbour office is a year old.

@keeper is that on purpose?

@walker no, the printer went away
"""


@pytest.fixture
def export(tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(lines(post(native_id="a"), post(native_id="b", parent="a", kind="reply", text="Another.")))
    return path


@pytest.fixture
def thread(tmp_path):
    path = tmp_path / "thread.txt"
    path.write_bytes(THREAD)
    return path


ALL = Answers(
    title="A thread",
    platform="forum",
    lang="en",
    license="CC0-1.0",
    stated_by="all who wrote",
    evidence_url="https://example.org/terms",
    sign_off="Somebody <somewhere>",
    retrieved_at="2026-03-01T12:00:00Z",
    origin="the board by the door",
)


def toml_of(package, source):
    return tomllib.loads((package / "raw" / source / "source.toml").read_text())


def test_the_bytes_are_those_of_the_export(package, export):
    added = add(package, [export], "one", ALL)
    assert (package / "raw/one/posts.jsonl").read_bytes() == export.read_bytes()
    assert (added.format, added.exports, added.findings) == ("jsonl", ("posts.jsonl",), ())
    assert added.reasons == {"posts.jsonl": "the first line is an object with the keys kind and markup"}


def test_source_toml_says_what_was_answered_and_nothing_is_left_to_say(package, export):
    add(package, [export], "one", ALL)
    assert toml_of(package, "one") == {
        "schema": 1,
        "title": "A thread",
        "format": "jsonl",
        "platform": "forum",
        "lang": "en",
        "signed_off_by": ["Somebody <somewhere>"],
        "attests": toml_of(package, "one")["attests"],
        "license": {
            "declared": "CC0-1.0",
            "evidence": [
                {
                    "id": "declaration",
                    "kind": "source-declaration",
                    "who": "all who wrote",
                    "url": "https://example.org/terms",
                }
            ],
        },
        "export": [
            {
                "file": "posts.jsonl",
                "sha256": sha256(export.read_bytes()),
                "bytes": export.stat().st_size,
                "retrieved_at": "2026-03-01T12:00:00Z",
                "origin": "the board by the door",
            }
        ],
    }
    checked = check(package)
    assert checked.ok
    assert [finding.code for finding in checked.findings] == ["evidence.not-captured"]  # an address was given, no page
    assert [(count.records, count.posts, count.publishable) for count in checked.counts] == [(2, 2, 2)]


def test_what_nobody_said_is_found_by_check(package, export):
    added = add(package, [export], "one")
    assert added.done
    assert {(finding.code, finding.place.pointer) for finding in added.findings} >= {
        ("source.missing-key", "/title"),
        ("source.missing-key", "/platform"),
    }


def test_a_copied_thread_is_known_by_its_look(package, thread):
    added = add(package, [thread], "talk", Answers(title="A thread", platform="copied-thread"))
    assert added.format == "thread-text"
    assert [count.posts for count in check(package).counts] == [3]


def test_captured_evidence_comes_along(package, export, tmp_path):
    page = tmp_path / "terms.html"
    page.write_text("<p>All of it is given away.</p>")
    add(package, [export], "one", Answers(title="A", platform="forum", license="CC0-1.0", stated_by="us", evidence_file=page))
    entry = toml_of(package, "one")["license"]["evidence"][0]
    assert (entry["file"], entry["sha256"]) == ("evidence/terms.html", sha256(page.read_bytes()))
    assert (package / "raw/one/evidence/terms.html").read_bytes() == page.read_bytes()
    assert check(package).ok


def test_reader_options_are_written(package, thread):
    add(package, [thread], "talk", Answers(title="A", platform="p", options={"notices": [1]}))
    assert toml_of(package, "talk")["reader"] == {"notices": [1]}


def test_an_unknown_file_hears_what_was_looked_for(package, tmp_path, tree):
    strange = tmp_path / "picture.png"
    strange.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    before = tree(package)
    added = add(package, [strange], "one", ALL)
    assert not added.done
    assert [finding.code for finding in added.findings] == ["source.format-mismatch"]
    assert all(reader.title in added.findings[0].detail for reader in READERS.values())
    assert kept(tree(package)) == before


def kept(files):
    """Without the work folder, which is never committed."""
    return {name: data for name, data in files.items() if not name.startswith("build/.cache/")}


def test_a_folder_gives_the_files_that_a_reader_knows(package, tmp_path, lines, post):
    folder = tmp_path / "export"
    (folder / "year").mkdir(parents=True)
    (folder / "a.jsonl").write_bytes(lines(post(native_id="a")))
    (folder / "year" / "b.jsonl").write_bytes(lines(post(native_id="b")))
    (folder / "notes.bin").write_bytes(bytes(10))
    added = add(package, [folder], "many", Answers(title="A", platform="forum"))
    assert added.exports == ("a.jsonl", "year/b.jsonl")
    assert added.left_out == ("notes.bin",)
    assert check(package).ok


# -- nothing is overwritten -----------------------------------------------------------------------


def test_the_same_again_changes_nothing(package, export, tree):
    add(package, [export], "one", ALL)
    before = tree(package)
    added = add(package, [export], "one")
    assert (added.exports, added.already) == ((), ("posts.jsonl",))
    assert tree(package) == before


def test_another_export_goes_behind_what_is_there(package, export, tmp_path, lines, post):
    add(package, [export], "one", ALL)
    before = (package / "raw/one/source.toml").read_text()
    more = tmp_path / "more.jsonl"
    more.write_bytes(lines(post(native_id="c")))
    added = add(package, [more], "one", Answers(origin="another board"))
    assert added.exports == ("more.jsonl",)
    assert (package / "raw/one/source.toml").read_text().startswith(before)
    assert [entry["file"] for entry in toml_of(package, "one")["export"]] == ["posts.jsonl", "more.jsonl"]
    assert check(package).ok


def test_other_bytes_under_the_name_are_refused(package, export, tmp_path, lines, post, tree):
    add(package, [export], "one", ALL)
    before = tree(package)
    other = tmp_path / "elsewhere" / "posts.jsonl"
    other.parent.mkdir()
    other.write_bytes(lines(post(native_id="z")))
    with pytest.raises(BadUsage, match="another export of this name"):
        add(package, [other], "one")
    assert tree(package) == before


def test_a_file_that_nobody_declared_is_not_overwritten_either(package, export, tree):
    add(package, [export], "one", ALL)
    lying = package / "raw/one/more.jsonl"
    lying.write_text("mine")
    more = export.with_name("more.jsonl")
    more.write_bytes(export.read_bytes())
    before = tree(package)
    with pytest.raises(BadUsage, match="another file of this name"):
        add(package, [more], "one")
    assert tree(package) == before


def test_exports_in_a_layout_that_cannot_be_appended_to_are_refused(package, export, tmp_path, tree):
    add(package, [export], "one", ALL)
    path = package / "raw/one/source.toml"
    table = toml_of(package, "one")["export"][0]
    inline = f'export = [{{file = "posts.jsonl", sha256 = "{table["sha256"]}", bytes = {table["bytes"]}}}]\n'
    path.write_text('schema = 1\ntitle = "A"\nformat = "jsonl"\nplatform = "forum"\n' + inline)
    more = tmp_path / "more.jsonl"
    more.write_bytes(export.read_bytes())
    before = tree(package)
    with pytest.raises(BadUsage, match="cannot be appended"):
        add(package, [more], "one")
    assert tree(package) == before


def test_a_broken_source_toml_is_left_alone(package, export):
    (package / "raw/one").mkdir()
    (package / "raw/one/source.toml").write_text("schema = \n")
    with pytest.raises(BadSources, match="correct it first"):
        add(package, [export], "one")


# -- what makes no sense --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"retrieved_at": "yesterday"}, "/export/0/retrieved_at"),
        ({"platform": "My Forum"}, "/platform"),
        ({"lang": "english"}, "/lang"),
        ({"evidence_url": "https://example.org"}, "no licence that it supports"),
        ({"license": "CC0-1.0", "evidence_url": "https://example.org"}, "who states the licence"),
    ],
)
def test_wrong_answers_are_refused_and_nothing_is_added(package, export, tree, answers, said):
    before = tree(package)
    with pytest.raises(BadUsage, match=said):
        add(package, [export], "one", Answers(**answers))
    assert kept(tree(package)) == before


@pytest.mark.parametrize("name", ["", "..", "Upper", "a/b", "-x", "a" * 65, "a b", "evil\n"])
def test_source_names_that_cannot_be_folders_are_refused(package, export, name):
    with pytest.raises(BadUsage, match="a source is named"):
        add(package, [export], name)


def test_two_formats_do_not_go_into_one_source(package, export, thread):
    with pytest.raises(BadUsage, match="different formats"):
        add(package, [export, thread], "one")
    add(package, [export], "one", ALL)
    with pytest.raises(BadUsage, match="as a source of its own"):
        add(package, [thread], "one")


def test_the_source_is_not_described_twice(package, export, tmp_path, lines, post):
    add(package, [export], "one", ALL)
    more = tmp_path / "more.jsonl"
    more.write_bytes(lines(post()))
    with pytest.raises(BadUsage, match="title cannot be given again"):
        add(package, [more], "one", Answers(title="Another title"))


def test_the_word_of_the_contributor_counts_for_the_format(package, tmp_path):
    plain = tmp_path / "plain.txt"
    plain.write_text("Only one post, and no mention.\n")
    assert not add(package, [plain], "one", ALL).done
    assert add(package, [plain], "one", ALL, format="thread-text").done
    with pytest.raises(BadUsage, match="no reader is called"):
        add(package, [plain], "two", ALL, format="nonsense")


# -- hostile files --------------------------------------------------------------------------------


def test_links_and_devices_are_refused(package, export, tmp_path, tree):
    link = tmp_path / "link.jsonl"
    link.symlink_to(export)
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    before = tree(package)
    for path in (link, pipe):
        added = add(package, [path], "one", ALL)
        assert [finding.code for finding in added.findings] == ["source.not-plain"]
    os.link(export, tmp_path / "second.jsonl")
    assert [finding.code for finding in add(package, [export], "one", ALL).findings] == ["source.not-plain"]
    assert kept(tree(package)) == before


def test_a_link_inside_a_folder_is_not_followed(package, tmp_path, export):
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.jsonl").symlink_to(export)
    assert [finding.code for finding in add(package, [folder], "one", ALL).findings] == ["source.not-plain"]


@pytest.mark.parametrize(
    "name", ["a\nb.jsonl", "a\u202eb.jsonl", "source.toml", "README.md", ".hidden.jsonl", "x.pointers.jsonl", "b\\c.jsonl"]
)
def test_names_that_deceive_or_mean_something_else_are_refused(package, tmp_path, export, name):
    path = tmp_path / "in" / name
    path.parent.mkdir()
    path.write_bytes(export.read_bytes())
    added = add(package, [path], "one", ALL)
    assert [finding.code for finding in added.findings] == ["source.bad-name"]
    assert added.findings[0].place.file.isprintable()
    assert not (package / "raw/one").exists()


@pytest.mark.parametrize(
    "name", [".DS_Store", ".git/HEAD", ".cache/a.jsonl", "README.md", "source.toml", "notes/a\nb.txt", "b" * 220, os.fsdecode(b"a\xff.bin")]
)
def test_what_lies_beside_exports_in_a_folder_needs_no_name_that_could_be_kept(package, tmp_path, export, name):
    folder = tmp_path / "export"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_bytes(b"nothing that a reader knows")
    (folder / "posts.jsonl").write_bytes(export.read_bytes())
    added = add(package, [folder], "one", ALL)
    assert list(added.reasons) == ["posts.jsonl"]
    assert len(added.left_out) == (0 if name.startswith(".") else 1)
    assert all(left.isprintable() for left in added.left_out)


def test_of_a_folder_an_export_with_a_name_that_cannot_be_kept_is_refused(package, tmp_path, export):
    folder = tmp_path / "export"
    folder.mkdir()
    for name in ("a.jsonl", "a\u202eb.jsonl"):
        (folder / name).write_bytes(export.read_bytes())
    assert [finding.code for finding in add(package, [folder], "one", ALL).findings] == ["source.bad-name"]


def test_a_file_that_is_pointed_at_is_known_by_its_content_and_may_be_called_anything(package, tmp_path):
    chat = b'{"name": "A room", "type": "public_channel", "id": 2001, "messages": []}'
    (tmp_path / "room of maps.json").write_bytes(chat)
    added = add(package, [tmp_path / "room of maps.json"], "one", ALL)
    assert added.format == "telegram"


@pytest.mark.parametrize("name", ["like.js", "direct-messages.js", "mine.js"])
def test_private_files_of_an_account_are_not_taken_though_somebody_points_at_them(package, tmp_path, name):
    (tmp_path / name).write_bytes(b"window.YTD.like.part0 = [ ]")
    added = add(package, [tmp_path / name], "one", ALL)
    assert [finding.code for finding in added.findings] == ["source.format-mismatch"]
    assert not (package / "raw/one").exists()


def test_topics_whose_names_begin_with_a_spelled_character_are_no_hidden_files(package, tmp_path):
    topic = b'[{"id": 500001, "sender_full_name": "user_a", "content": "<p>Done.</p>", "timestamp": 1700000000}]'
    for name in (".E2.9C.94.20Fold.20a.20map.json", "Fold.20a.20map.json"):
        path = tmp_path / "export/101-maps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(topic)
    added = add(package, [tmp_path / "export"], "one", ALL)
    assert (added.format, len(added.reasons)) == ("zulip", 2)


# -- all or nothing -------------------------------------------------------------------------------


def test_a_failing_disk_leaves_the_source_whole_or_absent(package, export, monkeypatch):
    """Every sync of the way fails once; what stands afterwards is nothing or everything."""
    real = os.fsync
    for last in range(1, 40):
        calls = iter(range(1, 1000))

        def failing(handle, calls=calls, last=last):
            if next(calls) == last:
                raise OSError(28, "No space left on device")
            real(handle)

        monkeypatch.setattr(os, "fsync", failing)
        try:
            add(package, [export], f"s{last}", ALL)
        except OSError:
            folder = package / "raw" / f"s{last}"
            whole = {"posts.jsonl", "source.toml"}
            assert not folder.exists() or {path.name for path in folder.iterdir()} == whole
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
    assert last > 4
    assert not list((package / "build/.cache/add").glob("s*"))


def test_a_failing_disk_never_leaves_an_export_declared_that_is_not_there(package, export, tmp_path, monkeypatch):
    add(package, [export], "one", ALL)
    real = os.fsync
    for last in range(1, 40):
        more = tmp_path / f"more{last}.jsonl"
        more.write_bytes(export.read_bytes())
        calls = iter(range(1, 1000))

        def failing(handle, calls=calls, last=last):
            if next(calls) == last:
                raise OSError(28, "No space left on device")
            real(handle)

        monkeypatch.setattr(os, "fsync", failing)
        try:
            add(package, [more], "one")
        except OSError:
            declared = {entry["file"] for entry in toml_of(package, "one")["export"]}
            assert declared <= {path.name for path in (package / "raw/one").iterdir()}
        else:
            break
        finally:
            monkeypatch.setattr(os, "fsync", real)
    assert last > 4


def test_a_copy_that_reads_differently_is_not_added(package, export, monkeypatch):
    monkeypatch.setattr(staging, "sha256_file", lambda _path: "0" * 64)
    with pytest.raises(ThreadCommonsError, match="not what was copied"):
        add(package, [export], "one", ALL)
    assert not (package / "raw/one").exists()


def test_unsafe_between_looking_and_copying(package, export, monkeypatch, tmp_path):
    """Somebody swaps the file for a link after it was looked at."""
    copied = staging.copied

    def swapped(path, target):
        content = path.read_bytes()
        path.unlink()
        (tmp_path / "secret").write_bytes(content)
        path.symlink_to(tmp_path / "secret")
        return copied(path, target)

    monkeypatch.setattr(sys.modules["threadcommons.contributions.add"], "copied", swapped)
    with pytest.raises(UnsafeFile):
        add(package, [Path(export)], "one", ALL)
    assert not (package / "raw/one").exists()
