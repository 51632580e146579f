"""Files are recognised by what is in them, also inside containers, and what is private is not even opened for that."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from threadcommons.sources import READERS, may_open, recognise

from .reading import EXPORTS, shared

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
