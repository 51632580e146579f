from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
from pathlib import Path

import datasets
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.errors import BadRelease, BadUsage
from threadcommons.provenance import row_digests, rows_digest
from threadcommons.release import load, open_release, verify

datasets.config.SLEEP_TIME_ON_THREADS_SHUTDOWN = 0


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache of its own for each test, and no connection to anywhere."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", folder)

    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return folder


def configs(release):
    return {config["name"]: config["splits"][0]["rows"] for config in open_release(release).manifest["configs"]}


def test_every_config_loads_both_ways_with_the_rows_promised(package):
    names = configs(package.release)
    assert set(names) >= {"posts", "public_domain", "permissive", "reciprocal", "conversations", "credits", "ledger"}
    for name, rows in names.items():
        whole = load(package.release, name, split="train")
        stream = load(package.release, name, split="train", streaming=True)
        assert len(whole) == rows
        assert list(stream) == list(whole)
        assert stream.features == whole.features


def test_without_a_split_come_all_of_them(package):
    assert isinstance(load(package.release), datasets.DatasetDict)
    assert isinstance(load(package.release, streaming=True), datasets.IterableDatasetDict)
    assert set(load(package.release)) == {"train"}


def test_what_comes_is_what_load_dataset_gives(package, tmp_path):
    for name in configs(package.release):
        plain = datasets.load_dataset(str(package.release), name, split="train", cache_dir=str(tmp_path))
        ours = load(package.release, name, split="train")
        assert ours.features == plain.features
        assert sorted(map(repr, ours)) == sorted(map(repr, plain))


@pytest.mark.parametrize("streaming", [False, True])
def test_the_papers_come_with_the_data(package, streaming):
    info = load(package.release, split="train", streaming=streaming).info
    assert info.license == "CC-BY-4.0 AND CC-BY-SA-4.0 AND CC0-1.0"
    assert str(info.version) == "1.2.3"
    assert info.description == "Invented posts that meet every fate."
    assert info.homepage == "https://example.org/small-talk"
    assert open_release(package.release).manifest.root_digest in info.citation
    assert load(package.release, "permissive", split="train", streaming=streaming).info.license == "CC-BY-4.0"


def test_the_citation_is_written_by_who_is_asked_to(package):
    assert (
        load(package.release, split="train", cite=lambda manifest: f"cite {manifest.version}").info.citation
        == "cite 1.2.3"
    )


@pytest.mark.parametrize("place", ["file://{}", "{}/", "{}"])
def test_folders_and_addresses_give_the_same(package, place):
    here = load(package.release, "permissive", split="train")
    assert list(load(place.format(package.release), "permissive", split="train")) == list(here)
    assert list(load(place.format(package.release), "permissive", split="train", streaming=True)) == list(here)


def test_a_release_in_another_file_system_loads(package):
    memory = fsspec.filesystem("memory")
    memory.put(f"{package.release}/", "/shelf/1.2.3/", recursive=True)
    here = load(package.release, "permissive", split="train")
    assert list(load("memory://shelf/1.2.3", "permissive", split="train", streaming=True)) == list(here)


def test_a_path_relative_or_not_a_string_will_do(package, monkeypatch):
    monkeypatch.chdir(package.release.parent)
    assert len(load("1.2.3", "credits", split="train")) == len(load(Path("1.2.3"), "credits", split="train"))


def test_glob_characters_are_refused(package, tmp_path):
    for name in ("rel[12]", "rel*", "rel?"):
        shutil.copytree(package.release, tmp_path / name)
        with pytest.raises(BadUsage, match="must have none of"):
            load(tmp_path / name)


def test_what_there_is_not_is_named(package, tmp_path):
    with pytest.raises(BadUsage, match="there is posts, "):
        load(package.release, "everything")
    with pytest.raises(BadUsage, match="posts has train"):
        load(package.release, split="test")
    with pytest.raises(BadRelease):
        load(tmp_path)


# -- the guard: users' regression table ------------------------------------------------------


