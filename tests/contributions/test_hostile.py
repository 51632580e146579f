"""Folders that strangers bring: whatever lies in them, `check` ends in findings, quickly and in words."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from threadcommons.cli import run

MEGABYTE = 1 << 20
POST = b'{"kind": "post", "markup": "plain", "text": "Hello."'


def whole(more=b""):
    return POST + more + b"}\n"


def jsonl(data):
    return lambda bring: bring("one", {"posts.jsonl": data})


def xml(data):
    return lambda bring: bring("one", {"Posts.xml": data}, format="stackexchange", reader={"site": "a.example.org"})


def text(data):
    return lambda bring: bring("one", {"thread.txt": data}, format="thread-text")


def toml(data):
    def make(bring):
        (bring("one", {"posts.jsonl": whole()}) / "source.toml").write_bytes(data)

    return make


def linked_export(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "posts.jsonl").rename(folder.parents[1] / "elsewhere")
    (folder / "posts.jsonl").symlink_to(folder.parents[1] / "elsewhere")


def hard_linked_export(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    os.link(folder / "posts.jsonl", folder.parents[1] / "elsewhere")


def pipe_for_export(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "posts.jsonl").unlink()
    os.mkfifo(folder / "posts.jsonl")


def pipe_for_source_toml(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "source.toml").unlink()
    os.mkfifo(folder / "source.toml")


def folder_for_export(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "posts.jsonl").unlink()
    (folder / "posts.jsonl").mkdir()


def folder_for_source_toml(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "source.toml").unlink()
    (folder / "source.toml").mkdir()


def linked_source(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    folder.rename(folder.parents[1] / "elsewhere")
    folder.symlink_to(folder.parents[1] / "elsewhere")


def link_in_raw(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder.parent / "passwd").symlink_to("/etc/passwd")


def link_in_source(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "passwd").symlink_to("/etc/passwd")


def dangling_link(bring):
    folder = bring("one", {"posts.jsonl": whole()})
    (folder / "nowhere").symlink_to("/nowhere/at/all")


def stray_name(name):
    def make(bring):
        (bring("one", {"posts.jsonl": whole()}) / name).write_bytes(b"x")

    return make


def folder_name(name):
    def make(bring):
        folder = bring("one", {"posts.jsonl": whole()})
        folder.rename(folder.with_name(name))

    return make


def declared_name(name):
    def make(bring):
        folder = bring("one", {"posts.jsonl": whole()})
        said = (folder / "source.toml").read_text()
        (folder / "source.toml").write_text(said.replace('"posts.jsonl"', json.dumps(name)))

    return make


LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE posts [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<posts><row Id="1" PostTypeId="1" Body="&b;"/></posts>
"""
ROW = b'<posts>\n  <row Id="1" PostTypeId="1" Body="x" CreationDate="2020-01-01T00:00:00.000"'

