from __future__ import annotations

import json
import shutil

import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons.build import derive
from threadcommons.errors import BadRelease, NotFound
from threadcommons.release import open_release, trace


def rows_of(release):
    return open_release(release).frame("posts", ["id", "source", "release", "parent_state", "merged_from", "kind"])


#: Letters of which others stand for all that is theirs: licences, languages, authors and places come again by turns.
LIKE_OTHERS = {f"post-office:p{number}" for number in [*range(20, 30), *range(35, 50)]}


def test_every_row_is_what_its_bytes_say(package):
    for row in rows_of(package.release).filter(~pl.col("id").is_in(LIKE_OTHERS)).iter_rows(named=True):
        export = package.thread if row["source"] == "square" else None
        found = trace(package.release, row["id"], root=package.root, export=export, derive=derive)
        assert found.same, f"{row['id']}: {found.differing}"
        assert found.verdict == "same"


def test_the_record_is_cut_from_the_export(package):
    found = trace(package.release, "post-office:p3", root=package.root, derive=derive)
    raw = (package.root / "raw" / "letters" / "letters.jsonl").read_bytes()
    assert found.record == raw[found.span.offset : found.span.stop]
    assert json.loads(found.record)["native_id"] == "p3"


def test_columns_say_where_their_value_came_from(package):
    columns = trace(package.release, "post-office:p12", root=package.root, derive=derive).columns
    by_release = {name for name, compared in columns.items() if compared.origin == "release"}
    assert {"conversation_id", "parent_state", "position", "merged_from", "row_sha256"} <= by_release
    assert {"text", "text_sha256", "id", "source_offset", "n_chars"}.isdisjoint(by_release)


def test_a_withheld_record_is_never_printed(package):
    withheld = trace(package.release, "post-office:p3", root=package.root, derive=derive)
    published = trace(package.release, "post-office:p2", root=package.root, derive=derive)
    assert "record" in published.as_dict()
    told = json.dumps(withheld.as_dict()) + repr(withheld) + str(withheld)
    assert "record" not in withheld.as_dict()
    assert "Remark" not in told


def test_without_the_export_it_says_what_is_needed(package):
    row = rows_of(package.release).filter(pl.col("source") == "square")["id"][0]
    found = trace(package.release, row, root=package.root, derive=derive)
    assert (found.record, found.same, found.verdict) == (None, False, "not at hand")
    assert "square/thread.txt" in found.needs
    assert found.export_sha256 in found.needs
    assert not found.differing


def test_another_file_is_not_taken_for_the_export(package, tmp_path):
    other = tmp_path / "thread.txt"
    other.write_bytes(package.thread.read_bytes() + b"\n")
    row = rows_of(package.release).filter(pl.col("source") == "square")["id"][0]
    for tools in ({"root": package.root, "derive": derive}, {}):
        with pytest.raises(NotFound, match="the row did not come from this file"):
            trace(package.release, row, export=other, **tools)


def test_a_changed_export_is_not_at_hand(package, tmp_path):
    root = tmp_path / "package"
    shutil.copytree(package.root, root)
    path = root / "raw" / "letters" / "letters.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Remark 2 ", b"Remark two"))
    for tools in ({}, {"derive": derive}):
        found = trace(package.release, "post-office:p2", root=root, **tools)
        assert (found.record, found.verdict) == (None, "not at hand")
        assert found.needs


@pytest.mark.parametrize("left", [None, b"other words"])
def test_who_holds_a_stored_export_that_the_package_lost_can_name_it(package, tmp_path, left):
    root = tmp_path / "package"
    shutil.copytree(package.root, root)
    path = root / "raw/letters/letters.jsonl"
    held = path.rename(tmp_path / "held.jsonl")
    if left is not None:
        path.write_bytes(left)
    found = trace(package.release, "post-office:p2", root=root, derive=derive)
    assert (found.record, found.verdict) == (None, "not at hand")
    assert trace(package.release, "post-office:p2", root=root, export=held, derive=derive).verdict == "same"
    with pytest.raises(NotFound, match="not here as it is declared"):
        derive(root, "letters", "letters.jsonl", 0, 10)


def test_no_row_no_trace(package):
    with pytest.raises(NotFound, match="no row has the id"):
        trace(package.release, "post-office:p999", root=package.root, derive=derive)


def test_what_is_no_release_is_refused(tmp_path):
    with pytest.raises(BadRelease):
        trace(tmp_path, "x", root=tmp_path, derive=derive)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "not what was said"),
        ("license", "CC0-1.0"),
        ("position", 3),
        ("parent_state", "deleted"),
        ("merged_from", ["x"]),
    ],
)
def test_a_lie_shows_in_its_column_and_in_the_proof(package, copy, column, value):
    release = open_release(copy)
    for file in release.files_of("posts"):
        table = pq.read_table(copy / file["path"])
        at = table["id"].index("post-office:p2").as_py()
        if at >= 0:
            rows = table.to_pylist()
            rows[at][column] = value
            pq.write_table(
                type(table).from_pylist(rows, schema=table.schema), copy / file["path"], write_page_checksum=True
            )
    found = trace(copy, "post-office:p2", root=package.root, derive=derive)
    assert not found.same
    assert column in found.differing
