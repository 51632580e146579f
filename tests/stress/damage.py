"""Accidents: how good exports become bad ones, every one a function of its chance alone. Holds no tests.

Bytes are damaged blindly; lines lose, gain and swap words; the values of JSON become others, so that what comes out
is still JSON and readers get as far as the fields that they use.
"""

import json
import re
from copy import deepcopy

#: What parsers hate.
HATEFUL = [
    b"\0", b"\xff", b"\xef\xbb\xbf", b'"', b"\\", b"<", b">", b"&#0;", b"&a;", b"<!DOCTYPE a [", b"<![CDATA[", b"]]>", b"<!--", b"{" * 99,
    b"\n", b"\r", b"\n\n", b"1e999", b"NaN", b"\\ud800", b"<row ", b"/>", b"</posts>", b"@a ", b"\xe2\x80\xae", b"9" * 400, b" " * 500,
]  # fmt: skip


def mutated_bytes(seeds, chance):
    """An input made from a good one by a few random changes: flips, cuts, copies, splices, hateful bytes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(data) + 1), chance.randint(1, 60)
        other = chance.choice(seeds)
        changes = [
            (at, at + length, b""),
            (at, at, bytes(data[at : at + length])),
            (at, at, chance.choice(HATEFUL)),
            (at, at + length, chance.choice(HATEFUL)),
            (at, len(data), other[chance.randrange(len(other) + 1) :]),
            (at, at + 1, bytes([chance.randrange(256)])),
        ]
        begin, end, new = chance.choice(changes)
        data[begin:end] = new
    return bytes(data)


def mutated_container(data, chance):
    """A container that is not what it was: cut, with a piece too few or twice, with numbers that lie, with other bits."""
    out = bytearray(data)
    at, other = chance.randrange(len(out)), chance.randrange(len(out))
    how = chance.randrange(6)
    if how == 0:
        del out[at:]
    elif how == 1:
        out[min(at, other) : max(at, other)] = b""
    elif how == 2:
        out[at:at] = out[other : other + 600]
    elif how == 3:
        out[at : at + 8] = chance.choice([bytes(8), b"\xff" * 8, b"\x80" + bytes(7), b"77777777"])
    else:
        for _ in range(chance.choice([1, 1, 3, 20])):
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out), 1


# -- words in lines ------------------------------------------------------------------------------------------------

_WORD = re.compile(rb"""[^\s,;:<>"'=\[\]()]+""")
#: Words that mean something somewhere, and are wrong everywhere else.
_WORDS = [
    b"", b"0", b"-1", b"9" * 30, b"1e400", b"NaN", b"null", b"[deleted]", b"2024-02-30T25:61:61Z", b"0000-00-00", b"1969-12-31T23:59:59.999",
    b"Thu, 32 Foo 2024 99:99:99 +9999", b"=?utf-8?B?w?=", b"=?x?Q?=ZZ?=", b"<>", b"a@", b"https://[", b"http://a:b@c:99999/", b"\xc3", b"\xed\xa0\x80", b"&amp;#x110000;",
    b"\xf0\x9f\x8d\xb2" * 9, b"x" * 5000, "\u0130\u1e9e\u2028\u202e".encode(), b"\x1b[2J", b"multipart/mixed;boundary=a", b"base64", b"utf-7", b"-" * 80,
]  # fmt: skip


def mutated_lines(data, chance):
    """A text in which some lines are gone, twice or moved, and words of them are others; and how many lines that hit."""
    lines = data.splitlines(keepends=True) or [data]
    hit = chance.sample(range(len(lines)), chance.randint(1, max(1, len(lines) // 3)))
    for at in hit:
        lines[at] = _mutated_line(lines[at], chance.choice(lines), chance)
    return b"".join(lines), len(hit)


def _mutated_line(line, other, chance):
    how = chance.randrange(10)
    words = list(_WORD.finditer(line)) if how > 3 else []
    if words:
        word = chance.choice(words)
        return line[: word.start()] + chance.choice(_WORDS) + line[word.end() :]
    ends = [b"", b"\r", b"\r\n", b"\n\n", b" \n "]
    return [line + line, other, b"", line.rstrip(b"\r\n") + chance.choice(ends)][how % 4]


def mutated_mail(data, chance):
    """Messages, all of them with other lines; and how many."""
    messages = data.split(b"\nFrom ")
    return b"\nFrom ".join(mutated_lines(message, chance)[0] for message in messages), len(messages)


# -- values in JSON ------------------------------------------------------------------------------------------------

_DEEP = json.loads("[" * 40 + "]" * 40)
_VALUES = [
    None, True, False, 0, -1, 1, 2**53 + 1, 2**63, 2**64 + 1, -(2**70), 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", " ", "\0", "\ud800", "\udfff\ud800", "null",
    "-", "[deleted]", "[removed]", "9" * 400, "x" * 5000, "1e400", "NaN", "2024-02-30T25:61:61Z", "2024-01-01", "+275760-09-13T00:00:00Z", "1709294400.000100", "https://[",
    "http://a:b@c:99999/\u202e", "at://", "did:plc:", "<p>", "<" * 200, "&#x110000;&amp;lt;", "\u2028\u0130", [], {}, [[]], [None], {"": None}, ["x"] * 50, [{}] * 3, {"a": {"b": [1, "c"]}}, _DEEP,
]  # fmt: skip


def mutated_value(value, chance, odd=tuple(_VALUES), times=6):
    """A JSON value of which some members are others, gone, twice, or called otherwise. The value given is changed."""
    whole = [value]
    for _ in range(chance.randint(1, times)):
        holder = chance.choice(list(_holders(whole)))
        if not holder:
            continue
        key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
        _change(holder, key, whole, chance, odd)
    return whole[0] if whole else None


def _change(holder, key, whole, chance, odd):
    how = chance.randrange(8)
    old = holder[key]
    if how == 0 and holder is not whole:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[chance.choice(["", "id", "type", "text", "\0", key.upper()])] = holder.pop(key)
    elif how == 2:
        donor = chance.choice(list(_holders(whole)))
        holder[key] = deepcopy(donor) if holder is not whole else old  # a value inside itself would have no end
    elif how == 3:
        holder[key] = [old, deepcopy(old)]
    elif how == 4 and isinstance(old, (str, int, float)):
        holder[key] = str(old) if not isinstance(old, str) else len(old)
    else:
        holder[key] = deepcopy(chance.choice(odd))


def _holders(value):
    """All lists and objects in a value, the outermost first."""
    waiting, at = [value], 0
    while at < len(waiting):
        inner = waiting[at]
        children = inner.values() if isinstance(inner, dict) else inner
        waiting += [child for child in children if isinstance(child, (dict, list))]
        at += 1
    return waiting


_DOCUMENT = re.compile(rb"[^\[{\"]*")


def mutated_json(data, chance):
    """A document, or something before one (`window.x = [`), with other values; what is no document is damaged blindly."""
    begin = _DOCUMENT.match(data).end()
    try:
        value = json.loads(data[begin:])
    except ValueError:
        return mutated_bytes([data], chance), 1
    return data[:begin] + _written(mutated_value(value, chance), chance), 1


def mutated_json_lines(data, chance):
    """Lines that all have other values; and how many."""
    lines = [line for line in data.splitlines() if line]
    return b"".join(mutated_json(line, chance)[0].replace(b"\n", b" ") + b"\n" for line in lines), len(lines)


def _written(value, chance):
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, None, 1]))
    if chance.random() < 0.05:
        text = text.replace("{", '{"id": 1, "text": "twice", ', 1)
    return text.encode("utf-8", "surrogatepass")
