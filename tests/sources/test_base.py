"""What a cut accounts for, what a batch holds, and how a post becomes columns."""

import gc
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, base, open_export, options_problems, read, recognise
from threadcommons.sources.base import BOM, Cut, Reader, Refusal, judged, local_id, spans
from threadcommons.sources.posts import POSTS, posts_table

from .reading import accounted

POST = {"kind": "post", "markup": "plain", "text": "Soup."}


def some_cut():
    """Twelve bytes: `{{`, a record, blank, a record, `}`."""
    data = b"{{abc  defg}"
    return spans(0, len(data), [(2, 3), (7, 4)], data, {})


def test_every_byte_is_record_framing_or_blank():
    cut = some_cut()
    assert len(cut) == 2
    assert cut.framing.tolist() == [2, 0]
    assert cut.blank.tolist() == [0, 2]
    assert (cut.tail_framing, cut.tail_blank) == (1, 0)
    assert cut.unaccounted() == 0


LIES = {
    "a record too long": {"lengths": np.array([4, 4])},
    "a record too short": {"lengths": np.array([3, 3])},
    "a record elsewhere": {"offsets": np.array([2, 8])},
    "framing too much": {"framing": np.array([3, 0])},
    "blank forgotten": {"blank": np.array([0, 0])},
    "the tail forgotten": {"tail_framing": 0},
    "an end too far": {"stop": 13},
    "another start": {"start": 1},
    "records that overlap": {"offsets": np.array([2, 4])},
    "two lies that cancel out": {"lengths": np.array([4, 3])},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_cut_that_lies_is_found_out(lie):
    assert replace(some_cut(), **lie).unaccounted() > 0


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=10), st.integers(0, 80))
def test_spans_account_for_all_bytes_between_any_records(data, points, start):
    start = min(start, len(data))
    edges = sorted({point for point in points if start <= point <= len(data)})
    pieces = [(begin, end - begin) for begin, end in zip(edges[::2], edges[1::2], strict=False)]
    cut = spans(start, len(data), pieces, data, {})
    assert cut.unaccounted() == 0
    whole = cut.lengths.sum() + cut.framing.sum() + cut.blank.sum() + cut.tail_framing + cut.tail_blank
    assert whole == len(data) - start


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.lists(st.tuples(st.text(" \t\r\n,x", max_size=50), st.integers(0, 3)), max_size=9), st.text(" \n]", max_size=50))
def test_gaps_of_any_length_are_told_apart_byte_by_byte(gaps, tail):
    data, pieces = b"", []
    for gap, length in gaps:
        pieces.append((len(data) + len(gap), length))
        data += gap.encode() + b"r" * length
    cut = spans(0, len(data) + len(tail), pieces, data + tail.encode(), {})
    solid = [sum(not one.isspace() for one in gap) for gap in (*(gap for gap, _ in gaps), tail)]
    assert [*cut.framing.tolist(), cut.tail_framing] == solid
    assert [*cut.blank.tolist(), cut.tail_blank] == [len(gap) - n for gap, n in zip((*(gap for gap, _ in gaps), tail), solid, strict=True)]


def test_an_empty_range_is_a_cut_without_records():
    assert (len(spans(5, 5, [], b"", {})), spans(5, 5, [], b"", {}).unaccounted()) == (0, 0)


def empty(count):
    none = np.zeros(0, dtype=np.int64)
    return Cut(0, count, none, none, none, none)


@pytest.mark.parametrize("count", [1, 10])
def test_bytes_that_nobody_claims_are_counted(count):
    assert empty(count).unaccounted() == count


# -- ids ----------------------------------------------------------------------------------------------------------


def test_a_post_is_called_by_its_own_id_or_by_its_place():
    assert local_id("of-1", "ab" * 32, 7) == "of-1"
    assert local_id("", "ab" * 32, 7) == ""
    assert local_id(None, "ab" * 32, 7) == "ab" * 16 + "@7"


# -- columns ------------------------------------------------------------------------------------------------------


