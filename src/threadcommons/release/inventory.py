"""Is everything there, nothing else, and each file the one that the manifest names?

No file is opened for its content before its digest was taken, and none that the manifest does not name.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from ..digest import sha256, sha256_file
from ..files import shown
from ..findings import Finding, Place
from ..manifest import NAME, Manifest, content_digest
from .bag import BAG_FILES, TAGS, bag_faults, checksums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .opened import Release

    Render = Callable[[Manifest], Mapping[str, bytes]]

DATA: Final = "data/"
#: What a release may hold, by the end of the name: nothing that a program would run or unpickle.
TEXTS: Final = (".json", ".md", ".txt", ".cff")
TABLES: Final = ".parquet"


@dataclass(frozen=True)
class Inventory:
    """What is wrong with the files, and the digests of those that are what the manifest says."""

    findings: tuple[Finding, ...]
    sound: Mapping[str, str]


@dataclass(frozen=True)
class _Wanted:
    """What one file must be: its digest, and which fault it is when it differs."""

    sha256: str
    bytes: int
    code: str = "release.file-differs"


def take_inventory(release: Release, render: Render | None) -> Inventory:
    """Compare the folder with the manifest and its descriptions. `render` gives path -> bytes of the descriptions; without
    it the list of the bag must do, which whoever changes a description can change too.
    """
    manifest = release.manifest
    present = dict(_walk(release.path))
    written, findings = _descriptions(release, render, present)
    wanted = {NAME: _Wanted(manifest.root_digest, len(manifest.data)), **_stated(manifest), **written}
    findings += _unnamed(manifest)
    findings += [_missing(name) for name in sorted({*wanted, *BAG_FILES} - set(present))]
    findings += _extra(present, {*wanted, *BAG_FILES})
    sound: dict[str, str] = {}
    for name in sorted(set(wanted) & set(present)):
        fault = _compared(release.path / name, present[name], wanted[name])
        if fault:
            findings.append(Finding(wanted[name].code, Place(file=name), fault))
        else:
            sound[name] = wanted[name].sha256
    findings += _bag(release, wanted, present)
    return Inventory(tuple(findings), sound)


def _walk(root: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Every name below `root`, folders left out unless they are empty; links are not followed."""
    with os.scandir(root / below) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{below}{entry.name}"
        if not entry.is_dir(follow_symlinks=False):
            yield name, entry.stat(follow_symlinks=False)
        elif inside := list(_walk(root, f"{name}/")):
            yield from inside
        else:
            yield name, entry.stat(follow_symlinks=False)


def _stated(manifest: Manifest) -> dict[str, _Wanted]:
    return {
        file["path"]: _Wanted(file["sha256"], file["bytes"])
        for file in [*manifest["files"], *manifest["documents"]]
    }


def _descriptions(
    release: Release, render: Render | None, present: Mapping[str, os.stat_result]
) -> tuple[dict[str, _Wanted], list[Finding]]:
    """What each description must be. A manifest from which none can be written is at fault itself."""
    if render is not None:
        try:
            made = render(release.manifest)
        except Exception as error:  # noqa: BLE001  (the manifest may be anybody's: whatever it breaks is a finding)
            said = f"the descriptions cannot be written from it: {type(error).__name__}"
            return {}, [Finding("release.description", Place(file=NAME), said)]
        return {
            name: _Wanted(sha256(data), len(data), _code(name)) for name, data in made.items() if name != NAME
        }, []
    listed = checksums((release.path / TAGS).read_bytes()) if _plain(present.get(TAGS)) else None
    known = {NAME, *BAG_FILES, *_stated(release.manifest)}
    others = [name for name in present if name not in known and not name.startswith(DATA)]
    return {
        name: _Wanted(listed[name], present[name].st_size) for name in others if listed and name in listed
    }, []


def _code(name: str) -> str:
    return "release.bag" if name in BAG_FILES else "release.description"


def _plain(found: os.stat_result | None) -> bool:
    return found is not None and stat.S_ISREG(found.st_mode)


def _unnamed(manifest: Manifest) -> Iterator[Finding]:
    """Names that the manifest itself gets wrong: kinds of files that no release holds, a name twice, another content digest."""
    data = [file["path"] for file in manifest["files"]]
    documents = [file["path"] for file in manifest["documents"]]
    for name in [*data, *documents]:
        if not _allowed(name):
            yield Finding("release.file-extra", Place(file=name), "no release holds files of this kind")
    times = Counter([*data, *documents, NAME, *BAG_FILES])
    for name in sorted(name for name, count in times.items() if count > 1):
        yield Finding("release.not-a-release", Place(file=NAME), f"{name} stands there more than once")
    if data != sorted(data):
        yield Finding(
            "release.not-a-release",
            Place(file=NAME, pointer="/files"),
            "the files do not stand in order of path",
        )
    if content_digest(manifest["files"]) != manifest["content_digest"]:
        yield Finding(
            "release.not-a-release",
            Place(file=NAME, pointer="/content_digest"),
            "it is not the digest of the files",
        )


def _allowed(name: str) -> bool:
    """Tables below data/, texts elsewhere, nothing hidden."""
    if any(part.startswith(".") for part in PurePosixPath(name).parts):
        return False
    return name.endswith(TABLES) if name.startswith(DATA) else name.endswith(TEXTS)


def _missing(name: str) -> Finding:
    return Finding("release.file-missing", Place(file=name))


def _extra(present: Mapping[str, os.stat_result], named: set[str]) -> Iterator[Finding]:
    for name in sorted(set(present) - named):
        kind = (
            "an empty folder"
            if stat.S_ISDIR(present[name].st_mode)
            else ""
            if _allowed(name)
            else "no release holds files of this kind"
        )
        yield Finding("release.file-extra", Place(file=shown(name)), kind)


def _compared(path: Path, found: os.stat_result, wanted: _Wanted) -> str | None:
    """Why a file is not the one wanted, or None."""
    if stat.S_ISLNK(found.st_mode):
        return "a symbolic link stands in its place"
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    if found.st_size != wanted.bytes:
        return f"it has {found.st_size} bytes; {wanted.bytes} are right"
    try:
        digest = sha256_file(path)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return None if digest == wanted.sha256 else f"its sha256 is {digest}; {wanted.sha256} is right"


def _bag(
    release: Release, wanted: Mapping[str, _Wanted], present: Mapping[str, os.stat_result]
) -> list[Finding]:
    """The bag against the folder: payload as the manifest states it, tag files as they ought to be."""
    if not all(_plain(present.get(name)) for name in BAG_FILES):
        return []
    files: list[dict[str, Any]] = release.manifest["files"]
    tags = {
        name: want.sha256
        for name, want in wanted.items()
        if not name.startswith(DATA) and name not in BAG_FILES
    }
    tags |= {name: sha256_file(release.path / name) for name in BAG_FILES if name != TAGS}
    payload = {file["path"]: file["sha256"] for file in files}
    oxum = f"{sum(file['bytes'] for file in files)}.{len(files)}"
    return list(bag_faults(release.path, payload, tags, oxum))
