"""`irc`: logs of IRC channels, with the replies that people annotated where there are any.

A log has a line per message (`[11:59] <nick> words`), action (`[11:59]  * nick does`) or event (`===` and what it was).
Dates stand in file names only. `NAME.annotation.txt` beside `NAME.ascii.txt` links lines by their numbers, from 0:
`1003 1010 -` says that line 1010 answers line 1003, and a line that is linked to itself begins a conversation. The date
in the name is that of the first line that is annotated, since what stands before it was added for context; without
annotations it is that of the first line. When the clock goes back, midnight has passed.

A message is called after its log and the byte at which its line begins, so ids stay the same when a log grows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import numpy as np

from .base import Head, Option, Parsed, Reader, Refusal, no_posts
from .fields import author, label
from .irc_columns import plain_posts
from .irc_dialects import Days, Dialect, first_lines, moment, spoken
from .lines import cut_lines, divide_lines
from .moments import Moments, offset_of
from .opening import let_go, open_export

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from ..model import Export
    from .posts import Post

_CLOCK: Final = rb"\[([0-2][0-9]):([0-5][0-9])(?::([0-5][0-9]))?\]"
_MESSAGE: Final = re.compile(_CLOCK + rb" <([^<>\s]{1,64})>(?: (.*))?", re.DOTALL)
_ACTION: Final = re.compile(_CLOCK + rb"  ?\* ([^\s]{1,64})(?: (.*))?", re.DOTALL)
_EVENT: Final = re.compile(
    rb"(?:" + _CLOCK + rb" )?(?:===|-!-|-->|<--|\*\*\*|Session (?:Start|Close|Ident|Time):)(?: |$)"
)
_LINK: Final = re.compile(rb"([0-9]{1,9}) ([0-9]{1,9}) -")
_DATE: Final = re.compile(r"(?<!\d)([12]\d{3})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
_LOG: Final = re.compile(r"(.+?)(?:\.ascii|\.raw)?\.(?:txt|log|weechatlog)")
_ANNOTATION: Final = ".annotation.txt"
_UNDISCLOSED: Final = dict.fromkeys(
    ("model", "provider", "weights", "routing", "interventions", "access"), "undisclosed"
)
#: Minutes that a clock may go back without a midnight between, and lines after one in which yesterday's may still come:
#: lines of busy channels are not always in order.
_MIDNIGHT: Final = 12 * 60
_LATE: Final = 20


@dataclass(frozen=True)
class Context:
    """What the lines of a log do not say themselves; `log` is None for a file of annotations.

    `days` are the offsets at which a new day begins, after the first day, `first`. `answers` has, by the offset of a
    line, the offsets of the lines that it answers, itself for a line that begins a conversation.
    """

    log: str | None
    first: date | None = None
    days: tuple[int, ...] = ()
    zone: str = "UTC"
    bots: frozenset[str] = frozenset()
    answers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    events: frozenset[int] = frozenset()
    #: How another client wrote the log, and the days that it tells.
    dialect: Dialect | None = None
    told: Days = ()

    def at(self, offset: int, clock: str) -> str | None:
        """The time of the line at an offset, if a day is known."""
        return _moment(self.first, bisect_right(self.days, offset), clock, self.zone) if self.first else None


@lru_cache(maxsize=4096)
def _moment(first: date, days: int, clock: str, zone: str) -> str | None:
    """So many days after the first, at an hour: many lines have the same."""
    return Moments(zone=zone).read(f"{first + timedelta(days=days)} {clock}")


def needs(name: str, names: Sequence[str]) -> Sequence[str]:
    """The annotations of a log, by name."""
    stem = _stem(name)
    return [other for other in names if stem is not None and other == f"{stem}{_ANNOTATION}"]


def _stem(name: str) -> str | None:
    """A log's name without its endings; None for annotations."""
    if name.endswith(_ANNOTATION):
        return None
    found = _LOG.fullmatch(name)
    return found[1] if found else name


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of a log: read once for its midnights, and for the places of its lines where they are annotated."""
    stem = _stem(export.name)
    if stem is None or not export.stored:
        return Context(None if export.name.endswith(_ANNOTATION) else export.name)
    links = [link for other in exports if other.name == f"{stem}{_ANNOTATION}" for link in _links(other)]
    bots, zone = frozenset(options.get("bots", ())), options.get("zone", "UTC")
    with open_export(export) as (data, size):
        if (other := _dialect(bytes(data[:_HEAD_BYTES]), size)) is not None:
            told = other.days(data)
            return Context(PurePosixPath(stem).name, zone=zone, bots=bots, dialect=other, told=told)
        days, starts = _midnights(data), _starts(data, size) if links else np.zeros(0, np.int64)
        known = [(one, other) for one, other in links if other < len(starts)]
        answers = _answers(known, starts)
        events = frozenset(at for above in answers.values() for at in above if _EVENT.match(data[at : at + 64]))
    named = _DATE.search(PurePosixPath(stem).name)
    day = _day(named) if named else None
    begun = int(starts[min(other for _, other in known)]) if known else 0
    first = day - timedelta(days=bisect_right(days, begun)) if day else None
    return Context(PurePosixPath(stem).name, first, tuple(days), zone, bots, answers, events)


#: How much of a log is looked at to tell its dialect; recognition sees as much.
_HEAD_BYTES: Final = 64 * 1024


def _dialect(start: bytes, size: int) -> Dialect | None:
    """The dialect of a log that begins like this; None for logs that are written as those above."""
    lines = list(first_lines(start, size))
    found = None if _own(lines) else spoken(lines)
    return found[0] if found else None


def _day(named: re.Match[str]) -> date | None:
    try:
        return date(*map(int, named.groups()))
    except ValueError:
        return None


def _links(export: Export) -> Iterator[tuple[int, int]]:
    """Pairs of lines, the earlier one first."""
    if not export.stored:
        return
    with open_export(export) as (data, size):
        lines = bytes(data[:size]).split(b"\n")
    for line in lines:
        if found := _LINK.fullmatch(line.strip()):
            one, other = int(found[1]), int(found[2])
            yield min(one, other), max(one, other)


def _starts(data: Any, size: int) -> np.ndarray:
    """Where lines begin."""
    view = np.frombuffer(data, np.uint8, size)
    return np.concatenate([[0], np.flatnonzero(view == ord("\n")) + 1]).astype(np.int64)


def _answers(links: Sequence[tuple[int, int]], starts: np.ndarray) -> dict[int, tuple[int, ...]]:
    found: dict[int, set[int]] = {}
    for one, other in links:
        found.setdefault(int(starts[other]), set()).add(int(starts[one]))
    return {at: tuple(sorted(above)) for at, above in found.items()}


def _midnights(data: Any) -> list[int]:
    """Offsets of the first lines of later days. Only where a clock leaps is anything to be decided."""
    found: list[int] = []
    before, passed, midnight = 0, 0, -_LATE - 1
    for starts, minutes in _clocks(data):
        known = 0
        for leap in np.flatnonzero(np.abs(np.diff(minutes, prepend=before)) > _MIDNIGHT).tolist():
            if leap < known:
                continue
            at, before = leap, int(minutes[leap - 1]) if leap > known else before
            while at < len(minutes) and minutes[at] - before > _MIDNIGHT and passed + at - midnight < _LATE:
                at += 1
            known = at + 1
            if at == len(minutes):
                break
            if before - minutes[at] > _MIDNIGHT:
                found.append(int(starts[at]))
                midnight = passed + at
            before = int(minutes[at])
        before = int(minutes[-1]) if known < len(minutes) else before
        passed += len(minutes)
    return found


def _clocks(data: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Where lines begin that have a clock, and its minutes since midnight: some lines at a time (int64)."""
    size, whole = len(data), np.frombuffer(data, np.uint8)
    for at in range(0, size, _AT_ONCE):
        ends = np.flatnonzero(whole[at : at + _AT_ONCE] == _NEWLINE)
        begins = np.concatenate([[0] if at == 0 else [], ends + at + 1]).astype(np.int64)
        begins = begins[begins + len(_CLOCK_FROM) <= size]
        starts = begins[whole[begins] == _CLOCK_FROM[0]]
        marks = whole[starts[:, None] + np.arange(len(_CLOCK_FROM))]
        told = ((marks >= _CLOCK_FROM) & (marks <= _CLOCK_TO)).all(axis=1)
        yield starts[told], (marks[told] - _CLOCK_FROM) @ _MINUTES
        let_go(data, at, min(size, at + _AT_ONCE))


