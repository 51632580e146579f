"""One look at many texts that counts everything the measures are made of.

A text is decoded once into code points and their classes; then each function goes over these for one kind of count.
All are plain loops over arrays of integers, compiled when they are first called. The bits of the classes stand here
because numba would not notice if they changed in another module; `characters` fills its table with them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..kernels import compiled, part
from .compiling import BASIS, COMPARED, PRIME, mixed, place_of, places_for, sized

#: What is counted of each text, in the order of the columns that `scan` fills.
COUNTS: Final = (
    "chars", "upper", "cased", "digits", "punctuation", "symbols", "emoji", "spaces", "visible",
    "bidi", "controls", "tags", "zero_widths", "stray_joiners", "stray_selectors", "private", "replacements",
    "longest_run", "mark_run",
    "address_chars", "mention_chars", "hashtag_chars",
    "words", "letter_words", "symbol_marks", "braces",
    "breaks", "lines", "line_chars", "repeated_lines", "repeated_line_chars",
    "bullet_lines", "ellipsis_lines", "ended_lines",
    "tokens", "mixed_words", "look_alike_words", "script_letters", "dominant_letters", "scripts",
)  # fmt: skip
(
    _CHARS, _UPPER, _CASED, _DIGITS, _PUNCTUATION, _SYMBOLS, _EMOJI, _SPACES, _VISIBLE, _BIDI, _CONTROLS, _TAGS,
    _ZERO_WIDTHS, _STRAY_JOINERS, _STRAY_SELECTORS, _PRIVATE, _REPLACEMENTS, _LONGEST_RUN, _MARK_RUN,
    _ADDRESS_CHARS, _MENTION_CHARS, _HASHTAG_CHARS, _WORDS, _LETTER_WORDS, _SYMBOL_MARKS, _BRACES, _BREAKS, _LINES,
    _LINE_CHARS, _REPEATED_LINES, _REPEATED_LINE_CHARS, _BULLET_LINES, _ELLIPSIS_LINES, _ENDED_LINES, _TOKENS,
    _MIXED_WORDS, _LOOK_ALIKE_WORDS, _SCRIPT_LETTERS, _DOMINANT_LETTERS, _SCRIPTS,
) = range(len(COUNTS))  # fmt: skip
#: Classes of characters, as bits; from SCRIPT_SHIFT on stands the number of the script.
LETTER, UPPER, LOWER, MARK, DIGIT, PUNCTUATION, SYMBOL, SPACE, WORD, UNSPACED, EMOJI = (1 << bit for bit in range(11))
BIDI, CONTROL, TAG, ZERO_WIDTH, JOINER, SELECTOR, SELECTABLE, UNSEEN, PRIVATE = (1 << bit for bit in range(11, 20))
LOOK_ALIKE, FINAL, CLOSING, BULLET = (1 << bit for bit in range(20, 24))
SCRIPT_SHIFT: Final = 24
#: Code points with a class of their own.
SIZE: Final = 0xE1000
#: More than there are scripts.
_MOST_SCRIPTS: Final = 32
#: Latin, Greek and Cyrillic are scripts 1 to 3: those whose letters look like each other's.
_LAST_ALIKE: Final = 3
_ALIKE: Final = 0b1110
#: Classes that few texts have.
_RARE: Final = BIDI | CONTROL | TAG | ZERO_WIDTH | JOINER | SELECTOR | PRIVATE | MARK
_PRIVATE_PLANES: Final = 0xF0000
_REPLACEMENT: Final = 0xFFFD
_BLACK_FLAG: Final = 0x1F3F4
_TAG_END: Final = 0xE007F
#: A flag of a region has up to six letters or digits and an end.
_FLAG_TAGS: Final = 7
_ADDRESS, _MENTION, _HASHTAG = range(3)


@part
def _decode(data: Any, begin: Any, end: Any, classes: Any, points: Any, kinds: Any) -> Any:
    """Code points and their classes of the UTF-8 in `data[begin:end]`; gives how many."""
    count, at = 0, begin
    while at < end:
        first = np.int64(data[at])
        if first < 0x80:
            point, at = first, at + 1
        elif first < 0xE0:
            point, at = (first & 0x1F) << 6 | (data[at + 1] & 0x3F), at + 2
        elif first < 0xF0:
            point, at = (first & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | (data[at + 2] & 0x3F), at + 3
        else:
            point = (first & 0x07) << 18 | (data[at + 1] & 0x3F) << 12
            point, at = point | (data[at + 2] & 0x3F) << 6 | (data[at + 3] & 0x3F), at + 4
        points[count] = point
        kinds[count] = classes[point] if point < SIZE else PRIVATE if point >= _PRIVATE_PLANES else 0
        count += 1
    return count


@part
def _sorts(points: Any, kinds: Any, count: Any, row: Any) -> Any:
    """How many characters are of each sort.

    Gives the classes of all together, the classes that all letters share, and how many letters there are.
    """
    upper = cased = digits = punctuation = symbols = emoji = spaces = unseen = letters = lost = 0
    together, common = np.uint32(0), np.uint32(0xFFFFFFFF)
    for place in range(count):
        kind = kinds[place]
        together |= kind
        letter = (kind & LETTER) != 0
        letters += letter
        lost += points[place] == _REPLACEMENT
        common &= kind if letter else np.uint32(0xFFFFFFFF)
        upper += (kind & UPPER) != 0
        cased += (kind & (UPPER | LOWER)) != 0
        digits += (kind & DIGIT) != 0
        punctuation += (kind & PUNCTUATION) != 0
        symbols += (kind & (SYMBOL | EMOJI)) == SYMBOL
        emoji += (kind & EMOJI) != 0
        spaces += (kind & SPACE) != 0
        unseen += (kind & (SPACE | UNSEEN)) != 0
    row[_CHARS], row[_UPPER], row[_CASED], row[_DIGITS], row[_PUNCTUATION] = count, upper, cased, digits, punctuation
    row[_SYMBOLS], row[_EMOJI], row[_SPACES], row[_VISIBLE] = symbols, emoji, spaces, count - unseen
    row[_REPLACEMENTS] = lost
    return together, common, letters


@part
def _hidden(points: Any, kinds: Any, count: Any, row: Any) -> None:
    """Characters that nobody sees, and those that are out of their place."""
    before, marks, flag = np.uint32(0), 0, -1
    for place in range(count):
        kind = kinds[place]
        marks = marks + 1 if kind & MARK else 0
        row[_MARK_RUN] = max(row[_MARK_RUN], marks)
        row[_BIDI] += (kind & BIDI) != 0
        row[_CONTROLS] += (kind & CONTROL) != 0
        row[_ZERO_WIDTHS] += (kind & ZERO_WIDTH) != 0
        row[_PRIVATE] += (kind & PRIVATE) != 0
        if kind & TAG:
            row[_TAGS] += 1
            # Within the flag of a region, tags are in their place.
            flag = flag + 1 if 0 <= flag < _FLAG_TAGS else -1
            if flag > 1 and points[place] == _TAG_END:
                row[_TAGS] -= flag
            if not (0xE0030 <= points[place] <= 0xE0039 or 0xE0061 <= points[place] <= 0xE007A):
                flag = -1
        else:
            flag = 0 if points[place] == _BLACK_FLAG else -1
        if kind & JOINER:
            at_home = (before & LETTER) and (before >> SCRIPT_SHIFT) > _LAST_ALIKE
            row[_STRAY_JOINERS] += not (at_home or before & (EMOJI | SYMBOL | SELECTOR | MARK))
        if kind & SELECTOR:
            row[_STRAY_SELECTORS] += not before & (SELECTABLE | EMOJI)
        before = kind


@part
def _runs(points: Any, kinds: Any, count: Any, row: Any) -> None:
    """How often the same character follows itself, white space left out."""
    twice = thrice = 0
    for place in range(count - 1):
        same = (points[place] == points[place + 1]) & ((kinds[place] & SPACE) == 0)
        twice |= same
        thrice |= same & (points[place] == points[place + 2])
    longest, start = 1 + twice, 0
    for place in range(1, count + 1 if thrice else 0):
        if place == count or points[place] != points[start]:
            if place - start > longest and not kinds[start] & SPACE:
                longest = place - start
            start = place
    row[_LONGEST_RUN] = longest if count > row[_SPACES] else 0


@part
def _starts_address(points: Any, place: Any, count: Any) -> Any:
    """How long the beginning of an address is that stands here: http://, https:// or www., in any case."""
    if count - place >= 4 and (points[place] | 0x20) == 0x77:
        www = (points[place + 1] | 0x20) == 0x77 and (points[place + 2] | 0x20) == 0x77
        return 4 if www and points[place + 3] == 0x2E else 0
    if count - place < 7 or (points[place] | 0x20) != 0x68:
        return 0
    if (points[place + 1] | 0x20) != 0x74 or (points[place + 2] | 0x20) != 0x74 or (points[place + 3] | 0x20) != 0x70:
        return 0
    colon = place + 4 + ((points[place + 4] | 0x20) == 0x73)
    return (
        colon + 3 - place
        if colon + 2 < count and points[colon] == 0x3A and points[colon + 1] == 0x2F and points[colon + 2] == 0x2F
        else 0
    )


