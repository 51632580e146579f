"""Which files were brought, under which names, and which reader understands them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..errors import BadUsage
from ..files import list_files, shown, why_unsafe
from ..findings import Finding, Place
from ..sources import READERS, is_boxed, knows_names, may_open, recognise
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
    named, from_folder = _named(paths), any(path.is_dir() for path in paths)
    bad = {name: _bad_name(source, name) for name in named if _is_bad(name)}
    unsafe = [
        Finding("source.not-plain", Place(source, shown(name)), reason)
        for name, path in named.items()
        if (reason := why_unsafe(path))
    ]
    if unsafe or (bad and not from_folder):
        return Picked(named, findings=(*bad.values(), *unsafe))
    known = {name: _known(name, path, pointed_at=path in paths) for name, path in named.items()}
    # Of a folder only what would be taken needs a name that can be kept: beside it may lie anything.
    if wrong := [finding for name, finding in bad.items() if known[name]]:
        return Picked(named, findings=tuple(wrong))
    if format_ is not None:
        return _told(named, known, format_, tuple(bad))
    return _chosen(named, known, source, from_folder=from_folder)


def _known(name: str, path: Path, *, pointed_at: bool) -> dict[str, str]:
    """The readers that know a file, each with its reason.

    Names tell which files of a folder are meant. A file that somebody `pointed_at` is meant, whatever it is called,
    unless its reader keeps away from private files by their names.
    """
    boxed = is_boxed(path)
    return {
        reader.name: reason
        for reader, reason in recognise(path)
        if boxed or may_open(reader, shown(name)) or (pointed_at and not knows_names(reader))
    }


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
        named = ((file.relative_to(path).as_posix(), file) for file in list_files(path))
        return [(name, file) for name, file in named if not _is_hidden(name)]
    return [(path.name, path)]


#: A name that begins with a character spelled as a dot and two digits, as zulip-archive spells them.
_SPELLED: Final = re.compile(r"\.[0-9A-F]{2}")


def _is_hidden(name: str) -> bool:
    """Whether a file or a folder above it is one that file managers and programs keep for themselves."""
    return any(part.startswith(".") and not _SPELLED.match(part) for part in name.split("/"))


def _is_bad(name: str) -> bool:
    parts = name.split("/")
    taken = name in _TAKEN or parts[0] == EVIDENCE or name.endswith(POINTERS)
    return (
        taken
        or len(name) > _LONGEST
        or shown(name) != name
        or "\\" in name
        or _is_hidden(name)
    )


def _bad_name(source: str, name: str) -> Finding:
    why = (
        "this name has a meaning of its own in a source's folder"
        if name in _TAKEN or name.endswith(POINTERS)
        else ""
    )
    return Finding("source.bad-name", Place(source, shown(name)), why)


def _told(
    named: Mapping[str, Path], known: Mapping[str, Mapping[str, str]], format_: str, bad: tuple[str, ...]
) -> Picked:
    """The reader was named; it is taken at the contributor's word, and `check` will tell."""
    if format_ not in READERS:
        raise BadUsage(f"no reader is called {format_!r}", hint=f"there are {', '.join(sorted(READERS))}")
    taken = {name: path for name, path in named.items() if name not in bad}
    reasons = {name: known[name].get(format_, "you said so") for name in taken}
    return Picked(taken, format_, reasons, tuple(map(shown, bad)))


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
    return Picked(taken, format_, {name: known[name][format_] for name in taken}, tuple(map(shown, strange)))


def _strange(source: str, name: str) -> Finding:
    titles = "; ".join(f"{reader.name} ({reader.title})" for _, reader in sorted(READERS.items()))
    return Finding(
        "source.format-mismatch",
        Place(source, shown(name)),
        f"nothing in it looks like any of these: {titles}",
    )


#: A folder name that a source can have.
SOURCE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
