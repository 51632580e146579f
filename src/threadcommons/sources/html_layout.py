"""The compiled part of `html_columns` for pages with links, lists, quotes, code and pictures.

It lays a page out as `html._Page` does, step by step and under the same names, on bytes. What it does not know (tables,
players, mentions, comments, rare references, broken markup) it leaves alone: then the page is not sure.
"""

from __future__ import annotations

import sys
from html.entities import html5
from typing import Any, Final, NamedTuple

import numpy as np

from ..kernels import compiled, part
from .html import LEFT_OUT, LINES, LONGEST_INDENT, PARAGRAPHS
from .html_tokens import WINDOWS

# --- What tags do ---

_NOTHING, _PART, _LINE, _BREAK, _CODE, _QUOTE, _BULLETS, _NUMBERS, _ITEM, _LINK, _PICTURE, _UNSURE, _RAW = range(13)
#: Holders are called by what opens them.
_HOLDERS: Final = (_QUOTE, _BULLETS, _NUMBERS, _ITEM)
_DOES: Final = {
    **dict.fromkeys(PARAGRAPHS.split(), _PART),
    **dict.fromkeys(LINES.split(), _LINE),
    "br": _BREAK,
    "pre": _CODE,
    "blockquote": _QUOTE,
    "ul": _BULLETS,
    "ol": _NUMBERS,
    "li": _ITEM,
    "a": _LINK,
    "img": _PICTURE,
    **dict.fromkeys(("table", "tr", "thead", "tbody", "tfoot", "td", "th"), _UNSURE),
    **dict.fromkeys(("video", "audio", "source", "picture", "iframe", "embed"), _UNSURE),
    **dict.fromkeys(("script", "style"), _RAW),
}
#: A name is two numbers of eight letters each; longer ones are not sure.
_WORD: Final = 8
_LONGEST_NAME: Final = 2 * _WORD


def _numbers(name: str) -> tuple[int, int]:
    letters = name.encode().ljust(_LONGEST_NAME, b"\0")
    return int.from_bytes(letters[:_WORD], "little"), int.from_bytes(letters[_WORD:], "little")


_FIRST_HALVES: Final = np.array([_numbers(name)[0] for name in _DOES], np.uint64)
_SECOND_HALVES: Final = np.array([_numbers(name)[1] for name in _DOES], np.uint64)
_ACTS: Final = np.array(list(_DOES.values()), np.int64)

#: References by name, in order of the number that a name is, and the characters that they mean.
_REFERENCES: Final = sorted(
    (_numbers(name[:-1])[0], ord(meant))
    for name, meant in html5.items()
    if name.endswith(";") and len(name) <= _WORD + 1 and len(meant) == 1
)
_NAMES: Final = np.array([name for name, _ in _REFERENCES], np.uint64)
_MEANT: Final = np.array([code for _, code in _REFERENCES], np.int64)
_LEFT_OUT: Final = np.frombuffer(LEFT_OUT.encode(), np.uint8)
#: Digits of a number that is a character.
_DIGITS: Final = 7

_SPACE, _TAB, _FEED, _RETURN, _PAGE = (np.uint8(mark) for mark in b" \t\n\r\f")
_LESS, _MORE, _SLASH, _AND, _HASH, _ENDS, _EQUALS, _DOUBLE, _SINGLE, _SHRIEK, _ASKS, _DASH, _POINT, _ZERO = (
    np.uint8(mark) for mark in b"<>/&#;=\"'!?-.0"
)
#: What a byte is: white space, a small or large letter, a digit, or anything else.
_BLANK, _SMALL, _LARGE, _DIGIT, _OTHER = range(5)
_KINDS: Final = np.array(
    [
        _BLANK if chr(byte) in " \t\n\r\f"
        else _SMALL if byte in range(ord("a"), ord("z") + 1)
        else _LARGE if byte in range(ord("A"), ord("Z") + 1)
        else _DIGIT if byte in range(ord("0"), ord("9") + 1)
        else _OTHER
        for byte in range(256)
    ],
    np.int64,
)  # fmt: skip

# --- What is known while a page is laid out: places in an array of numbers ---

