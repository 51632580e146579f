"""The recipe's table: usual where nothing is said, refused where it contradicts itself, and bands that reach their aim."""

import re
import tomllib
from dataclasses import fields
from math import comb
from pathlib import Path

import pytest

from threadcommons.dedup import ACTIONS, Policy, clustering, components, policy_of
from threadcommons.dedup.policy import RECALL
from threadcommons.errors import BadRecipe
from threadcommons.recipe import recipe_of
from threadcommons.schema import schema

TABLE = {
    "schema": 1,
    "dataset": {
        "name": "soup", "title": "Soup", "description": "Posts about soup.", "version": "1.0.0", "released": "2026-01-31",
        "creators": ["The cooks"], "contact": "Open an issue.",
    },
    "publish": {"classes": []},
    "authors": {"policy": "none"},
    "shards": {"rows": 1000, "row_group": 100},
    "limits": {"record_bytes": 4096, "depth": 32},
}  # fmt: skip
PAGE = Path(__file__).resolve().parents[2] / "docs" / "duplicates.md"
DECLARED = schema("recipe")["properties"]["dedup"]["properties"]


def stated(**dedup):
    return policy_of(recipe_of({**TABLE, "dedup": dedup}).dedup)


def test_nothing_said_is_as_usual():
    assert policy_of(recipe_of(TABLE).dedup) == stated() == Policy()


def test_every_key_is_understood_and_its_default_is_the_one_declared():
    assert list(DECLARED) == [field.name for field in fields(Policy)]
    assert policy_of({key: node["default"] for key, node in DECLARED.items()}) == Policy()
    assert DECLARED["exact"]["enum"] == DECLARED["near"]["enum"] == list(ACTIONS)
    assert stated(exact="flag", near="off", threshold=70, shingle=2, permutations=100, min_words=8) == Policy(
        "flag", "off", 0.7, 2, 100, 8
    )


@pytest.mark.parametrize(
    "wrong", [{"exakt": "off"}, {"exact": "delete"}, {"threshold": 49}, {"threshold": 0.8}, {"shingle": 0}, {"min_words": -1}]
)
def test_what_the_schema_does_not_know_is_refused(wrong):
    with pytest.raises(BadRecipe, match="/dedup"):
        stated(**wrong)


@pytest.mark.parametrize(("exact", "near"), [("off", "flag"), ("off", "merge"), ("flag", "merge")])
def test_more_about_likeness_than_about_sameness_is_refused(exact, near):
    with pytest.raises(BadRecipe, match="near = "):
        stated(exact=exact, near=near)


def test_a_shingle_longer_than_a_post_is_refused():
    with pytest.raises(BadRecipe, match=re.escape("min_words = 2 is less than shingle = 3")):
        stated(min_words=2)


def met(policy, likeness):
    """The share of pairs of a Jaccard index that meet in a band, counted out instead of by the formula."""
    alone = likeness**policy.rows
    return sum(comb(policy.bands, n) * alone**n * (1 - alone) ** (policy.bands - n) for n in range(1, policy.bands + 1))


@pytest.mark.parametrize("threshold", range(50, 101, 5))
@pytest.mark.parametrize("permutations", [16, 60, 128, 512])
def test_bands_reach_the_recall_with_as_many_rows_as_they_can(threshold, permutations):
    policy = stated(threshold=threshold, permutations=permutations)
    assert policy.bands * policy.rows <= permutations
    assert met(policy, policy.threshold) >= RECALL
    more = policy.rows + 1
    if more <= permutations and threshold < 100:
        bands = permutations // more
        assert 1 - (1 - policy.threshold**more) ** bands < RECALL


def test_the_usual_bands():
    assert (Policy().rows, Policy().bands) == (5, 12)
    assert met(Policy(), 0.8) > 0.99
    assert met(Policy(), 0.3) < 0.03
    assert met(Policy(), 0.1) < 0.0002


def test_the_page_says_what_holds():
    page = PAGE.read_text(encoding="utf-8")
    usual = tomllib.loads(page.split("```toml\n")[1].split("```")[0])["dedup"]
    assert list(usual) == list(DECLARED)
    assert policy_of(recipe_of({**TABLE, "dedup": usual}).dedup) == Policy()
    head, _, told = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")][-3:]
    assert told[1:] == [f"{met(Policy(), float(likeness)):.4f}" for likeness in head[1:]]
    assert f"{Policy().bands} bands of 8 bytes" in page
    assert f"under {Policy().rows} permutations" in page
    assert f"first {components.FIRST} of them" in page
    assert f"at most {clustering.MOST_STANDING} posts of a cluster" in page
