"""Footers of Parquet: the same places that Arrow tells of, and no process ends for what a footer says."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.model import Limits
from threadcommons.sources import READERS, read, reader_for
from threadcommons.sources.table_footer import Chunk, Group, row_groups
from threadcommons.sources.table_pages import ROOM, TooLarge, rows_at_once

SUITE = Path(__file__).resolve().parents[2].parent / "shared/suites/parquet-testing"
TABLE = pa.table({
    "id": [f"g{n}" for n in range(50)], "body": ["Soup " * (n % 7) for n in range(50)], "at": [datetime(2024, 1, 1 + n % 28, tzinfo=UTC) for n in range(50)],
    "tags": [["a"] * (n % 3) for n in range(50)], "who": [{"name": None, "old": n} for n in range(50)], "none": pa.nulls(50),
})  # fmt: skip
WAYS = [
    {}, {"compression": "zstd", "row_group_size": 7}, {"compression": "none", "use_dictionary": False, "write_statistics": False},
    {"data_page_version": "2.0", "write_page_index": True, "write_page_checksum": True}, {"version": "1.0", "row_group_size": 1}, {"store_schema": False, "column_encoding": {"body": "DELTA_BYTE_ARRAY"}, "use_dictionary": False},
]  # fmt: skip


CODECS = {"UNCOMPRESSED": 0, "SNAPPY": 1, "GZIP": 2, "BROTLI": 4, "LZ4": 5, "ZSTD": 6, "LZ4_RAW": 7}


def written(**how):
    out = io.BytesIO()
    pq.write_table(TABLE, out, **how)
    return out.getvalue()


def footer(data):
    return data[-8 - int.from_bytes(data[-8:-4], "little") : -8]


def as_arrow_says(data):
    """The same from Arrow, for files that are known to be sound."""
    metadata = pq.ParquetFile(io.BytesIO(data)).metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return [Group(group.num_rows, [_chunk(group.column(index)) for index in range(group.num_columns)]) for group in groups]


def _chunk(column):
    start = min(column.data_page_offset, column.dictionary_page_offset or column.data_page_offset)
    nulls = column.statistics.null_count if column.is_stats_set and column.statistics.has_null_count else None
    return Chunk(start, column.total_compressed_size, column.total_uncompressed_size, column.path_in_schema.partition(".")[0], CODECS[column.compression], column.num_values, nulls)


@pytest.mark.parametrize("how", WAYS, ids=str)
def test_groups_and_chunks_are_those_that_arrow_tells_of(how):
    data = written(**how)
    assert row_groups(footer(data)) == as_arrow_says(data) != []


@pytest.mark.skipif(not SUITE.is_dir(), reason="the suite of Parquet files lies outside the repository")
def test_damaged_files_of_other_programs_have_the_same_places():
    seen = 0
    for path in sorted(SUITE.rglob("*.parquet")):
        data = path.read_bytes()
        try:
            pq.ParquetFile(io.BytesIO(data))
            found = row_groups(footer(data))
        except (pa.ArrowException, OSError, ValueError):
            continue
        assert found == as_arrow_says(data), path.name
        seen += 1
    assert seen > 4


def test_a_footer_cut_anywhere_is_none_or_shorter():
    data = footer(written())
    for size in range(len(data)):
        with pytest.raises(ValueError, match=r"footer ends|no number|of kind|something else|where it lies"):
            row_groups(data[:size])


@pytest.mark.parametrize("data", [b"\xff" * 99, b"\x1c" * 4000, b"\x19\xfc\xff\xff\xff\xff\x0f", b"\x0f", b"\x49\x1c\x00", b"\x49\x1c\x36\x01\x00\x00"], ids=repr)
def test_nonsense_is_refused(data):
    with pytest.raises(ValueError, match=r"."):
        row_groups(data)


# -- pages ----------------------------------------------------------------------------------------------------------


def at_once(table, columns=("body",), **how):
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    data = out.getvalue()
    return [rows_at_once(data, group, columns) for group in row_groups(footer(data))]


ROWS = 200
FILL = pa.array([(n * 2654435761) % 2**61 for n in range(ROWS)])


def test_ordinary_rows_are_decoded_many_at_once():
    (most,) = at_once(TABLE)
    assert most > 100_000
    assert at_once(TABLE, columns=("id", "body", "at", "tags", "who", "none"))[0] > 10_000


@pytest.mark.parametrize("length", [1_000, 200_000])
@pytest.mark.parametrize(
    "how",
    [{}, {"use_dictionary": False}, {"use_dictionary": False, "column_encoding": {"body": "DELTA_BYTE_ARRAY"}}, {"use_dictionary": False, "column_encoding": {"body": "DELTA_LENGTH_BYTE_ARRAY"}}, {"data_page_version": "2.0"}],
    ids=str,
)  # fmt: skip
def test_what_is_decoded_at_once_fits_into_the_room(length, how):
    (most,) = at_once(pa.table({"body": ["x" * length] * ROWS, "fill": FILL}), compression="zstd", **how)
    assert 1 <= most <= max(1, ROOM // length)


def test_a_page_beyond_all_measure_is_refused():
    with pytest.raises(TooLarge, match="a page of"):
        at_once(pa.table({"body": ["x" * (65 << 20)], "fill": [1]}), compression="zstd", use_dictionary=False)


def test_a_row_of_endless_items_is_refused():
    with pytest.raises(TooLarge, match="values"):
        at_once(pa.table({"body": pa.array([[None] * (17 << 20)], pa.list_(pa.string()))}), compression="zstd")


def test_pages_that_cannot_be_told_apart_are_not_read():
    data = bytearray(written(compression="none"))
    groups = row_groups(footer(bytes(data)))
    data[groups[0].chunks[1].start] = 0xFF
    with pytest.raises(ValueError, match=r"."):
        rows_at_once(bytes(data), groups[0], ["body"])
    assert rows_at_once(bytes(data), groups[0], ["id"]) > 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes through /proc")
def test_bombs_take_a_bounded_memory_and_are_read_to_their_end():
    """Posts of a file of some kilobytes that say 180 MB; the broken twin decodes all of them at once."""
    body = pa.DictionaryArray.from_arrays(pa.array([0] * 600, pa.int32()), ["x" * 300_000])
    out = io.BytesIO()
    pq.write_table(pa.table({"body": body, "fill": pa.array(range(600))}), out, compression="zstd", store_schema=False)
    done = [subprocess.run([sys.executable, "-c", PEAK % room], input=out.getvalue(), capture_output=True, check=True) for room in (ROOM, 1 << 40)]
    (posts, bounded), (_, boundless) = [tuple(map(int, one.stdout.split())) for one in done]
    assert len(out.getvalue()) < 100_000
    assert posts == 600
    assert bounded < 450
    assert boundless > bounded + 400


#: Prints how many posts there are in the file on the standard input, and the most memory that it took, in MB.
PEAK = """
import re, sys
from pathlib import Path
from threadcommons.model import Limits
from threadcommons.sources import read, reader_for, table_pages, table_parquet
table_pages.ROOM = table_parquet.ROOM = %d
reader = reader_for("table", {"layout": "parquet", "mapping": {"text": "body"}})
data = sys.stdin.buffer.read()
posts = sum(batch.posts.num_rows for batch in read(reader, data, 0, len(data), None, Limits()))
print(posts, int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_a_row_that_is_too_long_is_refused_and_no_other():
    out = io.BytesIO()
    pq.write_table(pa.table({"body": ["a", "b" * 5000, "c"], "fill": [1, 2, 3]}), out)
    data = out.getvalue()
    reader = reader_for("table", {"layout": "parquet", "mapping": {"text": "body"}})
    (batch, _) = read(reader, data, 0, len(data), None, Limits(record_bytes=1000))
    assert batch.posts["text"].to_pylist() == ["a", "c"]
    assert {index: refusal.code for index, refusal in batch.refused.items()} == {1: "record.too-long"}


# -- what Arrow ends a process for ----------------------------------------------------------------------------------


#: A footer in which one histogram of sizes has a number too many: what Arrow ends the process for.
def lying():
    data = bytearray(written(compression="none"))
    begin = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    for at in range(begin, len(data) - 8):
        for value in (0x19, 0x29, 0x16, 0x26, 0x18, 0x28):
            changed = data[:at] + bytes([value]) + data[at + 1 :]
            yield bytes(changed)


#: Reads every file that follows on its standard input, each after its length; prints how many there were.
CHILD = """
import sys
from threadcommons.model import Limits
from threadcommons.sources import read, reader_for
reader = reader_for("table", {"layout": "parquet", "mapping": {"text": "body", "native_id": "id"}})
count = 0
while head := sys.stdin.buffer.read(8):
    data = sys.stdin.buffer.read(int.from_bytes(head, "little"))
    lost = sum(batch.cut.unaccounted() for batch in read(reader, data, 0, len(data), None, Limits()))
    assert lost == 0
    count += 1
print(count)
"""


def test_no_footer_ends_the_process():
    files = list(lying())[::13]
    sent = b"".join(len(data).to_bytes(8, "little") + data for data in files)
    done = subprocess.run([sys.executable, "-c", CHILD], input=sent, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"%d\n" % len(files)), done.stderr[-500:]


def test_there_is_such_a_footer():
    """The broken twin: asked for every column, Arrow does end the process for one of these files."""
    loop = """
import io, sys
import pyarrow as pa, pyarrow.parquet as pq
while head := sys.stdin.buffer.read(8):
    data = sys.stdin.buffer.read(int.from_bytes(head, "little"))
    try:
        metadata = pq.ParquetFile(io.BytesIO(data)).metadata
        for number in range(metadata.num_row_groups):
            [metadata.row_group(number).column(index) for index in range(metadata.num_columns)]
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError, IndexError):
        pass
"""
    sent = b"".join(len(data).to_bytes(8, "little") + data for data in lying())
    done = subprocess.run([sys.executable, "-c", loop], input=sent, capture_output=True, check=False)
    assert done.returncode < 0


def test_a_group_that_promises_fewer_rows_than_none_is_no_table():
    reader = reader_for("table", {"layout": "parquet", "mapping": {"text": "body"}})
    assert reader.name == READERS["table"].name
    (batch,) = read(reader, b"PAR1" + b"\x49\x1c\x36\x01\x00\x00" + (6).to_bytes(4, "little") + b"PAR1", 0, 18, None, Limits())
    assert [refusal.code for refusal in batch.refused.values()] == ["record.not-this-format"]
