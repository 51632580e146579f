"""The build, stage by stage, from the lock to the rename."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ..digest import canonical_json, sha256_file
from ..engine import Pool, Store, run_local
from ..errors import BadRelease, BadUsage, Unbalanced, VersionExists
from ..files import fresh_folder, list_files, move_into_place, only_one, shown, write_atomically
from ..manifest import NAME, Manifest, read_manifest
from ..memory import give_back
from ..recipe import is_version, read_recipe
from .assemble import assemble, untold
from .earlier import earlier_of
from .exchange import exchange
from .keys import author_key_of
from .making import Making
from .narrow import narrowed
from .plan import make_plan
from .promises import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ..engine import Receipt, Task
    from ..findings import Finding
    from ..privacy import Key
    from ..recipe import Recipe
    from .assemble import Written
    from .earlier import Earlier
    from .narrow import Narrow

OUT: Final = "build/out"
STORE: Final = "build/.cache/tasks"
RECEIPTS: Final = "build/manifests"
STAGING: Final = ".staging-"

#: Engines by name: each runs tasks and yields their receipts, and knows nothing of posts.
ENGINES: Final[dict[str, Any]] = {"local": run_local}


@dataclass(frozen=True)
class Cost:
    """What a stage took.

    Seconds; how many of its tasks had to be done anew; bytes that its tasks left; the most memory that all processes
    had by its end, in bytes.
    """

    stage: str
    seconds: float
    tasks_done: int
    task_bytes: int
    peak_memory: int

    def as_dict(self) -> dict[str, Any]:
        """For the cost report."""
        return {
            "stage": self.stage,
            "milliseconds": round(self.seconds * 1000),
            "tasks_done": self.tasks_done,
            "task_bytes": self.task_bytes,
            "peak_memory_bytes": self.peak_memory,
        }


@dataclass(frozen=True)
class Built:
    """What a build came to. `made` is false when the identical release stood there already.

    `findings` are what whoever builds has to know before it is published, and no post is to blame for.
    """

    path: Path
    manifest: Manifest
    made: bool
    warnings: dict[str, int]
    costs: tuple[Cost, ...]
    findings: tuple[Finding, ...] = ()


def build(  # noqa: PLR0913  (the verb behind the command: each is one of its options, by name only)
    root: Path,
    *,
    out: Path | None = None,
    version: str | None = None,
    pool: Pool | None = None,
    engine: str = "local",
    hydrate: Mapping[str, Path] | None = None,
    author_key: Path | None = None,
    previous: Sequence[Path] = (),
    card: Mapping[str, str] | None = None,
    render: Callable[[Manifest], dict[str, bytes]],
    verify: Callable[[Path], list[Finding]],
    written: Written = untold,
) -> Built:
    """Build the dataset package at `root` into `out/<version>`.

    The processes of `pool` share the work; without it the caller does everything. `render` writes the
    descriptions from the manifest and `verify` judges the finished folder before it gets its name; `written` tells
    it of each data file that it can begin with. A release of this version that stands there already is left untouched:
    the same bytes are fine, others raise VersionExists.
    `author_key` is a file with the key of pseudonyms, where the recipe asks for them. `previous` are earlier releases:
    rows that say under another id what these say are flagged.
    Raises the errors of `threadcommons.errors`; nothing is left behind by a build that fails.
    """
    recipe = read_recipe(root)
    chosen = recipe.version if version is None else version
    folder = (out or root / OUT).resolve()
    _usable(folder, engine, chosen)
    key, findings = author_key_of(root, recipe, author_key)
    with only_one(folder), only_one(root / STORE):
        _sweep(folder)
        line = _Line(ENGINES[engine], Store(root / STORE), pool or Pool(1))
        given = _Given(hydrate or {}, key, tuple(map(earlier_of, previous)))
        staged = fresh_folder(folder / f"{STAGING}{chosen}")
        try:
            # Nothing of all that the rows are made from is held while the release is judged.
            manifest = _write(line, _read(line, root, recipe, chosen, given), dict(card or {}), staged, render, written)
            give_back()
            with line.stage("verify"):
                _refuse(verify(staged))
            with line.stage("commit"):
                made = _commit(staged, folder / chosen, manifest)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        line.store.keep_only(line.used)
        write_atomically(folder / f"{chosen}.cost.json", line.cost())
    return Built(folder / chosen, manifest, made, manifest["warnings"], tuple(line.costs), tuple(findings))


@dataclass
class _Line:
    """What all stages share: the engine, the store, and the account of what each stage took."""

    engine: Any
    store: Store
    pool: Pool
    used: set[str] = field(default_factory=set)
    costs: list[Cost] = field(default_factory=list)
    done: int = 0
    left: int = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Account for what is done inside. Times go into the cost report, never into the release."""
        begun, self.done, self.left = time.perf_counter(), 0, 0
        yield
        took = time.perf_counter() - begun
        self.costs.append(Cost(name, took, self.done, self.left, self.pool.peak_memory()))

    def run(self, tasks: Sequence[Task], arrived: Callable[[Receipt], None] = lambda _: None) -> list[Receipt]:
        """Receipts in order of the tasks, whatever order they arrive in; `arrived` gets each when it does."""
        known = {task.digest for task in tasks if (self.store.root / task.digest).is_dir()}
        distinct = list({task.digest: task for task in tasks}.values())
        found = {}
        for receipt in self.engine(distinct, self.store, self.pool):
            found[receipt.digest] = receipt
            arrived(receipt)
        self.done += len(found.keys() - known)
        self.used |= found.keys()
        self.left += sum(output["bytes"] for receipt in found.values() for output in receipt.outputs.values())
        return [found[task.digest] for task in tasks]

    def cost(self) -> bytes:
        """The cost report, which lies beside the release because it differs from run to run."""
        stages = [cost.as_dict() for cost in self.costs]
        return canonical_json({"format": "threadcommons-cost/1", "stages": stages}) + b"\n"


