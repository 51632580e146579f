"""Files are recognised by what is in them, also inside containers, and what is private is not even opened for that."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard

from threadcommons.sources import READERS, may_open, recognise, recognising

from .reading import EXPORTS, shared
from .wrong_files import GOOD, Wrong, wrong_files

#: Folder of the shared exports -> readers that may claim a file in it. "table" takes what no other reader knows.
OWN = {
    "bluesky": {"bluesky"}, "discourse": {"discourse"}, "hn": {"hackernews"}, "jetstream": {"jetstream"}, "pushshift": {"reddit"},
    "stackexchange": {"stackexchange"}, "x-archive": {"x-archive"}, "x-v1.1": {"x-v1"}, "x-v2": {"x-api"}, "copied-thread": {"thread-text"},
    "generic": {"table"}, "telegram": {"telegram"}, "discord": {"discord"}, "slack": {"slack"},
    "zulip": {"zulip"},
}  # fmt: skip


def files():
    return sorted(path for path in EXPORTS.rglob("*") if path.is_file()) if EXPORTS.is_dir() else []


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared exports are not beside this repository")
def test_no_shared_export_is_taken_for_another_format():
    wrong = {}
    for path in files():
        folder = path.relative_to(EXPORTS).parts[0]
        claimed = {reader.name for reader, _ in recognise(path)}
        if folder in OWN and not claimed <= OWN[folder]:
            wrong[path.relative_to(EXPORTS).as_posix()] = claimed
    assert wrong == {}


def test_an_account_archive_is_known_without_a_look_at_what_is_private(monkeypatch):
    path = shared("x-archive/twitter-2024-05-13-synthetic.zip")
    opened = []
    plain = zipfile.ZipFile.open
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, name, *more: opened.append(name) or plain(self, name, *more))
    assert [reader.name for reader, _ in recognise(path)] == ["x-archive"]
    assert not any("direct-messages" in str(name) for name in opened)
    assert not may_open(READERS["x-archive"], "data/direct-messages.js")


LINE = json.dumps({"kind": "post", "markup": "plain", "text": "Soup."}).encode() + b"\n"


def boxed(**files_):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in files_.items():
            box.writestr(zipfile.ZipInfo(name.replace("_", ".")), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [(LINE, "jsonl"), (gzip.compress(LINE, mtime=0), "jsonl"), (boxed(a_jsonl=LINE, b_txt=b"x"), "jsonl"), (boxed(b_txt=b"x"), None), (b"PK\x03\x04broken", None)],
    ids=["plain", "gzip", "zip", "zip of others", "broken zip"],
)
def test_what_is_inside_counts(tmp_path: Path, data, expected):
    (tmp_path / "export.bin").write_bytes(data)
    assert [reader.name for reader, _ in recognise(tmp_path / "export.bin")] == ([expected] if expected else [])


# -- files that say next to nothing ----------------------------------------------------------------------------------

TOMBSTONE = {"@context": "https://www.w3.org/ns/activitystreams", "type": "Tombstone", "id": "https://l.example/comment/7"}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("8863.json", b"null", ["hackernews"]),
        ("8863.json", b"\xef\xbb\xbfnull\r\n", ["hackernews"]),
        ("null.json", b"null", []),
        ("8863.json", b"[null]", []),
        ("8863.json", b"nullify", []),
        ("8863.json", b"", []),
        ("0.json", b"null", []),
        ("8863.txt", b"null", []),
        ("a.json", json.dumps(TOMBSTONE).encode(), ["lemmy"]),
        ("a.json", json.dumps(TOMBSTONE | {"id": "https://l.example/post/7"}, indent=2).encode(), ["lemmy"]),
        ("a.json", json.dumps(TOMBSTONE | {"id": "https://m.example/users/a/statuses/7"}).encode(), []),
        ("a.json", json.dumps(TOMBSTONE | {"type": "Note"}).encode(), []),
        ("a.json", json.dumps(TOMBSTONE | {"@context": "https://example.org/"}).encode(), []),
        ("a.json", json.dumps({"type": "Delete", "object": TOMBSTONE}).encode(), []),
        ("a.json", json.dumps(TOMBSTONE).encode()[:-1], []),
    ],
)  # fmt: skip
def test_an_answer_for_what_is_gone_is_known_by_its_address(tmp_path, name, data, expected):
    (tmp_path / name).write_bytes(data)
    assert [reader.name for reader, _ in recognise(tmp_path / name)] == expected


MONTH = b"".join(json.dumps({"id": f"k{n}", "subreddit": "soup", "created_utc": 1709294400, "body": f"{n * n} bowls of soup", "link_id": "t3_b"}).encode() + b"\n" for n in range(20_000))


@pytest.mark.parametrize(
    ("name", "pack", "kept", "expected"),
    [
        ("export.zst", zstandard.compress, 0.9, ["reddit"]),
        ("export.gz", gzip.compress, 0.9, ["reddit"]),
        ("export.xz", lzma.compress, 0.9, ["reddit"]),
        ("RC_2025-01.zst", zstandard.compress, 0.001, ["reddit"]),
        ("RS_2025-01.half.zst", zstandard.compress, 0.001, ["reddit"]),
        ("RC_2025-011.zst", zstandard.compress, 0.001, []),
        ("export.zst", zstandard.compress, 0.001, []),
    ],
)
def test_a_compressed_file_that_is_cut_is_known_by_what_comes_out_of_it_else_by_a_name(tmp_path, name, pack, kept, expected):
    packed = pack(MONTH)
    (tmp_path / name).write_bytes(packed[: int(len(packed) * kept)])
    assert [reader.name for reader, _ in recognise(tmp_path / name)] == expected


@pytest.mark.parametrize("data", [b"", zstandard.compress(b""), zstandard.compress(MONTH)[:-9] + b"\xff" * 9], ids=["empty", "nothing packed", "damaged"])
def test_the_name_of_a_month_alone_is_no_sign(tmp_path, data):
    (tmp_path / "RC_2025-01.zst").write_bytes(data)
    assert recognise(tmp_path / "RC_2025-01.zst") == []


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared exports are not beside this repository")
def test_shared_exports_that_say_next_to_nothing_are_known():
    names = {"hn/firebase/49000011.json": "hackernews", "lemmy/activitypub/tombstone.json": "lemmy", "pushshift/RC_2025-01.truncated.zst": "reddit"}
    assert {name: [reader.name for reader, _ in recognise(EXPORTS / name)] for name in names} == {name: [format_] for name, format_ in names.items()}


# -- wrong and misnamed files ---------------------------------------------------------------------------------------


def guesses(folder: Path, files: list[Wrong], readers=None):
    """What each file is taken for, beside the file."""
    for number, wrong in enumerate(files):
        path = folder / str(number) / wrong.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(wrong.data)
        yield wrong, {reader.name for reader, _ in recognising.recognise(path, readers or list(READERS.values()))}


@pytest.mark.parametrize("format_", GOOD)
def test_small_good_exports_are_what_they_are(format_, tmp_path):
    name, data = GOOD[format_]
    ((_, found),) = guesses(tmp_path, [Wrong(name, data, "", frozenset())])
    assert found == {format_}


def test_none_of_two_hundred_wrong_files_is_taken_for_what_it_is_not(tmp_path):
    files = wrong_files()
    assert len(files) == 200
    found = list(guesses(tmp_path, files))
    assert {f"{wrong.name} ({wrong.what})": names for wrong, names in found if not names <= wrong.allowed} == {}
    misnamed = [(wrong, names) for wrong, names in found if "called" in wrong.what or "packed, under" in wrong.what]
    assert len(misnamed) > 20
    assert all(names for _, names in misnamed), "a wrong name makes a file unknown"


def test_the_same_files_every_time():
    assert wrong_files() == wrong_files()
    assert wrong_files(seed=1) != wrong_files()


def test_a_reader_that_goes_by_names_would_be_caught(tmp_path):
    """The broken twin."""
    by_name = replace(READERS["jsonl"], recognise=lambda head: "its name" if head.name.endswith((".jsonl", ".json")) else None)
    found = guesses(tmp_path, wrong_files(), [by_name])
    assert sum(not names <= wrong.allowed for wrong, names in found) > 20
