"""Many records of one format at once: typed structures, the columns of their members, and posts made of these.

A format that reads its records in this way has a structure of its plainest records; whatever does not fit into it, and
whatever the columns are not sure of, is parsed by itself. So the answer is one-sided, as that of `mapping_columns` is.
"""

from __future__ import annotations

import sys
from functools import reduce
from itertools import chain
from operator import and_, attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa

from ..schema import certain
from .fields import FIRST_SECOND, LAST_SECOND
from .posts import CLAIMS, POSTS
from .strict_json import all_seen, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

#: Whole numbers that a column can hold, and seconds since 1970 that are a time of the contract.
Whole = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Seconds = Annotated[int, msgspec.Meta(ge=FIRST_SECOND, le=LAST_SECOND)]

TIME: Final = pl.Datetime("us", "UTC")
SURE: Final = pl.lit(value=True)
NO_TEXT: Final = pl.lit(None, pl.String)
#: Times of posts: the columns in which claims have text.
_TIMED: Final = tuple(field.name for field in CLAIMS if field.type != POSTS.field(field.name).type)

#: What `str.strip` would take away, at either end, and what it leaves something of.
BLANK_ENDS: Final = r"^[\s\x00-\x1f\x85\p{Z}]|[\s\x00-\x1f\x85\p{Z}]$"
WORDS: Final = r"[^\s\x00-\x1f\x85\p{Z}]"
#: How long names and values of labels may be, in characters; longer ones are cut elsewhere.
LONGEST: Final = 256

#: How many records are looked at together for what a typed decoder does not see.
_TOGETHER: Final = 64
#: From how many bytes on it is worth while to load compiled code; what is loaded is used for fewer too.
_WORTH_LOADING: Final = 1 << 20
#: Where none of so many records fits into the structure, the others are not tried.
_TRIED: Final = 64


def typed(records: Sequence[bytes], decode: Callable[[bytes], Any]) -> list[Any]:
    """Records as a typed decoder understands them, None where one is not certainly one; nearly always all are."""
    try:
        return list(map(decode, records))
    except _NOT_TYPED:
        first = [_typed(record, decode) for record in records[:_TRIED]]
        rest = records[_TRIED:]
        known = any(one is not None for one in first)
        return first + [_typed(record, decode) if known else None for record in rest]


_NOT_TYPED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def _typed(record: bytes, decode: Callable[[bytes], Any]) -> Any:
    try:
        return decode(record)
    except _NOT_TYPED:
        return None


def understood(
    records: Sequence[bytes], decode: Callable[[bytes], Any], sound: Sequence[bool] | None = None
) -> list[Any]:
    """The same for records in which, moreover, no key stands twice and nothing is broken that nobody reads.

    `sound` are those of which this is known.
    """
    found = typed(records, decode)
    left = range(len(found)) if sound is None else [index for index, known in enumerate(sound) if not known]
    for index in _broken(records, [index for index in left if found[index] is not None]):
        found[index] = None
    return found


def _broken(records: Sequence[bytes], known: list[int]) -> Iterator[int]:
    """Which of some records, by their indexes, `unseen` finds something in; a typed decoder takes all of these."""
    left = _in_doubt(records, known)
    for begin in range(0, len(left), _TOGETHER):
        some = left[begin : begin + _TOGETHER]
        if not all_seen([records[index] for index in some]):
            yield from (index for index in some if unseen(records[index]) is not None)


def worth_compiling(size: int) -> bool:
    """Whether compiled loops pay for so many bytes; what takes longest to load may be there already."""
    return "numba" in sys.modules or size >= _WORTH_LOADING


def _in_doubt(records: Sequence[bytes], known: list[int]) -> list[int]:
    """Those of some records that the compiled scan is not sure of; all of a few, since it takes a while to load."""
    some = records if len(known) == len(records) else [records[index] for index in known]
    if not some or not worth_compiling(sum(map(len, some))):
        return known
    from .json_sound import sound  # compiled code that only those load who read much

    return [known[place] for place in np.flatnonzero(~sound(some)).tolist()]


def members(values: Sequence[Any], kinds: Mapping[str, Any]) -> pl.DataFrame:
    """Members of structures as columns of the polars types given. Raises TypeError for a value of another type."""
    return pl.DataFrame(
        {name: pl.Series(list(map(attrgetter(name), values)), dtype=kind, strict=True) for name, kind in kinds.items()}
    )


def made_of(
    frame: pl.DataFrame, fields: Mapping[str, pl.Expr], sure: Sequence[pl.Expr], records: Sequence[int]
) -> pa.Table:
    """The posts of which a frame is sure and that certainly keep the contract, as columns of `POSTS`.

    `fields` are the columns of posts as expressions over the frame; in `sure`, null is no.
    """
    return sure_posts(
        frame.select(
            **fields,
            sure=reduce(and_, sure, SURE).fill_null(value=False),
            record=pl.Series(records, dtype=pl.Int64),
        )
    )


