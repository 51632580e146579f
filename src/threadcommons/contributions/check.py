"""check: judge contributions, all of them or some, and say of everything that is wrong where it stands.

Every export is read as a build would read it, batch by batch, so memory does not grow with the size of a file. Nothing is
written and nothing leaves the machine.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadUsage
from ..files import shown, why_unsafe
from ..findings import Finding, Place, in_order
from ..recipe import read_recipe
from ..sources import READERS, options_problems, read_declaration, source_folders
from .reading import Fault, Reading, first_of_each, found_at, read_export
from .repeats import conflicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..sources import Declaration

#: What may lie in raw/ beside the folders of sources.
_PROSE: Final = ("README.md", "CODEBOOK.md")


@dataclass(frozen=True)
class ExportCount:
    """One export in numbers: bytes, records, posts among them, refused records by code, and bytes that a record or a gap owns."""

    source: str
    file: str
    format: str
    bytes: int
    records: int = 0
    posts: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    accounted: int = 0


@dataclass(frozen=True)
class Checked:
    """What a check found: findings in order of place, and a count per export that could be looked at.

    Of each code at most a hundred findings of one export are listed; `ExportCount.refused` counts them all.
    """

    findings: tuple[Finding, ...]
    counts: tuple[ExportCount, ...]
    sources: tuple[str, ...]


def check(root: Path, paths: Sequence[Path] = ()) -> Checked:
    """Judge the sources of a dataset package: all of them, or those that `paths` (folders, or files in them) name.

    Ids are compared between the sources that are judged. Raises NoPackage, BadRecipe, or BadUsage for a path that is no source.
    """
    recipe = read_recipe(root)
    raw = root.resolve() / "raw"
    folders = _named(raw, paths) if paths else source_folders(raw, recipe.exclude)
    findings = [] if paths else list(_strays(raw))
    readings: list[Reading] = []
    for folder in folders:
        declaration, found = read_declaration(folder)
        problems = list(_reader_problems(declaration)) if declaration else []
        readable = () if declaration is None or problems else declaration.exports
        read = [read_export(declaration, export, recipe.limits) for export in readable if declaration]
        findings += _without_moot([*found, *problems], read)
        readings += read
    clashes = conflicts(readings)
    findings += [finding for reading in readings for finding in reading.findings]
    for reading, faults in zip(readings, clashes, strict=True):
        findings += found_at(reading.export, first_of_each(faults))
    counts = [_count(reading, faults) for reading, faults in zip(readings, clashes, strict=True)]
    return Checked(tuple(in_order(findings)), tuple(counts), tuple(folder.name for folder in folders))


def _named(raw: Path, paths: Sequence[Path]) -> list[Path]:
    """The source folders that paths point at or into. A bare name is looked up in raw/."""
    names = {_source_at(raw, path) for path in paths}
    return [raw / name for name in sorted(names)]


def _source_at(raw: Path, path: Path) -> str:
    """Links are not followed in the last part, so that a linked folder is judged as what it is."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (Path.resolve would follow the link)
    for candidate in (absolute.parent.resolve() / absolute.name, raw / path):
        if candidate.is_relative_to(raw) and candidate != raw and (candidate.exists() or candidate.is_symlink()):
            name = candidate.relative_to(raw).parts[0]
            if (raw / name).is_dir():
                return name
    raise BadUsage("this is no source", where=shown(str(path)), hint="name a folder below raw/, or a file in one")


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
            yield Finding("source.export-undeclared", Place(file=name), f"raw/{name} lies in no source's folder")


def _reader_problems(declaration: Declaration) -> Iterator[Finding]:
    """Whether there is such a reader, and whether it can use its options."""
    reader = READERS.get(declaration.format)
    if reader is None:
        known = ", ".join(sorted(READERS))
        yield Finding("source.unknown-format", Place(declaration.source, "source.toml", pointer="/format"), f"there are {known}")
        return
    for option, problem in options_problems(reader, declaration.options):
        yield Finding("source.bad-option", Place(declaration.source, "source.toml", pointer=f"/reader/{option}"), problem)


def _without_moot(findings: list[Finding], readings: list[Reading]) -> list[Finding]:
    """A source needs no declared licence when every post of it states its own."""
    licensed = bool(readings) and all(reading.unlicensed == 0 and reading.posts for reading in readings)
    return [finding for finding in findings if not (licensed and finding.code == "source.no-license")]


def _count(reading: Reading, clashes: Sequence[Fault]) -> ExportCount:
    export = reading.export
    refused = reading.refused + Counter(fault.code for fault in clashes)
    return ExportCount(
        export.source, export.name, reading.declaration.format, export.size, reading.records, reading.posts - len(clashes),
        dict(sorted(refused.items())), reading.accounted,
    )  # fmt: skip
