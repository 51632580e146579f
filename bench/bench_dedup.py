"""Duplicates: speed on one core, what is found and what is claimed, and that nothing else decides.

`python bench/bench_dedup.py [--quick]`. Invented posts of about 51 words, by Zipf, 5 % of them copies and 5 % copies
with some words changed. The clock runs over sketches of the texts and over clusters of the sketches, on one thread;
what a fresh process takes to be ready is told apart. Brute force takes every pair of texts with a shingle in common, as
sets of words, with nothing of the code that is measured.
"""

from __future__ import annotations

import os

# Read when polars and numpy are first imported: one core is measured.
os.environ.update({"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

import importlib.util
import multiprocessing
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "dedup"))

import polars as pl
from planted import planted

from threadcommons.dedup import Policy, clusters, sketch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RUNS: Final = 5
#: Two fractions of whole numbers that differ by less are one.
SAME: Final = 1e-9
POLICY: Final = Policy()
#: What is to be reached.
SPEED, RECALL, PRECISION = 150_000, 0.98, 0.999
#: The peer is slow, so it gets fewer posts.
PEER_POSTS: Final = 10_000


def main() -> None:
    """Print the tables."""
    quick = "--quick" in sys.argv[1:]
    speed(20_000 if quick else 200_000)
    texts = planted(4_000 if quick else 20_000, seed=2, copies=0.05, alike=0.25)
    found(texts)
    equality(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    names = ", ".join(f"{name} {version(name)}" for name in ("polars", "numpy", "pyarrow"))
    print(f"\npeak memory {peak:,.0f} MiB; Python {platform.python_version()}, {names}")


def posts_of(texts: Sequence[str]) -> pl.DataFrame:
    """Posts without times, parents or quotes: the id decides who stays."""
    none = pl.lit(None, pl.String)
    ids = [f"p{number:07}" for number in range(len(texts))]
    return pl.DataFrame({"id": ids, "text": texts}).with_columns(
        created_at=pl.lit(None, pl.Datetime("us", "UTC")), parent_id=none, quoted_id=none
    )


def sketched(posts: pl.DataFrame) -> pl.DataFrame:
    """Posts with their sketches."""
    return _frame(sketch(posts["text"], POLICY)).hstack(posts)


def clustered(posts: pl.DataFrame) -> pl.DataFrame:
    """What stands for what, as ids, and the cluster of each."""
    whole = sketched(posts)
    told = clusters(whole, POLICY, _fetch(whole))
    ids = whole["id"]
    return (
        told.together.join(told.found, on="row", how="left")
        .select(
            id=ids.gather(told.together["row"]),
            cluster=ids.gather(told.together["cluster"]),
            survivor=pl.col("survivor"),
            how="how",
            jaccard="jaccard",
        )
        .with_columns(survivor=_gathered(ids, pl.col("survivor")))
        .sort("id")
    )


def _gathered(ids: pl.Series, rows: pl.Expr) -> pl.Expr:
    return pl.lit(ids).gather(rows)


# -- speed ---------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """Seconds of the clock and of the processor, run by run."""

    wall: list[float]
    cpu: list[float]

    def line(self, name: str, posts: int) -> str:
        """A line of the table."""
        wall, cpu = statistics.median(self.wall), statistics.median(self.cpu)
        return f"| {name} | {posts:,} | {wall:.2f} | {cpu:.2f} | {min(self.cpu):.2f} | {posts / cpu:,.0f} |"


def timed(run: Callable[[], Any], runs: int = RUNS) -> tuple[Clock, Any]:
    """A function run several times, and what it gave."""
    clock, result = Clock([], []), None
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        result = run()
        clock.wall.append(time.perf_counter() - wall)
        clock.cpu.append(time.process_time() - cpu)
    return clock, result


def speed(count: int) -> None:
    """The table of times."""
    texts = planted(count, seed=1)
    posts = posts_of(texts)
    words = sum(text.count(" ") + 1 for text in texts) / count
    size = posts["text"].str.len_bytes().sum() / count
    print(f"{count:,} posts, {words:.0f} words and {size:.0f} bytes each; {POLICY.bands} bands of {POLICY.rows}\n")
    print("| what | posts | seconds | of CPU | least | posts a second of CPU |\n|--|--|--|--|--|--|")
    arrow = posts["text"].to_arrow()
    sketching, table = timed(lambda: sketch(arrow, POLICY))
    whole = _frame(table).hstack(posts)
    clustering, told = timed(lambda: clusters(whole, POLICY, _fetch(whole)))
    both = Clock(*([a + b for a, b in zip(one, other, strict=True)] for one, other in _pairs(sketching, clustering)))
    print(sketching.line("sketches", count))
    print(clustering.line("clusters", count))
    print(both.line(f"both (to be reached: {SPEED:,})", count))
    if importlib.util.find_spec("datasketch"):
        peer, _ = timed(lambda: _datasketch(texts[:PEER_POSTS]), runs=1)
        print(peer.line(f"datasketch {version('datasketch')}, sketches and pairs", PEER_POSTS))
    else:
        print("| datasketch | not installed | | | | |")
    print(f"\nstands for others: {dict(told.found['how'].value_counts(sort=True).iter_rows())}")
    print(f"sketch of a post: {table.nbytes / count:.0f} bytes")
    ready, imported, first = (started(code) for code in (LIBRARIES, LIBRARIES + IMPORT, LIBRARIES + IMPORT + FIRST))
    print(
        f"a fresh process: {ready:.2f} s with numpy, polars and pyarrow alone, {imported:.2f} s with this,"
        f" {first:.2f} s with a first sketch of 1,000 posts"
    )


LIBRARIES: Final = "import numpy, polars, pyarrow; "
IMPORT: Final = "from threadcommons.dedup import Policy, sketch; "
FIRST: Final = "sketch(polars.Series([f'{n} {n + 1} {n + 2} ' * 20 for n in range(1000)]), Policy())"


def started(code: str) -> float:
    """Seconds that a fresh process takes, the median of several."""
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _pairs(one: Clock, other: Clock) -> list[tuple[list[float], list[float]]]:
    return [(one.wall, other.wall), (one.cpu, other.cpu)]


def _datasketch(texts: Sequence[str]) -> int:
    """The same steps with the peer, as its users write them: no digest, no verification, no clusters."""
    from datasketch import MinHash, MinHashLSH  # only where it is installed

    index = MinHashLSH(threshold=POLICY.threshold, num_perm=128)
    pairs = 0
    for number, text in enumerate(texts):
        words = text.lower().split()
        one = MinHash(num_perm=128)
        one.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
        pairs += len(index.query(one))
        index.insert(str(number), one)
    return pairs


# -- what is found -------------------------------------------------------------------------------------------------


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The shingles of an invented text, which has only letters, digits, spaces and four signs."""
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    return frozenset(tuple(words[at : at + 3]) for at in range(len(words) - 2))


def brute_force(texts: Sequence[str]) -> dict[tuple[int, int], float]:
    """The Jaccard index of every pair of texts of enough words that have a shingle in common."""
    sets = [shingles(text) if len(text.split()) >= POLICY.min_words else frozenset() for text in texts]
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, some in enumerate(sets):
        for shingle in some:
            holders.setdefault(shingle, []).append(number)
    shared = Counter(pair for some in holders.values() for pair in combinations(some, 2))
    return {(a, b): n / (len(sets[a]) + len(sets[b]) - n) for (a, b), n in shared.items()}


def found(texts: Sequence[str]) -> None:
    """The table of recall, and precision."""
    true = brute_force(texts)
    told = clustered(posts_of(texts))
    number = {f"p{at:07}": at for at in range(len(texts))}
    of = {number[id_]: cluster for id_, cluster in told.select("id", "cluster").iter_rows()}
    print(f"\n{len(texts):,} posts against brute force\n")
    print("| Jaccard index | pairs | in one cluster | recall |\n|--|--|--|--|")
    edges = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]
    names = {f"{low} to {high}": (low, high) for low, high in pairwise(edges)}
    names |= {"1": (1.0, 2.0), f"**0.8 and more** (to be reached: {RECALL})": (0.8, 2.0)}
    for name, (low, high) in names.items():
        pairs = [pair for pair, index in true.items() if low <= index < high]
        there = sum(a in of and of[a] == of.get(b) for a, b in pairs)
        print(f"| {name} | {len(pairs):,} | {there:,} | {there / max(1, len(pairs)):.4f} |")
    claims = told.filter(pl.col("survivor").is_not_null()).select("id", "survivor", "how", "jaccard")
    right = exact = 0
    for id_, survivor, how, index in claims.iter_rows():
        a, b = sorted((number[id_], number[survivor]))
        if how == "exact":
            right += texts[a] == texts[b]
            exact += 1
        else:
            right += true.get((a, b), 0.0) >= POLICY.threshold and abs(true[a, b] - index) < SAME
    print(
        f"\nclaims: {len(claims):,}, of which {exact:,} exact; true: {right:,};"
        f" precision {right / max(1, len(claims)):.4f} (to be reached: {PRECISION})"
    )


# -- nothing else decides ------------------------------------------------------------------------------------------


def equality(texts: Sequence[str]) -> None:
    """How many ways of cutting and ordering the posts give the same clusters."""
    posts = posts_of(texts)
    expected = clustered(posts)
    chance = random.Random(4)  # noqa: S311  (the same orders each time)
    same = ways = 0
    for _ in range(4):
        same += clustered(posts[chance.sample(range(len(posts)), len(posts))]).equals(expected)
        ways += 1
    for workers, rows in ((1, 1000), (2, 777), (2, 4096), (3, 5000)):
        parts = [posts["text"][at : at + rows].to_list() for at in range(0, len(posts), rows)]
        with multiprocessing.get_context("forkserver").Pool(workers) as pool:
            tables = pool.map(_worker, parts)
        whole = pl.concat([_frame(table) for table in tables]).hstack(posts)
        told = clusters(whole, POLICY, _fetch(whole))
        alone = sketched(posts)
        same += whole.equals(alone) and told.found.equals(clusters(alone, POLICY, _fetch(alone)).found)
        ways += 1
    print(f"\nthe same clusters in {same} of {ways} orders, batches and numbers of workers")


def _worker(texts: list[str]) -> Any:
    return sketch(pl.Series(texts, dtype=pl.String), POLICY)


def _fetch(posts: pl.DataFrame) -> Callable[[NDArray[Any]], pl.Series]:
    return lambda rows: posts["text"][rows]


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  (a table is never a series)
    return frame


if __name__ == "__main__":
    main()
