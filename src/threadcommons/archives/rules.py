"""What is asked of a container, and the verdict on each entry that its directory tells of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import re2

from .facts import LayerRecord, Member
from .faults import Meter, Refusal
from .names import shown_name, why_unsafe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .facts import Fate, Limits


@dataclass(slots=True)
class Entry:
    """A member as the container tells of it: `packed` bytes from `offset` on give `size` bytes by `method`.

    `stand_in` is the span that stands for it where it has no data: its header, or its line in the directory.
    """

    name: str | None
    offset: int
    packed: int
    size: int
    stand_in: tuple[int, int]
    method: str = "stored"
    folder: bool = False
    #: What it is instead of a file or a folder.
    special: str = ""
    #: Why it could not be read if it were asked for: a code, and what was found.
    fault: tuple[str, str] | None = None
    crc: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """Offset and length of what stands for it in the layer."""
        return (self.offset, self.packed) if self.packed else self.stand_in


class Verdict(NamedTuple):
    """Why an entry is not read."""

    fate: Fate
    code: str
    detail: str = ""


class Rules:
    """What is asked for: members whose whole name matches one of `opens`; and what was seen so far.

    Raises re2.error for what is no regular expression of RE2.
    """

    def __init__(self, opens: Sequence[str], limits: Limits, *, streams: bool) -> None:
        self.limits = limits
        self.meter = Meter(limits)
        #: The most that may come out of one member.
        self.cap = limits.member if streams else min(limits.member, limits.whole)
        self._asked = _matcher(tuple(opens))
        self._taken: set[str] = set()
        self._entries = 0
        self._told = 0

    def enter(self, told: int) -> None:
        """Count an entry that is told of in so many bytes. Raises Refusal."""
        self._entries += 1
        self._told += told
        if self._entries > self.limits.members:
            raise Refusal("container.too-many-members", f"more than {self.limits.members}")
        if self._told > self.limits.directory:
            raise Refusal("container.too-large", f"more than {self.limits.directory} bytes of names and headers")

    def verdict(self, entry: Entry) -> Verdict | None:
        """Why this entry is not read, or None, also for a folder; to be asked once of each, in order.

        What a container may not hold is refused whether asked for or not; the rest is judged only of what is asked for.
        """
        reason = why_unsafe_name(entry.name)
        if reason:
            return Verdict("quarantined", "container.unsafe-name", reason)
        if entry.special:
            return Verdict("quarantined", "container.not-a-file", f"it is {entry.special}")
        if entry.folder:
            return None
        if not self._asked(entry.name or ""):
            return Verdict("excluded", "container.not-opened")
        if entry.fault:
            return Verdict("quarantined", *entry.fault)
        return self._twice(entry) or self._large(entry)

    def _twice(self, entry: Entry) -> Verdict | None:
        name = entry.name or ""
        if name in self._taken:
            return Verdict("quarantined", "container.duplicate-name", "an earlier member has this name")
        self._taken.add(name)
        return None

    def _large(self, entry: Entry) -> Verdict | None:
        if entry.size > self.cap:
            return Verdict("quarantined", "container.too-large", f"{entry.size} bytes, more than {self.cap}")
        if self.meter.multiplied(entry.size, entry.packed):
            return Verdict("quarantined", "container.bomb", f"{entry.size} bytes told to come out of {entry.packed}")
        return None


def record(entry: Entry, verdict: Verdict, span: tuple[int, int] | None = None) -> LayerRecord:
    """The record of an entry that is not read."""
    offset, length = span or entry.span
    return LayerRecord(offset, length, verdict.fate, verdict.code, verdict.detail, shown_name(entry.name))


def member(entry: Entry, digest: str, layer: str) -> Member:
    """The member that an entry turned out to be."""
    return Member(entry.name or "", entry.size, digest, layer, entry.offset, entry.packed, entry.method)


class Found(NamedTuple):
    """What a directory led to."""

    members: list[Member]
    records: list[LayerRecord]


@cache
def _matcher(opens: tuple[str, ...]) -> Callable[[str], Any]:
    """Whether a whole name matches one of some regular expressions, in time that grows with its length only."""
    options = re2.Options()
    options.log_errors = False
    for pattern in opens:
        re2.compile(pattern, options)  # each by itself, so that none can reach into the next
    whole = re2.compile("|".join(f"(?:{pattern})" for pattern in opens) or _NOTHING, options)
    return lambda name: whole.fullmatch(name) is not None


#: Matches no name at all, not even the empty one.
_NOTHING: Final = r"[^\x00-\x{10FFFF}]"
