"""Posts in the repository of a Bluesky account: which blocks they are, and what the account asks for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libipld
import msgspec

from .atproto import POST, PROFILE, WISHES, Record, asked, at, post_of, said
from .base import Parsed, Refusal, spans, trimmed
from .car import CID_BYTES, content, repository
from .documents import batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits
    from .base import Cut
    from .car import Block, Repository
    from .documents import Placed


class Known(NamedTuple):
    """What a repository says of one of its posts: account and key, the name of the account, what it asks."""

    did: str
    key: str
    name: str | None
    wishes: tuple[str, ...]


_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_UNREACHED: Final = Refusal("quarantined", "record.unreachable", detail="no name in the tree leads to this block")
_CUT_OFF: Final = Refusal("quarantined", "record.truncated", detail="the file ends inside a block, or here is none")
_NO_HEAD: Final = Refusal("quarantined", "record.not-this-format", detail="the head of the file is damaged")


def cut_repository(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut a repository: a record is a digest and what it is the digest of; commit and tree are framing."""
    found = repository(data, start, stop)
    if found is None:
        end = trimmed(data, start, stop)
        yield spans(start, stop, [(start, end - start)], data, {0: _NO_HEAD})
        return
    name, wishes = account_of(data, found)
    placed: list[Placed] = []
    for block in found.blocks:
        if block.cid in found.structure and not block.refusal:
            continue
        collection, _, key = found.keys.get(block.cid, "").partition("/")
        known = Known(found.did or "", key, name, wishes)
        placed.append((block.offset, block.length, known, _refusal(block, collection, key, limits)))
    if found.end < stop:
        placed.append((found.end, stop - found.end, None, _CUT_OFF))
    yield from batches(data, start, stop, placed)


def _refusal(block: Block, collection: str, key: str, limits: Limits) -> Refusal | None:
    """Why a block is no post, as far as can be told without looking into it."""
    if block.refusal or not key:
        return block.refusal or _UNREACHED
    if block.length > limits.record_bytes:
        return Refusal("quarantined", "record.too-long", detail=f"the limit is {limits.record_bytes} bytes")
    return None if collection == POST else _NOT_A_POST


def account_of(data: Any, found: Repository) -> tuple[str | None, tuple[str, ...]]:
    """The name that the account of a repository shows, and what it asks."""
    name, all_said = None, []
    for block in found.blocks:
        collection = found.keys.get(block.cid, "").partition("/")[0]
        if block.refusal or collection not in WISHES:
            continue
        try:
            record = content(data, block)
        except (ValueError, RecursionError):
            continue
        if told := said(collection, record):
            all_said.append(told)
        if collection == PROFILE and isinstance(shown := at(record, "displayName"), str):
            name = shown
    return name, tuple(asked(all_said))


def of_block(record: bytes, known: Known) -> Parsed:
    """One block as a post as claimed."""
    try:
        value = msgspec.convert(libipld.decode_dag_cbor(record[CID_BYTES:]), Record)
    except (ValueError, RecursionError) as error:
        return Refusal("quarantined", "record.bad-field", detail=f"{type(error).__name__} in DAG-CBOR")
    post = post_of(value, known.did, known.key, known.name)
    return post | {"wishes": list(known.wishes)} if known.wishes and isinstance(post, dict) else post
