"""Errors that are not ours, as one line each: what, where, and what to do."""

from __future__ import annotations

import errno
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import click

_FAULT: Final = "(a fault of the program: run it again with --debug, and report what it shows)"
#: What to do about what the system says.
_HINTS: Final = {
    errno.ENOSPC: "make room on the disk and run it again",
    errno.EDQUOT: "make room on the disk and run it again",
    errno.EACCES: "see that you may read and write there",
    errno.EPERM: "see that you may read and write there",
    errno.EROFS: "name a folder that can be written, with --out or --root",
    errno.ENOENT: "see that the path is right",
    errno.EMFILE: "raise the limit of open files, or use fewer workers",
}


def of_usage(error: click.ClickException) -> str:
    """What is wrong with the command line, and which help to read."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "threadcommons"
    return f"{error.format_message().rstrip('.')} ({command} --help shows how)"


def of_system(error: OSError | MemoryError) -> str:
    """What the system refused: a full disk, a missing right, no memory."""
    if isinstance(error, MemoryError):
        return "there is not enough memory (use fewer workers, or lower limits.record_bytes in the recipe)"
    where = f"{_brief(os.fsdecode(error.filename))}: " if error.filename else ""
    hint = _HINTS.get(error.errno or 0, "see that the path can be used, and run it again")
    return f"{where}{error.strerror or type(error).__name__} ({hint})"


def of_fault(error: Exception) -> str:
    """A fault of the program: which, and in which line of which module."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: " if frames else ""
    said = f": {error}" if str(error) else ""
    return f"{at}{type(error).__name__}{said} {_FAULT}"


def _brief(path: str) -> str:
    """A path as short as it can be said from here."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative
