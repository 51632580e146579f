"""Prints the figures that the tool promises, each measured on the spot: `python bench/figures.py [NAME ...]`.

Nothing is judged here; tests do that. Figures that need exports of others are left out where `../shared` is absent.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threadcommons import api
from threadcommons.digest import sha256_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[1]
EXPORTS: Final = ROOT.parent / "shared" / "exports"
RUNS: Final = 3


def shipped() -> Iterator[str]:
    """How long `threadcommons build` takes for what the repository ships, as a whole process from an empty store."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        for part in ("raw", "build/recipe.toml", "dataset_card.md"):
            _copy(ROOT / part, root / part)
        yield f"build of the shipped sources: {_seconds(root):.1f} s (median of {RUNS})"


def stackexchange() -> Iterator[str]:
    """The same for the shared Stack Exchange exports, and whether every byte of them is accounted for."""
    if not EXPORTS.is_dir():
        yield "build of the Stack Exchange exports: left out, there is no ../shared"
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _copy(ROOT / "build/recipe.toml", root / "build/recipe.toml")
        for site in sorted(path for path in (EXPORTS / "stackexchange").iterdir() if path.is_dir()):
            _declare(site, root / "raw" / site.name)
        seconds = _seconds(root)
        manifest = api.build(root=root).manifest
        counts = manifest["counts"]
        yield f"build of the Stack Exchange exports: {seconds:.1f} s for {counts['rows']} rows (median of {RUNS})"
        parts = ("record_bytes", "framing_bytes", "blank_bytes")
        lost = sum(abs(one["bytes"] - sum(one[part] for part in parts)) for one in manifest["exports"])
        yield f"bytes unaccounted over {counts['exports']} exports, {counts['bytes']:,} bytes: {lost}"


def tested(*names: str) -> Callable[[], Iterator[str]]:
    """A figure that a test prints or counts: its last lines."""

    def run() -> Iterator[str]:
        line = [sys.executable, "-m", "pytest", "-q", "-s", "--durations=0", "--no-header", *names]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        told = [text for text in done.stdout.splitlines() if " of " in text or " digest over" in text]
        yield from (*told[-3:], done.stdout.strip().splitlines()[-1])

    return run


FIGURES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "shipped": shipped,
    "stackexchange": stackexchange,
    "determinism": tested("tests/stress/test_determinism.py"),
    "kills": tested("tests/stress/test_kills.py"),
    "naughty": tested("tests/release/test_naughty.py"),
    "flips": tested("tests/release/test_damage.py"),
}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.is_file():
        shutil.copyfile(source, target)


def _declare(site: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    text = (
        f'schema = 1\ntitle = "{site.name}"\nformat = "stackexchange"\nplatform = "stackexchange"\n'
        f'[reader]\nsite = "{site.name}"\n'
    )
    for path in sorted(site.glob("*.xml")):
        shutil.copyfile(path, folder / path.name)
        text += f'[[export]]\nfile = "{path.name}"\nsha256 = "{sha256_file(path)}"\nbytes = {path.stat().st_size}\n'
    (folder / "source.toml").write_text(text, encoding="utf-8")


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
