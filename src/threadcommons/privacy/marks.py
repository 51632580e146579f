"""Marks: with what each match of a pattern begins, read from the pattern itself.

A mark is some bytes, each out of a set. A text without any mark of a pattern cannot match it, so that one look for the
marks of all patterns saves most searches; and words and classes without more to them are searched for so altogether.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    #: Sets of bytes, one after another.
    Mark = tuple[frozenset[int], ...]

#: More bytes of a match than this are not looked at.
LONGEST: Final = 16
#: How many bytes of a mark are looked at before the mark itself, and of how many groups at once.
_LOOKED_AT: Final = 3
_BITS: Final = 64
#: A piece of a pattern: one sign, escaped or of a class, and how often.
_PIECE: Final = re.compile(
    r"(\\.|\[(?:\\.|[^\]\\])+\]|[^\\\[\](){}?*+|.^$])"
    r"(?:\{(?P<times>[0-9]+)\}|(?P<maybe>[?*]|\{[0-9]*,[0-9]*\})|(?P<more>\+))?"
)
_ONE_BYTE: Final = range(0x80)
#: What is beyond ASCII, but for what has few readers.
_BEYOND: Final = "".join(map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x10000), *range(0x1F000, 0x1FB00))))


class Begins(NamedTuple):
    """The marks of a pattern; `whole` is whether each of them is a match already."""

    marks: tuple[Mark, ...]
    whole: bool


def begins(pattern: str) -> Begins:
    """With what the matches of a pattern begin. Raises ValueError where that is neither a sign, a class nor a word."""
    found = [_begin(words) for alternative in _alternatives(pattern) for words in _opened(alternative)]
    if not all(mark for mark, _ in found):
        message = f"no mark begins {pattern}"
        raise ValueError(message)
    return Begins(tuple(mark for mark, _ in found), all(whole for _, whole in found))


def _alternatives(pattern: str) -> list[str]:
    """What stands between the bars that are in no group and no class."""
    found, depth = [""], 0
    for piece in re.findall(r"\\.|\[(?:\\.|[^\]\\])+\]|.", pattern, re.DOTALL):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


def _opened(pattern: str) -> list[str]:
    """A pattern that begins with a group of words, with each of them in the place of the group."""
    match = re.match(r"\(\?:([^()]*)\)(?![?*+{])", pattern)
    return [word + pattern[match.end() :] for word in _alternatives(match[1])] if match else [pattern]


def _begin(pattern: str) -> tuple[Mark, bool]:
    """With what an alternative begins, and whether that is all of it.

    Behind what may be there or not, one byte more is told, and so it is of what may be beyond ASCII.
    """
    mark: Mark = ()
    maybe: frozenset[int] = frozenset()
    at = 0
    while len(mark) < LONGEST and (piece := _PIECE.match(pattern, at)) is not None:
        if not (letters := _letters(piece[1])):
            break
        at = piece.end()
        if piece["maybe"]:
            maybe |= letters
        elif maybe or piece["more"] or max(letters) not in _ONE_BYTE:
            return (*mark, letters | maybe), at == len(pattern) and not maybe and max(letters) in _ONE_BYTE
        else:
            mark += (letters,) * int(piece["times"] or 1)
    return mark[:LONGEST], at == len(pattern) and len(mark) <= LONGEST


@cache
def _letters(sign: str) -> frozenset[int]:
    """The bytes with which what a sign or a class stands for may begin."""
    if len(sign) == 1:
        return frozenset(sign.encode()[:1])
    letters = re.compile(sign)
    found = letters.search(_BEYOND)
    beyond = range(0x80, 0x100) if found is not None and found[0] else ()
    return frozenset((*(byte for byte in _ONE_BYTE if letters.fullmatch(chr(byte))), *beyond))


def spelt(first: str, last: str | None = None) -> Mark:
    """The bytes of a character, or of several that differ in the last byte alone."""
    *same, low = first.encode()
    high = (last or first).encode()[-1]
    return (*(frozenset((byte,)) for byte in same), frozenset(range(low, high + 1)))


class Tables(NamedTuple):
    """What `scan` looks into.

    `marks`: of each mark its sets as flags (mark, step, byte), its length, the bit of its fact, the groups that tell
    this fact; then the numbers of all marks by their first bytes, and where those of each byte begin. `groups`: which
    groups, as bits, have a byte as their first, second, third.
    """

    marks: tuple[Any, ...]
    groups: tuple[Any, ...]


def tables(facts: Sequence[Iterable[Mark]]) -> Tables:
    """The tables for some facts, the bits of what `scan` finds, of which each is told by any of its marks.

    Marks of one fact with the same first set are a group. Raises ValueError where there are more groups than bits.
    """
    told = [(fact, mark) for fact, marks in enumerate(facts) for mark in marks]
    groups = list(dict.fromkeys((fact, mark[0]) for fact, mark in told))
    if len(groups) > _BITS:
        message = f"{len(groups)} groups of marks, and a number has {_BITS} bits"
        raise ValueError(message)
    sets = np.zeros((len(told), LONGEST, 0x100), dtype=np.bool_)
    of_groups, of_facts = np.zeros((_LOOKED_AT, 0x100), dtype=np.uint64), np.zeros(len(facts), dtype=np.uint64)
    by_byte: list[list[int]] = [[] for _ in range(0x100)]
    for number, (fact, mark) in enumerate(told):
        bit = np.uint64(1 << groups.index((fact, mark[0])))
        of_facts[fact] |= bit
        for step, letters in enumerate(mark):
            sets[number, step, list(letters)] = True
        for step in range(_LOOKED_AT):
            of_groups[step, sets[number, step] if step < len(mark) else slice(None)] |= bit
        for letter in mark[0]:
            by_byte[letter].append(number)
    lengths = np.array([len(mark) for _, mark in told])
    bits = np.array([1 << fact for fact, _ in told], dtype=np.uint64)
    order = np.array([number for numbers in by_byte for number in numbers])
    ranges = np.cumsum([0, *map(len, by_byte)])
    return Tables((sets, lengths, bits, of_facts[[fact for fact, _ in told]], order, ranges), tuple(of_groups))