def sure_posts(made: pl.DataFrame) -> pa.Table:
    """The rows of a frame with the columns of posts, `sure` and `record` that are sure and keep the contract."""
    kept = made if made["sure"].all() else made.filter("sure")
    # Handed over as polars has them, nothing is copied. Times that are such already need not be asked about.
    told = [name for name in _TIMED if kept.schema.get(name) != pl.String]
    keeps = certain(kept.drop("sure", "record", *told, strict=False).to_arrow(), "post")
    return _as_table(kept if keeps.all() else kept.filter(keeps))


def _as_table(made: pl.DataFrame) -> pa.Table:
    """A frame as columns of `POSTS`; those that it does not have are null."""
    table = made.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pa.table(
        [
            table[field.name].cast(field.type)
            if field.name in table.column_names
            else pa.nulls(made.height, field.type)
            for field in POSTS
        ],
        schema=POSTS,
    )


# --- Fields ---

#: Seconds as whole numbers of this era are spelled.
_DIGITS: Final = 10


def seconds(values: Sequence[int | str | None]) -> tuple[pl.Series, pl.Series]:
    """Whole seconds since 1970, also where digits spell them, and where they are surely what is meant."""
    numbers = [
        value if not isinstance(value, str) else int(value) if _is_number(value) else None for value in values
    ]
    odd = [number is None and value is not None for number, value in zip(numbers, values, strict=True)]
    return pl.Series(numbers, dtype=pl.Int64), ~pl.Series(odd, dtype=pl.Boolean)


def _is_number(text: str) -> bool:
    return len(text) <= _DIGITS and text.isascii() and text.isdigit()


def filled(*names: str) -> pl.Expr:
    """The first of some columns of text that is there and not empty."""
    return pl.coalesce([pl.when(pl.col(name) != "").then(name) for name in names])


def stripped(text: pl.Expr) -> pl.Expr:
    """What `str.strip` leaves of a text."""
    return text.str.strip_chars(_SPACES)


_SPACES: Final = "".join(one for one in map(chr, range(0x3001)) if one.isspace())


def short(value: pl.Expr) -> pl.Expr:
    """Whether a text is absent or short enough to stay as it is."""
    return (value.str.len_chars() <= LONGEST).fill_null(value=True)


def at_seconds(value: pl.Expr) -> pl.Expr:
    """Times of whole seconds since 1970, null where there are none."""
    return pl.from_epoch(value, time_unit="s").dt.cast_time_unit("us").dt.replace_time_zone("UTC")


#: A time in UTC as most platforms spell it, which columns of times take as it is; which days there are is asked later.
ISO: Final = r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$"


def at_isos(texts: pl.Series) -> pl.Series:
    """Texts as times, null for all that are spelled in another way than `ISO`."""
    plain = texts.set(~texts.str.contains(ISO).fill_null(value=True), None)
    return plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False).dt.replace_time_zone("UTC")


class Label(NamedTuple):
    """What labels of one name say, as a column of texts or numbers; null where there is none."""

    name: str
    annotator: str
    method: str
    values: pl.Series


def label_lists(labels: Sequence[Label], *, empty: bool = False) -> pl.Series:
    """The labels of each row as a list, in the order given; `empty` lists where there are none, else nulls.

    Put together from flat columns: lists of structures as expressions take ten times as long.
    """
    texts = [label.values.cast(pl.String) for label in labels]
    there = np.stack([text.is_not_null().to_numpy() for text in texts], axis=1)
    rows, slots = np.divmod(np.flatnonzero(there), len(labels))
    parts = {
        "name": pl.Series([label.name for label in labels], dtype=pl.String).gather(slots),
        "value": pl.concat(texts).gather(slots * len(there) + rows),
        "annotator": pl.Series([label.annotator for label in labels], dtype=pl.String).gather(slots),
        "method": pl.Series([label.method for label in labels], dtype=pl.String).gather(slots),
    }
    return _listed(there.sum(axis=1), pl.DataFrame(parts).to_struct(), empty=empty)


def text_lists(values: Sequence[Sequence[str] | None]) -> pl.Series:
    """Lists of texts as a column; null where one is empty or not there."""
    counts = np.fromiter((len(some) if some else 0 for some in values), np.int64, len(values))
    return _listed(counts, pl.Series(list(chain.from_iterable(filter(None, values))), dtype=pl.String), empty=False)


def _listed(counts: np.ndarray, items: pl.Series, *, empty: bool) -> pl.Series:
    """Items as lists of so many each, without those that are empty, or with them."""
    ends = pl.Series(np.concatenate([[0], counts.cumsum()]), dtype=pl.Int32).to_arrow()
    none = None if empty else pl.Series(counts == 0).to_arrow()
    found = pl.from_arrow(pa.ListArray.from_arrays(ends, items.to_arrow(), mask=none))
    assert isinstance(found, pl.Series)  # noqa: S101  (an array is never a frame)
    return found
