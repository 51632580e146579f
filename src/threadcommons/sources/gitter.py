"""`gitter`: the tables of the Gitter history of Free Code Camp, one file per room.

A file has no header; its rows have seven cells: room id, room, time, user id, user, message id, message. They are
written as spreadsheets write them, with tabs: text with line ends or tabs stands in quotes. Newest messages come first.
Message ids are unique on the whole platform; a room is a conversation without an end, and which message answers which
is not told.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from ..model import Limits
from .base import BOM, Head, Option, Parsed, Reader, Refusal
from .cells import Layout, cells_of
from .delimited import cut_delimited, divide_delimited, whole_delimited
from .fields import at_iso, author
from .gitter_columns import UNDISCLOSED, plain_posts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from ..model import Export

COLUMNS: Final = ("room_id", "room", "sent", "user_id", "user", "id", "text")
LAYOUT: Final = Layout(COLUMNS, header=False, delimiter="\t")
#: Nicknames of programs in these rooms; more can be named by an option.
BOTS: Final = ("camperbot",)

_HEX_ID: Final = re.compile(r"[0-9a-f]{24}")
_ROOM: Final = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){0,3}")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")


def context(_export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> frozenset[str]:
    """The names of programs."""
    return frozenset(options.get("bots", BOTS))


def parse(row: bytes, _offset: int, bots: frozenset[str] | None) -> Parsed:
    """One row as a post as claimed, or why it is none."""
    cells = cells_of(row, LAYOUT)
    if isinstance(cells, Refusal):
        return cells
    if len(cells) != len(COLUMNS):
        detail = f"{len(cells)} cells; the table has {len(COLUMNS)} columns"
        return Refusal("quarantined", "record.bad-row", detail=detail)
    _, room, sent, user_id, user, id_, text = cells
    time = at_iso(sent)
    bad = next((name for name, fits in (("sent", time), ("id", _HEX_ID.fullmatch(id_))) if not fits), None)
    if bad:
        return Refusal("quarantined", "record.bad-field", f"/{bad}", "not what this column holds")
    if not text.strip():
        return _NO_TEXT
    page = f"https://gitter.im/{room}?at={id_}" if _ROOM.fullmatch(room) and room.isascii() else None
    more = {
        "author": author(user, user_id),
        "url": page,
        "generator": UNDISCLOSED if user in (BOTS if bots is None else bots) else None,
    }
    said = {"native_id": id_, "parent_state": "unknown", "kind": "post", "text": text, "markup": "markdown"}
    return said | {"created_at": time} | {key: value for key, value in more.items() if value}


def bulk(rows: list[bytes], indexes: list[int], bots: frozenset[str] | None) -> pa.Table:
    """The plain ones of many rows as posts in columns."""
    return plain_posts(rows, indexes, LAYOUT, BOTS if bots is None else bots)


_FEW: Final = 2


def recognise(head: Head) -> str | None:
    """Why a file is a room's history: all of its first rows have seven cells, with ids and times where they belong."""
    start = head.start.removeprefix(BOM)
    rows = [
        cells_of(start[at : at + size], LAYOUT)
        for part in cut_delimited(start, 0, len(start), Limits(), LAYOUT)
        for at, size in zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)
    ]
    rows = rows if head.size <= len(head.start) else rows[:-1]
    ours = [row for row in rows if isinstance(row, list) and len(row) == len(COLUMNS) and _is_ours(row)]
    if len(ours) < _FEW or len(ours) * 10 < len(rows) * 9:
        return None
    return f"{len(ours)} of its first {len(rows)} rows are messages of a Gitter room"


def _is_ours(row: list[str]) -> bool:
    ids = all(_HEX_ID.fullmatch(row[COLUMNS.index(name)]) for name in ("room_id", "user_id", "id"))
    return ids and at_iso(row[COLUMNS.index("sent")]) is not None


READER: Final = Reader(
    name="gitter",
    version="1",
    title="history of Gitter rooms as tables, as Free Code Camp published it",
    fills=(
        "native_id", "parent_state", "kind", "author", "text", "markup", "created_at", "url", "generator",
    ),
    limits=(
        "Seven columns without a header, parted by tabs, quoted as spreadsheets do it. Which message answers which is "
        "not told, so every message stands for itself; mentions stay in the text. Programs are disclosed by name: "
        f"{', '.join(BOTS)}, or those that the option bots names."
    ),
    license_rule=(
        "The same messages were published twice, under BSD-3-Clause and under ODbL-1.0 with DbCL-1.0, and not by those "
        "who wrote them: the licence is unknown, and no declaration of a source settles it. What authors say "
        "about their own messages counts."
    ),
    recognise=recognise,
    cut=partial(cut_delimited, layout=LAYOUT),
    parse=parse,
    bulk=bulk,
    divide=partial(divide_delimited, layout=LAYOUT, most=Limits().record_bytes),
    whole=partial(whole_delimited, layout=LAYOUT, most=Limits().record_bytes),
    context=context,
    options=(Option("bots", list, "Names of programs; camperbot by default."),),
    opens=(r"(?s).*\.(?:tsv|csv|txt)",),
)  # fmt: skip
