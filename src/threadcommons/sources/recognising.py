"""Which format a file is, told from what is in it; of a container, from what is in its members."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import re2

from ..archives import HEAD, STREAMS, kind, open_member, survey
from ..files import open_plain
from .base import Head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ..archives import Member, Survey
    from .base import Reader

#: How much of a file is looked at to recognise it.
HEAD_BYTES: Final = 64 * 1024
#: How many members of a container are looked at.
_MEMBERS: Final = 200


def head_of(path: Path) -> Head:
    """What can be seen of a file without reading it. Raises UnsafeFile, OSError."""
    with os.fdopen(open_plain(path), "rb") as stream:
        start, size = stream.read(HEAD_BYTES), os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size - HEAD_BYTES))
        return Head(path.name, start, size, stream.read(HEAD_BYTES))


def recognised(head: Head, readers: Iterable[Reader]) -> list[tuple[Reader, str]]:
    """The readers that know a file by what was seen of it; those that come last are asked when no other knows it."""
    ordered = sorted(readers, key=lambda reader: reader.name)
    for last in (False, True):
        asked = [reader for reader in ordered if reader.last == last]
        found = [(reader, reason) for reader in asked if (reason := reader.recognise(head))]
        if found:
            return found
    return []


def recognise(path: Path, readers: Sequence[Reader]) -> list[tuple[Reader, str]]:
    """The readers that know a file by its content, each with its reason, in order of name. Raises UnsafeFile, OSError.

    Formats that know their files by name are asked first about a container, so that of an account's archive nothing
    else is opened.
    """
    head = head_of(path)
    if kind(head.start[:HEAD]) is None:
        return recognised(head, readers)
    for tier in ([r for r in readers if knows_names(r)], [r for r in readers if not knows_names(r)]):
        found = _inside(path, tier)
        if found:
            return found
    return []


#: Names that many formats could have: a reader that would open one of them does not know its files by name.
_ANY_NAMES: Final = ("a.json", "a.jsonl", "a.csv", "a.txt", "a.xml", "a")


def knows_names(reader: Reader) -> bool:
    """Whether a reader knows its files by their names, and so keeps away from what lies beside them."""
    return not any(may_open(reader, name) for name in _ANY_NAMES)


def may_open(reader: Reader, name: str) -> bool:
    """Whether a reader may open a file of this name in a folder or an archive."""
    return any(re2.fullmatch(pattern, name) for pattern in reader.opens)


def _inside(path: Path, readers: Sequence[Reader]) -> list[tuple[Reader, str]]:
    """The readers that know a member of a container which they may open."""
    opens = sorted({pattern for reader in readers for pattern in reader.opens})
    found = survey(path, opens) if opens else None
    if found is not None and _is_cut_before_all(found):
        return recognised(Head(PurePosixPath(path.stem).name, b"", found.layers[0].size), readers)
    members = found.members[:_MEMBERS] if found is not None else ()
    known: dict[str, tuple[Reader, str]] = {}
    for member in members:
        # A compressed file's one member has only the name that its file happens to have.
        asked = readers if len(members) == 1 else [reader for reader in readers if may_open(reader, member.name)]
        for reader, reason in recognised(_head_in(path, member), asked):
            known.setdefault(reader.name, (reader, f"{member.name}: {reason}"))
    sure = [name for name in sorted(known) if not known[name][0].last]
    return [known[name] for name in sure or sorted(known)]


def _is_cut_before_all(found: Survey) -> bool:
    """Whether a compressed file ends before the first of its bytes came out: only its name can still be known."""
    codes = {record.code for record in found.layers[0].records}
    return found.kind in STREAMS and not found.members and codes == {"container.truncated"}


def _head_in(path: Path, member: Member) -> Head:
    with open_member(path, member) as stream:
        return Head(PurePosixPath(member.name).name, stream.read(HEAD_BYTES), member.size)
