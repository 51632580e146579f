"""Small things that many platforms' fields have in common: times, names, labels, escapes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What the contract allows: characters of a name or id, of an address, of a label; addresses in a post; years.
_NAME: Final = 256
LONGEST_ADDRESS: Final = 4096
_LABEL: Final = 256
_MOST: Final = 1000
_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 2999

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_FIRST_MICRO: Final = (datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC) - _EPOCH) // _MICRO
_LAST_MICRO: Final = (datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICRO - 1
#: The same in whole seconds from 1970.
FIRST_SECOND: Final = _FIRST_MICRO // 1_000_000
LAST_SECOND: Final = _LAST_MICRO // 1_000_000
_TWO: Final = tuple(f"{number:02d}" for number in range(60))
_UNITS: Final = {"s": 1, "ms": 1_000, "us": 1_000_000}
_ISO: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9})\d*)?[ ]?(Z|UTC|[+-]\d{2}:?\d{2}(?::\d{2})?)?"
)
#: The spelling that most platforms use, which is nearly that of the contract.
_PLAIN: Final = re.compile(r"([12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,6}))?Z")
_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS: Final = {name: number for number, name in enumerate(_NAMES, 1)}
_TWITTER: Final = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4}) ([0-9]{4})"
)
#: The spelling that most programs of mail use; others are left to the standard library.
_MAIL: Final = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([12][0-9]{3}) "
    r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]) ([+-](?:0[0-9]|1[0-4])[0-5][0-9])(?: \([A-Z]{1,5}\))?"
)


def at_epoch(value: float | str | None, unit: str = "s") -> str | None:
    """A time counted from 1970 in `unit` (s, ms, us), as RFC 3339 in UTC; None for what is no time of this era.

    Whole numbers stay exact; text is read as the number that it spells.
    """
    if value is None:
        return None
    try:
        number = float(value) if isinstance(value, str) and "." in value else value
        whole = int(number)
        part = 0 if whole == number or isinstance(number, str) else round((number - whole) * 1_000_000)
    except (TypeError, ValueError, OverflowError):
        return None
    return _counted((whole * 1_000_000 + part) // _UNITS[unit])


def _counted(micros: int) -> str | None:
    """A time counted from 1970 in microseconds, as the contract spells it; None before 1000 and after 2999."""
    if not _FIRST_MICRO <= micros <= _LAST_MICRO:
        return None
    days, rest = divmod(micros, 86_400_000_000)
    seconds, part = divmod(rest, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    fraction = f".{part:06d}".rstrip("0") if part else ""
    return f"{_day(days)}T{_TWO[hour]}:{_TWO[minute]}:{_TWO[second]}{fraction}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    """The date so many days after 1970 began."""
    return (_EPOCH + timedelta(days=days)).date().isoformat()


def at_iso(text: str | None) -> str | None:
    """A time written as ISO 8601 or nearly so, as RFC 3339; without a zone it counts as UTC. None for others."""
    if not text:
        return None
    plain = _PLAIN.fullmatch(text)
    if plain:
        return _checked(plain[1], plain[2])
    found = _ISO.fullmatch(text.strip())
    if not found:
        return None
    day, clock, part, zone = found.groups()
    zone = {None: "+00:00", "Z": "+00:00", "UTC": "+00:00"}.get(zone, zone or "")
    try:
        return written(datetime.fromisoformat(f"{day}T{clock}.{(part or '0')[:6]:0<6}{zone}"))
    except ValueError:
        return None


def _checked(moment: str, part: str | None) -> str | None:
    """A moment in UTC that is spelled as the contract wants it, if there is such a moment."""
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        return None
    if not _FIRST_YEAR <= int(moment[:4]) <= _LAST_YEAR:
        return None
    digits = part.rstrip("0") if part else ""
    return f"{moment}.{digits}Z" if digits else f"{moment}Z"


def at_twitter(text: str | None) -> str | None:
    """A time such as `Sat Nov 09 12:14:18 +0000 2024`, as RFC 3339 in UTC, whatever the locale is."""
    found = _TWITTER.fullmatch(text) if text else None
    if not found or found[1] not in MONTHS:
        return None
    month, day, clock, zone, year = found.groups()
    return _at(f"{year}-{MONTHS[month]:02d}-{day}T{clock}", zone)


def _at(moment: str, zone: str) -> str | None:
    """A moment in a zone that is given in digits, as RFC 3339 in UTC."""
    return _checked(moment, None) if zone in _UTC else at_iso(moment + zone)


_UTC: Final = frozenset({"+0000", "-0000"})


def at_mail(text: str | None) -> str | None:
    """A time as mail headers spell it, as RFC 3339 in UTC; None for what no reading makes sense of."""
    plain = _MAIL.fullmatch(text or "")
    if plain and plain[2] in MONTHS:
        day, month, year, clock, zone = plain.groups()
        return _at(f"{year}-{MONTHS[month]:02d}-{day:0>2}T{clock}", zone)
    try:
        found = parsedate_to_datetime(text or "")
        return written(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (TypeError, ValueError, OverflowError):
        return None


def written(time: datetime) -> str | None:
    """A time as the contract spells it: UTC, `Z`, no more digits than it has. None before 1000 and after 2999."""
    moved = time.astimezone(UTC)
    if not _FIRST_YEAR <= moved.year <= _LAST_YEAR:
        return None
    part = f".{moved.microsecond:06d}".rstrip("0") if moved.microsecond else ""
    return moved.isoformat()[:19] + part + "Z"


def label(name: str, value: object, annotator: str, method: str) -> dict[str, str]:
    """One judgement of a platform about a post, as a post carries it."""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return {"name": name, "value": shown[:_LABEL], "annotator": annotator, "method": method}


def author(name: str | None, id_: str | None = None, url: str | None = None) -> dict[str, str] | None:
    """Who wrote a post, or None where nobody is named. Names are cut at what the contract allows."""
    shown = (name or "").strip() or (id_ or "").strip()
    if not shown:
        return None
    known = {"name": shown[:_NAME]}
    if id_:
        known["id"] = id_[:_NAME]
    if checked := address(url):
        known["url"] = checked
    return known


#: Tags that mean no language, and codes that ISO 639 has replaced.
_NO_LANGUAGE: Final = frozenset({"und", "zxx", "mul", "mis"})
_RENAMED: Final = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "hbs"}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?![a-z])")


@lru_cache(maxsize=1024)
def language(tag: str | None) -> str | None:
    """The language of a tag such as `pt-BR` as ISO 639 has it; None for none, for unknown and for private codes."""
    found = _LANGUAGE.match(tag.strip().lower()) if tag else None
    if not found or found[0] in _NO_LANGUAGE or "qaa" <= found[0] <= "qtz":
        return None
    return _RENAMED.get(found[0], found[0])


_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!-~]*")


def address(url: str | None) -> str | None:
    """An address that the contract takes, or None: with a scheme, in ASCII, at most 4,096 characters."""
    return url if url and len(url) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(url) else None


def addresses(urls: Iterable[str | None]) -> list[str]:
    """Addresses in order of first appearance, each once."""
    found = [url for url in urls if url and len(url) <= LONGEST_ADDRESS]
    return found if len(found) <= 1 else list(dict.fromkeys(found))[:_MOST]


#: The marks that such platforms escape, and how.
ESCAPES: Final = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&#x27;": "'"}
_ESCAPE: Final = re.compile("|".join(ESCAPES))


def unescaped(text: str) -> str:
    """Text in which a platform escaped the marks of HTML and nothing else, as it was typed."""
    return _ESCAPE.sub(lambda found: ESCAPES[found[0]], text) if "&" in text else text
