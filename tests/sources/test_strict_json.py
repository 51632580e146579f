"""JSON of strangers: what a typed decoder overlooks is found all the same."""

import msgspec
import pytest

from threadcommons.sources.base import Refusal
from threadcommons.sources.strict_json import decoded


class Small(msgspec.Struct):
    a: int | None = None


DECODE = msgspec.json.Decoder(Small).decode


@pytest.mark.parametrize(
    "record",
    [
        b'{"a": 1}', b'{"a":1,"b":{"a":2,"b":{"a":3}}}', b'{ "a" : 1, "b" : [ { "a" : 2 }, { "a" : 3 } ] }', b'{"a":1,"b":"\\": "}',
        b'{"a":1,"b":"x\\\\","c":":"}', b'{"a":1,"b":"\\u0022:"}', b'{"a":1,"b":"\\u003a \\u003A \\u003c"}', b'{"a":1,"b":":\\u00e9"}', b'{"a":1,"b":12345678901234567890123}',
        b'{"a":1,"b":["":"]}'.replace(b'["":"]', b'["\\":"]'), b'{"a":1,"\\u0062":2}', b'{"a":1,"":{"":""}}',
        b'{"a":1,"b":' + b"[" * 300 + b"]" * 300 + b"}",
    ],
)  # fmt: skip
def test_keys_may_repeat_in_different_objects_and_texts_may_look_like_keys(record):
    assert decoded(record, DECODE) == Small(1)


@pytest.mark.parametrize(
    ("record", "code", "pointer"),
    [
        (b'{"a":1,"a":1}', "record.duplicate-key", "/a"),
        (b'{"a":1,"\\u0061":1}', "record.duplicate-key", "/a"),
        (b'{"a":1,"b":{"c":1,"c":2}}', "record.duplicate-key", "/c"),
        (b'{"a":1,"b":{"c" : 1,"c" :2}}', "record.duplicate-key", "/c"),
        (b'{"a":1,"c":2,"c":3,"b":"\\u0022:"}', "record.duplicate-key", "/c"),
        (b'{"a":1,"c":2,"c":3,"b":"\\u003a"}', "record.duplicate-key", "/c"),
        (b'{"a":1,"c":2,"c":3,"b":"\\u003A:"}', "record.duplicate-key", "/c"),
        (b'{"a":1,"b":"\\ud800"}', "record.lone-surrogate", ""),
        (b'{"a":1,"b":NaN}', "record.not-finite", ""),
        (b'{"a":1,"b":1e999}', "record.not-finite", ""),
        (b'{"a":1,"b":"\xff"}', "record.invalid-utf8", ""),
        (b'{"a":1,"b":"\x00"}', "record.nul", ""),
        (b'{"a":1,"b":"x', "record.truncated", ""),
        (b'{"a":"1"}', "record.bad-field", "/a"),
        (b'{"a":1,"b":' + b"[" * 600 + b"]" * 600 + b"}", "record.too-deep", ""),
    ],
)  # fmt: skip
def test_what_nobody_reads_is_judged_too(record, code, pointer):
    refusal = decoded(record, DECODE)
    assert isinstance(refusal, Refusal)
    assert (refusal.fate, refusal.code, refusal.pointer) == ("quarantined", code, pointer)
