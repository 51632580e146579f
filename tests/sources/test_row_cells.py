"""Cells of many rows at once are those that each row has alone, and whole tables of them become the same posts."""

from __future__ import annotations

import random
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from threadcommons.model import Limits
from threadcommons.sources import stackexchange
from threadcommons.sources.base import read
from threadcommons.sources.row_cells import cells
from threadcommons.sources.rows import attributes
from threadcommons.sources.stackexchange import Context
from threadcommons.sources.stackexchange_columns import TABLES

NAMES = ["Id", "Ida", "Body", "Text"]
VALUES = [
    "", "1", "x y", "&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "&quot;&apos;'>", "&#xA;&#10;&#x9;&#13;&#xd;&#32;&#x41;", "é", "漢字", "\U0001f600\U0010fffd\ue000\ud7ff",
    "\u0085\u00a0\ufffd",
]  # fmt: skip
ODD = [
    b"\n", b"\t", b"\r", b"\0", b"\x1f", b"<", b"&", b"&;", b"&lt", b"&LT;", b"&nbsp;", b"&#;", b"&#x;", b"&#x0;", b"&#8;", b"&#128;", b"&#xe9;", b"&#X41;", b"&#00065;", b"&#x1F600;",
    b"\xff", b"\x80", b"\xc3", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf0\x9f\x98", b"\xf4\x8f\xbf\xbf", b"\x7f",
]  # fmt: skip
MARKS = [b'"', b"'", b"=", b" ", b"/>", b">", b"/", b' Id="', b' Id="1"', b' Ida="', b' Other="1"', b"</row>", b"<row", b"row", b"&amp;"]


def seen(rows):
    """The cells of each row that is plain, None for the others."""
    bounds = np.cumsum([0, *map(len, rows)])
    frame, plain = cells(b"".join(rows), bounds[:-1], np.diff(bounds), NAMES, NAMES)
    found = iter(frame.to_dicts())
    made = [{name: value for name, value in next(found).items() if value is not None} if one else None for one in plain]
    assert next(found, None) is None
    return made


def agree(rows):
    """How many of some rows are plain; those have the cells that they have alone."""
    made = seen(rows)
    for row, found in zip(rows, made, strict=True):
        assert found is None or found == attributes(row), row
    return sum(found is not None for found in made)


def plain_row(chance):
    names = chance.sample(NAMES, chance.randrange(len(NAMES) + 1))
    inside = "".join(f' {name}="{"".join(chance.choices(VALUES, k=3))}"' for name in names)
    return f"<row{inside}{chance.choice((' ', ''))}/>".encode()


def test_rows_as_dumps_have_them_are_plain():
    chance = random.Random(1)
    rows = [plain_row(chance) for _ in range(2000)]
    assert agree(rows) == len(rows)
    assert agree([b"<row/>", b"<row />"]) == 2
    assert agree([]) == 0


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("around", [(b"", b""), (b"a", b"b"), (b"\xc3\xa9", b"\xc3\xa9"), (b"&amp;", b"&lt;")])
def test_what_is_odd_in_a_value_is_not_plain(odd, around):
    rows = [b'<row Id="1" />', b'<row Id="' + odd.join(around) + b'" />', b'<row Id="' + odd.join(around) + b'" Body="2" />', b'<row Id="3" />']
    agree(rows)
    assert [made is not None for made in seen(rows)] == [True, False, False, True]


@pytest.mark.parametrize(
    "row",
    [
        b"", b"<", b"<row", b"<row ", b"<row /", b"<row>", b"<row />\n", b" <row />", b"<row  />", b"<rows />", b'<row Id="1"', b'<row Id="1', b'<row Id="', b"<row Id=", b'<row Id="1"/',
        b'<row Id="1" /> ', b'<row Id="1"></row>', b'<row Id="1"Ida="2" />', b'<row  Id="1" />', b'<row\tId="1" />', b"<row Id='1' />", b'<row Id ="1" />', b'<row Id="1" Id="2" />',
        b'<row Other="1" />', b'<row id="1" />', b'<row Id="1" x />', b'<row Id="1" / />', b'<row Id="1" />/>', b'<row Id="a&amp" />', b'<row Id="&#x4', b'<row Id="\xf0\x9f',
    ],
)  # fmt: skip
def test_other_rows_are_not_plain(row):
    assert seen([b"<row/>", row, b"<row/>"]) == [{}, None, {}]


def damaged(row, chance):
    for _ in range(chance.randrange(3)):
        at, size = chance.randrange(len(row) + 1), chance.randrange(3)
        row = row[:at] + chance.choice([*ODD, *MARKS, bytes([chance.randrange(256)]), b""]) + row[at + size :]
    return row