def spoil(release, name, change):
    """Writes a file of the release again with its table changed; the manifest is not told."""
    table = change(pq.read_table(release / name))
    pq.write_table(table, release / name, write_page_checksum=True)


def nulled(column, rows=1, kind=None):
    """The first rows of a column become null."""

    def change(table):
        at = table.schema.get_field_index(column)
        values = table[column].to_pylist()
        values[:rows] = [None] * rows
        field = pa.field(column, kind or table.schema.field(at).type)
        return table.set_column(at, field, pa.array(values, field.type))

    return change


PAPERS = ("license", "license_class", "license_basis", "release", "source_sha256", "row_sha256")


def post_files(release):
    return [file["path"] for file in open_release(release).files_of("posts")]


@pytest.fixture
def each_file(package, copy):
    """Gives each file of the posts in turn; the ones before are made good again."""

    def turns():
        for name in post_files(package.release):
            yield name
            shutil.copyfile(package.release / name, copy / name)

    return turns


@pytest.mark.parametrize("streaming", [False, True])
def test_one_shard_without_the_licence_column_is_refused_wherever_it_stands(copy, each_file, streaming):
    for name in each_file():
        spoil(copy, name, lambda table: table.drop_columns(["license"]))
        with pytest.raises(BadRelease, match="there is no column license"):
            load(copy, streaming=streaming)


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("column", PAPERS)
def test_one_null_in_the_papers_is_refused_wherever_it_stands(copy, each_file, column, streaming):
    for name in each_file():
        spoil(copy, name, nulled(column))
        with pytest.raises(BadRelease, match=f"{column} is null on 1 rows"):
            load(copy, streaming=streaming)


@pytest.mark.parametrize("column", PAPERS)
def test_a_null_is_seen_where_the_footer_counts_none(copy, column):
    path = copy / post_files(copy)[0]
    pq.write_table(nulled(column)(pq.read_table(path)), path, write_statistics=False)
    with pytest.raises(BadRelease, match=f"{column} is null on 1 rows"):
        load(copy, streaming=True)


def test_a_class_that_nobody_knows_is_refused(copy):
    def change(table):
        at = table.schema.get_field_index("license_class")
        return table.set_column(at, "license_class", pa.array(["free"] * len(table)))

    spoil(copy, post_files(copy)[0], change)
    with pytest.raises(BadRelease, match="license_class has a value"):
        load(copy, streaming=True)


