"""Is everything there, nothing else, and each file the one that the manifest names?

No file is opened that nothing names, and none is read as what it claims to be before its digest was taken.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from ..digest import sha256, sha256_file
from ..files import shown
from ..findings import Finding, Place
from ..manifest import NAME, Manifest, content_digest
from .bag import BAG_FILES, TAGS, bag_faults, checksums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from .opened import Release

    Render = Callable[[Manifest], Mapping[str, bytes]]
    Present = Mapping[str, os.stat_result]

DATA: Final = "data/"
#: What a release may hold, by the end of the name: nothing that a program would run or unpickle.
TEXTS: Final = (".json", ".md", ".txt", ".cff")
TABLES: Final = ".parquet"

#: Faults in spite of which the rows can be read and judged.
_BESIDE_THE_ROWS: Final = ("release.description", "release.file-extra")


@dataclass(frozen=True)
class Inventory:
    """What is wrong with the files, and whether what is there can be read as what the manifest names."""

    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether no file is missing or another than the manifest and the bag name."""
        return all(finding.code in _BESIDE_THE_ROWS for finding in self.findings)


@dataclass(frozen=True)
class _Wanted:
    """What one file must be, and which fault it is when it differs."""

    sha256: str
    code: str = "release.file-differs"


def take_inventory(release: Release, render: Render | None) -> Inventory:
    """Compare the folder with the manifest, its descriptions and its bag.

    `render` gives path -> bytes of the descriptions; without it the list of the bag must do, which whoever
    changes a description can change too.
    """
    manifest = release.manifest
    present = dict(_walk(release.path))
    wanted, findings = _wanted(release, render, present)
    named = {*wanted, *BAG_FILES}
    there = sorted(named & {*present})
    with ThreadPoolExecutor(_AT_ONCE) as several:  # to hash needs no Python
        digests = several.map(lambda name: _digest(release.path / name, present[name]), there)
        found = dict(zip(there, digests, strict=True))
    findings += _unnamed(manifest)
    findings += [Finding("release.file-missing", Place(file=name)) for name in sorted(named - {*present})]
    findings += _extra(present, named)
    findings += _differing(wanted, found)
    findings += _sizes(manifest, present, found)
    if all(len(found.get(name, "")) == _HEX for name in BAG_FILES):
        findings += _bag(release, found)
    return Inventory(tuple(findings))


#: How many files are hashed at once.
_AT_ONCE: Final = 2
#: Digits of a SHA-256; a shorter word in its place says why there is none.
_HEX: Final = 64


