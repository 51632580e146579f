"""`jsonl`: our own canonical posts, one JSON object per line, as a contributor can write them by hand."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

import orjson

from ..digest import sha256
from .base import BOM, Head, Parsed, Reader, Refusal
from .lines import cut_lines, divide_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Limits

#: A text value that ends and is followed by a colon: a key, or the rare text that looks like one.
_KEY: Final = re.compile(rb'"[ \t\r\n]*:')
_SAFE_INTEGER: Final = 2**53


class _Why(ValueError):
    """Carries a refusal out of the standard library's parser hooks."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def parse(record: bytes, _offset: int, _context: Any) -> Parsed:
    """One line as a post as claimed.

    The policy: strict JSON, no key twice, no number that another program would change.
    """
    if len(record) == 0:
        return Refusal("quarantined", "record.json-syntax", detail="an empty record")
    if refusal := _too_deep(record, _DEEPEST):
        return refusal
    try:
        post = orjson.loads(record)
    except orjson.JSONDecodeError as error:
        return _diagnosis(record, str(error))
    if not isinstance(post, dict):
        return Refusal("quarantined", "record.not-object", detail=f"found {type(post).__name__}")
    if _doubtful(record, post):
        refusal = _strict(record)
        if refusal:
            return refusal
    return _checked(post)


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


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Why(
            Refusal(
                "quarantined",
                "record.duplicate-key",
                f"/{_escaped(twice)}",
                "the key stands there more than once",
            )
        )
    return seen


def _integer(text: str) -> int:
    if len(text) > len(str(_SAFE_INTEGER)) + 1 or abs(int(text)) > _SAFE_INTEGER:
        raise _Why(Refusal("quarantined", "record.big-integer", detail=f"a number of {len(text.lstrip('-'))} digits"))
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _Why(Refusal("quarantined", "record.not-finite", detail="a number beyond what a double holds"))
    if value.is_integer() and abs(value) >= _SAFE_INTEGER:
        raise _Why(
            Refusal(
                "quarantined",
                "record.big-integer",
                detail="a number that a double cannot tell from its neighbours",
            )
        )
    return value


def _constant(text: str) -> NoReturn:
    raise _Why(Refusal("quarantined", "record.not-finite", detail=text))


def _strict(record: bytes) -> Refusal | None:
    """Read again with the standard library and a hook at every object and number."""
    try:
        json.loads(
            record.decode("utf-8"),
            object_pairs_hook=_no_twice,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except _Why as why:
        return why.refusal
    except (ValueError, RecursionError) as error:
        return Refusal("quarantined", "record.json-syntax", detail=type(error).__name__)
    return None


def _diagnosis(record: bytes, message: str) -> Refusal:
    """The most telling reason why a line is not JSON."""
    if b"\x00" in record:
        return Refusal("quarantined", "record.nul", detail=f"at byte {record.index(0)} of the record")
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal("quarantined", "record.invalid-utf8", detail=f"at byte {error.start} of the record")
    if re.search(r"(?i)\\ud[89a-f]", text) and "surrogate" in message.lower():
        return Refusal("quarantined", "record.lone-surrogate", detail="an escape for half a character")
    strict = _strict(record)
    if strict and strict.code != "record.json-syntax":
        return strict
    ends = text.rstrip()[-1:]
    cut_off = text.startswith("{") and ends != "}" and "unexpected end" in message.lower()
    # Only positions are told: the words around them belong to the post.
    where = re.search(r"line \d+ column (\d+)", message)
    detail = f"at character {where[1]} of the record" if where else ""
    return Refusal("quarantined", "record.truncated" if cut_off else "record.json-syntax", detail=detail)


#: The highest limit that a recipe can set; parsers cope with this much, whoever calls them.
_DEEPEST: Final = 512


def _too_deep(record: bytes, limit: int) -> Refusal | None:
    # Nesting needs brackets: where there are few, nobody has to follow them.
    if record.count(b"{") + record.count(b"[") <= limit or not _deeper(record, limit):
        return None
    return Refusal("quarantined", "record.too-deep", detail=f"the limit is {limit} levels")


def _deeper(record: bytes, limit: int) -> bool:
    """Whether brackets outside of text nest deeper than `limit`: one linear pass, which ends where they do."""
    depth = 0
    for piece in _OUTSIDE.finditer(record):
        depth += (piece[0] in b"{[") - (piece[0] in b"}]")
        if depth > limit:
            return True
    return False


_OUTSIDE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\]]', re.DOTALL)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _recognise(head: Head) -> str | None:
    line = head.start.removeprefix(BOM).lstrip().split(b"\n", 1)[0]
    try:
        first = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    ours = isinstance(first, dict) and {"kind", "markup"} <= first.keys() and bool({"text", "native_id"} & first.keys())
    return "the first line is an object with the keys kind and markup" if ours else None


def _cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Any]:
    return cut_lines(data, start, stop, limits, lambda line: _too_deep(line, limits.depth))


READER = Reader(
    name="jsonl",
    version="1",
    title="canonical posts, one JSON object per line",
    fills=("everything that schema/post.schema.json has",),
    limits=("One post per line, UTF-8, at most limits.record_bytes. Keys that the schema does not know are refused."),
    license_rule=("The key license of each record, else what source.toml declares with evidence, else withheld."),
    recognise=_recognise,
    cut=_cut,
    parse=parse,
    divide=divide_lines,
)
