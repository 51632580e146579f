"""Making a contribution ready aside, and putting it into its place in one go."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..digest import sha256_file
from ..errors import BadUsage, ThreadCommonsError
from ..files import (
    fresh_folder,
    fsync_dir,
    fsync_file,
    list_files,
    move_into_place,
    only_one,
    open_plain,
    shown,
    write_atomically,
)
from ..sources.declaration import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK: Final = 1 << 20


@contextmanager
def aside(root: Path, source: str) -> Iterator[Path]:
    """An empty folder on the package's own disk, for one `add` at a time; gone afterwards, come what may."""
    place = root / "build" / ".cache" / "add"
    with only_one(place):
        staged = fresh_folder(place / source)
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def copied(path: Path, target: Path) -> tuple[str, int]:
    """Copy a plain file byte for byte; its SHA-256 and size.

    Raises UnsafeFile, OSError, or when the copy reads differently.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(open_plain(path), "rb") as stream, target.open("xb") as copy:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
            copy.write(block)
    fsync_file(target)
    if sha256_file(target) != digest.hexdigest():
        raise ThreadCommonsError(
            "the copy is not what was copied", where=shown(path.name), hint="check the disk, and add it again"
        )
    return digest.hexdigest(), size


def measured_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a plain file. Raises UnsafeFile or OSError."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(open_plain(path), "rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def put_in_place(staged: Path, folder: Path) -> None:
    """Make what is staged the source's folder, or part of it. source.toml comes last.

    Raises BadUsage when a file of the folder would be overwritten.
    """
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        move_into_place(staged, folder)
        return
    names = [path.relative_to(staged).as_posix() for path in list_files(staged)]
    new = [name for name in names if name != NAME and not _is_there(staged / name, folder / name)]
    for name in new:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (staged / name).rename(target)
        fsync_dir(target.parent)
    write_atomically(folder / NAME, (staged / NAME).read_bytes())


def _is_there(staged: Path, target: Path) -> bool:
    """Whether the same bytes are in place already. Raises BadUsage for other bytes under the name."""
    if not target.exists() and not target.is_symlink():
        return False
    if measured_file(target) != measured_file(staged):
        raise BadUsage(
            "there is another file of this name",
            where=shown(f"raw/{target.parent.name}/{target.name}"),
            hint="exports are never overwritten; rename yours",
        )
    return True
