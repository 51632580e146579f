"""Tars, read forward once: ustar, pax and GNU, strictly.

The standard library's reader believes what a header says about its own size, goes on after damage, and takes links
along. Here a header that two programs could read in two ways ends the reading: what follows is one refused span.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from .facts import LayerRecord
from .faults import Fault, Refusal
from .kinds import HEAD, is_tar_header
from .rules import Entry, Found, Verdict, member, record
from .source import cut_short

if TYPE_CHECKING:
    from .rules import Rules
    from .source import Tape

_ZEROS: Final = bytes(HEAD)
#: Types that are files or folders; one without a type is a folder if its name ends so.
_FILES: Final = (b"0", b"\0", b"7")
_FOLDER: Final = b"5"
_SPECIAL: Final = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe",
    b"S": "a sparse file",
}
#: Types that have no data. Programs disagree about what follows one that says it has.
_NO_DATA: Final = (b"1", b"2", b"3", b"4", b"5", b"6")
#: Headers that speak of the next member: pax, and long names of GNU. One that speaks of all that follow.
_AHEAD: Final = (b"x", b"L", b"K")
_FOR_ALL: Final = b"g"
#: The longest number of a length in a pax header.
_DIGITS: Final = 12
#: The first byte of a binary number that is not below zero.
_POSITIVE: Final = 0x80


def walk(tape: Tape, rules: Rules, layer: str) -> Found:
    """Members and records of a tar, to its end. Raises Refusal."""
    found = Found([], [])
    start = 0
    try:
        while entry := _entry(tape, rules):
            _take(tape, entry, rules, layer, found)
            start = tape.offset
    except Refusal:
        raise
    except Fault as fault:
        for _ in tape.rest():
            pass
        _lost(found, start, tape.offset, fault)
    else:
        _lost(found, _after_zeros(tape), tape.offset, Fault("container.unlisted", "bytes after the mark of its end"))
    return found


def _lost(found: Found, start: int, end: int, fault: Fault) -> None:
    """What nobody can say anything about becomes one record."""
    if start < end:
        found.records.append(LayerRecord(start, end - start, "quarantined", fault.code, fault.detail))


def _after_zeros(tape: Tape) -> int:
    """Read all that is left; the offset of the first byte that is not zero."""
    first = None
    for data in tape.rest():
        if first is None and (solid := bytes(data).lstrip(b"\0")):
            first = tape.offset - len(solid)
    return tape.offset if first is None else first


def _take(tape: Tape, entry: Entry, rules: Rules, layer: str, found: Found) -> None:
    """Read the data of an entry, or pass over them."""
    verdict = rules.verdict(entry)
    digest = sha256()
    came = 0
    for data in tape.pieces(entry.size):
        came += len(data)
        if not verdict:
            digest.update(data)
    if came < entry.size:
        verdict = Verdict("quarantined", "container.truncated", f"{came} of {entry.size} bytes are there")
        found.records.append(record(entry, verdict, (entry.offset, came) if came else entry.stand_in))
    elif verdict:
        found.records.append(record(entry, verdict))
    elif not entry.folder:
        found.members.append(member(entry, digest.hexdigest(), layer))
    tape.skip(-entry.size % HEAD)


class _Header(NamedTuple):
    """What one block of 512 bytes says."""

    name: bytes
    size: int
    kind: bytes
    #: A map of holes goes on in the next block.
    holes: bool


def _entry(tape: Tape, rules: Rules) -> Entry | None:
    """The next entry, with what the headers before it say of it; None at the end. Raises Fault or Refusal."""
    start = tape.offset
    ahead: dict[bytes, bytes] = {}
    while header := _header(tape, first=not ahead):
        if header.kind == _FOR_ALL:
            rules.enter(header.size)
            if _records(_body(tape, header, rules)).keys() & {b"path", b"size"}:
                raise Fault("container.damaged", "one name or size for all members")
        elif header.kind in ahead:
            raise Fault("container.damaged", "two headers of one kind for one member")
        elif header.kind in _AHEAD:
            ahead[header.kind] = _body(tape, header, rules)
        else:
            return _made(tape, start, header, ahead, rules)
    return None


def _header(tape: Tape, *, first: bool) -> _Header | None:
    block = tape.upto(HEAD)
    if first and (not block or block == _ZEROS):
        return None
    if len(block) < HEAD:
        raise cut_short()
    if not is_tar_header(block):
        raise Fault("container.damaged", "no header of a tar where one should be")
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else b""
    whole = prefix + b"/" + name if prefix else name
    kind = block[156:157]
    return _Header(whole, _size(block[124:136]), kind, holes=kind == b"S" and block[482] > 0)


def _body(tape: Tape, header: _Header, rules: Rules) -> bytes:
    """What stands in an extended header."""
    if header.size > rules.limits.header:
        raise Refusal("container.too-large", f"a header of {header.size} bytes, more than {rules.limits.header}")
    body = tape.upto(header.size)
    if len(body) < header.size:
        raise cut_short()
    tape.skip(-header.size % HEAD)
    return body


def _made(tape: Tape, start: int, header: _Header, ahead: dict[bytes, bytes], rules: Rules) -> Entry:
    rules.enter(HEAD + sum(map(len, ahead.values())))
    pax = _records(ahead.get(b"x", b""))
    raw = pax.get(b"path") or ahead.get(b"L", b"").rstrip(b"\0") or header.name
    size = _decimal(pax[b"size"]) if b"size" in pax else header.size
    if size and header.kind in _NO_DATA:
        raise Fault("container.damaged", "an entry without data that says it has some")
    sparse = any(key.startswith(b"GNU.sparse.") for key in pax)
    known = header.kind in (*_FILES, _FOLDER)
    special = "a sparse file" if sparse else "" if known else _SPECIAL.get(header.kind, "of an unknown type")
    more = header.holes
    while more:
        block = tape.upto(HEAD)
        if len(block) < HEAD:
            raise cut_short()
        more = block[504] > 0
    folder = header.kind == _FOLDER or (raw.endswith(b"/") and not size)
    return Entry(
        name=_decoded(raw), offset=tape.offset, packed=size, size=size, stand_in=(start, tape.offset - start),
        folder=folder, special=special,
    )  # fmt: skip


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _size(field: bytes) -> int:
    """A number in octal digits or, with the highest bit set, in binary. Raises Fault."""
    if field[0] & _POSITIVE:
        if field[0] != _POSITIVE:
            raise Fault("container.damaged", "a size below zero or beyond all bounds")
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise Fault("container.damaged", "a size that is no number")
    return int(digits or b"0", 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 2 * _DIGITS:
        raise Fault("container.damaged", "a size that is no number")
    return int(digits)


def _records(body: bytes) -> dict[bytes, bytes]:
    r"""The records of a pax header, each `length key=value\n`. Raises Fault."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + _DIGITS)
        digits = body[at:space] if space > 0 else b""
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = body[space + 1 : end].partition(b"=")
        if not equals or not space < end <= len(body) or not value.endswith(b"\n"):
            raise Fault("container.damaged", "a pax header that is none")
        if key in found and key in {b"path", b"size"}:
            raise Fault("container.damaged", "a pax header that says a thing twice")
        found[key] = value[:-1]
        at = end
    return found
