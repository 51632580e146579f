"""`stackexchange`: the XML tables of a Stack Exchange site's data dump.

Posts.xml and Comments.xml hold the conversation, Users.xml the names of those who take part; of the other tables
every row is left out unread. The dump does not say which site it is of, so the source has to.
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
from .base import Head, Option, Parsed, Reader, Refusal, no_posts
from .html import to_text
from .rows import attributes, cut_rows, divide_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from ..model import Export
    from .posts import Post

Cells = dict[str, str]

# --- Tables ---

#: The tables of a dump by their root element, and cells that every row has near its start.
TABLES: Final[dict[str, frozenset[str]]] = {
    "posts": frozenset({"Id", "PostTypeId"}),
    "comments": frozenset({"Id", "PostId", "Text"}),
    "users": frozenset({"Id", "DisplayName"}),
    "posthistory": frozenset({"Id", "PostHistoryTypeId", "PostId"}),
    "postlinks": frozenset({"Id", "PostId", "RelatedPostId"}),
    "tags": frozenset({"Id", "TagName"}),
    "votes": frozenset({"Id", "PostId", "VoteTypeId"}),
    "badges": frozenset({"Id", "UserId", "Name"}),
}
_ROOTS: Final = frozenset(table.encode() for table in TABLES)

_HEAD_BYTES: Final = 64 * 1024
_ROOT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>]*\?>)?[ \t\r\n]*+(?:<!--(?:(?!-->)[\s\S])*-->[ \t\r\n]*+)*"
    rb"<([a-z]+)[ \t\r\n]*>[ \t\r\n]*(</\1>|<row[ \t\r\n/][^<]*)?"
)
_NAME: Final = re.compile(rb"""([A-Za-z]+)[ \t\r\n]*=[ \t\r\n]*(?:"[^"]*"|'[^']*'|["'])""")


def recognise(head: Head) -> str | None:
    """Why a file is a table of a dump: its root element and the cells of its first row."""
    root = _ROOT.match(head.start)
    if not root or not root[2] or root[1].decode() not in TABLES:
        return None
    table = root[1].decode()
    if root[2].startswith(b"</"):
        return f"an empty table <{table}>" if b"<?xml" in head.start else None
    cells = {name.decode() for name in _NAME.findall(root[2])}
    if not TABLES[table] <= cells:
        return None
    return f"its root is <{table}> and its rows have {', '.join(sorted(TABLES[table]))}"


def _table(export: Export) -> str:
    """Which table an export is: its root element says so, or else its name."""
    root = _ROOT.match(_start(export))
    named = PurePosixPath(export.name).stem.lower()
    found = root[1].decode() if root else named
    return found if found in TABLES else named


def _start(export: Export) -> bytes:
    if not export.stored:
        return b""
    with os.fdopen(open_plain(export.path), "rb") as stream:
        return stream.read(_HEAD_BYTES)


# --- Context ---


@dataclass(frozen=True)
class Context:
    """What a row does not say itself: its table, its site, and the names of users by their id."""

    table: str
    site: str
    users: Mapping[str, str] = field(default_factory=dict)
    #: HTML elements whose words are left out.
    without: frozenset[str] = frozenset({"blockquote"})


_SITE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def context(export: Export, exports: Sequence[Export], options: dict[str, Any]) -> Context:
    """The context of one export. Raises BadSources when `site` is no host name; UnsafeFile or OSError."""
    site = str(options.get("site", ""))
    if not _SITE.fullmatch(site):
        hint = "write the host name alone, such as genai.stackexchange.com"
        raise BadSources("the option site of the reader is no host name", where=export.source, hint=hint)
    table = _table(export)
    wanted = set(needs(export.name, [other.name for other in exports])) if table in _MAKERS else set()
    users: dict[str, str] = {}
    for other in exports:
        if other.name in wanted and other.stored:
            users |= _names(other)
    without = frozenset() if options.get("quotes") else Context.without
    return Context(table, site, users, without)


def needs(name: str, names: Sequence[str]) -> Sequence[str]:
    """The tables of users that lie beside an export which may hold posts."""
    path = PurePosixPath(name)
    if path.stem.lower() in TABLES.keys() - _MAKERS.keys():
        return ()
    beside = (other for other in names if PurePosixPath(other).parent == path.parent and other != name)
    return sorted(other for other in beside if PurePosixPath(other).name.lower().endswith("users.xml"))


