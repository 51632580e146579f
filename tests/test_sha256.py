"""Many digests at once are those that `hashlib` gives of each, by the loop and without it."""

import hashlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons import sha256, sha256_loop

quick = settings(max_examples=200, deadline=None, database=None, derandomize=True)
sizes = st.lists(st.integers(0, 200), max_size=30)


@pytest.fixture(autouse=True)
def anew():
    sha256._functions.cache_clear()
    yield
    sha256._functions.cache_clear()


@pytest.fixture
def calls(monkeypatch):
    """How many stretches each call of the loop was about; the first of them is the question whether it can be used."""
    counted, loop = [], sha256_loop.each

    def each(starts, *others):
        counted.append(len(starts))
        loop(starts, *others)

    monkeypatch.setattr(sha256_loop, "each", each)
    return counted


def some(count):
    """So many stretches of bytes, with gaps between them."""
    chance = random.Random(count)
    data = np.frombuffer(chance.randbytes(40 * count + 200), dtype=np.uint8)
    starts = np.arange(count, dtype=np.int64) * 40
    return data, starts, starts + np.array([chance.randrange(200) for _ in range(count)], dtype=np.int64)


def expected(data, starts, stops):
    whole = data.tobytes()
    return [hashlib.sha256(whole[start:stop]).digest() for start, stop in zip(starts, stops, strict=True)]


@pytest.mark.parametrize("count", [0, 1, sha256.FEW - 1, sha256.FEW, 3 * sha256.FEW])
def test_each_stretch_has_its_own_digest_and_many_are_taken_by_the_loop(count, calls):
    found = sha256.digests(*some(count))
    assert found.shape == (count, 32)
    assert [row.tobytes() for row in found] == expected(*some(count))
    assert calls == ([3, count] if count >= sha256.FEW else [])


@pytest.mark.parametrize("count", [sha256.FEW - 1, sha256.FEW])
def test_a_stretch_that_ends_before_it_begins_is_one_of_nothing(count, monkeypatch):
    """The loop would hand on a length of less than nothing, and no process outlives that; so it is not let near it."""
    loop = sha256_loop.each

    def each(starts, stops, *others):
        assert min(stops - starts) >= 0
        loop(starts, stops, *others)

    monkeypatch.setattr(sha256_loop, "each", each)
    data, starts, _ = some(count)
    assert [row.tobytes() for row in sha256.digests(data, starts, starts - 1)] == [hashlib.sha256().digest()] * count


@quick
@given(sizes, st.binary(max_size=3))
def test_the_loop_says_what_hashlib_says_wherever_a_stretch_begins(lengths, before):
    bounds = len(before) + np.cumsum([0, *lengths])
    data = np.frombuffer(before + bytes(range(256)) * (int(bounds[-1]) // 256 + 1), dtype=np.uint8)
    found = sha256._by_loop(data, bounds[:-1], bounds[1:], sha256._functions())
    assert [row.tobytes() for row in found] == expected(data, bounds[:-1], bounds[1:])


@pytest.mark.parametrize("count", [3, sha256.FEW])
@pytest.mark.parametrize("far", ["before", "behind", "longer"])
def test_no_memory_is_read_that_is_not_of_the_data(count, far):
    data, starts, stops = some(count)
    starts[-1] -= len(data) if far == "before" else 0
    stops[1] += len(data) if far == "behind" else 0
    with pytest.raises(ValueError, match=r"reach out of the data|shape"):
        sha256.digests(data, starts, stops[: -1 if far == "longer" else None])


@pytest.mark.parametrize("count", [3, sha256.FEW])
def test_bytes_that_do_not_lie_side_by_side_are_brought_together(count):
    data, starts, stops = some(count)
    twice = np.repeat(data, 2)
    assert [row.tobytes() for row in sha256.digests(twice[::2], starts, stops)] == expected(data, starts, stops)


class Without:
    """A library that lacks what is looked for."""

    def __init__(self, _path):
        pass

    def __getitem__(self, name):
        raise AttributeError(name)


def refused(_path):
    raise OSError("no such library")


@pytest.mark.parametrize("library", [Without, refused])
def test_without_openssl_hashlib_is_asked(library, calls, monkeypatch):
    monkeypatch.setattr(sha256.ctypes, "CDLL", library)
    assert [row.tobytes() for row in sha256.digests(*some(sha256.FEW))] == expected(*some(sha256.FEW))
    assert calls == []


def test_a_loop_that_says_something_else_is_not_believed(monkeypatch):
    loop = sha256_loop.each

    def wrong(starts, stops, *others):
        loop(starts, np.maximum(starts, stops - 1), *others)

    monkeypatch.setattr(sha256_loop, "each", wrong)
    assert sha256._functions() is None
    assert [row.tobytes() for row in sha256.digests(*some(sha256.FEW))] == expected(*some(sha256.FEW))
