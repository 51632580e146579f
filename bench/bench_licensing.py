"""The figures about licences, each measured on the spot: `python bench/bench_licensing.py [ROWS]`.

Truth table, laws, broken twins, the real Stack Exchange exports, and one row that may not be sold planted among ROWS
(1,000,000 by default) and taken through the real build. Nothing is judged here; tests do that. No peer does this job.
"""

from __future__ import annotations

import csv
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from threadcommons import api, licensing
from threadcommons.digest import sha256_file
from threadcommons.errors import BrokenPromise
from threadcommons.licensing import closing

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
GOLDEN: Final = ROOT / "tests" / "golden"
LAWS: Final = "tests/licensing/test_laws.py"
SITES: Final = ROOT.parent / "shared" / "exports" / "stackexchange"
#: The two real dumps whose records state a licence.
WITH_FIELD: Final = ("datascience.meta.stackexchange.com", "genai.stackexchange.com")
CASES: Final = 10_000
PLANTED: Final = "planted"
RECIPE: Final = """\
schema = 1
[dataset]
name = "planted"
title = "Planted"
description = "Invented posts, one of which may not be sold."
version = "1.0.0"
released = "2026-01-31"
creators = ["The makers of this measurement"]
contact = "Open an issue."
[publish]
classes = [{classes}]
promise = {{posts = "CC-BY-SA-4.0"}}
[authors]
policy = "none"
[shards]
rows = 200000
row_group = 16384
[limits]
record_bytes = 65536
depth = 32
"""
OPEN: Final = '"public-domain", "permissive", "reciprocal"'
LICENSES: Final = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-SA-2.5", "CC-BY-3.0")


def truth_table() -> Iterator[str]:
    """Pairs of the golden table, and what it was reviewed against."""
    with (GOLDEN / "licence-pairs.csv").open(encoding="utf-8") as file:
        pairs = list(csv.DictReader(file))
    statements = tomllib.loads((GOLDEN / "licence-statements.toml").read_text(encoding="utf-8"))
    differing = sum(
        (pair["allowed"] == "yes") != licensing.allowed(pair["from"], pair["to"]) for pair in pairs
    )
    used = Counter(pair["rule"] for pair in pairs if pair["rule"])
    yield f"golden table | {len(pairs):,} pairs of {len(statements)} licences, {differing} differ from the rules"
    yield f"reviewed by hand | {len(statements)} statements of publishers in tests/golden/licence-statements.toml"
    yield f"rules behind it | {len(used)}, each with basis and source in licensing/relations.toml"
    yield f"facts | {len(licensing.facts())} ids in licensing/facts.csv"


def laws() -> Iterator[str]:
    """The property tests, with as many cases as are promised, and the twins that they must catch."""
    yield f"laws, {CASES:,} cases each | {_tests('not caught and not max_instead', LAWS)}"
    yield f"merge trees, {CASES:,} | {_tests('merge_trees', LAWS)}"
    twins = ("tests/licensing", "tests/build/test_meeting.py", "tests/build/test_evidence.py")
    yield f"broken twins, each caught by a named test | {_tests(TWINS, *twins)}"


#: Words in the names of the tests that hold a law against a twin that is broken on purpose.
TWINS: Final = "twin or caught or max_instead or dropped or never_committed"


def _tests(chosen: str, *files: str) -> str:
    quiet = ["-q", "--no-header", "--durations=0", "-p", "no:cacheprovider"]
    line = [sys.executable, "-m", "pytest", *quiet, "-k", chosen, *files]
    env = {**os.environ, "LICENCE_CASES": str(CASES)}
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    return done.stdout.strip().splitlines()[-1].strip("= ")


def stackexchange() -> Iterator[str]:
    """The licence field of the real dumps against the rule by date, after a real build: the field must win."""
    if not SITES.is_dir():
        yield "Stack Exchange | left out, there is no ../shared"
        return
    for site in WITH_FIELD:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "package"
            _package(root, OPEN)
            _declare(SITES / site, root / "raw" / "site")
            rows = pl.read_parquet(sorted((api.build(root=root).path / "data/posts").glob("*/*.parquet")))
        posts = rows.filter((pl.col("source_file") == "Posts.xml") & (pl.col("license_basis") == "record"))
        by_date = [
            licensing.decide(licensing.Claims("stackexchange", created_at=when.date())).license
            for when in posts["created_at"]
        ]
        odd = posts.filter(pl.col("license") != pl.Series(by_date, dtype=pl.String))["native_id"].sort()
        named = f"{len(odd)} ({', '.join(odd) or 'none'})"
        yield f"{site} | {len(posts)} posts under their field; the rule by date says otherwise for {named}"


