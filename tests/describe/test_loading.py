"""The card is obeyed by `datasets`: every config, map-style and streaming, offline."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest
from datasets.exceptions import NonMatchingSplitsSizesError

import threadcommons

ROOT = Path(__file__).resolve().parents[2]

CONFIGS = ["posts", "public_domain", "permissive", "reciprocal", "conversations", "credits", "ledger", "evidence"]


@pytest.fixture(autouse=True)
def _quiet_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets.disable_progress_bars()
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def rows_of(release: Any, config: str, split: str) -> list[dict[str, Any]]:
    """The rows straight from the files that the manifest names."""
    entry = next(entry for entry in release.manifest["configs"] if entry["name"] == config)
    paths = next(part["files"] for part in entry["splits"] if part["name"] == split)
    return [row for path in paths for row in pq.ParquetFile(release.folder / path).read().to_pylist()]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("streaming", [False, True])
def test_every_config_gives_the_rows_of_its_files(release: Any, config: str, streaming: bool) -> None:
    loaded = datasets.load_dataset(str(release.folder), config, streaming=streaming)
    entry = next(entry for entry in release.manifest["configs"] if entry["name"] == config)
    assert set(loaded) == {split["name"] for split in entry["splits"]}
    for split, found in loaded.items():
        assert list(found.features) == [column["name"] for column in entry["columns"]]
        assert list(found) == rows_of(release, config, str(split))


def test_the_default_config_is_every_post(release: Any) -> None:
    loaded = datasets.load_dataset(str(release.folder))
    assert sum(found.num_rows for found in loaded.values()) == release.manifest["counts"]["rows"]
    assert (
        sum(row["text"] is None for found in loaded.values() for row in found) == release.manifest["counts"]["withheld"]
    )


def test_the_lines_on_the_card_run_as_they_stand(release: Any) -> None:
    block = re.search(r"```python\n(.*?)```", (release.folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    names: dict[str, Any] = {}
    exec(block[1].replace('"/path/to/this/folder"', repr(str(release.folder))), names)
    assert names["permissive"].num_rows == 1
    assert set(CONFIGS) <= set(names)


def test_the_readme_loads_the_reference_dataset_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("raw", "build/recipe.toml", "dataset_card.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile)(ROOT / name, tmp_path / name)
    threadcommons.build(root=tmp_path)
    monkeypatch.chdir(tmp_path)
    section = readme.partition("## Load it")[2].partition("\n## ")[0]
    blocks, (printed,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL), re.findall(r"prints\n\n```\n(.*?)```", section, re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert capsys.readouterr().out == printed
    seen: set[str] = set()
    for thread in names["threads"]:
        for message in thread["messages"]:
            assert message["parent_id"] in seen | {None}
            assert message["role"] in {"user", "assistant"}
            seen.add(message["id"])
    assert all(message["content"] for message in names["messages"])


def test_other_data_under_the_same_name_are_not_taken_from_the_cache(another_release: Callable[..., Any]) -> None:
    first, second = another_release(), another_release(gist="Another gist.")
    for made, expected in ((first, None), (second, "Another gist.")):
        loaded = datasets.load_dataset(str(made.folder), "permissive", split="train")
        assert loaded[0]["gist"] == expected


def test_a_split_that_lost_a_file_does_not_load(another_release: Callable[..., Any]) -> None:
    made = another_release()
    (made.folder / "data/posts/permissive/train-00000-of-00001.parquet").unlink()
    with pytest.raises(NonMatchingSplitsSizesError):
        datasets.load_dataset(str(made.folder), "posts")


def test_the_patterns_of_the_card_serve_other_tools(release: Any) -> None:
    for config in release.manifest["configs"]:
        for split in config["splits"]:
            assert pl.scan_parquet(release.folder / split["pattern"]).select(pl.len()).collect().item() == split["rows"]
