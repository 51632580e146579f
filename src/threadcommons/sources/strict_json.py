"""JSON as strangers write it, read by one policy: strict, no key twice, no number that another program would change.

Formats with many fields decode only those that they use, into typed structures; what such a decoder lets pass without
looking (a repeated key, half a character in a field that nobody reads) is looked for here.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec
import numpy as np
import orjson

from .base import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

#: The highest limit that a recipe can set; parsers cope with this much, whoever calls them.
DEEPEST: Final = 512
_SAFE_INTEGER: Final = 2**53
_COLON: Final = re.compile(rb"\\u003[aA]")
_TEXT: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"{}[]"))
_OPENS: Final = np.isin(np.arange(256), list(b"{["))


class Why(ValueError):
    """Carries a refusal out of the standard library's parser hooks."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def decoded(record: bytes, decode: Callable[[bytes], T], *, clean: bool = False) -> T | Refusal:
    """A record as `decode` (of a typed `msgspec.json.Decoder`) understands it, or why it is not to be used.

    Syntax, encoding and types are the decoder's business; a key that stands twice in one object is found here, whether
    anybody reads it or not. `clean` if that was looked for already, in something that the record is a part of.
    """
    try:
        value = decode(record)
    except msgspec.ValidationError as error:
        return strictly(record) or _mistyped(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return diagnosis(record, str(error))
    return value if clean else unseen(record) or value


def unseen(record: bytes) -> Refusal | None:
    """What a typed decoder does not look at: keys that stand twice, and what is broken in fields that nobody reads.

    The record is read and written again by a compiled parser: as many colons as before, those in texts included, mean
    that no key was lost. Where text spells a colon as a number, the count could be deceived, and the slow way decides.
    """
    try:
        again = orjson.dumps(orjson.loads(record))
    except (orjson.JSONEncodeError, RecursionError):
        return strictly(record)
    except orjson.JSONDecodeError as error:
        return diagnosis(record, str(error))
    spelled = b"\\u003" in record and _COLON.search(record)
    return None if again.count(b":") == record.count(b":") and not spelled else strictly(record)


def all_seen(records: Sequence[bytes]) -> bool:
    """Whether `unseen` finds nothing in any of some records, each of which a typed decoder takes for a whole value.

    All are read and written again as one list. Writing adds no colon, so what one loses another cannot make up for.
    """
    listed = b"[" + b",".join(records) + b"]"
    try:
        again = orjson.dumps(orjson.loads(listed))
    except (orjson.JSONEncodeError, orjson.JSONDecodeError, RecursionError):
        return False
    spelled = b"\\u003" in listed and _COLON.search(listed)
    return again.count(b":") == listed.count(b":") and not spelled


def _mistyped(error: Exception) -> Refusal:
    """A field that is used and is not what the format says. The message names types and places, never values."""
    found = re.search(r"`\$([^`]*)`", str(error))
    pointer = re.sub(r"\.|\[(?=\d)", "/", found[1]).replace("]", "").replace("[...", "") if found else ""
    return Refusal("quarantined", "record.bad-field", pointer[:120], str(error).split(" - at ", 1)[0][:120])


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        pointer = "/" + twice.replace("~", "~0").replace("/", "~1")
        raise Why(Refusal("quarantined", "record.duplicate-key", pointer, "the key stands there more than once"))
    return seen


def _integer(text: str) -> int:
    # Python itself refuses numbers of thousands of digits; formats keep long ids as text or as whole numbers.
    return int(text[:40])


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Why(Refusal("quarantined", "record.not-finite", detail="a number beyond what a double holds"))
    return value


def _constant(text: str) -> NoReturn:
    raise Why(Refusal("quarantined", "record.not-finite", detail=text))


def strictly(
    record: bytes, integer: Callable[[str], int] = _integer, number: Callable[[str], float] = _number
) -> Refusal | None:
    """Why a record breaks the policy: read with the standard library and a hook at every object and number.

    `integer` and `number` turn the text of a number into its value and may raise `Why`.
    """
    if refusal := too_deep(record, DEEPEST):
        return refusal
    try:
        json.loads(
            record.decode("utf-8"),
            object_pairs_hook=_no_twice,
            parse_int=integer,
            parse_float=number,
            parse_constant=_constant,
        )
    except Why as why:
        return why.refusal
    except (ValueError, RecursionError) as error:
        return Refusal("quarantined", "record.json-syntax", detail=type(error).__name__)
    return None


def diagnosis(record: bytes, message: str, strict: Callable[[bytes], Refusal | None] = strictly) -> Refusal:
    """The most telling reason why a record is not JSON."""
    if b"\x00" in record:
        return Refusal("quarantined", "record.nul", detail=f"at byte {record.index(0)} of the record")
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError as error:
        return Refusal("quarantined", "record.invalid-utf8", detail=f"at byte {error.start} of the record")
    if _half_a_character(text):
        return Refusal("quarantined", "record.lone-surrogate", detail="an escape for half a character")
    found = strict(record)
    if found and found.code != "record.json-syntax":
        return found
    cut_off = text[:1] in "{[" and text.rstrip()[-1:] not in ("}", "]") and _at_its_end(message)
    # Only positions are told: the words around them belong to the post.
    where = re.search(r"\(byte (\d+)\)|line \d+ column (\d+)", message)
    detail = f"at byte {where[1] or where[2]} of the record" if where else ""
    return Refusal("quarantined", "record.truncated" if cut_off else "record.json-syntax", detail=detail)


def _at_its_end(message: str) -> bool:
    return any(word in message.lower() for word in ("unexpected end", "truncated"))


def _half_a_character(text: str) -> bool:
    """Whether an escape stands for half a character and its other half does not follow."""
    return re.search(_LONE, text) is not None


_LONE: Final = re.compile(
    r"(?<!\\)(?:\\\\)*(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)


def too_deep(record: bytes, limit: int) -> Refusal | None:
    """The refusal of a record that nests deeper than `limit`."""
    # Nesting needs brackets: where there are few, nobody has to follow them.
    if record.count(b"{") + record.count(b"[") <= limit or not _deeper(record, limit):
        return None
    return Refusal("quarantined", "record.too-deep", detail=f"the limit is {limit} levels")


def _deeper(record: bytes, limit: int) -> bool:
    """Whether brackets outside of text nest deeper than `limit`: linear, and nearly all of it compiled."""
    brackets = np.frombuffer(_TEXT.sub(b"", record).translate(None, _NO_BRACKETS), np.uint8)
    return bool((np.cumsum(np.where(_OPENS[brackets], 1, -1)) > limit).any())