(
    _SIZE, _HELD, _GAP, _SHARED, _DEPTH, _VERBATIM, _FIRST, _ANY, _WAITING, _BEGUN, _FAILED,
    _HREF, _HREF_END, _CLASS, _CLASS_END, _SRC, _SRC_END, _ALT, _ALT_END, _START, _START_END, _ATTRIBUTES, _FOUND,
    _FACTS,
) = range(24)  # fmt: skip
#: Holders within holders; a page with more is not sure.
_DEEPEST: Final = 32
#: Of each holder: what opened it, the length of its prefix, the length of `first` outside (less than none: there is
#: none), the next number, and how many items it has.
_TAG, _PREFIX, _OUTSIDE, _NUMBER, _ITEMS, _TOLD = range(6)
_NEW_LINE, _NEW_PARAGRAPH = 1, 2
#: Room for marks; the last byte of a prefix tells how many there are.
_MARKS: Final = LONGEST_INDENT + 16
_LENGTH: Final = _MARKS - 1
#: More attributes than that, and a tag is not sure; a browser's limit for us is 256 with what stands between.
_MOST_ATTRIBUTES: Final = 64

_LINKED, _PICTURED = range(2)
#: Letters with which links and pictures begin, and such as stand in every class that makes a mention or an emoji.
_A, _I, _M, _E = (np.uint8(letter) for letter in b"aime")
_X: Final = ord("x")
_HREF_NAME, _SRC_NAME, _ALT_NAME, _START_NAME, _CLASS_NAME = (
    np.frombuffer(name, np.uint8) for name in (b"href", b"src", b"alt", b"start", b"class")
)


class Laid(NamedTuple):
    """Pages laid out: offsets (int64) and bytes (uint8) of their texts, which are sure (bool), and what they show.

    A row of `shown` (int64) is a page, whether it shows a picture, and where its address and its words begin and end
    in the data; less than none where it has no words.
    """

    offsets: np.ndarray
    texts: np.ndarray
    sure: np.ndarray
    shown: np.ndarray


