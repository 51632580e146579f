"""What later events of a stream did to earlier ones: posts that were changed or deleted, accounts that ended, wishes.

Events of one account are put in order by the revision of its repository, which only ever grows, not by clocks or by
where a line stands. Of posts nothing but a hash of the address and a revision is kept, 16 bytes for each that was
changed or deleted.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from .atproto import POST, WISHES, Said, asked, said, tid
from .sweeping import lines_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..model import Export

# --- Events, in both shapes ---

_NOTHING: Final = msgspec.Raw(b"null")


class Commit(msgspec.Struct):
    """Something written, changed or deleted in a repository."""

    rev: str | None = None
    operation: str | None = None
    collection: str | None = None
    rkey: str | None = None
    record: msgspec.Raw = _NOTHING


class Account(msgspec.Struct):
    """Whether an account is there."""

    active: bool | None = None
    status: str | None = None
    seq: int | None = None


class Identity(msgspec.Struct):
    """The name of an account."""

    handle: str | None = None
    seq: int | None = None


class Payload(Commit):
    """An event of the new shape: a commit is written into it, others have their own place."""

    type: str | None = msgspec.field(name="$type", default=None)
    did: str | None = None
    time: str | None = None
    account: Account | None = None
    identity: Identity | None = None


class Event(msgspec.Struct):
    """A line, in the old shape or the new."""

    did: str | None = None
    time_us: int | None = None
    kind: str | None = None
    commit: Commit | None = None
    account: Account | None = None
    identity: Identity | None = None
    type: str | None = msgspec.field(name="$type", default=None)
    payload: Payload | None = None


EVENT: Final = msgspec.json.Decoder(Event)
_ANY: Final = msgspec.json.Decoder()


def commit_of(event: Event) -> tuple[str, Commit] | None:
    """Account and commit, if an event is one."""
    inner = event.payload
    did, commit = (event.did, event.commit) if inner is None else (inner.did, inner if inner.operation else None)
    return (did, commit) if did and commit else None


# --- Later events ---

#: Statuses of accounts whose posts nobody can see any more.
ENDED: Final = frozenset({"deleted", "takendown", "suspended", "deactivated"})
#: A change without a revision is later than everything; something new without one is earlier.
_LAST: Final = 2**64 - 1


@dataclass(frozen=True)
class Changes:
    """The last of some changes of each post: hashes of addresses, sorted, and revisions (uint64)."""

    keys: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    revisions: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))

    @property
    def none(self) -> bool:
        """Whether there are none."""
        return not len(self.keys)

    def after(self, key: int, revision: int) -> bool:
        """Whether a post was changed after a revision."""
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        return at < len(self.keys) and int(self.keys[at]) == key and int(self.revisions[at]) > revision


@dataclass(frozen=True)
class Later:
    """What is known of all exports of a source when they were read to their ends."""

    deleted: Changes = field(default_factory=Changes)
    updated: Changes = field(default_factory=Changes)
    ended: frozenset[str] = frozenset()
    handles: Mapping[str, str] = field(default_factory=dict)
    wishes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def key_of(did: str, rkey: str) -> int:
    """A hash of the address of a post, the same everywhere."""
    return int.from_bytes(hashlib.blake2b(f"{did}/{rkey}".encode(), digest_size=8).digest(), "big")


def revision(commit: Commit) -> int:
    """The revision that a commit made, as a number that grows."""
    number = tid(commit.rev)
    if number is None:
        return 0 if commit.operation == "create" else _LAST
    return number


@lru_cache(maxsize=2)
def later_in(exports: tuple[Export, ...]) -> Later:
    """What events in exports did to others. Raises UnsafeFile, BadContainer or OSError."""
    keys = {"delete": array("Q"), "update": array("Q")}
    revisions = {"delete": array("Q"), "update": array("Q")}
    status: dict[str, tuple[int, bool]] = {}
    handles: dict[str, tuple[int, str]] = {}
    for export in exports:
        for did, commit in _commits(export, b'"delete"', b'"update"'):
            if commit.collection == POST and commit.operation in keys and commit.rkey:
                keys[commit.operation].append(key_of(did, commit.rkey))
                revisions[commit.operation].append(revision(commit))
        for did, account in _accounts(export):
            number = account.seq or 0
            if number >= status.get(did, (0, True))[0]:
                status[did] = number, account.active is False and account.status in ENDED
        for did, identity in _identities(export):
            number = identity.seq or 0
            if identity.handle and number >= handles.get(did, (0, ""))[0]:
                handles[did] = number, identity.handle
    return Later(
        _last(keys["delete"], revisions["delete"]),
        _last(keys["update"], revisions["update"]),
        frozenset(did for did, (_, ended) in status.items() if ended),
        {did: handle for did, (_, handle) in handles.items()},
        _wishes(exports),
    )


#: A record by which an account can say something, and what it says with which revision.
_Told = dict[tuple[str, str, str], tuple[int, "Said | None"]]


def _wishes(exports: tuple[Export, ...]) -> dict[str, tuple[str, ...]]:
    """What accounts ask in the end. First all that was ever said is heard, then what of it was taken back."""
    told: _Told = {}
    for export in exports:
        for name, number, word in _words(export):
            if word and number >= told.get(name, (0, None))[0]:
                told[name] = number, word
    for export in exports if told else ():
        for name, number, word in _words(export):
            if not word and name in told and number > told[name][0]:
                told[name] = number, None
    by_account: dict[str, list[Said]] = {}
    for (did, *_), (_, word) in told.items():
        if word:
            by_account.setdefault(did, []).append(word)
    return {did: tuple(asked(words)) for did, words in by_account.items()}


def _words(export: Export) -> Iterator[tuple[tuple[str, str, str], int, Said | None]]:
    """Events of records by which accounts speak: which record, with which revision, and what it says."""
    for did, commit in _commits(export, *(f'"{name}"'.encode() for name in sorted(WISHES))):
        if commit.collection not in WISHES or not commit.rkey:
            continue
        try:
            record = None if commit.operation == "delete" else _ANY.decode(commit.record)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
        yield (did, commit.collection, commit.rkey), revision(commit), said(commit.collection, record)


def _last(keys: array[int], revisions: array[int]) -> Changes:
    """The greatest revision of each key."""
    all_keys, all_revisions = np.array(keys, np.uint64), np.array(revisions, np.uint64)
    order = np.lexsort((all_revisions, all_keys))
    all_keys, all_revisions = all_keys[order], all_revisions[order]
    last = np.append(all_keys[1:] != all_keys[:-1], True) if len(all_keys) else np.zeros(0, bool)
    return Changes(all_keys[last], all_revisions[last])


def _events(export: Export, *marks: bytes) -> Iterator[Event]:
    for line in lines_with(export, *marks):
        try:
            yield EVENT.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue


def _commits(export: Export, *marks: bytes) -> Iterator[tuple[str, Commit]]:
    found = map(commit_of, _events(export, *marks))
    return (one for one in found if one)


def _accounts(export: Export) -> Iterator[tuple[str, Account]]:
    for event in _events(export, b'"account"'):
        did, account = _of(event, "account")
        if did and account:
            yield did, account


def _identities(export: Export) -> Iterator[tuple[str, Identity]]:
    for event in _events(export, b'"identity"'):
        did, identity = _of(event, "identity")
        if did and identity:
            yield did, identity


def _of(event: Event, what: str) -> tuple[str | None, Any]:
    inner = event.payload or event
    return inner.did, getattr(inner, what)
