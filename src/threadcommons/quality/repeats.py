"""What repeats of the words of many texts, and how many of their words are stop words, from hashes of the words.

An n-gram can repeat only where both of its halves do. So n-grams of two words are looked for where two words stand
that both repeat, those of three where two of two do, and so on: for most texts that ends soon.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part
from .compiling import HALF, mixed, place_of, places_for, sized

#: What is counted of each text, in the order of the columns that `repeats` fills.
COUNTS: Final = ("compared", "repeated", "top_2", "top_3", "top_4", "again_5", "again_10")
_COMPARED, _REPEATED, _TOP_2, _, _, _AGAIN_5, _AGAIN_10 = range(len(COUNTS))
#: Widths of n-grams, in words: those of which the most common counts, and those of which all that repeat do.
_PAIR, _LAST_TOP, _FIVE, _TEN = 2, 4, 5, 10


@part
def _stop_words(hashes: Any, found: Any, stops: Any, row: Any) -> None:
    """For each language how many words are among those that it cannot do without."""
    keys, sets = stops
    mask = len(keys) - 1
    for number in range(found):
        at = np.int64(hashes[number] >> HALF) & mask
        while sets[at] and keys[at] != hashes[number]:
            at = (at + 1) & mask
        languages, language = sets[at], 0
        while languages:
            row[language] += languages & 1
            languages >>= 1
            language += 1


@part
def _first_grams(hashes: Any, found: Any, table: Any, stamp: Any, grams: Any) -> Any:
    """For each word the place of the first that is the same, and for that place how often the word stands.

    Gives how many stood before.
    """
    keys, stamps, places = table
    firsts, times = grams[0], grams[1]
    mask = sized(found)
    for number in range(found):
        at = place_of(hashes[number], mask, keys, stamps, stamp)
        first = places[at] if stamps[at] == stamp else number
        stamps[at], keys[at], places[at] = stamp, hashes[number], first
        times[number] = 0
        times[first] += 1
        firsts[number] = first
    once = 0
    for number in range(found):
        once += firsts[number] == number
    return found - once


@part
def _pairs(found: Any, grams: Any) -> Any:
    """Lists where two words stand that both repeat: there an n-gram of two may repeat. Gives how many places."""
    firsts, times, where = grams[0], grams[1], grams[2]
    listed, before = 0, False
    for number in range(found):
        repeats = times[firsts[number]] > 1
        where[listed] = number - 1
        listed += before & repeats
        before = repeats
    return listed


@part
def _longer_grams(listed: Any, table: Any, stamp: Any, grams: Any) -> Any:
    """From n-grams to those that are one word longer, at the listed places; gives whether one repeats.

    `grams[0]` has for each place the first place of the same n-gram, `grams[1]` for a first place how often it stands.
    """
    keys, stamps, places = table
    firsts, times, where = grams[0], grams[1], grams[2]
    mask = sized(listed)
    # A place is read as the second half of one n-gram before it is written as the beginning of the next.
    for each in range(listed):
        place = where[each]
        key = mixed(np.uint64(firsts[place]) << HALF | np.uint64(firsts[place + 1]))
        at = place_of(key, mask, keys, stamps, stamp)
        first = places[at] if stamps[at] == stamp else place
        stamps[at], keys[at], places[at] = stamp, key, first
        firsts[place] = first
    repeats = 0
    for each in range(listed):
        times[where[each]] = 0
    for each in range(listed):
        times[firsts[where[each]]] += 1
        repeats |= firsts[where[each]] != where[each]
    return repeats


@part
def _neighbours(listed: Any, grams: Any) -> Any:
    """Leaves those listed places where an n-gram repeats and the one that begins a word later does so too."""
    firsts, times, where = grams[0], grams[1], grams[2]
    left = 0
    for each in range(listed - 1):
        place, next_place = where[each], where[each + 1]
        both = next_place == place + 1 and times[firsts[place]] > 1 and times[firsts[next_place]] > 1
        where[left] = place
        left += both
    return left


@part
def _top(width: Any, listed: Any, grams: Any) -> Any:
    """Words in the n-gram that stands most often without overlap, all its times together; 0 if none stands twice."""
    firsts, where, apart, last = grams[0], grams[2], grams[3], grams[4]
    best = 1
    for each in range(listed):
        place = where[each]
        first = firsts[place]
        if first == place:
            apart[first], last[first] = 1, place
        elif place >= last[first] + width:
            apart[first] += 1
            last[first] = place
            best = max(best, apart[first])
    return width * best if best > 1 else 0


@part
def _again(width: Any, listed: Any, grams: Any) -> Any:
    """Words that stand in an n-gram which stood before."""
    firsts, where = grams[0], grams[2]
    covered, end = 0, 0
    for each in range(listed):
        place = where[each]
        if firsts[place] < place:
            covered += place + width - max(end, place)
            end = place + width
    return covered


@part
def _repetition(hashes: Any, found: Any, table: Any, stamp: Any, grams: Any, row: Any) -> Any:
    """What repeats of the words. An n-gram can only repeat where both of its halves do; mostly that ends soon."""
    stamp += 1
    row[_REPEATED] = _first_grams(hashes, found, table, stamp, grams)
    listed = _pairs(found, grams) if row[_REPEATED] else 0
    width = _PAIR
    while listed > 1 and width <= _TEN:
        stamp += 1
        if not _longer_grams(listed, table, stamp, grams):
            break
        if width <= _LAST_TOP:
            row[_TOP_2 - _PAIR + width] = _top(width, listed, grams)
        if width == _FIVE:
            row[_AGAIN_5] = _again(width, listed, grams)
        if width == _TEN:
            row[_AGAIN_10] = _again(width, listed, grams)
        listed = _neighbours(listed, grams)
        width += 1
    return stamp


def room_for(most: int) -> tuple[Any, ...]:
    """What `repeats` works with where no text has more words: a table, and what is known of n-grams."""
    size = places_for(most)
    table = np.empty(size, np.uint64), np.zeros(size, np.int64), np.empty(size, np.int64)
    return table, np.empty((5, most + 1), np.int64)


@compiled
def repeats(hashes: Any, begins: Any, stops: Any, counts: Any, stop_words: Any, room: Any) -> None:
    """Fills `counts`, one row a text, with COUNTS, and `stop_words` with a column for each language that has some.

    The words of text `i` are `hashes[begins[i]:begins[i + 1]]`. `stops` is an open table: hashes of words, and for each
    the set of its languages as bits, 0 where it is empty. What is filled has to be zero before. `room` is from
    `room_for`.
    """
    table, grams = room
    stamp = 0
    for number in range(len(begins) - 1):
        words = hashes[begins[number] : begins[number + 1]]
        counts[number, _COMPARED] = len(words)
        _stop_words(words, len(words), stops, stop_words[number])
        stamp = _repetition(words, len(words), table, stamp, grams, counts[number])
