"""Plain rows of Posts.xml and Comments.xml as posts, many at once; `stackexchange` has the last word on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from .base import no_posts
from .html_columns import pages
from .posts import POSTS
from .row_cells import cells
from .typed import ISO, NO_TEXT, WORDS, Label, label_lists, made_of, text_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from .stackexchange import Context

#: Fields of posts as expressions, and where they are sure.
Fields = tuple[dict[str, pl.Expr], list[pl.Expr]]


def plain_posts(
    data: Any, offsets: NDArray[np.int64], lengths: NDArray[np.int64], indexes: NDArray[np.int64], context: Context
) -> pa.Table:
    """The plain ones of many rows of a table that holds posts, as posts in columns."""
    table, site = TABLES[context.table], context.site
    wanted = [name for name in table.columns if name not in _UNUSED]
    found, plain = cells(data, offsets, lengths, table.columns, wanted)
    numbered = found.with_columns(record=pl.Series(indexes[plain]))
    frame = numbered.rename({table.user: "user", table.shown: "shown"}).filter(table.wanted)
    if not frame.height:
        return no_posts()
    frame = frame.with_columns(
        name=pl.Series(list(map(context.users.get, frame["user"])), dtype=pl.String),
        labels=label_lists(list(_labels(frame, site))),
        **_pages(frame, context),
    )
    (common, known), (own, sure) = _common(site), table.fields(site)
    return made_of(frame, common | own, known + sure, frame["record"].to_list())


# --- Bodies ---

_MEDIA: Final = pl.Schema(POSTS)["media"]


def _pages(frame: pl.DataFrame, context: Context) -> dict[str, pl.Series]:
    """Texts, links and media of bodies."""
    if "Body" not in frame.columns:
        return {}
    shown = pages(frame["Body"].fill_null(""), base=f"https://{context.site}", without=context.without)
    return {
        "text": shown.text,
        "links": text_lists(shown.links),
        "media": pl.Series([list(media) or None for media in shown.media], dtype=_MEDIA),
    }


# --- Cells ---

_WHOLE: Final = r"^-?[0-9]{1,18}$"
#: A time without a zone; all are in UTC.
_TIME: Final = ISO.replace("Z$", "$")


def _numbers(*names: str) -> Iterator[pl.Expr]:
    """Whether cells are whole numbers, or not there."""
    return (pl.col(name).str.contains(_WHOLE).fill_null(value=True) for name in names)


def _times(*names: str) -> Iterator[pl.Expr]:
    """Whether cells are times, or not there."""
    for name in names:
        yield pl.col(name).is_null() | (pl.col(name).str.contains(_TIME) & _moment(name).is_not_null())


def _moment(name: str) -> pl.Expr:
    found = pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return found.dt.replace_time_zone("UTC")


def _filled(value: pl.Expr) -> pl.Expr:
    return pl.when(value != "").then(value)


def _words(name: str) -> pl.Expr:
    """Whether a cell is more than blanks, or not there."""
    return pl.col(name).str.contains(WORDS).fill_null(value=True)


def _labels(frame: pl.DataFrame, site: str) -> Iterator[Label]:
    """What the platform says of posts, as far as the table has columns for it."""
    for column, name, method, value in (
        ("Score", "score", "platform-counter", pl.col("Score")),
        ("AcceptedAnswerId", "accepted-answer", "platform-mark", pl.lit(f"{site}/") + pl.col("AcceptedAnswerId")),
        ("Tags", "tags", "platform-tags", _filled(pl.col("Tags").str.replace_all(_NO_TAG, " ").str.strip_chars(" "))),
        ("ClosedDate", "closed", "platform-mark", pl.col("ClosedDate") + "Z"),
    ):
        if column in frame.columns:
            yield Label(name, "stackexchange", method, frame.select(value).to_series())


#: What stands around tags.
_NO_TAG: Final = r"[<>|\s]+"


# --- Posts ---


def _common(site: str) -> Fields:
    """What posts and comments have in common."""
    user, own = pl.col("user"), pl.col("Id")
    unnamed = pl.when(user == "-1").then(pl.lit("Community")).otherwise(pl.lit("user") + user)
    account = pl.struct(
        name=pl.coalesce("name", "shown", unnamed),
        id=pl.lit(f"{site}/") + user,
        url=pl.lit(f"https://{site}/users/") + user,
    )
    gone = pl.struct(name=pl.col("shown"), id=NO_TEXT, url=NO_TEXT)
    fields = {
        "author": pl.when(user.is_not_null()).then(account).when(pl.col("shown").is_not_null()).then(gone),
        "created_at": _moment("CreationDate"),
        "labels": pl.col("labels"),
        "license": _filled(pl.col("ContentLicense")),
    }
    there = [own.is_not_null(), pl.col("CreationDate").is_not_null()]
    return fields, [*there, *_numbers("Id", "user", "Score"), *_times("CreationDate"), _words("name"), _words("shown")]


def _page_fields(site: str) -> Fields:
    """Questions and answers."""
    own, parent = (pl.lit(f"{site}/") + pl.col(name) for name in ("Id", "ParentId"))
    question = pl.col("PostTypeId") == "1"
    path = pl.when(question).then(pl.lit("q/")).otherwise(pl.lit("a/"))
    fields = {
        "native_id": own,
        "conversation": pl.when(question).then(own).otherwise(parent),
        "parent": pl.when(~question).then(parent),
        "parent_state": pl.when(question).then(pl.lit("root")),
        "kind": pl.when(question).then(pl.lit("question")).otherwise(pl.lit("answer")),
        "title": pl.when(question).then(_filled(pl.col("Title"))),
        "text": pl.col("text"),
        "markup": pl.lit("html"),
        "edited_at": _moment("LastEditDate"),
        "url": pl.lit(f"https://{site}/") + path + pl.col("Id"),
        "links": pl.col("links"),
        "media": pl.col("media"),
    }
    something = (pl.col("text") != "") | pl.col("links").is_not_null() | pl.col("media").is_not_null()
    numbers = _numbers("ParentId", "AcceptedAnswerId")
    return fields, [something, *numbers, *_times("LastEditDate", "ClosedDate")]


def _comment_fields(site: str) -> Fields:
    """Comments, which follow what they are on into its conversation."""
    fields = {
        "native_id": pl.lit(f"{site}/c/") + pl.col("Id"),
        "parent": pl.lit(f"{site}/") + pl.col("PostId"),
        "kind": pl.lit("comment"),
        "text": pl.col("Text"),
        "markup": pl.lit("markdown"),
        "url": pl.lit(f"https://{site}/posts/comments/") + pl.col("Id"),
    }
    return fields, [*_numbers("PostId"), pl.col("Text").is_not_null(), _words("Text")]


#: Columns that nothing is made of.
_UNUSED: Final = frozenset(
    (
        "DeletionDate", "ViewCount", "LastEditorUserId", "LastEditorDisplayName", "LastActivityDate", "AnswerCount",
        "CommentCount", "FavoriteCount", "CommunityOwnedDate",
    )
)  # fmt: skip


class _Table(NamedTuple):
    """A table that holds posts."""

    #: All its columns, in the order of a dump; a row with another is no plain one.
    columns: tuple[str, ...]
    #: Those that hold the number of an account and a name without one.
    user: str
    shown: str
    #: Rows that may become posts.
    wanted: pl.Expr
    fields: Callable[[str], Fields]


TABLES: Final = {
    "posts": _Table(
        (
            "Id", "PostTypeId", "AcceptedAnswerId", "ParentId", "CreationDate", "DeletionDate", "Score", "ViewCount",
            "Body", "OwnerUserId", "OwnerDisplayName", "LastEditorUserId", "LastEditorDisplayName", "LastEditDate",
            "LastActivityDate", "Title", "Tags", "AnswerCount", "CommentCount", "FavoriteCount", "ClosedDate",
            "CommunityOwnedDate", "ContentLicense",
        ),
        "OwnerUserId",
        "OwnerDisplayName",
        (pl.col("PostTypeId") == "1") | ((pl.col("PostTypeId") == "2") & pl.col("ParentId").is_not_null()),
        _page_fields,
    ),
    "comments": _Table(
        ("Id", "PostId", "Score", "Text", "CreationDate", "UserDisplayName", "UserId", "ContentLicense"),
        "UserId",
        "UserDisplayName",
        pl.col("PostId").is_not_null(),
        _comment_fields,
    ),
}  # fmt: skip
