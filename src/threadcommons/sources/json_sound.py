"""One compiled pass over many JSON texts, which finds those that surely keep the policy of `strict_json`.

A text is sound if it is one JSON value to the letter of RFC 8259 in UTF-8, holds no half of a character and no number
beyond what a double holds, and names no key twice in one object. Where that takes more than a look to tell (a key with
an escape, a very long number, objects of hundreds of keys) a text counts as not sound, and is looked at elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from ..kernels import compiled, part

if TYPE_CHECKING:
    from collections.abc import Sequence

#: How deep a sound text nests, and how many keys the objects have together that are open at one place.
_DEPTH: Final = 64
_KEYS: Final = 512
#: How many characters a number has, and digits its exponent: below what a double cannot hold, in any combination.
_LONGEST_NUMBER: Final = 48
_EXPONENT: Final = 2

_QUOTE, _ESCAPE, _COLON, _COMMA = b'"\\:,'
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = b"{}[]"
_ZERO, _NINE, _MINUS, _PLUS, _POINT, _E = b"09-+.e"
_T, _F, _N, _U = b"tfnu"
_SPACE: Final = 0x20
_ASCII: Final = 0x7F
_LOWER: Final = 0x20

#: Which bytes end a run of plain ones in a text. The second time for bytes that are known to be UTF-8.
_STOPS: Final = np.array([byte < _SPACE or byte > _ASCII or byte in b'"\\' for byte in range(256)])
_FEWER: Final = _STOPS & (np.arange(256) <= _ASCII)
_BLANK: Final = np.array([byte in b" \t\r\n" for byte in range(256)], np.bool_)
_ESCAPED: Final = np.array([byte in b'"\\/bfnrt' for byte in range(256)], np.bool_)
#: The value of a hexadecimal digit; 16 for all other bytes.
_HEX: Final = np.array([int(chr(byte), 16) if chr(byte) in "0123456789abcdefABCDEF" else 16 for byte in range(256)])
#: The multiplier of FNV's hash, and its beginning.
_PRIME: Final = np.uint64(0x100000001B3)
_BASIS: Final = np.uint64(0xCBF29CE484222325)


class Listed(NamedTuple):
    """Which texts are surely sound (bool), how many objects were found in each (int64), and their spans (int64).

    Offsets are those in the text of an object; those of a text that is not sound are left out.
    """

    sound: np.ndarray
    counts: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray


def sound(records: Sequence[bytes]) -> np.ndarray:
    """Which of some records are surely sound (bool)."""
    return listed(records).sound


def listed(records: Sequence[bytes], *paths: tuple[bytes, ...]) -> Listed:
    """Which of some records are surely sound, and the objects in the lists at some paths: of one key, or of two."""
    lengths = np.fromiter(map(len, records), np.int64, len(records))
    ends = lengths.cumsum()
    data = b"".join(records)
    view = np.frombuffer(data, np.uint8)
    found, counts = np.zeros(len(records), np.bool_), np.zeros(len(records), np.int64)
    spans = np.empty((np.count_nonzero(view == _OPEN) if paths else 0, 2), np.int64)
    wanted = np.array([[_digest(name) for name in (b"", *path)[-2:]] for path in paths], np.uint64).reshape(-1, 2)
    # A sound record begins and ends with ASCII, so it is UTF-8 where the bytes around it are.
    room = np.empty(_KEYS, np.uint64), np.empty(_DEPTH, np.int64), np.empty(_DEPTH, np.uint8)
    stops = _FEWER if _is_utf8(data) else _STOPS
    total = _scan(view, ends - lengths, ends, stops, wanted, room, (found, counts, spans))
    begins = spans[:total, 0]
    return Listed(found, counts, begins - np.repeat(ends - lengths, counts), spans[:total, 1] - begins)


def compile_all() -> None:
    """Compile what records are scanned with. It is kept, so that the next process need not."""
    sound([b"{}"])


def _digest(name: bytes) -> int:
    """The digest of a key, as `_key` has it."""
    digest = int(_BASIS)
    for byte in name:
        digest = (digest ^ byte) * int(_PRIME) % 2**64
    return digest


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8, asked of a compiled loop that copies nothing."""
    whole = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, whole, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


