"""Pointers for an export that is not to be stored: places, digests and structure, and none of its words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from ..digest import sha256
from ..findings import Finding, in_order
from ..quality import measured
from ..sources import local_id, open_export
from .reading import Fault, found_at, plain_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..model import Export, Limits
    from ..sources import Batch, Declaration

Pointer = dict[str, Any]

#: What may be said of a post without its words. Titles and names of authors are words of theirs.
_KEPT: Final = (
    "native_id",
    "parent_state",
    "kind",
    "lang",
    "created_at",
    "url",
    "markup",
    "labels",
    "n_chars",
    "n_words",
)
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


@dataclass(frozen=True)
class _Described:
    """A pointer whose links are still local ids; `own` is what others call the post, None for no post."""

    pointer: Pointer
    own: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def point(declaration: Declaration, export: Export, limits: Limits) -> tuple[bytes, list[Finding]]:
    """`FILE.pointers.jsonl` for an export that is at hand: one line per record, in byte order.

    Records that are broken cannot be described; they are findings, and then nothing should be written.
    """
    described: list[_Described] = []
    faults: list[Fault] = []
    with open_export(export) as (data, _):
        for batch in plain_batches(declaration, export, limits):
            described += [*_posts(batch, export), *_others(batch, data)]
            faults += _faults(batch)
    places = {one.own: one.pointer["offset"] for one in described if one.own is not None}
    linked = sorted((_linked(one, places) for one in described), key=lambda pointer: int(pointer["offset"]))
    return b"".join(orjson.dumps(pointer) + b"\n" for pointer in linked), in_order(
        found_at(export, faults, Counter(fault.code for fault in faults))
    )


def _posts(batch: Batch, export: Export) -> Iterator[_Described]:
    posts = pl.from_arrow(batch.posts)
    assert isinstance(posts, pl.DataFrame)  # noqa: S101  (a table is never a series)
    counts = measured(pl.col("text"))
    frame = posts.with_columns(
        pl.col("created_at").dt.strftime(_TIME), n_chars=counts["n_chars"], n_words=counts["n_words"]
    )
    for post in frame.iter_rows(named=True):
        offset, length = _span(batch, post["record"])
        pointer = _pointer(offset, length, "post", sha256(post["text"].encode()))
        said = {key: post[key] for key in _KEPT if post[key] not in (None, [])}
        links = {key: post[key] for key in ("parent", "quoted") if post[key] is not None}
        yield _Described({**pointer, **said}, local_id(post["native_id"], export.sha256, offset), links)


def _others(batch: Batch, data: Any) -> Iterator[_Described]:
    """Records that are whole and no posts of their own: what the platform said, and posts shown again."""
    for index, refusal in sorted(batch.refused.items()):
        if refusal.fate == "quarantined":
            continue
        offset, length = _span(batch, index)
        digest = sha256(data[offset : offset + length])
        if refusal.fate == "duplicate" and refusal.of is not None:
            yield _Described(_pointer(offset, length, "repeat", digest), links={"of": refusal.of})
        else:
            yield _Described(_pointer(offset, length, "notice", digest))


def _span(batch: Batch, index: int) -> tuple[int, int]:
    return int(batch.cut.offsets[index]), int(batch.cut.lengths[index])


def _pointer(offset: int, length: int, what: str, digest: str) -> Pointer:
    return {"offset": offset, "length": length, "what": what, "text_sha256": digest}


def _faults(batch: Batch) -> list[Fault]:
    return [
        Fault(refusal.code, _span(batch, index)[0], refusal.pointer, refusal.detail)
        for index, refusal in sorted(batch.refused.items())
        if refusal.fate == "quarantined"
    ]


def _linked(one: _Described, places: Mapping[str, int]) -> Pointer:
    """The pointer with offsets for its links. A parent that is not in the export is said to be missing."""
    pointer = {**one.pointer, **{key: places[id_] for key, id_ in one.links.items() if id_ in places}}
    if "parent" in pointer:
        pointer.pop("parent_state", None)
    elif "parent" in one.links:
        pointer["parent_state"] = "not_collected"
    if "of" in one.links and "of" not in pointer:
        pointer["what"] = "notice"
    return pointer
