"""Conditions that choose rows: what they mean, and that nothing else is taken for one."""

from __future__ import annotations

import random
import sqlite3

import polars as pl
import pytest

from threadcommons import api
from threadcommons.errors import BadUsage
from threadcommons.release import open_release
from threadcommons.release.subset import DEEPEST, LONGEST, PATTERN, condition, ids_where

ROWS = [
    ("a", "CC-BY-4.0", "de", 10, True, "Clocks and cats", "2024-05-01T00:00:00+00:00"),
    ("b", "CC-BY-SA-4.0", "en", 20, False, "100% wool_en", "2024-05-01T12:00:00+00:00"),
    ("c", "CC0-1.0", None, 30, True, None, None),
    ("d", "CC-BY-4.0", "EN", -5, False, "It's\ntwo lines", "2023-12-31T23:59:59+00:00"),
]
FRAME = pl.DataFrame(
    ROWS, schema=["id", "license", "lang", "n_chars", "share_alike", "title", "created_at"], orient="row"
).with_columns(pl.col("created_at").str.to_datetime(time_zone="UTC"))


def chosen(text: str) -> str:
    return "".join(FRAME.filter(condition(text).asks)["id"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("license = 'CC-BY-4.0'", "ad"),
        ("license <> 'CC-BY-4.0'", "bc"),
        ("license != 'CC-BY-4.0' and n_chars > 20", "c"),
        ("n_chars >= 10 AND n_chars <= 20", "ab"),
        ("n_chars = -5", "d"),
        ("lang = 'en'", "b"),
        ("lang <> 'en'", "ad"),
        ("NOT lang = 'en'", "ad"),
        ("lang IN ('de', 'EN')", "ad"),
        ("lang NOT IN ('de')", "bd"),
        ("lang IS NULL", "c"),
        ("lang is not null", "abd"),
        ("share_alike", "ac"),
        ("NOT share_alike", "bd"),
        ("share_alike = FALSE", "bd"),
        ("title LIKE '%cats'", "a"),
        ("title LIKE '100% wool_en'", "b"),
        ("title LIKE 'c%'", ""),
        ("title LIKE '____s%'", ""),
        ("title NOT LIKE '%s%'", "b"),
        ("title = 'It''s\ntwo lines'", "d"),
        ("title LIKE 'It''s%lines'", "d"),
        ("created_at < '2024-01-01'", "d"),
        ("created_at >= '2024-05-01T14:00:00+02:00'", "b"),
        ("created_at > '2024-05-01' OR lang IS NULL AND n_chars = 30", "bc"),
        ("(created_at > '2024-05-01' OR lang IS NULL) AND n_chars = 30", "c"),
        ("NOT (lang = 'de' OR share_alike)", "bd"),
        ("ID IN ('a', 'c') AND License = 'CC0-1.0'", "c"),
        ("n_chars>10 and n_chars<30", "b"),
    ],
)
def test_what_a_condition_chooses(text, wanted):
    assert chosen(text) == wanted


