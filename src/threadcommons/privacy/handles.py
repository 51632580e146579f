"""Names by which people are mentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .shadow import WORD, Pattern, byte_after, byte_before, places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shadow import Span

_HANDLE: Final = Pattern(
    r"@[A-Za-z0-9_\xe0](?:[A-Za-z0-9_.\-\xe0]{0,62}[A-Za-z0-9_\xe0])?"
    r"(?:@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,200}[A-Za-z0-9])?)?|/?u/[A-Za-z0-9_\-]{3,20}"
)


def handles(shadow: bytes) -> Iterator[Span]:
    """Where handles are: `@name`, `@name@host`, `u/name`."""
    yield from places(_HANDLE, shadow, _alone)


def _alone(shadow: bytes, start: int, stop: int) -> Span | None:
    before = byte_before(shadow, start)
    if before in WORD or before in b"./@-" or byte_after(shadow, stop) in WORD:
        return None
    return start, stop
