"""Plain posts of Bluesky's stream, many at once; `jetstream` has the last word on each.

Plain is a post as it was first written: of words alone, perhaps an answer, by an account of which nothing else is known
than its name.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final, Literal

import msgspec
import numpy as np
import polars as pl

from .atproto import DAY_MICROSECONDS, POST, named, tid
from .base import no_posts
from .fields import language
from .jetstream_later import key_of
from .typed import ISO, LONGEST, WORDS, made_of, understood

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from .jetstream_later import Changes, Later


class _Address(msgspec.Struct, gc=False):
    uri: str


class _Reply(msgspec.Struct, gc=False):
    parent: _Address
    root: _Address


class _Record(msgspec.Struct, gc=False):
    text: str
    type: str | None = msgspec.field(name="$type", default=None)
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    langs: list[str] | None = None
    facets: None = None
    reply: _Reply | None = None
    embed: None = None
    labels: None = None


class _Commit(msgspec.Struct, gc=False):
    operation: Literal["create"]
    collection: Literal["app.bsky.feed.post"]
    rkey: str
    record: _Record
    rev: str | None = None


class PlainEvent(msgspec.Struct, gc=False):
    """An event of the old shape that made a post."""

    did: str
    commit: _Commit
    time_us: int | None = None
    kind: str | None = None
    account: None = None
    identity: None = None
    type: None = msgspec.field(name="$type", default=None)
    payload: None = None


_PLAIN: Final = msgspec.json.Decoder(PlainEvent)
_ACCOUNT: Final = r"^did:[a-z]+:[A-Za-z0-9._:%-]+$"
_NAMED: Final = r"^at://did:[a-z]+:[A-Za-z0-9._:%-]+/app\.bsky\.feed\.post/[A-Za-z0-9._~:-]+$"
_KEY: Final = r"^[!-~]+$"
_HANDLE: Final = r"^[A-Za-z0-9.-]+$"
#: Up to this length an address and its pieces are surely not too long, in bytes.
_BRIEF: Final = 200


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over the columns of events, and where they are sure."""
    did, key, moment, handle, text = (pl.col(name) for name in ("did", "rkey", "created_at", "handle", "text"))
    parent, root = pl.col("parent"), pl.col("root")
    first = parent.is_null()
    profile = pl.lit("https://bsky.app/profile/") + did
    own = pl.lit("at://") + did + f"/{POST}/" + key
    fields = {
        "native_id": own,
        "conversation": pl.when(first).then(own).otherwise(root),
        "parent": parent,
        "parent_state": pl.when(first).then(pl.lit("root")),
        "kind": pl.when(first).then(pl.lit("post")).otherwise(pl.lit("reply")),
        "author": pl.struct(name=pl.coalesce(handle, did), id=did, url=profile),
        "text": text,
        "markup": pl.lit("plain"),
        "lang": pl.col("lang"),
        "created_at": moment,
        "url": profile + "/post/" + key,
    }
    day = moment.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).to_physical()
    sure = [
        moment.str.contains(ISO),
        text.str.contains(WORDS),
        did.str.contains(_ACCOUNT) & (did.str.len_bytes() <= _BRIEF),
        key.str.contains(_KEY),
        (handle.str.contains(_HANDLE) & (handle.str.len_bytes() <= LONGEST)).fill_null(value=True),
        *(
            (one.str.contains(_NAMED) & (one.str.len_bytes() <= _BRIEF)).fill_null(value=True)
            for one in (parent, root)
        ),
        # The key is a clock too; where it tells another day, it may have to be said.
        (pl.col("keyed") == day).fill_null(pl.col("keyed").is_null()),
    ]
    return fields, sure


_FIELDS: Final = _fields()


def plain_posts(records: list[bytes], indexes: list[int], later: Later) -> pa.Table:
    """The plain ones of many events as posts in columns, if nothing that came later touches them."""
    events = understood(records, _PLAIN.decode)
    known = [(at, event) for at, event in zip(indexes, events, strict=True) if event and event.did not in later.wishes]
    if later.ended or not (later.deleted.none and later.updated.none):
        known = _untouched(known, later)
    if not known:
        return no_posts()
    rows = [event for _, event in known]
    commits = list(map(attrgetter("commit"), rows))
    posts = list(map(attrgetter("record"), commits))
    replies = list(map(attrgetter("reply"), posts))
    dids, keys = list(map(attrgetter("did"), rows)), list(map(attrgetter("rkey"), commits))
    columns = {
        "did": dids, "rkey": keys, "text": list(map(attrgetter("text"), posts)),
        "created_at": list(map(attrgetter("created_at"), posts)),
        "handle": list(map(later.handles.get, dids)),
        "lang": [language(post.langs[0]) if post.langs else None for post in posts],
        "parent": [reply.parent.uri if reply else None for reply in replies],
        "root": [reply.root.uri if reply else None for reply in replies],
    }  # fmt: skip
    numbers = map(tid, keys)
    days = [None if number is None else (number >> 10) // DAY_MICROSECONDS for number in numbers]
    frame = pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})
    return made_of(frame.with_columns(keyed=pl.Series(days, dtype=pl.Int64)), *_FIELDS, [at for at, _ in known])


def _untouched(known: Sequence[tuple[int, PlainEvent]], later: Later) -> list[tuple[int, PlainEvent]]:
    """Those events whose post, account and parent nothing happened to, as far as hashes tell."""
    own = np.array([key_of(event.did, event.commit.rkey) for _, event in known], dtype=np.uint64)
    replies = [event.commit.record.reply for _, event in known]
    parents = [named(reply.parent.uri) if reply else None for reply in replies]
    above = np.array([key_of(one[0], one[2]) if one else 0 for one in parents], dtype=np.uint64)
    touched = _among(own, later.deleted) | _among(own, later.updated) | _among(above, later.deleted)
    return [
        one
        for one, parent, no in zip(known, parents, touched.tolist(), strict=True)
        if not no and one[1].did not in later.ended and (parent is None or parent[0] not in later.ended)
    ]


def _among(keys: np.ndarray, changes: Changes) -> np.ndarray:
    """Which hashes stand among those of changes, which are sorted; booleans."""
    if changes.none:
        return np.zeros(len(keys), bool)
    places = np.searchsorted(changes.keys, keys).clip(max=len(changes.keys) - 1)
    return np.asarray(changes.keys[places] == keys)
