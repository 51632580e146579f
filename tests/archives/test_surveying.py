"""The process that looks has no rights, and whatever becomes of it is a refusal."""

import hashlib
import json
import lzma
import os
import resource
import select
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from threadcommons import archives
from threadcommons.archives import surveying
from threadcommons.archives.facts import checked
from threadcommons.errors import BadUsage, UnsafeFile
from threadcommons.findings import codes

from .conftest import survey_here
from .making import COMPRESS, Item, Part, tar_of, zip_of

POSTS = b'{"id": 1}\n' * 500
ZIP = zip_of([Part("posts.jsonl", POSTS, method="deflate"), Part("private.js", b"x"), Part("../up", b"y")])
SOURCE_TREE = str(Path(__file__).resolve().parents[2] / "src")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(ZIP)
    return path


@pytest.mark.parametrize("data", [ZIP, tar_of([Item("posts.jsonl", POSTS)]), *(pack(POSTS) for pack in COMPRESS.values())])
def test_a_process_of_its_own_finds_the_same(path, data):
    path.write_bytes(data)
    assert archives.survey(path, [r".*\.jsonl"]) == survey_here(path, [r".*\.jsonl"])


def test_what_is_found_is_all_there_is(path):
    found = archives.survey(path, [r"posts\.jsonl"])
    (layer,) = found.layers
    (member,) = found.members
    assert (layer.size, layer.sha256) == (len(ZIP), hashlib.sha256(ZIP).hexdigest())
    assert (member.name, member.size, member.sha256) == ("posts.jsonl", len(POSTS), hashlib.sha256(POSTS).hexdigest())
    assert [(record.fate, record.code, record.name) for record in layer.records] == [
        ("excluded", "container.not-opened", "private.js"),
        ("quarantined", "container.unsafe-name", "../up"),
    ]


@pytest.mark.parametrize("opens", [[], [r"posts"], [r"\.jsonl"], ["posts.jsonl$x"], [r"^$"], ["a|b"]])
def test_only_whole_names_match(path, opens):
    assert archives.survey(path, opens).members == ()


@pytest.mark.parametrize("opens", [[r"posts\.jsonl"], ["a", r".*\.jsonl"], ["p|posts.*"], [r"(?i)POSTS\.JSONL"], [r"\w+\.jsonl"]])
def test_any_of_the_expressions_will_do(path, opens):
    assert [member.name for member in archives.survey(path, opens).members] == ["posts.jsonl"]


@pytest.mark.parametrize("bad", ["(", "a)|(b", r"(?=x)", "x**", "["])
def test_what_is_no_expression_is_said_so(path, bad):
    with pytest.raises(BadUsage, match="regular expression"):
        archives.survey(path, ["good", bad])


def test_a_plain_file_is_no_container(path):
    path.write_bytes(POSTS)
    with pytest.raises(BadUsage, match="no container"):
        archives.survey(path, [])


def test_links_are_not_followed(path, tmp_path):
    (tmp_path / "link.zip").symlink_to(path)
    with pytest.raises(UnsafeFile):
        archives.survey(tmp_path / "link.zip", [])


def test_members_that_must_be_held_whole_have_a_limit_of_their_own(path):
    small = archives.Limits(whole=len(POSTS) - 1)
    assert [member.name for member in archives.survey(path, [".*"], small).members] == ["posts.jsonl", "private.js"]
    assert [member.name for member in archives.survey(path, [".*"], small, streams=False).members] == ["private.js"]
    path.write_bytes(COMPRESS["zstd"](POSTS))
    assert archives.survey(path, [], small, streams=False).refusal.code == "container.too-large"


# -- limits, each shown to be the one that stops it ------------------------------------------------

MIB = 1 << 20
ZEROS = bytes(4 * MIB)
TIGHT = archives.Limits(free=MIB)
LIMITED = {
    "ratio of a stream": (COMPRESS["gzip"](ZEROS), TIGHT, {"ratio": 10**6}, "bomb"),
    "ratio of a member": (zip_of([Part("a", ZEROS, method="deflate")]), TIGHT, {"ratio": 10**6}, "bomb"),
    "ratio of a tar": (COMPRESS["xz"](tar_of([Item("a", ZEROS)])), TIGHT, {"free": 5 * MIB}, "bomb"),
    "ratio of all": (zip_of([Part(f"{n}", ZEROS[:MIB], method="deflate") for n in range(5)]), TIGHT, {"ratio": 10**6}, "bomb"),
    "free bytes": (COMPRESS["zstd"](ZEROS), TIGHT, {"free": 5 * MIB}, "bomb"),
    "members of a zip": (zip_of([Part(f"{n}") for n in range(9)]), archives.Limits(members=8), {"members": 9}, "too-many-members"),
    "members of a tar": (tar_of([Item(f"{n}") for n in range(9)]), archives.Limits(members=8), {"members": 9}, "too-many-members"),
    "names of a zip": (zip_of([Part(f"{n}" * 50) for n in range(9)]), archives.Limits(directory=800), {"directory": 900}, "too-large"),
    "names of a tar": (tar_of([Item(f"{n}") for n in range(9)]), archives.Limits(directory=4000), {"directory": 5000}, "too-large"),
    "one header": (tar_of([Item("a", before=[Item("x", b"2000 comment=" + b"x" * 1986 + b"\n", kind=b"x")])]), archives.Limits(header=1000), {"header": 2000}, "too-large"),
    "a member of a zip": (zip_of([Part("a", POSTS)]), archives.Limits(member=4000), {"member": 5000}, "too-large"),
    "a member of a tar": (tar_of([Item("a", POSTS)]), archives.Limits(member=4000), {"member": 5000}, "too-large"),
    "a stream": (COMPRESS["bzip2"](POSTS), archives.Limits(member=4000), {"member": 5000}, "too-large"),
    "all of a zip": (zip_of([Part("a", POSTS), Part("b", POSTS)]), archives.Limits(total=8000), {"total": 10_000}, "too-large"),
    "all of a tar": (COMPRESS["zstd"](tar_of([Item("a", POSTS), Item("b", POSTS)])), archives.Limits(total=8000), {"total": 20_000}, "too-large"),
    "window": (COMPRESS["zstd"](ZEROS + b"x"), archives.Limits(window=MIB), {"window": 4 * MIB + 2}, "memory"),
}


