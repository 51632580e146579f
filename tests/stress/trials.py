"""Trials: runs of the real thing that return counts. Who calls them decides how often, and what the counts must be.

Chance comes from seeds, so a trial can be repeated. Builds are those of the real command, in processes of their own.
Holds no tests.
"""

import hashlib
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

from threadcommons import api
from threadcommons.digest import sha256_file
from threadcommons.model import Export, Limits
from threadcommons.sources import open_export, read, reader_for

from .damage import mutated_bytes

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
EXPORTS = SHARED / "exports"


COMMAND = ("-m", "threadcommons")


def start(root, out, *more, program=COMMAND, umask=0o022, **surroundings):
    """Begin a build of the package at `root` into `out`."""
    line = [sys.executable, *program, "build", "--root", str(root), "--out", str(out), *more]
    told = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(line, env=os.environ | surroundings, umask=umask, **told)


def finish(process):
    """Wait for a build; it must have gone well."""
    _, told = process.communicate()
    assert process.returncode == 0, told


def forget(root, out):
    """Take away what builds left, so that the next one starts from nothing."""
    shutil.rmtree(root / "build/.cache", ignore_errors=True)
    shutil.rmtree(out, ignore_errors=True)


def digest_of(release):
    """One digest over names and bytes of all files of a release."""
    paths = sorted(path for path in release.rglob("*") if path.is_file())
    named = [(path.relative_to(release).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]
    assert named
    return hashlib.sha256(str(named).encode()).hexdigest()


# -- determinism --------------------------------------------------------------------------------------------------


def digests(package, folder, workers, surroundings, places):
    """The digest of a build from nothing for every combination of workers, surroundings and output folders."""
    found = []
    for count, around, place in itertools.product(workers, surroundings, places):
        forget(package.root, folder / place)
        finish(start(package.root, folder / place, "--workers", str(count), **around))
        found.append(digest_of(folder / place / package.version))
    return found


# -- kills --------------------------------------------------------------------------------------------------------


@dataclass
class Kills:
    """What was there after each kill, and what the next run made of it."""

    absent: int = 0
    whole: int = 0
    torn: int = 0
    same: int = 0
    cleaned: int = 0


def kills(package, out, count, seed):
    """Kill builds at random moments. Half of them start from nothing, half find what the last one left."""
    begun = time.monotonic()
    finish(start(package.root, out))
    usual = time.monotonic() - begun
    release = out / package.version
    expected, root_digest = digest_of(release), hashlib.sha256((release / "manifest.json").read_bytes()).hexdigest()
    chance, found = random.Random(seed), Kills()
    for number in range(count):
        shutil.rmtree(release)
        if number % 2 == 0:
            forget(package.root, out)
        killed(start(package.root, out, "--workers", "2"), chance.uniform(0, 1.1) * usual)
        state = state_of(release, root_digest)
        setattr(found, state, getattr(found, state) + 1)
        finish(start(package.root, out, "--workers", "2"))
        found.same += digest_of(release) == expected
        found.cleaned += not [*out.glob(".staging-*"), *(package.root / "build/.cache").rglob("*.aside")]
    return found


def killed(process, after):
    """Kill a build some seconds after its start, unless it is done by then."""
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()


def state_of(release, root_digest=None):
    """Whether a release is absent, whole or torn."""
    if not release.exists():
        return "absent"
    return "torn" if api.verify(release, root_digest=root_digest) else "whole"


# -- conservation -------------------------------------------------------------------------------------------------


@dataclass
class Balance:
    """What some readings came to. Bytes and records are unaccounted when nobody can say what became of them."""

    files: int = 0
    bytes: int = 0
    records: int = 0
    posts: int = 0
    lost_bytes: int = 0
    lost_records: int = 0

    def add(self, other):
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


_SITE = {"site": "a.example.org"}
#: What readers must be told.
_OPTIONS = {
    "discourse": _SITE, "stackexchange": _SITE, "zulip": _SITE,
    "table": {"mapping": {"text": "text", "id": "id"}},
}  # fmt: skip


def balance(name, path, limits=None):
    """Read a file with one reader, in the ranges that a build would divide it into."""
    options = _OPTIONS.get(name, {})
    reader = reader_for(name, options)
    export = Export("trial", path.name, path, sha256_file(path), path.stat().st_size)
    with open_export(export) as (data, size):
        found = Balance(files=1, bytes=size)
        context = reader.context(export, [export], options)
        at = 0
        for begin, end in itertools.pairwise(reader.divide(data, size)):
            for batch in read(reader, data, begin, end, context, limits or Limits()):
                missed = abs(len(batch.cut) - batch.posts.num_rows - len(batch.refused))
                lost = batch.cut.unaccounted() + abs(batch.cut.start - at)
                found.add(Balance(0, 0, len(batch.cut), batch.posts.num_rows, lost, missed))
                at = batch.cut.stop
        found.lost_bytes += abs(size - at)
    return found


def readable(name):
    """The shared exports that a reader is let loose on: its own, and every other file, since nothing may be lost of any."""
    files = sorted(path for path in EXPORTS.rglob("*") if path.is_file())
    return [path for path in files if (path.suffix == ".xml") == (name == "stackexchange") or path.stat().st_size < 1 << 16]


# -- mutated input ------------------------------------------------------------------------------------------------

def mutated(seeds, count, seed):
    """Inputs made from good ones by blind accidents."""
    chance = random.Random(seed)
    return (mutated_bytes(seeds, chance) for _ in range(count))


def mutations(name, seeds, folder, count, seed):
    """Read mutated inputs with one reader: the balance over all of them, and what crashed."""
    path, total, crashes = folder / "mutated", Balance(), []
    for number, data in enumerate(mutated(seeds, count, seed)):
        path.write_bytes(data)
        try:
            total.add(balance(name, path, Limits(record_bytes=20_000, depth=32)))
        except Exception as error:  # noqa: BLE001  (any exception is a crash, and is counted)
            crashes.append(f"input {number} of seed {seed}: {type(error).__name__}: {error}"[:200])
    return total, crashes


#: Folders of shared exports that seeds are taken from, where they are not called as the format is.
_FOLDERS = {
    "bluesky": ["bluesky"], "chat": ["openai-messages", "sharegpt"], "hackernews": ["hn"], "irc": ["irc/dev"], "jsonl": ["generic"],
    "reddit": ["pushshift"], "slack": ["slack/archive"], "table": ["generic"], "mastodon-api": ["mastodon-api/synthetic"], "mastodon-archive": ["mastodon-archive/archive"],
    "stackexchange": ["stackexchange/synthetic.example.org"], "thread-text": ["copied-thread"], "x-api": ["x-v2"],
    "x-archive": ["x-archive/archive/data", "x-archive/old-2018/data", "x-archive/old-2014"], "x-v1": ["x-v1.1/tweet-updates"],
}  # fmt: skip


def seeds_of(name):
    """Good inputs of a format, small enough that a change hits something."""
    post = b'{"native_id": "p1", "kind": "post", "markup": "plain", "text": "Soup \\u00e9 \xf0\x9f\x8d\xb2", "labels": []}\n'
    row = b'<row Id="3" PostTypeId="1" CreationDate="2020-05-06T07:08:09.000" Body="&lt;p&gt;Soup&lt;/p&gt;" OwnerUserId="1" />\r\n'
    made = {
        "jsonl": [post * 5, b"\xef\xbb\xbf" + post + b"\r\n\r\n" + post],
        "stackexchange": [b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n' + row * 4 + b"</posts>", b"<comments>" + row + b"</comments>\n"],
        "thread-text": [b"First words.\nMore.\n\n@a Second.\n@b @c Third.\n\nFirst words.\n", b"\xef\xbb\xbfOne\r\n\r\nTwo\r\n"],
    }
    folders = _FOLDERS.get(name, [name]) if EXPORTS.is_dir() else []
    files = sorted({path for folder in folders for path in (EXPORTS / folder).rglob("*") if path.is_file()})
    most = 10_000 if name in made else 60_000
    prose = ("LICENSE", "DATALICENSE", "SYNTHETIC", "README")
    small = [path for path in files if 0 < path.stat().st_size < most and not path.name.startswith(prose)]
    return made.get(name, []) + [path.read_bytes() for path in small]


#: Formats whose files make posts only beside others, under their own names, or with a mapping of just their columns.
NOT_ALONE = frozenset({"irc", "mastodon-archive", "slack", "table"})
