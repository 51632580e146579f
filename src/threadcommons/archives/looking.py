"""Look at an open file and say what it holds. Outside of tests this runs in the process with limits only."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from .facts import INNER, Layer, LayerRecord, Member, Survey, refused
from .faults import Fault
from .kinds import HEAD, kind
from .rules import Found, Rules
from .source import Source, Tape
from .tars import walk
from .unpack import unpacked
from .zips import survey_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def look(handle: int, size: int, what: str, stem: str, rules: Rules) -> Survey:
    """The survey of a file of `size` bytes that begins like `what`. A single stream's member is called `stem`."""
    try:
        return _LOOKS[what](handle, size, what, stem, rules)
    except Fault as fault:
        code, detail = fault.code, fault.detail
    except MemoryError:
        code, detail = "container.memory", "there is less memory than it asks for"
    return refused(what, size, file_digest(handle, size), code, detail)


def file_digest(handle: int, size: int) -> str:
    """SHA-256 of an open file."""
    digest = sha256()
    Source(handle, 0, size, digest).drain()
    return digest.hexdigest()


def _zip(handle: int, size: int, what: str, _stem: str, rules: Rules) -> Survey:
    found = survey_zip(handle, size, rules)
    return Survey(what, (_layer("", size, file_digest(handle, size), found),), tuple(found.members))


def _tar(handle: int, size: int, what: str, _stem: str, rules: Rules) -> Survey:
    digest = sha256()
    found = walk(Tape(unpacked("stored", Source(handle, 0, size, digest), 0)), rules, "")
    return Survey(what, (_layer("", size, digest.hexdigest(), found),), tuple(found.members))


def _stream(handle: int, size: int, what: str, stem: str, rules: Rules) -> Survey:
    """A compressed stream, and the tar that may come out of it."""
    outer, inner = sha256(), sha256()
    source = Source(handle, 0, size, outer)
    pieces = rules.meter.counted(unpacked(what, source, rules.limits.window), source)
    with closing(pieces):
        tape = Tape(pieces, inner)
        found = walk(tape, rules, INNER) if kind(tape.peek(HEAD)) == "tar" else None
        _to_the_end(tape, rules)
    file = Found([], list(_unread(tape, source.offset, size)))
    source.drain()
    layer = _layer("", size, outer.hexdigest(), file)
    if found:
        layers = (layer, _layer(INNER, tape.offset, inner.hexdigest(), found))
        return Survey(f"tar.{what}", layers, tuple(found.members))
    whole = Member(stem, tape.offset, inner.hexdigest(), "", 0, size, what)
    return Survey(what, (layer,), (whole,) if tape.offset or not tape.fault else ())


def _unread(tape: Tape, ended: int, size: int) -> Iterator[LayerRecord]:
    """What of a compressed file was not read, if its stream ended at `ended`."""
    if tape.fault:
        yield LayerRecord(0, size, "quarantined", tape.fault.code, tape.fault.detail)
    elif ended < size:
        told = "bytes after the end of the stream"
        yield LayerRecord(ended, size - ended, "quarantined", "container.unlisted", told)


def _to_the_end(tape: Tape, rules: Rules) -> None:
    """Read what is one member. A tar has been read before. Raises Fault."""
    for _ in tape.rest():
        if tape.offset > rules.cap:
            raise Fault("container.too-large", f"more than {rules.cap} bytes")


def _layer(suffix: str, size: int, digest: str, found: Found) -> Layer:
    return Layer(suffix, size, digest, tuple(sorted(found.records, key=lambda record: record.offset)))


_LOOKS: Final[dict[str, Callable[[int, int, str, str, Rules], Survey]]] = {
    "zip": _zip,
    "tar": _tar,
    "gzip": _stream,
    "bzip2": _stream,
    "xz": _stream,
    "zstd": _stream,
}
