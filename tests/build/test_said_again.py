"""Words of a post that another one says again, be it an answer, a quote or a copy: their licences meet, as builds show."""

import json
import random

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build import exchange, repeats
from threadcommons.release import replay

from .conftest import post
from .test_build import everything
from .test_repeats import (
    EARLY,
    FERRY,
    HIDDEN,
    LATE,
    LATEST,
    MILL,
    OTHER,
    every_row_is_derived_again,
    merged,
    near,
    package_bytes,
    package_of,
)
from .test_words import careless, rows_of

# -- answers that say it again -------------------------------------------------------------------------------------

NAMING = [(naming, said) for naming in ("parent", "quoted") for said in (HIDDEN, near(HIDDEN))]


def repeating(root, posts):
    return package_of(root, sources={"talk": [post("w0", HIDDEN, None, created_at=EARLY), *posts]})


def repeated_words_stay_back(package, release):
    assert b"lantern" not in everything(release)
    assert {row["release"] for row in rows_of(package).values()} == {"withheld"}


@pytest.mark.parametrize(("naming", "said"), NAMING)
def test_an_answer_that_repeats_withheld_words_keeps_them_back(tmp_path, naming, said):
    """It is not merged with what it answers, so their licences have to meet in another way."""
    package = repeating(tmp_path / "package", [post("w1", said, created_at=LATE, **{naming: "w0"})])
    release = package.build(workers=1).path
    repeated_words_stay_back(package, release)
    every_row_is_derived_again(package, release)
    assert api.why(release, "talk:w1")[0]["detail"].endswith("talk:w0")


@pytest.mark.parametrize(
    "posts",
    [
        # What answers a copy, which comes to stand behind the first; what answers that answer; a copy of the answer.
        [post("w1", near(HIDDEN), created_at=LATE), post("w2", HIDDEN, parent="w1", created_at=LATEST)],
        [post("w1", HIDDEN, parent="w0", created_at=LATE), post("w2", HIDDEN, parent="w1", created_at=LATEST)],
        [post("w1", HIDDEN, parent="w0", created_at=LATE), post("w2", near(HIDDEN), created_at=LATEST)],
        # Dates that cannot be: the answer is the earliest.
        [post("w1", HIDDEN, parent="w0", created_at="2018-01-01T00:00:00Z")],
    ],
    ids=["of a copy", "of an answer", "copied", "dated before"],
)
def test_so_does_one_by_way_of_others(tmp_path, posts):
    package = repeating(tmp_path / "package", posts)
    release = package.build(workers=1).path
    repeated_words_stay_back(package, release)
    every_row_is_derived_again(package, release)


def answering_nobody(posts, *_):
    """The broken twin: no post says again what it answers."""
    return posts.with_columns(again=pl.lit(None, pl.List(pl.UInt32)), detail=pl.lit(None, pl.String))


@pytest.mark.parametrize(("naming", "said"), NAMING)
def test_an_answer_that_keeps_its_own_licence_is_caught(tmp_path, monkeypatch, naming, said):
    monkeypatch.setattr(repeats, "_answering", answering_nobody)
    package = repeating(tmp_path / "package", [post("w1", said, created_at=LATE, **{naming: "w0"})])
    release = careless(package).path
    with pytest.raises(AssertionError):
        repeated_words_stay_back(package, release)


@pytest.mark.parametrize("action", ["flag", "merge"])
def test_words_of_what_is_answered_meet_whatever_is_done_about_copies(tmp_path, action):
    posts = [post("w0", HIDDEN, None, created_at=EARLY), post("w1", near(HIDDEN), created_at=LATE, parent="w0")]
    package = package_of(tmp_path / "package", f'[dedup]\nexact = "{action}"\nnear = "{action}"\n', {"talk": posts})
    repeated_words_stay_back(package, package.build(workers=1).path)


def test_one_that_quotes_another_post_as_well_meets_both(tmp_path):
    words = f"> {FERRY}\n\n{MILL}"
    posts = [
        post("m0", MILL, "CC-BY-SA-4.0", created_at=EARLY, author={"name": "Mo"}),
        post("f0", FERRY, "CC-BY-4.0", created_at=EARLY, author={"name": "Fe"}),
        post("x0", words, created_at=LATE, parent="m0", quoted="f0", kind="quote"),
    ]
    package = package_of(tmp_path / "package", sources={"talk": posts})
    release = package.build(workers=1).path
    assert rows_of(package)["x0"]["license"] == "CC-BY-4.0 AND CC-BY-SA-4.0"
    every_row_is_derived_again(package, release)


def quoting_twice(root):
    """Two posts that are the same to the letter, of which only the later one says whom it quotes."""
    words = f"> {HIDDEN}\n\n{OTHER}"
    return repeating(root, [post("s0", words, created_at=EARLY), post("d0", words, parent="w0", created_at=LATE)])