def test_it_means_what_it_means_in_sql():
    """Random conditions, held against SQLite, which has the same three values of truth."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE posts (id, license, lang, n_chars, share_alike, title, created_at)")
    base.execute("PRAGMA case_sensitive_like = ON")
    base.executemany("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
    tests = ["license = 'CC-BY-4.0'", "lang <> 'en'", "lang IN ('de', 'en')", "n_chars NOT IN (10, 30)", "title LIKE '%o%'",
             "title NOT LIKE '_t%'", "lang IS NULL", "title IS NOT NULL", "n_chars < 20", "share_alike = TRUE", "share_alike"]  # fmt: skip
    chance = random.Random(7)

    def any_condition(depth: int) -> str:
        if depth == 0:
            return chance.choice(tests)
        one, two = any_condition(depth - 1), any_condition(chance.randrange(depth))
        return chance.choice([f"({one}) AND {two}", f"{one} OR {two}", f"NOT ({one} OR {two})", f"NOT {one} AND {two}"])

    for _ in range(500):
        text = any_condition(chance.randint(0, 3))
        wanted = "".join(id_ for (id_,) in base.execute(f"SELECT id FROM posts WHERE {text} ORDER BY id"))
        assert chosen(text) == wanted, text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no column the end"),
        ("licence = 'x'", "there is no column licence"),
        ("links = 'x'", "there is no column links"),
        ("license", "a comparison was expected after license, not the end"),
        ("license = CC0", "a text in single quotes was expected, not CC0"),
        ("license = 5", "a text in single quotes was expected, not 5"),
        ("n_chars = '5'", "a whole number was expected"),
        ("n_chars = 5.5", "nothing can be made of .5"),
        ("n_chars = 99999999999999999999", "a whole number was expected"),
        ("share_alike = 'yes'", "TRUE or FALSE was expected"),
        ("share_alike NOT", "a comparison was expected"),
        ("created_at > 'yesterday'", "a time in single quotes was expected"),
        ("n_chars LIKE '5%'", "LIKE compares texts, and n_chars is none"),
        ("license = 'x", "nothing can be made of 'x"),
        ('license = "x"', 'nothing can be made of "x"'),
        ("license = 'x' lang = 'y'", "AND, OR or the end was expected, not lang"),
        ("(license = 'x'", ") was expected, not the end"),
        ("license = 'x')", "AND, OR or the end was expected, not )"),
        ("license IN ()", "a text in single quotes was expected, not )"),
        ("license IN 'x'", "( was expected"),
        ("license IS 'x'", "NULL was expected"),
        ("license = 'x'; DROP TABLE posts", "nothing can be made of ; DROP"),
        ("license = 'x' -- and so on", "nothing can be made of --"),
        ("lower(license) = 'x'", "there is no column lower"),
        ("NULL = NULL", "there is no column NULL"),
        ("license = 'x' AND", "there is no column the end"),
        ("(" * (DEEPEST + 1) + "share_alike" + ")" * (DEEPEST + 1), "within each other"),
        ("NOT " * (DEEPEST + 1) + "share_alike", "within each other"),
        ("license = '" + "x" * LONGEST + "'", "the condition is longer than"),
        ("license LIKE '" + "_" * (PATTERN + 1) + "'", "a pattern of more than"),
    ],
)
def test_anything_else_is_no_condition(text, says):
    with pytest.raises(BadUsage) as refused:
        condition(text)
    assert says in refused.value.what
    assert refused.value.where == "--where"
    assert refused.value.hint


def test_words_of_a_pattern_are_words():
    for letter in map(chr, [*range(32, 127), 0x20AC, 0x1F600, 9, 10]):
        frame = pl.DataFrame({"title": [letter, "other", letter + letter]})
        found = frame.filter(condition("title LIKE '" + letter.replace("'", "''") + "'").asks)["title"].to_list()
        assert found == {"%": frame["title"].to_list(), "_": [letter]}.get(letter, [letter])


def test_rows_of_a_release(package):
    release = open_release(package.release)
    rows = release.frame("posts", ["id", "license", "release", "position"])
    for text, asks in (
        ("license = 'CC-BY-4.0' AND release = 'published'", (pl.col("license") == "CC-BY-4.0") & (pl.col("release") == "published")),
        ("position > 0", pl.col("position") > 0),
        ("n_chars < 0", pl.lit(value=False)),
    ):
        assert ids_where(release, text).to_list() == rows.filter(asks)["id"].to_list()


def test_credits_for_a_condition_are_those_of_its_rows(package):
    whole = {entry["id"]: entry for entry in api.credits(package.release)}
    by = [id_ for id_, entry in whole.items() if entry["license"] == "CC-BY-4.0"]
    assert by
    assert [entry["id"] for entry in api.credits(package.release, where="license = 'CC-BY-4.0'")] == by
    assert [entry["id"] for entry in api.credits(package.release, by[:2], where="license = 'CC-BY-4.0'")] == by[:2]
    assert list(api.credits(package.release, by[:2], where="license <> 'CC-BY-4.0'")) == []
    with pytest.raises(BadUsage):
        list(api.credits(package.release, where="license"))
