"""Forty bombs are refused and thirty escapes contained, with the limits that hold for everybody.

`bench/bench_archives.py` prints how long and how much memory it takes; here only the outcome counts.
"""

import gzip
import os
import sys
import tarfile
from pathlib import Path

import pytest

from threadcommons import archives

from .conftest import survey_here
from .hostile import ASKED, BOMBS, ESCAPES, many_global_headers, names_of, outcome
from .making import Item, Part, tar_of, zip_of


def listing(root):
    """Everything below a folder, with what can be seen without opening it, and with its bytes."""
    found = {}
    for path in sorted(root.rglob("*")):
        info = path.lstat()
        found[str(path)] = (info.st_mode, info.st_size, info.st_nlink, info.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
    return found


class Watch:
    """An audit hook cannot be taken away; it can be told to look elsewhere."""

    WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.utime", "os.truncate",
                "os.mkfifo", "os.mknod", "shutil", "tempfile", "socket", "subprocess", "os.system", "os.exec", "os.posix_spawn", "import")  # fmt: skip

    def __init__(self):
        self.seen = None
        sys.addaudithook(self)

    def __call__(self, event, details):
        if self.seen is not None and (event.startswith(self.CHANGING) or (event == "open" and (details[2] or 0) & self.WRITING)):
            self.seen.append((event, details))

    def __enter__(self):
        self.seen = []
        return self.seen

    def __exit__(self, *_):
        self.seen = None


WATCH = Watch()


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """A folder to stand in, with something to be overwritten above and beside it."""
    for name in ("up.jsonl", "passwd", "stand/good.jsonl", "stand/etc/passwd"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as it was")
    monkeypatch.chdir(tmp_path / "stand")
    return tmp_path


@pytest.fixture
def hostile_file(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile") / "export.bin"


def test_there_are_forty_and_thirty():
    assert (len(BOMBS), len(ESCAPES)) == (40, 30)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(name, hostile_file):
    make, code = BOMBS[name]
    hostile_file.write_bytes(make())
    assert outcome(archives.survey(hostile_file, ASKED)) == ([code], [])


@pytest.mark.parametrize("name", ESCAPES)
def test_an_escape_is_contained(name, hostile_file, sandbox):
    make, codes, names = ESCAPES[name]
    hostile_file.write_bytes(make())
    before = listing(sandbox)
    with WATCH as seen:
        found = survey_here(hostile_file, ASKED)
        read = {member.name: stream.read() for member, stream in archives.iter_members(hostile_file, found.members)}
    assert seen == []
    assert archives.survey(hostile_file, ASKED) == found
    assert listing(sandbox) == before
    assert outcome(found) == (sorted(set(codes)), sorted([*names, "good.jsonl"]))
    assert sum(record.code in codes for record in found.layers[0].records) == len(codes)
    assert (read["good.jsonl"] == b"gotcha\n") == (name == "zip: twice")


# -- broken twins ---------------------------------------------------------------------------------


def test_a_plain_extraction_would_be_seen(sandbox, hostile_file):
    hostile_file.write_bytes(tar_of([Item("../up.jsonl", b"gotcha\n"), Item("link", kind=b"2", link="..")]))
    before = listing(sandbox)
    with WATCH as seen, tarfile.open(hostile_file) as tar:
        # Older Pythons trust every archive and do not know the word.
        tar.extractall(Path.cwd(), **({"filter": "fully_trusted"} if hasattr(tarfile, "data_filter") else {}))
    assert listing(sandbox) != before
    assert {event for event, _ in seen} >= {"open", "os.symlink"}


@pytest.mark.parametrize(
    ("name", "without"),
    [
        ("zip bzip2", {"ratio": 10**9}),
        ("tar.zst of zeros", {"ratio": 10**9}),
        ("bzip2, 256 MiB", {"ratio": 10**9}),
    ],
)
def test_without_its_limit_a_bomb_would_go_off(name, without, hostile_file):
    make, code = BOMBS[name]
    hostile_file.write_bytes(make())
    assert code not in outcome(archives.survey(hostile_file, ASKED, archives.Limits(memory=1 << 30, **without)))[0]


#: Bombs by number, made so small that they are none unless less is allowed: (function that gives bytes, limit, code).
FEW = {
    "zip of many": (lambda: zip_of(names_of(2_000)), {"members": 1_000}, "container.too-many-members"),
    "tar.gz with many global headers": (lambda: gzip.compress(many_global_headers(2_000), 1, mtime=0), {"members": 1_000}, "container.too-many-members"),
    "zip with long names": (lambda: zip_of([Part(b"%06d" % n + b"a" * 60_000) for n in range(30)]), {"directory": 1 << 20}, "container.too-large"),
}


@pytest.mark.parametrize("name", FEW)
def test_it_is_the_limit_that_refuses_what_is_too_many(name, hostile_file):
    make, limit, code = FEW[name]
    hostile_file.write_bytes(make())
    assert outcome(archives.survey(hostile_file, ASKED, archives.Limits(**limit))) == ([code], [])
    assert code not in outcome(archives.survey(hostile_file, ASKED))[0]


def test_without_a_look_at_names_an_escape_would_be_read(hostile_file, monkeypatch):
    hostile_file.write_bytes(ESCAPES["zip: upwards"][0]())
    monkeypatch.setattr("threadcommons.archives.rules.why_unsafe_name", lambda _: None)
    assert [member.name for member in survey_here(hostile_file, ASKED).members] == ["../up.jsonl", "good.jsonl"]


def test_without_a_look_at_overlaps_a_kernel_would_be_read_again_and_again(hostile_file, monkeypatch):
    make, code = BOMBS["zip with quoted headers"]
    hostile_file.write_bytes(make())
    monkeypatch.setattr("threadcommons.archives.zips._groups", lambda placed: ([place] for place in placed))
    monkeypatch.setattr("threadcommons.archives.zips._gap", lambda *_: ())
    monkeypatch.setattr("threadcommons.archives.facts._apart", lambda *_: True)
    assert outcome(survey_here(hostile_file, ASKED))[0] != [code]
