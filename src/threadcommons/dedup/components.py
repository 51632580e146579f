"""Which items belong together when some of them meet: buckets, and the components of a graph, on arrays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]
    #: Which of some pairs of items are alike.
    Alike = Callable[[Numbers, Numbers], Flags]

#: In a bucket each item is compared with so many of the first ones.
FIRST: Final = 64


@dataclass(frozen=True)
class Buckets:
    """Items that meet: those of bucket `i` are `members[starts[i]:starts[i + 1]]`, two or more, rising."""

    members: Numbers
    starts: Numbers

    @property
    def sizes(self) -> Numbers:
        """How many items are in each bucket."""
        return np.diff(self.starts)


def buckets(keys: Hashes) -> Buckets:
    """Items with equal keys. Keys are spread evenly over all numbers of 64 bits."""
    some = contested(keys)
    if not len(some):
        return Buckets(some, np.zeros(1, dtype=np.int64))
    order = some[pl.Series(keys[some]).arg_sort().to_numpy()]
    ordered = keys[order]
    fresh = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
    bucket = np.cumsum(fresh) - 1
    sizes = np.bincount(bucket)
    shared = sizes[bucket] > 1
    place = (bucket[shared] << 32) | order[shared]
    place.sort()
    return Buckets(place & 0xFFFFFFFF, np.concatenate([[0], np.cumsum(sizes[sizes > 1])]).astype(np.int64))


def in_bands(bands: NDArray[np.uint64], rows: Numbers) -> Iterator[Buckets]:
    """The buckets of some rows in each band; `bands` is an array of (row, band)."""
    with ThreadPoolExecutor(_AT_ONCE) as several:  # to sort numbers needs no Python
        yield from several.map(lambda band: buckets(bands[rows, band]), range(bands.shape[1]))


#: Bands that are looked at side by side. Each takes some ten numbers a row while it is.
_AT_ONCE: Final = 2


def joined(some: Iterable[Buckets]) -> Buckets:
    """Several bands' buckets as one list."""
    parts = list(some)
    none = np.zeros(0, dtype=np.int64)
    sizes = np.concatenate([[0], *(one.sizes for one in parts)]).astype(np.int64)
    return Buckets(np.concatenate([none, *(one.members for one in parts)]), np.cumsum(sizes))


def components(items: int, some: Buckets, alike: Alike) -> Numbers:
    """For each item the first one of its component.

    Two items are joined when they are alike and meet in a bucket in which one of them is among the FIRST. Pairs that
    are in one component already are not looked at, so a bucket full of the same costs no more than its size.
    """
    labels = np.arange(items, dtype=np.int64)
    for first in range(FIRST):
        some = _undecided(some, labels, first)
        if not len(some.sizes):
            break
        more = some.sizes - 1 - first
        one = np.repeat(some.members[some.starts[:-1] + first], more)
        other = some.members[_tails(some.starts[1:] - more, more)]
        apart = labels[one] != labels[other]
        pairs = pl.Series((one[apart] << 32) | other[apart]).unique().sort().to_numpy()
        one, other = pairs >> 32, pairs & 0xFFFFFFFF
        same = alike(one, other)
        labels = linked(labels, one[same], other[same])
    return labels


def linked(labels: Numbers, one: Numbers, other: Numbers) -> Numbers:
    """Labels after some items were joined. The label of an item is the first item of its component.

    In each round every component that is joined to one with a smaller label gets the smallest such: what is left has
    at most half as many.
    """
    labels = labels.copy()
    while True:
        a, b = labels[one], labels[other]
        apart = a != b
        if not apart.any():
            return labels
        np.minimum.at(labels, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while True:
            further = labels[labels]
            if (further == labels).all():
                break
            labels = further


def contested(keys: Hashes) -> Numbers:
    """Items whose key may be another's too, rising: all that are, and a few whose keys begin alike by chance.

    The lower bits of each key give way to the number of its item, so that one sort of numbers brings together who
    meets, and says who it is.
    """
    bits = np.uint64(len(keys).bit_length())
    ordered = (keys >> bits << bits) | np.arange(len(keys), dtype=np.uint64)
    ordered.sort()
    same = (ordered[1:] ^ ordered[:-1]) >> bits == 0
    member = np.zeros(len(keys), dtype=bool)
    member[1:] = same
    member[:-1] |= same
    found = (ordered[member] & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    found.sort()
    return found


def _undecided(some: Buckets, labels: Numbers, first: int) -> Buckets:
    """Buckets with more than one component, and with somebody after the `first`."""
    if not len(some.sizes):
        return some
    of = labels[some.members]
    keep = np.minimum.reduceat(of, some.starts[:-1]) != np.maximum.reduceat(of, some.starts[:-1])
    keep &= some.sizes > first + 1
    sizes = some.sizes[keep]
    return Buckets(some.members[np.repeat(keep, some.sizes)], np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def _tails(starts: Numbers, sizes: Numbers) -> Numbers:
    return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
