"""How IRC clients other than those of `irc` itself write their logs: lines that tell more of their time, or less.

A dialect is data: how a line's time is written, how messages, actions and events follow it, and which lines tell the
day. None is guessed at: a log is of a dialect if nearly all of its first lines are, and some of them are messages.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .fields import MONTHS
from .moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: Days that marks of a log tell: the offset from which on, and the day or, where lines have that, the year.
Days = tuple[tuple[int, str], ...]


class Said(NamedTuple):
    """A line in which somebody says or does something; the day of `clock` is missing where lines do not tell it."""

    nick: bytes
    words: bytes
    clock: str
    action: bool


@dataclass(frozen=True)
class Dialect:
    """How one client writes: after `stamp`, whose groups are named as directives of time are, comes the rest.

    `message` and `action` have a nickname and words as their groups. `event` is the rest of what nobody said, `mark` a
    line without a time that belongs to the log, and `sign` what some line must be for the whole to be this dialect.
    """

    name: str
    stamp: re.Pattern[bytes]
    message: re.Pattern[bytes]
    action: re.Pattern[bytes]
    event: re.Pattern[bytes]
    mark: re.Pattern[bytes] = re.compile(rb"(?!)")
    sign: re.Pattern[bytes] = re.compile(rb"")
    days: Callable[[Any], Days] = lambda _data: ()

    def said(self, line: bytes) -> Said | None:
        """What a line says; None if nobody says anything in it, or it is none of this dialect."""
        found = self.stamp.match(line)
        rest = line[found.end() :] if found else b""
        if found is None or self.event.match(rest):
            return None
        spoken = self.message.fullmatch(rest)
        done = spoken or self.action.fullmatch(rest)
        if done is None:
            return None
        return Said(done[1], done[2] or b"", _clock(found.groupdict()), action=spoken is None)

    def notice(self, line: bytes) -> bool:
        """Whether a line belongs to the log and nobody says it."""
        found = self.stamp.match(line)
        return bool(self.event.match(line[found.end() :]) if found else self.mark.match(line))


def _clock(parts: dict[str, bytes | None]) -> str:
    """The time of a line as far as the line tells it: a clock, with month and day or with a whole day before it."""
    told = {name: value.decode() for name, value in parts.items() if value is not None}
    clock = f"{told['H']}:{told['M']}:{told.get('S', '00')}{told.get('z', '')}"
    if "b" in told:
        return f"-{MONTHS[told['b']]:02}-{int(told['d']):02} {clock}"
    return f"{told['Y']}-{told['m']}-{told['d']} {clock}" if "Y" in told else f" {clock}"


def moment(said: Said, days: Days, offset: int, zone: str) -> str | None:
    """The time of a line at an offset, RFC 3339 in UTC; None where its day is not known."""
    if said.clock[0] not in " -":
        return Moments(zone=zone).read(said.clock)
    known = bisect_right(days, offset, key=lambda day: day[0])
    return Moments(zone=zone).read(days[known - 1][1] + said.clock) if known else None


# --- The dialects ---

_NICK: Final = rb"<[ @+%&~!]?([^<>\s]{1,64})>"
_CLOCK: Final = rb"(?P<H>[0-2][0-9]):(?P<M>[0-5][0-9])"
_SECOND: Final = rb":(?P<S>[0-5][0-9])"
_DATE: Final = rb"(?P<Y>[12][0-9]{3})-(?P<m>[01][0-9])-(?P<d>[0-3][0-9])"
_MONTH: Final = "|".join(MONTHS).encode()
_NEVER: Final = re.compile(rb"(?!)")
#: What programs write as if somebody did it.
_CAME_OR_WENT: Final = (
    rb"(?:has )?(?:joined|left|parted|quit)(?: (?:the channel|IRC|[#&]\S+))?(?: [\[(].*)?$|is now known as \S+$"
)


def _irssi_days(data: Any) -> Days:
    return tuple((found.start(), _day_of(found)) for found in _IRSSI_DAY.finditer(data))


def _day_of(found: re.Match[bytes]) -> str:
    return f"{found['Y'].decode()}-{MONTHS[found['b'].decode()]:02}-{int(found['d']):02}"


#: `--- Day changed Tue Mar 05 2019`, and `--- Log opened Tue Mar 05 09:00:00 2019`.
_IRSSI_DAY: Final = re.compile(
    rb"^--- (?:Day changed|Log opened) \w{3} (?P<b>" + _MONTH + rb") (?P<d>[ 0-3][0-9])"
    rb"(?: [0-9:]{8})? (?P<Y>[12][0-9]{3})",
    re.MULTILINE,
)


def _xchat_days(data: Any) -> Days:
    """Years: where logging begins it is told, and when months go back a new one has begun."""
    found: list[tuple[int, str]] = []
    month = 0
    for line in _XCHAT_DAY.finditer(data):
        known, month = month, MONTHS[line["b"].decode()]
        if line["Y"]:
            found.append((line.start(), line["Y"].decode()))
        elif month < known and found:
            found.append((line.start(), str(int(found[-1][1]) + 1)))
    return tuple(found)


_XCHAT_DAY: Final = re.compile(
    rb"^(?:\*\*\*\* BEGIN LOGGING AT \w{3} )?(?P<b>" + _MONTH + rb") [ 0-3][0-9] [0-9:]{8}"
    rb"(?: (?P<Y>[12][0-9]{3})\r?$)?",
    re.MULTILINE,
)

DIALECTS: Final = (
    Dialect(
        name="irssi",
        stamp=re.compile(_CLOCK + rb"(?:" + _SECOND + rb")? "),
        message=re.compile(_NICK + rb"(?: (.*))?", re.DOTALL),
        action=re.compile(rb" ?\* ([^\s]{1,64})(?: (.*))?", re.DOTALL),
        event=re.compile(rb"-!-(?: |$)|-[^\s:]{1,64}:[#&]\S+- |!\S+ "),
        mark=re.compile(rb"--- (?:Log opened|Log closed|Day changed)(?: |$)"),
        days=_irssi_days,
    ),
    Dialect(
        name="lines with a whole date",
        stamp=re.compile(
            rb"\[?" + _DATE + rb"[T ]" + _CLOCK + _SECOND
            + rb"(?:[.,][0-9]{1,9})?(?P<z>Z|[+-][0-9]{2}:?[0-9]{2})?\]? {1,2}"
        ),
        message=re.compile(_NICK + rb"(?: (.*))?", re.DOTALL),
        action=re.compile(rb"\* ([^\s]{1,64})(?: (.*))?", re.DOTALL),
        event=re.compile(
            rb"(?:\*\*\*|-!-|-->|<--|===|---)(?: |$)|-[^\s-]\S{0,63}- |\* \S{1,64} (?:" + _CAME_OR_WENT + rb")"
        ),
    ),
    Dialect(
        name="WeeChat",
        stamp=re.compile(_DATE + rb" " + _CLOCK + _SECOND + rb"\t"),
        message=re.compile(rb"[@+%&~!]?([^\s@+%&~!*][^\s]{0,63})(?:\t(.*))?", re.DOTALL),
        action=re.compile(rb" ?\*\t([^\s]{1,64})(?: (.*))?", re.DOTALL),
        event=re.compile(rb" ?(?:-->|<--|--|=!=|\*\*)?(?:\t|$)"),
        sign=re.compile(rb"[-0-9]{10} [:0-9]{8}\t(?:-->|<--|--)\t"),
    ),
    Dialect(
        name="XChat",
        stamp=re.compile(rb"(?P<b>" + _MONTH + rb") (?P<d>[ 0-3][0-9]) " + _CLOCK + _SECOND + rb" "),
        message=re.compile(_NICK + rb"\t(.*)", re.DOTALL),
        action=_NEVER,
        event=re.compile(rb"(?:\*|-[^\s-]\S{0,63}-|>\S{1,64}<)(?:\t|$)"),
        mark=re.compile(rb"\*\*\*\* (?:BEGIN|ENDING) LOGGING AT "),
        days=_xchat_days,
    ),
)

# --- Which one ---

_FEW: Final = 3


def spoken(lines: Sequence[bytes]) -> tuple[Dialect, int] | None:
    """The dialect of the first lines of a log, and how many of them somebody says; None if they are of no dialect."""
    for dialect in DIALECTS:
        said = sum(1 for line in lines if dialect.said(line))
        known = said + sum(1 for line in lines if dialect.notice(line))
        if said >= _FEW and known * 10 >= len(lines) * 9 and _has(lines, dialect.sign):
            return dialect, said
    return None


def _has(lines: Iterable[bytes], sign: re.Pattern[bytes]) -> bool:
    return any(sign.match(line) for line in lines)


def first_lines(start: bytes, size: int, most: int = 200) -> Iterator[bytes]:
    """The first lines of a file that begins like this, without blank ones and without one that may be cut."""
    lines = [line.strip() for line in start.split(b"\n")[:most] if line.strip()]
    yield from lines if size <= len(start) or len(lines) < _FEW else lines[:-1]
