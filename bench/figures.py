"""Prints the figures that the tool promises, each measured on the spot: `python bench/figures.py [NAME ...]`.

Nothing is judged here; tests do that. Figures that need exports of others are left out where `../shared` is absent.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})

import orjson
import polars
from pyarrow import parquet

from threadcommons import api
from threadcommons.digest import sha256_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT: Final = Path(__file__).parents[1]
SHARED: Final = ROOT.parent / "shared"
EXPORTS: Final = SHARED / "exports"
STRINGS: Final = SHARED / "suites" / "naughty-strings" / "blns.json"
RUNS: Final = 3


def shipped() -> Iterator[str]:
    """How long `threadcommons build` takes for what the repository ships, as a whole process from an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"build of the shipped sources: {_seconds(_shipped(Path(folder))):.1f} s ({_measured()})"


def stackexchange() -> Iterator[str]:
    """The same for the shared Stack Exchange exports, and whether every byte of them is accounted for."""
    if not EXPORTS.is_dir():
        yield "build of the Stack Exchange exports: left out, there is no ../shared"
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _copy(ROOT / "build/recipe.toml", root / "build/recipe.toml")
        for site in sorted(path for path in (EXPORTS / "stackexchange").iterdir() if path.is_dir()):
            folder_of_site = root / "raw" / site.name
            folder_of_site.mkdir(parents=True)
            names = [path.name for path in sorted(site.glob("*.xml"))]
            for name in names:
                shutil.copyfile(site / name, folder_of_site / name)
            _declare(folder_of_site, "stackexchange", f'[reader]\nsite = "{site.name}"', names)
        seconds = _seconds(root)
        manifest = api.build(root=root).manifest
        counts = manifest["counts"]
        yield f"build of the Stack Exchange exports: {seconds:.1f} s for {counts['rows']} rows ({_measured()})"
        parts = ("record_bytes", "framing_bytes", "blank_bytes")
        lost = sum(abs(one["bytes"] - sum(one[part] for part in parts)) for one in manifest["exports"])
        yield f"bytes unaccounted over {counts['exports']} exports, {counts['bytes']:,} bytes: {lost}"


#: Some of the strings hold nothing at all, which is why they would be left out.
HOPELESS_TOO: Final = """
[quality.rules]
empty = { action = "flag" }
nothing-visible = { action = "flag" }
"""


