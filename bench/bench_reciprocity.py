"""How well `reciprocity` finds what was taken, and whom it accuses: `python bench/bench_reciprocity.py [--quick]`.

A release of invented posts is built, and datasets are derived from it with every overlap, rate of edits and
situation. The first table is about what is found by text alone: no ids, no addresses. Precision is the share of the
rows reported that were taken; recall the share of the rows taken that were reported, among those long enough to be
evidence by themselves (what everybody says, such as "yes", is not). No peer does this job.
"""

from __future__ import annotations

import platform
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "release" / "reciprocity"))

from derivatives import SHAPES, SITUATIONS, Plan, Post, make_derived, make_posts, make_release

from threadcommons.release.reciprocity import reciprocity
from threadcommons.release.reciprocity.derived import open_derived
from threadcommons.release.reciprocity.offered import open_offered
from threadcommons.release.reciprocity.taken import find_taken

if TYPE_CHECKING:
    from threadcommons.release.reciprocity.offered import Offered

POSTS: Final = 2500
ROWS: Final = 2000
OVERLAPS: Final = (0.0, 0.01, 0.1, 0.5, 1.0)
EDITS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
#: What is to be reached, where overlap is above the first and edits are at most the second.
ABOVE, UP_TO, RECALL = 0.1, 0.15, 0.98


@dataclass
class World:
    """The posts, the release that was built of them, and a folder for what is derived."""

    folder: Path
    posts: list[Post]
    release: Path
    offered: Offered
    derived: int = 0

    def derive(self, plan: Plan) -> tuple[Path, set[str], set[str]]:
        """A folder, the ids that it took, and those among them that are long enough."""
        self.derived += 1
        folder = self.folder / f"derived-{self.derived}"
        truth = make_derived(folder, self.posts, plan)
        return folder, truth.taken, truth.told


@dataclass
class Totals:
    """Sums over all datasets: rows reported, rightly and wrongly, rows taken and missed where that is promised."""

    right: int = 0
    wrong: int = 0
    taken: int = 0
    missed: int = 0
    lowest: float = 1.0
    accused: int = 0
    unrelated: int = 0
    misjudged: list[str] = field(default_factory=list)


def found_in(world: World, plan: Plan, totals: Totals) -> str:
    """One line of the table of overlaps and edits."""
    folder, taken, told = world.derive(plan)
    begun = time.perf_counter()
    rows = find_taken(world.offered, open_derived(folder)).rows
    seconds = time.perf_counter() - begun
    found = set(rows.join(world.offered.rows, on="row")["id"])
    recall = len(found & told) / len(told) if told else 1.0
    totals.right += len(found & taken)
    totals.wrong += len(found - taken)
    if plan.overlap >= ABOVE and plan.edits <= UP_TO:
        totals.taken += len(told)
        totals.missed += len(told - found)
        totals.lowest = min(totals.lowest, recall)
    precision = len(found & taken) / len(found) if found else 1.0
    cells = (f"{plan.overlap:.0%}", f"{plan.edits:.0%}", plan.shape, len(told), len(found), precision, recall, seconds)
    return "| {} | {} | {} | {:,} | {:,} | {:.4f} | {:.4f} | {:.2f} |".format(*cells)


def judged_in(world: World, plan: Plan, totals: Totals) -> str:
    """One line of the table of situations."""
    folder, _, _ = world.derive(plan)
    outcome = reciprocity(folder, world.release)
    codes = {finding.code for finding in outcome.breaches}
    expected = SITUATIONS[plan.situation].breaches if plan.overlap else frozenset[str]()
    if plan.overlap == 0:
        totals.unrelated += 1
        totals.accused += bool(codes)
    if codes != expected:
        totals.misjudged.append(f"{plan.situation} at {plan.overlap:.0%} and {plan.edits:.0%}")
    name = f"{plan.situation} | {plan.overlap:.0%} | {plan.edits:.0%}"
    right = "yes" if codes == expected else "NO"
    return f"| {name} | {outcome.verdict} | {', '.join(sorted(codes)) or 'none'} | {right} |"


def main() -> None:
    """Print both tables and the sums."""
    quick = "--quick" in sys.argv[1:]
    posts = make_posts(POSTS)
    with tempfile.TemporaryDirectory() as place:
        release = make_release(Path(place) / "package", posts)
        world, totals = World(Path(place), posts, release, open_offered(release)), Totals()
        print(
            f"{len(world.offered.rows):,} rows offered; each derived dataset has {ROWS:,} rows, or all that there are\n"
        )
        print(
            "| overlap | edits | shape | long enough | reported | precision | recall | seconds |\n"
            "|--|--|--|--|--|--|--|--|"
        )
        for number, (overlap, edits) in enumerate(product(OVERLAPS, EDITS)):
            plan = Plan(ROWS, overlap, edits, "nameless", SHAPES[(number + number // 6) % len(SHAPES)], seed=2)
            print(found_in(world, plan, totals), flush=True)
        print("\n| situation | overlap | edits | verdict | breaches | as expected |\n|--|--|--|--|--|--|")
        for situation, overlap, edits in product(SITUATIONS, OVERLAPS, (0.1,) if quick else (0.0, 0.15, 0.3)):
            print(judged_in(world, Plan(ROWS, overlap, edits, situation, "parquet", seed=3), totals), flush=True)
    summed_up(totals)


def summed_up(totals: Totals) -> None:
    """The figures in words, and what they were measured with."""
    print(f"\nprecision: {totals.right / max(1, totals.right + totals.wrong):.4f} ({totals.wrong} wrong rows)")
    recall = 1 - totals.missed / max(1, totals.taken)
    print(
        f"recall from {ABOVE:.0%} overlap on and up to {UP_TO:.0%} edits: {recall:.4f} of {totals.taken:,} rows,"
        f" at least {totals.lowest:.4f} in each dataset (to be reached: {RECALL})"
    )
    print(f"accusations without overlap: {totals.accused} of {totals.unrelated} datasets")
    print(f"situations not judged as expected: {', '.join(totals.misjudged) or 'none'}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    names = ", ".join(f"{name} {version(name)}" for name in ("polars", "numpy", "pyarrow"))
    print(f"peak memory {peak:,.0f} MiB; Python {platform.python_version()}, {names}")


if __name__ == "__main__":
    main()
