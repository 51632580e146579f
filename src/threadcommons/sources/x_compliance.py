"""What exports of X's interface say about each other: posts that were deleted or withheld since, and later versions.

Only ids are kept. Exports are searched for the few marks that matter; nothing else in them is parsed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .sweeping import blocks, lines_with, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..model import Export


@dataclass(frozen=True)
class Gone:
    """Ids of posts and accounts that were deleted or withheld, and from earlier versions of posts to the last."""

    deleted: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    latest: Mapping[str, str] = field(default_factory=dict)


class _Entry(msgspec.Struct):
    """A line of a compliance file."""

    id: str | None = None
    action: str | None = None


class _Of(msgspec.Struct):
    id: str | None = None


class _Event(msgspec.Struct):
    tweet: _Of | None = None
    user: _Of | None = None


class _Streamed(msgspec.Struct):
    """A line of a compliance stream."""

    data: dict[str, _Event] | None = None


_ENTRY: Final = msgspec.json.Decoder(_Entry)
_STREAMED: Final = msgspec.json.Decoder(_Streamed)
_HISTORY: Final = re.compile(rb'"edit_history_tweet_ids"[ \t\r\n]*:[ \t\r\n]*\[([0-9", \t\r\n]*)\]')

#: What an event does to the post or account that it names: into a set, or out of it again.
_INTO: Final = {
    **dict.fromkeys(("delete", "drop", "user_delete", "user_suspend", "user_protect"), "deleted"),
    **dict.fromkeys(("withheld", "user_withheld"), "withheld"),
}
_OUT: Final = dict.fromkeys(("undrop", "user_undelete", "user_unsuspend", "user_unprotect"), "deleted")


@lru_cache(maxsize=2)
def gone_in(exports: tuple[Export, ...]) -> Gone:
    """What exports, in this order, say was deleted, withheld or replaced. Raises UnsafeFile or OSError."""
    sets: dict[str, set[str]] = {"deleted": set(), "withheld": set()}
    latest: dict[str, str] = {}
    for export in exports:
        for what, id_ in _events(export):
            if what in _INTO:
                sets[_INTO[what]].add(id_)
            elif what in _OUT:
                sets[_OUT[what]].discard(id_)
        for data in blocks(export):
            latest.update(_replaced(data))
    return Gone(frozenset(sets["deleted"]), frozenset(sets["withheld"]), latest)


def _events(export: Export) -> Iterator[tuple[str, str]]:
    """What happened, and the id of the post or account that it happened to, in order."""
    for mark, read in ((b'"action"', _of_entry), (b'"event_at"', _of_stream)):
        for line in lines_with(export, mark):
            with suppress(msgspec.MsgspecError, ValueError, RecursionError):  # as a record it is refused
                yield from read(line)


def _of_entry(line: bytes) -> Iterator[tuple[str, str]]:
    entry = _ENTRY.decode(line)
    if entry.id and entry.action:
        yield entry.action, entry.id


def _of_stream(line: bytes) -> Iterator[tuple[str, str]]:
    for what, event in (_STREAMED.decode(line).data or {}).items():
        named = event.tweet or event.user
        if named and named.id:
            yield what, named.id


def _replaced(data: Any) -> Iterator[tuple[str, str]]:
    """From the id of each earlier version to that of the last."""
    for at in places(data, b'"edit_history_tweet_ids"'):
        history = _HISTORY.match(data, at)
        if history and b"," in history[1]:
            *earlier, last = re.findall("[0-9]+", history[1].decode()) or [""]
            yield from ((one, last) for one in earlier)