@part
def _is_name(point: Any) -> Any:
    return 0x30 <= point <= 0x39 or 0x41 <= (point & ~0x20) <= 0x5A or point == 0x5F


@part
def _after_address(points: Any, place: Any, count: Any) -> Any:
    """Where the address ends whose beginning ends at `place`: before what is not visible ASCII, `<`, `>` or `"`."""
    while place < count and 0x21 <= points[place] <= 0x7E:
        if points[place] == 0x22 or points[place] == 0x3C or points[place] == 0x3E:
            break
        place += 1
    return place


@part
def _after_mention(points: Any, place: Any, count: Any) -> Any:
    """Where the mention ends whose first letter stands at `place`; dot, dash and @ may stand within."""
    while place < count:
        point = points[place]
        within = point == 0x2E or point == 0x2D or point == 0x40
        if not (_is_name(point) or (within and place + 1 < count and _is_name(points[place + 1]))):
            break
        place += 1
    return place


@part
def _may_have_spans(points: Any, count: Any) -> Any:
    """Whether there is a mark without which there is no address, no mention and no hashtag."""
    # Not `place + 1`: the compiler does not know that this is no place before the first, and makes no vectors.
    marks, following = 0, points[1:]
    for place in range(count):
        point = points[place]
        marks |= (point == 0x40) | (point == 0x23) | (point == 0xFF03) | (point == 0x2F)
        marks |= ((point | 0x20) == 0x77) & (following[place] == 0x2E)
    return marks != 0


