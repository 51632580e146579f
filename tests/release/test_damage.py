"""Whatever is done to a file of a release, verify refuses it; whatever is left alone, it does not."""

from __future__ import annotations

import json
import os
import random
import shutil
import unicodedata
from pathlib import Path

import pytest

from threadcommons.digest import canonical_json, sha256
from threadcommons.errors import BadUsage
from threadcommons.files import list_files
from threadcommons.release import verify

SEED = 20260131


def _flipped(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    at, bit = chance.randrange(len(data)), chance.randrange(8)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    return f"bit {bit} of byte {at} of {path.name}"


def _refused(release: Path, descriptions, done: str) -> None:
    errors = [finding for finding in verify(release, render=descriptions) if finding.severity == "error"]
    assert errors, f"seed {SEED}: {done} went unnoticed"


def _damaged(package, copy: Path, path: Path) -> Path:
    """The file of the copy, made good again."""
    shutil.copyfile(package.release / path, copy / path)
    return copy / path


def test_ten_clean_runs_find_nothing(package, descriptions):
    assert [verify(package.release, render=descriptions) for _ in range(10)] == [[]] * 10
    assert verify(package.release) == []


def test_a_hundred_flipped_bits_are_refused(package, copy, descriptions):
    chance = random.Random(SEED)
    files = [path.relative_to(copy) for path in list_files(copy)]
    weights = [(copy / path).stat().st_size for path in files]
    for path in chance.choices(files, weights, k=100):
        _refused(copy, descriptions, _flipped(_damaged(package, copy, path), chance))
        _damaged(package, copy, path)
    assert verify(copy, render=descriptions) == []


@pytest.mark.parametrize("with_descriptions", [True, False])
def test_a_flipped_bit_in_any_file_is_refused(package, copy, descriptions, with_descriptions):
    chance = random.Random(SEED + 1)
    for path in list_files(copy):
        done = _flipped(path, chance)
        _refused(copy, descriptions if with_descriptions else None, done)
        _damaged(package, copy, path.relative_to(copy))


def test_twenty_cut_files_are_refused(package, copy, descriptions):
    chance = random.Random(SEED + 2)
    files = [path.relative_to(copy) for path in list_files(copy)]
    for path in chance.choices(files, k=20):
        target = _damaged(package, copy, path)
        size = chance.randrange(target.stat().st_size)
        os.truncate(target, size)
        _refused(copy, descriptions, f"{path} cut to {size} bytes")
        _damaged(package, copy, path)


def test_every_swap_of_two_files_is_refused(package, copy, descriptions):
    chance = random.Random(SEED + 3)
    files = [path.relative_to(copy) for path in list_files(copy)]
    for one, other in (chance.sample(files, 2) for _ in range(20)):
        shutil.copyfile(package.release / one, copy / other)
        shutil.copyfile(package.release / other, copy / one)
        _refused(copy, descriptions, f"{one} and {other} swapped")
        _damaged(package, copy, one), _damaged(package, copy, other)


def test_every_file_taken_away_is_missed(package, copy, descriptions):
    for path in list_files(copy):
        path.unlink()
        _refused(copy, descriptions, f"{path.name} taken away")
        _damaged(package, copy, path.relative_to(copy))


@pytest.mark.parametrize(
    "name",
    [
        "extra.txt",
        "data/posts/permissive/train-00000-of-00002.parquet",
        "data/posts/extra.json",
        "setup.py",
        "data/state.pkl",
        ".huggingface.yaml",
        ".hidden/x.txt",
        "LICENSES/a\nb.txt",
        "tagmanifest-sha512.txt",
    ],
)
def test_an_extra_file_is_refused(copy, name):
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_bytes(b"x")
    assert [finding.code for finding in verify(copy)] == ["release.file-extra"]


@pytest.mark.parametrize("name", [".huggingface.json", "run.py", "data/more.parquet"])
def test_an_extra_file_is_refused_even_when_the_bag_lists_it(copy, name):
    (copy / name).write_bytes(b"x")
    tags = copy / "tagmanifest-sha256.txt"
    tags.write_text(f"{tags.read_text()}{sha256(b'x')}  {name}\n")
    assert "release.file-extra" in {finding.code for finding in verify(copy)}


def test_an_empty_folder_is_extra(copy):
    (copy / "data" / "new").mkdir()
    assert [finding.code for finding in verify(copy)] == ["release.file-extra"]


@pytest.mark.parametrize("name", ["README.md", "manifest.json", "data/ledger", "data"])
def test_a_link_is_refused_even_to_the_right_bytes(package, copy, name):
    target = copy / name
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    target.symlink_to(package.release / name)
    found = verify(copy)
    assert found
    assert {finding.code for finding in found} <= {
        "release.file-differs", "release.description", "release.file-extra", "release.file-missing", "release.bag",
    }  # fmt: skip


def test_a_pipe_is_refused_without_being_opened(copy):
    (copy / "README.md").unlink()
    os.mkfifo(copy / "README.md")
    assert "release.description" in {finding.code for finding in verify(copy)}


@pytest.mark.parametrize("name", ["notice.md", "NOTICE.md.txt", unicodedata.normalize("NFD", "N\u00d3TICE.md")])
def test_a_renamed_file_is_missing_and_extra(copy, name):
    (copy / "NOTICE.md").rename(copy / name)
    assert {"release.file-missing", "release.file-extra"} <= {finding.code for finding in verify(copy)}


def test_no_manifest_no_release(tmp_path):
    assert [finding.code for finding in verify(tmp_path)] == ["release.not-a-release"]
    assert [finding.code for finding in verify(tmp_path / "nowhere")] == ["release.not-a-release"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]\n",
        b"\xff",
        b'{"format":"threadcommons-manifest/1"}\n',
        b'{"a":' + b"[" * 400 + b"]" * 400 + b',"format":"threadcommons-manifest/1"}\n',
    ],
)
def test_a_manifest_that_is_none_is_a_finding(copy, data):
    (copy / "manifest.json").write_bytes(data)
    assert {finding.code for finding in verify(copy)} == {"release.not-a-release"}


