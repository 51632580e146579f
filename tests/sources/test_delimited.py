"""Rows of delimited text: the same as a machine that looks at every byte finds, whatever the blocks are."""

from __future__ import annotations

import csv
import io
import itertools
import random

import pytest

from threadcommons.model import Limits
from threadcommons.sources import delimited
from threadcommons.sources.base import Refusal
from threadcommons.sources.cells import Layout, _split, cells_of, many_cells, split
from threadcommons.sources.delimited import cut_delimited, divide_delimited, whole_delimited

TWO = Layout(("a", "b"), header=False)


def plainly(data: bytes, layout: Layout) -> list[tuple[int, int, int | None]]:
    """Begin, end and number of cells of each row, byte by byte; None for a row whose quote stays open."""
    quote, delimiter = layout.quote.encode(), layout.delimiter.encode()
    rows, state, begin, cells, at = [], "start", 0, 1, 0
    while at < len(data):
        byte = data[at : at + 1]
        if state == "inside":
            state = "closed" if byte == quote else state
        elif state == "closed" and byte == quote:
            state = "inside"
        elif byte == delimiter:
            state, cells = "start", cells + 1
        elif byte == b"\n":
            rows.append((begin, at + 1, cells))
            begin, cells, state = at + 1, 1, "start"
        elif state == "start" and byte == quote:
            state = "inside"
        else:
            state = "plain"
        at += 1
        if at == len(data) and begin < at:
            if state != "inside":
                rows.append((begin, at, cells))
                break
            line = data.find(b"\n", begin)
            at = len(data) if line < 0 else line + 1
            rows.append((begin, at, None))
            begin, cells, state = at, 1, "start"
    return rows


def found(data: bytes, layout: Layout, most: int = 10**6) -> list[tuple[int, int, int | None]]:
    return [
        (begin, end, None if open_ else cells)
        for rows in delimited._rows(data, 0, len(data), layout, most)
        for begin, end, cells, open_ in zip(
            rows.begins.tolist(), rows.ends.tolist(), rows.cells.tolist(), rows.open.tolist(), strict=True
        )
    ]


def test_blocks_of_any_size_give_the_rows_that_every_byte_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20)
    for _ in range(6000):
        monkeypatch.setattr(delimited, "_BLOCK", chance.choice([1, 2, 3, 7, 16, 64, 4096]))
        letters = chance.choice([b'a,"\n', b'a,"\n\r ', b"ab,\n", b'"\n', b'",a'])
        data = bytes(chance.choices(letters, k=chance.randrange(40)))
        layout = Layout(("a", "b"), header=False, quote=chance.choice(['"', '"', '"', ""]))
        assert found(data, layout) == plainly(data, layout), (data, layout.quote)


def test_every_byte_is_accounted_for_whatever_the_limit_is() -> None:
    chance = random.Random(21)
    for _ in range(3000):
        data = bytes(chance.choices(b'ab,"\n\r \xef\xbb\xbf', k=chance.randrange(60)))
        layout = Layout(("a", "b"), header=chance.random() < 0.5)
        at = 0
        for part in cut_delimited(data, 0, len(data), Limits(record_bytes=chance.choice([3, 9, 99])), layout):
            assert (part.start, part.unaccounted()) == (at, 0)
            at = part.stop
        assert at == len(data)


def test_a_table_that_the_standard_library_writes_comes_back_cell_by_cell() -> None:
    chance = random.Random(22)
    rows = [["".join(chance.choices('ab" ,\n\r;\té', k=chance.randrange(9))) for _ in "ab"] for _ in range(400)]
    for delimiter, end in ((",", "\r\n"), (";", "\n"), ("\t", "\n")):
        # The library leaves a carriage return at the end of a line bare where lines end without one.
        rows = rows if end == "\r\n" else [[cell.replace("\r", "") for cell in row] for row in rows]
        lines = [written(row, delimiter, end) for row in rows]
        data = "".join(lines).encode()
        layout = Layout(("a", "b"), header=False, delimiter=delimiter)
        cells = [
            cells_of(data[at : at + size], layout)
            for part in cut_delimited(data, 0, len(data), Limits(), layout)
            for at, size in zip(part.offsets.tolist(), part.lengths.tolist(), strict=True)
        ]
        # A row of nothing but blanks belongs to nobody.
        assert cells == [row for row, line in zip(rows, lines, strict=True) if line.strip(" \t\r\n")]
        assert len(cells) > 350