@part
def _spans(points: Any, kinds: Any, count: Any, row: Any) -> None:
    """How many characters are in addresses, mentions and hashtags; those of the first two lose their classes."""
    place, before = 0, False
    while place < count:
        point, end, mode = points[place], place, -1
        if not before:
            if point == 0x68 or point == 0x48 or point == 0x77 or point == 0x57:
                begins = _starts_address(points, place, count)
                if begins:
                    mode, end = _ADDRESS, _after_address(points, place + begins, count)
            elif point == 0x40 and place + 1 < count and _is_name(points[place + 1]):
                mode, end = _MENTION, _after_mention(points, place + 1, count)
            elif (point == 0x23 or point == 0xFF03) and place + 1 < count:
                if kinds[place + 1] & LETTER or points[place + 1] == 0x5F:
                    mode, end = _HASHTAG, place + 1
                    while end < count and kinds[end] & WORD:
                        end += 1
        if mode >= 0:
            row[_ADDRESS_CHARS + mode] += end - place
            before = (kinds[end - 1] & WORD) != 0
            if mode != _HASHTAG:
                kinds[place:end] = 0
            place = end
        else:
            before = (kinds[place] & WORD) != 0
            place += 1


@part
def _words(points: Any, kinds: Any, count: Any, row: Any) -> None:
    """Runs of what is not white space, and the marks that are held against their number."""
    words = with_letter = marks = braces = dots = 0
    for place in range(count):
        point, kind, before = points[place], kinds[place], kinds[place - 1] if place else np.uint32(SPACE)
        begins = ((kind & SPACE) == 0) & ((before & SPACE) != 0)
        words += begins
        with_letter += begins & ((kind & LETTER) != 0)
        marks += (point == 0x23) | (point == 0x2026)
        braces += (point == 0x7B) | (point == 0x7D)
        dots |= (point == 0x2E) & (points[place + 1] == 0x2E) & (points[place + 2] == 0x2E)
    if with_letter < words:
        with_letter = _words_with_letter(kinds, count)
    row[_WORDS], row[_LETTER_WORDS] = words, with_letter
    row[_SYMBOL_MARKS], row[_BRACES] = marks + (_ellipses(points, count) if dots else 0), braces


