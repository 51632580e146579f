"""Readers that do what no reader may, one harm each: who counts harm has to see every one of them. Holds no tests."""

import os
import time
from dataclasses import replace
from pathlib import Path

from threadcommons.sources import READERS, Refusal

from .families import Kind

_GOOD = READERS["jsonl"]
_FINE = Refusal("excluded", "record.not-a-post")


def _crash(*_):
    raise KeyError("text")


def _slow(*_):
    begun = time.process_time()
    while time.process_time() - begun < 2.2:
        pass
    return _FINE


def _large(*_):
    return _FINE if bytearray(b"x") * (600 << 20) else None


def _write(*_):
    Path("/dev/null").write_bytes(b"x")
    return _FINE


def _die(*_):
    os.abort()


def _lossy(data, start, stop, limits):
    for cut in _GOOD.cut(data, start, stop, limits):
        yield replace(cut, stop=cut.stop + 3)


def _kind(**harm):
    line = b'{"kind": "post"}\n'
    return Kind(replace(_GOOD, bulk=None, **harm), "a.jsonl", ({"a.jsonl": line},), lambda _data, _chance: (line, 1))


class _Undamaged(Kind):
    def make(self, _chance):
        return dict(self.seeds[0]), 1


PLANTED = [
    _Undamaged(**vars(kind)) for kind in (_kind(parse=_crash), _kind(parse=_slow), _kind(parse=_write), _kind(cut=_lossy), _kind(parse=_die), _kind(parse=_large))
]
