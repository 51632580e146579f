"""What a reader is, and how its records become columns.

A reader knows one format and does two things, both pure. It *cuts* an export into records, so that every byte
belongs to a record or to a gap between records; and it *parses* the bytes of one record into a post as
claimed, or says why that is not possible. `read` drives both and checks each post against the contract.

Parsing sees the record's own bytes, where they begin, the context of the export, and the record's *hint*: what
cutting noticed around the record (in which conversation it stands, say). A hint follows from the record's *unit*, the
smallest range that can be cut by itself, so any row can be derived again from its span alone: `again` does it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
import pyarrow as pa

from ..schema import certain, judge
from .hints import Hints
from .opening import let_go
from .posts import KEYS, Post, claims_table, posts_table, with_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..model import Export, Limits

#: Bytes that may stand between records without meaning anything.
BLANK: Final = b" \t\r\n"
SOLID: Final = re.compile(rb"[^ \t\r\n]")
BOM: Final = b"\xef\xbb\xbf"

#: About how many bytes of an export one task reads, and how many records one batch holds.
RANGE_BYTES: Final = 32 * 1024 * 1024
BATCH_RECORDS: Final = 16_384


@dataclass(frozen=True)
class Refusal:
    """Why a record is no post.

    `quarantined` for what is broken, `excluded` for what is whole but not wanted.
    """

    fate: Literal["quarantined", "excluded", "duplicate"]
    code: str
    pointer: str = ""
    detail: str = ""
    #: For a duplicate: local id of the post that it repeats.
    of: str | None = None


Parsed = Post | Refusal


@dataclass(frozen=True)
class Option:
    """One option of a reader, given in `[reader]` of source.toml."""

    name: str
    kind: type
    means: str
    required: bool = False
    #: Whether the words of posts depend on it, so that a release must tell it for its texts to be found again.
    words: bool = False


@dataclass(frozen=True)
class Head:
    """What `add` looks at to recognise a file: its name, its size, its first bytes and its last.

    A file that has a size and no first byte is packed, and was cut before anything of it could come out.
    """

    name: str
    start: bytes
    size: int
    end: bytes = b""


@dataclass(frozen=True)
class Cut:
    """The records of bytes `[start, stop)` of an export, as columns of equal length (int64).

    Record `i` spans `[offsets[i], offsets[i] + lengths[i])`; before it stand `framing[i]` bytes of the
    format's own marks and `blank[i]` bytes of white space. After the last record follow `tail_framing` and
    `tail_blank`. All of them add up to `stop - start`. `refused` holds the records that cannot be parsed
    whatever they contain, by index.
    """

    start: int
    stop: int
    offsets: np.ndarray
    lengths: np.ndarray
    framing: np.ndarray
    blank: np.ndarray
    tail_framing: int = 0
    tail_blank: int = 0
    refused: dict[int, Refusal] = field(default_factory=dict)
    #: What was noticed around each record, by index; most formats have nothing to notice.
    hints: Sequence[Any] = ()

    def __len__(self) -> int:
        return len(self.offsets)

    def unaccounted(self) -> int:
        """Bytes of the range that neither a record nor a gap claims; 0 unless the reader is wrong."""
        gaps = np.stack([self.framing, self.blank]).sum(axis=0, dtype=np.int64)
        ends = np.concatenate([[self.start], self.offsets + self.lengths])
        if not np.array_equal(ends[:-1] + gaps, self.offsets):
            return max(1, int(np.abs(ends[:-1] + gaps - self.offsets).sum()))
        # Records out of order or over each other leave gaps of less than nothing, which would cancel out.
        counts = np.concatenate([self.framing, self.blank, [self.tail_framing, self.tail_blank]])
        if counts.min() < 0:
            return -int(counts[counts < 0].sum())
        return abs(self.stop - int(ends[-1]) - self.tail_framing - self.tail_blank)


@dataclass(frozen=True)
class Batch:
    """One cut, read: what became of each record so far, and the posts among them.

    `posts` has the columns of schema `post`, `n_chars` and `n_words` (null unless only a pointer was read)
    and `record`, the index of the post's record in `cut`. `refused` covers all other records.
    """

    cut: Cut
    posts: pa.Table
    refused: dict[int, Refusal]


@dataclass(frozen=True)
class Reader:
    """One format: everything that the rest of the program knows of it."""

    name: str
    version: str
    title: str
    #: Schema fields that it can fill, for `formats`.
    fills: tuple[str, ...]
    #: What it does not do, and what it leaves out, in sentences.
    limits: str
    #: What is known about the licence of such posts.
    license_rule: str
    #: Why a file looks like this format, or None.
    recognise: Callable[[Head], str | None]
    #: Cuts `data[start:stop]` into records.
    cut: Callable[[Any, int, int, Limits], Iterator[Cut]]
    #: Turns one record's bytes, found at an offset, into a post as claimed, given the context. With `hinted`, the
    #: second argument is not the offset but the record's hint.
    parse: Callable[[bytes, Any, Any], Parsed]
    #: Offsets at which a file may be divided between tasks; whole files by default.
    divide: Callable[[Any, int], list[int]] = lambda _data, size: [0, size]
    #: What parsing needs beside the record: computed once per export from all exports of the source.
    context: Callable[[Export, Sequence[Export], dict[str, Any]], Any] = lambda _export, _all, _options: None
    #: Export names that `context` reads for an export; a change in them is a change of the export.
    needs: Callable[[str, Sequence[str]], Sequence[str]] = lambda _name, _all: ()
    options: tuple[Option, ...] = ()
    #: Reads many records at once, given with their indexes and the context: posts as columns of `POSTS`, of those that
    #: are surely understood and keep the contract. The others are parsed one by one; both ways must agree. With
    #: `hinted`, the hints of the records come fourth.
    bulk: Callable[..., pa.Table] | None = None
    #: The same without an object for any record, in place of `bulk`: given the export's bytes, offsets, lengths and
    #: indexes of the records (int64), and the context.
    columns: Callable[..., pa.Table] | None = None
    #: Whether `parse` wants the record's hint in place of its offset.
    hinted: bool = False
    #: Whether `bulk` needs hints alone; then it is given no bytes.
    by_hints: bool = False
    #: The smallest range around an offset that can be cut by itself; the whole file by default.
    unit: Callable[[Any, int, int], tuple[int, int]] = lambda _data, size, _offset: (0, size)
    #: How many bytes at the beginning of a buffer can be cut without what follows them. None for a format that must
    #: be seen whole; inside compressed files only the others are read in bounded memory.
    whole: Callable[[bytes], int] | None = None
    #: Names of files, in a folder or an archive, that may be opened at all: regular expressions for whole names.
    opens: tuple[str, ...] = (r"(?s).*",)
    #: Whether those who take part must have agreed, with evidence of it in source.toml, before anything is read.
    consent: bool = False
    #: The reader as the options of a source make it, where cutting depends on them too; it has the same name.
    fitted: Callable[[dict[str, Any]], Reader] | None = None
    #: What is wrong with options beside names and types: (option, sentence).
    faults: Callable[[dict[str, Any]], list[tuple[str, str]]] = lambda _options: []
    #: Whether it is asked about a file only when no other reader knows it.
    last: bool = False

    @property
    def label(self) -> str:
        """Name and version, as rows carry it."""
        return f"{self.name}/{self.version}"


def local_id(native_id: str | None, export_sha256: str, offset: int) -> str:
    """What a post is called within its platform: the native id, else export digest and offset."""
    return native_id if native_id is not None else f"{export_sha256[:32]}@{offset}"


def spans(start: int, stop: int, pieces: Sequence[tuple[int, int]], data: Any, refused: dict[int, Refusal]) -> Cut:
    """A `Cut` from (offset, length) pairs in byte order; gaps are told apart by looking at them."""
    offsets = np.array([offset for offset, _ in pieces], dtype=np.int64)
    return spaced(start, stop, (offsets, np.array([length for _, length in pieces], dtype=np.int64)), data, refused)


def spaced(
    start: int, stop: int, records: tuple[np.ndarray, np.ndarray], data: Any, refused: dict[int, Refusal]
) -> Cut:
    """The same from offsets and lengths as arrays (int64)."""
    offsets, lengths = records
    begins, ends = np.concatenate([[start], offsets + lengths]), np.concatenate([offsets, [stop]])
    framing = _framing(data, begins, ends)
    blank = ends - begins - framing
    return Cut(
        start, stop, offsets, lengths, framing[:-1], blank[:-1], int(framing[-1]), int(blank[-1]), refused
    )  # fmt: skip


def _framing(data: Any, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many bytes of each gap are no blanks (int64). Most gaps are short, and these are looked at together."""
    sizes = ends - begins
    found = np.zeros(len(sizes), np.int64)
    short = np.flatnonzero((sizes > 0) & (sizes <= _SHORT_GAP))
    if len(short):
        view = np.frombuffer(data, np.uint8)
        for number in range(int(sizes[short].max())):
            short = short[sizes[short] > number]
            found[short] += _SOLID_BYTE[view[begins[short] + number]]
    for index in np.flatnonzero(sizes > _SHORT_GAP).tolist():
        found[index] = _solid(data, int(begins[index]), int(ends[index]))
    return found


