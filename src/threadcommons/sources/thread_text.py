"""`thread-text`: a thread copied from a page, without ids, times or authors.

What can be told from such text: blank lines separate posts; a line that begins with a mention answers
somebody; a line that stands more than once is a post shown again, most often because the post after or before
it quotes it. What cannot be told is told by a pointers file beside the export, where a person wrote down what
they saw; records and their places in the conversation then come from there, and from here only the text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..files import read_plain
from .base import BLANK, BOM, Head, Option, Parsed, Reader, Refusal, spans
from .pointers import Pointer, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..model import Export, Limits

_MENTIONS: Final = re.compile(rb"(?:@[A-Za-z0-9_][A-Za-z0-9_.-]*[ \t]+)+")
_LINE: Final = re.compile(rb"[^\n]+")


@dataclass(frozen=True)
class Structure:
    """What is known of a copied thread: its records by offset, and whose posts they are."""

    export_sha256: str
    records: dict[int, Pointer]


def find_records(data: bytes) -> list[Pointer]:
    """Records of a copied thread in byte order, as far as the text itself tells.

    A post begins after a blank line, at a line that begins with a mention, and at a line that the file
    repeats; a repeated line is a record by itself. The first occurrence is the post, later ones are repeats
    of it, and a post directly before a repeat quotes it.
    """
    lines = _lines(data)
    seen = Counter(line for _, line in lines if line)
    found = _Found()
    for offset, line in lines:
        if not line:
            found.begun = None
        elif seen[line] > 1:
            found.repeated(offset, line)
        elif found.begun is None or _MENTIONS.match(line):
            found.post(offset, line)
        else:
            found.more(offset, line)
    return [_placed(record, data, found.records[0]["offset"]) for record in found.records]


@dataclass
class _Found:
    """The records so far. `begun` is the post that the next line may go on with, `before` the latest post."""

    records: list[Pointer] = field(default_factory=list)
    first: dict[bytes, int] = field(default_factory=dict)
    begun: Pointer | None = None
    before: Pointer | None = None

    def post(self, offset: int, line: bytes) -> None:
        self.begun = self.before = {"offset": offset, "length": len(line), "what": "post"}
        self.records.append(self.begun)

    def more(self, offset: int, line: bytes) -> None:
        if self.begun is not None:
            self.begun["length"] = offset + len(line) - self.begun["offset"]

    def repeated(self, offset: int, line: bytes) -> None:
        """A repeated line: a post where it stands first, later a repeat, which the post right before it quotes."""
        if line not in self.first:
            self.first[line] = offset
            self.post(offset, line)
        else:
            self._quoted(offset, self.first[line])
            self.records.append({"offset": offset, "length": len(line), "what": "repeat", "of": self.first[line]})
        self.begun = None

    def _quoted(self, offset: int, original: int) -> None:
        """The post before quotes what is repeated, if only repeats of itself and a blank line stand between."""
        last = self.records[-1]
        near = last["offset"] + last["length"] + 2 >= offset
        if not near or self.before is None or self.before["offset"] == original:
            return
        if last is self.before or last.get("of") == self.before["offset"]:
            self.before.setdefault("quoted", original)


def _lines(data: bytes) -> list[tuple[int, bytes]]:
    """Offset and bytes of each line, blanks at both ends left out; blank lines are empty."""
    begin = len(BOM) if data.startswith(BOM) else 0
    found = []
    for line in data[begin:].split(b"\n"):
        left = len(line) - len(line.lstrip(BLANK))
        found.append((begin + left, line.strip(BLANK)))
        begin += len(line) + 1
    return found


def _placed(record: Pointer, data: bytes, root: int) -> Pointer:
    """The record with its kind and what can be said of its parent."""
    if record["what"] != "post":
        return record
    text = data[record["offset"] : record["offset"] + record["length"]]
    kind = "quote" if "quoted" in record else "reply" if _MENTIONS.match(text) else "post"
    state = "root" if record["offset"] == root else "unknown"
    return {**record, "kind": kind, "parent_state": state}


def _context(export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> Structure:
    data = read_plain(export.path)
    records = _with_notices(find_records(data), options.get("notices", ()), data)
    return Structure(export.sha256, {record["offset"]: record for record in records})


def _with_notices(records: list[Pointer], lines: Sequence[int], data: bytes) -> list[Pointer]:
    """Records that begin on one of the named lines are words of the platform."""
    found: list[Pointer] = []
    named = frozenset(lines)
    line, at = 1, 0
    for record in records:
        line += data.count(b"\n", at, record["offset"])
        at = record["offset"]
        found.append({**record, "what": "notice"} if line in named else record)
    return found


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Any]:
    """The records of a whole file; such threads are small, so it is one batch."""
    whole = bytes(data[start:stop])
    pieces = [(record["offset"], record["length"]) for record in find_records(whole)] if whole else []
    refused = {
        index: Refusal("quarantined", "record.too-long", detail=f"{length} bytes")
        for index, (_, length) in enumerate(pieces)
        if length > limits.record_bytes
    }
    yield spans(start, stop, pieces, data, refused)


def parse(record: bytes, offset: int, context: Structure | None) -> Parsed:
    """One record as a post: its words as they stand there, and what the file's structure says of it."""
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal("quarantined", "record.invalid-utf8", detail=f"at byte {error.start} of the record")
    if "\x00" in text:
        return Refusal("quarantined", "record.nul", detail=f"at byte {record.index(0)} of the record")
    known = context.records.get(offset) if context else None
    placed = outcome(known, context.export_sha256) if known and context else {"kind": "post", "markup": "plain"}
    return placed if isinstance(placed, Refusal) else {**placed, "text": text}


_BLANK_LINE: Final = re.compile(rb"\n[ \t\r]*\n")


def _recognise(head: Head) -> str | None:
    """Plain text in which several blocks or lines begin with a mention."""
    if b"\x00" in head.start or head.start.lstrip()[:1] in (b"{", b"[", b"<", b""):
        return None
    try:
        head.start[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = head.start.split(b"\n")
    answers = sum(1 for line in lines if _MENTIONS.match(line))
    if answers < _FEW or not _BLANK_LINE.search(head.start):
        return None
    return f"plain text with blank lines and {answers} lines that begin with a mention"


_FEW: Final = 2

READER = Reader(
    name="thread-text",
    version="1",
    title="a copied thread, as plain text",
    fills=("text", "kind", "parent_state", "quoted"),
    limits=(
        "Nobody is named as author and nothing has a time: the text does not say. Repeated lines are taken as "
        "the same post shown again. What a person saw on the page goes into FILE.pointers.jsonl."
    ),
    license_rule=(
        "Copied text carries no licence; unless source.toml declares one with evidence, all of it is withheld."
    ),
    recognise=_recognise,
    cut=cut,
    parse=parse,
    context=_context,
    last=True,
    options=(Option("notices", list, "numbers of lines that are words of the platform"),),
)
