"""The compiled loop that looks for marks: runs of bytes, each out of a set, with which matches begin."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

#: Places that are looked at before it is asked whether any has a mark.
_AT_ONCE: Final = 4


@part
def _next(data: Any, at: Any, stop: Any, first: Any, second: Any, third: Any, left: Any) -> Any:
    """From `at` on in steps of _AT_ONCE: the next whose places may have a mark; or one near the end."""
    one, two = data[np.uintp(at)], data[np.uintp(at + 1)]
    while at < stop - _AT_ONCE - 1:
        some = np.uint64(0)
        for step in range(2, _AT_ONCE + 2):
            byte = data[np.uintp(at + step)]
            some |= first[one] & second[two] & third[byte]
            one, two = two, byte
        if some & left:
            break
        at += _AT_ONCE
    return at


@part
def _stands(data: Any, at: Any, sets: Any, mark: Any, length: Any) -> Any:
    """Whether all bytes of a mark but the first are there."""
    step = 1
    while step < length and sets[mark, step, data[np.uintp(at + step)]]:
        step += 1
    return step == length


@compiled
def scan(data: Any, starts: Any, marks: Any, groups: Any, found: Any) -> None:
    """Fills `found` with the facts, as bits, that the marks in the texts `data[starts[i]:starts[i + 1]]` tell.

    `marks` and `groups` are those of `marks.Tables`.
    """
    sets, lengths, bits, own, order, ranges = marks
    first, second, third = groups
    for number in range(len(found)):
        at, stop = starts[number], starts[number + 1]
        known, left = np.uint64(0), ~np.uint64(0)
        while at < stop:
            if at + 2 < stop:
                at = _next(data, at, stop, first, second, third, left)
            for place in range(at, min(at + _AT_ONCE, stop)):
                byte, some = data[np.uintp(place)], left
                if place + 2 < stop:
                    some &= first[byte] & second[data[np.uintp(place + 1)]] & third[data[np.uintp(place + 2)]]
                for nth in range(ranges[byte], ranges[byte + 1] if some else 0):
                    mark = order[nth]
                    length = lengths[mark]
                    if some & own[mark] and place + length <= stop and _stands(data, place, sets, mark, length):
                        known |= bits[mark]
                        left &= ~own[mark]
            at += _AT_ONCE
        found[number] = known
