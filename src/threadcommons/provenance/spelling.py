"""The spelling of rows, put together by compiled loops: column by column, each row into its own stretch of one buffer.

What the pieces are, and in which order, is told by `rowdigest`; here is how they get beside each other. Every kind of
piece has two loops: one adds to the sizes of the rows, the other writes and moves on.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

_TEN: Final = np.uint64(10)
_ONE: Final = np.uint64(1)
_ZERO: Final = np.uint64(ord("0"))
_COLON: Final = np.uint8(ord(":"))
_COMMA: Final = np.uint8(ord(","))
_ABSENT: Final = np.uint8(ord("-"))
_OPEN: Final = np.uint8(ord("["))
_CLOSE: Final = np.uint8(ord("]"))


@part
def _n_digits(number: Any) -> Any:
    """How many decimal digits a number has that is not negative."""
    count = 1
    while number >= _TEN:
        number //= _TEN
        count += 1
    return count


@part
def _put_digits(number: Any, count: Any, out: Any, at: Any) -> Any:
    """Write so many digits at a place; gives the place behind them."""
    for back in range(count):
        out[at + count - 1 - back] = np.uint8(_ZERO + number % _TEN)
        number //= _TEN
    return at + count


@part
def _put_letters(letters: Any, first: Any, last: Any, out: Any, at: Any) -> Any:
    """Write letters at a place; gives the place behind them."""
    source, place = letters[first:last], out[at : at + last - first]
    for step in range(len(source)):
        place[step] = source[step]
    return at + len(source)


@part
def _size(number: Any) -> Any:
    """How far from zero a whole number is; the lowest has no opposite."""
    if number >= 0:
        return np.uint64(number)
    return np.uint64(-(number + 1)) + _ONE


@compiled
def text_sizes(starts: Any, stops: Any, there: Any, sizes: Any) -> None:
    """What texts add: `starts` and `stops` are where in their letters each begins and ends, `there` whether it is."""
    for row in range(len(sizes)):
        if there[row]:
            length = stops[row] - starts[row]
            sizes[row] += length + _n_digits(np.uint64(length)) + 2
        else:
            sizes[row] += 1


@compiled
def put_texts(letters: Any, starts: Any, stops: Any, there: Any, out: Any, ends: Any) -> None:
    """Write texts as netstrings where the rows end so far."""
    for row in range(len(ends)):
        at = ends[row]
        if there[row]:
            first, last = starts[row], stops[row]
            at = _put_digits(np.uint64(last - first), _n_digits(np.uint64(last - first)), out, at)
            out[at] = _COLON
            at += 1
            at = _put_letters(letters, first, last, out, at)
            out[at] = _COMMA
        else:
            out[at] = _ABSENT
        ends[row] = at + 1


@compiled
def number_sizes(numbers: Any, there: Any, sizes: Any) -> None:
    """What whole numbers add, as decimal text."""
    for row in range(len(sizes)):
        if there[row]:
            length = _n_digits(_size(numbers[row])) + (numbers[row] < 0)
            sizes[row] += length + _n_digits(np.uint64(length)) + 2
        else:
            sizes[row] += 1


@compiled
def put_numbers(numbers: Any, there: Any, out: Any, ends: Any) -> None:
    """Write whole numbers, as decimal text, as netstrings where the rows end so far."""
    for row in range(len(ends)):
        at = ends[row]
        if there[row]:
            size, negative = _size(numbers[row]), numbers[row] < 0
            count = _n_digits(size)
            length = np.uint64(count + negative)
            at = _put_digits(length, _n_digits(length), out, at)
            out[at] = _COLON
            at += 1
            if negative:
                out[at] = _ABSENT  # the sign of minus is that of nothing
                at += 1
            at = _put_digits(size, count, out, at)
            out[at] = _COMMA
        else:
            out[at] = _ABSENT
        ends[row] = at + 1


@compiled
def put_spelt(letters: Any, starts: Any, stops: Any, out: Any, ends: Any) -> None:
    """Write what is spelt already, and where in `letters` each row has it, where the rows end so far."""
    for row in range(len(ends)):
        ends[row] = _put_letters(letters, starts[row], stops[row], out, ends[row])


@compiled
def list_sizes(counts: Any, starts: Any, stops: Any, sizes: Any) -> None:
    """What lists add: how many items each has, less than none where there is no list, and where these are spelt."""
    for row in range(len(sizes)):
        if counts[row] >= 0:
            sizes[row] += _n_digits(np.uint64(counts[row])) + 2 + stops[row] - starts[row]
        else:
            sizes[row] += 1


@compiled
def put_lists(letters: Any, counts: Any, starts: Any, stops: Any, out: Any, ends: Any) -> None:
    """Write lists, whose items are spelt already in `letters`, where the rows end so far."""
    for row in range(len(ends)):
        at = ends[row]
        if counts[row] >= 0:
            count = np.uint64(counts[row])
            at = _put_digits(count, _n_digits(count), out, at)
            out[at] = _OPEN
            at = _put_letters(letters, starts[row], stops[row], out, at + 1)
            out[at] = _CLOSE
        else:
            out[at] = _ABSENT
        ends[row] = at + 1


@compiled
def put_same(letters: Any, out: Any, ends: Any) -> None:
    """Write the same behind every row."""
    for row in range(len(ends)):
        ends[row] = _put_letters(letters, 0, len(letters), out, ends[row])
