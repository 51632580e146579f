"""All or nothing: whatever goes wrong, no half of a release is ever seen, and what stood there stays as it is."""

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from threadcommons import api
from threadcommons.build import assemble, build, exchange, run
from threadcommons.build.run import STAGING
from threadcommons.describe import render_all
from threadcommons.digest import sha256_file
from threadcommons.engine import Pool
from threadcommons.errors import BadRelease, ThreadCommonsError, Unbalanced, VersionExists
from threadcommons.files import only_one
from threadcommons.findings import Finding, Place

from .conftest import Package, post


def snapshot(folder):
    """Every file with its bytes and the time of its last change, folders too."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


def fine(_staged):
    return []


@pytest.fixture
def plain(package):
    """The smallest package there is."""
    return filled(package)


def filled(package):
    package.source("talk", [post("a", "Which way to the well?"), post("b", "Past the mill.", "CC-BY-4.0", parent="a", kind="reply")])
    package.source("other", [post("x", "Elsewhere.")])
    return package


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """The folder of that package after a build. Nobody touches it: tests get copies, which are as good (see the last test)."""
    package = filled(Package(tmp_path_factory.mktemp("commit") / "package"))
    package.build(workers=1)
    return package.root


@pytest.fixture
def made(package, once):
    """The smallest package there is, with its release."""
    shutil.copytree(once, package.root, dirs_exist_ok=True)
    return package


@pytest.fixture
def stood(made):
    """The same with the next version in the recipe."""
    made.source("talk", [post("a", "Which way to the well?"), post("b", "Behind the mill.", "CC-BY-4.0")])
    made.recipe('version = "1.0.0"', 'version = "1.1.0"')
    return made


# -- faults at every stage ----------------------------------------------------------------------------------------


def full(*_arguments, **_options):
    raise OSError(errno.ENOSPC, "No space left on device", "part.parquet")


def interrupted(*_arguments, **_options):
    raise KeyboardInterrupt


STAGES = {
    "plan": (run, "make_plan"),
    "exchange": (run, "exchange"),
    "write": (assemble, "write_canonical"),
    "place": (assemble, "_placed"),
    "papers": (assemble, "_papers"),
    "state": (assemble, "state"),
    "commit": (run, "move_into_place"),
}


@pytest.mark.parametrize(("fault", "error"), [(full, OSError), (interrupted, KeyboardInterrupt)])
@pytest.mark.parametrize(("module", "name"), STAGES.values(), ids=STAGES)
def test_a_fault_at_any_stage_leaves_what_stood_there_and_nothing_else(stood, module, name, fault, error, monkeypatch):
    before = snapshot(stood.root / "build/out")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, fault)
        with pytest.raises(error):
            stood.build(workers=1)
    after = snapshot(stood.root / "build/out")
    assert {name: kept for name, kept in after.items() if name in before} == before
    assert set(after) - set(before) == set()
    assert stood.build(workers=1).made


@pytest.mark.parametrize("fault", [full, interrupted])
def test_so_do_faults_of_descriptions_and_of_verification(stood, fault):
    before = snapshot(stood.root / "build/out")
    for render, verify in ((fault, fine), (render_all, fault)):
        with pytest.raises((OSError, KeyboardInterrupt)):
            build(stood.root, render=render, verify=verify)
        assert snapshot(stood.root / "build/out") == before


@pytest.mark.parametrize(("code", "error"), [("release.ledger", Unbalanced), ("release.contract", BadRelease), ("release.file-differs", BadRelease)])
def test_what_verify_refuses_gets_no_name(stood, code, error):
    before = snapshot(stood.root / "build/out")
    with pytest.raises(error, match=code):
        build(stood.root, render=render_all, verify=lambda _staged: [Finding(code, Place(file="data"), "made up")])
    assert snapshot(stood.root / "build/out") == before


def test_a_disk_that_fails_while_others_write_ends_the_build(plain, monkeypatch):
    monkeypatch.setattr(assemble, "fsync_file", full)
    with pytest.raises(OSError, match="No space left"):
        plain.build(workers=1)
    assert not any(path.is_dir() for path in (plain.root / "build/out").iterdir())


def test_a_warning_does_not_keep_a_release_from_its_name(plain):
    warned = build(plain.root, render=render_all, verify=lambda _staged: [Finding("release.private", Place())])
    assert warned.made
    assert (plain.root / "build/out/1.0.0/manifest.json").is_file()


def test_verification_sees_the_whole_release_before_it_has_its_name(plain):
    seen = []

    def look(staged):
        seen.append((staged.name, sorted(path.name for path in staged.iterdir()), (staged.parent / "1.0.0").exists()))
        return api.verify(staged)

    built = build(plain.root, render=render_all, verify=look)
    assert seen == [(f"{STAGING}1.0.0", sorted(path.name for path in built.path.iterdir()), False)]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_data_file_is_told_of_as_the_manifest_states_it_and_when_it_stands(plain, workers):
    told = {}

    def written(path, stated, publish, *, private, witness):
        assert sha256_file(path) == stated["sha256"]
        assert (witness is not None) == (stated["config"] == "posts")
        told[stated["path"]] = (dict(stated), publish, private)

    with Pool(workers) as pool:
        manifest = build(plain.root, pool=pool, render=render_all, verify=fine, written=written).manifest
    facts = (manifest["publish"], manifest["private"])
    assert told == {file["path"]: (file, *facts) for file in manifest["files"]}


def test_a_row_that_is_lost_on_the_way_stops_the_build(plain, monkeypatch):
    honest = exchange._placed
    monkeypatch.setattr(exchange, "_placed", lambda rows, *more: honest(rows.head(len(rows) - 1), *more))
    with pytest.raises((Unbalanced, BadRelease)):
        plain.build(workers=1)
    assert not (plain.root / "build/out/1.0.0").exists()


# -- versions -----------------------------------------------------------------------------------------------------


def test_versions_stand_beside_each_other(stood):
    before = snapshot(stood.root / "build/out/1.0.0")
    assert stood.build(workers=1).path.name == "1.1.0"
    assert snapshot(stood.root / "build/out/1.0.0") == before


CHANGES = {
    "another decision": lambda package: package.recipe("row_group = 4", "row_group = 5"),
    "another title": lambda package: package.recipe('title = "Small"', 'title = "Smaller"'),
    "another licence": lambda package: package.source("talk", [post("a", "Which way to the well?", "CC-BY-4.0")]),
    "one post more": lambda package: package.source("more", [post("c", "Thanks.")]),
    "one source less": lambda package: package.recipe("[limits]", '[sources]\nexclude = ["other"]\n[limits]'),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_no_change_gets_into_a_version_that_stands(made, change):
    before = snapshot(made.root / "build/out/1.0.0")
    change(made)
    with pytest.raises(VersionExists, match=r"raise dataset\.version"):
        made.build(workers=1)
    assert snapshot(made.root / "build/out/1.0.0") == before


def test_a_release_that_was_damaged_is_not_taken_for_the_same(made):
    readme = made.root / "build/out/1.0.0/README.md"
    readme.write_bytes(readme.read_bytes() + b"\n")
    with pytest.raises(VersionExists, match="but not with these bytes"):
        made.build(workers=1)


def test_a_folder_of_somebody_else_is_not_touched(plain):
    other = plain.root / "build/out/1.0.0"
    other.mkdir(parents=True)
    (other / "mine.txt").write_text("mine")
    with pytest.raises(VersionExists, match="no release"):
        plain.build(workers=1)
    assert [path.name for path in other.iterdir()] == ["mine.txt"]


# -- what is left behind ------------------------------------------------------------------------------------------


def test_what_a_killed_build_left_is_taken_away(plain):
    left = plain.root / "build/out" / f"{STAGING}0.9.0"
    (left / "data").mkdir(parents=True)
    (left / "data/half.parquet").write_bytes(b"PAR1")
    aside = plain.root / "build/.cache/tasks" / f"{'ab' * 32}.aside"
    aside.mkdir(parents=True)
    plain.build(workers=1)
    assert not left.exists()
    assert not aside.exists()
    assert sorted(path.name for path in (plain.root / "build/out").iterdir()) == [".lock", "1.0.0", "1.0.0.cost.json"]


def test_the_store_keeps_what_the_last_build_used_and_no_more(stood):
    def kept():
        return {path.name for path in (stood.root / "build/.cache/tasks").iterdir() if path.is_dir()}

    first = kept()
    stood.build(workers=1)
    assert kept() != first
    assert len(kept()) == len(first)


def test_costs_lie_beside_the_release_and_name_no_place(plain):
    built = plain.build(workers=1)
    cost = json.loads((built.path.parent / "1.0.0.cost.json").read_bytes())
    assert [stage["stage"] for stage in cost["stages"]] == [one.stage for one in built.costs]
    assert str(plain.root) not in json.dumps(cost)


# -- two at once --------------------------------------------------------------------------------------------------


def test_a_second_build_is_told_to_wait(plain):
    with only_one(plain.root / "build/out"), pytest.raises(ThreadCommonsError, match="another build"):
        plain.build(workers=1)
    assert plain.build(workers=1).made


HOLD = """
import sys, time
from pathlib import Path
from threadcommons.files import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_dies_with_its_owner(plain):
    source = Path(__file__).resolve().parents[2] / "src"
    command = [sys.executable, "-c", HOLD, str(plain.root / "build/out")]
    with subprocess.Popen(command, env={"PYTHONPATH": str(source)}, stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline() == b"held\n"
        with pytest.raises(ThreadCommonsError, match="another build"):
            plain.build(workers=1)
        owner.kill()
    assert plain.build(workers=1).made


# -- only what changed --------------------------------------------------------------------------------------------


def work(built):
    return {cost.stage: cost.tasks_done for cost in built.costs if cost.tasks_done}


def test_a_change_costs_its_own_work_and_no_other(tmp_path):
    package = Package(tmp_path / "package")
    for name in ("a", "b", "c"):
        package.source(name, [post("x", f"Said on {name}.")])
    assert work(package.build(workers=1, version="1.0.1"))["read"] == 3
    assert work(package.build(workers=1, version="1.0.1")) == {}
    assert "read" not in work(package.build(workers=1, version="1.0.2"))
    package.source("d", [post("x", "Said on d.")])
    assert work(package.build(workers=1, version="1.0.3"))["read"] == 1
    path = package.root / "raw/b/source.toml"
    path.write_text(path.read_text().replace('title = "b"', 'title = "bee"'))
    assert "read" not in work(package.build(workers=1, version="1.0.4"))
    path.write_text(path.read_text() + '[license]\nrights_holder = "The bees"\n')
    assert work(package.build(workers=1, version="1.0.5"))["read"] == 1
    package.recipe("depth = 32", "depth = 31")
    assert work(package.build(workers=1, version="1.0.6"))["read"] == 4


def test_a_store_of_another_place_is_as_good(plain, tmp_path):
    """Tasks are named by what they read, not by where it lies."""
    built = plain.build(workers=1)
    moved = plain.root.rename(tmp_path / "moved")
    again = api.build(root=moved, workers=1)
    assert work(again) == {}
    assert again.manifest == built.manifest
