"""A process that reads damaged exports, one after the other, and counts what goes wrong. Holds no tests.

`run` starts it, as often as it dies; whatever it dies of is counted against the input that it was reading. In it nothing
may be written, started or connected to while a reader reads, memory has a limit of the system, and who is not back in
time is ended by a watchdog.
"""

import faulthandler
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from threadcommons.digest import sha256
from threadcommons.model import Export, Limits
from threadcommons.sources import (
    html_layout,
    html_scan,
    json_columns,
    json_sound,
    layer_batches,
    line_scan,
    may_open,
    parts,
    read_export,
    row_cells,
)

from ..archives.conftest import survey_here
from .families import FAMILIES
from .planted import PLANTED

SECONDS, MEGABYTES, PATIENCE = 2.0, 512, 60
_ROOM = 4 << 30
_LIMITS = Limits(record_bytes=20_000, depth=32)


@dataclass
class Told:
    """What came of some damaged records, in so many files. `bad` says of the first of each kind which it was."""

    damaged: int = 0
    files: int = 0
    records: int = 0
    posts: int = 0
    crashes: int = 0
    slow: int = 0
    large: int = 0
    writes: int = 0
    unaccounted: int = 0
    slowest: float = 0.0
    most: int = 0
    bad: list[str] = field(default_factory=list)
    #: Readers whose inputs made at least one post.
    alive: list[str] = field(default_factory=list)

    def add(self, other):
        """Counts add up; of what is the worst, the worse counts."""
        for one in fields(self):
            ours, theirs = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, max(ours, theirs) if one.name in {"slowest", "most"} else ours + theirs)

    @property
    def faults(self):
        return {name: getattr(self, name) for name in ("crashes", "slow", "large", "writes", "unaccounted")}


# -- one input ------------------------------------------------------------------------------------------------------


def laid(files, folder):
    """A set of files where they can be read, as a source declares them."""
    return [_export(folder, name, data) for name, data in sorted(files.items())]


def read_damaged(kind, exports):
    """(records, posts, bytes and records that nobody accounts for) of one damaged set of files, read as a build would."""
    opened = [part for export in exports for part in parts(export, kind.reader, survey_here)]
    everything = [part.export for part in opened if may_open(kind.reader, part.export.name)]
    total = [0, 0, 0]
    for part in opened:
        if part.export.name.partition("!/")[0] == kind.name:
            total = [one + more for one, more in zip(total, _balance(kind, part, everything), strict=True)]
    return total


