"""Where the texts of many JSON records are, found by compiled loops without making one object.

The loops know a subset of JSON: an object whose members are texts, objects of texts, lists of texts, and lists of
objects of texts, under keys that are known. What is outside of it (a number, another key, a key that stands twice, an
escape that stands for half a character, bytes that are no UTF-8, whatever is broken) makes a record doubtful, and
somebody else looks at it. So the answer is one-sided: a record that is sure is read as any JSON decoder reads it.

A shape is a tuple of arrays (see `json_columns.Shape`): the letters of all keys and where each begins; what kind of
value each has, whether that may be null, its slot and what is inside of it; the first key of each object, and which
keys it must have.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

#: What the value of a key is.
TEXT, OBJECT, TEXTS, OBJECTS = range(4)
#: Not there, or null, in place of a size or a count.
ABSENT: Final = -1
#: What is said of one record: read, left to others, or there is no room for its items.
_SURE, _DOUBTFUL, _FULL = range(3)
#: In place of the end of a list whose items have no room.
_NO_ROOM: Final = -2

_QUOTE, _BACKSLASH, _COLON, _COMMA = 0x22, 0x5C, 0x3A, 0x2C
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_U, _N, _L = 0x75, 0x6E, 0x6C
#: Halves of characters beyond the first plane, of which two make one.
_HIGH, _LOW, _AFTER = 0xD800, 0xDC00, 0xE000
#: What a hexadecimal digit is worth, by byte; -1 for what is none.
_DIGIT: Final = np.full(256, -1, dtype=np.int64)
_DIGIT[list(b"0123456789abcdefABCDEF")] = [*range(16), *range(10, 16)]
#: The letter behind a backslash -> what both stand for, by byte; 0 for what is no such letter.
_STANDS_FOR: Final = np.zeros(256, dtype=np.uint8)
_STANDS_FOR[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
#: Keys of one object are marked as bits of one number.
MOST_KEYS: Final = 63


@part
def _solid(letters: Any, at: Any, end: Any) -> Any:
    """The first place from `at` on that is no white space."""
    while at < end and (letters[at] == 0x20 or letters[at] == 0x0A or letters[at] == 0x0D or letters[at] == 0x09):
        at += 1
    return at


@part
def _hex(letters: Any, at: Any, end: Any) -> Any:
    """The number that four hexadecimal digits spell, or -1."""
    if at + 4 > end:
        return -1
    number = 0
    for place in range(at, at + 4):
        digit = _DIGIT[letters[place]]
        if digit < 0:
            return -1
        number = number * 16 + digit
    return number


@part
def _pair(letters: Any, at: Any, end: Any) -> Any:
    """As `_escape`, for one that is the first half of a character: the second half has to follow it."""
    if at + 7 >= end or letters[at + 6] != _BACKSLASH or letters[at + 7] != _U:
        return 0, 0
    return (12, 4) if _LOW <= _hex(letters, at + 8, end) < _AFTER else (0, 0)


@part
def _escape(letters: Any, at: Any, end: Any) -> Any:
    """How long the escape is whose backslash stands at `at`, and how many bytes it stands for; (0, 0) for no escape."""
    if at + 1 >= end:
        return 0, 0
    if letters[at + 1] != _U:
        return (2, 1) if _STANDS_FOR[letters[at + 1]] else (0, 0)
    point = _hex(letters, at + 2, end)
    if _HIGH <= point < _LOW:
        return _pair(letters, at, end)
    if point < 0 or _LOW <= point < _AFTER:
        return 0, 0
    return 6, 1 if point < 0x80 else 2 if point < 0x800 else 3


@part
def _beyond(letters: Any, at: Any, end: Any) -> Any:
    """How many bytes the character above ASCII has that begins here, or 0 where no such character is."""
    first = letters[at]
    if first < 0xC2 or first > 0xF4:
        return 0
    length = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
    if at + length > end:
        return 0
    for place in range(at + 1, at + length):
        if letters[place] & 0xC0 != 0x80:
            return 0
    second = letters[at + 1]
    overlong = (first == 0xE0 and second < 0xA0) or (first == 0xF0 and second < 0x90)
    outside = (first == 0xED and second >= 0xA0) or (first == 0xF4 and second >= 0x90)
    return 0 if overlong or outside else length


@part
def _text(letters: Any, at: Any, end: Any) -> Any:
    """Where the text ends that begins at `at`, behind its quote, and how many bytes it has; (-1, 0) for no text."""
    begin, saved = at, 0
    while at < end:
        letter = letters[at]
        if letter == _QUOTE:
            return at, at - begin - saved
        if letter == _BACKSLASH:
            length, stands_for = _escape(letters, at, end)
            if length == 0:
                return -1, 0
            at += length
            saved += length - stands_for
        elif letter >= 0x80:
            length = _beyond(letters, at, end)
            if length == 0:
                return -1, 0
            at += length
        elif letter >= 0x20:
            at += 1
        else:
            return -1, 0
    return -1, 0


@part
def _is_null(letters: Any, at: Any, end: Any) -> Any:
    return (
        at + 4 <= end
        and letters[at] == _N
        and letters[at + 1] == _U
        and letters[at + 2] == _L
        and letters[at + 3] == _L
    )


@part
def _spelt(letters: Any, at: Any, end: Any, shape: Any, key: Any) -> Any:
    """Where a key ends that stands at `at`, if it is this one and its quote follows, else -1."""
    key_letters, key_begins = shape[0], shape[1]
    first, length = key_begins[key], key_begins[key + 1] - key_begins[key]
    if at + length >= end or letters[at + length] != _QUOTE:
        return -1
    for step in range(length):
        if letters[at + step] != key_letters[first + step]:
            return -1
    return at + length


@part
def _key(letters: Any, at: Any, end: Any, shape: Any, node: Any, guess: Any) -> Any:
    """The key of an object that stands at `at`, and where its value begins; (-1, -1) where there is none.

    `guess` is the key that is likely to stand here: records have theirs in the same order, mostly.
    """
    nodes = shape[6]
    if at >= end or letters[at] != _QUOTE:
        return -1, -1
    found, stop = -1, -1
    if nodes[node] <= guess < nodes[node + 1]:
        stop = _spelt(letters, at + 1, end, shape, guess)
        found = guess if stop >= 0 else -1
    key = nodes[node]
    while found < 0 and key < nodes[node + 1]:
        stop = _spelt(letters, at + 1, end, shape, key)
        if stop >= 0:
            found = key
        key += 1
    if found < 0:
        return -1, -1
    at = _solid(letters, stop + 1, end)
    if at >= end or letters[at] != _COLON:
        return -1, -1
    return found, _solid(letters, at + 1, end)


@part
def _after(letters: Any, at: Any, end: Any, close: Any) -> Any:
    """What follows a member or an item that ends at `at`: (1, place of the next one), (0, behind the end), (-1, -1)."""
    at = _solid(letters, at, end)
    if at < end and letters[at] == _COMMA:
        return 1, _solid(letters, at + 1, end)
    if at < end and letters[at] == close:
        return 0, at + 1
    return -1, -1


@part
def _put_text(letters: Any, at: Any, end: Any, slot: Any, place: Any, spans: Any) -> Any:
    """Note where the text is that begins at `at` with its quote; gives the place behind it, or -1."""
    if at >= end or letters[at] != _QUOTE:
        return -1
    stop, size = _text(letters, at + 1, end)
    if stop < 0:
        return -1
    spans[slot, place, 0], spans[slot, place, 1], spans[slot, place, 2] = at + 1, stop, size
    return stop + 1


@part
def _null(letters: Any, at: Any, end: Any, shape: Any, key: Any) -> Any:
    """The place behind a null that stands at `at` and may stand there, or -1."""
    return at + 4 if shape[3][key] and _is_null(letters, at, end) else -1


@part
def _flat(letters: Any, at: Any, end: Any, shape: Any, node: Any, place: Any, spans: Any) -> Any:
    """Note the texts of an object that begins at `at`; gives the place behind it, or -1."""
    if at >= end or letters[at] != _OPEN:
        return -1
    for key in range(shape[6][node], shape[6][node + 1]):
        spans[shape[4][key], place, 2] = ABSENT
    at = _solid(letters, at + 1, end)
    seen, guess, more = np.uint64(0), shape[6][node], 1
    if at < end and letters[at] == _CLOSE:
        at, more = at + 1, 0
    while more == 1:
        key, at = _key(letters, at, end, shape, node, guess)
        if key < 0:
            return -1
        mark = np.uint64(1) << np.uint64(key - shape[6][node])
        if seen & mark:
            return -1
        seen |= mark
        guess = key + 1
        null = _null(letters, at, end, shape, key)
        at = null if null >= 0 else _put_text(letters, at, end, shape[4][key], place, spans)
        if at < 0:
            return -1
        more, at = _after(letters, at, end, _CLOSE)
    return at if seen & shape[7][node] == shape[7][node] else -1


@part
def _list(letters: Any, at: Any, end: Any, shape: Any, key: Any, spans: Any, used: Any) -> Any:
    """Note the items of a list that begins at `at`: the place behind it, -1 or `_NO_ROOM`, and how many there are."""
    slot, inside = shape[4][key], shape[5][key]
    if at >= end or letters[at] != _OPEN_LIST:
        return -1, 0
    at, count, more = _solid(letters, at + 1, end), 0, 1
    if at < end and letters[at] == _CLOSE_LIST:
        return at + 1, 0
    while more == 1:
        place = used[slot] + count
        if place >= spans.shape[1]:
            return _NO_ROOM, 0
        if shape[2][key] == TEXTS:
            at = _put_text(letters, at, end, inside, place, spans)
        else:
            at = _flat(letters, at, end, shape, inside, place, spans)
        if at < 0:
            return -1, 0
        count += 1
        more, at = _after(letters, at, end, _CLOSE_LIST)
    return at, count


@part
def _record(letters: Any, at: Any, end: Any, shape: Any, row: Any, found: Any, guesses: Any) -> Any:
    """Note everything of the record that stands in `letters[at:end]`."""
    texts, there, counts, items, used = found
    at = _solid(letters, at, end)
    if at >= end or letters[at] != _OPEN:
        return _DOUBTFUL
    at = _solid(letters, at + 1, end)
    seen, number, more = np.uint64(0), 0, 1
    while more == 1:
        key, at = _key(letters, at, end, shape, 0, guesses[number])
        if key < 0:
            return _DOUBTFUL
        mark = np.uint64(1) << np.uint64(key)
        if seen & mark:
            return _DOUBTFUL
        seen |= mark
        guesses[number] = key
        number += 1
        slot, kind, null = shape[4][key], shape[2][key], _null(letters, at, end, shape, key)
        if null >= 0:
            at = null
        elif kind == TEXT:
            at = _put_text(letters, at, end, slot, row, texts)
        elif kind == OBJECT:
            at = _flat(letters, at, end, shape, shape[5][key], row, texts)
            there[slot, row] = True
        else:
            at, count = _list(letters, at, end, shape, key, items, used)
            counts[slot, row] = count
            used[slot] += count
        if at < 0:
            return _FULL if at == _NO_ROOM else _DOUBTFUL
        more, at = _after(letters, at, end, _CLOSE)
    whole = more == 0 and _solid(letters, at, end) == end
    return _SURE if whole and seen & shape[7][0] == shape[7][0] else _DOUBTFUL


@compiled
def scan(letters: Any, begins: Any, ends: Any, shape: Any, found: Any, sure: Any, first: Any) -> Any:
    """Look at the records from `first` on until there is no room for items; gives the first that was not looked at.

    Record `i` is `letters[begins[i]:ends[i]]`. `found` are arrays that are filled: `texts` (slot, record, 3), where
    each text begins and ends and how many bytes it has; `there` (slot, record), which objects are there; `counts`
    (slot, record), how many items a list has; `items` (slot, item, 3), as `texts`; `used` (slot), how many items there
    are so far. `sure` tells which records were read; the others have left nothing among the items.
    """
    used = found[4]
    before, guesses = used.copy(), np.zeros(MOST_KEYS + 1, dtype=np.int64)
    for row in range(first, len(begins)):
        before[:] = used
        said = _record(letters, begins[row], ends[row], shape, row, found, guesses)
        sure[row] = said == _SURE
        if said != _SURE:
            used[:] = before
        if said == _FULL:
            return row
    return len(begins)


@part
def _put_point(point: Any, out: Any, at: Any) -> Any:
    """Write a character as UTF-8; gives the place behind it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at], out[at + 1] = 0xC0 | point >> 6, 0x80 | (point & 0x3F)
        return at + 2
    if point < 0x10000:
        out[at], out[at + 1], out[at + 2] = 0xE0 | point >> 12, 0x80 | (point >> 6 & 0x3F), 0x80 | (point & 0x3F)
        return at + 3
    out[at], out[at + 1] = 0xF0 | point >> 18, 0x80 | (point >> 12 & 0x3F)
    out[at + 2], out[at + 3] = 0x80 | (point >> 6 & 0x3F), 0x80 | (point & 0x3F)
    return at + 4


