"""The notice names whom the credits name, whatever files these stand in: one by one, or each creator once."""

import random

import polars as pl
import pytest

from threadcommons import licensing
from threadcommons.build import licences

COLUMNS = {"id": pl.String, "license": pl.String, "creator": pl.String, "creator_url": pl.String, "title": pl.String,
           "source_url": pl.String, "modified": pl.Boolean, "also": pl.String, "notice": pl.String}  # fmt: skip


def credits_(chance, count):
    """Credits as rows; few creators have many posts each, some without an address or a name."""
    return [
        {
            "id": f"forum:{number}",
            "license": chance.choice(["CC-BY-4.0", "CC-BY-SA-4.0"]),
            "creator": (who := chance.choice([None, "Ann", "Bo", "Cy"])),
            "creator_url": chance.choice([None, f"https://forum.example/{who}"]),
            "title": chance.choice([None, "On tea"]),
            "source_url": f"https://forum.example/{number}",
            "modified": chance.random() < 0.2,
            "also": chance.choice([None, "by Di under CC-BY-4.0"]),
            "notice": "",
        }
        for number in range(count)
    ]


def together(rows):
    """One credit for each creator and licence, counted in plain Python."""
    found = {}
    for row in rows:
        posts, modified = found.get((row["license"], row["creator"], row["creator_url"]), (0, False))
        found[row["license"], row["creator"], row["creator_url"]] = posts + 1, modified or row["modified"]
    nothing = {"title": None, "source_url": None, "also": None}
    return [
        {"id": f"{posts} posts, listed one by one in data/credits", "license": license_, "creator": creator,
         "creator_url": url, "modified": modified, **nothing}
        for (license_, creator, url), (posts, modified) in found.items()
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "told"), [(1, list), (30, list), (31, together), (90, together)])
def test_a_notice_does_not_depend_on_how_credits_are_filed(tmp_path, monkeypatch, count, told):
    monkeypatch.setattr(licences, "_READABLE", 30)
    rows = credits_(random.Random(count), count)
    paths = [tmp_path / f"{number}.parquet" for number in range(3)]
    for number, path in enumerate(paths):
        pl.DataFrame(rows[number::3], schema=COLUMNS).write_parquet(path)
    expected = licensing.notice(licensing.credit_of({name: row[name] for name in licences._CREDITED}) for row in told(rows))
    assert licences._notice(paths).decode() == expected


def test_without_credits_the_notice_says_so():
    assert licences._notice([]).decode() == licensing.notice(())
