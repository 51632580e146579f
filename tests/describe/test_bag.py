from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import bagit
import pytest

from threadcommons.describe import bag, render_all
from threadcommons.digest import sha256_file
from threadcommons.manifest import manifest_of


@pytest.fixture
def copied(release: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(release.folder, tmp_path / "copy"))


def test_the_release_is_a_valid_bag(release: Any) -> None:
    opened = bagit.Bag(str(release.folder))
    opened.validate()
    assert opened.version == "1.0"
    assert (
        opened.info["Payload-Oxum"]
        == f"{sum(file['bytes'] for file in release.manifest['files'])}.{len(release.manifest['files'])}"
    )
    assert opened.info["Bagging-Date"] == release.manifest["dataset"]["released"]
    assert release.manifest.root_digest in opened.info["External-Identifier"][0]
    assert release.manifest["content_digest"] in opened.info["External-Identifier"][1]


@pytest.mark.parametrize(
    "path",
    [
        "data/posts/permissive/train-00000-of-00001.parquet",
        "README.md",
        "NOTICE.md",
        "manifest.json",
        "croissant.json",
        "bag-info.txt",
    ],
)
def test_the_judge_sees_a_flipped_bit(copied: Path, path: str) -> None:
    data = bytearray((copied / path).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / path).write_bytes(data)
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(copied)).validate()


def test_the_judge_sees_a_missing_and_an_extra_file(copied: Path) -> None:
    (copied / "data/extra.parquet").write_bytes(b"x")
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(copied)).validate()
    (copied / "data/extra.parquet").unlink()
    (copied / "NOTICE.md").unlink()
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(copied)).validate()


def test_every_file_of_the_release_is_in_exactly_one_list_except_the_last(release: Any) -> None:
    listed: dict[str, str] = {}
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        for line in (release.folder / name).read_text(encoding="utf-8").splitlines():
            digest, path = line.split("  ", 1)
            assert path not in listed
            listed[path] = digest
    there = {path.relative_to(release.folder).as_posix() for path in release.folder.rglob("*") if path.is_file()}
    assert there - set(listed) == {"tagmanifest-sha256.txt"}
    assert listed == {path: sha256_file(release.folder / path) for path in listed}


def test_names_that_a_line_cannot_hold_are_encoded(facts: dict[str, Any]) -> None:
    facts["files"] = [{"path": "data/a%\r\nb", "bytes": 1, "sha256": "0" * 64}]
    made = bag(manifest_of(facts), {})
    assert made["manifest-sha256.txt"] == b"0" * 64 + b"  data/a%25%0D%0Ab\n"


def test_lists_do_not_depend_on_the_order_of_what_is_given(release: Any) -> None:
    tags = {"b": "1" * 64, "a": "2" * 64}
    assert bag(release.manifest, tags) == bag(release.manifest, dict(reversed(tags.items())))
    assert render_all(release.manifest).keys() >= {
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "tagmanifest-sha256.txt",
    }