_NEWLINE: Final = ord("\n")
#: The least and the greatest of each byte of a clock, and how many minutes one more is.
_CLOCK_FROM, _CLOCK_TO = (np.frombuffer(clock, np.uint8) for clock in (b"[00:00", b"[29:59"))
_MINUTES: Final = np.array([0, 600, 60, 0, 10, 1], np.int64)
#: How many bytes are looked through at once.
_AT_ONCE: Final = 1024 * 1024


# --- One line ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NOTICE: Final = Refusal("excluded", "record.notice")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_STRANGE: Final = Refusal("quarantined", "record.not-this-format", detail="no line of a log")


def parse(line: bytes, offset: int, context: Context | None) -> Parsed:
    """One line of a log as a post as claimed, or why it is none."""
    if context is None or context.log is None:
        return _NOT_A_POST if _LINK.fullmatch(line) else _STRANGE
    if context.dialect is not None:
        return _parse_other(line, offset, context, context.dialect)
    if _EVENT.match(line):
        return _NOTICE
    said = _MESSAGE.fullmatch(line)
    found = said or _ACTION.fullmatch(line)
    if not found:
        return _STRANGE
    texts = _texts(line, found[4], found[5] or b"")
    if isinstance(texts, Refusal):
        return texts
    time = context.at(offset, _clock(found))
    return _post(offset, context, texts, time, action=said is None) if texts[1].strip() else _NO_TEXT


