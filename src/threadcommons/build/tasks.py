"""Tasks of the first half of a build: which bytes they read, with which parameters, and what else decides."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from ..archives import from_dict
from ..digest import canonical_json, digest_of, sha256, sha256_file
from ..engine import Task
from ..files import list_files, read_plain
from ..schema import schema_digest
from ..sources import look, open_export, reader_for
from ..sources.declaration import POINTERS
from .licences import choices_of
from .read_task import KEY, described, described_all

if TYPE_CHECKING:
    from ..archives import Survey
    from ..engine import Receipt
    from ..model import Export
    from ..privacy import Key
    from ..recipe import Recipe
    from ..sources import Declaration, Part, Reader

#: Libraries whose version can change the bytes of a release.
BYTES_DEPEND_ON = ("pyarrow", "polars", "numpy", "orjson", "msgspec", "eldc")


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


#: Output of a task that looks into a container; surveys can be long, and a receipt is read each time.
SURVEY: Final = "survey.json"


def survey_task(export: Export, reader: Reader) -> Task:
    """The task that looks into a container, as far as `reader` may."""
    params = {"opens": list(reader.opens), "streams": reader.whole is not None}
    reads = {"export": export.sha256}
    local = {"path": str(export.path)}
    return Task("threadcommons.build.tasks:look_inside", params, reads, code_digest(), local, weight=export.size)


def look_inside(params: dict[str, Any], local: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Task: what a container holds."""
    found = look(Path(local["path"]), params["opens"], streams=params["streams"])
    (folder / SURVEY).write_bytes(canonical_json(found.as_dict()))
    return {"members": len(found.members)}


def survey_of(receipt: Receipt) -> Survey:
    """What the task of `survey_task` found."""
    return from_dict(orjson.loads(receipt.path(SURVEY).read_bytes()))


def tasks(source: Declaration, part: Part, recipe: Recipe, key: Key | None = None) -> list[Task]:
    """The tasks that read one part of a source: one for each range of it. `source.exports` are all its parts.

    `key` is that of pseudonyms. A task is known by its fingerprint and told the key itself.
    """
    export = part.export
    reader = reader_for(source.format, source.options)
    params: dict[str, Any] = {
        "format": source.format,
        "options": source.options,
        "limits": {"record_bytes": recipe.limits.record_bytes, "depth": recipe.limits.depth},
        "claims": claims_of(source, reader, recipe),
        "dedup": recipe.dedup,
    }
    if part.layer is not None:
        return [_layer_task(export, params, asdict(part.layer))]
    pointers = source.folder / (export.name + POINTERS)
    beside = pointers if pointers.exists() else None
    needed = _needed(source, export, reader)
    reads = {"export": export.sha256, **{f"needs/{other.name}": other.sha256 for other in needed}}
    if beside:
        reads["pointers"] = sha256(read_plain(beside))
    if key is not None:
        reads[KEY] = key.fingerprint
    params["export"] = described(replace(export, stored=beside is None))
    params["exports"] = described_all(needed)
    local: dict[str, Any] = {
        "path": str(export.path), "pointers": str(beside) if beside else None, "present": export.stored,
        "exports": [str(other.path) for other in needed], KEY: key.secret if key else None,
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
        for start, stop in _ranges(reader, export, whole=beside is not None or export.member is not None)
    ]


def _layer_task(export: Export, params: dict[str, Any], layer: dict[str, Any]) -> Task:
    return Task(
        "threadcommons.build.read_task:read_layer",
        {**params, "export": described(export), "layer": layer},
        {"export": export.sha256},
        code_digest(),
        {"path": str(export.path)},
        weight=1,
    )


def _needed(source: Declaration, export: Export, reader: Reader) -> list[Export]:
    """The exports of a source that decide about what is read of one of them; layers of containers never do."""
    names = reader.needs(export.name, [other.name for other in source.exports])
    return [other for other in source.exports if other.name in names]


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
        "privacy": recipe.privacy,
        "quality": recipe.quality,
    }
