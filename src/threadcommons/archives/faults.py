"""Why bytes are not read on, and the counting that finds it out. Nothing of this leaves the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from .facts import Limits
    from .source import Source


class Fault(Exception):
    """Something is wrong with one member or stream: a code of the table of findings, and what was found."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class Refusal(Fault):
    """Something is wrong with the container: nothing of it is read."""


class Meter:
    """Counts what goes in and what comes out, of one stream after the other."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._went_in = 0
        self._came_out = 0

    def counted(self, pieces: Iterable[bytes], source: Source) -> Generator[bytes]:
        """The same pieces, which come out of `source`, as long as they are within the limits.

        Raises Fault for too much from so little, Refusal for too much from all.
        """
        came_out = 0
        start = source.offset
        try:
            for piece in pieces:
                came_out += len(piece)
                self._came_out += len(piece)
                went_in = source.offset - start
                if self.multiplied(came_out, went_in):
                    raise Fault("container.bomb", f"more than {self._limits.ratio} times what went in")
                if self._came_out > self._limits.total:
                    raise Refusal("container.too-large", f"more than {self._limits.total} bytes in all")
                if self.multiplied(self._came_out, self._went_in + went_in):
                    raise Refusal("container.bomb", f"more than {self._limits.ratio} times what went in, in all")
                yield piece
        finally:
            self._went_in += source.offset - start

    def multiplied(self, came_out: int, went_in: int) -> bool:
        """Whether so much comes out of so little that somebody meant it."""
        return came_out > self._limits.free and came_out > self._limits.ratio * went_in
