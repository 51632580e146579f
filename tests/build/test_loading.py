"""A release as those see it who load it: every config opens, counts are exact, and each row stands in one file only."""

import json
import os
from collections import Counter
from pathlib import PurePosixPath

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons.provenance import row_digests, rows_digest
from threadcommons.schema import arrow_schema
from threadcommons.writer import shard_of

from .conftest import Package, post

LICENSES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", None, "CC-BY-NC-4.0", "CC BY-SA 3.0")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Enough rows for several shards and row groups to a class: (package, Built)."""
    package = Package(tmp_path_factory.mktemp("loading") / "package")
    remark = {"name": "stance", "value": "asks", "annotator": "us", "method": "codebook-1/person"}
    posts = [
        post(
            f"p{number}", f"Remark {number} 🍵 " * (1 + number % 30), LICENSES[number % 6], labels=[remark] * (number % 3),
            author={"name": f"Voice {number % 9}", "url": f"https://example.org/{number % 9}"}, links=["https://example.org/a"] * (number % 2),
            **({"created_at": f"20{number % 25:02}-05-06T07:08:09Z"} if number % 4 else {}), **({"parent": f"p{number - 1}"} if number % 5 else {}),
        )
        for number in range(150)
    ]  # fmt: skip
    package.source("talk", posts, 'lang = "en"')
    return package, package.build(workers=1)


@pytest.fixture(scope="module")
def configs(built):
    return {config["name"]: config for config in built[1].manifest["configs"]}


CONFIGS = ["posts", "public_domain", "permissive", "reciprocal", "conversations", "credits", "ledger", "evidence"]


def test_these_are_the_configs(configs):
    assert list(configs) == CONFIGS
    assert [name for name, config in configs.items() if config["default"]] == ["posts"]


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_opens_with_the_rows_and_bytes_that_were_stated(built, configs, name, tmp_path):
    (split,) = configs[name]["splits"]
    loaded = datasets.load_dataset(str(built[1].path), name, split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == split["rows"] > 0
    # Exact for each file. Where the library joins several, it may drop bitmaps that mark nothing.
    assert abs(loaded.info.splits["train"].num_bytes - split["num_bytes"]) <= 8 * (len(split["files"]) - 1)
    assert loaded.column_names == arrow_schema(configs[name]["schema"]).names
    streamed = datasets.load_dataset(str(built[1].path), name, split="train", streaming=True)
    assert next(iter(streamed)).keys() == set(loaded.column_names)


def test_configs_of_classes_are_patterns_over_the_same_files_and_all_have_text(built, configs):
    files = {split for config in ("public_domain", "permissive", "reciprocal") for split in configs[config]["splits"][0]["files"]}
    assert files < set(configs["posts"]["splits"][0]["files"])
    for name in ("public_domain", "permissive", "reciprocal"):
        rows = pl.read_parquet([built[1].path / file for file in configs[name]["splits"][0]["files"]])
        assert rows["text"].null_count() == 0
        assert rows["license_class"].unique().to_list() == [name.replace("_", "-")]


def test_every_row_stands_in_one_file_in_order_where_its_id_says(built):
    _, release = built
    seen = Counter()
    for path in sorted(release.path.glob("data/posts/*/*.parquet")):
        ids = pq.read_table(path, columns=["id"])["id"].to_pylist()
        number, count = (int(part) for part in path.stem.removeprefix("train-").split("-of-"))
        assert ids == sorted(ids)
        assert shard_of(ids, count).tolist() == [number] * len(ids)
        seen.update(ids)
    assert seen == Counter(f"talk:p{number}" for number in range(150))


def test_every_file_is_stated_with_its_size_and_rows_and_no_other_is_there(built):
    _, release = built
    stated = {file["path"]: file for file in release.manifest["files"]}
    assert {path.relative_to(release.path).as_posix() for path in release.path.glob("data/**/*.parquet")} == stated.keys()
    for path, file in stated.items():
        parquet = pq.ParquetFile(release.path / path)
        assert parquet.metadata.num_rows == file["rows"] > 0
        groups = [parquet.metadata.row_group(number).num_rows for number in range(parquet.num_row_groups)]
        assert set(groups[:-1]) <= {4} or file["config"] == "conversations"
        assert (release.path / path).stat().st_size == file["bytes"]


def test_a_release_holds_data_and_prose_and_nothing_that_runs(built):
    _, release = built
    names = [path.relative_to(release.path).as_posix() for path in release.path.rglob("*") if path.is_file()]
    assert {PurePosixPath(name).suffix for name in names} <= {".parquet", ".json", ".md", ".txt", ".cff"}
    assert not [name for name in names if PurePosixPath(name).name.startswith(".")]
    assert all(path.stat().st_mode & 0o111 == 0 for path in release.path.rglob("*") if path.is_file())


def test_row_digests_and_the_digest_over_them_can_be_taken_again(built):
    package, release = built
    tables = [pq.read_table(path) for path in sorted(release.path.glob("data/posts/*/*.parquet"))]
    for table in tables:
        assert row_digests(table).to_pylist() == table["row_sha256"].to_pylist()
    assert rows_digest(package.table().sort("id")["row_sha256"]) == release.manifest["rows_digest"]


def test_counts_of_the_manifest_are_those_of_the_rows(built):
    package, release = built
    rows, manifest = package.table(), release.manifest
    published = rows.filter(pl.col("release") == "published")
    assert manifest["counts"]["rows"] == len(rows) == 150
    assert manifest["counts"]["published"] == len(published)
    assert {entry["license"]: (entry["rows"], entry["published"]) for entry in manifest["by_license"] if entry["rows"]} == {
        name: (len(group), int((group["release"] == "published").sum())) for (name,), group in rows.group_by("license")
    }
    assert {entry["year"]: entry["rows"] for entry in manifest["by_year"]} == dict(rows.group_by(pl.col("created_at").dt.year()).len().iter_rows())
    assert manifest["labels"] == [{"name": "stance", "values": {"asks": int((rows["labels"].list.len()).sum())}}]
    assert sum(entry["rows"] for entry in manifest["by_language"]) == 150


def test_credit_is_given_for_the_rows_that_ask_for_it_and_for_no_other(built):
    package, _ = built
    rows = {row["id"]: row for row in package.table().to_dicts()}
    credits_ = {row["id"]: row for row in package.table("credits").to_dicts()}
    asked = {id_ for id_, row in rows.items() if row["release"] == "published" and row["license"] != "CC0-1.0"}
    assert credits_.keys() == asked
    for id_, credit in credits_.items():
        assert credit["creator"] == rows[id_]["author"]
        assert credit["license"] == rows[id_]["license"]
        assert credit["creator"] in credit["notice"]
        assert credit["license"] in credit["notice"]
    assert all(row["author"] is None for id_, row in rows.items() if id_ not in asked)


def test_the_manifest_is_what_stands_in_the_release(built):
    _, release = built
    assert json.loads((release.path / "manifest.json").read_bytes()) == release.manifest.facts