def _parse_other(line: bytes, offset: int, context: Context, dialect: Dialect) -> Parsed:
    """A line that another client wrote."""
    said = dialect.said(line)
    if said is None:
        return _NOTICE if dialect.notice(line) else _STRANGE
    texts = _texts(line, said.nick, said.words)
    if isinstance(texts, Refusal):
        return texts
    time = moment(said, context.told, offset, context.zone)
    return _post(offset, context, texts, time, action=said.action) if texts[1].strip() else _NO_TEXT


def _texts(line: bytes, nick: bytes, words: bytes) -> tuple[str, str] | Refusal:
    if b"\0" in line:
        return Refusal("quarantined", "record.nul", detail=f"at byte {line.index(0)} of the record")
    try:
        return nick.decode("utf-8"), words.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal("quarantined", "record.invalid-utf8", detail=f"{error.reason} in a line of {len(line)} bytes")


def _clock(found: re.Match[bytes]) -> str:
    return (b"%b:%b:%b" % (found[1], found[2], found[3] or b"00")).decode()


def _post(offset: int, context: Context, texts: tuple[str, str], time: str | None, *, action: bool) -> Post:
    post = _place(offset, context)
    post["author"], post["text"], post["markup"] = author(texts[0]), texts[1], "plain"
    if time:
        post["created_at"] = time
    if texts[0] in context.bots:
        post["generator"] = _UNDISCLOSED
    if action:
        post["labels"] = [*post.get("labels", ()), label("action", value=True, annotator="irc", method="platform-mark")]
    return post


