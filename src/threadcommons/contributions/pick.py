"""Which files were brought, under which names, and which reader understands them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..errors import BadUsage
from ..files import list_files, shown, why_unsafe
from ..findings import Finding, Place
from ..sources import READERS, is_boxed, may_open, recognise
from ..sources.declaration import EVIDENCE, NAME, POINTERS, PROSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Names that mean something else in a source's folder.
_TAKEN: Final = (NAME, *PROSE)
_LONGEST: Final = 200


@dataclass(frozen=True)
class Picked:
    """The files to take, by name, their format and why, what is left out, and what is wrong.

    Without a format there is at least one finding.
    """

    files: Mapping[str, Path]
    format: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def pick(paths: Sequence[Path], source: str, format_: str | None) -> Picked:
    """Look at the files and folders that were brought.

    Raises BadUsage where a person must decide, OSError for no such file.
    """
    named = _named(paths)
    bad = [_bad_name(source, name) for name in named if _is_bad(name)]
    unsafe = [
        Finding("source.not-plain", Place(source, shown(name)), reason)
        for name, path in named.items()
        if (reason := why_unsafe(path))
    ]
    if bad or unsafe:
        return Picked(named, findings=(*bad, *unsafe))
    known = {name: _known(name, path) for name, path in named.items()}
    if format_ is not None:
        return _told(named, known, format_)
    return _chosen(named, known, source, from_folder=any(path.is_dir() for path in paths))


def _known(name: str, path: Path) -> dict[str, str]:
    """The readers that know a file, and may open one of its name, each with its reason."""
    return {reader.name: reason for reader, reason in recognise(path) if is_boxed(path) or may_open(reader, name)}


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """Each file under the name that it will have: its own, or its path within the folder that was named."""
    pairs = [pair for path in paths for pair in _files_of(path)]
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadUsage(
            "two files have this name",
            where=shown(twice[0]),
            hint="add them to separate sources, or name their folder",
        )
    if not pairs:
        raise BadUsage(
            "there is no file in it", where=shown(paths[0].name) if paths else "", hint="name an export"
        )
    return dict(sorted(pairs))


def _files_of(path: Path) -> list[tuple[str, Path]]:
    if path.is_dir() and not path.is_symlink():
        return [(file.relative_to(path).as_posix(), file) for file in list_files(path)]
    return [(path.name, path)]


def _is_bad(name: str) -> bool:
    parts = name.split("/")
    taken = name in _TAKEN or parts[0] == EVIDENCE or name.endswith(POINTERS)
    return (
        taken
        or len(name) > _LONGEST
        or shown(name) != name
        or "\\" in name
        or any(part.startswith(".") for part in parts)
    )


def _bad_name(source: str, name: str) -> Finding:
    why = (
        "this name has a meaning of its own in a source's folder"
        if name in _TAKEN or name.endswith(POINTERS)
        else ""
    )
    return Finding("source.bad-name", Place(source, shown(name)), why)


def _told(named: Mapping[str, Path], known: Mapping[str, Mapping[str, str]], format_: str) -> Picked:
    """The reader was named; it is taken at the contributor's word, and `check` will tell."""
    if format_ not in READERS:
        raise BadUsage(f"no reader is called {format_!r}", hint=f"there are {', '.join(sorted(READERS))}")
    reasons = {name: found.get(format_, "you said so") for name, found in known.items()}
    return Picked(named, format_, reasons)


def _chosen(
    named: Mapping[str, Path], known: Mapping[str, Mapping[str, str]], source: str, *, from_folder: bool
) -> Picked:
    """The one reader that knows all files; of a folder, files that no reader knows are left out."""
    strange = [name for name in named if not known[name]]
    taken = {name: path for name, path in named.items() if known[name]}
    if not taken or (strange and not from_folder):
        return Picked(named, findings=tuple(_strange(source, name) for name in strange))
    shared = set.intersection(*(set(known[name]) for name in taken))
    if len(shared) > 1:
        raise BadUsage(
            f"could be {' or '.join(sorted(shared))}",
            where=shown(next(iter(taken))),
            hint="say which with --format",
        )
    if not shared:
        kinds = "; ".join(f"{shown(name)} is {' or '.join(sorted(known[name]))}" for name in taken)
        raise BadUsage(
            f"the exports are of different formats: {kinds}", hint="add each format as a source of its own"
        )
    format_ = shared.pop()
    return Picked(taken, format_, {name: known[name][format_] for name in taken}, tuple(strange))


def _strange(source: str, name: str) -> Finding:
    titles = "; ".join(f"{reader.name} ({reader.title})" for _, reader in sorted(READERS.items()))
    return Finding(
        "source.format-mismatch",
        Place(source, shown(name)),
        f"nothing in it looks like any of these: {titles}",
    )


#: A folder name that a source can have.
SOURCE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