def _names(export: Export) -> dict[str, str]:
    """Display names by user id: nothing else of Users.xml is kept, since the rest is about people."""
    if not export.size:
        return {}
    with (
        os.fdopen(open_plain(export.path), "rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return dict(_pairs(data, len(data)))


def _pairs(data: Any, size: int) -> Iterator[tuple[str, str]]:
    for part in _cut(data, 0, size, Limits()):
        for index, (offset, length) in enumerate(zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)):
            cells = attributes(data[offset : offset + length]) if index not in part.refused else None
            if isinstance(cells, dict) and {"Id", "DisplayName"} <= cells.keys():
                yield cells["Id"], cells["DisplayName"]


# --- Cells ---

_DIGITS: Final = 18
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?")


def _is_whole(cell: str) -> bool:
    return (cell.isdigit() and cell.isascii() and len(cell) <= _DIGITS) or _WHOLE.fullmatch(cell) is not None


def _is_time(cell: str) -> bool:
    try:
        return _TIME.fullmatch(cell) is not None and bool(datetime.fromisoformat(cell))
    except ValueError:
        return False


_NUMBERS: Final = "Id PostTypeId ParentId PostId AcceptedAnswerId OwnerUserId UserId Score"
_TIMES: Final = "CreationDate LastEditDate ClosedDate"
#: Cells that are used, the form that they must have, and what it is called.
_FORMS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    **dict.fromkeys(_NUMBERS.split(), (_is_whole, "a whole number")),
    **dict.fromkeys(_TIMES.split(), (_is_time, "a time such as 2010-11-02T10:00:00.000")),
}


def _fault(cells: Cells, needed: str) -> Refusal | None:
    """What keeps a row from being understood: a cell that is not there, or one that is not of its form."""
    for name in needed.split():
        if name not in cells:
            return Refusal("quarantined", "record.missing-field", f"/{name}", "the row has no such attribute")
    for name, (fits, form) in _FORMS.items():
        cell = cells.get(name)
        if cell is not None and not fits(cell):
            detail = f"must be {form}; found text of {len(cell)} characters"
            return Refusal("quarantined", "record.bad-field", f"/{name}", detail)
    return None


# --- Rows to posts ---

_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_UNKNOWN_TYPE: Final = Refusal("quarantined", "record.bad-field", "/PostTypeId", "must be one of 1 to 8")

#: Tag wikis, their excerpts, nominations and placeholders: pages about the site, not part of a conversation.
OTHER_POST_TYPES: Final = frozenset("345678")


def parse(record: bytes, _offset: int, context: Context) -> Parsed:
    """One row as a post as claimed. Rows of tables that hold no posts are not read."""
    make = _MAKERS.get(context.table)
    if make is None:
        return _of_history(record) if context.table == "posthistory" else _NOT_A_POST
    cells = attributes(record)
    return cells if isinstance(cells, Refusal) else make(cells, context)


#: From how many rows on compiled loops are faster than what it takes to load them.
FEW: Final = 2_000


def columns(
    data: Any, offsets: NDArray[np.int64], lengths: NDArray[np.int64], indexes: NDArray[np.int64], context: Context
) -> pa.Table:
    """The plain ones of many rows as posts in columns."""
    if context.table not in _MAKERS or len(offsets) < FEW:
        return no_posts()
    from .stackexchange_columns import plain_posts  # compiled code, which only many rows are worth

    return plain_posts(data, offsets, lengths, indexes, context)


def _post(cells: Cells, context: Context) -> Parsed:
    """A row of Posts.xml."""
    kind = cells.get("PostTypeId", "")
    needed, make = _TYPES.get(kind, ("Id PostTypeId", None))
    fault = _fault(cells, needed)
    if fault:
        return fault
    if make is None:
        return _NOT_A_POST if kind in OTHER_POST_TYPES else _UNKNOWN_TYPE
    page = to_text(cells.get("Body", ""), base=f"https://{context.site}", without=context.without)
    if not (page.text or page.media or page.links):
        return _NO_TEXT
    post = make(cells, context.site) | {"text": page.text, "markup": "html"}
    if page.links:
        post["links"] = list(page.links)
    if page.media:
        post["media"] = list(page.media)
    return _completed(post, cells, context, cells.get("OwnerUserId"), cells.get("OwnerDisplayName"))


def _question(cells: Cells, site: str) -> Post:
    own = f"{site}/{cells['Id']}"
    question = {"native_id": own, "conversation": own, "parent_state": "root", "kind": "question"}
    if cells.get("Title"):
        question["title"] = cells["Title"]
    return question | {"url": f"https://{site}/q/{cells['Id']}"}


def _answer(cells: Cells, site: str) -> Post:
    question = f"{site}/{cells['ParentId']}"
    own = {"native_id": f"{site}/{cells['Id']}", "url": f"https://{site}/a/{cells['Id']}"}
    return own | {"conversation": question, "parent": question, "kind": "answer"}


#: Post types that are part of a conversation: the cells that they need, and what they become.
_TYPES: Final[dict[str, tuple[str, Callable[[Cells, str], Post] | None]]] = {
    "1": ("Id CreationDate", _question),
    "2": ("Id CreationDate ParentId", _answer),
}


