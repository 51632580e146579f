"""Where the texts of many JSON records are, found by compiled loops without making one object.

The loops know a subset of JSON: an object whose members are texts, objects of texts, lists of texts, and lists of
objects of texts, under keys that are known. What is outside of it (a number, another key, a key that stands twice, an
escape that stands for half a character, bytes that are no UTF-8, whatever is broken) makes a record doubtful, and
somebody else looks at it. So the answer is one-sided: a record that is sure is read as any JSON decoder reads it.

A shape is a table of keys, one of objects, and the names of all keys (see `json_columns.Shape`). Bytes come twice: one
by one as `letters`, and as `eights`, of which that at a place is the eight bytes from there on as one number, the first
one lowest. `text` has both, and in loops whether the record is known to be UTF-8.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

#: What the value of a key is.
TEXT, OBJECT, TEXTS, OBJECTS = range(4)
#: Columns of the table of keys: where its name begins among all names; how long it is, with the quote behind it; the
#: first eight bytes of both, and which of these count; its kind, whether it may be null, its slot and what is inside.
NAME, LENGTH, HEAD, MASK, KIND, NULLABLE, SLOT, INSIDE = range(8)
#: Columns of the table of objects: the first key, the one behind the last, and as bits which of them there must be.
FIRST, END, NEEDED = range(3)
#: Not there, or null, in place of a size or a count.
ABSENT: Final = -1
#: How many bytes there must be behind the last record, and behind the last text that is written.
PADDING: Final = 8
#: What is said of one record: read, left to others, or there is no room for its items.
_SURE, _DOUBTFUL, _FULL = range(3)
#: In place of the end of a list whose items have no room.
_NO_ROOM: Final = -2

_QUOTE, _BACKSLASH, _COLON, _COMMA = 0x22, 0x5C, 0x3A, 0x2C
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_U: Final = 0x75
_NULL, _FOUR = np.uint64(int.from_bytes(b"null", "little")), np.uint64(0xFFFFFFFF)
#: One byte eight times: 1, the highest bit, a space, a quote, a backslash.
_ONES, _HIGHS, _SPACES, _QUOTES, _BACKSLASHES = (np.uint64(int.from_bytes([byte] * 8)) for byte in b'\1\x80 "\\')
_ONE, _TOP = np.uint64(1), np.uint64(56)
#: Halves of characters beyond the first plane, of which two make one.
_HIGH, _LOW, _AFTER = 0xD800, 0xDC00, 0xE000
#: What a hexadecimal digit is worth, by byte; -1 for what is none.
_DIGIT: Final = np.full(256, -1, dtype=np.int64)
_DIGIT[list(b"0123456789abcdefABCDEF")] = [*range(16), *range(10, 16)]
#: The letter behind a backslash -> what both stand for, by byte; 0 for what is no such letter.
_STANDS_FOR: Final = np.zeros(256, dtype=np.uint8)
_STANDS_FOR[list(b'"\\/bfnrt')] = list(b'"\\/\b\f\n\r\t')
#: How many records are written at a time.
_AT_ONCE: Final = 512
#: Keys of one object are marked as bits of one number.
MOST_KEYS: Final = 63


@part
def _solid(letters: Any, at: Any, end: Any) -> Any:
    """The first place from `at` on that is no white space."""
    while at < end and letters[at] <= 0x20:
        if letters[at] != 0x20 and letters[at] != 0x0A and letters[at] != 0x0D and letters[at] != 0x09:
            break
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
def _told(word: Any, sound: Any) -> Any:
    """Eight bytes of a text as marks: the lowest that is set is the highest bit of the first byte not to be passed by.

    That is a quote, a backslash, a control; where it is not known that the bytes are UTF-8, what is above ASCII, too.
    """
    quotes, backslashes = word ^ _QUOTES, word ^ _BACKSLASHES
    marks = (word - _SPACES) & ~word
    marks |= (quotes - _ONES) & ~quotes
    marks |= (backslashes - _ONES) & ~backslashes
    return (marks if sound else marks | word) & _HIGHS


@part
def _text(text: Any, at: Any, end: Any) -> Any:
    """Where the text ends that begins at `at`, behind its quote, and how many bytes it has; (-1, 0) for no text."""
    letters, eights, sound = text
    begin, saved = at, 0
    while at < end:
        marks = _told(eights[at], sound)
        if marks == 0:
            at += 8
            continue
        # How many bytes stand before the lowest mark.
        at += np.int64(((((marks - _ONE) & ~marks) & _ONES) * _ONES) >> _TOP) - 1
        if at >= end:
            break
        letter = letters[at]
        if letter == _QUOTE:
            return at, at - begin - saved
        if letter == _BACKSLASH:
            length, stands_for = _escape(letters, at, end)
            saved += length - stands_for
        else:
            length = _beyond(letters, at, end)
        if length == 0:
            break
        at += length
    return -1, 0


@part
def _spelt(text: Any, at: Any, end: Any, shape: Any, key: Any) -> Any:
    """Where a key ends that stands at `at`, if it is this one and its quote follows, else -1."""
    (letters, eights, _), (keys, _, names) = text, shape
    length = keys[key, LENGTH]
    if at + length > end or (eights[at] ^ np.uint64(keys[key, HEAD])) & np.uint64(keys[key, MASK]):
        return -1
    name = keys[key, NAME]
    for step in range(8, length):
        if letters[at + step] != names[name + step]:
            return -1
    return at + length - 1


@part
def _key(text: Any, at: Any, end: Any, shape: Any, node: Any, guess: Any) -> Any:
    """The key of an object that stands at `at`, and where its value begins; (-1, -1) where there is none.

    `guess` is the key that is likely to stand here: records have theirs in the same order, mostly.
    """
    letters, objects = text[0], shape[1]
    first, behind = objects[node, FIRST], objects[node, END]
    if at >= end or letters[at] != _QUOTE:
        return -1, -1
    found, stop, key = guess, -1, first
    if first <= guess < behind:
        stop = _spelt(text, at + 1, end, shape, guess)
    while stop < 0 and key < behind:
        found, stop, key = key, _spelt(text, at + 1, end, shape, key), key + 1
    if stop < 0:
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
def _put_text(text: Any, at: Any, end: Any, slot: Any, place: Any, spans: Any) -> Any:
    """Note where the text is that begins at `at` with its quote; gives the place behind it, or -1."""
    if at >= end or text[0][at] != _QUOTE:
        return -1
    stop, size = _text(text, at + 1, end)
    if stop < 0:
        return -1
    spans[slot, place, 0], spans[slot, place, 1], spans[slot, place, 2] = at + 1, stop, size
    return stop + 1


@part
def _null(text: Any, at: Any, end: Any, shape: Any, key: Any) -> Any:
    """The place behind a null that stands at `at` and may stand there, or -1."""
    return at + 4 if at + 4 <= end and text[1][at] & _FOUR == _NULL and shape[0][key, NULLABLE] else -1


@part
def _flat(text: Any, at: Any, end: Any, shape: Any, node: Any, place: Any, spans: Any) -> Any:
    """Note the texts of an object that begins at `at`; gives the place behind it, or -1."""
    letters, keys, objects = text[0], shape[0], shape[1]
    if at >= end or letters[at] != _OPEN:
        return -1
    first, behind, needed = objects[node, FIRST], objects[node, END], np.uint64(objects[node, NEEDED])
    for key in range(first, behind):
        spans[keys[key, SLOT], place, 2] = ABSENT
    at = _solid(letters, at + 1, end)
    seen, guess, more = np.uint64(0), first, 1
    if at < end and letters[at] == _CLOSE:
        at, more = at + 1, 0
    while more == 1:
        key, at = _key(text, at, end, shape, node, guess)
        if key < 0:
            return -1
        mark = _ONE << np.uint64(key - first)
        if seen & mark:
            return -1
        seen |= mark
        guess = key + 1
        null = _null(text, at, end, shape, key)
        at = null if null >= 0 else _put_text(text, at, end, keys[key, SLOT], place, spans)
        if at < 0:
            return -1
        more, at = _after(letters, at, end, _CLOSE)
    return at if seen & needed == needed else -1


@part
def _list(text: Any, at: Any, end: Any, shape: Any, key: Any, spans: Any, used: Any) -> Any:
    """Note the items of a list that begins at `at`: the place behind it, -1 or `_NO_ROOM`, and how many there are."""
    letters, keys = text[0], shape[0]
    slot, inside = keys[key, SLOT], keys[key, INSIDE]
    if at >= end or letters[at] != _OPEN_LIST:
        return -1, 0
    at, count, more = _solid(letters, at + 1, end), 0, 1
    if at < end and letters[at] == _CLOSE_LIST:
        return at + 1, 0
    while more == 1:
        place = used[slot] + count
        if place >= spans.shape[1]:
            return _NO_ROOM, 0
        if keys[key, KIND] == TEXTS:
            at = _put_text(text, at, end, inside, place, spans)
        else:
            at = _flat(text, at, end, shape, inside, place, spans)
        if at < 0:
            return -1, 0
        count += 1
        more, at = _after(letters, at, end, _CLOSE_LIST)
    return at, count


@part
def _record(text: Any, at: Any, end: Any, shape: Any, row: Any, found: Any, guesses: Any) -> Any:
    """Note everything of the record that stands at `at` and ends at `end`."""
    texts, there, counts, items, used = found
    letters, keys, needed = text[0], shape[0], np.uint64(shape[1][0, NEEDED])
    at = _solid(letters, at, end)
    if at >= end or letters[at] != _OPEN:
        return _DOUBTFUL
    at = _solid(letters, at + 1, end)
    seen, number, more = np.uint64(0), 0, 1
    while more == 1:
        key, at = _key(text, at, end, shape, 0, guesses[number])
        if key < 0:
            return _DOUBTFUL
        mark = _ONE << np.uint64(key)
        if seen & mark:
            return _DOUBTFUL
        seen |= mark
        guesses[number] = key
        number += 1
        slot, kind, null = keys[key, SLOT], keys[key, KIND], _null(text, at, end, shape, key)
        if null >= 0:
            at = null
        elif kind == TEXT:
            at = _put_text(text, at, end, slot, row, texts)
        elif kind == OBJECT:
            at = _flat(text, at, end, shape, keys[key, INSIDE], row, texts)
            there[slot, row] = True
        else:
            at, count = _list(text, at, end, shape, key, items, used)
            counts[slot, row] = count
            used[slot] += count
        if at < 0:
            return _FULL if at == _NO_ROOM else _DOUBTFUL
        more, at = _after(letters, at, end, _CLOSE)
    whole = more == 0 and _solid(letters, at, end) == end
    return _SURE if whole and seen & needed == needed else _DOUBTFUL


@compiled
def scan(
    text: Any, begins: Any, ends: Any, sound: Any, shape: Any, found: Any, spare: Any, sure: Any, first: Any
) -> Any:
    """Look at the records from `first` on until there is no room for items; gives the first that was not looked at.

    Record `i` stands at `begins[i]` and ends at `ends[i]`; `sound` tells which are surely UTF-8. `found` are arrays
    that are filled: `texts` (slot, record, 3), where each text begins and ends and how many bytes it has; `there`
    (slot, record), which objects are there; `counts` (slot, record), how many items a list has; `items` (slot, item,
    3), as `texts`; `used` (slot), how many items there are. `sure` tells which records were read; the others have left
    nothing among the items. `spare` are arrays to work in: one as `used`, and one of zeros for MOST_KEYS and one more.
    """
    (letters, eights), used, (before, guesses) = text, found[4], spare
    for row in range(first, len(begins)):
        for slot in range(len(used)):
            before[slot] = used[slot]
        said = _record((letters, eights, sound[row]), begins[row], ends[row], shape, row, found, guesses)
        sure[row] = said == _SURE
        for slot in range(len(used) if said != _SURE else 0):
            used[slot] = before[slot]
        if said == _FULL:
            return row
    return len(begins)


@part
def _put_point(point: Any, out: Any, at: Any) -> Any:
    """Write a character as UTF-8; gives the place behind it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    more = 1 + (point >= 0x800) + (point >= 0x10000)
    out[at] = (0xFF00 >> (more + 1) & 0xFF) | point >> 6 * more
    for step in range(1, more + 1):
        out[at + step] = 0x80 | (point >> 6 * (more - step) & 0x3F)
    return at + more + 1


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


