"""The words of a post's author as they are compared: without what is quoted, NFKC and case folded, white space folded.

Texts are folded by the block. A block is one run of bytes in which every text stands between two spaces, so that no
word reaches from one text into the next.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import compress, pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import polars as pl
import pyarrow as pa

from .characters import LOWER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

#: Strings in one column.
Texts: TypeAlias = pa.Array | pa.ChunkedArray | pl.Series

#: About how many bytes are folded at once: what belongs to a block stays in the processor's second cache.
_BLOCK: Final = 1 << 18
#: Zero bytes may be read beyond the last text.
PADDING: Final = 8
#: A line that is marked as quoted, with up to three spaces before the mark.
_QUOTED: Final = re.compile(rb"^[ \t]{0,3}>[^\n]*\n?", re.MULTILINE)
#: White space that NFKC leaves alone.
_RARE_SPACES: Final = "\x85\u1680\u2028\u2029"


@dataclass(frozen=True)
class Folded:
    """Texts after folding: text `i` is `data[starts[i]:starts[i + 1] - 1]`, and a space stands before and after it.

    An empty text may have no byte of its own between its neighbours: then `starts[i] == starts[i + 1]`.
    """

    data: bytes
    starts: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1


def blocks(texts: Texts) -> Iterator[list[bytes]]:
    """What the authors wrote themselves, in UTF-8, by the block. A null is as an empty text."""
    for array in _arrays(texts):
        data, ends = _stored(array)
        start = 0
        while start < len(array):
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + _BLOCK, side="right")) - 1)
            places = (ends[start : stop + 1] - ends[start]).tolist()
            yield own_words(data[ends[start] : ends[stop]].tobytes(), places)
            start = stop


def own_words(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The texts that begin at `places`, the last of which is an end, without the lines that are marked as quoted."""
    texts = [data[start:stop] for start, stop in pairwise(places)]
    if b">" not in data:
        return texts
    return [_QUOTED.sub(b"", text) if b">" in text else text for text in texts]


def folded(texts: Sequence[bytes]) -> Folded:
    """Fold some texts."""
    apart = b" ".join([b"", *texts, b" " * PADDING])
    if not apart.isascii():
        texts = _above_ascii(texts)
        apart = b" ".join([b"", *texts, b" " * PADDING])
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    starts = np.arange(1, len(texts) + 2)
    starts[1:] += ends
    return _without_runs(apart.translate(LOWER), starts)


def small(texts: Sequence[str]) -> list[str]:
    """NFKC and case folded, then NFKC again, because folding case can leave a form that NFKC would change."""
    odd = [not unicodedata.is_normalized("NFKC", text) for text in texts]
    # The standard library puts marks in their order in a time that grows with the square of their number.
    mended = iter(pl.Series(list(compress(texts, odd)), dtype=pl.String).str.normalize("NFKC").to_list())
    found = [next(mended) if changes else text for text, changes in zip(texts, odd, strict=True)]
    found = [unicodedata.normalize("NFKC", text.casefold()) for text in found]
    for space in _RARE_SPACES:
        found = [text.replace(space, " ") for text in found]
    return found


def _arrays(texts: Texts) -> Sequence[pa.Array]:
    """Strings as Arrow has them, in one or several parts."""
    arrow = texts.to_arrow() if isinstance(texts, pl.Series) else texts
    return arrow.chunks if isinstance(arrow, pa.ChunkedArray) else [arrow]


def _stored(array: pa.Array) -> tuple[memoryview, Numbers]:
    """The bytes of the texts, and where in them each text begins and the last one ends."""
    if array.null_count or not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        frame = pl.from_arrow(array.cast(pa.large_string()))
        assert isinstance(frame, pl.Series)  # noqa: S101  (an array is never a table)
        array = frame.fill_null("").to_arrow()
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    _, offsets, data = array.buffers()
    if offsets is None or not len(array):
        return memoryview(b""), np.zeros(len(array) + 1, dtype=np.int64)
    ends = np.frombuffer(offsets, dtype=width)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    return memoryview(data or b""), ends


def _above_ascii(texts: Sequence[bytes]) -> list[bytes]:
    """Those texts folded that are not ASCII."""
    places = [place for place, text in enumerate(texts) if not text.isascii()]
    found = list(texts)
    for place, text in zip(places, small([texts[place].decode("utf-8", "replace") for place in places]), strict=True):
        found[place] = text.encode("utf-8", "replace")
    return found


def _without_runs(data: bytes, starts: Numbers) -> Folded:
    """Of several spaces in a row the first one stays, also where texts meet."""
    letters = np.frombuffer(data, dtype=np.uint8)
    space = letters[: len(letters) - PADDING] == ord(" ")
    more = np.flatnonzero(space[1:] & space[:-1]) + 1
    if not len(more):
        return Folded(data, starts)
    keep = np.ones(len(letters), dtype=bool)
    keep[more] = False
    return Folded(letters[keep].tobytes(), starts - np.searchsorted(more, starts))