def test_a_damaged_row_that_is_plain_has_the_cells_that_it_has_alone():
    chance = random.Random(2)
    rows = [damaged(plain_row(chance), chance) for _ in range(20_000)]
    assert len(rows) // 3 < agree(rows) < len(rows)


# --- Tables of them ---

SITE, USERS = "example.org", {"7": "Ann", "8": " ", "9": "", "-1": "Bot"}
POST = {
    "Id": "1", "PostTypeId": "1", "AcceptedAnswerId": "3", "CreationDate": "2010-11-02T10:00:00.123", "Score": "-5", "ViewCount": "9", "Body": "<p>How &amp; why?</p>",
    "OwnerUserId": "7", "LastEditDate": "2011-01-02T03:04:05", "Title": "How?", "Tags": "|folding|maps|", "ClosedDate": "2012-01-01T00:00:00.000", "ContentLicense": "CC BY-SA 2.5",
}  # fmt: skip
COMMENT = {
    "Id": "7", "PostId": "3", "Score": "0", "Text": "*no*: <p>", "CreationDate": "2012-01-01T00:00:00.000", "UserDisplayName": "Ben", "UserId": "7", "ContentLicense": "CC BY-SA 2.5",
}  # fmt: skip
WORDS = [
    "", " ", "\u3000", "0", "2", "3", "9", "-1", "-", "+1", "٣", "1\n", "12345678901234567890", "7", "8", "x", "Ann", "2010-11-02T10:00:00.000", "2010-02-30T10:00:00.000", "2010-02-28T24:00:00", "2010-02-28T23:59:60",
    "0999-01-01T00:00:00", "2016-02-29T00:00:00.1", "2010-11-02T10:00:00.1234567", "2010-11-02", "2010-11-02T10:00:00Z", "<a><b-c>", "|a|b|", "||", "| a\u00a0b |", "x" * 3000, "é" * 300,
    "<p>a\nb</p>\n\n<ul><li>c</li></ul>", '<p><a href="/q/1">d</a> <img src="//i.example.org/a.png" alt="e"></p>', '<img src="x">', "<p></p>", "<blockquote>f</blockquote>", "<p>a</p>  <p>b</p>",
    '<a href="https://example.org/ü">g</a>', "&amp;lt; &#0; \ufffd",
]  # fmt: skip


def as_row(cells_):
    named = "".join(f" {name}={quoteattr(value, {chr(10): '&#xA;'})}" for name, value in cells_.items() if value is not None)
    return f"  <row{named} />\r\n".encode()


def spoilt(cells_, chance):
    """Cells of which some are gone or say something else; rarely, one is of no known column."""
    made = dict(cells_)
    for _ in range(chance.randrange(4)):
        made[chance.choice([*made, "OwnerDisplayName", "UserDisplayName", "ParentId", "Odd"])] = chance.choice([None, *WORDS])
    return made


def both(table, rows):
    """What comes of rows with and without looking at many at once, and how many posts came at once."""
    data = f"<{table}>\r\n".encode() + b"".join(rows) + f"</{table}>".encode()
    at_once = []

    def counted(*given):
        at_once.append(stackexchange.columns(*given))
        return at_once[-1]

    for without in (frozenset(), frozenset({"blockquote"})):
        context = Context(table, SITE, USERS, without)
        ways = [list(read(replace(stackexchange.READER, columns=way), data, 0, len(data), context, Limits())) for way in (counted, None)]
        for fast, slow in zip(*ways, strict=True):
            assert fast.refused == slow.refused
            assert fast.posts.schema == slow.posts.schema
            assert fast.posts.to_pylist() == slow.posts.to_pylist()
    return at_once[-1].num_rows, ways[0][0].posts.num_rows


@pytest.mark.parametrize(("table", "cells_"), [("posts", POST), ("comments", COMMENT), ("posts", POST | {"PostTypeId": "2", "ParentId": "1"})])
def test_plain_rows_are_read_at_once_and_others_as_alone(table, cells_):
    chance = random.Random(5)
    assert both(table, [as_row(cells_ | {"Id": str(number)}) for number in range(2400)]) == (2400, 2400)
    at_once, posts = both(table, [as_row(spoilt(cells_, chance)) for _ in range(2400)])
    assert 800 < at_once < posts < 2400


def test_few_rows_and_other_tables_are_read_one_by_one():
    row = as_row(POST)
    assert both("posts", [row] * 5) == (0, 5)
    assert both("users", [row] * 2400) == (0, 0)


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_of_which_a_form_is_asked_is_a_known_column_or_makes_a_row_odd(table):
    assert len(set(TABLES[table].columns)) == len(TABLES[table].columns)
    assert stackexchange.TABLES[table] <= set(TABLES[table].columns)
