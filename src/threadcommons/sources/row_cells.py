"""Many rows of an XML table at once: where they end, and their cells as columns. Compiled loops over bytes.

`rows` has the last word on where a row ends and on what is in it. These loops know plain rows alone: attributes that
the table is known to have, each once and after one blank, their values in double quotes and well-formed UTF-8, the five
named references and those by number that mean ASCII. Such a row is well-formed, and its cells are the same there. Of
any other row nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from ..kernels import compiled, part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_BEGIN: Final = np.frombuffer(b"<row", np.uint8)
_BLANK, _EQUALS, _QUOTE, _SLASH, _MORE = (np.uint8(byte) for byte in b' ="/>')
_LESS, _SINGLE = np.uint8(ord("<")), np.uint8(ord("'"))
_AND, _SEMICOLON, _NUMBER, _HEXADECIMAL = (np.uint8(byte) for byte in b"&;#x")
#: The named references without `&`, side by side, and what each means.
_NAMED: Final = (b"lt;", b"gt;", b"amp;", b"quot;", b"apos;")
_NAMES: Final = np.frombuffer(b"".join(_NAMED), np.uint8)
_NAME_ENDS: Final = np.cumsum([len(name) for name in _NAMED])
_MEANT: Final = np.frombuffer(b"<>&\"'", np.uint8)

#: What bytes of a value are: a character by themselves, the start of a reference, part of a longer character, or
#: such as no plain value has. White space that is not escaped is changed on reading, so only blanks are plain.
_PLAIN, _REFERS, _LONG, _ODD = range(4)
_CLASSES: Final = np.full(256, _PLAIN, np.uint8)
_CLASSES[:32] = _CLASSES[ord("<")] = _CLASSES[127] = _ODD
_CLASSES[128:] = _LONG
_CLASSES[ord("&")] = _REFERS
#: What bytes are as hexadecimal digits, 16 for no digit.
_DIGITS: Final = np.array([int(chr(at), 16) if chr(at) in "0123456789abcdefABCDEF" else 16 for at in range(256)])
_IS_BLANK: Final = np.isin(np.arange(256), list(b" \t\r\n"))
#: Quotes of more attributes than any table has columns.
MOST_QUOTES: Final = 512
#: More digits than any character of ASCII is spelled with.
_MOST_DIGITS: Final = 4
#: Characters by number that are understood: white space that counts, and those of ASCII that are seen.
_BY_NUMBER: Final = np.isin(np.arange(128), [9, 10, 13, *range(32, 127)])


@part
def _same(data: Any, at: Any, stop: Any, letters: Any, first: Any, last: Any) -> Any:
    """Whether `letters[first:last]` stand at a place before `stop`."""
    if stop - at < last - first:
        return False
    for place in range(last - first):  # noqa: SIM110  (compiled, a generator is none)
        if data[at + place] != letters[first + place]:
            return False
    return True


@part
def _reference(data: Any, at: Any, stop: Any) -> Any:
    """What the reference at a place means, and its length; a length of 0 for one that is not plain."""
    if at + 1 < stop and data[at + 1] == _NUMBER:
        return _by_number(data, at, stop)
    first = 0
    for which in range(len(_MEANT)):
        if _same(data, at + 1, stop, _NAMES, first, _NAME_ENDS[which]):
            return _MEANT[which], 1 + _NAME_ENDS[which] - first
        first = _NAME_ENDS[which]
    return np.uint8(0), 0


@part
def _by_number(data: Any, at: Any, stop: Any) -> Any:
    """The same for `&#` and what follows."""
    place, base, number = at + 2, 10, 0
    if place < stop and data[place] == _HEXADECIMAL:
        place, base = place + 1, 16
    begin = place
    while place < stop and place - begin < _MOST_DIGITS and _DIGITS[data[place]] < base:
        number = number * base + _DIGITS[data[place]]
        place += 1
    if place == begin or place >= stop or data[place] != _SEMICOLON or number >= len(_BY_NUMBER):
        return np.uint8(0), 0
    return np.uint8(number), (place + 1 - at) * _BY_NUMBER[number]


@part
def _character(data: Any, at: Any, stop: Any) -> Any:
    """How many bytes the character at a place has, which is none of ASCII; 0 for none that XML allows."""
    lead = data[at]
    size = 2 + (lead >= 0xE0) + (lead >= 0xF0)
    if lead < 0xC2 or lead > 0xF4 or stop - at < size:
        return 0
    number = np.int64(lead) & (0x7F >> size)
    for place in range(at + 1, at + size):
        if data[place] & 0xC0 != 0x80:
            return 0
        number = number << 6 | np.int64(data[place]) & 0x3F
    lowest = 0x80 if size == 2 else 0x800 if size == 3 else 0x10000
    if number < lowest or number > 0x10FFFF or 0xD800 <= number < 0xE000 or number & 0xFFFE == 0xFFFE:
        return 0
    return size


@part
def _value(data: Any, at: Any, stop: Any) -> Any:
    """Where the value ends that begins at a place, and how long it is when references are resolved; -1 if not plain."""
    size = 0
    while at < stop and data[at] != _QUOTE:
        kind, step, long = _CLASSES[data[at]], 1, 1
        if kind == _REFERS:
            step = _reference(data, at, stop)[1]
        elif kind == _LONG:
            step = long = _character(data, at, stop)
        elif kind == _ODD:
            step = 0
        if step == 0:
            return at, -1
        at, size = at + step, size + long
    return at, size


@part
def _row(data: Any, at: Any, stop: Any, letters: Any, ends: Any, begins: Any, sizes: Any) -> Any:
    """Whether the row `data[at:stop]` is plain; where its values begin, and their lengths when resolved."""
    if not _same(data, at, stop, _BEGIN, 0, len(_BEGIN)):
        return False
    at, column = at + len(_BEGIN), 0
    while at + 2 < stop and data[at] == _BLANK and data[at + 1] != _SLASH:
        at += 1
        for _ in range(len(ends)):  # columns stand in one order nearly always: the next is tried first
            first = ends[column - 1] if column else 0
            if _same(data, at, stop, letters, first, ends[column]):
                break
            column = (column + 1) % len(ends)
        else:
            return False
        at += ends[column] - first
        begins[column] = at
        at, size = _value(data, at, stop)
        if size < 0 or at >= stop or sizes[column] >= 0:
            return False
        sizes[column], at = size, at + 1
        column = (column + 1) % len(ends)
    at += at < stop and data[at] == _BLANK
    return stop - at == 2 and data[at] == _SLASH and data[at + 1] == _MORE


@compiled
def look(data: Any, starts: Any, stops: Any, letters: Any, ends: Any, begins: Any, sizes: Any, plain: Any) -> None:
    """Look through rows: row `i` is `data[starts[i]:stops[i]]`.

    Column `j` is called `letters[ends[j - 1]:ends[j]]`, with `="` behind its name. Fills `plain`, one a row, and, one a
    row and column, `begins` (where values begin) and `sizes` (their lengths when references are resolved), which is -1
    before and where there is no value.
    """
    for row in range(len(plain)):
        plain[row] = _row(data, starts[row], stops[row], letters, ends, begins[row], sizes[row])


@compiled
def copy(data: Any, begins: Any, bounds: Any, out: Any) -> None:
    """Write plain values, which begin at `begins`, to `out[bounds[i]:bounds[i + 1]]`, references resolved."""
    for row in range(len(begins)):
        at, to = begins[row], bounds[row]
        while to < bounds[row + 1]:
            byte, step = data[at], 1
            if byte == _AND:
                byte, step = _reference(data, at, len(data))
            out[to] = byte
            at, to = at + step, to + 1


@part
def _row_end(data: Any, at: Any, stop: Any) -> Any:
    """Where the row ends that begins at a place, -1 for what may be none or in single quotes."""
    if not _same(data, at, stop, _BEGIN, 0, len(_BEGIN)):
        return -1
    at, quotes = at + len(_BEGIN), 0
    if at < stop and data[at] != _BLANK:
        return -1
    while at < stop:
        byte = data[at]
        if byte == _QUOTE:
            quotes += 1
        elif byte == _LESS or (byte == _SINGLE and quotes % 2 == 0) or quotes > MOST_QUOTES:
            return -1
        elif byte == _MORE and quotes % 2 == 0:
            return at + 1
        at += 1
    return -1


@part
def _solid(data: Any, at: Any, stop: Any) -> Any:
    """Where the next byte is that is no blank."""
    while at < stop and _IS_BLANK[data[at]]:
        at += 1
    return at


@compiled
def follow(data: Any, at: Any, stop: Any, most: Any, full: Any, places: Any) -> Any:
    """How many rows follow each other from a place on, up to one that is odd or longer than `most`.

    No more than there is room for in `places`, which gets begins and ends, and none behind one that ends at `full` or
    later. What may be an end tag of its own makes a row odd.
    """
    at, count = _solid(data, at, stop), 0
    while count < places.shape[1]:
        end = _row_end(data, at, stop)
        if end < 0 or end - at > most:
            break
        following = _solid(data, end, stop)
        if following + 1 < stop and data[following + 1] == _SLASH:
            break
        places[0, count], places[1, count] = at, end
        at, count = following, count + 1
        if end >= full:
            break
    return count


def cells(
    data: Any, offsets: Numbers, lengths: Numbers, names: Sequence[str], wanted: Sequence[str]
) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """The `wanted` cells of the plain ones of some rows as columns of text, and which rows are plain (one a row).

    `names` are those of all columns that a plain row may have.
    """
    view = np.frombuffer(data, np.uint8)
    marked = [f'{name}="'.encode() for name in names]
    letters, ends = np.frombuffer(b"".join(marked), np.uint8), np.cumsum([len(name) for name in marked])
    begins = np.zeros((len(offsets), len(names)), np.int64)
    sizes = np.full((len(offsets), len(names)), -1, np.int64)
    plain = np.zeros(len(offsets), np.bool_)
    look(view, offsets, offsets + lengths, letters, ends, begins, sizes, plain)
    places = [names.index(name) for name in wanted]
    columns = [_column(view, begins[plain, place], sizes[plain, place]) for place in places]
    return pl.DataFrame(dict(zip(wanted, columns, strict=True))), plain


def _column(data: NDArray[np.uint8], begins: Numbers, sizes: Numbers) -> pl.Series:
    """Values of one column as text; null where a size is negative."""
    there = sizes >= 0
    bounds = np.concatenate([[0], np.cumsum(np.where(there, sizes, 0))])
    out = np.empty(int(bounds[-1]), np.uint8)
    copy(data, begins, bounds, out)
    buffers = map(pa.py_buffer, (bounds, out, np.packbits(there, bitorder="little")))
    made = pl.from_arrow(pa.LargeStringArray.from_buffers(len(sizes), *buffers))
    assert isinstance(made, pl.Series)  # noqa: S101  (an array is never a frame)
    return made


def plain_rows(data: Any, span: tuple[int, int], most: int, full: int, places: Numbers) -> list[tuple[int, int]]:
    """Offsets and lengths of the rows that surely follow each other from the beginning of a span; see `follow`."""
    count = follow(np.frombuffer(data, np.uint8), *span, most, full, places)
    begins, ends = places[:, :count]
    return list(zip(begins.tolist(), (ends - begins).tolist(), strict=True))


def compile_all() -> None:
    """Compile what rows are looked through with. It is kept, so that the next process need not."""
    row = b'<row a="&amp;"/>'
    cells(row, np.zeros(1, np.int64), np.array([len(row)]), ["a"], ["a"])
    plain_rows(row, (0, len(row)), len(row), 0, np.empty((2, 1), np.int64))
