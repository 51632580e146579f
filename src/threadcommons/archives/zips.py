"""Zips: each member where the directory says, and nothing twice.

The standard library's reader (3.11) lets members share bytes. Here each local header is compared with the directory,
members that lie in each other's bytes are refused, and the data of what is not asked for are never touched.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from .facts import LayerRecord
from .faults import Fault, Refusal
from .rules import Found, Verdict, member, record
from .source import Source
from .unpack import unpacked
from .zip_directory import ENCRYPTED, Listed, read_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rules import Entry, Rules

_LOCAL: Final = struct.Struct("<4s5H3L2H")
#: The largest window of zstd inside a zip; the library's own limit.
_WINDOW: Final = 1 << 27
#: The most bytes that tell size and checksum after the data.
_DESCRIPTOR: Final = 24


class _Placed(NamedTuple):
    """A member's bytes, from its local header to the end of its data."""

    start: int
    end: int
    listed: Listed


def survey_zip(handle: int, size: int, rules: Rules) -> Found:
    """Members and records of a zip of `size` bytes. Raises Refusal."""
    directory = read_directory(handle, size, rules)
    found = Found([], [])
    placed = []
    for listed in directory.lines:
        place = _place(handle, listed, directory.start)
        if place:
            placed.append(place)
        else:
            astray = Verdict("quarantined", "container.damaged", "it is not where the directory says")
            found.records.append(record(listed.entry, astray, listed.entry.stand_in))
    at, slack = 0, 0
    for group in _groups(sorted(placed, key=lambda place: place[:2])):
        end = max(place.end for place in group)
        found.records.extend(_gap(at, group[0].start, slack))
        if len(group) > 1 or end > directory.start:
            found.records.append(_overlap(group, min(end, directory.start)))
        else:
            _take(handle, group[0].listed.entry, rules, found)
        at, slack = end, _DESCRIPTOR if group[-1].listed.described else 0
    found.records.extend(_gap(at, directory.start, slack))
    found.records.extend(_gap(directory.stop, directory.end, 0))
    return found


def _place(handle: int, listed: Listed, limit: int) -> _Placed | None:
    """Where a member is; None if its local header is not before `limit` or says something else."""
    end = listed.header + _LOCAL.size + len(listed.raw)
    if end > limit:
        return None
    head = os.pread(handle, end - listed.header, listed.header)
    mark, _, flags, number, _, _, _, _, _, named, extra = _LOCAL.unpack_from(head)
    same = (mark, number, head[_LOCAL.size :], named) == (b"PK\3\4", listed.number, listed.raw, len(listed.raw))
    if not same or (flags ^ listed.flags) & ENCRYPTED:
        return None
    listed.entry.offset = end + extra
    return _Placed(listed.header, end + extra + listed.entry.packed, listed)


def _groups(placed: list[_Placed]) -> Iterator[list[_Placed]]:
    """Members in order, those together that share bytes."""
    group: list[_Placed] = []
    end = 0
    for place in placed:
        if group and place.start >= end:
            yield group
            group = []
        group.append(place)
        end = max(end, place.end)
    if group:
        yield group


def _overlap(group: list[_Placed], end: int) -> LayerRecord:
    told = f"{len(group)} members share these bytes" if len(group) > 1 else "a member reaches into the directory"
    verdict = Verdict("quarantined", "container.overlap", told)
    return record(group[0].listed.entry, verdict, (group[0].start, end - group[0].start))


def _gap(start: int, end: int, slack: int) -> Iterator[LayerRecord]:
    """Bytes that the directory does not speak of, but for `slack` bytes that belong to a member."""
    if end - start > slack:
        yield LayerRecord(start, end - start, "quarantined", "container.unlisted", "the directory does not list them")


def _take(handle: int, entry: Entry, rules: Rules, found: Found) -> None:
    """Read an entry, or say why not."""
    verdict = rules.verdict(entry)
    if not verdict and not entry.folder:
        try:
            found.members.append(member(entry, _digest(handle, entry, rules), ""))
        except Refusal:
            raise
        except Fault as fault:
            verdict = Verdict("quarantined", fault.code, fault.detail)
    if verdict:
        found.records.append(record(entry, verdict))


def _digest(handle: int, entry: Entry, rules: Rules) -> str:
    """SHA-256 of what comes out of an entry. Raises Fault unless it is what the directory says."""
    source = Source(handle, entry.offset, entry.packed)
    digest, crc, came = sha256(), 0, 0
    with closing(rules.meter.counted(unpacked(entry.method, source, _WINDOW), source)) as pieces:
        for piece in pieces:
            came += len(piece)
            if came > entry.size:
                raise Fault("container.wrong-size", f"more than the {entry.size} bytes that are told")
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
    if came < entry.size:
        raise Fault("container.wrong-size", f"{came} of the {entry.size} bytes that are told")
    if source.offset < entry.packed:
        raise Fault("container.wrong-size", f"its data end after {source.offset} of {entry.packed} bytes")
    if crc != entry.crc:
        raise Fault("container.wrong-checksum", "what came out is not what went in")
    return digest.hexdigest()