@part
def _words_with_letter(kinds: Any, count: Any) -> Any:
    words, lettered = 0, False
    for place in range(count):
        letter = ((kinds[place] & SPACE) == 0) & (lettered | ((kinds[place] & LETTER) != 0))
        words += letter & (not lettered)
        lettered = letter
    return words


@part
def _ellipses(points: Any, count: Any) -> Any:
    """Runs of three dots or more."""
    ellipses = dots = 0
    for place in range(count):
        dots = dots + 1 if points[place] == 0x2E else 0
        ellipses += dots == 3
    return ellipses


@part
def _line(points: Any, kinds: Any, begin: Any, end: Any, row: Any) -> None:
    """What one line is, white space at its ends left out."""
    row[_LINES] += 1
    row[_LINE_CHARS] += end - begin
    row[_BULLET_LINES] += (kinds[begin] & BULLET) != 0 and begin + 1 < end and (kinds[begin + 1] & SPACE) != 0
    last = points[end - 1]
    dots = last == 0x2E and end - begin > 2 and points[end - 2] == 0x2E and points[end - 3] == 0x2E
    row[_ELLIPSIS_LINES] += last == 0x2026 or dots
    final = end - 1
    while final > begin and kinds[final] & (CLOSING | SPACE) and not kinds[final] & FINAL:
        final -= 1
    row[_ENDED_LINES] += (kinds[final] & FINAL) != 0


@part
def _lines(points: Any, kinds: Any, count: Any, bounds: Any, row: Any) -> Any:
    """Lines that are not blank; `bounds` gets begin and end of those that are compared, gives how many."""
    start, found = 0, 0
    for place in range(count + 1):
        if place == count or points[place] == 0x0A:
            row[_BREAKS] += place < count
            begin, end = start, place
            while begin < end and kinds[begin] & SPACE:
                begin += 1
            while begin < end and kinds[end - 1] & SPACE:
                end -= 1
            if begin < end:
                _line(points, kinds, begin, end, row)
                if found < COMPARED:
                    bounds[found, 0], bounds[found, 1] = begin, end
                    found += 1
            start = place + 1
    return found


@part
def _repeated_lines(points: Any, bounds: Any, found: Any, table: Any, stamp: Any, row: Any) -> None:
    keys, stamps = table
    mask = sized(found)
    for number in range(found):
        value = BASIS
        for place in range(bounds[number, 0], bounds[number, 1]):
            value = (value ^ np.uint64(points[place])) * PRIME
        value = mixed(value)
        at = place_of(value, mask, keys, stamps, stamp)
        if stamps[at] == stamp:
            row[_REPEATED_LINES] += 1
            row[_REPEATED_LINE_CHARS] += bounds[number, 1] - bounds[number, 0]
        stamps[at], keys[at] = stamp, value


@part
def _tokens(points: Any, kinds: Any, count: Any, folds: Any, hashes: Any, begin: Any) -> Any:
    """Words as they are compared, folded and hashed, into `hashes` from `begin` on; gives how many there are."""
    value, inside, tokens = BASIS, False, 0
    for place in range(count):
        point, kind = points[place], kinds[place]
        if (kind & (WORD | UNSPACED)) == WORD:
            value = (value ^ np.uint64(folds[point] if point < SIZE else point)) * PRIME
            inside = True
            continue
        if inside:
            if point == 0x27 or point == 0x2019:
                continue
            if tokens < COMPARED:
                hashes[begin + tokens] = mixed(value)
            tokens += 1
            value, inside = BASIS, False
        if kind & WORD:
            if tokens < COMPARED:
                hashes[begin + tokens] = mixed((BASIS ^ np.uint64(point)) * PRIME)
            tokens += 1
    if inside:
        if tokens < COMPARED:
            hashes[begin + tokens] = mixed(value)
        tokens += 1
    return tokens