def written(row: list[str], delimiter: str, end: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerow(row)
    return out.getvalue()


def outcomes(data: bytes, layout: Layout, most: int = 1000) -> list[tuple[bytes, str]]:
    """Each record with the code of what refuses it, or nothing."""
    return [
        (data[at : at + size], part.refused[index].code if index in part.refused else "")
        for part in cut_delimited(data, 0, len(data), Limits(record_bytes=most), layout)
        for index, (at, size) in enumerate(zip(part.offsets.tolist(), part.lengths.tolist(), strict=True))
    ]


def test_the_row_that_names_the_columns_is_framing() -> None:
    data = b"\xef\xbb\xbf\r\na,b\r\n1,2\r\n"
    assert outcomes(data, Layout(("a", "b"))) == [(b"1,2", "")]
    part = next(cut_delimited(data, 0, len(data), Limits(), Layout(("a", "b"))))
    assert (part.framing.tolist(), part.blank.tolist()) == ([6], [4])


def test_another_first_row_is_a_row() -> None:
    assert outcomes(b"b,a\n1,2\n", Layout(("a", "b"))) == [(b"b,a", ""), (b"1,2", "")]


def test_a_quote_that_is_not_closed_spoils_its_line_and_no_other() -> None:
    data = b'1,"open\n2,x\n3,y\n'
    assert outcomes(data, TWO) == [(b'1,"open', "record.csv-syntax"), (b"2,x", ""), (b"3,y", "")]
    # Within the longest record allowed, what closes it may stand anywhere.
    closed = b'1,"open\n2,x"\n3,y\n'
    assert outcomes(closed, TWO) == [(b'1,"open\n2,x"', ""), (b"3,y", "")]
    assert outcomes(closed, TWO, most=10) == [(b'1,"open', "record.csv-syntax"), (b'2,x"', ""), (b"3,y", "")]


def test_a_line_end_inside_of_text_does_not_cut_a_post_short() -> None:
    """What stands before a line that is no row may go on there: half a text is never read as a whole one."""
    assert outcomes(b"1,two\nlines\n3,z\n", TWO) == [
        (b"1,two", "record.torn-row"),
        (b"lines", "record.bad-row"),
        (b"3,z", ""),
    ]


def test_the_torn_row_is_seen_across_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BATCH_RECORDS", 1)
    assert [code for _, code in outcomes(b"1,two\nlines\n3,z\n", TWO)] == ["record.torn-row", "record.bad-row", ""]


def test_rows_of_other_widths_and_lengths_are_refused() -> None:
    assert outcomes(b"1,2,3\n4,5\n", TWO) == [(b"1,2,3", "record.bad-row"), (b"4,5", "")]
    assert outcomes(b"1," + b"x" * 50 + b"\n4,5\n", TWO, most=20)[0][1] == "record.too-long"


def test_a_file_is_divided_where_rows_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "RANGE_BYTES", 40)
    monkeypatch.setattr(delimited, "_BLOCK", 16)
    data = b"a,b\n" + b'1,"x\ny"\nz,w\ntorn\n' * 30
    layout = Layout(("a", "b"))
    points = divide_delimited(data, len(data), layout, 1000)
    assert len(points) > 5
    whole = outcomes(data, layout)
    ranged = [
        (data[at : at + size], part.refused[index].code if index in part.refused else "")
        for begin, end in itertools.pairwise(points)
        for part in cut_delimited(data, begin, end, Limits(record_bytes=1000), layout)
        for index, (at, size) in enumerate(zip(part.offsets.tolist(), part.lengths.tolist(), strict=True))
    ]
    assert ranged == whole


def test_what_is_whole_in_a_buffer_stays_so_when_more_comes() -> None:
    chance = random.Random(23)
    for _ in range(3000):
        data = bytes(chance.choices(b'ab,"\n', k=chance.randrange(50)))
        at = chance.randrange(len(data) + 1)
        whole = whole_delimited(data[:at], TWO, 12)
        assert whole <= at
        first = outcomes(data[:whole], TWO, most=12)
        assert outcomes(data, TWO, most=12)[: len(first)] == first, (data, at)


@pytest.mark.parametrize(
    ("row", "layout", "code"),
    [
        (b"a\0,b", TWO, "record.nul"),
        (b"\xff,b", TWO, "record.invalid-utf8"),
        (b"\x81,b", Layout(("a", "b"), encoding="cp1252"), "record.bad-encoding"),
        (b'"a"x,b', TWO, "record.csv-syntax"),
    ],
)
def test_a_broken_row_says_why(row: bytes, layout: Layout, code: str) -> None:
    refused = cells_of(row, layout)
    assert isinstance(refused, Refusal)
    assert (refused.fate, refused.code) == ("quarantined", code)


def test_cells_are_those_that_were_written() -> None:
    assert cells_of(b'"a ""b""\r\nc",5" d', TWO) == ['a "b"\r\nc', '5" d']
    assert cells_of("é,ü".encode("latin-1"), Layout(("a", "b"), encoding="latin-1")) == ["é", "ü"]
    escaped = Layout(("a", "b"), delimiter="\t", quote="", escaped=True)
    assert cells_of(rb"a\nb\\n" + b"\t" + rb"\N", escaped) == ["a\nb\\n", ""]
    assert cells_of(b'"x",a\rb', TWO) == ["x", "a\rb"]


def test_both_ways_to_split_a_row_agree() -> None:
    chance = random.Random(24)
    for _ in range(3000):
        text = "".join(chance.choices('ab,"', k=chance.randrange(14)))
        try:
            plain = next(csv.reader((text,), strict=True), [""])
        except csv.Error:
            plain = None
        if text:
            assert split(text, TWO) == plain == _split(text, TWO)


def test_many_rows_at_once_are_the_same_rows_or_none() -> None:
    chance = random.Random(25)
    for layout in (
        TWO,
        Layout(("a", "b"), quote=""),
        Layout(("a", "b"), encoding="cp1252"),
        Layout(("a", "b"), quote="", escaped=True),
    ):
        rows = [bytes(chance.choices(b'ab,"\r\\n\0\xe9\x81', k=chance.randrange(1, 12))) for _ in range(2000)]
        together = many_cells(rows, layout)
        assert len(together) == len(rows)
        assert all(cells is None or cells == cells_of(row, layout) for row, cells in zip(rows, together, strict=True))
        assert sum(cells is not None for cells in together) > 100
