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

SUITE = Path(__file__).resolve().parents[2].parent / "shared/suites/parquet-testing"
TABLE = pa.table({
    "id": [f"g{n}" for n in range(50)], "body": ["Soup " * (n % 7) for n in range(50)], "at": [datetime(2024, 1, 1 + n % 28, tzinfo=UTC) for n in range(50)],
    "tags": [["a"] * (n % 3) for n in range(50)], "who": [{"name": None, "old": n} for n in range(50)], "none": pa.nulls(50),
})  # fmt: skip
WAYS = [
    {}, {"compression": "zstd", "row_group_size": 7}, {"compression": "none", "use_dictionary": False, "write_statistics": False},
    {"data_page_version": "2.0", "write_page_index": True, "write_page_checksum": True}, {"version": "1.0", "row_group_size": 1}, {"store_schema": False, "column_encoding": {"body": "DELTA_BYTE_ARRAY"}, "use_dictionary": False},
]  # fmt: skip


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
    return Chunk(start, column.total_compressed_size, column.total_uncompressed_size)


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
    files = list(lying())[::5]
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
