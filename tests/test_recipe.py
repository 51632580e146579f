"""The recipe is read once and strictly: whatever it does not know is an error that names the key."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.errors import BadRecipe, NoPackage, ThreadCommonsError
from threadcommons.model import Limits
from threadcommons.recipe import PLACE, find_root, plain, read_recipe, recipe_of

TEXT = """\
schema = 1

[dataset]
name = "soup"
title = "Soup"
description = "Posts about soup."
version = "1.2.3"
released = 2026-01-31
creators = ["The cooks"]
contact = "Open an issue."

[publish]
classes = ["public-domain", "permissive"]
promise = { permissive = "collection" }

[authors]
policy = "credit"

[shards]
rows = 1000
row_group = 100

[limits]
record_bytes = 4096
depth = 32

[sources]
exclude = ["old"]
"""


@pytest.fixture
def package(tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / PLACE).write_text(TEXT)
    return tmp_path


def rewritten(package, old, new):
    assert old in TEXT
    (package / PLACE).write_text(TEXT.replace(old, new))
    return package


def test_a_recipe_is_understood(package):
    recipe = read_recipe(package)
    assert recipe.version == "1.2.3"
    assert recipe.dataset["released"] == "2026-01-31"
    assert recipe.publish == ("public-domain", "permissive")
    assert recipe.promise == {"permissive": "collection"}
    assert (recipe.author_policy, recipe.shard_rows, recipe.row_group) == ("credit", 1000, 100)
    assert recipe.limits == Limits(record_bytes=4096, depth=32)
    assert recipe.exclude == ("old",)


def test_the_recipe_of_this_repository_is_one():
    assert read_recipe(Path(__file__).resolve().parents[1]).dataset["name"] == "thread-commons"


def test_values_of_toml_become_values_of_json():
    table = tomllib.loads("a = [2024-05-06, {b = 2024-05-06T07:08:09Z}]\nc = 07:08:09\nd = 1.5")
    assert plain(table) == {"a": ["2024-05-06", {"b": "2024-05-06T07:08:09Z"}], "c": "07:08:09", "d": 1.5}


# -- its digest ---------------------------------------------------------------------------------------------------


def test_comments_and_order_do_not_change_the_digest_and_decisions_do(package):
    before = read_recipe(package).digest
    (package / PLACE).write_text("# a comment\n" + TEXT.replace('name = "soup"\ntitle = "Soup"', 'title   = "Soup" # soup\nname = "soup"'))
    assert read_recipe(package).digest == before
    others = [("rows = 1000", "rows = 1001"), ('"permissive"]', '"reciprocal"]'), ('"1.2.3"', '"1.2.4"'), ('exclude = ["old"]', "exclude = []")]
    assert len({read_recipe(rewritten(package, *change)).digest for change in others} | {before}) == 5


def test_rule_packs_are_part_of_the_recipe(package):
    rewritten(package, "[authors]", "[authors]")
    rules = package / "build" / "rules"
    rules.mkdir()
    (rules / "kitchen.toml").write_text("a = 1\n")
    rewritten(package, "promise =", 'rules = ["kitchen.toml"]\npromise =')
    first = read_recipe(package)
    assert first.rules == {"kitchen.toml": "a = 1\n"}
    (rules / "kitchen.toml").write_text("a = 2\n")
    assert read_recipe(package).digest != first.digest
    (rules / "kitchen.toml").unlink()
    with pytest.raises(BadRecipe) as refused:
        read_recipe(package)
    assert refused.value.where == "build/rules/kitchen.toml"


# -- errors -------------------------------------------------------------------------------------------------------

BAD = {
    "an unknown key": ("[authors]", "[authors]\nnames = true", "/authors/names"),
    "a misspelt key": ("row_group", "row_groups", "/shards/row_group"),
    "an unknown table": ("[authors]", "[people]\na = 1\n[authors]", "/people"),
    "a missing key": ("depth = 32\n", "", "/limits/depth"),
    "a wrong type": ("rows = 1000", 'rows = "1000"', "/shards/rows"),
    "a fraction": ("rows = 1000", "rows = 1000.0", "/shards/rows"),
    "an unknown class": ('"permissive"]', '"free"]', "/publish/classes/1"),
    "the unknown class": ('"permissive"]', '"unknown"]', "/publish/classes/1"),
    "a version that is none": ('"1.2.3"', '"1.2"', "/dataset/version"),
    "a version that leads away": ('"1.2.3"', '"../../x"', "/dataset/version"),
    "a date that is none": ("2026-01-31", '"2026-02-30"', "/dataset/released"),
    "a row group too large": ("row_group = 100", "row_group = 100000", "/shards/row_group"),
    "no rows": ("rows = 1000", "rows = 0", "/shards/rows"),
    "nesting too deep": ("depth = 32", "depth = 100000", "/limits/depth"),
    "a schema of tomorrow": ("schema = 1", "schema = 2", "/schema"),
}


@pytest.mark.parametrize(("old", "new", "pointer"), BAD.values(), ids=BAD)
def test_the_key_at_fault_is_named(package, old, new, pointer):
    with pytest.raises(BadRecipe, match=pointer) as refused:
        read_recipe(rewritten(package, old, new))
    assert refused.value.where == PLACE
    assert refused.value.hint


@pytest.mark.parametrize("data", [b"", b"a = ", b"\xff", b"a = 1\na = 2", b"a = " + b"[" * 100_000, b"a = " + b"9" * 10_000, b"a = 2024-02-30"])
def test_what_is_no_recipe_at_all_is_one_line(package, data):
    (package / PLACE).write_bytes(data)
    with pytest.raises(BadRecipe) as refused:
        read_recipe(package)
    assert "\n" not in str(refused.value)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.data())
def test_any_damage_ends_in_a_recipe_or_in_an_error_of_ours(data):
    text = list(TEXT)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.sampled_from(["", "[", "]", '"', "=", "\n", "9", ".", "x", "\u202e", "{"]))
    try:
        table = plain(tomllib.loads("".join(text)))
    except ValueError:
        return
    try:
        assert recipe_of(table).dataset == table["dataset"]
    except ThreadCommonsError as refused:
        assert refused.where == PLACE  # noqa: PT017  (either outcome is fine)


# -- finding it ---------------------------------------------------------------------------------------------------


def test_the_package_is_the_nearest_folder_above(package):
    inner = package / "raw" / "soup"
    inner.mkdir(parents=True)
    assert find_root(inner) == find_root(package) == package.resolve()
    (inner / "build").mkdir()
    (inner / PLACE).write_text(TEXT)
    assert find_root(inner) == inner.resolve()


def test_where_there_is_none_that_is_said(tmp_path):
    for look in (find_root, read_recipe):
        with pytest.raises(NoPackage) as refused:
            look(tmp_path)
        assert "init" in refused.value.hint