CASES = {
    "a line of 100 MB": (jsonl(b'{"text": "' + b"a" * (100 * MEGABYTE) + b'"}\n' + whole()), {"record.too-long"}),
    "100 MB of brackets": (jsonl(b"[" * (100 * MEGABYTE)), {"record.too-long"}),
    "brackets within the limit": (jsonl(b"[" * MEGABYTE), {"record.too-deep"}),
    "objects nested deep": (jsonl(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), {"record.too-deep"}),
    "nested as deep as the parser goes": (jsonl(whole(b', "x": ' + b"[" * 1000 + b"]" * 1000)), {"record.too-deep"}),
    "nested beyond the recipe": (jsonl(whole(b', "x": ' + b"[" * 100 + b"]" * 100)), {"record.too-deep"}),
    "many keys": (jsonl(b"{" + b",".join(b'"k%d":1' % n for n in range(200_000)) + b"}\n"), {"post.unknown-key"}),
    "a key twice": (jsonl(whole(b', "kind": "reply"')), {"record.duplicate-key"}),
    "NaN": (jsonl(whole(b', "x": NaN')), {"record.not-finite"}),
    "a number beyond 2^53": (jsonl(whole(b', "x": 9007199254740993')), {"record.big-integer"}),
    "a number of a million digits": (jsonl(whole(b', "x": ' + b"1" * MEGABYTE)), {"record.big-integer"}),
    "half a character": (jsonl(POST.replace(b"Hello", b"\\ud83d") + b"}\n"), {"record.lone-surrogate"}),
    "invalid UTF-8": (jsonl(POST.replace(b"Hello", b"\xff\xfe") + b"}\n"), {"record.invalid-utf8"}),
    "NUL": (jsonl(POST.replace(b"Hello", b"\x00") + b"}\n"), {"record.nul"}),
    "a truncated file": (jsonl(whole() + POST), {"record.truncated"}),
    "an empty file": (jsonl(b""), {"source.empty-export"}),
    "only blanks": (jsonl(b" \n\t\n\r\n"), set()),
    "not text at all": (jsonl(bytes(range(256)) * 4096), None),
    "a thread that is not text": (text(bytes(range(256)) * 64), {"record.invalid-utf8", "record.nul"}),
    "a thread of one long mention": (text(b"@a " * (4 * MEGABYTE)), None),
    "a thread of one repeated line": (text(b"again\n" * 30_000), None),
    "many lines of brackets": (jsonl((b"[" * MEGABYTE + b"\n") * 14), {"record.too-deep"}),
    "XML with a document type": (xml(LAUGHS), {"record.dtd"}),
    "XML that ends inside a row": (xml(ROW), {"record.truncated"}),
    "XML that is none": (xml(b"<<<<>>>>&&&;" * 1000), None),
    "XML nested deep": (xml(b"<a>" * 200_000), None),
    "a link for an export": (linked_export, {"source.not-plain"}),
    "a hard link for an export": (hard_linked_export, {"source.not-plain"}),
    "a pipe for an export": (pipe_for_export, {"source.not-plain"}),
    "a folder for an export": (folder_for_export, {"source.not-plain"}),
    "a pipe for source.toml": (pipe_for_source_toml, {"source.not-plain"}),
    "a folder for source.toml": (folder_for_source_toml, {"source.not-plain"}),
    "a link for a source": (linked_source, {"source.bad-name"}),
    "a link in raw": (link_in_raw, {"source.not-plain"}),
    "a link in a source": (link_in_source, {"source.not-plain"}),
    "a link to nowhere": (dangling_link, {"source.not-plain"}),
    "a file name with a newline": (stray_name("a\nerror: all is well.jsonl"), {"source.bad-name"}),
    "a file name with bidi controls": (stray_name("a\u202egnp.jsonl"), {"source.bad-name"}),
    "a file name that is not UTF-8": (stray_name(os.fsdecode(b"a\xff.jsonl")), {"source.bad-name"}),
    "a file name that paints": (stray_name("\x1b[31mred"), {"source.bad-name"}),
    "a folder name with a newline": (folder_name("a\nb"), {"source.bad-name"}),
    "a folder name with bidi controls": (folder_name("a\u202eb"), {"source.bad-name"}),
    "an export named above": (declared_name("../../build/recipe.toml"), {"source.bad-name", "source.export-undeclared"}),
    "an export named from the root": (declared_name("/etc/passwd"), {"source.bad-value"}),
    "an export named with a newline": (declared_name("a\nb"), {"source.bad-value"}),
    "source.toml nested deep": (toml(b"a = " + b"[" * 100_000), {"source.unreadable"}),
    "source.toml of tables in tables": (toml(b"a" + b".a" * 5_000 + b" = 1\n"), None),
    "source.toml that is not UTF-8": (toml(b"title = '\xff'\n"), {"source.unreadable"}),
    "source.toml with a NUL": (toml(b"title = '\x00'\n"), {"source.unreadable"}),
    "an empty source.toml": (toml(b""), {"source.missing-key"}),
    "a huge number in source.toml": (toml(b"schema = " + b"9" * 5000 + b"\n"), None),
    "a date that is none in source.toml": (toml(b"title = 2026-99-99\n"), {"source.unreadable"}),
}


class TooLong(BaseException):
    """Not an Exception: nothing that is tested may swallow it."""


@contextmanager
def seconds(most):
    """A hang is a failure."""

    def late(_signal, _frame):
        raise TooLong(f"it took more than {most} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(most)
    try:
        yield
    finally:
        signal.alarm(0)


@pytest.mark.parametrize("case", CASES)
def test_it_ends_in_findings(case, package, bring, capsys):
    make, expected = CASES[case]
    make(bring)
    with seconds(30):
        code = run(["check", "--root", str(package)])
    said, complained = capsys.readouterr()
    assert complained == ""
    assert all(line.isprintable() for line in said.split("\n"))
    told = {line.split()[1].rstrip(":") for line in said.split("\n") if line.startswith(("  error ", "  warning "))}
    assert code == (1 if "  error " in said else 0)
    if expected is not None:
        assert told == expected


def test_all_of_it_at_once_in_a_process_of_its_own(package, bring):
    """No traceback, no hang, one report; one bad source does not hide another."""
    small = {name: make for name, (make, expected) in CASES.items() if expected and len(expected) == 1 and "MB" not in name}
    for number, make in enumerate(small.values()):
        make(lambda _name, files, number=number, **keys: bring(f"s{number:02}", files, **keys))
        (package / "raw" / "passwd").unlink(missing_ok=True)
        (package / "elsewhere").rename(package / f"elsewhere{number}") if (package / "elsewhere").is_file() else None
    done = subprocess.run(
        [sys.executable, "-m", "threadcommons", "check", "--root", package, "--json"],
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"")
    found = {finding["code"] for finding in json.loads(done.stdout)["findings"]}
    assert found >= set().union(*(CASES[name][1] for name in small)) - {"source.not-plain"}


def test_no_connection_is_opened_and_nothing_is_run(package, bring):
    """The audit hook sees every socket and every process that Python starts, whichever module asks for it."""
    bring("one", {"posts.jsonl": whole() + b"{"})
    watched = """
import sys
def hook(event, args):
    if event.split(".")[0] in ("socket", "subprocess") or event in ("os.system", "os.exec", "os.fork", "os.posix_spawn"):
        print("SEEN", event, args)
sys.addaudithook(hook)
from threadcommons.cli import run
sys.exit(run(["check", "--root", sys.argv[1]]))
"""
    done = subprocess.run([sys.executable, "-c", watched, package], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert "SEEN" not in done.stdout