@pytest.mark.parametrize(("data", "tight", "loose", "code"), LIMITED.values(), ids=LIMITED)
def test_a_limit_stops_what_would_be_read_without_it(looked, data, tight, loose, code):
    def found(limits):
        return looked(data, **{name: getattr(limits, name) for name in archives.Limits.__slots__})

    assert (found(tight).names, set(found(tight).codes)) == ([], {f"{code}"})
    without = found(replace(tight, **loose))
    assert (without.codes, bool(without.names)) == ([], True)


def test_memory_is_limited(path):
    path.write_bytes(lzma.compress(POSTS, preset=9))  # asks for 64 MiB whatever it holds
    assert archives.survey(path, []).refusal is None
    assert archives.survey(path, [], archives.Limits(memory=64 * MIB)).refusal.code == "container.memory"


def test_the_clock_is_limited(path):
    assert archives.survey(path, [], archives.Limits(patience=0)).refusal.code == "container.too-slow"


#: A job of more than a second.
LONG = COMPRESS["gzip"](b"") * 1_000_000


def test_computing_is_limited(path):
    path.write_bytes(LONG)
    limits = archives.Limits(seconds=1, pace=1 << 40)
    assert archives.survey(path, [], limits).refusal.code == "container.too-slow"


# -- no rights ------------------------------------------------------------------------------------


def alone(code, *arguments, **named):
    """Run a few lines in a process of their own that has given up its rights."""
    head = f"import sys, os; sys.path.insert(0, {SOURCE_TREE!r}); from threadcommons.archives import Limits, child\n"
    return subprocess.run([sys.executable, "-c", head + textwrap.dedent(code), *arguments], capture_output=True, text=True, check=False, **named)


GIVEN_UP = "child.give_up_rights(Limits(seconds=1), 0, 'zip')\n"
HARM = {
    "open a file": "open(sys.argv[1], 'rb')",
    "make a file": "open(sys.argv[1] + '.new', 'wb')",
    "write to a file that was open": "os.write(handle, b'x')",
    "connect": "import socket; socket.socket()",
    "start a program": "import subprocess; subprocess.run(['true'])",
    "take memory": "bytes(1 << 30)",
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_nothing_harmful_can_be_done(path, harm):
    before = "import socket, subprocess\nhandle = os.open(sys.argv[1], os.O_RDWR | os.O_APPEND)\n"
    after = f"try: {harm}\nexcept (OSError, MemoryError): print('no')\nelse: print('yes')"
    assert alone(before + after, str(path)).stdout == "yes\n"
    path.write_bytes(ZIP)
    listed = sorted(path.parent.iterdir())
    assert alone(before + GIVEN_UP + after, str(path)).stdout == "no\n"
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == (ZIP, listed)


def test_computing_without_end_is_ended():
    assert alone(GIVEN_UP + "while True: pass").returncode in (-24, -9)


def test_a_child_ends_after_its_parent():
    orphan = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (90, 90)); from threadcommons.archives import child; child.end_with(int(sys.argv[1])); os.write(1, b'at work')\nwhile True: pass"
    parent = f"""
        import subprocess
        born = subprocess.Popen([sys.executable, '-c', {orphan!r}, str(os.getpid())], stdout=subprocess.PIPE, stderr=3, env={{'PYTHONPATH': {SOURCE_TREE!r}}}, pass_fds=(3,))
        born.stdout.read(7)
        os._exit(0)
    """
    hearing, speaking = os.pipe()
    os.set_inheritable(speaking, True)
    code = f"import os; os.dup2({speaking}, 3)\n" + textwrap.dedent(parent)
    assert alone(code, pass_fds=(speaking,)).returncode == 0
    os.close(speaking)
    assert select.select([hearing], [], [], 60)[0], "it goes on working"
    assert os.read(hearing, 1) == b""  # comes when the last one who could write has ended
    os.close(hearing)


