"""A small file that comes to more than any memory when it is decoded gets an answer, and no memory is filled with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.release import open_release, opened
from threadcommons.release.opened import pieces
from threadcommons.release.tables import DataFile, judge_file
from threadcommons.schema import arrow_schema, with_features
from threadcommons.sources.table_pages import TooLarge

SOURCE = Path(__file__).parents[2] / "src"

#: Judges the files of a release with little address space, and says how much memory that took, in MB, and what it found.
CHILD = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from threadcommons.release import verify
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = verify(Path(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(after - before >> 10, sorted({finding.code for finding in found if "comes to more than" in finding.detail}))
"""


def swell(path, length, rows, *, every=1):
    """Put a file of posts in the place of another: every so many say the same long text, which stands in it once."""
    row = pq.read_table(path).slice(0, 1)
    schema, at = arrow_schema("row"), row.schema.get_field_index("text")
    ids = pa.array([f"post-office:{number:09d}" for number in range(rows)])
    which = pa.array([number % every > 0 for number in range(rows)]).cast(pa.int32())
    texts = pa.DictionaryArray.from_arrays(which, pa.array(["a" * length, "b"]))
    columns = [pa.concat_arrays([column.combine_chunks()] * rows) for column in row.columns]
    columns[0], columns[at] = ids, texts
    fields = [field.with_type(texts.type) if field.name == "text" else field for field in schema]
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    how = {"compression": "zstd", "store_schema": False, "dictionary_pagesize_limit": 1 << 30}
    with pq.ParquetWriter(path, table.schema, **how) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(with_features(schema).metadata)


def test_what_it_comes_to_is_found_out_without_it(copy, restate):
    path = copy / open_release(copy).files_of("posts")[0]["path"]
    swell(path, 8 << 20, 2_000)
    files = [
        file | {"rows": 2_000} if copy / file["path"] == path else file for file in open_release(copy).manifest["files"]
    ]
    restate(copy, files=files)
    assert path.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(copy)], capture_output=True, text=True, timeout=120, check=False,
        env={"PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    taken, codes = done.stdout.split(maxsplit=1)
    assert codes.strip() == "['release.schema-differs']"
    assert int(taken) < 1_500


@pytest.fixture
def long_texts(copy):
    """A file whose texts could come to 10 MB, and come to a fifth of that."""
    path = copy / open_release(copy).files_of("posts")[0]["path"]
    swell(path, 100_000, 100, every=5)
    return path


def test_rows_that_may_come_to_more_are_read_some_at_a_time_and_are_the_same(long_texts, monkeypatch):
    (whole,) = pieces(long_texts)
    read = []
    real = pq.ParquetFile.iter_batches

    def some(file, batch_size, **more):
        read.append(batch_size)
        return real(file, batch_size, **more)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", some)
    monkeypatch.setattr(opened, "BYTES_PER_GROUP", whole.nbytes + 1000)
    (same,) = pieces(long_texts)
    assert same.equals(whole)
    (at_once,) = read
    assert at_once * 100_000 <= whole.nbytes + 1000
    monkeypatch.setattr(opened, "BYTES_PER_GROUP", whole.nbytes - 1000)
    with pytest.raises(TooLarge):
        list(pieces(long_texts))


def test_columns_that_are_not_asked_for_do_not_count(long_texts, monkeypatch):
    monkeypatch.setattr(opened, "BYTES_PER_GROUP", 1 << 20)
    (ids,) = pieces(long_texts, ["id"])
    assert ids.num_rows == 100


def test_only_what_this_program_wrote_just_now_is_believed(copy, long_texts, monkeypatch):
    monkeypatch.setattr(opened, "BYTES_PER_GROUP", 1 << 20)
    manifest = open_release(copy).manifest
    stated = next(file for file in manifest["files"] if copy / file["path"] == long_texts) | {"rows": 100}
    file = DataFile(long_texts, stated, manifest["publish"], False, 7)
    assert [finding.code for finding in judge_file(file).findings] == ["release.schema-differs"]
    own = DataFile(long_texts, stated, manifest["publish"], False, 7, own=True)
    assert "release.schema-differs" not in {finding.code for finding in judge_file(own).findings}