@compiled
def _scan(view: Any, begins: Any, ends: Any, stops: Any, paths: Any, room: Any, told: Any) -> Any:
    """Fills in `told`: what is sound, how many objects are in it, and their spans. Gives how many there are of all."""
    found, counts, spans = told
    total = 0
    for index in range(len(begins)):
        count = _walk(view, begins[index], ends[index], stops, paths, room, spans[total:])
        if count >= 0:
            found[index], counts[index] = True, count
            total += count
    return total


@part
def _walk(view: Any, at: Any, end: Any, stops: Any, paths: Any, room: Any, spans: Any) -> Any:
    """How many objects are in the lists at some paths, whose spans are filled in; -1 if the text is not sound.

    `room` is for what is open: digests of keys, where those of each object begin, and what closes it.
    """
    keys, firsts, closing = room
    # How deep one stands, how many keys are open, how many objects were found, and how deep they stand in this list.
    depth = count = found = level = 0
    at = _solid(view, at, end)
    while at < end:
        byte = view[at]
        if byte == _OPEN or byte == _OPEN_LIST:
            if depth == _DEPTH:
                return -1
            if byte == _OPEN_LIST and level == 0 and _is_path(depth, closing, keys, firsts, count, paths):
                level = depth + 1
            elif byte == _OPEN and depth == level and level > 0:
                spans[found, 0] = at
            firsts[depth], closing[depth] = count, byte + 2
            depth += 1
            at = _solid(view, at + 1, end)
            if at >= end:
                return -1
            if view[at] != byte + 2:
                if byte == _OPEN:
                    at, count = _key(view, at, end, stops, keys, count, count)
                continue
        else:
            at = _scalar(view, at, end, stops)
        # Behind a value; of an empty object or list, at its end.
        while True:
            at = _solid(view, at, end)
            if depth == 0 or at >= end:
                return found if depth == 0 and at == end else -1
            if view[at] == _COMMA:
                at = _solid(view, at + 1, end)
                if closing[depth - 1] == _CLOSE:
                    at, count = _key(view, at, end, stops, keys, firsts[depth - 1], count)
                break
            if view[at] != closing[depth - 1]:
                return -1
            depth -= 1
            count = firsts[depth]
            at += 1
            if depth < level:
                level = 0
            elif depth == level and level > 0 and closing[depth] == _CLOSE:
                spans[found, 1] = at
                found += 1
    return -1


@part
def _is_path(depth: Any, closing: Any, keys: Any, firsts: Any, count: Any, paths: Any) -> Any:
    """Whether the value of the last key stands at one of some paths: its own key, and that of its object, if any."""
    if depth < 1 or depth > 2 or closing[0] != _CLOSE or closing[depth - 1] != _CLOSE:
        return False
    outer = keys[firsts[1] - 1] if depth == 2 else _BASIS
    for path in paths:
        if path[0] == outer and path[1] == keys[count - 1]:
            return True
    return False


@part
def _is_any(digest: Any, others: Any) -> Any:
    for other in others:
        if other == digest:
            return True
    return False


#: Stands for a place beyond all ends: what was looked for is not there.
_NOWHERE: Final = 1 << 62


@part
def _solid(view: Any, at: Any, end: Any) -> Any:
    """Where the next byte is that is no blank."""
    while at < end and _BLANK[view[at]]:
        at += 1
    return at


@part
def _key(view: Any, at: Any, end: Any, stops: Any, keys: Any, first: Any, count: Any) -> Any:
    """Where the value of a key begins, and how many keys there are then; those of its object begin at `first`."""
    if at >= end or view[at] != _QUOTE or count == _KEYS:
        return _NOWHERE, count
    digest, at = _BASIS, at + 1
    while at < end and not stops[view[at]]:
        digest = (digest ^ np.uint64(view[at])) * _PRIME
        at += 1
    if at >= end or view[at] != _QUOTE:
        return _NOWHERE, count
    if _is_any(digest, keys[first:count]):
        return _NOWHERE, count
    keys[count] = digest
    at = _solid(view, at + 1, end)
    if at >= end or view[at] != _COLON:
        return _NOWHERE, count
    return _solid(view, at + 1, end), count + 1