def _walk(root: Path, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
    """Every name below `root`, folders left out unless they are empty; links are not followed."""
    with os.scandir(root / below) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        name = f"{below}{entry.name}"
        inside = list(_walk(root, f"{name}/")) if entry.is_dir(follow_symlinks=False) else []
        yield from inside or [(name, entry.stat(follow_symlinks=False))]


def _digest(path: Path, info: os.stat_result) -> str:
    """SHA-256 of a plain file; of anything else, and of what cannot be read, a short word that says so."""
    if stat.S_ISLNK(info.st_mode):
        return "a symbolic link"
    if not stat.S_ISREG(info.st_mode):
        return "not a regular file"
    try:
        return sha256_file(path)
    except OSError as error:
        return f"unreadable ({error.strerror})"


def _wanted(
    release: Release, render: Render | None, present: Present
) -> tuple[dict[str, _Wanted], list[Finding]]:
    """What each file must be. A manifest from which no description can be written is at fault itself."""
    manifest = release.manifest
    stated = {file["path"]: _Wanted(file["sha256"]) for file in [*manifest["files"], *manifest["documents"]]}
    stated[NAME] = _Wanted(manifest.root_digest)
    if render is None:
        return {**stated, **_listed(release, present, stated)}, []
    try:
        made = render(manifest)
    except Exception as error:  # noqa: BLE001  (a manifest may be anybody's)
        said = f"the descriptions cannot be written from it: {type(error).__name__}"
        return stated, [Finding("release.description", Place(file=NAME), said)]
    written = {name: _Wanted(sha256(data), _code(name)) for name, data in made.items() if name != NAME}
    return {**stated, **written}, []


def _code(name: str) -> str:
    return "release.bag" if name in BAG_FILES else "release.description"


def _listed(release: Release, present: Present, stated: Mapping[str, _Wanted]) -> dict[str, _Wanted]:
    """Descriptions as the bag lists them."""
    tags = present.get(TAGS)
    plain = tags is not None and stat.S_ISREG(tags.st_mode)
    listed = checksums((release.path / TAGS).read_bytes()) if plain else None
    known = {*BAG_FILES, *stated}
    return {
        name: _Wanted(digest, "release.description")
        for name, digest in (listed or {}).items()
        if name not in known and _allowed(name) and not name.startswith(DATA)
    }


def _unnamed(manifest: Manifest) -> Iterator[Finding]:
    """What is wrong with the names in the manifest: their kind, a repetition, their order, their digest."""
    data = [file["path"] for file in manifest["files"]]
    documents = [file["path"] for file in manifest["documents"]]
    misplaced = [name for name in data if not name.startswith(DATA)]
    misplaced += [name for name in documents if name.startswith(DATA)]
    for name in sorted({*misplaced, *(name for name in [*data, *documents] if not _allowed(name))}):
        yield Finding("release.file-extra", Place(file=name), "no release holds files of this kind there")
    times = Counter([*data, *documents, NAME, *BAG_FILES])
    for name in sorted(name for name, count in times.items() if count > 1):
        yield Finding("release.not-a-release", Place(file=NAME), f"{name} stands there more than once")
    if data != sorted(data):
        yield Finding(
            "release.not-a-release", Place(file=NAME, pointer="/files"), "they do not stand in order of path"
        )
    if content_digest(manifest["files"]) != manifest["content_digest"]:
        yield Finding(
            "release.not-a-release",
            Place(file=NAME, pointer="/content_digest"),
            "it is not that of the files",
        )


def _allowed(name: str) -> bool:
    """Tables below data/, texts elsewhere, nothing hidden."""
    if any(part.startswith(".") for part in PurePosixPath(name).parts):
        return False
    return name.endswith(TABLES) if name.startswith(DATA) else name.endswith(TEXTS)


def _extra(present: Present, named: set[str]) -> Iterator[Finding]:
    for name in sorted({*present} - named):
        folder = stat.S_ISDIR(present[name].st_mode)
        kind = (
            "an empty folder"
            if folder
            else ""
            if _allowed(name)
            else "no release holds files of this kind there"
        )
        yield Finding("release.file-extra", Place(file=shown(name)), kind)


def _differing(wanted: Mapping[str, _Wanted], found: Mapping[str, str]) -> Iterator[Finding]:
    for name, digest in found.items():
        want = wanted.get(name)
        if want and digest != want.sha256:
            said = f"its sha256 is {digest}" if len(digest) == _HEX else f"it is {digest}"
            yield Finding(want.code, Place(file=name), f"{said}; sha256 {want.sha256} is right")


def _sizes(manifest: Manifest, present: Present, found: Mapping[str, str]) -> Iterator[Finding]:
    """Sizes that the manifest states wrongly, of files that are the right ones."""
    for file in [*manifest["files"], *manifest["documents"]]:
        size = present[file["path"]].st_size if found.get(file["path"]) == file["sha256"] else file["bytes"]
        if size != file["bytes"]:
            yield Finding(
                "release.count", Place(file=file["path"]), f"{size} bytes; {file['bytes']} are stated"
            )


def _bag(release: Release, found: Mapping[str, str]) -> Iterator[Finding]:
    """The bag against the folder: payload as the manifest states it, tag files as they are."""
    files = release.manifest["files"]
    payload = {file["path"]: file["sha256"] for file in files}
    tags = {name: digest for name, digest in found.items() if not name.startswith(DATA) and name != TAGS}
    return bag_faults(release.path, payload, tags, f"{sum(file['bytes'] for file in files)}.{len(files)}")
