"""Readers: one file per format, registered in one table.

To add a platform, write `sources/<format>.py` with a `READER` and add a line to `READERS`; nothing else
changes.
"""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..files import open_plain
from . import jsonl, stackexchange, thread_text
from .base import Batch, Cut, Head, Option, Parsed, Reader, Refusal, again, judged, local_id, read
from .declaration import Declaration, read_declaration, source_folders
from .pointers import batch_of, read_pointers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..model import Export

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        jsonl.READER,
        stackexchange.READER,
        thread_text.READER,
    )
}

#: How much of a file is looked at to recognise it.
HEAD_BYTES = 64 * 1024


def recognise(path: Path) -> list[tuple[Reader, str]]:
    """The readers that know a file by its content, each with its reason, in order of name.

    Raises UnsafeFile, OSError.
    """
    with os.fdopen(open_plain(path), "rb") as stream:
        head = Head(path.name, stream.read(HEAD_BYTES), os.fstat(stream.fileno()).st_size)
    found = [(reader, reader.recognise(head)) for _, reader in sorted(READERS.items())]
    return [(reader, reason) for reader, reason in found if reason]


@contextmanager
def open_export(export: Export) -> Iterator[tuple[Any, int]]:
    """The bytes of an export, mapped read-only, and how many there are. Raises UnsafeFile or OSError."""
    handle = open_plain(export.path)
    try:
        size = os.fstat(handle).st_size
        if size == 0:
            yield b"", 0
            return
        with mmap.mmap(handle, size, access=mmap.ACCESS_READ) as data:
            yield data, size
    finally:
        os.close(handle)


def options_problems(reader: Reader, options: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the options given to a reader: (option, sentence)."""
    known = {option.name: option for option in reader.options}
    unknown = [
        (name, f"{reader.name} has no such option; it has {', '.join(known) or 'none'}")
        for name in options
        if name not in known
    ]
    wrong = [
        (name, f"must be {known[name].kind.__name__}: {known[name].means}")
        for name, value in options.items()
        if name in known and not isinstance(value, known[name].kind)
    ]
    missing = [
        (name, f"is needed: {option.means}")
        for name, option in known.items()
        if option.required and name not in options
    ]
    return [*unknown, *wrong, *missing]


__all__ = [
    "READERS",
    "Batch",
    "Cut",
    "Declaration",
    "Head",
    "Option",
    "Parsed",
    "Reader",
    "Refusal",
    "again",
    "batch_of",
    "judged",
    "local_id",
    "open_export",
    "options_problems",
    "read",
    "read_declaration",
    "read_pointers",
    "recognise",
    "source_folders",
]