def laid_out(data: np.ndarray, offsets: np.ndarray, *, quotes: bool) -> Laid:
    """The texts of pages, without `quotes` or with them; page `i` is `data[offsets[i]:offsets[i + 1]]`, in UTF-8."""
    count = len(offsets) - 1
    ends, sure = np.zeros(count + 1, np.int64), np.zeros(count, np.bool_)
    total, longest = int(offsets[-1] - offsets[0]), int(np.diff(offsets).max(initial=0))
    # Marks of quotes and lists may make a text longer than its page; one for which there is no room is not sure.
    out = np.empty(total + total // 2 + 4096, np.uint8)
    shown = np.empty((_tags(data, offsets[0], offsets[-1]), 6), np.int64)
    found = _lay(
        data, offsets, out, ends, sure, shown, quotes,
        np.empty(longest + 8, np.uint8), np.zeros(_FACTS, np.int64), np.zeros((_DEEPEST, _TOLD), np.int64),
        np.zeros((_DEEPEST + 1, _MARKS), np.uint8), np.zeros((_DEEPEST + 1, _MARKS), np.uint8),
        np.zeros((1, _MARKS), np.uint8), np.zeros(_UNSURE, np.int64),
    )  # fmt: skip
    return Laid(ends, out[: ends[-1]], sure, shown[:found])


def compile_all() -> None:
    """Compile what pages are laid out with. It is kept, so that the next process need not."""
    places = np.frombuffer(bytes(8) + (1).to_bytes(8, sys.byteorder), np.int64)
    laid_out(np.frombuffer(b"x", np.uint8), places, quotes=True)


@compiled
def _tags(data: Any, at: Any, end: Any) -> Any:
    """How many links and pictures there may be."""
    count = 0
    for place in range(at, end - 1):
        if data[place] == _LESS and (data[place + 1] == _A or data[place + 1] == _I):
            count += 1
    return count


@compiled
def _lay(
    data: Any, offsets: Any, out: Any, ends: Any, sure: Any, shown: Any, quotes: Any,
    held: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any,
) -> Any:  # fmt: skip
    """Lay out all pages; gives how many rows of `shown` there are."""
    for page in range(len(sure)):
        found = facts[_FOUND]
        for fact in range(_HREF):
            facts[fact] = 0
        for holder in range(len(opened)):
            opened[holder] = 0
        facts[_SIZE], facts[_FIRST] = ends[page], -1
        fine = _page(
            data, offsets[page], offsets[page + 1], page, out, shown, quotes, held, facts, holders, prefixes, outsides,
            first, opened,
        )  # fmt: skip
        sure[page] = fine and not facts[_FAILED]
        if not sure[page]:
            facts[_FOUND] = found
        ends[page + 1] = facts[_SIZE] if sure[page] else ends[page]
    return facts[_FOUND]


@part
def _page(
    data: Any, at: Any, end: Any, page: Any, out: Any, shown: Any, quotes: Any,
    held: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any,
) -> Any:  # fmt: skip
    """Whether a page could be laid out."""
    while at < end:
        byte = data[at]
        if byte == _AND:
            kind = _KINDS[data[at + 1]] if at + 1 < end else _OTHER
            if kind == _SMALL or kind == _LARGE or (at + 1 < end and data[at + 1] == _HASH):
                code, at = _reference(data, at + 1, end)
                if code <= 0 or (code == _RETURN and facts[_VERBATIM]):
                    return False
                _put_character(code, held, facts)
                continue
        elif byte == _LESS and at + 1 < end:
            ending = data[at + 1] == _SLASH
            begin = at + 2 if ending else at + 1
            kind = _KINDS[data[begin]] if begin < end else _OTHER
            if kind == _SMALL:
                act, at = _tag(data, begin, end, facts)
                if at < 0 or act >= _UNSURE:
                    return False
                if act != _NOTHING and not _do(
                    act, ending, page, data, out, shown, held, facts, holders, prefixes, outsides, first, opened
                ):
                    return False
                if act == _QUOTE and not ending and not quotes:
                    for place in range(len(_LEFT_OUT)):
                        held[facts[_HELD] + place] = _LEFT_OUT[place]
                    facts[_HELD] += len(_LEFT_OUT)
                    at = _pass_over(data, at, end, facts)
                    if at < 0:
                        return False
                    _end_holder(_QUOTE, out, held, facts, holders, prefixes, outsides, first, opened)
                continue
            if ending or kind == _LARGE or data[begin] == _SHRIEK or data[begin] == _ASKS:
                return False
        elif byte == _RETURN and facts[_VERBATIM]:
            return False
        held[facts[_HELD]] = byte
        facts[_HELD] += 1
        at += 1
    _end_block(out, held, facts, prefixes, first)
    return True


@part
def _reference(data: Any, at: Any, end: Any) -> Any:
    """The character that a reference means which goes on at `at`, and where what follows it begins.

    No character, less than one, where that is not sure.
    """
    if data[at] != _HASH:
        name, size = np.uint64(0), 0
        while at < end and data[at] != _ENDS and size < _WORD:
            name |= np.uint64(data[at]) << np.uint64(8 * size)
            size, at = size + 1, at + 1
        return (_named(name) if at < end and data[at] == _ENDS else -1), at + 1
    at += 1
    base = 10
    if at < end and data[at] == _X:
        base, at = 16, at + 1
    code, begin = 0, at
    while at < end and at - begin < _DIGITS:
        digit = _digit(data[at])
        if digit < 0 or digit >= base:
            break
        code, at = code * base + digit, at + 1
    known = at < end and at > begin and data[at] == _ENDS
    # Numbers that mean no character, or another than theirs, are not sure.
    odd = _CONTROLS <= code < _LATIN or _SURROGATES <= code <= _LAST_SURROGATE or code > sys.maxunicode
    return (code if known and not odd else -1), at + 1


_CONTROLS, _LATIN = min(WINDOWS), max(WINDOWS) + 1
_SURROGATES, _LAST_SURROGATE = 0xD800, 0xDFFF
_TEN: Final = 10


@part
def _digit(byte: Any) -> Any:
    """What a hexadecimal digit counts; -1 for what is none."""
    kind = _KINDS[byte]
    if kind == _DIGIT:
        return np.int64(byte) - _ZERO_DIGIT
    letter = np.int64(byte) - (_SMALL_A if kind == _SMALL else _LARGE_A)
    return letter + _TEN if (kind == _SMALL or kind == _LARGE) and letter < 6 else -1


_ZERO_DIGIT, _SMALL_A, _LARGE_A = map(ord, "0aA")


@part
def _named(name: Any) -> Any:
    """The character of a name, found by halving; -1 for none."""
    low, high = 0, len(_NAMES)
    while low < high:
        middle = (low + high) // 2
        if _NAMES[middle] < name:
            low = middle + 1
        else:
            high = middle
    return _MEANT[low] if low < len(_NAMES) and _NAMES[low] == name else -1


@part
def _put_character(code: Any, held: Any, facts: Any) -> None:
    """A character in UTF-8, which is never longer than a reference to it."""
    at = facts[_HELD]
    if code < 0x80:
        held[at] = code
        facts[_HELD] += 1
    elif code < 0x800:
        held[at], held[at + 1] = 0xC0 | code >> 6, 0x80 | code & 0x3F
        facts[_HELD] += 2
    elif code < 0x10000:
        held[at], held[at + 1], held[at + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
        facts[_HELD] += 3
    else:
        held[at], held[at + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 0x3F
        held[at + 2], held[at + 3] = 0x80 | code >> 6 & 0x3F, 0x80 | code & 0x3F
        facts[_HELD] += 4


@part
def _pass_over(data: Any, at: Any, end: Any, facts: Any) -> Any:
    """Where what follows the quote begins that began before `at`; -1 where that is not sure."""
    depth = 1
    while at < end:
        if data[at] != _LESS or at + 1 >= end:
            at += 1
            continue
        ending = data[at + 1] == _SLASH
        begin = at + 2 if ending else at + 1
        kind = _KINDS[data[begin]] if begin < end else _OTHER
        if kind == _SMALL:
            act, at = _tag(data, begin, end, facts)
            if at < 0 or act == _RAW:
                return -1
            if act == _QUOTE:
                depth += -1 if ending else 1
                if depth == 0:
                    return at
        elif ending or kind == _LARGE or data[begin] == _SHRIEK or data[begin] == _ASKS:
            return -1
        else:
            at += 1
    return end


# --- Tags ---


@part
def _tag(data: Any, at: Any, end: Any, facts: Any) -> Any:
    """What the tag does whose name begins at `at`, and where what follows it begins: -1 where that is not sure."""
    one, two, size = np.uint64(0), np.uint64(0), 0
    while at < end and (_KINDS[data[at]] == _SMALL or _KINDS[data[at]] == _DIGIT):
        if size < _WORD:
            one |= np.uint64(data[at]) << np.uint64(8 * size)
        elif size < _LONGEST_NAME:
            two |= np.uint64(data[at]) << np.uint64(8 * (size - _WORD))
        else:
            return _UNSURE, -1
        size, at = size + 1, at + 1
    act = _NOTHING
    for known in range(len(_ACTS)):
        if _FIRST_HALVES[known] == one and _SECOND_HALVES[known] == two:
            act = _ACTS[known]
            break
    for fact in range(_HREF, _ATTRIBUTES):
        facts[fact] = -1
    facts[_ATTRIBUTES] = 0
    while at < end:
        byte = data[at]
        if byte == _MORE:
            return act, at + 1
        if _KINDS[byte] == _BLANK or byte == _SLASH:
            at += 1
        elif at == 0 or not (_KINDS[data[at - 1]] == _BLANK or data[at - 1] == _SLASH):
            return _UNSURE, -1
        else:
            at = _attribute(data, at, end, facts)
            facts[_ATTRIBUTES] += 1
            if at < 0 or facts[_ATTRIBUTES] > _MOST_ATTRIBUTES:
                return _UNSURE, -1
    return _UNSURE, -1


@part
def _attribute(data: Any, at: Any, end: Any, facts: Any) -> Any:
    """Where what follows the attribute at `at` begins; -1 where that is not sure. Notes those that count."""
    begin = at
    while at < end and (_KINDS[data[at]] == _SMALL or _KINDS[data[at]] == _DIGIT or data[at] == _DASH):
        at += 1
    stop = at
    while at < end and _KINDS[data[at]] == _BLANK:
        at += 1
    if stop == begin or at >= end:
        return -1
    if data[at] != _EQUALS:
        # Only a name with nothing behind it: its value is empty, which for what counts is not sure.
        return -1 if _counts(data, begin, stop) >= 0 or not (data[at] == _MORE or at > stop) else at
    at += 1
    while at < end and _KINDS[data[at]] == _BLANK:
        at += 1
    if at >= end or not (data[at] == _DOUBLE or data[at] == _SINGLE):
        return -1
    mark, at = data[at], at + 1
    value = at
    while at < end and data[at] != mark:
        at += 1
    if at >= end or at + 1 >= end:
        return -1
    after = data[at + 1]
    if not (after == _MORE or after == _SLASH or _KINDS[after] == _BLANK):
        return -1
    fact = _counts(data, begin, stop)
    if fact >= 0 and facts[fact] < 0:
        facts[fact], facts[fact + 1] = value, at
    return at + 1


@part
def _counts(data: Any, begin: Any, stop: Any) -> Any:
    """Which fact an attribute of this name is; -1 for those that do not matter."""
    if _is_called(data, begin, stop, _HREF_NAME):
        return _HREF
    if _is_called(data, begin, stop, _SRC_NAME):
        return _SRC
    if _is_called(data, begin, stop, _ALT_NAME):
        return _ALT
    if _is_called(data, begin, stop, _START_NAME):
        return _START
    return _CLASS if _is_called(data, begin, stop, _CLASS_NAME) else -1


@part
def _is_called(data: Any, begin: Any, stop: Any, name: Any) -> Any:
    if stop - begin != len(name):
        return False
    for place in range(len(name)):
        if data[begin + place] != name[place]:
            return False
    return True


@part
def _do(
    act: Any, ending: Any, page: Any, data: Any, out: Any, shown: Any,
    held: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any,
) -> Any:  # fmt: skip
    """Do what a tag does. Whether that is sure."""
    if act == _PART or act == _LINE:
        _begin_block(_NEW_PARAGRAPH if act == _PART else _NEW_LINE, out, held, facts, prefixes, first)
    elif act == _BREAK:
        _line_break(out, held, facts, prefixes, first)
    elif act == _CODE:
        _begin_block(_NEW_PARAGRAPH, out, held, facts, prefixes, first)
        facts[_VERBATIM] = max(0, facts[_VERBATIM] + (-1 if ending else 1))
    elif act == _LINK or act == _PICTURE:
        return ending or _show(act, page, data, shown, facts)
    elif ending:
        _end_holder(act, out, held, facts, holders, prefixes, outsides, first, opened)
    elif facts[_DEPTH] >= _DEEPEST:
        return False
    elif act == _QUOTE:
        _begin_block(_NEW_PARAGRAPH, out, held, facts, prefixes, first)
        _hold(_QUOTE, 1, -1, facts, holders, prefixes, outsides, first, opened)
    elif act == _ITEM:
        _begin_item(out, held, facts, holders, prefixes, outsides, first, opened)
    else:
        number = _start(data, facts) if act == _NUMBERS else 1
        if number < 0:
            return False
        inside = _in_list(facts, holders)
        _begin_block(_NEW_LINE if inside else _NEW_PARAGRAPH, out, held, facts, prefixes, first)
        if inside and facts[_FIRST] < 0:
            facts[_GAP] = _NEW_LINE
        _hold(act, 0, number, facts, holders, prefixes, outsides, first, opened)
    return True


@part
def _start(data: Any, facts: Any) -> Any:
    """The number of the first item of a list; -1 where that is not sure."""
    number = 0
    for place in range(facts[_START], facts[_START_END]):
        digit = _digit(data[place])
        if digit < 0 or digit >= _TEN or place - facts[_START] > _MOST_DIGITS:
            return -1
        number = number * _TEN + digit
    return number if facts[_START_END] > facts[_START] else 1


#: Digits of a number that a list may begin with, but one.
_MOST_DIGITS: Final = 5


@part
def _show(act: Any, page: Any, data: Any, shown: Any, facts: Any) -> Any:
    """Note a link or picture. What has a class may be a mention or a character: not sure."""
    for place in range(facts[_CLASS], facts[_CLASS_END]):
        if data[place] == _AND or (data[place] == _M and (data[place + 1] == _E or data[place - 1] == _E)):
            return False
    address = _HREF if act == _LINK else _SRC
    if facts[address] >= 0:
        row = facts[_FOUND]
        shown[row, 0], shown[row, 1] = page, _LINKED if act == _LINK else _PICTURED
        shown[row, 2], shown[row, 3] = facts[address], facts[address + 1]
        shown[row, 4], shown[row, 5] = facts[_ALT], facts[_ALT_END]
        facts[_FOUND] += 1
    return True


# --- Blocks and lines ---


@part
def _begin_block(gap: Any, out: Any, held: Any, facts: Any, prefixes: Any, first: Any) -> None:
    _end_block(out, held, facts, prefixes, first)
    if facts[_FIRST] < 0:
        facts[_GAP] = max(facts[_GAP], gap)


@part
def _end_block(out: Any, held: Any, facts: Any, prefixes: Any, first: Any) -> None:
    """Write the block at hand, if there is anything to be seen in it."""
    if facts[_VERBATIM]:
        _end_code(out, held, facts, prefixes, first)
    else:
        _line_break(out, held, facts, prefixes, first)
    facts[_WAITING] = 0
    if facts[_BEGUN]:
        facts[_BEGUN], facts[_FIRST], facts[_GAP], facts[_SHARED] = 0, -1, 0, facts[_DEPTH]


@part
def _end_code(out: Any, held: Any, facts: Any, prefixes: Any, first: Any) -> None:
    """The lines of code at hand."""
    count, seen = facts[_HELD], False
    facts[_HELD] = 0
    for place in range(count):
        if _KINDS[held[place]] != _BLANK:
            seen = True
            break
    begin = 0
    while seen and begin <= count:
        stop = begin
        while stop < count and held[stop] != _FEED:
            stop += 1
        if stop > begin:
            if _begin_line(stop - begin, out, facts, prefixes, first):
                size = facts[_SIZE]
                for place in range(begin, stop):
                    out[size + place - begin] = held[place]
                facts[_SIZE] = size + stop - begin
        elif facts[_BEGUN]:
            facts[_WAITING] += 1
        begin = stop + 1


@part
def _line_break(out: Any, held: Any, facts: Any, prefixes: Any, first: Any) -> None:
    """What is at hand as one line; in code a line end like others."""
    if facts[_VERBATIM]:
        held[facts[_HELD]] = _FEED
        facts[_HELD] += 1
        return
    count, at = facts[_HELD], 0
    facts[_HELD] = 0
    while at < count and _KINDS[held[at]] == _BLANK:
        at += 1
    if at == count:
        facts[_WAITING] += facts[_BEGUN]
    elif _begin_line(count - at, out, facts, prefixes, first):
        size, blank = facts[_SIZE], False
        for place in range(at, count):
            byte = held[place]
            if _KINDS[byte] == _BLANK:
                blank = True
                continue
            if blank:
                out[size] = _SPACE
                size, blank = size + 1, False
            out[size] = byte
            size += 1
        facts[_SIZE] = size


@part
def _begin_line(room: Any, out: Any, facts: Any, prefixes: Any, first: Any) -> Any:
    """Write what stands before a line, empty lines that wait included. Whether there is room for the line, too."""
    lines = facts[_WAITING] + 2
    if facts[_SIZE] + room + lines * (_MARKS + 1) > len(out):
        facts[_FAILED] = 1
        return False
    depth = facts[_DEPTH]
    if facts[_BEGUN]:
        for _ in range(facts[_WAITING]):
            _put(_FEED, out, facts)
            _put_marks(prefixes, depth, _seen(prefixes, depth), out, facts)
        _put(_FEED, out, facts)
        _put_marks(prefixes, depth, prefixes[depth, _LENGTH], out, facts)
    else:
        if facts[_ANY] and facts[_GAP] == _NEW_PARAGRAPH:
            _put(_FEED, out, facts)
            _put_marks(prefixes, facts[_SHARED], _seen(prefixes, facts[_SHARED]), out, facts)
        if facts[_ANY]:
            _put(_FEED, out, facts)
        if facts[_FIRST] < 0:
            _put_marks(prefixes, depth, prefixes[depth, _LENGTH], out, facts)
        else:
            _put_marks(first, 0, facts[_FIRST], out, facts)
    facts[_WAITING], facts[_BEGUN], facts[_ANY] = 0, 1, 1
    return True


@part
def _put(byte: Any, out: Any, facts: Any) -> None:
    out[facts[_SIZE]] = byte
    facts[_SIZE] += 1


@part
def _put_marks(marks: Any, row: Any, count: Any, out: Any, facts: Any) -> None:
    for place in range(count):
        out[facts[_SIZE] + place] = marks[row, place]
    facts[_SIZE] += count


@part
def _seen(prefixes: Any, depth: Any) -> Any:
    """How long a prefix is without the spaces at its end."""
    size = np.int64(prefixes[depth, _LENGTH])
    while size and prefixes[depth, size - 1] == _SPACE:
        size -= 1
    return size


# --- Quotes and lists ---


@part
def _in_list(facts: Any, holders: Any) -> Any:
    return facts[_DEPTH] > 0 and holders[facts[_DEPTH] - 1, _TAG] != _QUOTE


@part
def _begin_item(
    out: Any, held: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any
) -> None:
    """A list item, which ends the one before it."""
    _begin_block(_NEW_LINE, out, held, facts, prefixes, first)
    if facts[_DEPTH] and holders[facts[_DEPTH] - 1, _TAG] == _ITEM:
        _release(_ITEM, facts, holders, outsides, first, opened)
    number, top = -1, facts[_DEPTH] - 1
    if top >= 0:
        if holders[top, _ITEMS]:
            facts[_GAP] = _NEW_LINE
        if holders[top, _TAG] == _NUMBERS:
            number = holders[top, _NUMBER]
        holders[top, _ITEMS] += 1
        holders[top, _NUMBER] += 1
    _hold(_ITEM, 1, number, facts, holders, prefixes, outsides, first, opened)


@part
def _end_holder(
    tag: Any, out: Any, held: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any
) -> None:
    """The end of a quote, list or item; one that was never begun is passed over."""
    if opened[tag]:
        _end_block(out, held, facts, prefixes, first)
        _release(tag, facts, holders, outsides, first, opened)
        gap = _NEW_LINE if tag != _QUOTE and _in_list(facts, holders) else _NEW_PARAGRAPH
        _begin_block(gap, out, held, facts, prefixes, first)


@part
def _hold(
    tag: Any, marked: Any, number: Any, facts: Any, holders: Any, prefixes: Any, outsides: Any, first: Any, opened: Any
) -> None:
    """Put what follows into a holder. If it is `marked`, a quote or an item says so before it, with a number if any."""
    depth = facts[_DEPTH]
    for place in range(_MARKS):
        prefixes[depth + 1, place] = prefixes[depth, place]
        outsides[depth, place] = first[0, place]
    holders[depth, _TAG], holders[depth, _OUTSIDE] = tag, facts[_FIRST]
    holders[depth, _NUMBER], holders[depth, _ITEMS] = number, 0
    opened[tag] += 1
    facts[_DEPTH] = depth + 1
    if not marked:
        return
    digits, rest = 0, number
    while rest > 0 or (rest == 0 and not digits):
        digits, rest = digits + 1, rest // _TEN
    size, width = np.int64(prefixes[depth, _LENGTH]), digits + 2 if digits else 2
    if size + width > LONGEST_INDENT:
        return
    if tag == _ITEM or facts[_FIRST] >= 0:
        if facts[_FIRST] < 0:
            for place in range(size):
                first[0, place] = prefixes[depth, place]
            facts[_FIRST] = size
        begin = facts[_FIRST]
        for back in range(digits):
            first[0, begin + digits - 1 - back] = _ZERO + np.uint8(number % _TEN)
            number //= _TEN
        if digits:
            first[0, begin + digits] = _POINT
        else:
            first[0, begin] = _MORE if tag == _QUOTE else _DASH
        first[0, begin + width - 1] = _SPACE
        facts[_FIRST] = begin + width
    for place in range(width):
        prefixes[depth + 1, size + place] = _SPACE
    if tag == _QUOTE:
        prefixes[depth + 1, size] = _MORE
    prefixes[depth + 1, _LENGTH] = size + width


@part
def _release(tag: Any, facts: Any, holders: Any, outsides: Any, first: Any, opened: Any) -> None:
    """Close holders up to the innermost of this kind."""
    while facts[_DEPTH]:
        facts[_DEPTH] -= 1
        top = facts[_DEPTH]
        opened[holders[top, _TAG]] -= 1
        if facts[_FIRST] >= 0:
            facts[_FIRST] = holders[top, _OUTSIDE]
            for place in range(_MARKS):
                first[0, place] = outsides[top, place]
        if holders[top, _TAG] == tag:
            break
    facts[_SHARED] = min(facts[_SHARED], facts[_DEPTH])