_SHORT_GAP: Final = 128
_SOLID_BYTE: Final = ~np.isin(np.arange(256), list(BLANK))


def _solid(data: Any, start: int, stop: int) -> int:
    """How many bytes of `data[start:stop]`, which may be of any length, are no blanks."""
    blocks = (bytes(data[at : min(stop, at + _GAP_BLOCK)]) for at in range(start, stop, _GAP_BLOCK))
    return sum(len(block.translate(None, BLANK)) for block in blocks)


_GAP_BLOCK: Final = 1 << 20


def trimmed(data: Any, at: int, end: int) -> int:
    """Where `data[at:end]` ends without the blanks behind it; it begins with something else. Copies no long record."""
    while end > at:
        begin = max(at, end - 4096)
        solid = bytes(data[begin:end]).rstrip(BLANK)
        if solid:
            return begin + len(solid)
        end = begin
    return end


def read(reader: Reader, data: Any, start: int, stop: int, context: Any, limits: Limits) -> Iterator[Batch]:
    """Read bytes `[start, stop)` of an export: batches in byte order, each record accounted for."""
    for cut in reader.cut(data, start, stop, limits):
        yield _batch(reader, data, cut, context)
        let_go(data, cut.start, cut.stop)


def _batch(reader: Reader, data: Any, cut: Cut, context: Any) -> Batch:
    """The posts of a cut, most of them checked as columns; those in doubt are judged one by one."""
    asked = np.ones(len(cut), dtype=np.bool_)
    asked[list(cut.refused)] = False
    sure = _sure(reader, data, cut, np.flatnonzero(asked), context)
    asked[pl.Series(sure["record"]).to_numpy()] = False
    parsed = {}
    for index in np.flatnonzero(asked).tolist():
        at, size = int(cut.offsets[index]), int(cut.lengths[index])
        parsed[index] = reader.parse(bytes(data[at : at + size]), _beside(reader, cut, index), context)
    refused = cut.refused | {index: found for index, found in parsed.items() if isinstance(found, Refusal)}
    posts = {index: found for index, found in parsed.items() if not isinstance(found, Refusal)}
    checked, faulty = kept(posts, by_columns=reader.bulk is None and reader.columns is None)
    tables = [table for table in (sure, checked) if table.num_rows]
    table = pa.concat_tables(tables).sort_by("record") if len(tables) > 1 else (tables or [no_posts()])[0]
    return Batch(cut, table, refused | faulty)


