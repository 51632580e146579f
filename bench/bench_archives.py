"""Bombs, escapes and speed of containers, measured on the spot: `python bench/bench_archives.py [MEGABYTES]`.

Forty bombs and thirty escapes are made anew, each is looked at by the process with limits, and what it took is printed:
seconds by the clock from the call to the answer, and the most memory that any of those processes had. Then a file of
posts (200 MB by default) in each kind of container, beside the plain loop of its own library that does no more than
read.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import platform
import random
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import zstandard

from threadcommons import archives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
MEGA: Final = 1_000_000
BLOCK: Final = 1 << 20


def make(folder: Path) -> None:
    """Write all bombs and escapes. In a process of its own, because it takes more memory than looking at them."""
    from tests.archives.hostile import BOMBS, ESCAPES  # only this process needs the makers

    for kind, table in (("bomb", BOMBS), ("escape", ESCAPES)):
        for number, (name, (maker, *_)) in enumerate(table.items()):
            (folder / f"{kind}-{number:02} {name.replace('/', '-')}").write_bytes(maker())


def look(folder: Path) -> None:
    """Look at all of them, and print what came of it as JSON."""
    from tests.archives.hostile import ASKED, BOMBS, ESCAPES, outcome

    told: dict[str, list[tuple[str, bool, float]]] = {"bomb": [], "escape": []}
    files = {kind: sorted(folder.glob(f"{kind}-*")) for kind in told}
    before = _listing(folder)
    expected = {
        "bomb": [([code], []) for _, code in BOMBS.values()],
        "escape": [(sorted(set(codes)), sorted([*names, "good.jsonl"])) for _, codes, names in ESCAPES.values()],
    }
    for kind, wanted in expected.items():
        for path, result in zip(files[kind], wanted, strict=True):
            start = time.perf_counter()
            good = outcome(archives.survey(path, ASKED)) == result
            told[kind].append((path.name, good and _listing(folder) == before, time.perf_counter() - start))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({**told, "peak": peak * (1 if sys.platform == "darwin" else 1024)}))


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    paths = sorted([*folder.parent.iterdir(), *folder.iterdir()])
    return [(str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths]


def hostile() -> None:
    """The table of bombs and escapes."""
    with tempfile.TemporaryDirectory() as outer:
        folder = Path(outer, "in")
        folder.mkdir()
        subprocess.run([sys.executable, __file__, "make", str(folder)], check=True)
        asked = subprocess.run([sys.executable, __file__, "look", str(folder)], check=True, capture_output=True)
        largest = max(path.stat().st_size for path in folder.iterdir())
    told = json.loads(asked.stdout)
    print("| what | as expected | slowest, s | which |\n|---|--:|--:|---|")
    for kind, words in (("bomb", "bombs refused with their code"), ("escape", "escapes contained, nothing written")):
        good = sum(fine for _, fine, _ in told[kind])
        name, _, seconds = max(told[kind], key=lambda entry: entry[2])
        print(f"| {words} | {good} of {len(told[kind])} | {seconds:.2f} | {name.partition(' ')[2]} |")
        for bad in [name for name, fine, _ in told[kind] if not fine]:
            print(f"| NOT AS EXPECTED: {bad} | | | |")
    peak, largest = told["peak"] / MEGA, largest / MEGA
    print(f"\nMost memory of any process that looked: {peak:.0f} MB; largest file: {largest:.0f} MB\n")


# -- speed ----------------------------------------------------------------------------------------


def posts(size: int) -> bytes:
    """JSON lines of invented words, from a seed."""
    chance = random.Random(11)  # noqa: S311  (the same posts each time)
    words = [f"{chance.getrandbits(20):x}" for _ in range(4000)]
    lines, total = [], 0
    while total < size:
        text = " ".join(chance.choices(words, k=30))
        lines.append(f'{{"id": "{chance.getrandbits(64):x}", "author": "{chance.choice(words)}", "text": "{text}"}}\n')
        total += len(lines[-1])
    return "".join(lines).encode()[:size]


def _tar(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("posts.jsonl")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _zip(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("posts.jsonl", data)
    return out.getvalue()


MAKERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "zip": _zip,
    "tar": _tar,
    "tar.gz": lambda data: gzip.compress(_tar(data), 6, mtime=0),
    "gz": lambda data: gzip.compress(data, 6, mtime=0),
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=2),
    "zst": zstandard.ZstdCompressor(level=3).compress,
}


def plain(path: Path) -> Iterator[BinaryIO]:
    """The same content by the plain means of the library."""
    kind = path.suffix[1:]
    if kind == "zip":
        with zipfile.ZipFile(path) as archive, archive.open("posts.jsonl") as stream:
            yield stream
    elif "tar" in path.name:
        with tarfile.open(path) as tar:
            yield tar.extractfile("posts.jsonl")
    elif kind == "zst":
        with path.open("rb") as file:
            yield zstandard.ZstdDecompressor().stream_reader(file)
    else:
        with {"gz": gzip, "bz2": bz2, "xz": lzma}[kind].open(path) as stream:
            yield stream


def _read(streams: Iterator[BinaryIO]) -> int:
    total = 0
    for stream in streams:
        while block := stream.read(BLOCK):
            total += len(block)
    return total


def _timed(work: Callable[[], object]) -> float:
    """Seconds of CPU, those of processes that were waited for included: the clock tells what else the machine does."""
    start = sum(os.times()[:4])
    work()
    return max(sum(os.times()[:4]) - start, 0.01)


def speed(megabytes: int) -> None:
    """The table of speeds."""
    data = posts(megabytes * MEGA)
    hashing = megabytes / _timed(lambda: hashlib.sha256(data).digest())
    print(f"{megabytes} MB of posts; MB of what comes out per second of CPU. SHA-256 alone: {hashing:.0f} MB/s.\n")
    print("| container | plain reading | survey, two digests | second pass, a digest | both / plain, time |")
    print("|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for kind, maker in MAKERS.items():
            path = Path(folder, f"posts.{kind}")
            path.write_bytes(maker(data))
            seconds = _three(path)
            speeds = " | ".join(f"{megabytes / value:.0f}" for value in seconds)
            print(f"| {kind} | {speeds} | {(seconds[1] + seconds[2]) / seconds[0]:.2f} |")


def _three(path: Path) -> tuple[float, float, float]:
    """Seconds of plain reading, of a survey, and of the second pass; the better of two runs."""
    members = archives.survey(path, [".*"]).members

    def again() -> int:
        return _read(stream for _, stream in archives.iter_members(path, members))

    works = (lambda: _read(plain(path)), lambda: archives.survey(path, [".*"]), again)
    first, look_at, second = (min(_timed(work), _timed(work)) for work in works)
    return first, look_at, second


def main() -> None:
    """Everything, or the part that a process of its own was started for."""
    if sys.argv[1:2] == ["make"]:
        make(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["look"]:
        look(Path(sys.argv[2]))
    else:
        print(f"Python {platform.python_version()}, zstandard {version('zstandard')}, {platform.machine()}\n")
        hostile()
        speed(int(sys.argv[1]) if sys.argv[1:] else 200)


if __name__ == "__main__":
    main()
