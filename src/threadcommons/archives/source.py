"""Reading forward: a stretch of a file, or pieces as they come out of a decoder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from .faults import Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from hashlib import _Hash

#: How much is read at a time. Small, because decoders copy what they leave over.
CHUNK: Final = 32 << 10
#: How much is hashed at a time.
BLOCK: Final = 1 << 20


class Source:
    """`length` bytes of an open file from `start` on; the file's own position is left alone.

    `digest` sees every byte once. What a decoder left over can be put back. `offset` counts from `start`.
    """

    def __init__(self, handle: int, start: int, length: int, digest: _Hash | None = None) -> None:
        self._handle = handle
        self._at = start
        self._start = start
        self._end = start + length
        self._digest = digest
        self._back = b""

    @property
    def offset(self) -> int:
        """How many bytes were read and not put back."""
        return self._at - self._start - len(self._back)

    def read(self, most: int = CHUNK) -> bytes:
        """At most so many bytes; none only at the end."""
        if self._back:
            data, self._back = self._back[:most], self._back[most:]
            return data
        return self._fresh(most)

    def put_back(self, data: bytes) -> None:
        """`data`, the last bytes that were read, come again."""
        self._back = data + self._back

    def peek(self, count: int) -> bytes:
        """The next bytes, fewer only at the end; they come again."""
        while len(self._back) < count and (more := self._fresh(CHUNK)):
            self._back += more
        return self._back[:count]

    def after_zeros(self, count: int) -> bytes:
        """Pass over zeros, which pad a file on some devices; the next bytes, which come again."""
        if self._back[:1] in (b"", b"\0"):
            self._back = self._back.lstrip(b"\0")
            while not self._back and (more := self._fresh(CHUNK)):
                self._back = more.lstrip(b"\0")
        return self.peek(count)

    def exactly(self, count: int) -> bytes:
        """So many bytes. Raises Fault at the end."""
        data = self.read(count)
        while len(data) < count:
            more = self.read(count - len(data))
            if not more:
                raise cut_short()
            data += more
        return data

    def drain(self) -> None:
        """Read all that is left, for the sake of the digest."""
        self._back = b""
        while self._fresh(BLOCK):
            pass

    def _fresh(self, most: int) -> bytes:
        data = os.pread(self._handle, min(most, self._end - self._at), self._at)
        self._at += len(data)
        if self._digest:
            self._digest.update(data)
        return data


class Tape:
    """Pieces as one stream. A stream that is cut short ends where it does, and `fault` says so.

    Whatever else is wrong with it is wrong with all that it holds: Refusal is raised.
    """

    def __init__(self, pieces: Iterator[bytes], digest: _Hash | None = None) -> None:
        self._pieces = pieces
        self._digest = digest
        self._piece = memoryview(b"")
        self.offset = 0
        self.fault: Fault | None = None

    def read(self, most: int) -> memoryview:
        """At most so many bytes; none only at the end."""
        if not self._piece:
            self._piece = self._next()
        data = self._piece[:most]
        self._piece = self._piece[most:]
        self.offset += len(data)
        return data

    def upto(self, count: int) -> bytes:
        """So many bytes, fewer only at the end."""
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """So many bytes, fewer only at the end, piece by piece."""
        while count > 0 and (data := self.read(count)):
            count -= len(data)
            yield data

    def skip(self, count: int) -> int:
        """Pass over so many bytes; how many there were."""
        return sum(len(data) for data in self.pieces(count))

    def peek(self, count: int) -> bytes:
        """The next bytes, fewer only at the end; they come again."""
        while len(self._piece) < count and (more := self._next()):
            self._piece = memoryview(self._piece.tobytes() + more.tobytes())
        return self._piece[:count].tobytes()

    def rest(self) -> Iterator[memoryview]:
        """All that is left."""
        while data := self.read(BLOCK):
            yield data

    def _next(self) -> memoryview:
        try:
            piece = next(self._pieces, b"")
        except Fault as fault:
            if fault.code != "container.truncated":
                raise Refusal(fault.code, fault.detail) from None
            self.fault, piece = fault, b""
        if self._digest:
            self._digest.update(piece)
        return memoryview(piece)


def cut_short() -> Fault:
    """What is said of all that ends before its end."""
    return Fault("container.truncated", "it ends before its end")
