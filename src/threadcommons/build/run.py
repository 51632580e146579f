"""The build, stage by stage, from the lock to the rename."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import engine
from ..digest import canonical_json
from ..errors import BadRelease, BadUsage, Unbalanced, VersionExists
from ..files import fresh_folder, list_files, move_into_place, only_one, shown, write_atomically
from ..manifest import NAME, Manifest, read_manifest
from ..recipe import read_recipe
from .assemble import assemble
from .exchange import exchange
from .plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..findings import Finding

OUT: Final = "build/out"
STORE: Final = "build/.cache/tasks"
RECEIPTS: Final = "build/manifests"

#: Engines by name: each runs tasks and yields their receipts, and knows nothing of posts.
ENGINES: Final[dict[str, Any]] = {"local": engine.run_local}


@dataclass(frozen=True)
class Built:
    """What a build came to. `made` is false when the identical release stood there already."""

    path: Path
    manifest: Manifest
    made: bool
    warnings: dict[str, int]
    #: Stage, seconds, and how many of its tasks had to be done anew.
    timings: tuple[tuple[str, float, int], ...]


@dataclass
class _Clock:
    """Time per stage. It goes into the cost report beside the release, never into the release."""

    stages: list[tuple[str, float, int]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[int]]:
        begun = time.perf_counter()
        done: list[int] = []
        yield done
        self.stages.append((name, time.perf_counter() - begun, sum(done)))


def build(
    root: Path,
    *,
    out: Path | None = None,
    version: str | None = None,
    workers: int | None = None,
    engine: str = "local",
    hydrate: Mapping[str, Path] | None = None,
    card: Mapping[str, str] | None = None,
    render: Callable[[Manifest], dict[str, bytes]],
    verify: Callable[[Path], list[Finding]],
) -> Built:
    """Build the dataset package at `root` into `out/<version>`.

    `render` writes the descriptions from the manifest and `verify` judges the finished folder before it gets its name. A release of
    this version that stands there already is left untouched: the same bytes are fine, others raise VersionExists. Raises the
    errors of `threadcommons.errors`; nothing is left behind by a build that fails.
    """
    recipe = read_recipe(root)
    chosen = version or recipe.version
    folder = (out or root / OUT).resolve()
    _usable(folder, engine)
    clock = _Clock()
    with only_one(folder), only_one(root / STORE):
        store = engine_store(root)
        with clock.stage("plan"):
            plan = make_plan(root, recipe, hydrate or {})
        with clock.stage("read") as done:
            receipts = _run(ENGINES[engine], plan.tasks, store, workers, done)
        with clock.stage("exchange"):
            exchanged = exchange(receipts, plan.exports, recipe.shard_rows)
        staged = fresh_folder(folder / f".staging-{chosen}")
        try:
            with clock.stage("write") as done:
                run = lambda tasks: _run(ENGINES[engine], tasks, store, workers, done)  # noqa: E731
                manifest, used = assemble(staged, recipe, chosen, plan, receipts, exchanged, dict(card or {}), run)
            with clock.stage("describe"):
                _describe(staged, manifest, render)
            with clock.stage("verify"):
                _refuse(verify(staged))
            with clock.stage("commit"):
                made = _commit(staged, folder / chosen, manifest)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        store.keep_only({receipt.digest for receipt in receipts} | used)
        _cost(folder / f"{chosen}.cost.json", clock)
    return Built(folder / chosen, manifest, made, exchanged.findings, tuple(clock.stages))


def engine_store(root: Path) -> engine.Store:
    """Where the receipts of a dataset package lie."""
    return engine.Store(root / STORE)


def keep_receipt(root: Path, manifest: Manifest) -> Path:
    """Put the manifest among the committed receipts, so that anyone can rebuild and compare."""
    path = root / RECEIPTS / f"{manifest.version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, manifest.data)
    return path


def _usable(folder: Path, name: str) -> None:
    """A path with glob characters would make `load_dataset` read other folders' files."""
    if any(mark in str(folder) for mark in "[]*?"):
        raise BadUsage("the output path must not contain [ ] * ?", where=shown(folder.name), hint="choose another --out")
    if name not in ENGINES:
        raise BadUsage(f"no engine is called {name!r}", where="--engine", hint=f"there is {', '.join(ENGINES)}")


def _run(run: Any, tasks: Any, store: engine.Store, workers: int | None, done: list[int]) -> list[engine.Receipt]:
    """Receipts in order of the tasks, whatever order they arrived in."""
    known = {task.digest for task in tasks if (store.root / task.digest).is_dir()}
    found = {receipt.digest: receipt for receipt in run(list({task.digest: task for task in tasks}.values()), store, workers)}
    done.append(len(found.keys() - known))
    return [found[task.digest] for task in tasks]


def _describe(staged: Path, manifest: Manifest, render: Callable[[Manifest], dict[str, bytes]]) -> None:
    (staged / NAME).write_bytes(manifest.data)
    for name, data in render(manifest).items():
        path = staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _refuse(findings: list[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        kind = Unbalanced if first.code == "release.ledger" else BadRelease
        raise kind(f"{first.code}: {first.detail}", where=first.place.file, hint="nothing was committed; this is a fault of the program")


def _commit(staged: Path, target: Path, manifest: Manifest) -> bool:
    """Give the staged folder its name, unless that release is there already."""
    if not target.exists():
        move_into_place(staged, target)
        return True
    if _bytes_of(target) == _bytes_of(staged):
        return False
    there = read_manifest(target).root_digest if (target / NAME).is_file() else "something else"
    raise VersionExists(
        f"version {manifest.version} stands there with other bytes ({there[:12]}, not {manifest.root_digest[:12]})",
        where=target.name,
        hint="releases are immutable: raise dataset.version in the recipe",
    )


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in list_files(folder)}


def _cost(path: Path, clock: _Clock) -> None:
    stages = [{"stage": name, "milliseconds": round(seconds * 1000), "tasks_done": done} for name, seconds, done in clock.stages]
    write_atomically(path, canonical_json({"format": "threadcommons-cost/1", "stages": stages}) + b"\n")
