"""From recipe and declarations to tasks.

What must be read, under which name, and which bytes decide about it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import licensing
from ..digest import sha256_file
from ..errors import BadRecipe, BadSources
from ..recipe import PLACE, RULES
from ..sources import (
    READERS,
    is_container,
    lacks_consent,
    options_problems,
    parts,
    read_declaration,
    reader_for,
    source_folders,
)
from .judgement import sound_judgement
from .promises import sound_promises
from .tasks import survey_of, survey_task, tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ..archives import Survey
    from ..engine import Receipt, Task
    from ..model import Export
    from ..privacy import Key
    from ..recipe import Recipe
    from ..sources import Declaration, Part

    #: Does tasks and gives their receipts, in order of the tasks.
    Run = Callable[[Sequence[Task]], list[Receipt]]


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


def make_plan(root: Path, recipe: Recipe, hydrate: Mapping[str, Path], run: Run, key: Key | None = None) -> Plan:
    """The plan for a dataset package; `run` does the tasks that look into containers, `key` makes pseudonyms.

    Raises BadSources when a contribution cannot be built as it is.
    """
    _sound(recipe)
    sources = _declarations(root, recipe)
    sound_judgement(recipe, [source.source for source in sources])
    unknown = sorted(set(hydrate) - {source.source for source in sources})
    if unknown:
        raise BadSources("there is no such source to hydrate", where=unknown[0], hint="name it as SOURCE=EXPORT")
    filled = [_hydrated(source, hydrate.get(source.source)) for source in sources]
    surveys = _surveys(filled, run)
    opened = [_opened(source, surveys) for source in filled]
    planned = [
        (task, part.export) for source, found in opened for part in found for task in tasks(source, part, recipe, key)
    ]
    return Plan(
        tuple(source for source, _ in opened),
        tuple(task for task, _ in planned),
        tuple(export for _, export in planned),
        bool(hydrate),
    )


def _surveys(sources: Sequence[Declaration], run: Run) -> dict[str, Survey]:
    """What all containers hold, by the digest of the task that looked."""
    looks = [
        survey_task(export, reader_for(source.format, source.options))
        for source in sources
        for export in source.exports
        if is_container(export)
    ]
    return {task.digest: survey_of(receipt) for task, receipt in zip(looks, run(looks), strict=True)}


def _opened(source: Declaration, surveys: Mapping[str, Survey]) -> tuple[Declaration, list[Part]]:
    """The declaration with layers and members in place of containers, and the same as parts."""
    reader = reader_for(source.format, source.options)
    found = [
        part
        for export in source.exports
        for part in parts(export, reader, lambda *_, of=export, **__: surveys[survey_task(of, reader).digest])
    ]
    return replace(source, exports=tuple(part.export for part in found)), found


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
    _are_there(recipe.exclude, [folder.name for folder in source_folders(root / "raw")])
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
        if lacking := lacks_consent(declaration):
            raise BadSources(
                f"{lacking.code}: {lacking.detail}", where=f"raw/{folder.name}/source.toml", hint=lacking.todo
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


def _are_there(names: Sequence[str], folders: Sequence[str]) -> None:
    """A misspelt name would leave nothing out, and what was to stay at home would be published. Raises BadRecipe."""
    for name in sorted(set(names) - set(folders)):
        raise BadRecipe(
            f"/sources/exclude: there is no source {name!r}",
            where=PLACE,
            hint=f"the folders below raw/ are {', '.join(folders)}",
        )


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
