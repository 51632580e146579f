"""Phone numbers: international ones by the plan of their country, national ones by how they are written there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .shadow import DIGITS, ESCAPE, TAKEN, TAKEN_PHONE, WORD, Pattern, byte_after, byte_before, line_before, places
from .tables import rows_of, toml_of
from .words import distance, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from .shadow import Span


@dataclass(frozen=True)
class Plan:
    """How many digits follow the code of a country, and whether the first of them may be 0."""

    lengths: frozenset[int]
    zero: bool


_PLANS: Final = {
    row["code"]: Plan(frozenset(map(int, row["lengths"].split())), row["zero"] == "yes")
    for row in rows_of("calling-codes.csv")
}
_TABLE: Final = toml_of("phones.toml")
_MACROS: Final = str.maketrans({"#": "[0-9]", "N": "[2-9]", "~": "[ .-]"})


def _any_of(forms: list[str]) -> str:
    return "|".join(f"(?:{form})" for form in forms).translate(_MACROS)


#: What may stand between two digits.
_GAP: Final = r"(?:[ .\-/]|\) ?|\)[.\-]| ?\(| [\-/] |  )?"
#: With the plus and the spaces of URLs.
ABROAD: Final = rf"(?:\+|%2[Bb]|\+\(|\(\+|00 ?)[1-9](?:(?:{_GAP}|%20)[0-9]){{6,17}}"
_ABROAD: Final = Pattern(ABROAD)
_AT_HOME: Final = Pattern(rf"\(?[0-9](?:{_GAP}[0-9]){{6,14}}")
#: What stands behind a number that is only the beginning of a row of numbers.
_TABLE_OF: Final = Pattern(rf"(?:{_GAP}[0-9]){{20}}")
SURE: Final = _any_of([*_TABLE["always"], *_TABLE["sure"]])
_ALWAYS: Final = Pattern(_any_of(_TABLE["always"]))
_SURE, _UNSURE, _NEVER = Pattern(SURE), Pattern(_any_of(_TABLE["unsure"])), Pattern(_any_of(_TABLE["never"]))
SAYS_YES: Final = tuple(_TABLE["says_yes"])
BESIDE: Final = tuple(_TABLE["beside"])
BEHIND: Final = tuple(_TABLE["behind"])
_THOUSANDS: Final = Pattern(_any_of(_TABLE["thousands"]))
_YES, _NO, _BESIDE = words(SAYS_YES), words(_TABLE["says_no"]), words(BESIDE)
_BEHIND: Final = Pattern(rf"(?i) ?(?:{'|'.join(BEHIND)})\b")

_REPLACED: Final = bytes((TAKEN_PHONE, TAKEN))
#: Fewest digits of a national number that a word tells, and of one that its form alone tells.
_FEWEST, _LEAST = 7, 9
#: Fewest digits of an international number that begins with 00 and has no groups and no word.
_LONG: Final = 13
#: How near a word has to stand, in code points: one that makes a number something else, one that makes it a phone
#: number, one that makes thousands one, one that counts only beside it.
_NEAR, _WITHIN, _CLOSER, _RIGHT_BEFORE = 20, 32, 16, 4
#: Between two phone numbers of one list.
_AND: Final = Pattern(r"(?i)[ ,;/|]{1,3}(?:(?:or|oder|ou|o|of|and|und|et|y|e|en|u)\.? (?:au |le |al |the )?)?")
#: Units and names of money behind a number.
_UNIT: Final = Pattern(
    r"(?i) ?(?:[%$](?:[^0-9A-Za-z]|\z)|"
    r"(?:eur|euros?|usd|gbp|chf|dollars?|pounds?|kr|zl|rub|mb|gb|tb|kb|kg|km|cm|mm|hz|kwh|px|bytes?|points?|"
    r"punkte|people|personen|personnes|personas|persone|pessoas|inhabitants|einwohner|habitants|habitantes|abitanti|"
    r"inwoners|times|views|votes|years|jahre|ans|anos|anni|jaar)\b)"
)


def phones(shadow: bytes) -> Iterator[Span]:
    """Where phone numbers are."""
    abroad = list(places(_ABROAD, shadow, _abroad))
    yield from abroad
    ends = {stop for _, stop in abroad}

    def at_home(shadow: bytes, start: int, stop: int) -> Span | None:
        span = _at_home(shadow, start, stop, ends)
        ends.update(() if span is None else (span[1],))
        return span

    yield from places(_AT_HOME, shadow, at_home)


def _ends(shadow: bytes, start: int, stop: int) -> list[int]:
    """Where a number may end: as late as possible, else before a space, since another number may stand behind it."""
    spaces = (at for at in range(stop - 1, start, -1) if shadow[at] in b" " and shadow[at - 1] in DIGITS)
    return [stop, *spaces]


def _abroad(shadow: bytes, start: int, stop: int) -> Span | None:
    before, zero = byte_before(shadow, start), shadow[start] in b"0"
    if before in WORD and (zero or not ESCAPE.fits(shadow, max(start - 3, 0), start)):
        return None
    if before in b"+." or (zero and _denied(shadow, start, stop)):
        return None
    for end in _ends(shadow, start, stop):
        if _is_planned(shadow[start:end]) and _ends_well(shadow, end):
            return start, end
    return None


def _denied(shadow: bytes, start: int, stop: int) -> bool:
    """Whether a number that begins with 00 is no phone number: by a word, in a path, or as a mere run."""
    said = _said(shadow, start)
    bare = stop - start < _LONG and shadow[start:stop].isdigit()
    return byte_before(shadow, start) in b"/#$=&%@-" or (bare if said is None else said < 0)


def _is_planned(written: bytes) -> bool:
    """Whether a number with its country fits the plan of that country."""
    if written.count(b"(") != written.count(b")"):
        return False
    bare = written.replace(b"(0)", b"").replace(b"%20", b"").removeprefix(b"%2B").removeprefix(b"%2b")
    digits = bare.translate(None, b" .-/()+").decode("latin-1").removeprefix("00")
    code = next((digits[:length] for length in (1, 2, 3) if digits[:length] in _PLANS), None)
    if code is None:
        return False
    plan, number = _PLANS[code], digits[len(code) :]
    if code == "1" and len(number) == len("5550100"):
        return number.startswith("55501")  # without an area, as films have it
    if number[:1] == "0" and not plan.zero:
        number = number[1:]  # many write the 0 that is only dialled at home
    if code == "1" and (number[:1] in "01" or number[3:4] in "01"):
        return False
    return len(number) in plan.lengths and (number[:1] != "0" or plan.zero) and len(set(number)) > 1


def _ends_well(shadow: bytes, stop: int) -> bool:
    after = byte_after(shadow, stop)
    if after in WORD or after in b"$@" or (after in b"%" and ESCAPE.end(shadow, stop) == stop):
        return False
    return not (after in b".,-/:" and byte_after(shadow, stop + 1) in DIGITS)


def _at_home(shadow: bytes, start: int, stop: int, others: Collection[int]) -> Span | None:
    if not _begins_well(shadow, start) or _NEVER.fits(shadow, start, stop) or _TABLE_OF.end(shadow, stop) > stop:
        return None
    said = _said(shadow, start)
    if said is not None and said < 0:
        return None
    amid = byte_before(shadow, start) in b" " and byte_before(shadow, max(start - 1, 0)) in DIGITS
    listed = said is not None or _continues(shadow, start, others)
    for end in () if _UNIT.end(shadow, stop) > stop else _ends(shadow, start, stop):
        if _NEVER.fits(shadow, start, end) or not _ends_well(shadow, end):
            continue
        told = listed or _BEHIND.end(shadow, end) > end
        if _THOUSANDS.fits(shadow, start, end):
            told = said is not None and said < _CLOSER
        digits = sum(byte in DIGITS for byte in shadow[start:end])
        sure = not amid and ((digits >= _LEAST and _SURE.fits(shadow, start, end)) or _ALWAYS.fits(shadow, start, end))
        if sure or (told and digits >= (_FEWEST if end == stop else _LEAST) and _UNSURE.fits(shadow, start, end)):
            return start, end
    return None


def _said(shadow: bytes, start: int) -> int | None:
    """How far before a number a word says that it is a phone number; -1 where a nearer one says that it is none."""
    yes = distance(_YES, shadow, start, _WITHIN)
    beside = distance(_BESIDE, shadow, start, _RIGHT_BEFORE + 12)
    if beside is not None and beside <= _RIGHT_BEFORE:
        yes = beside if yes is None else min(yes, beside)
    no = distance(_NO, shadow, start, _NEAR)
    return -1 if no is not None and (yes is None or no < yes) else yes


def _begins_well(shadow: bytes, start: int) -> bool:
    """Whether a national number may begin here: not inside a code, a path, an amount or a moment."""
    before, earlier = byte_before(shadow, start), byte_before(shadow, start - 1) if start else 0x0A
    if before in WORD or before in b"/#$=&%@+\\":
        return False
    if before in b".":
        return earlier in WORD and earlier not in DIGITS and earlier not in _REPLACED
    if before in b":":
        return earlier not in DIGITS
    return not (before in b"-,(" and earlier in WORD and earlier not in _REPLACED) and not (
        before in b" " and earlier in b"$"
    )


def _continues(shadow: bytes, start: int, others: Collection[int]) -> bool:
    """Whether the number follows another phone number in a list; `others` are where those end."""
    window = line_before(shadow, start, _NEAR)
    replaced = window.rfind(TAKEN_PHONE)
    ends = [at for at in range(start - len(window), start) if at in others]
    if replaced >= 0:
        ends.append(start - len(window) + replaced + 1)
    return any(_AND.fits(shadow, end, start) for end in ends)
