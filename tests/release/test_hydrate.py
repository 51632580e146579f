from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons.build import build
from threadcommons.contributions import Answers
from threadcommons.digest import sha256, sha256_file
from threadcommons.errors import BadRelease, BadUsage, NotFound
from threadcommons.files import list_files
from threadcommons.model import Span
from threadcommons.release import hydrate, open_release, refuse_private, verify
from threadcommons.release.beside import AtHand
from threadcommons.release.texts import read_texts
from threadcommons.schema import arrow_schema
from threadcommons.sources import READERS, told_options
from threadcommons.writer import write_canonical

from .conftest import build_package, make_package, render

TEXTS = ("id", "source", "release", "text", "text_sha256", "row_sha256")


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in list_files(folder)}


@pytest.fixture(scope="module")
def private(package, descriptions, tmp_path_factory):
    before = bytes_of(package.release)
    out = tmp_path_factory.mktemp("private") / "copy"
    exports = [package.thread, package.root / "raw" / "letters" / "letters.jsonl"]
    found = hydrate(package.release, exports, out, render=descriptions)
    assert bytes_of(package.release) == before
    return found


def test_withheld_texts_come_back_and_are_the_ones_whose_digest_is_stated(package, private):
    rows = open_release(private.path).frame("posts", TEXTS)
    withheld = rows.filter(pl.col("release") == "withheld")
    assert (private.filled, private.left, private.findings) == (len(withheld), 0, ())
    assert all(sha256(text.encode()) == digest for text, digest in withheld.select("text", "text_sha256").iter_rows())
    said = withheld.filter(pl.col("source") == "square")["text"].to_list()
    assert all(text.encode() in package.thread.read_bytes() for text in said)


def test_everything_else_stays_as_it_was(package, private):
    keep = ("id", "release", "text_sha256", "row_sha256", "license", "source_offset")
    frames = [open_release(path).frame("posts", keep).sort("id") for path in (package.release, private.path)]
    assert frames[0].equals(frames[1])
    published = pl.col("release") == "published"
    texts = [
        open_release(path).frame("posts", TEXTS).filter(published).sort("id")
        for path in (package.release, private.path)
    ]
    assert texts[0].equals(texts[1])


def test_conversations_are_filled_too(private):
    posts = dict(open_release(private.path).frame("posts", ("id", "text")).iter_rows())
    messages = open_release(private.path).frame("conversations", ("messages",)).explode("messages")["messages"]
    assert messages.len()
    assert all(message["content"] == posts[message["id"]] is not None for message in messages)


def test_the_copy_says_that_it_is_private(private, descriptions):
    manifest = open_release(private.path).manifest
    assert manifest["private"] is True
    assert "Private copy" in (private.path / "README.md").read_text()
    found = verify(private.path, render=descriptions)
    assert [(finding.code, finding.severity) for finding in found] == [("release.private", "warning")]


def test_the_copy_cannot_be_published_nor_hydrated_again(package, private, descriptions, tmp_path):
    with pytest.raises(BadRelease, match="private copy"):
        refuse_private(open_release(private.path).manifest)
    with pytest.raises(BadRelease, match="private copy"):
        hydrate(private.path, [package.thread], tmp_path / "again", render=descriptions)
    refuse_private(open_release(package.release).manifest)


def test_a_private_copy_that_hides_it_is_refused(private, tmp_path, restate, descriptions):
    copy = Path(shutil.copytree(private.path, tmp_path / "copy"))
    restate(copy, private=False)
    assert {"release.license", "release.contract"} <= {finding.code for finding in verify(copy, render=descriptions)}


def test_a_changed_text_in_a_private_copy_is_refused(private, tmp_path, restate, descriptions):
    copy = Path(shutil.copytree(private.path, tmp_path / "copy"))
    path = copy / next(file["path"] for file in open_release(copy).files_of("posts") if "withheld" in file["path"])
    rows = pq.read_table(path).to_pylist()
    rows[0]["text"] += "!"
    table = pq.read_table(path).from_pylist(rows, schema=arrow_schema("row"))
    write_canonical([table], path, schema=arrow_schema("row"), row_group=10, sorted_by=("id",))
    restate(copy)
    assert "release.row-digest" in {finding.code for finding in verify(copy, render=descriptions)}


def test_the_same_hydration_gives_the_same_bytes(package, private, descriptions, tmp_path):
    exports = [package.root / "raw" / "letters" / "letters.jsonl", package.thread]
    again = hydrate(package.release, exports, tmp_path / "copy", render=descriptions)
    assert bytes_of(again.path) == bytes_of(private.path)


