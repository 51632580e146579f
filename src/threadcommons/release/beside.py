"""Files beside an export that somebody holds: those in which its reader looks up what words are shown as.

A release knows each of them by its digest, so nothing else is taken, whatever it is called and wherever it lies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..archives import INNER, Member
from ..digest import sha256_file
from ..model import Export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..sources import Reader

    Entry = Mapping[str, Any]


def export_at(entry: Entry, path: Path, digest: str) -> Export:
    """The export of a manifest's entry in the file at `path`, whose digest is the export's or its container's."""
    inside = digest == entry.get("container_sha256")
    return Export(
        entry["source"], entry["file"], path, entry["sha256"], entry["bytes"],
        member=Member(**entry["member"]) if inside else None, container=digest if inside else None,
    )  # fmt: skip


@dataclass(frozen=True)
class AtHand:
    """What there is to look into: a manifest's entries of all exports, and the files that were brought, by digest.

    Each file beside them is read for its digest once.
    """

    entries: Sequence[Entry] = ()
    held: Mapping[str, Path] = field(default_factory=dict)
    digest_of: Callable[[Path], str] = field(default_factory=lambda: cache(sha256_file))

    def beside(self, reader: Reader, entry: Entry, path: Path) -> list[Export]:
        """The exports of the same source that `reader` needs for the one of `entry`, which is at `path`.

        They are those at hand: what was brought, or lies where it lay in the source, seen from `path`. Raises OSError.
        """
        mine = [one for one in self.entries if one["source"] == entry["source"] and one["file"] != entry["file"]]
        wanted = set(reader.needs(entry["file"], [one["file"] for one in mine]))
        found = ((one, next(self._found(entry, path, one), None)) for one in mine if one["file"] in wanted)
        return [export_at(one, *where) for one, where in found if where]

    def _found(self, entry: Entry, path: Path, other: Entry) -> Iterator[tuple[Path, str]]:
        """Files that are another export or its container, with the digest by which that is known."""
        digests = [other[key] for key in ("sha256", "container_sha256") if key in other]
        yield from ((self.held[digest], digest) for digest in digests if digest in self.held)
        place = _place(entry["file"], path.absolute(), other["file"])
        if place is not None and place.is_file() and self.digest_of(place) in digests:
            yield place, self.digest_of(place)


def _place(name: str, path: Path, other: str) -> Path | None:
    """Where a file of the source called `other` lies, if that called `name` is at `path`; None for no such place."""
    ours, theirs = (PurePosixPath(one.partition(INNER)[0]) for one in (name, other))
    if theirs.is_absolute() or ".." in theirs.parts or len(path.parts) <= len(ours.parts):
        return None
    return path.parents[len(ours.parts) - 1] / theirs