def _sure(reader: Reader, data: Any, cut: Cut, indexes: np.ndarray, context: Any) -> pa.Table:
    """The posts of some records of a cut that are understood as columns, as columns of `POSTS`."""
    offsets, lengths = cut.offsets[indexes], cut.lengths[indexes]
    if reader.columns:
        return reader.columns(data, offsets, lengths, indexes, context)
    if not reader.bulk:
        return no_posts()
    spans_ = [] if reader.by_hints else zip(offsets.tolist(), lengths.tolist(), strict=True)
    records = [bytes(data[at : at + size]) for at, size in spans_]
    hints = [_hints(cut, indexes)] if reader.hinted else []
    return reader.bulk(records, indexes.tolist(), context, *hints)


def _hints(cut: Cut, indexes: np.ndarray) -> Sequence[Any]:
    """The hints of some records."""
    if isinstance(cut.hints, Hints):
        return cut.hints.taken(indexes)
    return [cut.hints[index] if cut.hints else None for index in indexes.tolist()]


def _beside(reader: Reader, cut: Cut, index: int) -> Any:
    """What `parse` is given beside a record: its offset, or its hint."""
    if not reader.hinted:
        return int(cut.offsets[index])
    return cut.hints[index] if cut.hints else None


@cache
def no_posts() -> pa.Table:
    """The columns of posts without a row. Made when first asked for: making arrays loads more than reading needs."""
    return posts_table([], [])