@part
def _mixes_scripts(scripts: Any, plain: Any, row: Any) -> None:
    """Counts a word with letters of several `scripts`; those in `plain` have one that looks like none of another."""
    if scripts & (scripts - 1):
        row[_MIXED_WORDS] += 1
        alike = scripts & _ALIKE
        row[_LOOK_ALIKE_WORDS] += (alike & (alike - 1)) != 0 and (alike & ~plain) != 0


@part
def _scripts(points: Any, kinds: Any, count: Any, letters: Any, row: Any) -> None:
    """Scripts of the letters, and words that mix them."""
    scripts, plain = 0, 0
    for place in range(count):
        point, kind = points[place], kinds[place]
        if (kind & (WORD | UNSPACED)) != WORD and point != 0x27 and point != 0x2019:
            _mixes_scripts(scripts, plain, row)
            scripts, plain = 0, 0
        number = np.int64(kind >> SCRIPT_SHIFT)
        if kind & LETTER and number:
            letters[number] += 1
            if not kind & UNSPACED:
                scripts |= 1 << int(number)
                plain |= ((kind & LOOK_ALIKE) == 0) << int(number)
    _mixes_scripts(scripts, plain, row)
    for script in range(_MOST_SCRIPTS):
        row[_SCRIPT_LETTERS] += letters[script]
        row[_DOMINANT_LETTERS] = max(row[_DOMINANT_LETTERS], letters[script])
        row[_SCRIPTS] += letters[script] > 0
        letters[script] = 0


def room_for(longest: int) -> tuple[Any, ...]:
    """What `scan` works with where no text has more bytes; to be zero where it is not written before it is read."""
    most = min(longest + 1, COMPARED)
    size = places_for(most)
    points, kinds = np.empty(longest + 2, np.int32), np.empty(longest + 2, np.uint32)
    table = np.empty(size, np.uint64), np.zeros(size, np.int64)
    return points, kinds, table, np.empty((most, 2), np.int64), np.zeros(_MOST_SCRIPTS, np.int64)


@compiled
def scan(data: Any, offsets: Any, classes: Any, folds: Any, counts: Any, hashes: Any, begins: Any, room: Any) -> None:
    """Fills `counts`, one row a text, with COUNTS, and `hashes` with the words of all texts as they are compared.

    The UTF-8 of text `i` is `data[offsets[i]:offsets[i + 1]]`, its words will be `hashes[begins[i]:begins[i + 1]]`.
    `classes` and `folds` are the tables of `characters`. `counts` and `begins` have to be zero before; there is room
    for the words where `hashes` has one place for every two bytes and one for every text. `room` is from `room_for`.
    """
    points, kinds, table, bounds, of_scripts = room
    for number in range(len(offsets) - 1):
        row = counts[number]
        count = _decode(data, offsets[number], offsets[number + 1], classes, points, kinds)
        points[count] = points[count + 1] = 0
        together, common, letters = _sorts(points, kinds, count, row)
        if together & _RARE:
            _hidden(points, kinds, count, row)
        _runs(points, kinds, count, row)
        _words(points, kinds, count, row)
        found = _lines(points, kinds, count, bounds, row)
        if found > 1:
            _repeated_lines(points, bounds, found, table, number + 1, row)
        spans = _may_have_spans(points, count)
        if spans:
            _spans(points, kinds, count, row)
        if letters and (spans or (together ^ common) >> SCRIPT_SHIFT):
            _scripts(points, kinds, count, of_scripts, row)
        elif letters and common >> SCRIPT_SHIFT:
            row[_SCRIPT_LETTERS], row[_DOMINANT_LETTERS], row[_SCRIPTS] = letters, letters, 1
        tokens = _tokens(points, kinds, count, folds, hashes, begins[number])
        row[_TOKENS] = tokens
        begins[number + 1] = begins[number] + min(tokens, COMPARED)
