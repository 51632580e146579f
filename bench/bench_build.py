"""The whole build beside peers: the same generated posts, each side as its users would run it.

`python bench/bench_build.py [--posts N] [--runs N] [--peer-runs N] [--only NAME ...] [--workers N] [--write]` makes
the posts, runs everybody in turn, so many rounds, each time in a fresh process and from nothing, and prints Markdown:
medians of the whole process, how many times our seconds, seconds of each step, what each step kept, and versions.
`--write` puts the same into bench/RESULTS.md. Peers are installed by `python bench/peers/environments.py`; one that is
missing, or that fails, is left out with a note.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parent / "peers"))

import orjson
from corpus import package
from environments import python_of
from running import Failed, Run, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "RESULTS.md"
PEERS: Final = ROOT / "bench" / "peers"
SCHEMA: Final = ROOT / "schema" / "post.schema.json"
TIMEOUT: Final = 3_600
OURS: Final = "threadcommons"
#: What decides our speed.
PARTS: Final = ("polars", "pyarrow", "numpy", "orjson", "jsonschema-rs")
#: Nothing is looked up anywhere while the clock runs, and Python keeps what it compiled, as it does for everybody who
#: has not forbidden it: else one side compiles its modules in every run, and the other had them compiled by pip.
CLOSED: Final = {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}


# --- Who takes part ---


@dataclass(frozen=True)
class Posts:
    """The same posts as each side takes them: our package, its export, that in one file a processor, its good lines.

    Neither copy gets over a line that is no JSON or names a key twice, so they are given the others. These and the
    files are made before the clock runs.
    """

    package: Path
    export: Path
    parts: Path
    clean: Path


@dataclass(frozen=True)
class Side:
    """One row of the table."""

    name: str
    does: str
    #: The environment it runs in, or None for our own.
    environment: str | None
    script: str
    takes: Callable[[Posts], Path]


SIDES: Final = (
    Side("pyarrow", "copies, nothing else", None, "run_pyarrow.py", lambda posts: posts.clean),
    Side("polars", "copies, nothing else", None, "run_polars.py", lambda posts: posts.clean),
    Side("datatrove", "all steps but telephone numbers", "datatrove", "run_datatrove.py", lambda posts: posts.parts),
    Side("datasets", "all steps", "datasets", "run_datasets.py", lambda posts: posts.export),
    Side("text-dedup", "near-duplicates alone", "text-dedup", "run_text_dedup.py", lambda posts: posts.export),
)
DOES: Final = "all steps, and licences, evidence, provenance, conversations, ledger, card, a check of the whole release"


@dataclass
class Results:
    """What was measured, by side: each run; of the last one the seconds and posts of each step, and the versions."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    kept: dict[str, dict[str, int]] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: What else the machine did before the first run.
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, name: str, told: Run, report: dict[str, Any]) -> None:
        """Takes one run in."""
        self.runs.setdefault(name, []).append(told)
        self.seconds[name], self.kept[name] = report["seconds"], report["kept"]
        self.versions[name] = report["versions"]


# --- Running ---