def _comment(cells: Cells, context: Context) -> Parsed:
    """A row of Comments.xml. Its conversation follows from the post that it is on."""
    fault = _fault(cells, "Id PostId CreationDate")
    if fault:
        return fault
    if not cells.get("Text", "").strip():
        return _NO_TEXT
    site = context.site
    comment = {
        "native_id": f"{site}/c/{cells['Id']}",
        "parent": f"{site}/{cells['PostId']}",
        "kind": "comment",
        "url": f"https://{site}/posts/comments/{cells['Id']}",
        "text": cells["Text"],
        "markup": "markdown",
    }
    return _completed(comment, cells, context, cells.get("UserId"), cells.get("UserDisplayName"))


_HISTORY_TYPE: Final = re.compile(rb"""[ \t\r\n]PostHistoryTypeId[ \t\r\n]*=[ \t\r\n]*["']([0-9]{1,4})["']""")
#: Types of history that bring a version of a title, a text or tags: first ones, edits, rollbacks.
_VERSIONS: Final = frozenset(b"%d" % number for number in range(1, 10))
_SUPERSEDED: Final = Refusal("excluded", "record.superseded", detail="Posts.xml has the last version")
_EVENT: Final = Refusal("excluded", "record.notice")


def _of_history(record: bytes) -> Refusal:
    """What a row of PostHistory.xml is: a version of a post, or something that happened to it. Its words stay unread.

    All that it tells of the version that counts stands in Posts.xml too: its text, its licence, its time.
    """
    found = _HISTORY_TYPE.search(record)
    if not found:
        return _NOT_A_POST
    return _SUPERSEDED if found[1] in _VERSIONS else _EVENT


_MAKERS: Final[dict[str, Callable[[Cells, Context], Parsed]]] = {"posts": _post, "comments": _comment}


def _completed(post: Post, cells: Cells, context: Context, user: str | None, shown: str | None) -> Post:
    """What posts and comments have in common: times, author, labels and licence."""
    post["created_at"] = cells["CreationDate"] + "Z"
    if "LastEditDate" in cells:
        post["edited_at"] = cells["LastEditDate"] + "Z"
    author = _author(context, user, shown)
    if author:
        post["author"] = author
    labels = [_label(name, value, method) for name, value, method in _judgements(cells, context.site)]
    if labels:
        post["labels"] = labels
    if cells.get("ContentLicense"):
        post["license"] = cells["ContentLicense"]
    return post


_COMMUNITY: Final = "-1"


def _author(context: Context, user: str | None, shown: str | None) -> dict[str, str] | None:
    """Who wrote it: an account that still exists, or only the name that a deleted one left behind."""
    if user is None:
        return {"name": shown} if shown and shown.strip() else None
    fallback = "Community" if user == _COMMUNITY else f"user{user}"
    names = (context.users.get(user), shown, fallback)
    name = next(name for name in names if name and name.strip())
    return {"name": name, "id": f"{context.site}/{user}", "url": f"https://{context.site}/users/{user}"}


def _judgements(cells: Cells, site: str) -> Iterator[tuple[str, str, str]]:
    """What the platform says of a post: label, value, and how it came about."""
    if "Score" in cells:
        yield "score", cells["Score"], "platform-counter"
    if "AcceptedAnswerId" in cells:
        yield "accepted-answer", f"{site}/{cells['AcceptedAnswerId']}", "platform-mark"
    tags = _TAGS.findall(cells.get("Tags", ""))
    if tags:
        yield "tags", " ".join(tags), "platform-tags"
    if "ClosedDate" in cells:
        yield "closed", cells["ClosedDate"] + "Z", "platform-mark"


#: Tags are spelled `<a><b>` in older dumps and `|a|b|` from 2024 on.
_TAGS: Final = re.compile(r"[^<>|\s]+")


def _label(name: str, value: str, method: str) -> dict[str, str]:
    return {"name": name, "value": value, "annotator": "stackexchange", "method": method}


_cut = partial(cut_rows, tables=_ROOTS)

READER: Final = Reader(
    name="stackexchange",
    version="1",
    title="data dump of a Stack Exchange site: Posts.xml, Comments.xml, Users.xml",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "media", "labels", "license",
    ),
    limits=(
        "Questions, answers and comments; tag wikis and other pages of a site are left out, as is every row of the "
        "other tables; those of PostHistory.xml are counted as versions and events. Of Users.xml only ids and names "
        "are read. Bodies become plain text; in them, quoted blocks are left out and their place is marked, unless "
        "the option quotes says otherwise. Comments stay in their own Markdown. Earlier versions of a post are not "
        "read. Posts that were deleted are not in a dump. Addresses of more than 4,096 characters are not listed. The "
        "names of all users are held in memory."
    ),
    license_rule=(
        "ContentLicense of each row; dumps before about September 2020 have none, and there the version of CC BY-SA "
        "follows from the date."
    ),
    recognise=recognise,
    cut=_cut,
    parse=parse,
    columns=columns,
    divide=divide_rows,
    context=context,
    needs=needs,
    options=(
        Option("site", str, "Host name of the site, such as genai.stackexchange.com.", required=True, words=True),
        Option("quotes", bool, "Keep the words of quoted blocks, which are mostly somebody else's.", words=True),
    ),
)  # fmt: skip
