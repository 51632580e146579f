"""Texts that break programs, and recipes that would, through real builds."""

import json
import math
from pathlib import Path

import polars as pl
import pytest

from threadcommons.build import words
from threadcommons.errors import BadRecipe

from .conftest import Package, post
from .test_words import careless, rows_of, told

# -- hostile texts -------------------------------------------------------------------------------------------------

MILLION = 1_000_000
HOSTILE = {
    "one-character": "x" * MILLION,
    "one-wide-character": "\u732b" * (MILLION // 4),
    "tower": "e" + "\u0301" * 10_000,
    "towers": ("z" + "\u0351\u0352\u0353" * 40) * 2_000,
    "addresses": "http://a " * 100_000,
    "too-many-addresses": " ".join(f"https://x.example/{number}" for number in range(100_000)),
    "mail": "a@example.org " * 20_000,
    "turned": "\u202e\u2066gnihton\u2069\u202c " * 5_000,
    "digits": "0123456789" * 20_000,
    "empty": "",
    "blank": " \n\t\u00a0\u3000" * 1_000,
    "unseen": "\u200b\u2060" * 5_000,
    "faces": "\U0001f468\u200d\U0001f469" * 10_000,
    "half-numbers": "+1 2 3 4 " * 20_000,
    "half-secrets": "-----BEGIN PRIVATE KEY-----\n" * 5_000,
}
#: Cherokee and Tifinagh, of which the model has not seen a word, and words of no language.
UNKNOWN = {
    "cherokee": "\u13e3\u13b3\u13a9 \u13a6\u13ec\u13c2\u13af\u13cd\u13d7 \u13d9\u13aa\u13a0\u13d4\u13c5 \u13a0\u13a9\u13cd\u13d7 \u13a4\u13c5\u13aa\u13b3",
    "tifinagh": "\u2d30\u2d62\u2d6d\u2d53\u2d54 \u2d49\u2d61\u2d30\u2d4f \u2d49\u2d4f\u2d30\u2d4e\u2d53\u2d54 \u2d30\u2d4e\u2d30\u2d4e\u2d53\u2d54",
}
#: A record that the contract refuses before anybody measures its text.
TOO_LONG = "too-many-addresses"
#: What a record says whose text has half of a pair, escaped as JSON allows it.
HALF = b'{"native_id": "half", "kind": "post", "markup": "plain", "license": "CC0-1.0", "text": "cut \\ud83d here"}\n'


def hostile_package(root):
    package = Package(root)
    package.recipe("record_bytes = 4096", "record_bytes = 16000000")
    package.source("hostile", [post(name, text) for name, text in HOSTILE.items()], raw=HALF)
    package.source("unknown", [post(name, text) for name, text in UNKNOWN.items()])
    return package


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    package = hostile_package(tmp_path_factory.mktemp("hostile") / "package")
    return package, package.build(workers=1)


def each_has_a_flag_a_redaction_or_a_fate(package):
    rows = rows_of(package)
    fates = {row["id"]: (row["fate"], row["code"]) for row in package.table("ledger").to_dicts()}
    for name in HOSTILE.keys() - {TOO_LONG}:
        fate, code = fates[f"hostile:{name}"]
        assert fate in ("row", "excluded")
        assert code or rows[name]["quality_flags"] or rows[name]["redactions"], name


def test_hostile_texts_get_a_flag_or_a_fate(hostile):
    package, made = hostile
    each_has_a_flag_a_redaction_or_a_fate(package)
    excluded = set(package.table("ledger").filter(pl.col("fate") == "excluded")["id"])
    assert excluded == {f"hostile:{name}" for name in ("one-character", "one-wide-character", "tower", "empty", "blank", "unseen")}
    flags = {name: set(row["quality_flags"]) for name, row in rows_of(package).items()}
    expected = {"towers": "combining-tower", "addresses": "link-heavy", "turned": "bidi-control", "digits": "mostly-digits", "faces": "emoji-heavy"}
    assert {name: flag for name, flag in expected.items() if flag not in flags[name]} == {}
    assert sum(made.manifest["fates"].values()) == len(HOSTILE) + len(UNKNOWN) + 1


def test_half_of_a_pair_and_more_than_a_text_may_have_are_refused_as_records(hostile):
    refused = hostile[0].table("ledger").filter(pl.col("fate") == "quarantined").sort("offset").to_dicts()
    assert [(entry["code"], entry["pointer"]) for entry in refused] == [("post.too-long", "/text"), ("record.lone-surrogate", None)]


def test_a_language_that_nobody_trained_for_is_not_guessed(hostile):
    rows = rows_of(hostile[0])
    assert {name: rows[name]["lang"] for name in UNKNOWN} == dict.fromkeys(UNKNOWN, "und")


def test_hostile_texts_are_published_bit_for_bit_where_nothing_was_taken_out(hostile):
    for name, row in rows_of(hostile[0]).items():
        if not row["redactions"]:
            assert row["text"] == {**HOSTILE, **UNKNOWN}[name]


def test_without_rules_hostile_texts_would_pass_unmarked(tmp_path, monkeypatch):
    package = hostile_package(tmp_path / "package")
    monkeypatch.setattr(words, "_rules", lambda _table, _source: ())
    careless(package)
    with pytest.raises((AssertionError, KeyError)):
        each_has_a_flag_a_redaction_or_a_fate(package)


# -- what a recipe may say -----------------------------------------------------------------------------------------

BOMB = "(a+)+$"


@pytest.mark.parametrize(
    "said",
    [
        f'[privacy]\nemail = "{BOMB}"',
        f'[privacy.patterns]\nsecret = "{BOMB}"',
        f'[quality.rules.run]\npattern = "{BOMB}"',
        f'[quality.rules."{BOMB}"]\naction = "flag"',
        '[quality.rules.run]\nthreshold = "1e999"',
        "[quality.rules.run]\nthreshold = nan",
        "[quality.rules.run]\nthreshold = inf",
        f'[dedup]\nnormalise = "{BOMB}"',
        f'[splits]\ntest = "{BOMB}"',
        f'[sources]\nexclude = ["{BOMB}"]',
    ],
)
def test_a_recipe_holds_no_pattern_and_no_number_that_is_none(package, said):
    package.source("talk", [told("b")])
    path = package.root / "build/recipe.toml"
    path.write_text(path.read_text() + said)
    with pytest.raises(BadRecipe):
        package.build(workers=1)


def test_a_source_to_leave_out_that_is_not_there_is_told(package):
    """A misspelt name would publish what was to stay at home."""
    package.source("talk", [told("b")])
    package.source("private", [told("c")])
    package.recipe("[limits]", '[sources]\nexclude = ["privat"]\n[limits]')
    with pytest.raises(BadRecipe, match="/sources/exclude: there is no source 'privat'") as refused:
        package.build(workers=1)
    assert "private" in refused.value.hint
    package.recipe('["privat"]', '["private"]')
    assert {export["source"] for export in package.build(workers=1).manifest["exports"]} == {"talk"}


def test_no_word_of_a_recipe_is_taken_for_a_pattern():
    """The schema asks nobody for a regular expression: none of its values is called or formatted as one."""
    schema = json.loads((Path(__file__).parents[2] / "schema/recipe.schema.json").read_text(encoding="utf-8"))

    def walked(node):
        yield node
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from walked(child)

    nodes = [node for node in walked(schema) if isinstance(node, dict)]
    names = {name for node in nodes for name in node.get("properties", {})}
    assert not {name for name in names if any(word in name for word in ("pattern", "regex", "expression"))}
    assert not [node for node in nodes if node.get("format") == "regex"]
    assert all(math.isfinite(node["maximum"]) for node in nodes if isinstance(node.get("maximum"), int | float))