def prepared(folder: Path, count: int) -> Posts:
    """Generates posts, in all the ways in which they are taken."""
    export = package(folder / "package", count)
    lines = export.read_bytes().splitlines(keepends=True)
    (parts := folder / "parts").mkdir()
    many = os.cpu_count() or 1
    for number in range(many):
        some = lines[len(lines) * number // many : len(lines) * (number + 1) // many]
        (parts / f"{number:03}.jsonl").write_bytes(b"".join(some))
    clean = folder / "clean.jsonl"
    clean.write_bytes(b"".join(filter(_can_be_copied, lines)))
    return Posts(folder / "package", export, parts, clean)


def _can_be_copied(line: bytes) -> bool:
    try:
        once(line)
    except ValueError:
        return False
    return True


def once(line: bytes) -> Any:
    """What a line of JSON says. Raises ValueError where it is none or names a key twice."""
    return json.loads(line, object_pairs_hook=_distinct)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice")
    return made


def build(posts: Posts, log: Path, workers: int | None) -> tuple[Run, dict[str, Any]]:
    """Builds a release from nothing and reads from it what every step kept."""
    for name in ("out", ".cache"):
        shutil.rmtree(posts.package / "build" / name, ignore_errors=True)
    line = [sys.executable, "-m", "threadcommons", "build", "--json", "--root", posts.package]
    told = run([*line, *(("--workers", f"{workers}") if workers else ())], log, CLOSED, TIMEOUT)
    release = Path(orjson.loads(told.printed)["path"])
    cost = orjson.loads(release.with_name(f"{release.name}.cost.json").read_bytes())
    seconds = {stage["stage"]: stage["milliseconds"] / 1_000 for stage in cost["stages"]}
    manifest = orjson.loads((release / "manifest.json").read_bytes())
    versions = {name: version(name) for name in PARTS}
    return told, {"seconds": seconds, "kept": steps_of(manifest), "versions": versions}


def steps_of(manifest: dict[str, Any]) -> dict[str, int]:
    """What our steps kept, from the fates of a release and their codes."""
    fates, codes, kept = manifest["fates"], manifest["codes"], manifest["counts"]["records"]
    steps = {"read": kept}
    lost = {
        "check": fates.get("quarantined", 0),
        "measure": fates.get("excluded", 0),
        "exact": codes.get("duplicate.exact", 0),
        "near": codes.get("duplicate.near", 0),
    }
    for step, count in lost.items():
        steps[step] = kept = kept - count
    return steps | {"write": manifest["counts"]["rows"]}


def peer(side: Side, posts: Posts, folder: Path, log: Path) -> tuple[Run, dict[str, Any]]:
    """Runs a peer's script in its environment, with an empty folder for all that it makes."""
    python = Path(sys.executable) if side.environment is None else python_of(side.environment)
    if python is None:
        raise Failed("not installed; `python bench/peers/environments.py` does it")
    made = folder / "made"
    made.mkdir()
    try:
        cache = {"HF_HOME": str(made / "home"), "XDG_CACHE_HOME": str(made / "home")}
        told = run([python, PEERS / side.script, side.takes(posts), SCHEMA, made], log, CLOSED | cache, TIMEOUT)
    finally:
        shutil.rmtree(made)
    return told, json.loads(told.printed.splitlines()[-1])


def measured(said: argparse.Namespace, folder: Path) -> Results:
    """Everybody in turn, round by round; who fails once is not asked again."""
    results = Results()
    posts = prepared(folder, said.posts)
    sides = [side for side in SIDES if not said.only or side.name in said.only]
    for number in range(max(said.runs, said.peer_runs)):
        if number < said.runs:
            results.add(OURS, *build(posts, folder / "ours.log", said.workers))
        for side in list(sides):
            # The copies cost nothing, so they are run as often as we are.
            if number >= (said.peer_runs if side.environment else said.runs):
                continue
            print(f"round {number + 1}: {side.name}", file=sys.stderr, flush=True)
            log = folder / f"{side.name}.log"
            try:
                results.add(side.name, *peer(side, posts, folder, log))
            except Failed as failure:
                results.notes.append(f"{side.name} is left out: {failure}")
                if log.exists():
                    print(log.read_text(encoding="utf-8", errors="replace")[-2_000:], file=sys.stderr)
                sides.remove(side)
    return results


# --- Telling ---


def report(results: Results, said: argparse.Namespace) -> Iterable[str]:
    """The tables, line by line."""
    ours = statistics.median(one.wall for one in results.runs[OURS])
    yield f"{said.posts:,} generated posts. {machine()}, load average {results.load:.1f} before."
    yield ""
    yield f"| | does | runs | wall s | least, most | times {OURS} | cpu s | peak MB | posts/s |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|--:|"
    does = {OURS: DOES} | {side.name: side.does for side in SIDES}
    for name, runs in results.runs.items():
        walls = [one.wall for one in runs]
        wall = statistics.median(walls)
        cpu, peak = (statistics.median(getattr(one, what) for one in runs) for what in ("cpu", "peak"))
        yield (
            f"| {name} | {does[name]} | {len(runs)} | {wall:.1f} | {min(walls):.1f}, {max(walls):.1f} | "
            f"{wall / ours:.2f} | {cpu:.1f} | {peak:,.0f} | {said.posts / wall:,.0f} |"
        )
    yield ""
    yield from kept(results)
    yield ""
    yield "Seconds of each step, of the last run:"
    yield ""
    for name, steps in results.seconds.items():
        yield f"* {name}: " + ", ".join(f"{step} {seconds:.1f}" for step, seconds in steps.items())
    yield from (f"* {note}" for note in results.notes)
    yield ""
    yield "Versions:"
    yield ""
    for name, versions in results.versions.items():
        yield f"* {name}: " + ", ".join(f"{package} {number}" for package, number in versions.items())


def kept(results: Results) -> Iterable[str]:
    """How many posts were left after each step; a step that a side does not have has no number."""
    steps = ("read", "check", "measure", "exact", "near", "write")
    yield f"| posts left after | {' | '.join(steps)} |"
    yield f"|---|{'--:|' * len(steps)}"
    for name, numbers in results.kept.items():
        yield f"| {name} | {' | '.join(f'{numbers[step]:,}' if step in numbers else '' for step in steps)} |"


def machine() -> str:
    """What it was measured on, in words that name no machine."""
    try:
        memory = f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f} GB, "
    except (ValueError, OSError):
        memory = ""
    return f"{os.cpu_count()} processors, {memory}{platform.system()}, Python {platform.python_version()}"


def main() -> int:
    """Measures and prints."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--posts", type=int, default=20_000)
    asked.add_argument("--runs", type=int, default=5, help="of ours and of the copies")
    asked.add_argument("--peer-runs", type=int, default=5, help="of each peer")
    asked.add_argument("--only", nargs="*", metavar="NAME", help=", ".join(side.name for side in SIDES))
    asked.add_argument("--workers", type=int, help="processes of ours; one per processor by default")
    asked.add_argument("--write", action="store_true", help="put the tables into bench/RESULTS.md")
    said = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(report(measured(said, Path(folder)), said))
    print(text)
    if said.write:
        RESULTS.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")
    return 0


HEAD: Final = """\
# Results

Written by `python bench/bench_build.py --write`; README.md says how it is measured. Figures belong to the machine and
to the load that it had: compare within the table.
"""


if __name__ == "__main__":
    sys.exit(main())