def _asked_of_columns(posts: Mapping[int, Post]) -> tuple[pa.Table, set[int]]:
    """Posts as claims, and the records of those that do not certainly keep the contract."""
    try:
        claims = claims_table(list(posts.values()), list(posts))
    except (TypeError, ValueError, AttributeError, OverflowError):  # one of them is not what columns can hold
        return no_posts(), set(posts)
    sure = certain(claims, "post")
    if not KEYS.issuperset(chain.from_iterable(posts.values())):
        sure &= pl.Series([KEYS.issuperset(post) for post in posts.values()], dtype=pl.Boolean)
    return claims, set(claims["record"].filter((~sure).to_arrow()).to_pylist())


def kept(posts: Mapping[int, Post], *, by_columns: bool) -> tuple[pa.Table, dict[int, Refusal]]:
    """Posts by record, as columns of `POSTS`, and why the others of them break the contract.

    `by_columns` for posts that a reader of ours put together, so that the objects in them have the keys that they
    should have; posts that strangers wrote as they are must all be judged.
    """
    claims, doubtful = _asked_of_columns(posts) if by_columns else (no_posts(), set(posts))
    judged_ = {index: judged(posts[index]) for index in sorted(doubtful)}
    faulty = {index: found for index, found in judged_.items() if isinstance(found, Refusal)}
    if claims.num_rows and not doubtful:
        return with_times(claims), faulty
    good = [index for index in posts if index not in faulty]
    return posts_table([posts[index] for index in good], good), faulty


def again(reader: Reader, data: Any, size: int, span: tuple[int, int], context: Any, limits: Limits) -> Parsed:
    """The record at (offset, length) read once more, as `read` reads it.

    Only its unit is cut again, and that only where the format gives hints. A span that no record has is refused there.
    """
    offset, length = span
    record = bytes(data[offset : offset + length])
    if not reader.hinted:
        return judged(reader.parse(record, offset, context))
    for cut in reader.cut(data, *reader.unit(data, size, offset), limits):
        found = np.flatnonzero((cut.offsets == offset) & (cut.lengths == length))
        if len(found):
            index = int(found[0])
            hint = cut.hints[index] if cut.hints else None
            return cut.refused.get(index) or judged(reader.parse(record, hint, context))
    return Refusal("quarantined", "record.no-such-span", detail=f"no record of {length} bytes begins at {offset}")


def judged(parsed: Parsed) -> Parsed:
    """A parsed post if it keeps the contract, else the refusal that says why not."""
    if isinstance(parsed, Refusal):
        return parsed
    contract = judge("post")
    if contract.accepts(parsed):
        return parsed
    faults = contract.faults(parsed)
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Refusal("quarantined", f"post.{first.kind}", first.pointer, first.detail + more)