def test_a_child_whose_parent_is_another_does_not_go_on(path, monkeypatch):
    path.write_bytes(LONG)
    monkeypatch.setattr(surveying.os, "getpid", lambda: 1)
    assert archives.survey(path, []).refusal.detail.endswith("it ended with 1")


def test_limits_that_were_lower_stay(path):
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))\n" + GIVEN_UP + "print(resource.getrlimit(resource.RLIMIT_AS)[0])"
    assert alone(code).stdout == f"{1 << 28}\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0  # and this process has kept its own


def test_little_is_loaded():
    code = "print([name for name in ('pyarrow', 'polars', 'numpy', 'pandas', 'importlib.metadata') if name in sys.modules])"
    assert alone(code).stdout == "[]\n"


# -- broken children ------------------------------------------------------------------------------

BROKEN = {
    "says nothing": "pass",
    "says nonsense": "print('hello')",
    "says half": "print('{\"kind\":')",
    "says something else": "print('[]')",
    "says it deeply": "print('[' * 100000)",
    "leaves out": "answer.pop('members'); tell()",
    "adds": "answer['more'] = 1; tell()",
    "negative": "answer['layers'][0]['records'][0]['offset'] = -1; tell()",
    "less than nothing": "answer['members'][0]['size'] = -1; tell()",
    "no number": "answer['layers'][0]['size'] = '9'; tell()",
    "true is no number": "answer['layers'][0]['records'][0]['length'] = True; tell()",
    "no fate": "answer['layers'][0]['records'][0]['fate'] = 'row'; tell()",
    "beyond the file": "answer['layers'][0]['records'][-1]['length'] += 1000; tell()",
    "nothing long": "answer['layers'][0]['records'][0]['length'] = 0; tell()",
    "twice": "answer['layers'][0]['records'] *= 2; tell()",
    "a member refused too": "answer['layers'][0]['records'].insert(0, dict(answer['layers'][0]['records'][0], offset=answer['members'][0]['layer_offset'], length=1)); tell()",
    "another file": "answer['layers'][0]['size'] += 1; tell()",
    "no layer": "answer['layers'] = []; tell()",
    "a strange layer": "answer['members'][0]['layer'] = 'x'; tell()",
    "raises": "raise ValueError",
    "leaves": "tell(); sys.exit(3)",
    "crashes": "tell(); os.kill(os.getpid(), 11)",
    "is killed": "os.kill(os.getpid(), 9)",
    "never ends": "while True: print('x' * 1000000)",
}


@pytest.mark.parametrize("deed", BROKEN.values(), ids=BROKEN)
def test_a_broken_child_is_a_refusal(path, deed, monkeypatch):
    answer = survey_here(path, [r"posts\.jsonl"]).as_dict()
    code = f"import sys, os, json; answer = json.loads({json.dumps(answer)!r}); tell = lambda: print(json.dumps(answer), flush=True)\n{deed}"
    monkeypatch.setattr(surveying, "_BOOT", code)
    found = archives.survey(path, [], archives.Limits(directory=1 << 20, members=10))
    assert (found.refusal.code, found.members) == ("container.crashed", ())
    assert found.layers[0].sha256 == hashlib.sha256(ZIP).hexdigest()
    monkeypatch.setattr(surveying, "_BOOT", code.replace(deed, "tell()"))
    assert archives.survey(path, []).as_dict() == answer


def test_a_child_that_sleeps_is_not_waited_for(path, monkeypatch):
    monkeypatch.setattr(surveying, "_BOOT", "import time; time.sleep(600)")
    assert archives.survey(path, [], archives.Limits(seconds=1, patience=1)).refusal.code == "container.too-slow"
    monkeypatch.setattr(surveying, "_BOOT", "import os, time; os.close(1); time.sleep(600)")
    assert archives.survey(path, [], archives.Limits(seconds=1, patience=1)).refusal.code == "container.too-slow"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted through /proc")
def test_no_child_and_no_file_is_left(path, monkeypatch):
    started, start = [], subprocess.Popen
    monkeypatch.setattr(surveying.subprocess, "Popen", lambda *given, **named: started.append(start(*given, **named)) or started[-1])
    before = len(list(Path("/proc/self/fd").iterdir()))
    archives.survey(path, [])
    archives.survey(path, [], archives.Limits(patience=0))
    assert [child.returncode for child in started] == [0, -9]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# -- values ---------------------------------------------------------------------------------------


def test_all_codes_are_in_the_table():
    package = Path(archives.__file__).parent
    used = {word for path in package.glob("*.py") for word in path.read_text(encoding="utf-8").split('"') if word.startswith("container.")}
    assert used == {name for name in codes() if name.startswith("container.")}


def test_a_survey_that_does_not_add_up_is_not_made_from_values(path):
    found = survey_here(path)
    checked(found)
    layer = found.layers[0]
    with pytest.raises(ValueError, match="overlap"):
        checked(replace(found, layers=(replace(layer, records=layer.records + layer.records),)))
