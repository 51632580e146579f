"""`stackexchange`: the XML tables of a Stack Exchange site's data dump.

Posts.xml and Comments.xml hold the conversation, Users.xml the names of those who take part; of the other tables every
row is left out unread. The dump does not say which site it is of, so the source has to.
"""

from __future__ import annotations

import mmap
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadSources
from ..files import open_plain
from ..model import Limits
from .base import BOM, Head, Option, Parsed, Post, Reader, Refusal
from .html import to_text
from .rows import attributes, cut_rows, divide_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..model import Export

Cells = dict[str, str]

#: Root element of each table of a dump, and cells that every row of it has near its start.
TABLES: Final = {
    "posts": {"Id", "PostTypeId"},
    "comments": {"Id", "PostId", "Text"},
    "users": {"Id", "DisplayName"},
    "posthistory": {"Id", "PostHistoryTypeId", "PostId"},
    "postlinks": {"Id", "PostId", "RelatedPostId"},
    "tags": {"Id", "TagName"},
    "votes": {"Id", "PostId", "VoteTypeId"},
    "badges": {"Id", "UserId", "Name"},
}

QUESTION: Final = "1"
ANSWER: Final = "2"
#: Tag wikis, their excerpts, nominations of moderators and placeholders: pages of the site, not of a conversation.
OTHER_POST_TYPES: Final = frozenset("345678")

_HEAD_BYTES: Final = 64 * 1024
_SITE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_QUOTES: Final = frozenset({"blockquote"})


@dataclass(frozen=True)
class Context:
    """What a row does not say itself: its table, its site, and the names of users by id."""

    table: str
    site: str
    users: Mapping[str, str] = field(default_factory=dict)
    #: HTML elements whose words are left out.
    without: frozenset[str] = _QUOTES


# --- Cells ---

_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")


def _is_whole(cell: str) -> bool:
    return _WHOLE.fullmatch(cell) is not None


def _is_time(cell: str) -> bool:
    try:
        return _TIME.fullmatch(cell) is not None and bool(datetime.fromisoformat(cell))  # noqa: DTZ007
    except ValueError:
        return False


#: Cells that are used, the form they must have, and how it is called.
_FORMS: Final[dict[str, tuple[Callable[[str], bool], str]]] = dict.fromkeys(
    (
        "Id",
        "PostTypeId",
        "ParentId",
        "PostId",
        "AcceptedAnswerId",
        "OwnerUserId",
        "UserId",
        "Score",
    ),
    (_is_whole, "a whole number"),
) | dict.fromkeys(("CreationDate", "LastEditDate", "ClosedDate"), (_is_time, "a time such as 2010-11-02T10:00:00.000"))


def _fault(cells: Cells, needed: Sequence[str]) -> Refusal | None:
    """What keeps a row from being understood: a cell that is not there, or one that is not of its form."""
    for name in needed:
        if name not in cells:
            return Refusal("quarantined", "record.missing-field", f"/{name}", "the row has no such attribute")
    for name, (fits, form) in _FORMS.items():
        if name in cells and not fits(cells[name]):
            found = f"must be {form}; found text of {len(cells[name])} characters"
            return Refusal("quarantined", "record.bad-field", f"/{name}", found)
    return None


# --- Rows to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One row as a post as claimed. Rows of tables without posts are not even looked at."""
    make = _MAKERS.get(context.table)
    if make is None:
        return _NOT_A_POST
    cells = attributes(record)
    return cells if isinstance(cells, Refusal) else make(cells, context)


def _post(cells: Cells, context: Context) -> Parsed:
    """A row of Posts.xml."""
    fault = _fault(cells, ("Id", "PostTypeId", "CreationDate"))
    if fault:
        return fault
    if cells["PostTypeId"] in OTHER_POST_TYPES:
        return _NOT_A_POST
    if cells["PostTypeId"] not in _KINDS:
        return Refusal("quarantined", "record.bad-field", "/PostTypeId", "must be one of 1 to 8")
    place = _KINDS[cells["PostTypeId"]](cells, context.site)
    if isinstance(place, Refusal):
        return place
    page = to_text(cells.get("Body", ""), base=f"https://{context.site}", without=context.without)
    if not page.text:
        return _NO_TEXT
    post = {**place, "text": page.text, "markup": "html", "links": list(page.links), "media": list(page.media)}
    return _completed(post, cells, context, cells.get("OwnerUserId"), cells.get("OwnerDisplayName"))
