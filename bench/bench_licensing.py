"""The figures about licences, each measured on the spot: `python bench/bench_licensing.py [NAME ...] [--rows ROWS]`.

    table          pairs of the golden table, and what it was reviewed against
    laws           the property tests, 10,000 cases each
    trees          10,000 random merge trees, and duplicates that are stricter
    twins          the broken twins, each caught by a named test
    stackexchange  the licence field of the two real dumps that have one against the rule by date
    closure        one row that may not be sold among ROWS (1,000,000 by default): the closure alone
    planted        the same, taken through the real build, once withheld and once refused

Without names all of them. Nothing is judged here; tests do that. No peer does this job.
"""

from __future__ import annotations

import argparse
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
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

import polars as pl

from threadcommons import api, licensing
from threadcommons.digest import sha256_file
from threadcommons.errors import BrokenPromise
from threadcommons.licensing import closing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    yield from _tests(f"law, {CASES:,} cases", "not caught and not max_instead and not merge_trees", LAWS)


def trees() -> Iterator[str]:
    """Posts that are merged again and again, in every order: nothing is ever looser than what went into it."""
    yield from _tests(f"{CASES:,} of them", "merge_trees or duplicate_more", LAWS)


def twins() -> Iterator[str]:
    """The laws and promises held against code that is broken on purpose."""
    places = (
        "tests/licensing/test_laws.py",
        "tests/licensing/test_negative.py",
        "tests/build/test_bad_licences.py",
        "tests/build/test_evidence.py",
        "tests/build/test_meeting.py",
        "tests/build/test_promises.py",
    )
    yield from _tests("broken twin", TWINS, *places)


#: Words in the names of the tests that hold a law against a twin that is broken on purpose.
TWINS: Final = "twin or caught or max_instead or dropped or never_committed or do_not_count"


def _tests(what: str, chosen: str, *files: str) -> Iterator[str]:
    """One line for each test, and one for their sum; what is printed is what pytest says."""
    quiet = ["-v", "--no-header", "-p", "no:cacheprovider"]
    line = [sys.executable, "-m", "pytest", *quiet, "-k", chosen, *files]
    env = {**os.environ, "LICENCE_CASES": str(CASES)}
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    told = (_OUTCOME.match(text) for text in done.stdout.splitlines())
    yield from (f"{what}: {words(found[1])} | {found[2].lower()}" for found in told if found)
    yield f"{what}, all | {done.stdout.strip().splitlines()[-1].strip('= ')}"


_OUTCOME: Final = re.compile(r"\S+::test_(\S+) (PASSED|FAILED|ERROR)\b")


def words(name: str) -> str:
    """The sentence that the name of a test is."""
    return name.replace("_", " ")


def stackexchange() -> Iterator[str]:
    """The licence field of the real dumps against the rule by date, record by record; and whose word a build takes."""
    if not SITES.is_dir():
        yield "Stack Exchange | left out, there is no ../shared"
        return
    for site in WITH_FIELD:
        posts = ElementTree.iterparse(SITES / site / "Posts.xml")  # noqa: S314  (two known files)
        records = [row.attrib for _, row in posts if row.tag == "row"]
        fields = {record["Id"]: licensing.parse(record["ContentLicense"]).license for record in records}
        days = {record["Id"]: date.fromisoformat(record["CreationDate"][:10]) for record in records}
        claims = {id_: licensing.Claims("stackexchange", created_at=day) for id_, day in days.items()}
        by_date = {id_: licensing.decide(claim).license for id_, claim in claims.items()}
        odd = sorted((id_ for id_ in fields if fields[id_] != by_date[id_]), key=int)
        yield f"{site} | {len(fields)} posts with the field; by date otherwise: {len(odd)} ({', '.join(odd) or 'none'})"
        built = {row["native_id"].rpartition("/")[2]: row for row in _built(site)}
        own = [row for id_, row in built.items() if row["license"] == fields[id_]]
        met = [row for id_, row in built.items() if row not in own and fields[id_] in row["license"].split(" AND ")]
        basis = Counter(row["license_basis"] for row in built.values())
        told = f"{len(own)} under their field alone, {len(met)} also under that of what they quote"
        wins = all(fields[id_] in built[id_]["license"] for id_ in odd if id_ in built)
        yield f"{site}, built | {len(built)} posts: {told}; basis {dict(basis)}; the field wins over the date: {wins}"


def _built(site: str) -> list[dict[str, str]]:
    """The rows that a real build makes of the posts of a site."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _package(root, OPEN)
        _declare(SITES / site, root / "raw" / "site")
        rows = pl.read_parquet(sorted((api.build(root=root).path / "data/posts").glob("*/*.parquet")))
    posts = rows.filter(pl.col("source_file") == "Posts.xml")
    return posts.select("native_id", "license", "license_basis").to_dicts()


def closure(rows: int) -> Iterator[str]:
    """The closure of so many rows, one of them not for sale, from the columns that a build has: by class and as one."""
    numbers = pl.int_range(rows, eager=True)
    names = pl.Series(LICENSES).gather(numbers % len(LICENSES))
    table = pl.DataFrame({"number": numbers, "license": names}).select(
        id=pl.format("many:p{}", "number"),
        conversation_id=pl.format("many:c{}", pl.col("number") // 10),
        license=pl.when(pl.col("number") == rows // 3).then(pl.lit("CC-BY-NC-4.0")).otherwise("license"),
        release=pl.lit("published"),
    )
    classes = {name: licensing.license_class(name) for name in table["license"].unique()}
    table = table.with_columns(license_class=pl.col("license").replace_strict(classes, return_dtype=pl.String))
    begun, worked = time.perf_counter(), time.process_time()
    (fault,) = licensing.keeps(closing.closures_of(table)["posts"], "CC-BY-SA-4.0")
    taken, cpu = time.perf_counter() - begun, time.process_time() - worked
    yield f"closure of {rows:,} rows with its promise | {taken:.2f} s by the clock, {cpu:.2f} s of CPU; {fault.found}"


def planted(rows: int) -> Iterator[str]:
    """One row that may not be sold among many: withheld and counted, or the build refuses and names it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "package"
        _package(root, OPEN)
        _invent(root / "raw" / "many", rows)
        begun = time.perf_counter()
        built = api.build(root=root)
        seconds = time.perf_counter() - begun
        counts, stages = built.manifest["counts"], {cost.stage: cost.seconds for cost in built.costs}
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


FIGURES: Final[dict[str, Callable[[int], Iterator[str]]]] = {
    "table": lambda _: truth_table(),
    "laws": lambda _: laws(),
    "trees": lambda _: trees(),
    "twins": lambda _: twins(),
    "stackexchange": lambda _: stackexchange(),
    "closure": closure,
    "planted": planted,
}


def main() -> int:
    """Prints one table; each line when it is known."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("name", nargs="*", help="figures to measure; all by default")
    options.add_argument("--rows", type=int, default=1_000_000, help="rows among which one is planted")
    given = options.parse_args()
    if unknown := sorted(set(given.name) - set(FIGURES)):
        options.error(f"no figure is called {unknown[0]}; there are {', '.join(FIGURES)}")
    print(f"{_versions()}\n\n| figure | measured |\n|---|---|")
    for name in given.name or FIGURES:
        for line in FIGURES[name](given.rows):
            print(f"| {line} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
