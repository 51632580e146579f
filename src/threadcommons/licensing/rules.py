"""Rule packs: what each platform says about the licence of what people post there, by field and by date.

A pack is versioned data. It grants by its licence field and by the day of the post, or it refuses. Other
packs can be laid over the ones that ship with the tool, so that a release may be judged again under other
rules.
"""

from __future__ import annotations

import datetime
import json
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ..schema.judge import Judge, judge_of
from .expression import parse, unknown
from .problems import Problem
from .tables import names_in, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Basis = Literal["record", "author", "platform", "source", "none"]
Confidence = Literal["stated", "inferred", "asserted", "none"]

#: Whose statements prove something where no pack says otherwise.
ANYWHERE: Final = ("record", "author", "source")
_FIRST: Final = "0001-01-01"
_LAST: Final = "9999-12-31"


@dataclass(frozen=True)
class DateRule:
    """The licence of posts of some days, UTC, both ends included."""

    id: str
    start: str
    end: str
    license: str
    choice: str | None
    basis: str
    evidence: str
    confidence: Confidence


@dataclass(frozen=True)
class Words:
    """What a platform says without a date: its licence field (`name`), or its refusal."""

    name: str
    basis: str
    evidence: str


@dataclass(frozen=True)
class Pack:
    """The rules of one platform."""

    id: str
    version: str
    title: str
    platforms: tuple[str, ...]
    accepts: tuple[str, ...]
    field: Words | None = None
    rules: tuple[DateRule, ...] = ()
    refusal: Words | None = None

    def on(self, day: datetime.date | None) -> DateRule | None:
        """The rule for a day; None where no rule covers it. An unknown day is covered by a rule for all days only."""
        first, last = (_FIRST, _LAST) if day is None else (day.isoformat(), day.isoformat())
        return next((rule for rule in self.rules if rule.start <= first and last <= rule.end), None)

    def grants(self, license_: str) -> DateRule | None:
        """The rule that grants this licence, whatever the day; None where the platform never grants it."""
        return next((rule for rule in self.rules if rule.license == license_), None)

    def covers(self, platform: str) -> bool:
        """Whether the pack is about a platform of this name."""
        return _is_among(platform, self.platforms)


@dataclass(frozen=True)
class RuleBook:
    """All packs that a judgement is made under."""

    packs: tuple[Pack, ...]

    def pack(self, platform: str) -> Pack | None:
        """The pack about a platform; None where nothing is known of it, which grants nothing."""
        place = _covering(tuple(pack.platforms for pack in self.packs), platform.casefold())
        return None if place is None else self.packs[place]

    def choices(self, stated: Mapping[str, str]) -> dict[str, str]:
        """Alternatives taken for expressions that offer some: those that packs take, and above them those `stated`."""
        taken = {rule.license: rule.choice for pack in self.packs for rule in pack.rules if rule.choice}
        return taken | dict(stated)

    @property
    def versions(self) -> dict[str, str]:
        """Pack -> version: what a judgement depends on."""
        return {pack.id: pack.version for pack in self.packs}


@lru_cache(maxsize=256)
def _covering(patterns: tuple[tuple[str, ...], ...], platform: str) -> int | None:
    """The first of some packs, told by the patterns of its platforms, that covers one; each judgement asks for it."""
    return next((place for place, some in enumerate(patterns) if _is_among(platform, some)), None)


def _is_among(platform: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(platform, pattern) for pattern in patterns)


@cache
def rulebook() -> RuleBook:
    """The packs that ship with the tool."""
    documents = {name: text_of(f"rules/{name}") or "" for name in names_in("rules", ".toml")}
    packs = [_pack(_plain(tomllib.loads(text))) for text in documents.values()]
    return RuleBook(tuple(packs))


def rulebook_with(documents: Mapping[str, str]) -> tuple[RuleBook, tuple[Problem, ...]]:
    """The packs that ship with the tool, with others (name -> TOML text) laid over them.

    The others come first and replace packs of the same id. A pack that cannot be used is left out and
    reported; so are rules and packs that contradict each other.
    """
    problems: list[Problem] = []
    brought: list[Pack] = []
    for name, text in sorted(documents.items()):
        table, faults = _checked(name, text)
        problems += faults
        brought += [] if table is None else [_pack(table)]
    ids = {pack.id for pack in brought}
    packs = (*brought, *(pack for pack in rulebook().packs if pack.id not in ids))
    problems += [fault for pack in packs for fault in _overlaps(pack)]
    problems += [fault for one, two in combinations(brought, 2) for fault in _rivals(one, two)]
    return RuleBook(packs), tuple(problems)


def replaced(documents: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    """`documents` (name -> TOML text) with `others` in the place of packs of the same name or id."""
    ids = {table["id"] for name, text in others.items() if (table := _checked(name, text)[0]) is not None}
    kept = {name: text for name, text in documents.items() if (_checked(name, text)[0] or {}).get("id") not in ids}
    return kept | dict(others)


def _checked(name: str, text: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """A pack as a table, or why it is none."""
    try:
        table = _plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return None, [Problem("rules.bad-pack", f"{name}: {error}")]
    found = [] if _judge().accepts(table) else _judge().faults(table)
    faults = [f"{name}: {fault.pointer}: {fault.detail}" for fault in found]
    if not faults:
        unclear = [
            rule["license"] for rule in table.get("rule", ()) if unknown(parse(rule["license"], rule.get("choice")))
        ]
        faults = [f"{name}: {license_} is no known licence" for license_ in unclear]
    return (None if faults else table), [Problem("rules.bad-pack", fault) for fault in faults]


def _overlaps(pack: Pack) -> Iterator[Problem]:
    for one, two in combinations(pack.rules, 2):
        if one.start <= two.end and two.start <= one.end:
            yield Problem("rules.overlap", f"{pack.id}: {one.id} and {two.id}")


def _rivals(one: Pack, two: Pack) -> Iterator[Problem]:
    """Two packs of one id, or about one platform: which of them holds would depend on the names of their files."""
    if one.id == two.id:
        yield Problem("rules.overlap", f"two packs are called {one.id}")
    shared = [name for name in one.platforms if two.covers(name)] + [name for name in two.platforms if one.covers(name)]
    if shared:
        yield Problem("rules.overlap", f"{one.id} and {two.id} are both about {shared[0]}")


@cache
def _judge() -> Judge:
    return judge_of(json.loads(text_of("rules/pack.schema.json") or "{}"), "pack")


def _plain(value: Any) -> Any:
    """TOML dates as text, so that they may be written with or without quotes."""
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _pack(table: dict[str, Any]) -> Pack:
    field, refusal = table.get("field"), table.get("refusal")
    return Pack(
        id=table["id"],
        version=table["version"],
        title=table["title"],
        platforms=tuple(table["platforms"]),
        accepts=tuple(table["accepts"]),
        field=None if field is None else Words(field["name"], field["basis"], field["evidence"]),
        rules=tuple(_rule(entry) for entry in table.get("rule", ())),
        refusal=None if refusal is None else Words("refusal", refusal["basis"], refusal["evidence"]),
    )


def _rule(entry: dict[str, Any]) -> DateRule:
    return DateRule(
        id=entry["id"],
        start=entry.get("from", _FIRST),
        end=entry.get("until", _LAST),
        license=parse(entry["license"]).license,
        choice=entry.get("choice"),
        basis=entry["basis"],
        evidence=entry["evidence"],
        confidence=cast("Confidence", entry["confidence"]),
    )
