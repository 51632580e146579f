"""Exports inside zip, tar and compressed files: read where they lie, accounted to the byte, and found again from a row."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from importlib import import_module

import pytest
import zstandard

import threadcommons as tc
from threadcommons import api
from threadcommons.digest import sha256
from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, parts, read, reading
from threadcommons.sources.reading import read_export

from ..archives.conftest import survey_here
from .conftest import Package

LINES = b"\n".join(
    json.dumps({
        "native_id": f"p{number}", "kind": "post", "markup": "plain", "text": f"Soup number {number}, and bread.",
        "license": "CC0-1.0" if number % 2 else "CC-BY-NC-4.0",
    }).encode()
    for number in range(40)
)  # fmt: skip
LINES = LINES + b'\n{"broken": \n\r\n'


def zipped(method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("posts/a.jsonl", LINES)
        file.writestr("../escape.jsonl", LINES)
    return out.getvalue()


def tarred():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        info = tarfile.TarInfo("posts/a.jsonl")
        info.size = len(LINES)
        file.addfile(info, io.BytesIO(LINES))
        link = tarfile.TarInfo("posts/link.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        file.addfile(link)
    return out.getvalue()


#: Container, and the name of the export in it.
CONTAINERS = {
    "posts.zip": (zipped(), "posts.zip!/posts/a.jsonl"),
    "stored.zip": (zipped(zipfile.ZIP_STORED), "stored.zip!/posts/a.jsonl"),
    "posts.tar": (tarred(), "posts.tar!/posts/a.jsonl"),
    "posts.tar.gz": (gzip.compress(tarred(), mtime=0), "posts.tar.gz!/posts/a.jsonl"),
    "posts.tar.zst": (zstandard.compress(tarred()), "posts.tar.zst!/posts/a.jsonl"),
    "a.jsonl.gz": (gzip.compress(LINES, mtime=0), "a.jsonl.gz!/a.jsonl"),
    "a.jsonl.bz2": (bz2.compress(LINES), "a.jsonl.bz2!/a.jsonl"),
    "a.jsonl.xz": (lzma.compress(LINES), "a.jsonl.xz!/a.jsonl"),
    "a.jsonl.zst": (zstandard.compress(LINES), "a.jsonl.zst!/a.jsonl"),
}


@pytest.fixture(scope="module", autouse=True)
def looked_at_here():
    """One container is looked at by a process of its own, as all are; for the others the same is done in this one."""
    module = import_module("threadcommons.sources.parts")
    with pytest.MonkeyPatch.context() as patch:
        apart = module.survey
        patch.setattr(module, "survey", lambda path, *given, **how: (apart if path.name == "posts.zip" else survey_here)(path, *given, **how))
        yield


@pytest.fixture(scope="module", params=CONTAINERS)
def built(request, tmp_path_factory):
    """A package with one container, its release, and the name of the member."""
    package = Package(tmp_path_factory.mktemp("containers"), rows=100, row_group=100)
    data, member = CONTAINERS[request.param]
    package.declare("boxed", {request.param: data})
    return package.root, package.build().path, request.param, member


def test_all_of_it_is_rows_and_the_ledger_balances_layer_by_layer(built):
    _, release, name, member = built
    exports = {entry["file"]: entry for entry in api.manifest(release)["exports"]}
    assert exports[member]["bytes"] == len(LINES)
    assert exports[member]["sha256"] == sha256(LINES)
    assert exports[member]["container_sha256"] == sha256(CONTAINERS[name][0])
    assert exports[member]["fates"] == {"row": 20, "withheld": 20, "quarantined": 1}
    assert exports[name]["bytes"] == len(CONTAINERS[name][0])
    assert not [finding for finding in tc.verify(release) if finding.severity == "error"]


def test_what_is_refused_is_in_the_ledger_and_no_name_leads_outside(built):
    _, release, name, _ = built
    refused = sum(
        sum(entry["fates"].values()) for entry in api.manifest(release)["exports"] if "member" not in entry
    )
    assert refused == (1 if "zip" in name or "tar" in name else 0)
    assert b"escape" not in (release / "manifest.json").read_bytes()


def test_a_row_leads_back_to_its_bytes(built):
    root, release, _, _ = built
    for id_ in ("boxed:p1", "boxed:p2", "boxed:p39"):
        traced = tc.trace(release, id_, root=root)
        assert traced.verdict == "same"
        assert traced.record in LINES.split(b"\n")


def test_a_row_leads_back_with_the_container_named(built, tmp_path):
    root, release, name, _ = built
    moved = tmp_path / "elsewhere.bin"
    moved.write_bytes((root / "raw" / "boxed" / name).read_bytes())
    assert tc.trace(release, "boxed:p1", root=root, export=moved).record in LINES.split(b"\n")
    moved.write_bytes(LINES)
    assert tc.trace(release, "boxed:p1", root=root, export=moved).record in LINES.split(b"\n")


def test_why_knows_the_member(built):
    _, release, _, member = built
    assert [fate["fate"] for fate in tc.why(release, f"{member}:0")] == ["withheld"]


@pytest.mark.parametrize("inside", [True, False])
def test_who_holds_the_container_or_its_member_fills_in_what_is_withheld(built, tmp_path, inside):
    root, release, name, _ = built
    held = tmp_path / "held.bin"
    held.write_bytes((root / "raw" / "boxed" / name).read_bytes() if inside else LINES)
    filled = tc.hydrate(release, [held], tmp_path / "private")
    assert (filled.filled, filled.left) == (20, 0)


def test_check_reads_it_as_a_build_does(built):
    root, _, _, member = built
    counts = {count.file: count for count in tc.check(root=root).counts}
    assert counts[member].posts == 40
    assert counts[member].accounted == len(LINES)


# -- windows ------------------------------------------------------------------------------------------------------


#: Small windows are read through byte by byte: a part of the lines is enough, and begins inside one.
@pytest.mark.parametrize(
    ("window", "data"),
    [(1, LINES[-300:]), (7, LINES[-1_000:]), (64, LINES), (200, LINES), (5_000, LINES), (1 << 20, LINES)],
    ids=["1", "7", "64", "200", "5000", "1M"],
)
def test_windows_change_nothing(tmp_path, monkeypatch, window, data):
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zstandard.compress(data))
    export = Export("s", path.name, path, sha256(path.read_bytes()), path.stat().st_size)
    reader = READERS["jsonl"]
    (member,) = (part.export for part in parts(export, reader) if part.export.member)
    monkeypatch.setattr(reading, "WINDOW", window)
    found = [
        (int(cut.offsets[index]), int(cut.lengths[index]), refused.get(index) and refused[index].code)
        for batch in read_export(reader, member, (0, member.size), None, Limits())
        for cut, refused in [(batch.cut, batch.refused)]
        for index in range(len(cut))
        if not cut.unaccounted()
    ]
    whole = [
        (int(cut.offsets[index]), int(cut.lengths[index]), refused.get(index) and refused[index].code)
        for batch in read(reader, data, 0, len(data), None, Limits())
        for cut, refused in [(batch.cut, batch.refused)]
        for index in range(len(cut))
    ]
    assert len(whole) > 1
    assert found == whole


def test_what_fits_into_no_window_is_passed_over_unread(tmp_path, monkeypatch):
    data = b'{"a":1}\n' + b"x" * 5_000 + b"\n" + LINES
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zstandard.compress(data))
    export = Export("s", path.name, path, sha256(path.read_bytes()), path.stat().st_size)
    reader = READERS["jsonl"]
    (member,) = (part.export for part in parts(export, reader) if part.export.member)
    monkeypatch.setattr(reading, "WINDOW", 300)
    batches = list(read_export(reader, member, (0, member.size), None, Limits(record_bytes=1_000)))
    assert sum(batch.cut.unaccounted() for batch in batches) == 0
    assert sum(batch.posts.num_rows for batch in batches) == 40
    codes = [refusal.code for batch in batches for refusal in batch.refused.values()]
    assert codes.count("record.too-long") == 1
    ends = [0, *(batch.cut.stop for batch in batches)]
    assert [batch.cut.start for batch in batches] == ends[:-1]
    assert ends[-1] == len(data)