def test_posts_become_columns_of_the_declared_types():
    table = posts_table([POST, POST | {"created_at": "2024-05-06T07:08:09.1+02:00", "links": ["https://example.org"]}], [0, 4])
    assert table.schema == POSTS
    assert table["record"].to_pylist() == [0, 4]
    assert table["created_at"].to_pylist() == [None, datetime(2024, 5, 6, 5, 8, 9, 100_000, tzinfo=UTC)]
    assert table["links"].to_pylist() == [None, ["https://example.org"]]
    assert table["n_chars"].null_count == 2


def test_no_posts_become_the_same_columns():
    assert posts_table([], []).schema == POSTS


@pytest.mark.parametrize("text", ["", "\0", "🏳️‍🌈", "\U0010ffff", "a\r\nb", "\u2028", "\ufeff", "e\u0301"])
def test_text_is_exact(text):
    assert posts_table([POST | {"text": text}], [0])["text"].to_pylist() == [text]


TIMES = {
    "1000-01-01T00:00:00Z": datetime(1000, 1, 1, tzinfo=UTC),
    "2999-12-31T23:59:59.999999Z": datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "2024-02-29T23:59:59+14:00": datetime(2024, 2, 29, 9, 59, 59, tzinfo=UTC),
    "2024-01-01T00:00:00-12:00": datetime(2024, 1, 1, 12, tzinfo=UTC),
}


@pytest.mark.parametrize(("written", "meant"), TIMES.items())
def test_times_are_exact(written, meant):
    post = judged(POST | {"created_at": written})
    assert posts_table([post], [0])["created_at"].to_pylist() == [meant]


NO_TIMES = [
    "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T23:60:00Z", "2024-01-01T23:59:60Z",
    "2024-06-30T23:59:60Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+23:60", "0999-01-01T00:00:00Z",
    "2024-01-01t00:00:00z", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00Z\n",
]  # fmt: skip


@pytest.mark.parametrize("written", NO_TIMES)
def test_what_is_no_time_is_quarantined_before_it_reaches_a_column(written):
    outcome = judged(POST | {"created_at": written})
    if isinstance(outcome, Refusal):
        assert outcome.code in {"post.bad-format", "post.bad-pattern"}
        assert outcome.pointer == "/created_at"
    else:  # a leap second at a moment that has had one; then the column must take it
        assert written == "2024-06-30T23:59:60Z"
        posts_table([outcome], [0])


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.from_regex(r"[12][0-9]{3}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-][0-2][0-9]:[0-5][0-9])", fullmatch=True))
def test_a_time_that_the_contract_takes_fits_into_the_column(written):
    outcome = judged(POST | {"created_at": written})
    try:
        expected = datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        assert isinstance(outcome, Refusal)
    else:
        assert posts_table([outcome], [0])["created_at"].to_pylist() == [expected]


# -- refusals -----------------------------------------------------------------------------------------------------


def test_the_first_fault_is_named_and_the_others_are_counted():
    assert judged(POST) == POST
    refusal = judged({"text": 5})
    assert (refusal.fate, refusal.code, refusal.pointer) == ("quarantined", "post.missing-key", "/kind")
    assert refusal.detail.endswith("(and 2 more)")


def test_what_a_reader_refused_stays_refused():
    refusal = Refusal("excluded", "record.notice")
    assert judged(refusal) is refusal


def test_every_record_of_a_batch_is_a_post_or_refused():
    """A reader made for this test: letters are posts, digits are excluded, everything else breaks the contract."""

    def cut(data, start, stop, _limits):
        pieces = [(at, 1) for at in range(start, stop) if data[at : at + 1] not in {b" ", b"("}]
        yield spans(start, stop, pieces, data, {0: Refusal("quarantined", "record.too-long")})

    def parse(record, offset, context):
        if record.isdigit():
            return Refusal("excluded", "record.notice")
        return POST | {"text": f"{context}{offset}"} if record.isalpha() else {"text": "?"}

    reader = Reader("letters", "7", "", (), "", "", lambda _head: None, cut, parse)
    (batch,) = read(reader, b"a (b 1?c", 0, 8, "at ", Limits())
    assert reader.label == "letters/7"
    assert batch.posts["record"].to_pylist() == [1, 4]
    assert batch.posts["text"].to_pylist() == ["at 3", "at 7"]
    assert {index: refusal.code for index, refusal in batch.refused.items()} == {
        0: "record.too-long", 2: "record.notice", 3: "post.missing-key",
    }  # fmt: skip


