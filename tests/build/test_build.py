"""The line as a whole: conservation, withholding, immutability, and work that is done once."""

import hashlib
import os
from dataclasses import replace

import polars as pl
import pytest

from threadcommons.build import build, columns, read_task, run, write_task
from threadcommons.describe import render_all
from threadcommons.errors import BadRelease, BadSources, BadUsage, ThreadCommonsError, Unbalanced, VersionExists
from threadcommons.findings import Finding, Place

from .conftest import post


def digests(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def everything(folder):
    """All bytes of a release with every Parquet value written out: what a search of it would see."""
    plain = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    tables = (str(pl.read_parquet(path).to_dicts()) for path in sorted(folder.rglob("*.parquet")))
    return plain + "".join(tables).encode()


def test_every_byte_and_every_record_is_accounted_for(small):
    manifest = small.build().manifest
    for export in manifest["exports"]:
        size = (small.root / "raw" / export["source"] / export["file"]).stat().st_size
        assert export["record_bytes"] + export["framing_bytes"] + export["blank_bytes"] == size
        assert sum(export["fates"].values()) == export["records"]
    ledger = small.table("ledger")
    assert len(ledger) == manifest["counts"]["records"] == sum(manifest["fates"].values()) == 12
    assert manifest["fates"] == {"duplicate": 1, "excluded": 1, "quarantined": 4, "row": 3, "withheld": 3}


def test_each_record_has_the_fate_and_the_code_that_it_deserves(small):
    small.build()
    found = {(row["source"], row["offset"]): (row["fate"], row["code"]) for row in small.table("ledger").to_dicts()}
    assert {fate for fate in found.values() if fate[0] != "row"} == {
        ("duplicate", None),
        ("excluded", "quality.empty"),
        ("quarantined", "id.conflict"),
        ("quarantined", "record.duplicate-key"),
        ("quarantined", "record.json-syntax"),
        ("quarantined", "record.truncated"),
        ("withheld", "license.carries-withheld"),
        ("withheld", "license.class-not-published"),
        ("withheld", "license.missing"),
    }


def test_nothing_of_what_is_withheld_stands_anywhere_in_the_release(small):
    release = small.build().path
    seen = everything(release)
    for word in (b"nobody licensed", b"Secret heading", b"Nobody Named", b"secret-profile", b"not for sale"):
        assert word not in seen
    assert b"Past the mill." in seen
    rows = small.table().filter(pl.col("release") == "withheld")
    assert rows.select("text", "title", "author", "attribution", "rights_holder").null_count().row(0) == (3,) * 5
    assert rows["text_sha256"].to_list().count(hashlib.sha256(b"Words that nobody licensed.").hexdigest()) == 1


def test_the_search_would_find_a_title_that_was_let_through(small, monkeypatch):
    """The broken twin of the test above: withholding that forgets the title and is not checked afterwards."""
    words = tuple(name for name in columns._CARRIES_WORDS if name != "title")
    monkeypatch.setattr(columns, "_CARRIES_WORDS", words)
    seen = everything(build(small.root, render=render_all, verify=lambda _path: []).path)
    assert b"Secret heading" in seen


def test_names_stand_only_where_a_licence_asks_for_credit(small):
    rows = {row["native_id"]: row for row in small.build() and small.table().to_dicts()}
    assert rows["a"]["author"] is None
    assert rows["b"]["author"] == "Bo of the tests"
    assert "Bo of the tests" in rows["c"]["attribution"]
    assert "Ada of the tests" not in str(small.table("credits").to_dicts())


def test_words_of_another_post_bring_its_licence_with_them(small):
    small.build()
    rows = {row["native_id"]: row for row in small.table().to_dicts()}
    assert rows["c"]["license"] == "CC-BY-4.0 AND CC-BY-SA-4.0"
    assert rows["c"]["license_class"] == "reciprocal"
    assert rows["q2"]["text"] is None


def test_every_published_row_names_evidence_that_is_there(small):
    small.build()
    published = small.table().filter(pl.col("release") == "published")
    assert set(published["license_evidence"]) <= set(small.table("evidence")["id"])
    assert published["license_evidence"].null_count() == 0


def test_the_same_again_does_nothing_and_changes_nothing(small):
    first = small.build()
    before = digests(first.path)
    again = small.build()
    assert first.made
    assert not again.made
    assert digests(again.path) == before
    assert sum(cost.tasks_done for cost in again.costs) == 0


def test_a_version_is_never_overwritten(small):
    before = digests(small.build().path)
    small.source("more", [post("m1", "One more.")])
    with pytest.raises(VersionExists, match="stands there"):
        small.build()
    assert digests(small.root / "build/out/1.0.0") == before


def test_adding_a_source_reads_that_source_and_no_other(small):
    small.build()
    small.source("more", [post("m1", "One more.")])
    built = small.build(version="1.1.0")
    assert {cost.stage: cost.tasks_done for cost in built.costs}["read"] == 1


def test_an_output_that_was_damaged_in_the_store_is_made_again(small):
    small.build()
    for path in (small.root / "build/.cache/tasks").glob("*/drafts.arrow"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    again = small.build(version="1.0.0")
    assert not again.made
    assert {cost.stage: cost.tasks_done for cost in again.costs}["read"] == 0, "counted before they were verified"


def test_what_verify_refuses_is_never_committed(small):
    def refuse(_staged):
        return [Finding("release.ledger", Place(file="data/ledger"), "made up by a test")]

    with pytest.raises(Unbalanced, match=r"release\.ledger"):
        build(small.root, render=render_all, verify=refuse)
    assert not [path for path in (small.root / "build/out").iterdir() if path.is_dir()]


def test_rows_that_break_the_table_contract_are_never_committed(small, monkeypatch):
    honest = write_task._gathered
    shouted = pl.lit("shout").alias("kind")

    def shouting(*given):
        return (replace(rows, decided=rows.decided.with_columns(shouted)) for rows in honest(*given))

    monkeypatch.setattr(write_task, "_gathered", shouting)
    with pytest.raises(BadRelease, match=r"release\.contract: kind: must be one of"):
        small.build()
    assert not [path for path in (small.root / "build/out").iterdir() if path.is_dir()]


def test_a_reader_that_loses_a_byte_stops_the_build(small, monkeypatch):
    honest = read_task.batches

    def lossy(*arguments):
        for batch in honest(*arguments):
            yield replace(batch, cut=replace(batch.cut, lengths=batch.cut.lengths - 1))

    monkeypatch.setattr(read_task, "batches", lossy)
    with pytest.raises(Unbalanced, match="unaccounted"):
        build(small.root, render=render_all, verify=lambda _path: [])


@pytest.mark.parametrize("name", ["out[1]", "what?", "star*"])
def test_a_folder_with_glob_characters_is_refused(small, tmp_path, name):
    with pytest.raises(BadUsage, match="must not contain"):
        small.build(out=tmp_path / name)


def test_nothing_to_build_is_an_error_that_says_so(package):
    with pytest.raises(BadSources, match="nothing to build"):
        package.build()
    package.source("empty-handed", [post("a", "x", kind="no such kind")])
    with pytest.raises(BadSources, match="not one record became a row"):
        package.build()


def test_errors_of_the_declaration_stop_the_build_in_one_line(package):
    package.source("talk", [post("a", "x")], extra='colour = "blue"')
    with pytest.raises(ThreadCommonsError, match=r"source\.unknown-key"):
        package.build()


def test_no_path_of_the_machine_and_no_clock_is_in_any_byte(small):
    release = small.build().path
    seen = everything(release)
    assert str(small.root).encode() not in seen
    assert os.uname().nodename.encode() not in seen or len(os.uname().nodename) < 6


def test_engines_are_a_table_with_one_verb():
    assert set(run.ENGINES) == {"local"}