@part
def _put_escaped(letters: Any, at: Any, stop: Any, out: Any, to: Any) -> Any:
    """Write a text that has escapes; gives the place behind it."""
    while at < stop:
        if letters[at] == _BACKSLASH:
            length, to = _put_escape(letters, at, out, to)
            at += length
        else:
            out[to] = letters[at]
            at, to = at + 1, to + 1
    return to


@compiled
def put(text: Any, spans: Any, rows: Any, out: Any, by_eights: Any, begins: Any, ends: Any) -> None:
    """Write the texts of some rows one behind the other, those of each slot from its place in `begins` of `out` on.

    `spans` (slot, row, 3) is as `scan` has it; `by_eights` has the eight bytes from each place of `out` on. `ends`
    (slot, text) gets where each text ends, counted from that place, behind a first 0. Some rows at a time: their bytes
    are near as long as all their slots are written.
    """
    letters, eights = text
    for first in range(0, len(rows), _AT_ONCE):
        for slot in range(len(spans)):
            to = begins[slot] + ends[slot, first]
            for number in range(first, min(first + _AT_ONCE, len(rows))):
                row = rows[number]
                at, stop, size = np.int64(spans[slot, row, 0]), spans[slot, row, 1], spans[slot, row, 2]
                # Where an absent text begins and ends was never written.
                if size != ABSENT and size != stop - at:
                    to = _put_escaped(letters, at, stop, out, to)
                elif size > 0:
                    for step in range(0, size, 8):  # up to seven bytes too many, which the next text overwrites
                        by_eights[to + step] = eights[at + step]
                    to += size
                ends[slot, number + 1] = to - begins[slot]
