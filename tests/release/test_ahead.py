"""What was judged while the release was still being written counts for that very file and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from threadcommons.manifest import read_manifest
from threadcommons.release import Ahead, verify
from threadcommons.release.tables import DataFile, judge_file


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