# -- the table of readers -----------------------------------------------------------------------------------------


def test_every_reader_stands_under_its_own_name_and_says_what_it_does():
    for name, reader in READERS.items():
        assert reader.name == name
        assert reader.title
        assert reader.limits.endswith(".")
        assert reader.license_rule.endswith(".")
        assert reader.fills


def test_who_asks_for_one_reader_loads_no_other():
    program = (
        "import sys; from threadcommons.sources import READERS; sorted(READERS); READERS['jsonl']\n"
        "print(*(name for name in READERS if f'threadcommons.sources.{name.replace(chr(45), chr(95))}' in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["jsonl"]


def test_there_is_no_reader_without_a_name_in_the_table():
    with pytest.raises(KeyError):
        READERS["nothing"]
    assert "nothing" not in READERS
    made = {path.stem for path in Path(base.__file__).parent.glob("*.py") if "\nREADER = Reader(" in path.read_text()}
    assert {name.replace("-", "_") for name in READERS} >= made


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("data", [b"", BOM, b"\0", b"\n" * 50, b" ", b"\xff" * 100, b"{" * 2_000, b"<" * 2_000, b'"' * 2_000])
def test_no_reader_recognises_or_trips_over_what_is_none(name, data, tmp_path):
    path = tmp_path / "export.bin"
    path.write_bytes(data)
    assert name not in [reader.name for reader, _ in recognise(path)]


@pytest.mark.parametrize("data", [b"", b"x" * 100_000])
def test_an_export_is_opened_as_it_is(data, tmp_path):
    path = tmp_path / "export.bin"
    path.write_bytes(data)
    with open_export(Export("s", path.name, path, "", path.stat().st_size)) as (opened, size):
        assert size == len(data)
        assert opened[0:size] == data


def test_options_are_held_against_what_the_reader_has():
    reader = READERS["stackexchange"]
    assert options_problems(reader, {"site": "a.example.org"}) == []
    assert [option for option, _ in options_problems(reader, {})] == ["site"]
    assert [option for option, _ in options_problems(reader, {"site": 5, "sight": "x"})] == ["sight", "site"]
    assert options_problems(READERS["jsonl"], {}) == []


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only here the system tells what is mapped")
def test_what_was_read_of_a_file_is_let_go_of(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes((b"x" * 4095 + b"\n") * 24_576)  # three blocks of lines
    most, limits = 0, Limits(record_bytes=9)
    with open_export(Export("s", "lines", path, "0" * 64, path.stat().st_size)) as (data, size):
        for _ in accounted(READERS["jsonl"], data, limits=limits):
            most = max(most, mapped(path))
        assert data[:9] == b"x" * 9  # and can still be read
    assert 0 < most < size / 2


def mapped(path):
    """Bytes of a file that are in memory: libraries, which may be loaded meanwhile, are mapped files too."""
    told = Path("/proc/self/smaps").read_text(encoding="utf-8")
    found = re.findall(rf" {re.escape(str(path))}\n(?:[A-Za-z_]+: .*\n)*?Rss:\s*([0-9]+) kB", told)
    return sum(map(int, found)) * 1024


def test_a_file_at_which_garbage_looks_still_is_closed(tmp_path):
    """Whoever compiles a loop leaves circles that hold on to its arrays, and tasks work without the collector."""
    path = tmp_path / "lines"
    path.write_bytes(b"line")
    gc.disable()
    try:
        with open_export(Export("s", "lines", path, "0" * 64, 4)) as (data, _):
            circle = [np.frombuffer(data, np.uint8)]
            circle.append(circle)
            del circle
        assert data.closed
    finally:
        gc.enable()


def test_an_error_is_told_as_what_it_is_while_somebody_looks_at_the_file(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"line")
    held = []

    def fail():
        with open_export(Export("s", "lines", path, "0" * 64, 4)) as (data, _):
            held.append(np.frombuffer(data, np.uint8))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert held[0].tobytes() == b"line"
