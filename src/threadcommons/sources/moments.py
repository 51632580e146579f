"""Times as strangers write them: counted from 1970 in some unit, or spelled after a pattern, in a zone that is told.

Patterns are those of `strptime` with English names, whatever the locale is. Nothing is guessed: what is spelled without
a zone has the one that is declared for it, or is no time at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from typing import Final

from .fields import MONTHS, at_epoch, written

#: Units of numbers; `by-size` tells them apart by how large the number is, for columns in which they are mixed.
UNITS: Final = ("s", "ms", "us", "ns", "by-size")
#: The name of ISO 8601, which needs no pattern.
ISO: Final = "iso"

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,19}(?:\.[0-9]{0,20})?")
_ISO: Final = re.compile(
    r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
    r"(?:[T ](?P<H>[0-9]{2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"[ ]?(?P<z>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_ZONE: Final = re.compile(r"(?:Z|UTC|GMT|([+-])([0-9]{2}):?([0-9]{2})?)")
_DAYS: Final = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
#: What stands for each directive, as regular expressions.
_DIRECTIVES: Final[dict[str, str]] = {
    "Y": r"(?P<Y>[0-9]{4})", "y": r"(?P<y>[0-9]{2})", "m": r"(?P<m>[0-9]{1,2})", "d": r"(?P<d>[0-9]{1,2})",
    "H": r"(?P<H>[0-9]{1,2})", "I": r"(?P<I>[0-9]{1,2})", "M": r"(?P<M>[0-9]{1,2})", "S": r"(?P<S>[0-9]{1,2})",
    "f": r"(?P<f>[0-9]{1,9})", "p": r"(?P<p>[AaPp])\.?[Mm]\.?", "z": r"(?P<z>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})",
    "b": r"(?P<b>[A-Za-z]{3})[a-z]*\.?", "B": r"(?P<b>[A-Za-z]{3})[a-z]*",
    "a": rf"(?:{_DAYS})[a-z]*\.?", "A": rf"(?:{_DAYS})[a-z]*", "%": "%",
}  # fmt: skip
_TOKEN: Final = re.compile(r"%(.?)|(\s+)|([^%\s]+)")
#: Years of two digits below this are of this century, as POSIX has it.
_PIVOT: Final = 69


@dataclass(frozen=True)
class Moments:
    """How the times of one column are written: the unit of numbers, patterns in the order to try, a zone."""

    unit: str | None = None
    formats: tuple[str, ...] = (ISO,)
    zone: str | None = None

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_ISO if format_ == ISO else _pattern(format_) for format_ in self.formats)

    @cached_property
    def _offset(self) -> timezone | None:
        return offset_of(self.zone) if self.zone else None

    def read(self, text: str) -> str | None:
        """A time as RFC 3339 in UTC, or None for what is none of those that are declared."""
        if self.unit and _NUMBER.fullmatch(text):
            return _counted(text, self.unit)
        for pattern in self._patterns:
            if found := pattern.fullmatch(text):
                return _spelled(found.groupdict(), self._offset)
        return None

    def zoneless(self, text: str) -> bool:
        """Whether a text is a time after one of the patterns, and names no zone."""
        found = next((found for pattern in self._patterns if (found := pattern.fullmatch(text))), None)
        return found is not None and not found.groupdict().get("z")


def _counted(text: str, unit: str) -> str | None:
    if unit == "by-size":
        digits = len(text.lstrip("+-").split(".")[0].lstrip("0"))
        unit = next(unit for most, unit in _SIZES if digits <= most)
    if unit == "ns":
        return at_epoch(str(int(text.partition(".")[0]) // 1000), "us")
    return at_epoch(text, unit)


#: How many digits a number of this era has at most, by unit.
_SIZES: Final = ((11, "s"), (14, "ms"), (17, "us"), (99, "ns"))


def _spelled(parts: dict[str, str | None], zone: timezone | None) -> str | None:
    told = parts.get("z")
    known = offset_of(told) if told else zone
    if known is None:
        return None
    try:
        clock = (_hour(parts), int(parts.get("M") or 0), int(parts.get("S") or 0))
        part = int(f"{(parts.get('f') or '0')[:6]:0<6}")
        return written(datetime(*_day(parts), *clock, part, tzinfo=known))
    except (ValueError, OverflowError, KeyError):
        return None


def _day(parts: dict[str, str | None]) -> tuple[int, int, int]:
    short = int(parts.get("y") or 0)
    year = int(parts.get("Y") or (2000 if short < _PIVOT else 1900) + short)
    name = parts.get("b")
    month = MONTHS[name.capitalize()] if name else int(parts.get("m") or 1)
    return year, month, int(parts.get("d") or 1)


def _hour(parts: dict[str, str | None]) -> int:
    half = parts.get("p")
    if half is None:
        return int(parts.get("H") or 0)
    hour = int(parts.get("I") or parts.get("H") or 0)
    if not 1 <= hour <= _NOON:
        raise ValueError("no such hour")
    return hour % _NOON + (_NOON if half in "Pp" else 0)


_NOON: Final = 12


def offset_of(zone: str) -> timezone | None:
    """`UTC`, `Z`, `GMT` or an offset such as `+01:00`; None for anything else."""
    found = _ZONE.fullmatch(zone)
    if not found:
        return None
    sign, hours, minutes = found.groups()
    if not sign:
        return UTC
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(away if sign == "+" else -away) if away < timedelta(hours=24) else None


def _pattern(format_: str) -> re.Pattern[str]:
    """A pattern of `strptime` as a regular expression. Raises ValueError for a directive that is not known."""
    pieces = []
    for directive, blanks, literal in _TOKEN.findall(format_):
        if literal or blanks:
            pieces.append(re.escape(literal) if literal else r"\s+")
        elif directive in _DIRECTIVES:
            pieces.append(_DIRECTIVES[directive])
        else:
            raise ValueError(f"%{directive}")
    try:
        return re.compile("".join(pieces))
    except re.error as error:
        raise ValueError("a directive stands twice") from error


def bad_format(format_: str) -> str | None:
    """What is wrong with a pattern, or None."""
    if format_ == ISO:
        return None
    try:
        found = _pattern(format_)
    except ValueError as error:
        return f"{error} is not understood; there are {', '.join('%' + name for name in _DIRECTIVES)}"
    missing = [name for name, keys in _NEEDED if not keys & found.groupindex.keys()]
    return f"it names no {' and no '.join(missing)}" if missing else None


_NEEDED: Final = (("year", {"Y", "y"}), ("month", {"m", "b"}), ("day", {"d"}))
