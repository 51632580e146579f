"""What passes is bit-identical: 515 strings that break programs, from a jsonl export to five readers of the release."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons.build import derive
from threadcommons.contributions import Answers
from threadcommons.errors import NotFound
from threadcommons.release import hydrate, load, open_release, trace, verify, why

from .conftest import build_package

SUITE = Path(__file__).resolve().parents[2].parent / "shared" / "suites" / "naughty-strings" / "blns.json"

pytestmark = pytest.mark.skipif(not SUITE.exists(), reason="the suite of naughty strings lies outside the repository")


def strings() -> dict[str, str]:
    return {f"n{number:03}": text for number, text in enumerate(json.loads(SUITE.read_bytes()))}


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("naughty")
    posts = [
        {"native_id": id_, "kind": "post", "markup": "plain", "text": text, "license": "CC0-1.0"}
        for id_, text in strings().items()
    ]
    export = folder / "posts.jsonl"
    export.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts), encoding="utf-8")
    answers = Answers(title="Naughty", platform="list", sign_off="A tester <tester@example.org>")
    return build_package(folder / "package", {"naughty": (export, answers, "jsonl", True)}, HOPELESS_TOO, FEW_FILES)


#: Some of the strings hold nothing at all, which is why they would be left out.
HOPELESS_TOO = """
[quality.rules]
empty = { action = "flag" }
nothing-visible = { action = "flag" }
"""
#: Two files of two groups each: every command opens all of them, and here it is asked time and again.
FEW_FILES = (300, 150)


def with_load(release):
    rows = load(release, split="train")
    return dict(zip(rows["native_id"], rows["text"], strict=True))


def with_streaming(release):
    return {row["native_id"]: row["text"] for row in load(release, split="train", streaming=True)}


def with_polars(release):
    return dict(pl.read_parquet(f"{release}/data/posts/*/*.parquet").select("native_id", "text").iter_rows())


def with_pyarrow(release):
    tables = [pq.read_table(release / file["path"]) for file in open_release(release).files_of("posts")]
    return {
        row["native_id"]: row["text"] for table in tables for row in table.select(["native_id", "text"]).to_pylist()
    }


def with_duckdb(release):
    return dict(duckdb.sql(f"select native_id, text from read_parquet('{release}/data/posts/*/*.parquet')").fetchall())


@pytest.mark.parametrize("reader", [with_load, with_streaming, with_polars, with_pyarrow, with_duckdb])
def test_515_of_515_come_back_as_they_were(release, reader, tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    expected, found = strings(), reader(release)
    same = sum(found.get(id_) == text for id_, text in expected.items())
    assert (same, len(found)) == (515, 515)


def test_they_do_not_disturb_verify_why_or_trace(release, descriptions):
    assert verify(release, render=descriptions) == []
    for id_ in list(strings())[::20]:
        assert why(release, f"list:{id_}")[0]["fate"] == "row"
        assert trace(release, f"list:{id_}", root=release.parents[2], derive=derive).same


def test_asking_for_them_by_name_finds_nothing_and_breaks_nothing(release):
    for text in list(strings().values())[::10]:
        with pytest.raises(NotFound) as caught:
            why(release, text)
        assert str(caught.value).isprintable()


def test_hydrating_a_release_without_withheld_rows_changes_no_row(release, descriptions, tmp_path):
    export = release.parents[2] / "raw" / "naughty" / "posts.jsonl"
    found = hydrate(release, [export], tmp_path / "copy", render=descriptions)
    assert (found.filled, found.left) == (0, 0)
    assert with_pyarrow(found.path) == with_pyarrow(release)
