"""The hash table that the compiled loops over characters share; whoever changes it touches the files that use it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import part

#: Words, and lines, of a text that are compared with each other; a longer text is compared up to here.
COMPARED: Final = 1 << 16
#: Constants of FNV-1a and of the splitmix64 finaliser.
BASIS: Final = np.uint64(0xCBF29CE484222325)
PRIME: Final = np.uint64(0x100000001B3)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_1, _SHIFT_2, _SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
HALF: Final = np.uint64(32)


@part
def mixed(value: Any) -> Any:
    """A hash of which every bit depends on every bit of the value."""
    value = (value ^ (value >> _SHIFT_1)) * _MIX_1
    value = (value ^ (value >> _SHIFT_2)) * _MIX_2
    return value ^ (value >> _SHIFT_3)


@part
def sized(count: Any) -> Any:
    """How many places a table for `count` values has, less one."""
    size = 8
    while size < 4 * count:
        size *= 2
    return size - 1


@part
def place_of(key: Any, mask: Any, keys: Any, stamps: Any, stamp: Any) -> Any:
    """Where a well-mixed key stands or may stand in an open table; what has another stamp is empty."""
    at = np.int64(key >> HALF) & mask
    while stamps[at] == stamp and keys[at] != key:
        at = (at + 1) & mask
    return at


def places_for(count: int) -> int:
    """How many places a table for `count` values has, for whoever makes one."""
    return 8 << max(0, (4 * count - 1).bit_length() - 3)


def hash_of(word: str, folds: Any) -> int:
    """The hash of a word, as `scan` makes it."""
    value = int(BASIS)
    for character in word:
        value = (value ^ int(folds[ord(character)])) * int(PRIME) % (1 << 64)
    for shift, factor in ((30, int(_MIX_1)), (27, int(_MIX_2))):
        value = (value ^ (value >> shift)) * factor % (1 << 64)
    return value ^ (value >> 31)