def test_a_copy_tells_whose_words_both_carry(tmp_path):
    package = quoting_twice(tmp_path / "package")
    release = package.build(workers=1).path
    assert merged(package) == {"talk:d0": ("talk:s0", "duplicate.exact")}
    repeated_words_stay_back(package, release)
    every_row_is_derived_again(package, release)


def test_what_a_copy_tells_and_nobody_hears_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr(repeats, "_copying", lambda posts, *_: posts)
    package = quoting_twice(tmp_path / "package")
    release = careless(package).path
    with pytest.raises(AssertionError):
        repeated_words_stay_back(package, release)


def test_a_copy_with_another_quote_tells_nothing_of_the_first(tmp_path):
    """Their own words are the same, but what the later one quotes does not stand in the earlier one."""
    posts = [post("s0", OTHER, created_at=EARLY), post("d0", f"> {HIDDEN}\n\n{OTHER}", parent="w0", created_at=LATE)]
    package = repeating(tmp_path / "package", posts)
    release = package.build(workers=1).path
    assert b"lantern" not in everything(release)
    assert rows_of(package)["s0"]["release"] == "published"
    every_row_is_derived_again(package, release)


def test_credit_follows_from_a_quote_to_what_was_said_again(tmp_path, monkeypatch):
    posts = [
        post("m0", MILL, "CC-BY-4.0", created_at=EARLY, author={"name": "Mo Miller"}),
        post("m1", near(MILL), "CC-BY-4.0", created_at=LATE, parent="m0", author={"name": "Ann Again"}),
        post("x0", "> until today indeed\n\nWell said.", "CC-BY-4.0", quoted="m1", kind="quote", author={"name": "Quinn Quoting"}),
    ]  # fmt: skip
    package = package_of(tmp_path / "package", sources={"talk": posts})
    release = package.build(workers=1).path
    credit = rows_of(package)["x0"]["attribution"]
    assert all(name in credit for name in ("Quinn Quoting", "Ann Again", "Mo Miller"))
    every_row_is_derived_again(package, release)
    monkeypatch.setattr(replay, "_again", lambda _release: {})
    assert api.trace(release, "talk:x0", root=package.root).differing == ("attribution", "row_sha256")


# -- any company ---------------------------------------------------------------------------------------------------

WORDS = [f"word{number}" for number in range(900)]
GROUPS = 60


def companies(seed):
    """Posts in groups that say nearly the same, each answering, quoting and dated by chance; some start unlicensed."""
    chance = random.Random(seed)
    for group in range(GROUPS):
        base = " ".join(chance.sample(WORDS, 24))
        ids = [f"g{group}-{number}" for number in chance.sample(range(10), chance.randint(2, 6))]
        for place, id_ in enumerate(ids):
            said = chance.choice([base, base, f"{base} indeed", f"well {base}"])
            # Who answers and quotes nobody can have taken the words from nobody here.
            linked = {} if place == 0 else {name: chance.choice([None, *ids]) for name in ("parent", "quoted")}
            linked = {name: other for name, other in linked.items() if other not in (None, id_)}
            dated = {"created_at": f"20{chance.randint(10, 12)}-01-01T00:00:00Z"} if chance.random() < 0.8 else {}
            license_ = chance.choice([None, "CC0-1.0"]) if place == 0 else "CC0-1.0"
            yield post(id_, said, license_, kind=chance.choice(["post", "reply", "quote"]), **linked, **dated)


def company(root, seed):
    return package_of(root, sources={"talk": list(companies(seed))})


def group_of(id_):
    return id_.partition(":")[2].partition("-")[0]


def nobody_says_what_nobody_licensed(package):
    """Where one of a group wrote without a licence, the words of that group stand in no row."""
    unlicensed = {group_of(row["id"]) for row in package.table("ledger").to_dicts() if row["code"] == "license.missing"}
    drafts = package_bytes(package, "talk").splitlines()
    unlicensed |= {json.loads(line)["native_id"].partition("-")[0] for line in drafts if b'"license"' not in line}
    published = [row["id"] for row in package.table().to_dicts() if row["release"] == "published"]
    assert len(unlicensed) > GROUPS // 4
    assert len(published) > GROUPS // 4
    assert [id_ for id_ in published if group_of(id_) in unlicensed] == []


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_says_what_nobody_licensed(tmp_path, seed):
    package = company(tmp_path / "package", seed)
    release = package.build(workers=1).path
    nobody_says_what_nobody_licensed(package)
    for row in package.table().filter(pl.col("release") == "withheld").head(4).to_dicts():
        assert api.trace(release, row["id"], root=package.root).differing == ()


@pytest.mark.parametrize("fault", ["answers", "meeting"])
def test_words_that_get_out_are_caught(tmp_path, monkeypatch, fault):
    if fault == "answers":
        monkeypatch.setattr(repeats, "_answering", answering_nobody)
    else:
        monkeypatch.setattr(exchange, "met", lambda rows, *_others: rows)
    package = company(tmp_path / "package", 1)
    careless(package)
    with pytest.raises(AssertionError):
        nobody_says_what_nobody_licensed(package)
