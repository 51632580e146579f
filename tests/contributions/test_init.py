"""A new dataset package: complete, judged good, and its own."""

import json
import tomllib
from pathlib import Path

import pytest

from threadcommons.contributions import check, init
from threadcommons.errors import BadUsage
from threadcommons.recipe import read_recipe
from threadcommons.schema import SCHEMAS, judge, schema_bytes


def test_it_has_everything_and_nothing_is_wrong_with_it(tmp_path):
    folder = tmp_path / "harbour-talk"
    made = init(folder)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == made
    assert {"README.md", "dataset_card.md", "build/recipe.toml", "raw/README.md", ".gitignore"} <= set(made)
    recipe = read_recipe(folder)
    assert (recipe.dataset["name"], recipe.dataset["title"]) == ("harbour-talk", "Harbour talk")
    checked = check(folder)
    assert checked.findings == ()
    assert [(count.posts, count.publishable, count.accounted) for count in checked.counts] == [
        (3, 3, (folder / "raw/first-thread/posts.jsonl").stat().st_size)
    ]


def test_the_schemas_are_those_of_the_tool(tmp_path):
    init(tmp_path / "new")
    for name in SCHEMAS:
        assert (tmp_path / "new/schema" / f"{name}.schema.json").read_bytes() == schema_bytes(name)


def test_the_example_says_honestly_who_wrote_it(tmp_path):
    init(tmp_path / "new")
    posts = [json.loads(line) for line in (tmp_path / "new/raw/first-thread/posts.jsonl").read_bytes().splitlines()]
    assert len(posts) == 3
    assert all(judge("post").accepts(post) for post in posts)
    assert all("machine-written" in post["author"]["name"] for post in posts)
    assert {post["generator"]["interventions"] for post in posts} == {"undisclosed"}
    declared = tomllib.loads((tmp_path / "new/raw/first-thread/source.toml").read_text())
    assert declared["license"]["declared"] == "CC0-1.0"


def test_nothing_of_the_dataset_of_this_repository_is_in_it(tmp_path):
    """Its sources and its name; the name of the tool is allowed."""
    init(tmp_path / "new")
    raw = Path(__file__).resolve().parents[2] / "raw"
    sources = {path.name for path in raw.iterdir() if path.is_dir()}
    assert sources
    for path in (tmp_path / "new").rglob("*"):
        text = path.read_text() if path.is_file() else ""
        assert not [name for name in sources if name in text or name in path.name], path


def test_two_packages_are_the_same_bytes(tmp_path, tree):
    init(tmp_path / "a", name="talk")
    init(tmp_path / "b", name="talk")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    assert init(tmp_path / "empty")
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == [
        ".gitignore", "README.md", "build", "dataset_card.md", "raw", "schema",
    ]  # fmt: skip


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path, tree):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".hidden").write_text("mine")
    with pytest.raises(BadUsage, match="something here already"):
        init(tmp_path / "mine")
    assert tree(tmp_path / "mine") == {".hidden": b"mine"}
    (tmp_path / "file").write_text("mine")
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("file", "link"):
        with pytest.raises(BadUsage):
            init(tmp_path / name)
    assert list((tmp_path / "target").iterdir()) == []


@pytest.mark.parametrize("name", ["Über", "a b", "-x", "x" * 65, "../up", ""])
def test_a_name_that_cannot_be_used_is_refused(tmp_path, name):
    folder = tmp_path / "ok" if name else tmp_path / "---"
    with pytest.raises(BadUsage, match="a dataset is named"):
        init(folder, name=name or None)
    assert not folder.exists()


def test_a_folder_name_becomes_a_short_name(tmp_path):
    init(tmp_path / "My Big Dataset!")
    assert read_recipe(tmp_path / "My Big Dataset!").dataset["name"] == "my-big-dataset"


@pytest.mark.parametrize("there", [True, False])
def test_a_failing_disk_leaves_nothing(tmp_path, monkeypatch, there):
    folder = tmp_path / "new"
    if there:
        folder.mkdir()
    written = Path.write_bytes

    def failing(path, data):
        if path.name == "recipe.toml":
            raise OSError(28, "No space left on device")
        return written(path, data)

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises(OSError, match="No space"):
        init(folder)
    assert folder.exists() == there
    assert not there or list(folder.iterdir()) == []