def _place(offset: int, context: Context) -> Post:
    """What a message is called, and what it answers as far as anybody annotated it: of several, the latest."""
    linked = context.answers.get(offset)
    if linked is None:
        return {"native_id": _called(offset, context), "kind": "post", "parent_state": "unknown"}
    own = {"native_id": _called(offset, context)}
    above = [at for at in linked if at != offset]
    answered = [at for at in above if at not in context.events]
    if not answered:
        # An event is answered at times: somebody joins, and is greeted.
        return own | {"kind": "post", "parent_state": "not_collected" if above else "root"}
    others = [_called(at, context) for at in answered[:-1]]
    labels = [label("also-answers", other, "annotation", "reply-structure") for other in others]
    more = {"labels": labels} if labels else {}
    return own | {"kind": "reply", "parent": _called(answered[-1], context)} | more


def _called(offset: int, context: Context) -> str:
    return f"{_spelled(context.log or '')}@{offset}"


@lru_cache(maxsize=64)
def _spelled(log: str) -> str:
    """The name of a log as a part of ids."""
    return quote(log, safe="._-")[:400]


# --- Many lines ---

#: From how many lines on columns of them are faster.
_WORTH_IT: Final = 256


def columns(
    data: Any,
    offsets: NDArray[np.int64],
    lengths: NDArray[np.int64],
    indexes: NDArray[np.int64],
    context: Context | None,
) -> pa.Table:
    """The plain ones of many lines as posts in columns."""
    if context is None or context.log is None or context.dialect is not None or len(offsets) < _WORTH_IT:
        return no_posts()
    return plain_posts(data, (offsets, lengths, indexes), context, _spelled(context.log))


# --- Recognition ---

_FEW: Final = 3


def recognise(head: Head) -> str | None:
    """Why a file is a log, or annotations of one: most of its first lines look like that."""
    lines = list(first_lines(head.start, head.size))
    if len(lines) >= _FEW and all(_LINK.fullmatch(line) for line in lines):
        return "its lines are pairs of line numbers, annotations of a log"
    if said := _own(lines):
        return f"{said} of its first {len(lines)} lines are messages with a time and a nickname"
    if found := spoken(lines):
        return f"{found[1]} of its first {len(lines)} lines are messages with a time and a nickname ({found[0].name})"
    return None


def _own(lines: Sequence[bytes]) -> int:
    """How many lines are messages, if there are some, and nearly all lines are those of a log; else 0."""
    said = sum(1 for line in lines if _MESSAGE.fullmatch(line))
    known = said + sum(1 for line in lines if _ACTION.fullmatch(line) or _EVENT.match(line))
    return said if said >= _FEW and known * 10 >= len(lines) * 9 else 0


def _faults(options: dict[str, Any]) -> list[tuple[str, str]]:
    bad = "zone" in options and offset_of(options["zone"]) is None
    return [("zone", "must be UTC or an offset such as +01:00")] if bad else []


READER: Final = Reader(
    name="irc",
    version="1",
    title="logs of IRC channels, with annotated replies where there are any",
    fills=(
        "native_id",
        "parent",
        "parent_state",
        "kind",
        "author",
        "text",
        "markup",
        "created_at",
        "labels",
        "generator",
    ),
    limits=(
        "Lines of the form [hh:mm] <nick> words, and actions, also as irssi, WeeChat and XChat write them or with a "
        "whole date. Events (joins, new names, topics) are left out. Dates come from the lines, from marks between "
        "them, or else from file names, and midnights from clocks that go back; clocks are UTC unless the option zone "
        "says otherwise. Of several lines that one answers, the latest is its parent; the others are labels. Nicknames "
        "are all that is known of authors, and one person may have had several."
    ),
    license_rule=(
        "Channels state no licence; unless source.toml declares one with evidence, as collections of logs have it, all "
        "text is withheld."
    ),
    recognise=recognise,
    cut=cut_lines,
    parse=parse,
    columns=columns,
    divide=divide_lines,
    context=context,
    needs=needs,
    options=(
        Option("zone", str, "Zone of the clocks: UTC, or an offset such as +01:00."),
        Option("bots", list, "Nicknames of programs."),
    ),
    faults=_faults,
    opens=(r"(?s).*\.(?:txt|log|weechatlog)",),
)
