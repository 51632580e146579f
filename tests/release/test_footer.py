"""Footers of data files that contradict themselves: a release with one gets an answer, and no process ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.release import open_release
from threadcommons.release.footer import opened_file
from threadcommons.sources.table_footer import footer_of, row_groups
from threadcommons.sources.thrift import Thrift

#: Sizes of a column by levels, as field 16 of what a footer says of it: five numbers where there is one level.
_SIZES = 16
_LIE = b"\x39\x56" + b"\x02" * 5 + b"\x00"


def _places(footer):
    """(begin, end, last field before) of what is said of each column's sizes; an empty place where nothing is said."""
    found = []

    def column(thrift):
        last, place = 0, None
        for number, kind in thrift.fields():
            begin = thrift.at
            thrift.skip(kind)
            if number == _SIZES:
                place = (begin, thrift.at, _SIZES)
            last = number if number < _SIZES else last
        found.append(place or (thrift.at - 1, thrift.at - 1, last))

    def chunk(thrift):
        for number, kind in thrift.fields():
            column(thrift) if number == 3 else thrift.skip(kind)

    def group(thrift):
        for number, kind in thrift.fields():
            thrift.structures(chunk) if number == 1 else thrift.skip(kind)

    thrift = Thrift(footer)
    for number, kind in thrift.fields():
        thrift.structures(group) if number == 4 else thrift.skip(kind)
    return found


def lying(data):
    """The file, with sizes of columns that cannot be."""
    footer = footer_of(io.BytesIO(data))
    body = data[: -8 - len(footer)]
    for begin, end, last in reversed(_places(footer)):
        head = b"" if last == _SIZES else bytes([_SIZES - last << 4 | 12])
        footer = footer[:begin] + head + _LIE + footer[end:]
    return body + footer + len(footer).to_bytes(4, "little") + data[-4:]


#: Does with the release that it is given what its first argument says, and prints the answer.
CHILD = """
import sys
from pathlib import Path
from threadcommons.errors import BadRelease
from threadcommons.release import load, verify
what, release = sys.argv[1], Path(sys.argv[2])
try:
    if what == "verify":
        print(sorted({finding.code for finding in verify(release)}))
    else:
        load(release, streaming=what == "stream")
except BadRelease as error:
    print("BadRelease")
"""

#: The broken twin: Arrow itself is asked for each column of the file that it is given.
ARROW = """
import sys
import pyarrow.parquet as pq
metadata = pq.ParquetFile(sys.argv[1]).metadata
[metadata.row_group(number).column(index) for number in range(metadata.num_row_groups) for index in range(metadata.num_columns)]
"""


def child(program, *arguments):
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False, env=os.environ)


@pytest.fixture
def forged(copy, restate):
    """A release with such a footer in a file of its posts, which its manifest and bag are told of; and that file."""
    path = copy / open_release(copy).files_of("posts")[0]["path"]
    path.write_bytes(lying(path.read_bytes()))
    restate(copy)
    return copy, path


@pytest.mark.parametrize(("what", "answer"), [("verify", "['release.file-differs']"), ("load", "BadRelease"), ("stream", "BadRelease")])
def test_a_crafted_footer_gets_an_answer(forged, what, answer, tmp_path):
    release, path = forged
    assert child(ARROW, path).returncode < 0, "there is nothing wrong with the footer"
    done = child(CHILD, what, release)
    assert (done.returncode, done.stdout.strip()) == (0, answer), done.stderr[-500:]


def test_nulls_are_counted_as_arrow_counts_them(package):
    counted = 0
    for file in open_release(package.release).manifest["files"]:
        with opened_file(package.release / file["path"]) as (parquet, groups):
            for number, group in enumerate(groups):
                chunks = [parquet.metadata.row_group(number).column(index) for index in range(parquet.metadata.num_columns)]
                assert [chunk.nulls for chunk in group.chunks] == [chunk.statistics.null_count if chunk.is_stats_set else None for chunk in chunks]
                counted += sum(chunk.nulls is not None for chunk in group.chunks)
    assert counted > 100


def written(**how):
    out = io.BytesIO()
    pq.write_table(pa.table({"a": ["x"] * 9, "b": range(9)}), out, **how)
    return out.getvalue()


def refooted(data, change):
    """The file with another footer."""
    footer = footer_of(io.BytesIO(data))
    changed = change(footer)
    return data[: -8 - len(footer)] + changed + len(changed).to_bytes(4, "little") + data[-4:]


GOOD = written()
#: What `opened_file` must not give to anybody.
BAD = {
    "nothing": b"",
    "marks alone": b"PAR1PAR1",
    "a footer longer than the file": GOOD[:-8] + b"\xff\xff\xff\x7fPAR1",
    "no footer": GOOD[:-8] + bytes(4) + b"PAR1",
    "an encrypted one": GOOD[:-4] + b"PARE",
    "bytes gone before the footer": GOOD[:4] + GOOD[-8 - len(footer_of(io.BytesIO(GOOD))) :],
    "a footer of something else": refooted(GOOD, lambda _: b"\x1c" * 99),
    "no row groups": refooted(GOOD, lambda footer: footer.replace(b"\x19\x1c\x19\x2c", b"\x19\x0c\x19\x2c", 1)),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("as_stream", [True, False])
def test_what_is_no_whole_file_is_refused(name, as_stream, tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(BAD[name])
    with pytest.raises((ValueError, OSError, pa.ArrowException)), opened_file(io.BytesIO(BAD[name]) if as_stream else path):
        pass


def test_a_footer_longer_than_most_is_read_whole():
    data = _of_many_columns()
    assert len(footer_of(io.BytesIO(data))) > 1 << 16
    with opened_file(io.BytesIO(data)) as (file, groups):
        assert file.read().num_rows == sum(group.rows for group in groups) == 2


def _of_many_columns():
    out = io.BytesIO()
    pq.write_table(pa.table({f"column {number}": [1, 2] for number in range(900)}), out)
    return out.getvalue()


def test_a_count_of_nulls_below_none_is_no_count():
    data = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": ["x", None]}), data)
    footer = footer_of(io.BytesIO(data.getvalue().to_pybytes()))
    (group,) = row_groups(footer)
    assert group.chunks[0].nulls == 1
    # Field 3 of the statistics, a number of 64 bits: one, written as 2; minus one is written as 1.
    assert footer.count(b"\x36\x02\x28") == 1
    (group,) = row_groups(footer.replace(b"\x36\x02\x28", b"\x36\x01\x28"))
    assert group.chunks[0].nulls is None
