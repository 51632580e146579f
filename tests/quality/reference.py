"""The measures once more, in plain Python: slow, without arrays, from the words of their definitions.

Nothing of the package is used but the lists of stop words. Classes of characters come from `unicodedata`, scripts from
the names of characters, repetition from slices of lists.
"""

import re
import unicodedata
from collections import Counter

SPACE = set("\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(point) for point in range(0x2000, 0x200B)}
APOSTROPHES = "'\u2019"
CLOCKS = [0x231A, 0x231B, *range(0x23E9, 0x23ED), 0x23F0, 0x23F3, 0x25FD, 0x25FE, 0x2B1B, 0x2B1C, 0x2B50, 0x2B55]
BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C, 0x200E, 0x200F]
CONTROL = [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)]
#: Characters that are ignored where they cannot be shown, as far as the tests draw them, and the empty braille cell.
IGNORED = [
    0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F),
    *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000), 0x2800, 0x2028, 0x2029,
]  # fmt: skip
FINAL = set(".!?\u2026\u3002\uff01\uff1f\uff0e\u061f\u06d4\u0964\u0965\u037e\u203c\u203d\u2047\u2048\u2049")
BULLETS = set("\u2022\u2023\u25cf\u25cb\u25aa\u25ab\u25e6\u2043\u2219*+-\u2013\u2014\u00b7\u30fb")
EAST = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "KATAKANA-HIRAGANA", "HALFWIDTH")
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "KATAKANA-HIRAGANA")
ALIKE = {
    "LATIN": set("acdehijlopqsuvwxyABCEHIJKMNOPSTXYZ"),
    "GREEK": set("αγικνορυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    "CYRILLIC": set("аеорсухѕіјһԁԛԝӏАВЕКМНОРСТУХЅІЈ"),
}
VARIED = ("CJK", "MONGOLIAN", "MYANMAR", "PHAGS-PA", "MANICHAEAN")

ADDRESS = re.compile(r"(?:[Hh][Tt][Tt][Pp][Ss]?://|[Ww][Ww][Ww]\.)[!#-;=?-~]*")
MENTION = re.compile(r"@[0-9A-Za-z_]+(?:[.@-][0-9A-Za-z_]+)*")


def category(char):
    return unicodedata.category(char)


def script(char):
    """The first word of the character's name, mostly; Latin ordinals have none of their script."""
    words = [*unicodedata.name(char, "?").split(), ""]
    word = words[1] if words[0] in ("FULLWIDTH", "HALFWIDTH") else "LATIN" if words[0] in ("FEMININE", "MASCULINE") else words[0]
    return word.split("-")[0] if category(char)[0] in "LM" else ""


def group(char):
    return "EAST" if script(char) in EAST else script(char)


def is_word(char):
    return category(char)[0] in "LM" or category(char) == "Nd" or char == "_"


def is_emoji(char):
    return 0x2600 <= ord(char) <= 0x27BF or 0x1F000 <= ord(char) <= 0x1FAFF or ord(char) in CLOCKS


def spans(text):
    """(kind, begin, end) of addresses, mentions and hashtags, as they are met from left to right."""
    found, at = [], 0
    while at < len(text):
        end = at
        if not (at and is_word(text[at - 1])):
            address, mention = ADDRESS.match(text, at), MENTION.match(text, at)
            if address:
                kind, end = "address", address.end()
            elif mention:
                kind, end = "mention", mention.end()
            elif text[at] in "#\uff03" and at + 1 < len(text) and (category(text[at + 1])[0] == "L" or text[at + 1] == "_"):
                kind, end = "hashtag", at + 1
                while end < len(text) and is_word(text[end]):
                    end += 1
        if end > at:
            found.append((kind, at, end))
        at = max(end, at + 1)
    return found


def compared_words(text, found):
    """Words as they are compared: outside of addresses and mentions, without case and apostrophes."""
    left_out = {place for kind, begin, end in found if kind != "hashtag" for place in range(begin, end)}
    words, current = [], ""
    for place, char in enumerate([*text, " "]):
        inside = place < len(text) and place not in left_out and is_word(char)
        if inside and script(char) not in UNSPACED:
            current += char
            continue
        if current and char in APOSTROPHES and place not in left_out:
            continue
        if current:
            words.append(current)
        current = ""
        if inside:
            words.append(char)
    return words


def folded(word):
    return "".join(char.lower() if category(char) in ("Lu", "Lt") and len(char.lower()) == 1 else char for char in word)


def longest(run):
    best = current = 0
    for one in run:
        current = current + 1 if one else 0
        best = max(best, current)
    return best


def grams(words, width):
    return [tuple(words[place : place + width]) for place in range(len(words) - width + 1)]


def top(words, width):
    best = 0
    for gram in set(grams(words, width)):
        times, free = 0, 0
        for place, other in enumerate(grams(words, width)):
            if other == gram and place >= free:
                times, free = times + 1, place + width
        best = max(best, times)
    return width * best if best > 1 else 0


def again(words, width):
    seen, covered = set(), set()
    for place, gram in enumerate(grams(words, width)):
        if gram in seen:
            covered |= set(range(place, place + width))
        seen.add(gram)
    return len(covered)


def lines_of(text):
    stripped = [line.strip("".join(SPACE)) for line in text.split("\n")]
    return [line for line in stripped if line]


def is_ended(line):
    while len(line) > 1 and line[-1] not in FINAL and (category(line[-1]) in ("Pe", "Pf") or line[-1] in "\"'" or line[-1] in SPACE):
        line = line[:-1]
    return line[-1] in FINAL


def stray_joiners(text):
    def in_place(char):
        if is_emoji(char) or category(char)[0] in "SM":
            return True
        return category(char)[0] == "L" and script(char) not in ("LATIN", "GREEK", "CYRILLIC") and not common(char)

    return sum(char in "\u200c\u200d" and not (at and in_place(text[at - 1])) for at, char in enumerate(text))


def common(char):
    """Letters that belong to no script, as far as the tests draw them."""
    return unicodedata.name(char, "").startswith(("MODIFIER LETTER", "MICRO SIGN", "SCRIPT", "DOUBLE-STRUCK", "BLACK-LETTER", "MATHEMATICAL", "CARON"))


def is_selector(char):
    return 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF


def stray_selectors(text):
    def in_place(char):
        return is_emoji(char) or category(char)[0] in "SPN" or script(char) in VARIED

    return sum(is_selector(char) and not (at and in_place(text[at - 1])) for at, char in enumerate(text))


def tags(text):
    without = re.sub("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f", "\U0001f3f4", text)
    return sum(0xE0000 <= ord(char) <= 0xE007F for char in without)


def look_alike(word):
    letters = {name: {char for char in word if group(char) == name and category(char)[0] == "L"} for name in ALIKE}
    present = {name: chars for name, chars in letters.items() if chars}
    return len(present) > 1 and any(chars <= ALIKE[name] for name, chars in present.items())


def over(part, whole):
    return part / whole if whole else 0.0


def measures(text, stop_words=()):
    """All measures of one text but those of its language; `stop_words` are those of its language, or None."""
    compared = compared_words(text, spans(text))
    return {
        **of_size(text),
        **of_spans(text),
        **of_characters(text),
        **of_lines(text),
        **of_words([folded(word) for word in compared], stop_words),
        **of_scripts(compared),
        **of_what_is_not_seen(text),
        "placeholder": any(word in text for word in ("lorem ipsum", "Lorem ipsum", "Lorem Ipsum", "LOREM IPSUM")),
    }


def runs_of(text):
    """What stands between spaces."""
    return [word for word in re.split(f"[{re.escape(''.join(sorted(SPACE)))}]", text) if word]


def unspaced(text):
    return [char for char in text if char not in SPACE]


def is_letter(char):
    """Of a script: letters that belong to none do not count."""
    return category(char)[0] == "L" and not common(char)


def of_size(text):
    runs = runs_of(text)
    return {
        "n_chars": len(text),
        "n_words": len(runs),
        "n_lines": len(lines_of(text)),
        "mean_word_length": over(len(unspaced(text)), len(runs)),
        "alpha_word_share": over(sum(any(category(char)[0] == "L" for char in word) for word in runs), len(runs)),
    }


def of_spans(text):
    sizes = Counter()
    for kind, begin, end in spans(text):
        sizes[kind] += end - begin
    return {
        "url_share": over(sizes["address"], len(text)),
        "mention_share": over(sizes["mention"], len(text)),
        "hashtag_share": over(sizes["hashtag"], len(text)),
    }


def of_characters(text):
    """Shares of characters of a kind, and the longest run of one."""
    n, kinds = len(text), Counter(map(category, text))
    marks = text.count("#") + text.count("\u2026") + len(re.findall(r"\.{3,}", text))
    run = max((len(match[0]) for match in re.finditer(r"(.)\1*", text, re.DOTALL) if match[1] not in SPACE), default=0)
    cased = kinds["Lu"] + kinds["Lt"] + kinds["Ll"]
    return {
        "symbol_share": over(sum(category(char)[0] == "S" and not is_emoji(char) for char in text), n),
        "symbol_word_ratio": over(marks, len(runs_of(text))),
        "brace_share": over(text.count("{") + text.count("}"), n),
        "digit_share": over(kinds["Nd"], n),
        "upper_share": over(kinds["Lu"] + kinds["Lt"], cased),
        "punctuation_share": over(sum(count for kind, count in kinds.items() if kind[0] == "P"), n),
        "space_share": over(n - len(unspaced(text)), n),
        "emoji_share": over(sum(map(is_emoji, text)), n),
        "longest_run": run,
        "run_share": over(run, n),
        "private_chars": kinds["Co"],
    }


def of_lines(text):
    lines, before = lines_of(text), set()
    repeated = [line for line in lines if line in before or before.add(line)]
    return {
        "bullet_line_share": over(sum(line[0] in BULLETS and line[1:2] in SPACE for line in lines), len(lines)),
        "ellipsis_line_share": over(sum(line.endswith(("...", "\u2026")) for line in lines), len(lines)),
        "ended_line_share": over(sum(map(is_ended, lines)), len(lines)),
        "break_word_ratio": over(text.count("\n"), len(runs_of(text))),
        "repeated_line_share": over(len(repeated), len(lines)),
        "repeated_line_char_share": over(sum(map(len, repeated)), sum(map(len, lines))),
    }


def of_words(words, stop_words):
    """What is said again, of words without case."""
    return {
        "stop_word_share": None if stop_words is None else over(sum(word in stop_words for word in words), len(words)),
        "repeated_word_share": over(len(words) - len(set(words)), len(words)),
        **{f"top_{width}gram_share": over(top(words, width), len(words)) for width in (2, 3, 4)},
        **{f"repeated_{width}gram_share": over(again(words, width), len(words)) for width in (5, 10)},
    }


def of_scripts(words):
    letters = [char for word in words for char in word if is_letter(char)]
    scripts = Counter(map(group, letters))
    return {
        "dominant_script_share": over(max(scripts.values(), default=0), len(letters)),
        "n_scripts": len(scripts),
        "mixed_script_words": sum(len({group(char) for char in word if is_letter(char)}) > 1 for word in words),
        "look_alike_words": sum(map(look_alike, words)),
    }


def of_what_is_not_seen(text):
    """Characters that are not shown, or that change how others are."""
    return {
        "visible_chars": sum(ord(char) not in IGNORED and category(char) != "Cc" for char in unspaced(text)),
        "bidi_controls": sum(ord(char) in BIDI for char in text),
        "control_chars": sum(ord(char) in CONTROL for char in text),
        "tag_chars": tags(text),
        "zero_width_chars": sum(char in "\u200b\u2060\ufeff" for char in text),
        "stray_joiners": stray_joiners(text),
        "stray_selectors": stray_selectors(text),
        "longest_mark_run": longest(category(char)[0] == "M" for char in text),
        "replacement_chars": text.count("\ufffd"),
    }