def test_what_the_exports_do_not_hold_stays_withheld(package, descriptions, tmp_path):
    found = hydrate(package.release, [package.thread], tmp_path / "copy", render=descriptions)
    rows = open_release(found.path).frame("posts", TEXTS).filter(pl.col("release") == "withheld")
    assert found.filled == len(rows.filter(pl.col("source") == "square")) > 0
    assert found.left == len(rows.filter(pl.col("text").is_null())) > 0
    assert verify(found.path, render=descriptions)[0].code == "release.private"


def test_an_export_under_another_name_is_known_by_its_digest(package, descriptions, tmp_path):
    renamed = Path(shutil.copyfile(package.thread, tmp_path / "copied from the page.txt"))
    told = [hydrate(package.release, [path], tmp_path / name, render=descriptions) for name, path in (("copy", renamed), ("own", package.thread))]
    assert told[0].filled == told[1].filled > 0
    assert bytes_of(told[0].path) == bytes_of(told[1].path)


def test_a_text_with_another_digest_is_a_finding_and_stays_null(package, descriptions, tmp_path):
    def wrong(_entry, _path, spans, _at_hand):
        return ["not what was said"] * (len(spans) - 1) + [None]

    found = hydrate(package.release, [package.thread], tmp_path / "copy", derive_text=wrong, render=descriptions)
    assert found.filled == 0
    assert {finding.code for finding in found.findings} == {"pointer.digest-differs"}
    assert (
        len(found.findings) == open_release(package.release).frame("posts", ("source",)).filter(source="square").height
    )
    rows = open_release(found.path).frame("posts", TEXTS)
    assert rows.filter(pl.col("release") == "withheld")["text"].null_count() == found.left


def test_a_file_that_is_no_export_is_refused(package, descriptions, tmp_path):
    other = tmp_path / "thread.txt"
    other.write_bytes(package.thread.read_bytes()[:-1])
    with pytest.raises(NotFound, match=sha256_file(other)):
        hydrate(package.release, [other], tmp_path / "copy", render=descriptions)
    assert not (tmp_path / "copy").exists()


def test_places_that_cannot_be_used_are_refused(package, copy, descriptions, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out in (
        tmp_path / "taken",
        tmp_path / "link",
        copy / "inside",
        copy / "data" / "x",
        tmp_path / "a[1]",
        tmp_path / "no" / "parent",
    ):
        with pytest.raises(BadUsage):
            hydrate(copy, [package.thread], out, render=descriptions)
    assert verify(copy, render=descriptions) == []


def test_a_damaged_release_is_not_copied(package, copy, descriptions, tmp_path):
    path = copy / open_release(copy).files_of("ledger")[0]["path"]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadRelease, match=r"release\.file-differs"):
        hydrate(copy, [package.thread], tmp_path / "copy", render=descriptions)
    assert [path.name for path in tmp_path.iterdir()] == ["1.2.3"]


def test_a_file_that_would_be_written_again_must_be_right_as_well(package, copy, descriptions, tmp_path):
    """Another file with the same rows is not the one that the manifest names, and must not become right by a rewrite."""
    path = copy / next(file["path"] for file in open_release(copy).files_of("posts") if "withheld" in file["path"])
    pq.write_table(pq.read_table(path), path, write_page_checksum=True)
    with pytest.raises(BadRelease, match=r"release\.file-differs"):
        hydrate(copy, [package.thread], tmp_path / "copy", render=descriptions)


def test_nothing_is_left_behind_when_it_fails(package, tmp_path):
    def broken(_manifest):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        hydrate(package.release, [package.thread], tmp_path / "copy", render=broken)
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_counts_what_changed(private):
    manifest = json.loads((private.path / "manifest.json").read_bytes())
    sizes = {file["path"]: file["num_bytes"] for file in manifest["files"]}
    for config in manifest["configs"]:
        for split in config["splits"]:
            assert split["num_bytes"] == sum(sizes[name] for name in split["files"])


# -- options of a source that the manifest tells -------------------------------------------------------------------

TABLE = b'id;body\n1;First words\n2;"Second, with\nanother line"\n'
TOLD = {"layout": "csv", "columns": ["id", "body"], "delimiter": ";", "mapping": {"text": "body"}}
QUESTION = b'<posts>\n<row Id="3" PostTypeId="1" CreationDate="2020-05-06T07:08:09.000" Body="&lt;p&gt;Soup&lt;/p&gt;&lt;blockquote&gt;Bread&lt;/blockquote&gt;" />\n</posts>'


