"""Where lines end and how many brackets stand in records, found by compiled loops that make no mask of the bytes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled

_NEWLINE: Final = ord("\n")
#: `[` and `{` differ in one bit, and nothing else becomes `{` when it is set.
_BRACKET, _BIT = np.uint8(ord("{")), np.uint8(ord("{") ^ ord("["))
#: How many bytes are asked at once whether a line ends among them, and how many a count of one byte can tell of.
_PIECE: Final = 64
_COUNTED: Final = 128


@compiled
def newlines(letters: Any, first: Any, ends: Any) -> Any:
    """Fills `ends` with the places of line feeds in `letters` from `first` on, until there is no room for more.

    Gives how many were found, and the first place that was not looked at. There is room while `ends` has _PIECE places
    left: each byte of a piece in which a line ends writes its place, and the next one writes over it unless it was one.
    """
    count, at = 0, first
    while at < len(letters) and count + _PIECE <= len(ends):
        # A number of turns that is known beforehand makes vectors; the last piece is looked at in any case.
        found = np.uint8(at + _PIECE > len(letters))
        if not found:
            whole = letters[at:]
            for place in range(_PIECE):
                found |= np.uint8(whole[place] == _NEWLINE)
        if found:
            piece = letters[at : at + _PIECE]
            for place in range(len(piece)):
                ends[count] = at + place
                count += piece[place] == _NEWLINE
        at += _PIECE
    return count, at


@compiled
def brackets(letters: Any, begins: Any, ends: Any, counts: Any) -> None:
    """Fills `counts` with how many brackets open in each record `letters[begins[i]:ends[i]]`."""
    for number in range(len(begins)):
        total = 0
        for at in range(begins[number], ends[number], _COUNTED):
            piece = letters[at : min(at + _COUNTED, ends[number])]
            count = np.uint8(0)
            for place in range(len(piece)):
                count = np.uint8(count + np.uint8((piece[place] | _BIT) == _BRACKET))
            total += int(count)
        counts[number] = total


def compile_all() -> None:
    """Compile what lines are cut with. It is kept, so that the next process need not."""
    letters, numbers = np.frombuffer(b"{}\n", dtype=np.uint8), np.zeros(_PIECE, dtype=np.int64)
    newlines(letters, 0, numbers)
    brackets(letters, numbers[:1], numbers[1:2], numbers[2:3])
