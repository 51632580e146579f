"""What was judged while the release was still being written counts for that very file and no other."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons.api import build
from threadcommons.manifest import read_manifest
from threadcommons.provenance import marks, witness
from threadcommons.release import Ahead, tables, verify
from threadcommons.release.opened import frame_of, pieces
from threadcommons.release.tables import DataFile, judge_file
from threadcommons.schema import arrow_schema
from threadcommons.writer import write_canonical


class Watched:
    """Judges files at once when it is told to begin, and notes which were judged when."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.later: list[str] = []
        self.ahead = Ahead(self.begin, self.each)

    def begin(self, function, file: DataFile):
        self.begun.append(file.stated["path"])
        outcome = function(file)
        return lambda: outcome

    def each(self, function, files):
        self.later += [file.stated["path"] for file in files]
        return map(function, files)

    def verify(self, release, descriptions):
        return verify(release, render=descriptions, each=self.ahead.map, seed=self.ahead.seed)

    def judge_all(self, release, *, but: str = "", **said):
        manifest = read_manifest(release)
        publish = said.get("publish", manifest["publish"])
        for file in manifest["files"]:
            stated = {**file, **said.get("stated", {})} if file["path"] != but else None
            if stated:
                self.ahead.judge(release / file["path"], stated, publish, private=manifest["private"])
        return [file["path"] for file in manifest["files"]]


def test_a_file_that_was_judged_ahead_is_not_judged_again(package, descriptions):
    watched = Watched()
    names = watched.judge_all(package.release)
    assert watched.verify(package.release, descriptions) == []
    assert (watched.begun, watched.later) == (names, [])


def test_a_file_that_nobody_began_with_is_judged_when_its_turn_comes(package, descriptions):
    watched = Watched()
    last = read_manifest(package.release)["files"][0]["path"]
    watched.judge_all(package.release, but=last)
    assert watched.verify(package.release, descriptions) == []
    assert watched.later == [last]


@pytest.mark.parametrize("said", [{"stated": {"rows": 1_000_000}}, {"stated": {"sha256": "0" * 64}}, {"publish": {}}], ids=str)
def test_what_was_judged_under_other_facts_does_not_count(package, descriptions, said):
    watched = Watched()
    watched.begin = lambda _function, _file: lambda: pytest.fail("it counted")
    watched.ahead = Ahead(watched.begin, watched.each)
    names = watched.judge_all(package.release, **said)
    assert watched.verify(package.release, descriptions) == []
    assert sorted(watched.later) == sorted(names)


def test_faults_that_were_found_ahead_are_told(package, descriptions):
    watched, manifest = Watched(), read_manifest(package.release)

    def begin(function, file: DataFile):
        outcome = function(replace(file, publish={**file.publish, "classes": []}))
        return lambda: outcome

    watched.ahead = Ahead(begin, watched.each)
    watched.judge_all(package.release)
    codes = {finding.code for finding in watched.verify(package.release, descriptions)}
    assert manifest["counts"]["published"] > 0
    assert "release.license" in codes


def test_a_file_that_changes_after_it_was_judged_is_refused(package, copy, descriptions):
    watched = Watched()
    first = watched.judge_all(copy)[0]
    data = bytearray((copy / first).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / first).write_bytes(data)
    assert "release.file-differs" in {finding.code for finding in watched.verify(copy, descriptions)}


def test_another_function_has_no_head_start(package):
    watched, manifest = Watched(), read_manifest(package.release)
    watched.judge_all(package.release)
    file = DataFile(
        package.release / manifest["files"][0]["path"],
        manifest["files"][0],
        manifest["publish"],
        manifest["private"],
        watched.ahead.seed,
    )
    assert list(watched.ahead.map(lambda _: "other", [file])) == ["other"]
    (judged,) = watched.ahead.map(judge_file, [file])
    assert judged.whole


# -- rows that are known again ------------------------------------------------------------------------------------


def witness_of(path):
    return witness(marks(frame_of(piece)) for piece in pieces(path))


def posts_of(release):
    """The files of posts, each with the witness of the rows that it has now."""
    manifest = read_manifest(release)
    stated = [file for file in manifest["files"] if file["config"] == "posts"]
    return [
        DataFile(release / file["path"], file, manifest["publish"], False, 7, witness=witness_of(release / file["path"]))
        for file in stated
    ]


@pytest.fixture
def taken_anew(monkeypatch):
    """How often row digests were taken."""
    times = []
    real = tables.digest_faults
    monkeypatch.setattr(tables, "digest_faults", lambda *given: times.append(1) or real(*given))
    return times


def test_digests_of_rows_that_are_known_again_are_not_taken_twice(package, taken_anew):
    judged = [judge_file(file) for file in posts_of(package.release)]
    assert judged
    assert all(one.whole and not one.findings for one in judged)
    assert not taken_anew


def test_where_the_witness_does_not_know_them_they_are_taken_and_decide(package, taken_anew):
    for file in posts_of(package.release):
        del taken_anew[:]
        judged = judge_file(replace(file, witness="0" * 64))
        assert judged.whole
        assert not judged.findings
        assert taken_anew


def test_a_row_that_came_out_other_than_it_went_in_is_named(copy):
    file = next(file for file in posts_of(copy) if file.stated["rows"] > 1)
    rows = pl.read_parquet(file.path)
    first = rows["id"][0]
    other = rows.with_columns(url=pl.when(pl.col("id") == first).then(pl.lit("https://example.org/x")).otherwise("url"))
    schema = arrow_schema("row")
    write_canonical([other.to_arrow().cast(schema)], file.path, schema=schema, row_group=1000, sorted_by=("id",))
    found = [(finding.code, first in finding.detail) for finding in judge_file(file).findings]
    assert found == [("release.row-digest", True)]
    assert pq.read_metadata(file.path).num_rows == file.stated["rows"]


def test_a_build_says_by_what_its_posts_are_known_again(package, tmp_path, monkeypatch):
    told = {}


    def note(_ahead, _path, stated, _publish, *, witness=None, **_private):
        told[stated["path"]] = witness

    monkeypatch.setattr(Ahead, "judge", note)
    built = build(root=package.root, out=tmp_path / "out", workers=1)
    posts = {file["path"] for file in built.manifest["files"] if file["config"] == "posts"}
    assert {path: known for path, known in told.items() if known} == {path: witness_of(built.path / path) for path in posts}
    assert told.keys() == {file["path"] for file in built.manifest["files"]}


def test_where_nothing_could_begin_rows_are_known_again_all_the_same(package, descriptions, taken_anew):
    watched = Watched()
    watched.ahead = Ahead(lambda _function, _file: None, watched.each)
    manifest, known = read_manifest(package.release), {file.path: file.witness for file in posts_of(package.release)}
    for file in manifest["files"]:
        path = package.release / file["path"]
        watched.ahead.judge(path, file, manifest["publish"], private=manifest["private"], witness=known.get(path))
    assert watched.verify(package.release, descriptions) == []
    assert watched.later == [file["path"] for config in tables.TABLES for file in manifest["files"] if file["config"] == config]
    assert not taken_anew


def test_digests_of_a_private_copy_are_taken_in_any_case(package):
    begun = []
    ahead = Ahead(lambda _function, file: begun.append(file.witness), map)
    file = posts_of(package.release)[0]
    for private in (True, False):
        ahead.judge(file.path, file.stated, file.publish, private=private, witness=file.witness)
    assert begun == [None, file.witness]