@part
def _put_escape(letters: Any, at: Any, out: Any, to: Any) -> Any:
    """Write what the escape at `at` stands for; gives how long it is, and the place behind what was written."""
    if letters[at + 1] != _U:
        out[to] = _STANDS_FOR[letters[at + 1]]
        return 2, to + 1
    point = _hex(letters, at + 2, at + 6)
    if not _HIGH <= point < _LOW:
        return 6, _put_point(point, out, to)
    other = _hex(letters, at + 8, at + 12)
    return 12, _put_point(0x10000 + ((point - _HIGH) << 10) + other - _LOW, out, to)


@compiled
def put(letters: Any, spans: Any, out: Any, offsets: Any) -> None:
    """Write texts one behind the other into `out`, and where each begins and the last one ends into `offsets`.

    `spans` (text, 3) is as `scan` has it.
    """
    to = 0
    for place in range(len(spans)):
        offsets[place] = to
        at, stop, size = spans[place, 0], spans[place, 1], spans[place, 2]
        if size == stop - at:
            for step in range(size):
                out[to + step] = letters[at + step]
            to += size
        elif size != ABSENT:
            while at < stop:
                if letters[at] == _BACKSLASH:
                    length, to = _put_escape(letters, at, out, to)
                    at += length
                else:
                    out[to] = letters[at]
                    at, to = at + 1, to + 1
    offsets[len(spans)] = to
