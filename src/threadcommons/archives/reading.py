"""Read members of a container that was surveyed: as streams, with the size and the digest that the survey found."""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ..errors import BadContainer
from ..files import open_plain, shown
from .facts import DEFAULT
from .faults import Fault
from .kinds import HEAD, STREAMS, kind
from .source import Source, Tape
from .unpack import METHODS, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from .facts import Limits, Member

_BUFFER: Final = 256 << 10


@contextmanager
def open_member(path: Path, member: Member, limits: Limits = DEFAULT) -> Iterator[BinaryIO]:
    """A member of the container at `path` as a stream for reading.

    Reading gives exactly the bytes that the survey digested, or raises BadContainer, at the latest at the end. Of a
    compressed tar all that comes before is decompressed: several members are better read with `iter_members`.
    """
    for _, stream in iter_members(path, [member], limits):
        yield stream


def iter_members(path: Path, members: Iterable[Member], limits: Limits = DEFAULT) -> Iterator[tuple[Member, BinaryIO]]:
    """Some members of the container at `path`, in the order of their bytes, in one pass.

    A stream is good until the next one is asked for. Raises BadContainer, UnsafeFile, OSError.
    """
    ordered = sorted(members, key=lambda member: (member.layer, member.layer_offset))
    handle = open_plain(path)
    try:
        size = os.fstat(handle).st_size
        tape = _inner(handle, size, limits)
        for member in ordered:
            pieces = _from_layer(tape, member) if member.layer else _from_file(handle, size, member, limits)
            with io.BufferedReader(_Contents(pieces, member), _BUFFER) as stream:
                yield member, stream
    finally:
        os.close(handle)


def _inner(handle: int, size: int, limits: Limits) -> Tape:
    """The tar that comes out of a file; nothing is read before it is asked for."""
    what = kind(os.pread(handle, HEAD, 0))
    return Tape(unpacked(what, Source(handle, 0, size), limits.window) if what in STREAMS else iter(()))


def _from_layer(tape: Tape, member: Member) -> Iterator[bytes | memoryview]:
    tape.skip(member.layer_offset - tape.offset)
    yield from tape.pieces(member.stored)


def _from_file(handle: int, size: int, member: Member, limits: Limits) -> Iterator[bytes | memoryview]:
    if member.layer_offset + member.stored <= size and member.method in METHODS:
        yield from unpacked(member.method, Source(handle, member.layer_offset, member.stored), limits.window)


class _Contents(io.RawIOBase):
    """Pieces as a file, held against what the survey found."""

    def __init__(self, pieces: Iterator[bytes | memoryview], member: Member) -> None:
        self._pieces = pieces
        self._member = member
        self._piece = memoryview(b"")
        self._left = member.size
        self._digest = sha256()

    def readable(self) -> bool:
        """It is for reading only."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # nothing else is handed in
        """Fill some of `buffer`; nothing at the end. Raises BadContainer."""
        if not self._piece and self._left:
            self._piece = self._next()
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def _next(self) -> memoryview:
        """The next piece, of which nothing is more than was surveyed; the last one only if all was the same."""
        try:
            piece = memoryview(next(self._pieces, b""))[: self._left]
        except Fault:
            piece = memoryview(b"")
        self._left -= len(piece)
        self._digest.update(piece)
        if not piece or (not self._left and self._digest.hexdigest() != self._member.sha256):
            raise BadContainer(
                "what comes out is not what was surveyed",
                where=shown(self._member.name),
                hint="the file was changed meanwhile: begin anew",
            )
        return piece
