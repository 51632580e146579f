"""Pointers: the records of an export that is not stored here, by place and digest, without a word of theirs.

`FILE.pointers.jsonl` stands for an export whose text nobody licensed. Each line describes one record: where
it is, what it is, its digest, its place in the conversation, and what the contributors say of it in their own
words. Read through it, the export yields the same records at the same bytes as with the file at hand, only
without text; who holds the file fills the text in and proves by the digests that it is the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from ..digest import sha256
from ..findings import Finding, Place
from ..schema import judge
from .base import BOM, Batch, Cut, Parsed, Refusal, local_id
from .posts import Post, posts_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..model import Export

Pointer = dict[str, Any]


def read_pointers(lines: bytes, export: Export) -> tuple[list[Pointer], list[Finding]]:
    """The pointers of an export in byte order, and what is wrong with them. Faulty lines are left out."""
    name = export.name + ".pointers.jsonl"
    pointers: list[Pointer] = []
    findings: list[Finding] = []
    stop = 0
    for number, line in enumerate(lines.removeprefix(BOM).split(b"\n"), 1):
        if not line.strip():
            continue
        place = Place(export.source, name, line=number)
        pointer, faults = _pointer(line, place)
        findings += faults
        if pointer is None:
            continue
        if pointer["offset"] < stop:
            findings.append(Finding("pointer.overlap", place, f"byte {pointer['offset']} lies in the record before"))
        elif pointer["offset"] + pointer["length"] > export.size:
            findings.append(Finding("pointer.outside", place, f"the export has {export.size} bytes"))
        else:
            pointers.append(pointer)
            stop = pointer["offset"] + pointer["length"]
    return pointers, findings + _dangling(pointers, export, name)


def _pointer(line: bytes, place: Place) -> tuple[Pointer | None, list[Finding]]:
    try:
        orjson.loads(line)  # strict about encoding, surrogates and numbers; the other one sees keys that stand twice
        value = json.loads(line, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError):
        return None, [Finding("pointer.syntax", place, "not JSON, or a key stands twice")]
    faults = judge("pointer").faults(value) if not judge("pointer").accepts(value) else []
    found = [
        Finding("pointer.syntax", Place(place.source, place.file, line=place.line, pointer=f.pointer), f.detail)
        for f in faults
    ]
    return (None if faults else value), found


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _dangling(pointers: list[Pointer], export: Export, name: str) -> list[Finding]:
    posts = {pointer["offset"] for pointer in pointers if pointer["what"] == "post"}
    return [
        Finding(
            "pointer.dangling",
            Place(export.source, name, pointer["offset"], pointer=f"/{key}"),
            f"no post begins at byte {pointer[key]}",
        )
        for pointer in pointers
        for key in ("parent", "quoted", "of")
        if key in pointer and pointer[key] not in posts
    ]


def batch_of(
    pointers: list[Pointer],
    export: Export,
    text_at: Callable[[int, int], Parsed] | None = None,
    *,
    among: list[Pointer] | None = None,
) -> Batch:
    """What reading the export would yield.

    Gaps between records count as blank: nothing else is known of them. Without `text_at` the posts have no
    text. With it, a function that reads the record at (offset, length) again, each post gets its text, and
    one whose digest is not the pointer's is quarantined. `among` are all pointers of the export, where only
    some of them are asked for: others are named by offset, but called by their native ids.
    """
    offsets = np.array([pointer["offset"] for pointer in pointers], dtype=np.int64)
    lengths = np.array([pointer["length"] for pointer in pointers], dtype=np.int64)
    ends = np.concatenate([np.zeros(1, dtype=np.int64), offsets + lengths])
    nothing = np.zeros(len(pointers), dtype=np.int64)
    cut = Cut(0, export.size, offsets, lengths, nothing, offsets - ends[:-1], 0, export.size - int(ends[-1]))
    names = {pointer["offset"]: pointer["native_id"] for pointer in among or pointers if "native_id" in pointer}
    outcomes = [_filled(pointer, outcome(pointer, export.sha256, names), text_at) for pointer in pointers]
    posts = [(index, post) for index, post in enumerate(outcomes) if not isinstance(post, Refusal)]
    refused = {index: refusal for index, refusal in enumerate(outcomes) if isinstance(refusal, Refusal)}
    return Batch(cut, posts_table([post for _, post in posts], [index for index, _ in posts]), refused)


def _filled(pointer: Pointer, placed: Parsed, text_at: Callable[[int, int], Parsed] | None) -> Parsed:
    if isinstance(placed, Refusal) or text_at is None:
        return placed
    read = text_at(pointer["offset"], pointer["length"])
    if isinstance(read, Refusal):
        return read
    if sha256(read["text"].encode()) != pointer["text_sha256"]:
        return Refusal("quarantined", "pointer.digest-differs", detail=f"{pointer['text_sha256']} is described")
    return {**placed, "text": read["text"]}


def outcome(pointer: Pointer, export_sha256: str, names: Mapping[int, str] | None = None) -> Post | Refusal:
    """A pointer as the post it stands for, or as the reason why it is none.

    `names` are native ids by offset. Posts without native ids are those of one copied thread.
    """

    def called(offset: int) -> str:
        return local_id((names or {}).get(offset), export_sha256, offset)

    if pointer["what"] == "notice":
        return Refusal("excluded", "record.notice")
    if pointer["what"] == "repeat":
        return Refusal("duplicate", "", of=called(pointer["of"]))
    post = {
        key: value
        for key, value in pointer.items()
        if key not in ("offset", "length", "what", "of", "parent", "quoted")
    }
    post |= {key: called(pointer[key]) for key in ("parent", "quoted") if key in pointer}
    thread = {} if "native_id" in pointer else {"conversation": called(0)}
    return {"markup": "plain", **thread, **post}
