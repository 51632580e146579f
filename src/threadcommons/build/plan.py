"""From recipe and declarations to tasks.

What must be read, under which name, and which bytes decide about it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import licensing
from ..digest import digest_of, sha256, sha256_file
from ..engine import Task
from ..errors import BadRecipe, BadSources
from ..files import list_files, read_plain
from ..recipe import RULES
from ..schema import schema_digest
from ..sources import (
    READERS,
    open_export,
    options_problems,
    read_declaration,
    reader_for,
    source_folders,
)
from ..sources.declaration import POINTERS
from .licences import choices_of
from .promises import sound_promises
from .read_task import described, described_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..model import Export
    from ..recipe import Recipe
    from ..sources import Declaration, Reader

#: Libraries whose version can change the bytes of a release.
BYTES_DEPEND_ON = ("pyarrow", "polars", "numpy", "orjson")


@dataclass(frozen=True)
class Plan:
    """What is to be built.

    The sources in order of name, and one task per range of each export, in that order.
    """

    sources: tuple[Declaration, ...]
    tasks: tuple[Task, ...]
    #: For each task the export that it reads.
    exports: tuple[Export, ...]
    private: bool


@cache
def environment() -> dict[str, str]:
    """Versions of the libraries that the bytes depend on."""
    return {name: version(name) for name in BYTES_DEPEND_ON}


@cache
def code_digest() -> str:
    """One digest over this package's own files and the libraries that decide about bytes.

    New code, new tasks.
    """
    package = Path(__file__).parents[1]
    own = {
        path.relative_to(package).as_posix(): sha256_file(path)
        for path in list_files(package)
        if path.suffix in (".py", ".toml", ".csv", ".json")
    }
    return digest_of([own, environment(), schema_digest()])


def make_plan(root: Path, recipe: Recipe, hydrate: Mapping[str, Path]) -> Plan:
    """The plan for a dataset package. Raises BadSources when a contribution cannot be built as it is."""
    _sound(recipe)
    sources = _declarations(root, recipe)
    unknown = sorted(set(hydrate) - {source.source for source in sources})
    if unknown:
        raise BadSources("there is no such source to hydrate", where=unknown[0], hint="name it as SOURCE=EXPORT")
    filled = [_hydrated(source, hydrate.get(source.source)) for source in sources]
    planned = [
        (task, export) for source in filled for export in source.exports for task in _tasks(source, export, recipe)
    ]
    return Plan(
        tuple(filled),
        tuple(task for task, _ in planned),
        tuple(export for _, export in planned),
        bool(hydrate),
    )


def _sound(recipe: Recipe) -> None:
    """The recipe's words about licences must mean something. Raises BadRecipe."""
    sound_promises(recipe)
    _, faults = licensing.rulebook_with(recipe.rules)
    if faults:
        raise BadRecipe(f"{faults[0].code}: {faults[0].found}", where=RULES, hint=faults[0].todo)
    for offer in licensing.bad_choices(recipe.choices):
        raise BadRecipe(
            f"license.bad-choice: {recipe.choices[offer]} is not offered, or the key is not in normal form",
            where=f"publish.choices.{offer}",
            hint=f"`threadcommons licenses explain` gives the normal form, such as {licensing.parse(offer).license}",
        )


def _declarations(root: Path, recipe: Recipe) -> list[Declaration]:
    found = []
    for folder in source_folders(root / "raw", recipe.exclude):
        declaration, findings = read_declaration(folder)
        errors = [finding for finding in findings if finding.severity == "error"]
        if declaration is None or errors:
            first = errors[0]
            raise BadSources(
                f"{first.code}: {first.detail or first.todo}"
                + (f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""),
                where=f"raw/{folder.name}/{first.place.file}".rstrip("/"),
                hint="run threadcommons check",
            )
        if declaration.format not in READERS:
            raise BadSources(
                f"no reader is called {declaration.format!r}",
                where=f"raw/{folder.name}",
                hint="see threadcommons formats",
            )
        for option, problem in options_problems(READERS[declaration.format], declaration.options):
            raise BadSources(
                f"[reader] {option} {problem}",
                where=f"raw/{folder.name}/source.toml",
                hint="see threadcommons formats",
            )
        found.append(declaration)
    if not found:
        raise BadSources("there is nothing to build", where="raw/", hint="threadcommons add EXPORT --source NAME")
    return found


def _hydrated(source: Declaration, path: Path | None) -> Declaration:
    """The declaration with an export that the caller holds put in its place.

    Its bytes must be the ones declared.
    """
    if path is None:
        return source
    digest = sha256_file(path)
    exports = [
        replace(export, path=path, stored=True) if export.sha256 == digest else export for export in source.exports
    ]
    if exports == list(source.exports):
        raise BadSources(
            "this is not the export that source.toml declares",
            where=path.name,
            hint=f"its sha256 is {digest}",
        )
    return replace(source, exports=tuple(exports))


def _tasks(source: Declaration, export: Export, recipe: Recipe) -> list[Task]:
    reader = reader_for(source.format, source.options)
    pointers = source.folder / (export.name + POINTERS)
    beside = pointers if pointers.exists() else None
    needed = [
        other for other in source.exports if other.name in reader.needs(export.name, [e.name for e in source.exports])
    ]
    reads = {"export": export.sha256, **{f"needs/{other.name}": other.sha256 for other in needed}}
    if beside:
        reads["pointers"] = sha256(read_plain(beside))
    params = {
        "format": source.format,
        "export": described(replace(export, stored=beside is None)),
        "exports": described_all(needed),
        "options": source.options,
        "limits": {"record_bytes": recipe.limits.record_bytes, "depth": recipe.limits.depth},
        "claims": claims_of(source, reader, recipe),
    }
    local: dict[str, Any] = {
        "path": str(export.path), "pointers": str(beside) if beside else None, "present": export.stored,
        "exports": [str(other.path) for other in needed],
    }  # fmt: skip
    return [
        Task(
            "threadcommons.build.read_task:read_range",
            {**params, "start": start, "stop": stop, "with_text": export.stored},
            reads,
            code_digest(),
            local,
            weight=stop - start,
        )
        for start, stop in _ranges(reader, export, whole=beside is not None)
    ]


def _ranges(reader: Reader, export: Export, *, whole: bool) -> list[tuple[int, int]]:
    if whole:
        return [(0, export.size)]
    with open_export(export) as (data, size):
        points = reader.divide(data, size)
    return list(itertools.pairwise(points))


def claims_of(source: Declaration, reader: Reader, recipe: Recipe) -> dict[str, Any]:
    """What holds for all posts of a source, as plain values; see `columns.Claims`."""
    return {
        "platform": source.table["platform"],
        "lang": source.table.get("lang"),
        "license": source.license,
        "wishes": source.table.get("wishes", []),
        "publish": list(recipe.publish),
        "author_policy": recipe.author_policy,
        "reader": reader.label,
        "rules": recipe.rules,
        "choices": choices_of(recipe),
    }
