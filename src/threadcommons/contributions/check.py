"""check: judge contributions, all of them or some, and say of everything that is wrong where it stands.

Every export is read as a build would read it, batch by batch, so memory does not grow with the size of a
file. Nothing is written and nothing leaves the machine.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadUsage
from ..files import shown, why_unsafe
from ..findings import Finding, Place, in_order
from ..recipe import read_recipe
from ..sources import parts, read_declaration, reader_for, source_folders
from .licences import declaration_faults, licensed, rules_of
from .options import reader_problems
from .reading import Fault, Reading, found_at, read_export
from .repeats import conflicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..model import Limits
    from ..sources import Declaration

#: What may lie in raw/ beside the folders of sources.
_PROSE: Final = ("README.md", "CODEBOOK.md")


@dataclass(frozen=True)
class ExportCount:
    """One export in numbers.

    `posts` are the records that a build could take, `publishable` those whose licence lets the recipe publish
    their text, `refused` the other records by code. `accounted` bytes belong to a record or to a gap between
    records.
    """

    source: str
    file: str
    format: str
    bytes: int
    accounted: int
    records: int
    posts: int
    publishable: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class Checked:
    """What a check found, in order of place, and a count per export that could be read.

    Of each code only the first findings of one export are listed, with how many there are in all.
    """

    findings: tuple[Finding, ...]
    counts: tuple[ExportCount, ...]
    sources: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not any(finding.severity == "error" for finding in self.findings)


def check(root: Path, paths: Sequence[Path] = ()) -> Checked:
    """Judge the sources of a dataset package: all, or those that `paths` (folders, or files in them) name.

    Ids are compared between the sources that are judged. Raises NoPackage, BadRecipe, or BadUsage for a path
    that is no source.
    """
    recipe = read_recipe(root)
    raw = root.resolve() / "raw"
    folders = _named(raw, paths) if paths else source_folders(raw, recipe.exclude)
    looked = [_look(folder, recipe.limits) for folder in folders]
    readings = [reading for _, found in looked for reading in found]
    clashes = conflicts(readings)
    rules, findings = rules_of(recipe)
    licences = [licensed(reading, recipe, rules) for reading in readings]
    findings += [] if paths else _strays(raw)
    findings += [finding for found, _ in looked for finding in found]
    for reading, faults, (_, found) in zip(readings, clashes, licences, strict=True):
        findings += [
            *reading.findings,
            *found_at(reading.export, faults, Counter(fault.code for fault in faults)),
            *found,
        ]
    findings = _without_moot(findings, readings, [posts for posts, _ in licences])
    counts = zip(readings, clashes, licences, strict=True)
    return Checked(
        tuple(in_order(findings)),
        tuple(_count(reading, faults, posts) for reading, faults, (posts, _) in counts),
        tuple(folder.name for folder in folders),
    )


def _look(folder: Path, limits: Limits) -> tuple[list[Finding], list[Reading]]:
    """The declaration of a source, what is wrong with it, and its exports read."""
    declaration, findings = read_declaration(folder)
    if declaration is None:
        return findings, []
    problems = list(reader_problems(declaration))
    readings = [] if problems else _read(declaration, limits)
    return [*findings, *problems, *declaration_faults(declaration)], readings


def _read(declaration: Declaration, limits: Limits) -> list[Reading]:
    """All exports of a source read, containers member by member."""
    reader = reader_for(declaration.format, declaration.options)
    found = [part for export in declaration.exports for part in parts(export, reader)]
    whole = replace(declaration, exports=tuple(part.export for part in found))
    return [read_export(whole, part, limits) for part in found]


def _named(raw: Path, paths: Sequence[Path]) -> list[Path]:
    """The source folders that paths point at or into. A bare name is looked up in raw/."""
    names = {_source_at(raw, path) for path in paths}
    return [raw / name for name in sorted(names)]


def _source_at(raw: Path, path: Path) -> str:
    """The folder below raw/ that a path is or lies in, links in the last part not followed.

    A linked folder is judged as the link that it is.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (Path.resolve would follow the link)
    here, below = absolute.parent.resolve() / absolute.name, Path(os.path.normpath(raw / path))
    for candidate in (here, below):
        if raw in candidate.parents and os.path.lexists(candidate):
            name = candidate.relative_to(raw).parts[0]
            if (raw / name).is_dir():
                return name
    raise BadUsage(
        "this is no source", where=shown(str(path)), hint="name a folder below raw/, or a file in one"
    )


def _strays(raw: Path) -> Iterator[Finding]:
    """What lies in raw/ and belongs to no source."""
    for path in sorted(raw.iterdir()) if raw.is_dir() else []:
        if path.is_dir() or path.name in _PROSE or path.name.startswith("."):
            continue
        reason = why_unsafe(path)
        name = shown(path.name)
        if reason:
            yield Finding("source.not-plain", Place(file=name), f"raw/{name} {reason}")
        else:
            yield Finding(
                "source.export-undeclared", Place(file=name), f"raw/{name} lies in no source's folder"
            )


def _without_moot(
    findings: Sequence[Finding], readings: Sequence[Reading], publishable: Sequence[int]
) -> list[Finding]:
    """A source needs to declare no licence when each of its posts states one, or has one by its platform."""
    read = {reading.export.source for reading in readings if reading.posts}
    needy = {
        reading.export.source
        for reading, posts in zip(readings, publishable, strict=True)
        if posts < reading.posts and not all(claim.key.stated for claim in reading.claims)
    }
    moot = {("source.no-license", source) for source in read - needy}
    return [finding for finding in findings if (finding.code, finding.place.source) not in moot]


def _count(reading: Reading, clashes: Sequence[Fault], publishable: int) -> ExportCount:
    export = reading.export
    refused = reading.refused + Counter(fault.code for fault in clashes)
    posts = reading.records - refused.total()
    return ExportCount(
        export.source, shown(export.name), reading.declaration.format, export.size, reading.accounted,
        reading.records, posts, min(posts, publishable), dict(sorted(refused.items())),
    )  # fmt: skip
