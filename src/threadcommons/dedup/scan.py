"""Loops over the bytes of many texts: folding, words, and the minima of their shingles.

All are plain loops over arrays of integers, compiled when they are first called. Kinds of characters are those of
`characters`, which stand here because numba would not notice if they changed in another module.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

#: Kinds of characters; the first two end no word.
WORD, DROPPED, SEPARATOR, LONE = range(4)
#: Bits of the classes of bytes: what is in a word, what is in an address.
IN_WORD, IN_ADDRESS = 1, 2
#: What is known of a text before it is folded: every character by itself, not so, or that somebody has to tell first.
PLAIN, CAREFUL, UNTOLD = range(3)
#: A fold of a character: its bytes from the lowest on, and above them how many there are. No byte: not by itself.
FOLD_SIZE: Final = np.uint64(56)
_BYTE: Final = np.uint64(0xFF)
#: How much a word says in thirds of one, and from how many bytes on it is hashed by somebody else.
_WHOLE: Final = 3
_LONG: Final = 32

_SPACE, _TAB, _NEWLINE, _QUOTE = ord(" "), ord("\t"), ord("\n"), ord(">")
_COLON, _SLASH, _AT = ord(":"), ord("/"), ord("@")

#: 2 ** 64 divided by the golden ratio, and the constants of the splitmix64 finaliser.
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
_ONE: Final = np.uint64(1)
_EIGHT: Final = np.uint64(8)


# -- folding -------------------------------------------------------------------------------------------------------


@part
def _size(first: Any) -> Any:
    """How many bytes a character has that begins with this byte above ASCII; 0: none begins with it."""
    if first < 0xC2 or first > 0xF4:
        return 0
    return 2 + (first >= 0xE0) + (first >= 0xF0)


@part
def _point(data: Any, at: Any, size: Any) -> Any:
    """The code point of the character of so many bytes at a place."""
    first, second = np.int64(data[at]), np.int64(data[at + 1]) & 0x3F
    if size == 2:
        return (first & 0x1F) << 6 | second
    third = np.int64(data[at + 2]) & 0x3F
    if size == 3:
        return (first & 0x0F) << 12 | second << 6 | third
    return (first & 0x07) << 18 | second << 12 | third << 6 | (np.int64(data[at + 3]) & 0x3F)


@part
def _is_spelt(data: Any, at: Any, size: Any, point: Any) -> Any:
    """Whether the bytes after the first are such bytes, and no fewer would do."""
    sound = (data[at + 1] & 0xC0) == 0x80
    sound &= size < 3 or ((data[at + 2] & 0xC0) == 0x80 and point >= 0x800)
    sound &= size < 4 or ((data[at + 3] & 0xC0) == 0x80 and 0x10000 <= point < 0x110000)
    return sound


@part
def _look(text: Any, folds: Any, told: Any) -> Any:
    """What is known of a text, and how many bytes it has once folded, at most."""
    high, at, room = np.uint8(0), 0, np.int64(0)
    for place in range(len(text)):
        high |= text[place]
    if high < 0x80:
        return PLAIN, len(text)
    while at < len(text):
        if text[at] < 0x80:
            room += 1
            at += 1
            continue
        size = _size(text[at])
        if not size or at + size > len(text):
            return CAREFUL, 0
        point = _point(text, at, size)
        if not _is_spelt(text, at, size, point):
            return CAREFUL, 0
        length = np.int64(folds[point] >> FOLD_SIZE)
        if not length:
            return CAREFUL if told[point] else UNTOLD, 0
        room += length
        at += size
    return PLAIN, room


@compiled
def look(data: Any, starts: Any, folds: Any, told: Any, known: Any) -> Any:
    """Fills `known` for the texts `data[starts[i]:starts[i + 1]]`; gives how many bytes those have that are PLAIN.

    `folds` has the fold of each code point, `told` whether somebody was asked for it.
    """
    room = 0
    for number in range(len(known)):
        known[number], more = _look(data[starts[number] : starts[number + 1]], folds, told)
        room += more
    return room


@part
def _is_space(byte: Any) -> Any:
    """Whether a byte is white space, without a branch: loops over it are made of vectors."""
    return ((byte >= 9) & (byte <= 13)) | ((byte >= 28) & (byte <= 32))


@part
def _is_tidy(text: Any) -> Any:
    """Whether a text is ASCII without quotes, and without white space at its beginning or twice in a row."""
    odd = np.uint8(0)
    if not len(text) or _is_space(text[0]):
        return False
    for place in range(len(text)):
        odd |= (text[place] >= 0x80) | (text[place] == _QUOTE)
    for place in range(0 if odd else len(text) - 1):
        odd |= _is_space(text[place]) & _is_space(text[place + 1])
    return odd == 0


@part
def _put_tidy(text: Any, out: Any) -> None:
    """Write a tidy text."""
    for place in range(len(text)):
        byte = text[place]
        small = byte | np.uint8(0x20) if (byte >= 0x41) & (byte <= 0x5A) else byte
        out[place] = np.uint8(_SPACE) if _is_space(byte) else small


@part
def _is_quoted(data: Any, at: Any, end: Any) -> Any:
    """Whether the line that begins here is marked as quoted, with up to three spaces before the mark."""
    for _ in range(4):
        if at < end and data[at] == _QUOTE:
            return True
        if at >= end or not (data[at] == _SPACE or data[at] == _TAB):
            return False
        at += 1
    return False


@part
def _put_line(data: Any, at: Any, end: Any, folds: Any, lower: Any, out: Any, size: Any) -> Any:
    """Write a line; gives where the next one begins, and the place behind what is written."""
    spaced = out[size - 1] == _SPACE
    while at < end:
        byte = data[at]
        if byte < 0x80:
            out[size] = lower[byte]
            space = lower[byte] == _SPACE
            size += 1 - (space & spaced)
            spaced = space
            at += 1
            if byte == _NEWLINE:
                break
            continue
        length = _size(byte)
        value = folds[_point(data, at, length)]
        at += length
        length = np.int64(value >> FOLD_SIZE)
        space = length == 1 and value & _BYTE == _SPACE
        if space and spaced:
            continue
        spaced = space
        for _ in range(length):
            out[size] = np.uint8(value & _BYTE)
            value >>= _EIGHT
            size += 1
    return at, size


@compiled
def fold(
    data: Any, starts: Any, known: Any, folds: Any, lower: Any, others: Any, ends: Any, out: Any, places: Any
) -> None:
    """Write the texts `data[starts[i]:starts[i + 1]]` folded, without quoted lines, with one space around each.

    Those that are not PLAIN stand folded in `others`, one after another: each to its place in `ends`. Text `i` begins
    at `places[i]` of `out`, and the last place is that behind them all.
    """
    out[0] = _SPACE
    size, other = 1, 0
    for number in range(len(known)):
        places[number] = size
        at, end = starts[number], starts[number + 1]
        if known[number] == PLAIN and _is_tidy(data[at:end]):
            _put_tidy(data[at:end], out[size : size + end - at])
            size += end - at
        elif known[number] == PLAIN:
            while at < end:
                if _is_quoted(data, at, end):
                    while at < end and data[at] != _NEWLINE:
                        at += 1
                    at += 1
                else:
                    at, size = _put_line(data, at, end, folds, lower, out, size)
        else:
            at = ends[other - 1] if other else 0
            for place in range(at, ends[other]):
                out[size] = others[place]
                size += 1
            other += 1
        if out[size - 1] != _SPACE:
            out[size] = _SPACE
            size += 1
    places[len(known)] = size


# -- words ---------------------------------------------------------------------------------------------------------


@part
def _mixed(value: Any) -> Any:
    """The splitmix64 finaliser: every bit of the input moves every bit of the result."""
    value = (value ^ (value >> _SHIFT_1)) * _MIX_1
    value = (value ^ (value >> _SHIFT_2)) * _MIX_2
    return value ^ (value >> _SHIFT_3)


@part
def _hash(eights: Any, at: Any, stop: Any) -> Any:
    """The hash of the bytes from `at` to `stop`; `eights` has the eight bytes from each place on as one number."""
    value, past = _STEP, False
    while stop - at >= 8:
        value = _mixed(value * _STEP ^ eights[at] if past else value + eights[at])
        at, past = at + 8, True
    piece = eights[at] & ((_ONE << (_EIGHT * np.uint64(stop - at))) - _ONE)
    return _mixed(value * _STEP ^ piece if past else value + piece)


@part
def _squeezed(data: Any, at: Any, stop: Any, kinds: Any, spare: Any) -> Any:
    """Copy a word without its invisible characters, as far as there is room; gives how many bytes it has."""
    count = 0
    while at < stop:
        size = 1 if data[at] < 0x80 else _size(data[at])
        if size == 1 or kinds[_point(data, at, size)] != DROPPED:
            for step in range(size):
                if count < _LONG:
                    spare[count] = data[at + step]
                count += 1
        at += size
    return count


@part
def _after_address(data: Any, at: Any, classes: Any) -> Any:
    """Where the address ends whose `://` stands here, behind its last letter or digit; and where one could end."""
    last = at
    while classes[data[at]] & IN_ADDRESS:
        at += 1
        if classes[data[at - 1]] & IN_WORD:
            last = at
    return last, at


@compiled
def words(
    data: Any, eights: Any, starts: Any, classes: Any, kinds: Any, spare: Any,
    hashes: Any, firsts: Any, weights: Any, long: Any,
) -> Any:  # fmt: skip
    """Words of folded texts: fills `hashes`, those of text `i` from `firsts[i]` on, and `weights`.

    `classes` has the bits of each byte, `kinds` the kind of each code point. `spare` are some bytes, and the same as
    `eights` are of `data`. Words of 32 bytes or more are not hashed: `long` gets number, begin and end of each. Gives
    how many these are.
    """
    count, longer = 0, 0
    for number in range(len(weights)):
        firsts[number] = count
        at, end, tried = starts[number], starts[number + 1] - 1, 0
        begin, gaps, silent, weight = -1, False, False, 0
        while at <= end:
            first = at
            while classes[data[at]] & IN_WORD:
                at += 1
            begin = first if begin < 0 and at > first else begin
            kind, size = SEPARATOR, 1
            if data[at] >= 0x80:
                size = _size(data[at])
                kind = kinds[_point(data, at, size)]
                if kind <= DROPPED:
                    begin = at if begin < 0 and kind == WORD else begin
                    gaps |= kind == DROPPED
                    at += size
                    continue
            elif data[at] == _COLON and at >= tried and data[at + 1] == _SLASH and data[at + 2] == _SLASH:
                last, tried = _after_address(data, at, classes)
                if last > at:
                    begin, silent, at = at if begin < 0 else begin, True, last
                    continue
            if begin >= 0:
                length = _squeezed(data, begin, at, kinds, spare[0]) if gaps else at - begin
                if length >= _LONG:
                    long[longer, 0], long[longer, 1], long[longer, 2] = count, begin, at
                    longer += 1
                elif gaps:
                    hashes[count] = _hash(spare[1], 0, length)
                else:
                    hashes[count] = _hash(eights, begin, at)
                weight += 0 if silent or data[begin] == _AT else _WHOLE
                count += 1
                begin, silent = -1, False
            gaps = False
            if kind == LONE:
                hashes[count] = _hash(eights, at, at + size)
                weight += 1
                count += 1
            at += size
        weights[number] = weight
    firsts[len(weights)] = count
    return longer


@compiled
def windows(hashes: Any, starts: Any, chosen: Any, width: Any, values: Any) -> None:
    """Fills `values` with the windows of `width` words in a row of the chosen texts."""
    count = 0
    for number in range(len(chosen)):
        if chosen[number]:
            for at in range(starts[number], starts[number + 1] - width + 1):
                value = hashes[at]
                for step in range(1, width):
                    value = value * _STEP + hashes[at + step]
                values[count] = _mixed(value)
                count += 1


# -- minima --------------------------------------------------------------------------------------------------------


@compiled
def minima(values: Any, starts: Any, factors: Any, least: Any, found: Any) -> None:
    """Fills `found`, one row a permutation, with the smallest of each text's values times the row's factor.

    `least` is room for one value a permutation.
    """
    for number in range(len(starts) - 1):
        for row in range(len(factors)):
            least[row] = np.uint32(0xFFFFFFFF)
        for place in range(starts[number], starts[number + 1]):
            value = np.uint32(values[place])
            # All permutations of one value, and not the other way round: vectors are full however short the text.
            for row in range(len(factors)):
                least[row] = min(least[row], np.uint32(value * factors[row]))
        for row in range(len(factors)):
            found[row, number] = least[row]