DRIFTS = {
    "an extra column": lambda t: t.append_column("extra", t["id"]),
    "text as bytes": lambda t: t.set_column(0, "id", t["id"].cast(pa.binary())),
    "another time unit": lambda t: t.set_column(
        t.schema.get_field_index("created_at"), "created_at", t["created_at"].cast(pa.timestamp("ms", "UTC"))
    ),
    "an all-null column": lambda t: t.set_column(t.schema.get_field_index("gist"), "gist", pa.nulls(len(t))),
    "no features": lambda t: t.replace_schema_metadata(None),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_a_shard_of_another_schema_is_refused_wherever_it_stands(copy, each_file, drift):
    for name in each_file():
        spoil(copy, name, DRIFTS[drift])
        with pytest.raises(BadRelease, match="its columns are not those of the other files"):
            load(copy, streaming=True)


def test_rows_that_are_not_there_are_missed(copy):
    spoil(copy, post_files(copy)[0], lambda table: table.slice(1))
    with pytest.raises(BadRelease, match="are stated"):
        load(copy, streaming=True)


def test_other_tables_are_guarded_too(copy):
    release = open_release(copy)
    spoil(copy, release.files_of("conversations")[0]["path"], lambda t: t.drop_columns(["licenses"]))
    spoil(copy, release.files_of("credits")[0]["path"], nulled("license"))
    for config in ("conversations", "credits"):
        with pytest.raises(BadRelease, match=r"licenses?"):
            load(copy, config, streaming=True)


def test_a_shard_swapped_for_one_in_good_order_is_refused(copy):
    """Its papers are all there, but it is not the file that the manifest names."""
    spoil(copy, post_files(copy)[0], lambda table: table)
    with pytest.raises(BadRelease, match="not the file that the manifest names"):
        load(copy)


def test_a_stray_shard_is_not_taken_along(copy):
    path = copy / post_files(copy)[0]
    before = list(load(copy, split="train"))
    shutil.copyfile(path, path.with_name("train-00000-of-00009.parquet"))
    assert list(load(copy, split="train")) == before


# -- the cache ------------------------------------------------------------------------------


def relicensed(release, restate):
    """The same release with other words in it, in good order, under the same name and version."""
    digests = {}
    for name in post_files(release):
        table = pq.read_table(release / name)
        at = table.schema.get_field_index("gist")
        table = table.set_column(at, table.schema.field(at), pa.array(["changed"] * len(table)))
        table = table.set_column(len(table.schema) - 1, "row_sha256", row_digests(table)).cast(table.schema)
        digests |= dict(zip(table["id"].to_pylist(), table["row_sha256"].to_pylist(), strict=True))
        pq.write_table(table, release / name, write_page_checksum=True)
    restate(release, rows_digest=rows_digest(digests[id_] for id_ in sorted(digests)))


def test_a_stale_cache_never_answers(package, tmp_path, restate):
    """Plain loading keeps answering with the old rows; ours does not, neither in place nor under the same basename."""
    first, second = tmp_path / "a" / "1.2.3", tmp_path / "b" / "1.2.3"
    shutil.copytree(package.release, first)
    assert load(first, split="train")[0]["gist"] is None
    shutil.copytree(first, second)
    relicensed(second, restate)
    assert load(second, split="train")[0]["gist"] == "changed"
    relicensed(first, restate)
    assert load(first, split="train")[0]["gist"] == "changed"


def test_plain_loading_of_our_releases_is_not_stale_either(package, tmp_path, restate):
    """The content digest stands in the front matter, which is part of the key of the cache."""
    first, second = tmp_path / "a" / "1.2.3", tmp_path / "b" / "1.2.3"
    shutil.copytree(package.release, first), shutil.copytree(package.release, second)
    relicensed(second, restate)
    seen = [
        datasets.load_dataset(str(path), split="train", cache_dir=str(tmp_path / "cache"))[0]["gist"]
        for path in (first, second)
    ]
    assert seen == [None, "changed"]


def test_the_cache_is_where_it_was_asked_for(package, tmp_path, cache):
    load(package.release, cache_dir=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == [
        open_release(package.release).manifest["content_digest"]
    ]
    assert not list(cache.iterdir())


def test_streaming_keeps_no_rows(package, cache):
    list(load(package.release, split="train", streaming=True))
    assert sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) == 0


def test_the_table_in_any_order_of_files(package, tmp_path):
    """`datasets` fills a missing licence with nulls whatever the order; the guard refuses whatever the order."""
    rows = pq.read_table(package.release / post_files(package.release)[0]).select(["id", "license"])
    for order in itertools.permutations((rows, rows.drop_columns(["license"]))):
        names = []
        for number, table in enumerate(order):
            pq.write_table(table.replace_schema_metadata(None), tmp_path / f"{number}.parquet")
            names.append(str(tmp_path / f"{number}.parquet"))
        features = datasets.Features({"id": datasets.Value("string"), "license": datasets.Value("string")})
        plain = datasets.Dataset.from_parquet(
            names, features=features, cache_dir=str(tmp_path / f"cache{order[0].num_columns}")
        )
        assert plain["license"][:].count(None) == len(rows), (
            "datasets learned to refuse this; the guard can be simplified"
        )


def test_a_spoilt_release_is_what_verify_refuses_too(copy):
    spoil(copy, post_files(copy)[0], nulled("license"))
    assert [finding.code for finding in verify(copy)]
    assert json.loads((copy / "manifest.json").read_bytes())
    assert os.environ["HF_HUB_OFFLINE"] == "1"