def planted(rows: int) -> Iterator[str]:
    """One row that may not be sold among many: withheld and counted, or the build refuses and names it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _package(root, OPEN)
        _invent(root / "raw" / "many", rows)
        begun = time.perf_counter()
        built = api.build(root=root)
        seconds = time.perf_counter() - begun
        counts, stages = built.manifest["counts"], {name: taken for name, taken, _ in built.timings}
        fate = next(iter(api.why(built.path, f"many:{PLANTED}")))
        yield (
            f"one of {rows:,} rows not for sale, default recipe | {counts['withheld']} withheld ({fate['code']}),"
            f" {counts['published']:,} published, codes {built.manifest['codes']}; build {seconds:.0f} s"
        )
        yield f"closure of {counts['published']:,} published rows, stage of the build | {stages['closure']:.2f} s"
        table = pl.read_parquet(
            sorted((built.path / "data/posts").glob("*/*.parquet")),
            columns=["id", "conversation_id", "license", "license_class", "release"],
        )
        begun, worked = time.perf_counter(), time.process_time()
        closing.closures_of(table)
        taken, cpu = time.perf_counter() - begun, time.process_time() - worked
        yield f"the same, from the columns of the release | {taken:.2f} s by the clock, {cpu:.2f} s of CPU"
        (root / "build/recipe.toml").write_text(RECIPE.format(classes=f'{OPEN}, "noncommercial"'), encoding="utf-8")
        yield f"recipe that publishes it and promises CC-BY-SA-4.0 | {_refused(root)}"


def _refused(root: Path) -> str:
    try:
        api.build(root=root, version="1.0.1")
    except BrokenPromise as refusal:
        gone = not (root / "build/out/1.0.1").exists()
        return f"refused, nothing built: {gone}; {refusal}"
    return "built, which must not happen"


def _package(root: Path, classes: str) -> None:
    (root / "build").mkdir(parents=True)
    (root / "build/recipe.toml").write_text(RECIPE.format(classes=classes), encoding="utf-8")


def _invent(folder: Path, rows: int) -> None:
    """A source of short posts, made from a seed; ten to a conversation."""
    folder.mkdir(parents=True)
    chance = random.Random(3)  # noqa: S311  (invented posts, the same in every run)
    at = chance.randrange(rows)
    path = folder / "posts.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for number in range(rows):
            native = PLANTED if number == at else f"p{number}"
            license_ = "CC-BY-NC-4.0" if number == at else LICENSES[chance.randrange(len(LICENSES))]
            out.write(
                f'{{"native_id": "{native}", "kind": "post", "markup": "plain", "text": "Remark {number}.",'
                f' "conversation": "c{number // 10}", "license": "{license_}"}}\n'
            )
    _write_declaration(folder, "jsonl", "many", [path])


def _declare(site: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    paths = [Path(shutil.copyfile(path, folder / path.name)) for path in sorted(site.glob("*.xml"))]
    _write_declaration(folder, "stackexchange", "stackexchange", paths, f'[reader]\nsite = "{site.name}"\n')


def _write_declaration(folder: Path, format_: str, platform_: str, paths: list[Path], more: str = "") -> None:
    text = f'schema = 1\ntitle = "A source"\nformat = "{format_}"\nplatform = "{platform_}"\n{more}'
    for path in paths:
        text += f'[[export]]\nfile = "{path.name}"\nsha256 = "{sha256_file(path)}"\nbytes = {path.stat().st_size}\n'
    (folder / "source.toml").write_text(text, encoding="utf-8")


def _versions() -> str:
    names = ("threadcommons", "polars", "pyarrow", "license-expression")
    return ", ".join([f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)])


def main() -> int:
    """Prints one table; each line when it is known."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 and re.fullmatch(r"[1-9][0-9]*", sys.argv[1]) else 1_000_000
    print(f"{_versions()}\n\n| figure | measured |\n|---|---|")
    for lines in (truth_table(), laws(), stackexchange(), planted(rows)):
        for line in lines:
            print(f"| {line} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