def texts_of(tmp_path, data, reader, options, spans, name="export"):
    (tmp_path / name).write_bytes(data)
    entry = {"source": "s", "file": name, "sha256": sha256(data), "bytes": len(data), "reader": f"{reader}/1", "options": options}
    if options is None:
        del entry["options"]
    return list(read_texts(entry, tmp_path / name, [Span(*span) for span in spans]))


def test_a_table_is_read_with_the_options_that_the_manifest_tells(tmp_path):
    spans = [(8, 13), (22, 29)]
    assert texts_of(tmp_path, TABLE, "table", TOLD, spans) == ["First words", "Second, with\nanother line"]
    assert texts_of(tmp_path, TABLE, "table", TOLD | {"delimiter": ","}, spans) == [None, None]


@pytest.mark.parametrize("options", [None, {}, {"layout": "csv"}, TOLD | {"mapping": {}}, TOLD | {"mapping": {"text": 5}}, TOLD | {"columns": [[]]}, TOLD | {"colour": 1}])
def test_a_manifest_that_tells_no_options_that_fit_gives_no_text(tmp_path, options):
    assert texts_of(tmp_path, TABLE, "table", options, [(8, 13)]) == [None]


def test_so_is_a_site(tmp_path):
    span = [(8, len(QUESTION) - 17)]
    assert texts_of(tmp_path, QUESTION, "stackexchange", {"site": "example.org"}, span, "Posts.xml") == ["Soup\n\n> […]"]
    quoted = texts_of(tmp_path, QUESTION, "stackexchange", {"site": "example.org", "quotes": True}, span, "Posts.xml")
    assert "Bread" in quoted[0]
    assert texts_of(tmp_path, QUESTION, "stackexchange", {}, span, "Posts.xml") == [None]


def test_what_is_told_reads_the_same_words_and_names_nobody():
    mapping = {"text": "body", "markup": "html", "author": {"constant": "Ann"}, "opted_out_if": [{"column": "id", "is": ["zoe who left"]}]}
    told = told_options(READERS["table"], {**TOLD, "mapping": mapping})
    assert told == {**TOLD, "mapping": {"text": "body", "markup": "html"}}
    assert told_options(READERS["gitter"], {"bots": ["ann"]}) == {}
    assert told_options(READERS["mbox"], {"charset": "latin-1"}) == {"charset": "latin-1"}


def test_a_withheld_table_is_hydrated_from_the_release_alone(descriptions, tmp_path):
    table = tmp_path / "table.csv"
    table.write_bytes(TABLE)
    mapping = {"text": "body", "native_id": "id", "deleted_if": [{"column": "id", "is": ["zoe who left"]}]}
    options = {**TOLD, "header": True}
    options.pop("mapping")
    answers = Answers(title="T", platform="board", sign_off="A <a@example.org>", retrieved_at="2026-01-30T12:00:00Z", options=options, mapping=mapping)
    release = build_package(tmp_path / "package", {"board": (table, answers, "table", True)})
    shutil.rmtree(tmp_path / "package/raw")
    found = hydrate(release, [table], tmp_path / "copy", render=descriptions)
    assert (found.filled, found.left, found.findings) == (2, 0, ())
    assert b"zoe" not in (release / "manifest.json").read_bytes()


# -- files beside an export ----------------------------------------------------------------------------------------

CHANNELS = [{"id": "C01", "name": "soup", "is_private": False}]
USERS = [{"id": "U01", "name": "ann", "profile": {"display_name": "Ann B."}}]
DAY = [{"type": "message", "user": "U01", "text": f"<@U01> and <#C01> say {number}", "ts": f"17145504{number:02}.000100"} for number in range(3)]
TALK = {"channels.json": CHANNELS, "users.json": USERS, "soup/2024-05-01.json": DAY}


def laid(folder, files):
    for name, value in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(value))
    return folder


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as box:
        for name, value in files.items():
            box.writestr(zipfile.ZipInfo(name), json.dumps(value))
    return path


ANSWERS = Answers(title="T", platform="slack", sign_off="A <a@example.org>", retrieved_at="2026-01-30T12:00:00Z")


CONSENT = b"We agree.\n"
AGREED = f"""
[[license.evidence]]
id = "agreed"
kind = "consent"
who = "all"
file = "evidence/consent.txt"
sha256 = "{sha256(CONSENT)}"
"""


