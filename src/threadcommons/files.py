"""Careful dealings with the file system.

Exports belong to strangers: they are opened only when they are plain files, never through links. What we
write appears whole or not at all: aside, synced, then renamed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .errors import ThreadCommonsError, UnsafeFile

if TYPE_CHECKING:
    from collections.abc import Iterator


def why_unsafe(path: Path) -> str | None:
    """What keeps `path` from being opened as an export, or None.

    Raises OSError when it cannot be looked at.
    """
    info = path.lstat()
    if stat.S_ISLNK(info.st_mode):
        return "is a symbolic link"
    if not stat.S_ISREG(info.st_mode):
        return "is not a regular file"
    if info.st_nlink != 1:
        return "is shared with another name by a hard link"
    return None


def open_plain(path: Path) -> int:
    """File descriptor for reading a plain file that nobody swapped for a link.

    Raises UnsafeFile or OSError.
    """
    reason = why_unsafe(path)
    if reason:
        raise UnsafeFile(f"the file {reason}", where=shown(path.name), hint="put the file itself there")
    return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)


def read_plain(path: Path) -> bytes:
    """All bytes of a plain file. Raises UnsafeFile or OSError."""
    with os.fdopen(open_plain(path), "rb") as stream:
        return stream.read()


#: Letters and marks that have neither width nor ink; their category does not tell.
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)


def shown(text: str) -> str:
    """`text` fit for a message.

    Control, bidi and other invisible characters as escapes, so nothing can hide.
    """
    if text.isascii() and text.isprintable():  # nearly every text
        return text
    return "".join(
        ch if ch.isprintable() and ch not in _INVISIBLE else ch.encode("unicode_escape", "surrogatepass").decode()
        for ch in text
    )


def fsync_dir(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_file(path: Path) -> None:
    """Make the bytes of a file durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _not_silently(error: OSError) -> None:
    """A folder that cannot be listed is an error; `os.walk` by itself would leave it out."""
    raise error


def fsync_tree(root: Path) -> None:
    """Make a folder with all that is in it durable, from the leaves up."""
    for folder, _, names in os.walk(root, topdown=False, onerror=_not_silently):
        for name in names:
            fsync_file(Path(folder, name))
        fsync_dir(Path(folder))


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that a reader sees the old bytes or the new ones, also after a crash."""
    aside = path.with_name(f".{path.name}.aside")
    with aside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
    fsync_dir(path.parent)


def move_into_place(staged: Path, target: Path) -> None:
    """Rename a finished folder to its name and make that durable. The target must not exist (OSError)."""
    if os.path.lexists(target):  # a rename would silently take the place of an empty folder
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    fsync_tree(staged)
    staged.rename(target)
    fsync_dir(target.parent)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a lock while working in `path`. The system drops it with its owner, so no lock is ever stale."""
    path.mkdir(parents=True, exist_ok=True)
    handle = os.open(path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise ThreadCommonsError(
            "another build is at work here", where=shown(path.name), hint="wait until it has ended"
        ) from None
    try:
        yield
    finally:
        os.close(handle)


def fresh_folder(path: Path) -> Path:
    """An empty folder at `path`; what stood there is removed."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    return path


def list_files(root: Path) -> list[Path]:
    """All below `root` that is not a folder, links to folders included.

    Sorted by name relative to `root`, in the order of code points and never in the locale's. Raises OSError when a
    folder cannot be listed.
    """
    found = [
        Path(folder, name)
        for folder, folders, names in os.walk(root, onerror=_not_silently)
        for name in (*names, *(inner for inner in folders if Path(folder, inner).is_symlink()))
    ]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())
