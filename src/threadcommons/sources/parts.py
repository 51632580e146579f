"""What a declared export consists of: itself, or the layers and members of the container that it is."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from ..archives import HEAD, INNER, STREAMS, kind, survey
from ..files import open_plain
from .base import Batch, Cut, Refusal, no_posts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..archives import Layer, Survey
    from ..model import Export
    from .base import Reader


@dataclass(frozen=True)
class Part:
    """An export that a reader reads, or a layer of a container, of which nothing more is read than was seen."""

    export: Export
    layer: Layer | None = None


def is_container(export: Export) -> bool:
    """Whether an export is a container. Raises UnsafeFile or OSError."""
    return export.stored and is_boxed(export.path)


def is_boxed(path: Path) -> bool:
    """Whether a file is a container, by its first bytes. Raises UnsafeFile or OSError."""
    with os.fdopen(open_plain(path), "rb") as stream:
        return kind(stream.read(HEAD)) is not None


def look(path: Path, opens: Sequence[str], *, streams: bool) -> Survey:
    """What a container holds: see `archives.survey`."""
    return survey(path, opens, streams=streams)


def parts(export: Export, reader: Reader, surveyed: Callable[..., Survey] = look) -> list[Part]:
    """The parts of an export, members after the layers that they lie in. Raises UnsafeFile or OSError.

    `surveyed` looks into a container: (path, names that may be opened, whether members are read as streams).
    """
    if not is_container(export):
        return [Part(export)]
    found = surveyed(export.path, reader.opens, streams=reader.whole is not None)
    layers = [
        Part(replace(export, name=export.name + layer.suffix, sha256=layer.sha256, size=layer.size), layer)
        for layer in found.layers
    ]
    # The one member of a compressed stream has no name of its own; wherever the file lies now, it keeps the same one.
    nameless = PurePosixPath(export.name).stem if found.kind in STREAMS and len(found.layers) == 1 else None
    members = [
        Part(
            replace(
                export,
                name=f"{export.name}{INNER}{nameless or member.name}",
                sha256=member.sha256,
                size=member.size,
                member=member,
                container=export.sha256,
            )
        )
        for member in found.members
        if member.size
    ]
    return layers + members


#: Records of a layer in one batch.
_BATCH: Final = 16_384


def layer_batches(layer: Layer) -> Iterator[Batch]:
    """What was seen of a layer, as batches without posts: spans that are not read; all else is framing."""
    begin = 0
    for first in range(0, max(1, len(layer.records)), _BATCH):
        some = layer.records[first : first + _BATCH]
        last = first + _BATCH >= len(layer.records)
        end = layer.size if last else some[-1].offset + some[-1].length
        offsets = np.array([record.offset for record in some], np.int64)
        lengths = np.array([record.length for record in some], np.int64)
        ends = np.concatenate([[begin], offsets + lengths]).astype(np.int64)
        refused = {
            index: Refusal(record.fate, record.code, detail=record.detail) for index, record in enumerate(some)
        }
        gaps = offsets - ends[:-1]
        cut = Cut(begin, end, offsets, lengths, gaps, np.zeros(len(some), np.int64), end - int(ends[-1]), 0, refused)
        yield Batch(cut, no_posts(), refused)
        begin = end