def naughty() -> Iterator[str]:
    """How many of the naughty strings come back identical through each of three readers."""
    if not STRINGS.is_file():
        yield "naughty strings: left out, there is no ../shared"
        return
    texts = json.loads(STRINGS.read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _copy(ROOT / "build/recipe.toml", root / "build/recipe.toml")
        with (root / "build/recipe.toml").open("a", encoding="utf-8") as recipe:
            recipe.write(HOPELESS_TOO)
        fixed = {"kind": "post", "markup": "plain", "license": "CC0-1.0"}
        posts = [{"native_id": str(number), "text": text, **fixed} for number, text in enumerate(texts)]
        _export(root / "raw/naughty", "posts.jsonl", b"".join(orjson.dumps(post) + b"\n" for post in posts))
        release = api.build(root=root).path
        for reader, read in READERS.items():
            found = read(release, Path(folder))
            same = sum(found.get(str(number)) == text for number, text in enumerate(texts))
            yield f"{same} of {len(texts)} identical through {reader}"


def _with_datasets(release: Path, folder: Path) -> dict[str, str]:
    import datasets  # slow to import, and only needed here

    datasets.disable_progress_bars()
    rows = datasets.load_dataset(str(release), "posts", split="train", cache_dir=str(folder / "cache"))
    return dict(zip(rows["native_id"], rows["text"], strict=True))


def _with_polars(release: Path, _folder: Path) -> dict[str, str]:
    return dict(polars.read_parquet(sorted(release.glob(POSTS)), columns=COLUMNS).select(COLUMNS).iter_rows())


def _with_pyarrow(release: Path, _folder: Path) -> dict[str, str]:
    tables = [parquet.read_table(path, columns=COLUMNS).to_pydict() for path in sorted(release.glob(POSTS))]
    return {id_: text for table in tables for id_, text in zip(table["native_id"], table["text"], strict=True)}


POSTS: Final = "data/posts/*/*.parquet"
COLUMNS: Final = ["native_id", "text"]
READERS: Final = {"datasets": _with_datasets, "polars": _with_polars, "pyarrow": _with_pyarrow}


def flips() -> Iterator[str]:
    """How many single flipped bits `verify` refuses in the shipped release; all bits are equally likely."""
    chance = random.Random(SEED)  # noqa: S311  (the same bits each time)
    with tempfile.TemporaryDirectory() as folder:
        release = api.build(root=_shipped(Path(folder))).path
        files = sorted(path for path in release.rglob("*") if path.is_file())
        refused = 0
        for path in chance.choices(files, [path.stat().st_size for path in files], k=FLIPS):
            whole = path.read_bytes()
            damaged = bytearray(whole)
            damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes(damaged)
            refused += any(finding.severity == "error" for finding in api.verify(release))
            path.write_bytes(whole)
        yield f"{refused} of {FLIPS} flipped bits refused, {len(api.verify(release))} findings once they are mended"


SEED: Final = 20261123
FLIPS: Final = 100


def clean() -> Iterator[str]:
    """How long `make build` takes in a fresh clone: environment, installation, build."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run([GIT, "clone", "--quiet", str(ROOT), str(clone)], check=True)
        begun = time.perf_counter()
        subprocess.run([MAKE, "build"], cwd=clone, check=True, capture_output=True)
        yield f"make build in a fresh clone: {time.perf_counter() - begun:.0f} s"


GIT: Final = shutil.which("git") or "git"
MAKE: Final = shutil.which("make") or "make"


def tested(*names: str) -> Callable[[], Iterator[str]]:
    """Figures that a long test prints."""

    def run() -> Iterator[str]:
        line = [sys.executable, "-m", "pytest", "-q", "-s", "--no-header", "-p", "no:cacheprovider", *names]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        told = [text for text in done.stdout.splitlines() if " of " in text or " digest over" in text]
        yield from told if done.returncode == 0 else [f"failed: {done.stdout.strip().splitlines()[-1]}"]

    return run


FIGURES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "shipped": shipped,
    "stackexchange": stackexchange,
    "naughty": naughty,
    "flips": flips,
    "conservation": tested("tests/stress/test_conservation.py"),
    "mutations": tested("tests/stress/test_mutations.py"),
    "determinism": tested("tests/stress/test_determinism.py"),
    "kills": tested("tests/stress/test_kills.py"),
    "clean": clean,
}


def _shipped(folder: Path) -> Path:
    """The dataset package of this repository, somewhere else."""
    for part in ("raw", "build/recipe.toml", "dataset_card.md"):
        _copy(ROOT / part, folder / "package" / part)
    return folder / "package"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.is_file():
        shutil.copyfile(source, target)


def _declare(folder: Path, format_: str, reader: str, names: Iterable[str]) -> None:
    text = f'schema = 1\ntitle = "{folder.name}"\nformat = "{format_}"\nplatform = "{format_}"\n{reader}\n'
    for name in names:
        size = (folder / name).stat().st_size
        text += f'[[export]]\nfile = "{name}"\nsha256 = "{sha256_file(folder / name)}"\nbytes = {size}\n'
    (folder / "source.toml").write_text(text, encoding="utf-8")


def _export(folder: Path, name: str, data: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    _declare(folder, "jsonl", "", [name])


def _seconds(root: Path) -> float:
    """Median seconds of the whole process, from an empty store each time."""
    taken = []
    for _ in range(RUNS):
        shutil.rmtree(root / "build/.cache", ignore_errors=True)
        shutil.rmtree(root / "build/out", ignore_errors=True)
        begun = time.perf_counter()
        line = [sys.executable, "-m", "threadcommons", "build", "--root", str(root)]
        subprocess.run(line, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _measured() -> str:
    """How the seconds were taken; a busy machine says nothing about the tool."""
    return f"median of {RUNS}, load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def main() -> int:
    """Prints the figures named, or all of them."""
    wanted = sys.argv[1:] or list(FIGURES)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        print(f"no figure is called {unknown[0]}; there are {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    for name in wanted:
        for line in FIGURES[name]():
            print(f"{name}: {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