def built_from(root, export):
    """A release of one source of talk, with nothing left of the package that it was built from."""
    make_package(root, {"talk": (export, ANSWERS, "slack", True)})
    source = root / "raw/talk"
    (source / "evidence").mkdir()
    (source / "evidence/consent.txt").write_bytes(CONSENT)
    with (source / "source.toml").open("a") as declaration:
        declaration.write(AGREED)
    release = build(root, render=render, verify=lambda release: verify(release, render=render)).path
    shutil.rmtree(root / "raw")
    return release


@pytest.fixture(scope="module")
def talk(tmp_path_factory):
    """A release of a folder of talk in which people are mentioned."""
    folder = tmp_path_factory.mktemp("talk")
    return built_from(folder / "package", laid(folder / "export", TALK))


def hydrated(release, exports, tmp_path, descriptions):
    """How many texts were filled in and how many did not fit."""
    found = hydrate(release, exports, tmp_path / "copy", render=descriptions)
    assert {finding.code for finding in found.findings} <= {"pointer.digest-differs"}
    return found.filled, len(found.findings)


def test_a_file_is_read_with_what_lies_beside_it(talk, descriptions, tmp_path):
    export = laid(tmp_path / "elsewhere", TALK) / "soup/2024-05-01.json"
    found = hydrate(talk, [export], tmp_path / "copy", render=descriptions)
    assert (found.filled, found.findings) == (3, ())
    texts = open_release(found.path).frame("posts", ("text",))["text"].to_list()
    assert sorted(texts) == [f"@Ann B. and #soup say {number}" for number in range(3)]


def test_a_path_relative_to_where_one_stands_will_do(talk, descriptions, tmp_path, monkeypatch):
    monkeypatch.chdir(laid(tmp_path / "elsewhere", TALK) / "soup")
    assert hydrated(talk, [Path("2024-05-01.json")], tmp_path, descriptions) == (3, 0)


def test_files_that_were_brought_are_taken_wherever_they_lie(talk, descriptions, tmp_path):
    exports = [laid(tmp_path / str(number), {f"{number}.json": value}) / f"{number}.json" for number, value in enumerate(TALK.values())]
    assert hydrated(talk, exports, tmp_path, descriptions) == (3, 0)


BESIDE = {
    "nothing": {},
    "other members": {"channels.json": CHANNELS, "users.json": [{**USERS[0], "name": "eve", "profile": {}}]},
    "no channels": {"users.json": USERS},
    "a folder called so": {"users.json/a": USERS, "channels.json": CHANNELS},
}


@pytest.mark.parametrize("beside", BESIDE)
def test_other_files_than_those_of_the_release_are_not_taken(talk, descriptions, tmp_path, beside):
    export = laid(tmp_path / "elsewhere", {**BESIDE[beside], "soup/2024-05-01.json": DAY}) / "soup/2024-05-01.json"
    assert hydrated(talk, [export], tmp_path, descriptions) == (0, 3)


def test_members_of_one_container_lie_beside_each_other(descriptions, tmp_path):
    box = zipped(tmp_path / "export.zip", TALK)
    release = built_from(tmp_path / "package", box)
    assert hydrated(release, [box.rename(tmp_path / "called otherwise.zip")], tmp_path, descriptions) == (3, 0)


@pytest.mark.parametrize("name", ["../users.json", "/users.json", "a/../../users.json"])
def test_names_that_lead_out_of_the_source_are_not_followed(tmp_path, name):
    reader = replace(READERS["slack"], needs=lambda _name, names: names)
    data = json.dumps(USERS).encode()
    (tmp_path / "users.json").write_bytes(data)
    export = laid(tmp_path / "in", {"a.json": []}) / "a.json"
    entries = [{"source": "s", "file": file, "sha256": sha256(data), "bytes": len(data)} for file in ("a.json", name)]
    assert AtHand(entries).beside(reader, entries[0], export) == []
    inside = [{**entry, "file": entry["file"].replace(name, "users.json")} for entry in entries]
    assert [one.path for one in AtHand(inside).beside(reader, inside[0], tmp_path / "a.json")] == [tmp_path / "users.json"]


def test_each_file_is_read_for_its_digest_once(tmp_path):
    reader = replace(READERS["slack"], needs=lambda _name, names: names)
    names = ["a.json", "b.json", "c.json"]
    folder = laid(tmp_path, dict.fromkeys(names, USERS))
    digest = sha256_file(folder / "a.json")
    asked = []
    entries = [{"source": "s", "file": name, "sha256": digest, "bytes": 5} for name in names]
    at_hand = AtHand(entries, digest_of=cache(lambda path: asked.append(path.name) or sha256_file(path)))
    for entry in entries:
        assert len(at_hand.beside(reader, entry, folder / entry["file"])) == 2
    assert sorted(asked) == names
