"""Repositories of AT Protocol accounts as CAR files: blocks, each called by its digest, and a tree that names them.

Nothing in such a file is believed unseen. Every block is hashed and must have the digest that it is called by; a record
counts only if the tree leads to it from the root, because a file may also hold what was deleted. The tree is walked
with a stack, and no block is looked at twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import libipld

from .base import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

#: CID version 1, content DAG-CBOR (or raw bytes), hash SHA-256 of 32 bytes.
_SHA_256: Final = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")
CID_BYTES: Final = 36
_VARINT_BYTES: Final = 9
_ROOTS: Final = b"\xa2eroots"
#: No name of a record is longer; without a limit, names that share their beginnings would multiply.
_NAME_BYTES: Final = 1024


@dataclass(frozen=True)
class Block:
    """Bytes `[offset, offset + length)` of a file: a digest and what it is the digest of."""

    offset: int
    length: int
    cid: bytes
    refusal: Refusal | None = None


@dataclass
class Repository:
    """What a file holds. `keys` leads from the digest of a record to its name in the tree, `collection/key`."""

    blocks: list[Block] = field(default_factory=list)
    did: str | None = None
    keys: dict[bytes, str] = field(default_factory=dict)
    #: Digests of the commit and of the nodes of the tree.
    structure: set[bytes] = field(default_factory=set)
    #: Where the blocks end and something begins that is none; the end of the file, if all is well.
    end: int = 0
    #: Whether the tree was walked to its last leaf.
    whole: bool = True


def is_car(head: Any) -> bool:
    """Whether a file begins as a CAR file does: with a length and a map of `roots` and `version`."""
    found = _varint(head, 0, len(head))
    return bool(found) and bytes(head[found[1] : found[1] + len(_ROOTS)]) == _ROOTS if found else False


def repository(data: Any, start: int, stop: int) -> Repository | None:
    """The repository in `data[start:stop]`; None where there is no header of one."""
    found = Repository(end=start)
    roots, at = _header(data, start, stop)
    if roots is None:
        return None
    found.blocks, found.end = _blocks(data, at, stop)
    places = {block.cid: block for block in reversed(found.blocks) if not block.refusal}
    _walk(found, data, places, roots)
    return found


def content(data: Any, block: Block) -> Any:
    """What a block holds. Raises ValueError or RecursionError."""
    return libipld.decode_dag_cbor(bytes(data[block.offset + CID_BYTES : block.offset + block.length]))


def _varint(data: Any, at: int, stop: int) -> tuple[int, int] | None:
    """A number of variable length, and where it ends."""
    value = 0
    for index in range(min(_VARINT_BYTES, stop - at)):
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004  (the mark of a byte that another one follows)
            return value, at + index + 1
    return None


def _header(data: Any, start: int, stop: int) -> tuple[list[bytes] | None, int]:
    """The roots that a file names, and where its blocks begin."""
    size = _varint(data, start, stop)
    if not size or size[0] > stop - size[1]:
        return None, start
    try:
        header = libipld.decode_dag_cbor(bytes(data[size[1] : size[1] + size[0]]))
    except (ValueError, RecursionError):
        return None, start
    roots = header.get("roots") if isinstance(header, dict) and header.get("version") == 1 else None
    return (roots, size[1] + size[0]) if isinstance(roots, list) else (None, start)


def _blocks(data: Any, at: int, stop: int) -> tuple[list[Block], int]:
    """The blocks up to the first that is not whole, and where they end."""
    found: list[Block] = []
    while at < stop:
        size = _varint(data, at, stop)
        if not size or size[0] == 0 or size[0] > stop - size[1]:
            break
        found.append(_block(data, size[1], size[0]))
        at = size[1] + size[0]
    return found, at


def _block(data: Any, offset: int, length: int) -> Block:
    cid = bytes(data[offset : offset + min(CID_BYTES, length)])
    if cid[:4] not in _SHA_256 or len(cid) < CID_BYTES:
        detail = "the block is not called by a SHA-256 digest"
        return Block(offset, length, cid, Refusal("quarantined", "record.digest-differs", detail=detail))
    digest = hashlib.sha256(memoryview(data)[offset + CID_BYTES : offset + length]).digest()
    if digest != cid[4:]:
        detail = "the block has another digest than the one it is called by"
        return Block(offset, length, cid, Refusal("quarantined", "record.digest-differs", detail=detail))
    return Block(offset, length, cid)


def _walk(found: Repository, data: Any, places: dict[bytes, Block], roots: list[Any]) -> None:
    """Follow the tree from the commit: names of records, structure, and whether anything of it is missing."""
    root = roots[0] if roots else None
    commit = _read(data, places, root)
    if not isinstance(root, bytes) or not isinstance(commit, dict) or not isinstance(did := commit.get("did"), str):
        found.whole = False
        return
    found.did = did
    found.structure.add(root)
    waiting = [commit.get("data")]
    while waiting:
        link = waiting.pop()
        if isinstance(link, bytes) and link in found.structure:
            continue
        node = _read(data, places, link)
        if not isinstance(link, bytes) or not isinstance(node, dict) or not isinstance(node.get("e"), list):
            found.whole = False
            continue
        found.structure.add(link)
        waiting += [left for left in (node.get("l"), *_entries(found, node)) if left is not None]


def _read(data: Any, places: dict[bytes, Block], link: Any) -> Any:
    block = places.get(link) if isinstance(link, bytes) else None
    try:
        return content(data, block) if block else None
    except (ValueError, RecursionError):
        return None


def _entries(found: Repository, node: dict[str, Any]) -> Iterator[Any]:
    """Take the names of the records of a node; give the links to the nodes between them."""
    before = b""
    for entry in node["e"]:
        shared, rest, link = (entry.get(key) for key in "pkv") if isinstance(entry, dict) else (None, None, None)
        if not (isinstance(shared, int) and 0 <= shared <= len(before) and isinstance(rest, bytes)):
            found.whole = False
            return
        before = before[:shared] + rest
        if len(before) > _NAME_BYTES:
            found.whole = False
            return
        name = before.decode("ascii", "replace")
        if isinstance(link, bytes):
            found.keys[link] = min(name, found.keys.get(link, name))
        yield entry.get("t")