def _leaves(value, path=()):
    """Paths of everything in a JSON value that is not a list or an object."""
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, child in items for leaf in _leaves(child, (*path, key))]
    return [path]


def _edited(facts, path, value):
    copied = json.loads(json.dumps(facts))
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copied


def test_sixty_edits_of_the_manifest_are_refused(copy, descriptions):
    """Canonical again after each, so that only what it says is wrong; whatever it is, nothing raises."""
    chance = random.Random(SEED + 4)
    facts = json.loads((copy / "manifest.json").read_bytes())
    paths = _leaves(facts)
    for path in chance.sample(paths, 60):
        value = chance.choice([..., None, True, -1, 2**60, "", "x", "../x", [], {}, [[]], "\u202e"])
        edited = _edited(facts, path, value)
        if edited == facts:
            continue
        (copy / "manifest.json").write_bytes(canonical_json(edited) + b"\n")
        _refused(copy, descriptions, f"{path} became {value!r}")
        _refused(copy, None, f"{path} became {value!r}")


def test_the_root_digest_catches_what_agrees_with_itself(package, copy, restate, descriptions):
    right = restate(copy).root_digest
    forged = restate(copy, tool={"name": "threadcommons", "version": "9.9"})
    assert verify(copy, render=descriptions) == []
    assert verify(copy, render=descriptions, root_digest=forged.root_digest) == []
    found = verify(copy, render=descriptions, root_digest=f"sha256:{right}")
    assert [finding.code for finding in found] == ["release.root-differs"]
    assert verify(copy, render=descriptions, root_digest=f" SHA256:{forged.root_digest.upper()}\n") == []


@pytest.mark.parametrize("text", ["", "5d41...", "sha256:", "0" * 63, "g" * 64, "0" * 65])
def test_a_part_of_a_digest_accuses_no_release(package, text):
    with pytest.raises(BadUsage, match="64 hexadecimal digits"):
        verify(package.release, root_digest=text)