@part
def _scalar(view: Any, at: Any, end: Any, stops: Any) -> Any:
    """Where a text, a number or a word ends that begins at `at`."""
    byte = view[at]
    if byte == _QUOTE:
        return _text(view, at + 1, end, stops)
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        return _number(view, at, end)
    left = end - at
    if byte == _T and left >= 4 and view[at + 1] == 0x72 and view[at + 2] == _U and view[at + 3] == _E:
        return at + 4
    if byte == _N and left >= 4 and view[at + 1] == _U and view[at + 2] == 0x6C and view[at + 3] == 0x6C:
        return at + 4
    if (
        byte == _F and left >= 5 and view[at + 1] == 0x61 and view[at + 2] == 0x6C and view[at + 3] == 0x73
        and view[at + 4] == _E
    ):  # fmt: skip
        return at + 5
    return _NOWHERE


@part
def _text(view: Any, at: Any, end: Any, stops: Any) -> Any:
    """Behind the quote that ends a text, whose first byte is at `at`."""
    while at < end:
        byte = view[at]
        if not stops[byte]:
            at += 1
        elif byte == _QUOTE:
            return at + 1
        elif byte == _ESCAPE:
            at = _escape(view, at + 1, end)
        elif byte > _ASCII:
            at = _beyond(view, at, end)
        else:
            return _NOWHERE
    return _NOWHERE


@part
def _escape(view: Any, at: Any, end: Any) -> Any:
    """Behind an escape, whose backslash is before `at`; two of halves of a character count as one."""
    if at < end and _ESCAPED[view[at]]:
        return at + 1
    unit = _unit(view, at, end)
    if unit < 0xD800 or unit > 0xDFFF:
        return at + 5 if unit >= 0 else _NOWHERE
    low = _unit(view, at + 6, end) if at + 6 < end and view[at + 5] == _ESCAPE else -1
    return at + 11 if unit < 0xDC00 and 0xDC00 <= low <= 0xDFFF else _NOWHERE


@part
def _unit(view: Any, at: Any, end: Any) -> Any:
    """The number that `u` and four digits at `at` spell; -1 for something else."""
    if at + 5 > end or view[at] != _U:
        return -1
    found = 0
    for place in range(at + 1, at + 5):
        digit = _HEX[view[place]]
        if digit > 15:
            return -1
        found = found * 16 + digit
    return found


@part
def _beyond(view: Any, at: Any, end: Any) -> Any:
    """Behind a character of two to four bytes in UTF-8 that begins at `at`."""
    lead = view[at]
    more = 1 if 0xC2 <= lead <= 0xDF else 2 if 0xE0 <= lead <= 0xEF else 3 if 0xF0 <= lead <= 0xF4 else 0
    if more == 0 or at + more >= end:
        return _NOWHERE
    # The byte behind the first tells spellings that are too long, halves of a character and what is none.
    least = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
    most = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
    if not least <= view[at + 1] <= most:
        return _NOWHERE
    for place in range(at + 2, at + more + 1):
        if not 0x80 <= view[place] <= 0xBF:
            return _NOWHERE
    return at + more + 1


@part
def _number(view: Any, at: Any, end: Any) -> Any:
    """Where a number ends that begins at `at`."""
    begin = at
    if view[at] == _MINUS:
        at += 1
    first, at = at, _digits(view, at, end)
    if at == first or (view[first] == _ZERO and at - first > 1):
        return _NOWHERE
    if at < end and view[at] == _POINT:
        first, at = at + 1, _digits(view, at + 1, end)
        if at == first:
            return _NOWHERE
    if at < end and view[at] | _LOWER == _E:
        at += 1
        if at < end and (view[at] == _PLUS or view[at] == _MINUS):
            at += 1
        first, at = at, _digits(view, at, end)
        if at == first or at - first > _EXPONENT:
            return _NOWHERE
    return at if at - begin <= _LONGEST_NUMBER else _NOWHERE


@part
def _digits(view: Any, at: Any, end: Any) -> Any:
    while at < end and _ZERO <= view[at] <= _NINE:
        at += 1
    return at
