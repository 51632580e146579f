"""`jsonl`: our own canonical posts, one JSON object per line, as a contributor can write them by hand."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from ..digest import sha256
from ..schema import certain, schema
from .base import BOM, Head, Parsed, Reader, Refusal, no_posts
from .documents import cut_json_lines
from .lines import divide_lines, whole_lines
from .posts import CLAIMS, with_times
from .strict_json import DEEPEST, Why, diagnosis, strictly, too_deep
from .typed import worth_compiling

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from .json_columns import Shape


#: A text value that ends and is followed by a colon: a key, or the rare text that looks like one.
_KEY: Final = re.compile(rb'"[ \t\r\n]*:')
_SAFE_INTEGER: Final = 2**53


def parse(record: bytes, _offset: int, _context: Any) -> Parsed:
    """One line as a post as claimed.

    The policy: strict JSON, no key twice, no number that another program would change.
    """
    if len(record) == 0:
        return Refusal("quarantined", "record.json-syntax", detail="an empty record")
    if refusal := too_deep(record, DEEPEST):
        return refusal
    try:
        post = orjson.loads(record)
    except orjson.JSONDecodeError as error:
        return diagnosis(record, str(error), _strict)
    if not isinstance(post, dict):
        return Refusal("quarantined", "record.not-object", detail=f"found {type(post).__name__}")
    if _doubtful(record, post):
        refusal = _strict(record)
        if refusal:
            return refusal
    return _checked(post)


def columns(data: Any, offsets: NDArray[np.int64], lengths: NDArray[np.int64], indexes: Any, _context: Any) -> pa.Table:
    """The plain ones of many lines as columns: of the declared shape, under the contract, and no digest to check."""
    if not worth_compiling(int(lengths.sum())):
        return no_posts()
    from .json_columns import decoded  # compiled code that only those load who read much

    found = decoded(data, offsets, offsets + lengths, _shape(), CLAIMS)
    place = CLAIMS.get_field_index("record")
    claims = found.table.set_column(place, CLAIMS.field(place), pl.Series(indexes[found.sure]).to_arrow())
    sure = certain(claims, "post") & pl.Series(claims["text_sha256"].is_null())
    return with_times(claims if sure.all() else claims.filter(sure.to_arrow()))


@cache
def _shape() -> Shape:
    from .json_columns import shape_of

    return shape_of(schema("post"))


def _checked(post: dict[str, Any]) -> Parsed:
    text, digest = post.get("text"), post.get("text_sha256")
    if isinstance(text, str) and isinstance(digest, str) and sha256(text.encode()) != digest:
        return Refusal("quarantined", "post.digest-differs", "/text_sha256", f"the text has {sha256(text.encode())}")
    return post


def _doubtful(record: bytes, post: dict[str, Any]) -> bool:
    """Whether a key may stand twice in some object, or a number may have been changed in reading.

    The latter is a float, or a whole number beyond 2^53. Goes down without recursion: how deep a record may be must not
    depend on who is calling.
    """
    keys, inside = 0, [post]
    while inside:
        value: Any = inside.pop()
        if isinstance(value, dict):
            keys += len(value)
            inside.extend(value.values())
        elif isinstance(value, list):
            inside.extend(value)
        elif isinstance(value, float) or (isinstance(value, int) and abs(value) > _SAFE_INTEGER):
            return True
    return keys != len(_KEY.findall(record))


def _integer(text: str) -> int:
    if len(text) > len(str(_SAFE_INTEGER)) + 1 or abs(int(text)) > _SAFE_INTEGER:
        raise Why(Refusal("quarantined", "record.big-integer", detail=f"a number of {len(text.lstrip('-'))} digits"))
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Why(Refusal("quarantined", "record.not-finite", detail="a number beyond what a double holds"))
    if value.is_integer() and abs(value) >= _SAFE_INTEGER:
        raise Why(
            Refusal(
                "quarantined",
                "record.big-integer",
                detail="a number that a double cannot tell from its neighbours",
            )
        )
    return value


def _strict(record: bytes) -> Refusal | None:
    return strictly(record, _integer, _number)


def _recognise(head: Head) -> str | None:
    line, cut, _ = head.start.removeprefix(BOM).lstrip().partition(b"\n")
    if cut or head.size <= len(head.start):
        return "the first line is an object with the keys kind and markup" if _is_post(line) else None
    # A first post that is longer than what is looked at: the last one says as well what they are.
    _, cut, last = head.end.rstrip().rpartition(b"\n")
    return "the last line is an object with the keys kind and markup" if cut and _is_post(last) else None


def _is_post(line: bytes) -> bool:
    try:
        post = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(post, dict) and {"kind", "markup"} <= post.keys() and bool({"text", "native_id"} & post.keys())


READER = Reader(
    name="jsonl",
    version="1",
    title="canonical posts, one JSON object per line",
    fills=("everything that schema/post.schema.json has",),
    limits=("One post per line, UTF-8, at most limits.record_bytes. Keys that the schema does not know are refused."),
    license_rule=("The key license of each record, else what source.toml declares with evidence, else withheld."),
    recognise=_recognise,
    cut=cut_json_lines,
    parse=parse,
    columns=columns,
    divide=divide_lines,
    whole=whole_lines,
)
