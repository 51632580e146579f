"""Words before a number that say what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .shadow import LETTER, WORD, Pattern, line_before

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How far back on its line a number's own word may stand, in code points.
REACH: Final = 40


_EDGE: Final = r"[^A-Za-z0-9\xe0]"


def words(some: Iterable[str]) -> Pattern:
    """A pattern for any of these words, in either case and whole; its group is the word."""
    return Pattern(rf"(?i)(?:\A|{_EDGE})({'|'.join(some)})(?:{_EDGE}|\z)")


def distance(pattern: Pattern, shadow: bytes, start: int, reach: int = REACH) -> int | None:
    """How many code points lie between the last such word before a place and the place; None where there is none."""
    window = line_before(shadow, start, reach)
    begin = start - len(window)
    if begin and shadow[begin - 1] in WORD:  # what reaches in from before is no word of its own
        window = bytes((LETTER,)) + window
    last, at = None, 0
    while (found := pattern.search(window, at)) is not None:
        last = at = found[1][1]
    return None if last is None else len(window) - last
