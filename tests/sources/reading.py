"""Reading exports in tests as a build reads them, with the promises held on the way."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from threadcommons.digest import sha256_file
from threadcommons.model import Export, Limits
from threadcommons.sources.base import BLANK, Batch, Head, Reader, Refusal, again, read
from threadcommons.sources.opening import open_export
from threadcommons.sources.posts import posts_table

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
EXPORTS = SHARED / "exports"
CANARIES = ("PRIVATE-CANARY", "DELETED-CANARY", "OTHERS-CANARY")


def shared(below: str) -> Path:
    """A file or folder among the shared exports; the test is skipped where they are not there."""
    path = EXPORTS / below
    if not path.exists():
        pytest.skip("the shared exports are not beside this repository")
    return path


def expected(format_: str) -> list[dict[str, Any]]:
    """What is known of the shared exports of a format."""
    if not EXPORTS.exists():
        return []
    listed = json.loads((EXPORTS / "expected.json").read_text(encoding="utf-8"))["exports"]
    return [entry for entry in listed if entry["format"] == format_]


def path_of(entry: Any) -> str:
    """What a test about a shared export is called; it is skipped where there are none."""
    return entry["path"] if isinstance(entry, dict) else "absent"


def export_of(path: Path, name: str | None = None) -> Export:
    """A file as a source declares it."""
    return Export("s", name or path.name, path, sha256_file(path), path.stat().st_size)


def folder_of(folder: Path, reader: Reader) -> list[Export]:
    """The files of a folder that a reader may open, under their names in it."""
    names = [(path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [export_of(path, name) for name, path in names if any(re.fullmatch(one, name) for one in reader.opens)]


@dataclass(frozen=True)
class Reading:
    """What became of each record: its bytes, and a row of the posts table or a refusal."""

    records: list[tuple[bytes, dict[str, Any] | Refusal]]

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [{key: value for key, value in one.items() if value is not None} for _, one in self.records if isinstance(one, dict)]

    @property
    def refusals(self) -> list[Refusal]:
        return [one for _, one in self.records if isinstance(one, Refusal)]

    @property
    def codes(self) -> Counter[str]:
        return Counter(one.code or one.fate for one in self.refusals)

    def named(self, native_id: str) -> dict[str, Any]:
        return next(post for post in self.posts if post.get("native_id") == native_id)


def accounted(reader: Reader, data: Any, context: Any = None, limits: Limits | None = None, part: tuple[int, int] | None = None) -> Iterator[Batch]:
    """The batches of an export, or of a range of it. They join without a gap, account for every byte, and each record has one outcome."""
    begin, end = part or (0, len(data))
    at = begin
    for batch in read(reader, data, begin, end, context, limits or Limits()):
        assert batch.cut.start == at
        assert batch.cut.unaccounted() == 0
        assert sorted([*batch.posts["record"].to_pylist(), *batch.refused]) == list(range(len(batch.cut)))
        at = batch.cut.stop
        yield batch
    assert at == end


def reading(
    reader: Reader, export: Export, exports: Sequence[Export] = (), options: dict[str, Any] | None = None, limits: Limits | None = None,
    every: int = 1,
) -> Reading:  # fmt: skip
    """Read an export in the ranges that it is divided into. Every byte must be accounted for, and every record must read the same again.

    In a large document only one record in `every` is read again, since that takes a look at all of it.
    """
    limits = limits or Limits()
    reader = reader.fitted(options or {}) if reader.fitted else reader
    names = set(reader.needs(export.name, [other.name for other in exports or [export]]))
    context = reader.context(export, [other for other in exports if other.name in names], options or {})
    found: list[tuple[bytes, dict[str, Any] | Refusal]] = []
    with open_export(export) as (data, size):
        points = reader.divide(data, size)
        assert (points[0], points[-1]) == (0, size)
        for part in pairwise(points):
            for batch in accounted(reader, data, context, limits, part):
                rows = dict(zip(batch.posts["record"].to_pylist(), batch.posts.to_pylist(), strict=True))
                for index, span in enumerate(zip(batch.cut.offsets.tolist(), batch.cut.lengths.tolist(), strict=True)):
                    outcome = batch.refused.get(index) or rows[index]
                    if index not in batch.cut.refused and index % every == 0:
                        once_more = again(reader, data, size, span, context, limits)
                        row = once_more if isinstance(once_more, Refusal) else posts_table([once_more], [index]).to_pylist()[0]
                        assert row == outcome, span
                    found.append((bytes(data[span[0] : sum(span)]), outcome))
    return Reading(found)


def read_text(reader: Reader, folder: Path, text: str | bytes, name: str = "export", **more: Any) -> Reading:
    """Read a small export that is written for the occasion."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return reading(reader, export_of(path, name), **more)


def head_of(path: Path) -> Head:
    """What is looked at to recognise a file."""
    return Head(path.name, path.read_bytes()[: 64 * 1024], path.stat().st_size)


def silent(found: Reading) -> bool:
    """Whether no word that may never come out stands in a post or in a refusal."""
    out = repr([outcome for _, outcome in found.records])
    return not any(word in out for word in CANARIES)


_HATEFUL = (
    b"", b"\0", b"\xff", b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\r\n", b"null", b"-1", b"1e999", b"NaN", b"{}", b"[]",
    b"\\ud800", b"\xef\xbb\xbf", b"9" * 30, b"[" * 99, b'{"a":' * 99, BLANK * 9, "\u2028é".encode(),
)  # fmt: skip


def damaged(seeds: Sequence[bytes], count: int, seed: int):
    """Exports made from good ones by a few accidents each."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(data) + 1)
            length = chance.choice((0, 1, 1, 2, 9, 60, 400))
            other = chance.choice(seeds)
            new = chance.choice((*_HATEFUL, bytes(data[at : at + length]), other[chance.randrange(len(other) + 1) :][:300]))
            data[at : at + length] = new
        yield bytes(data)