@dataclass(frozen=True)
class _Given:
    """What a build is given besides the package: exports by source, the key of pseudonyms, earlier releases."""

    hydrate: Mapping[str, Path]
    key: Key | None
    earlier: tuple[Earlier, ...]


def _read(line: _Line, root: Path, recipe: Recipe, version: str, given: _Given) -> Making:
    """The first half: from exports to settled rows."""
    with line.stage("plan"):
        plan = make_plan(root, recipe, given.hydrate, line.run, given.key)
    with line.stage("read"):
        gathered: dict[str, Narrow] = {}

        def arrived(receipt: Receipt) -> None:  # the caller has nothing else to do while others read
            gathered[receipt.digest] = narrowed(receipt)

        receipts = line.run(plan.tasks, arrived)
    with line.stage("exchange"):
        exchanged = exchange(receipts, plan.exports, recipe, given.earlier, line.pool, gathered)
    with line.stage("closure"):
        closures = closed(exchanged.rows, exchanged.names, recipe)
    return Making(recipe, version, plan, tuple(receipts), exchanged, closures, given.key, given.earlier)


def _write(
    line: _Line,
    making: Making,
    card: dict[str, str],
    staged: Path,
    render: Callable[[Manifest], dict[str, bytes]],
    written: Written,
) -> Manifest:
    """The second half: from settled rows to a folder that only lacks its name. `card` are its hand-written parts."""
    with line.stage("write"):
        manifest = assemble(replace(making, card=card), staged, line.run, written)
    with line.stage("describe"):
        (staged / NAME).write_bytes(manifest.data)
        for name, data in render(manifest).items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_bytes(data)
    return manifest


def keep_receipt(root: Path, manifest: Manifest) -> Path:
    """Put the manifest among the committed receipts, so that anyone can rebuild and compare."""
    path = root / RECEIPTS / f"{manifest.version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, manifest.data)
    return path


def _sweep(folder: Path) -> None:
    """Take away what killed builds left; the lock is ours, so nobody is at work there."""
    for path in sorted(folder.glob(f"{STAGING}*")):
        shutil.rmtree(path)


def _usable(folder: Path, name: str, version: str) -> None:
    """A path with glob characters would make `load_dataset` read other folders' files; a version is a folder's name."""
    if not is_version(version):
        raise BadUsage(
            f"{shown(version)!r} is no version", where="--version", hint="write MAJOR.MINOR.PATCH, such as 0.2.0"
        )
    if any(mark in str(folder) for mark in "[]*?"):
        raise BadUsage(
            "the output path must not contain [ ] * ?", where=shown(folder.name), hint="choose another --out"
        )
    if name not in ENGINES:
        raise BadUsage(f"no engine is called {name!r}", where="--engine", hint=f"there is {', '.join(ENGINES)}")


def _refuse(findings: list[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        kind = Unbalanced if first.code == "release.ledger" else BadRelease
        raise kind(
            f"{first.code}: {first.detail}",
            where=first.place.file,
            hint="nothing was committed; this is a fault of the program",
        )


def _commit(staged: Path, target: Path, manifest: Manifest) -> bool:
    """Give the staged folder its name, unless that release is there already."""
    if not target.exists():
        move_into_place(staged, target)
        return True
    if _digests(target) == _digests(staged):
        return False
    there = read_manifest(target).root_digest[:12] if (target / NAME).is_file() else "no release"
    ours = manifest.root_digest[:12]
    differs = f"{there}, not {ours}" if there != ours else f"{ours}, but not with these bytes"
    drawn = not manifest["authors"].get("durable", True)
    raise VersionExists(
        f"version {manifest.version} stands there: {differs}",
        where=target.name,
        hint="pseudonyms without a key are new in every build: build with --author-key FILE, under another version"
        if drawn
        else "releases are immutable: raise dataset.version in the recipe",
    )


def _digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in list_files(folder)}