def _export(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return Export("trial", name, path, sha256(data), len(data))


def _balance(kind, part, everything):
    reader, export = kind.reader, part.export
    found, at = [0, 0, 0], 0
    for batch in layer_batches(part.layer) if part.layer else _batches(reader, export, everything, kind.options):
        found[0] += len(batch.cut)
        found[1] += batch.posts.num_rows
        found[2] += abs(len(batch.cut) - batch.posts.num_rows - len(batch.refused)) + batch.cut.unaccounted() + abs(batch.cut.start - at)
        at = batch.cut.stop
    return found[0], found[1], found[2] + abs(export.size - at)


def _batches(reader, export, everything, options):
    if not export.size:
        return
    names = set(reader.needs(export.name, [other.name for other in everything]))
    context = reader.context(export, [other for other in everything if other.name in names], options)
    yield from read_export(reader, export, (0, export.size), context, _LIMITS)


# -- many, in a process of their own --------------------------------------------------------------------------------


class Guard:
    """Notices what a process does to the world while it is armed. An audit hook can never be taken out again."""

    _WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    _HARM = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.exec", "os.fork", "os.posix_spawn", "os.system", "shutil.", "subprocess.", "socket.", "tempfile.")

    def __init__(self):
        self.armed, self.seen = False, []
        sys.addaudithook(self._hook)

    def _hook(self, event, told):
        if self.armed and (event.startswith(self._HARM) or (event == "open" and told[2] & self._WRITES)):
            self.seen.append(event)


def child(family, begin, end, seed, folder, place):
    """Read inputs `[begin, end)` of a family; before each its number is written into `place`."""
    sys.dont_write_bytecode = True
    # A few records would go the careful way alone; once they are there, compiled loops are asked of them as of many.
    for loops in (html_layout, html_scan, json_columns, json_sound, line_scan, row_cells):
        loops.compile_all()
    kinds, guard = _kinds(family), Guard()
    for name in {name for kind in kinds for files in kind.seeds for name in files}:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    limit = _in_use() + _ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told, number = Told(), begin
    while number < end and not told.large:
        os.pwrite(place, b"%012d" % number, 0)
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        _one(told, kinds[number % len(kinds)], f"{family} {seed} {number}", folder, guard)
        number += 1
    faulthandler.cancel_dump_traceback_later()
    told.alive = sorted(set(told.alive))
    print(json.dumps({"next": number, "told": asdict(told)}), flush=True)


def _one(told, kind, name, folder, guard):
    files, hit = kind.make(random.Random(name))
    exports = laid(files, folder)
    lost, begun = 0, time.process_time()
    try:
        guard.armed = True
        records, posts, lost = read_damaged(kind, exports)
        guard.armed = False
        told.records += records
        told.posts += posts
        told.alive += [kind.reader.name] if posts and kind.reader.name not in told.alive else []
    except Exception as error:  # noqa: BLE001  (any exception is a crash, and is counted)
        guard.armed = False
        told.crashes += 1
        _remember(told, "crash", name, f"{kind.reader.name}: {type(error).__name__}: {error}"[:300])
    seconds, most = time.process_time() - begun, _peak()
    told.files += 1
    told.damaged += hit
    for what, count in (("slow", seconds > SECONDS), ("large", most > MEGABYTES), ("writes", len(guard.seen)), ("unaccounted", lost)):
        setattr(told, what, getattr(told, what) + int(count))
        if count:
            _remember(told, what, name, f"{kind.reader.name}: {seconds:.1f} s, {most} MB, {lost} lost, {guard.seen[:3]}")
    guard.seen.clear()
    told.slowest, told.most = max(told.slowest, seconds), max(told.most, most)


def _remember(told, what, name, detail):
    if sum(line.startswith(what) for line in told.bad) < 20:
        told.bad.append(f"{what} at input {name}: {detail}")


def _peak():
    """The most memory that this process had, in MB. What the system counts as a process's own it may have from its parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()) if Path("/proc/self/status").exists() else None
    return int(found[1]) // 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _in_use():
    """Bytes of address space of this process, where the system says it."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[0]) * resource.getpagesize() if status.exists() else 0


def _kinds(family):
    return PLANTED if family == "planted" else FAMILIES[family]()


def run(family, count, seed):
    """Read files of a family until `count` damaged records have been read, in processes with limits: what came of it."""
    total, waiting, after = Told(), [], 0
    with tempfile.TemporaryDirectory(dir=_MEMORY if Path(_MEMORY).is_dir() else None) as outer, tempfile.TemporaryFile() as place:
        folder = Path(outer, "in")
        folder.mkdir()
        while waiting or total.damaged < count:
            if not waiting:
                waiting, after = [(after, after + min(_CHUNK, count))], after + min(_CHUNK, count)
            begin, end = waiting.pop(0)
            line = [sys.executable, "-m", "tests.stress.mutating", family, *map(str, (begin, end, seed, folder, place.fileno()))]
            os.pwrite(place.fileno(), b" " * 12, 0)
            done = subprocess.run(line, cwd=ROOT, env=os.environ | _ALONE, capture_output=True, text=True, pass_fds=[place.fileno()], check=False)
            if done.returncode:
                # What it had found before it died, died with it: those inputs are read once more.
                assert os.pread(place.fileno(), 12, 0).strip(), done.stderr
                died = int(os.pread(place.fileno(), 12, 0))
                total.add(Told(damaged=1, files=1, crashes=1, bad=[f"death at input {family} {seed} {died}: {done.stderr[-600:]}"]))
                left = [(begin, died), (died + 1, end)]
            else:
                answer = json.loads(done.stdout.splitlines()[-1])
                total.add(Told(**answer["told"]))
                left = [(answer["next"], end)]
            waiting = [span for span in left if span[0] < span[1]] + waiting
        total.writes += len([path for path in Path(outer).iterdir() if path != folder])
    total.alive = sorted(set(total.alive))
    return total


_CHUNK = 2_000
#: Small files are written many times over, and columns of a few rows gain nothing by threads that wait for each other.
_MEMORY, _ALONE = "/dev/shm", {"POLARS_MAX_THREADS": "1"}
ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    family_, begin_, end_, seed_, folder_, place_ = sys.argv[1:]
    child(family_, int(begin_), int(end_), int(seed_), Path(folder_), int(place_))
