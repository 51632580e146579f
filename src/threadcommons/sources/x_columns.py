"""Posts of X in columns, whatever interface they come from; `tweets` and the readers have the last word on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import polars as pl

from .fields import LONGEST_ADDRESS, MONTHS, language, unescaped
from .tweets import SHORTENED, written_out
from .typed import BLANK_ENDS, NO_TEXT, TIME, members, short, text_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

#: Columns of a frame of posts that is handed to `FIELDS`; `links` and `labels` are lists.
COLUMNS: Final[dict[str, Any]] = {
    **dict.fromkeys(
        ("own", "author_id", "name", "handle", "conversation", "lang", "addressed", "answered", "quoted", "text"),
        pl.String,
    ),
    "moment": TIME, "plain": pl.Boolean, "edited": pl.Boolean,
}  # fmt: skip
_DIGITS: Final = r"^[0-9]{1,20}$"
_HANDLE: Final = r"^[A-Za-z0-9_]{1,50}$"
_NUMBERS: Final = ("own", "author_id", "conversation", "addressed", "answered", "quoted")
_SITE: Final = "https://x.com/"


def _fields() -> tuple[dict[str, pl.Expr], list[pl.Expr]]:
    """The fields of posts as expressions over `COLUMNS`, and where they are sure."""
    own, by, conversation, moment = (pl.col(name) for name in ("own", "author_id", "conversation", "moment"))
    name, handle, answered, quoted = (pl.col(name) for name in ("name", "handle", "answered", "quoted"))
    addressed = pl.col("addressed").is_not_null() & own.ne_missing(conversation)
    profile = pl.lit(_SITE) + handle
    known = pl.struct(name=name, id=by, url=profile)
    fields = {
        "native_id": own,
        "conversation": conversation,
        "parent": answered,
        "parent_state": pl.when(answered.is_null()).then(
            pl.when(addressed).then(pl.lit("unknown")).otherwise(pl.lit("root"))
        ),
        "quoted": quoted,
        "kind": pl.when(answered.is_not_null())
        .then(pl.lit("reply"))
        .when(quoted.is_not_null())
        .then(pl.lit("quote"))
        .otherwise(pl.lit("post")),
        "author": pl.when(name.is_not_null())
        .then(known)
        .when(by.is_not_null())
        .then(pl.struct(name=by, id=by, url=NO_TEXT)),
        "text": pl.col("text"),
        "markup": pl.lit("plain"),
        "lang": pl.col("lang"),
        "created_at": moment,
        "edited_at": pl.when("edited").then(moment),
        "url": pl.coalesce(profile, pl.lit(_SITE + "i")) + "/status/" + own,
        "links": pl.col("links"),
        "labels": pl.col("labels"),
    }
    numbers = [pl.col(name).str.contains(_DIGITS).fill_null(value=True) for name in _NUMBERS]
    sure = [
        pl.col("plain"),
        *numbers,
        ~name.str.contains(BLANK_ENDS).fill_null(value=False),
        short(name),
        handle.str.contains(_HANDLE).fill_null(value=True),
    ]
    return fields, sure


FIELDS: Final = _fields()


def languages(tags: Sequence[str | None]) -> pl.Series:
    """Languages of posts; few tags are different ones."""
    known = {tag: language(tag) for tag in set(tags)}
    return pl.Series([known[tag] for tag in tags], dtype=pl.String)


class Link(Protocol):
    """A shortened link and what it stands for, in the structures of any interface."""

    url: str | None
    expanded_url: str | None


#: A shortened link, and where addresses lead that may be those of the post itself.
_SHORT: Final = r"(https?://t\.co/[A-Za-z0-9_]+)"
_OWN: Final = "/status/"


def words(
    texts: Sequence[str],
    links: Sequence[Sequence[Link] | None],
    meant: Callable[[int], Iterable[tuple[str | None, str | None]]],
) -> list[pl.Series]:
    """Texts as they were typed, and the addresses in each as lists.

    `links` are those of each text. Where it is the only one, and in the text, it is replaced in columns; `meant` tells
    of the others, by their place, what each stands for.
    """
    one = [some[0] if some and len(some) == 1 else None for some in links]
    frame = pl.DataFrame(
        {
            "text": pl.Series([unescaped(text) if "&" in text else text for text in texts], dtype=pl.String),
            "short": pl.Series([link and link.url for link in one], dtype=pl.String),
            "long": pl.Series([link and link.expanded_url for link in one], dtype=pl.String),
        }
    ).select(**_REPLACED)
    typed, shown = frame["text"].to_list(), [long and [long] for long in frame["long"].to_list()]
    left = frame["left"].arg_true().to_list()
    for place in left:
        typed[place], shown[place] = written_out(typed[place], meant(place))
    return [pl.Series(typed, dtype=pl.String) if left else frame["text"], text_lists(shown)]


def _replaced() -> dict[str, pl.Expr]:
    """Texts in which their only link is replaced, what by, and which texts are left to be looked at."""
    text, long = pl.col("text"), pl.col("long")
    count = text.str.count_matches(SHORTENED, literal=True)
    simple = (long != "") & (long.str.len_bytes() <= LONGEST_ADDRESS) & ~long.str.contains(_OWN, literal=True)
    alone = ((count == 1) & (text.str.extract(_SHORT) == pl.col("short")) & simple).fill_null(value=False)
    # Of what is put in place of a match, `$` would be taken for a group.
    put = text.str.replace(_SHORT, long.str.replace_all("$", "$$", literal=True))
    return {
        "text": pl.when(alone).then(put).otherwise(text),
        "long": pl.when(alone).then(long),
        "left": (count > 0) & ~alone,
    }


_REPLACED: Final = _replaced()


def strings(values: Sequence[Any], names: Mapping[str, str]) -> pl.DataFrame:
    """Members of structures that are texts, under other names."""
    return members(values, dict.fromkeys(names, pl.String)).rename(dict(names))


def untouched(frame: pl.DataFrame, names: Sequence[str], sets: Iterable[AbstractSet[str]]) -> pl.Series:
    """Which rows have no value, in the columns with some names, that is in one of some sets, which may be large."""
    some = [one for one in sets if one]
    if not some:
        return pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True)
    rows = frame.select(names).iter_rows()
    return pl.Series([all(one.isdisjoint(row) for one in some) for row in rows], dtype=pl.Boolean)


#: How version 1.1 spells times.
_CLOCK: Final = (
    rf"^[A-Z][a-z]{{2}} (?:{'|'.join(MONTHS)}) [0-3][0-9] (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] "
    r"\+0000 [12][0-9]{3}$"
)


def at_twitters(texts: pl.Series) -> pl.Series:
    """Times of version 1.1, null for other spellings; what day of the week they name is not asked."""
    text = pl.when(pl.col("text").str.contains(_CLOCK)).then("text").str.slice(4)
    found = pl.DataFrame({"text": texts}).select(
        text.str.to_datetime("%b %d %H:%M:%S +0000 %Y", time_unit="us", strict=False)
    )
    return found.to_series().dt.replace_time_zone("UTC")
