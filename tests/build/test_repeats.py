"""Posts that say the same, through real builds: who stays, under which licence, what becomes of those who named them."""

import random

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build import exchange, repeats, write_task
from threadcommons.dedup import clustering

from .conftest import ROOMY, Package, post
from .test_build import everything
from .test_words import careless

#: Texts of more than twelve words; each is near to its own kind and to nothing else.
MILL = "there was once a well by the mill that nobody had looked into for as long as anybody could remember, until today"
FERRY = "every morning the ferry leaves the lower pier a little later than it says on the board, and nobody minds that much"
SONG = "of all the songs that we sang on the way over the hills that night only one had a second verse that somebody knew"
HIDDEN = "what nobody licensed are these very words about the lantern that swings over the gate when the wind comes from the sea"
OTHER = "whoever repairs a clock should first listen to it for an hour and write down what it does before opening anything at all"
EARLY, LATE, LATEST = (f"20{year}-05-01T00:00:00Z" for year in (19, 20, 21))


def near(text):
    return f"{text} indeed"


SOURCES = {
    # The earliest stays, whatever its licence: here the loosest one is in the middle and the strictest comes last.
    "alpha": [
        post("a2", near(MILL), "CC0-1.0", created_at=LATE),
        post("ar", "An answer to the merged one.", parent="a2", created_at=LATEST),
        post("aq", "> until today indeed\n\nThat is a quote of the merged one.", kind="quote", quoted="a2", created_at=LATEST),
        # Without a time the lowest id stays.
        post("s1", SONG, "CC-BY-4.0", author={"name": "Ada Singer"}),
        post("yes1", "yes"),
        post("yes2", "yes"),
    ],
    "beta": [
        post("b1", MILL, "CC-BY-4.0", created_at=EARLY, author={"name": "Bo Miller"}),
        post("s0", near(SONG), "CC-BY-4.0", author={"name": "Bo Singer"}),
        post("yes1", "yes"),
        post("f1", FERRY, created_at=EARLY),
        post("f2", f"> {FERRY}\n\nI agree.", parent="f1", created_at=LATE),
        post("f3", f"> {FERRY}", kind="quote", quoted="f1", created_at=LATE),
        post("f4", near(FERRY), parent="f1", created_at=LATE),
    ],
    "gamma": [post("c3", f"well {MILL}", "CC-BY-SA-4.0", created_at=LATEST, author={"name": "Cy Miller"})],
    # Nobody licensed the first; others say the same under a licence that they had no right to give.
    "quiet": [post("h0", HIDDEN, None, created_at=LATE)],
    "loud": [
        post("h1", near(HIDDEN), created_at=LATEST),
        post("h2", HIDDEN, created_at=EARLY),
        post("hr", "An answer to a copy.", parent="h1", created_at=LATEST),
        post("hq", "> that swings over the gate\n\nWords of a copy.", kind="quote", quoted="h1", created_at=LATEST),
        post("o1", OTHER),
    ],
}  # fmt: skip


def package_of(root, dedup="", sources=None):
    package = Package(root, **ROOMY)
    path = package.root / "build/recipe.toml"
    path.write_text(path.read_text() + dedup)
    for name, posts in (sources or SOURCES).items():
        package.source(name, posts)
    return package


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    package = package_of(tmp_path_factory.mktemp("repeats") / "package")
    return package, package.build(workers=1)


@pytest.fixture
def fresh(tmp_path):
    return package_of(tmp_path / "package")


def by_id(package):
    return {row["id"]: row for row in package.table().to_dicts()}


def merged(package):
    """Id -> (id that stands for it, code) of all duplicates."""
    table = package.table("ledger").filter(pl.col("fate") == "duplicate")
    return {row["id"]: (row["of"], row["code"]) for row in table.to_dicts()}


# -- who stays -----------------------------------------------------------------------------------------------------


def the_earliest_stays_then_the_lowest_id(package):
    assert merged(package) == {
        "alpha:a2": ("beta:b1", "duplicate.near"),
        "gamma:c3": ("beta:b1", "duplicate.near"),
        "beta:s0": ("alpha:s1", "duplicate.near"),
        "quiet:h0": ("loud:h2", "duplicate.exact"),
        "loud:h1": ("loud:h2", "duplicate.near"),
    }
    rows = by_id(package)
    assert rows["beta:b1"]["merged_from"] == ["alpha:a2", "gamma:c3"]
    assert rows["alpha:s1"]["merged_from"] == ["beta:s0"]
    assert rows["beta:b1"]["modified"]
    assert not rows["loud:o1"]["modified"]


def test_the_earliest_stays_then_the_lowest_id_whatever_the_licence(built):
    the_earliest_stays_then_the_lowest_id(built[0])


def test_a_survivor_that_its_licence_chose_is_caught(fresh, monkeypatch):
    """The broken twin: the id alone decides, so the loosest of three stays."""
    right = pl.DataFrame.sort

    def by_id_alone(self, *by, **how):
        return right(self, "id") if by == ("created_at", "id") else right(self, *by, **how)

    monkeypatch.setattr(pl.DataFrame, "sort", by_id_alone)
    careless(fresh)
    with pytest.raises(AssertionError):
        the_earliest_stays_then_the_lowest_id(fresh)


def the_strictest_licence_wins(package):
    row = by_id(package)["beta:b1"]
    assert (row["license"], row["license_class"], row["share_alike"]) == ("CC-BY-4.0 AND CC-BY-SA-4.0", "reciprocal", True)
    assert {name for name in ("Bo Miller", "Cy Miller") if name in row["attribution"]} == {"Bo Miller", "Cy Miller"}
    quote = by_id(package)["alpha:aq"]
    assert quote["license"] == "CC-BY-4.0 AND CC-BY-SA-4.0", "who quotes a merged post takes on what it was merged into"


def test_the_strictest_licence_wins_and_all_are_credited(built):
    the_strictest_licence_wins(built[0])


def nothing_is_laundered(package, release):
    """Words that nobody licensed do not get out under the licence of a copy, be it earlier or nearly the same."""
    assert b"lantern" not in everything(release)
    rows = by_id(package)
    assert [rows[id_]["release"] for id_ in ("loud:h2", "loud:hq")] == ["withheld"] * 2
    assert rows["loud:hr"]["release"] == "published"


def test_no_free_copy_brings_out_what_nobody_licensed(built):
    nothing_is_laundered(built[0], built[1].path)


@pytest.mark.parametrize("check", [the_strictest_licence_wins, nothing_is_laundered])
def test_copies_that_do_not_meet_are_caught(fresh, monkeypatch, check):
    monkeypatch.setattr(exchange, "met", lambda rows, *_others: rows)
    release = careless(fresh).path
    with pytest.raises(AssertionError):
        check(fresh, *([release] if check is nothing_is_laundered else []))


def test_the_withheld_words_stand_in_no_file_of_the_cache_either(built):
    """Whether posts are alike is asked of hashes where the words may not be kept."""
    cached = b"".join(path.read_bytes() for path in (built[0].root / "build/.cache").rglob("*") if path.is_file())
    original = package_bytes(built[0], "quiet")
    assert HIDDEN.encode() in original
    assert cached.count(OTHER.encode()) > 0
    # Of the three posts that say them, the two whose records name a licence are drafts like any others.
    assert cached.count(HIDDEN.encode()) == 2


def package_bytes(package, source):
    return (package.root / "raw" / source / "posts.jsonl").read_bytes()


# -- who named them ------------------------------------------------------------------------------------------------


def who_named_a_merged_post_names_the_survivor(package):
    rows = by_id(package)
    assert (rows["alpha:ar"]["parent_id"], rows["alpha:ar"]["parent_state"]) == ("beta:b1", "present")
    assert rows["alpha:ar"]["conversation_id"] == "beta:b1"
    assert rows["alpha:aq"]["quoted_id"] == "beta:b1"
    assert (rows["loud:hr"]["parent_id"], rows["loud:hr"]["parent_state"]) == ("loud:h2", "withheld")
    assert {rows[id_]["parent_id"] for id_ in ("beta:f2", "beta:f4")} == {"beta:f1"}


def test_who_named_a_merged_post_names_the_survivor(built):
    who_named_a_merged_post_names_the_survivor(built[0])
    assert not [row for row in built[0].table().to_dicts() if row["parent_state"] == "not_collected"]


def test_answers_into_the_void_are_caught(fresh, monkeypatch):
    monkeypatch.setattr(repeats, "_renamed", lambda posts, _found: posts)
    careless(fresh)
    with pytest.raises(AssertionError):
        who_named_a_merged_post_names_the_survivor(fresh)


def every_row_is_derived_again(package, release):
    for id_ in by_id(package):
        found = api.trace(release, id_, root=package.root)
        assert (id_, found.verdict, found.differing) == (id_, "same", ())


def test_survivors_answers_and_quotes_are_derived_again(built):
    every_row_is_derived_again(built[0], built[1].path)


@pytest.mark.parametrize("fault", ["meeting", "renaming", "merging"])
def test_a_trace_sees_what_a_merge_forgot(fresh, monkeypatch, fault):
    with monkeypatch.context() as patch:
        if fault == "meeting":
            patch.setattr(exchange, "met", lambda rows, *_others: rows)
        elif fault == "renaming":
            patch.setattr(repeats, "_renamed", lambda posts, _found: posts)
        else:
            patch.setattr(exchange, "_merged", lambda records, names, merged=exchange._merged: merged(records.clear(), names))
        release = careless(fresh).path
    with pytest.raises(AssertionError):
        every_row_is_derived_again(fresh, release)


def test_why_says_how_alike_they_are(built):
    (answer,) = api.why(built[1].path, "gamma:c3")
    assert (answer["fate"], answer["of"], answer["code"]) == ("duplicate", "beta:b1", "duplicate.near")
    said, _, index = answer["detail"].partition(" ")
    assert said == "jaccard"
    assert 0.8 <= float(index) < 1
    (exact,) = api.why(built[1].path, "quiet:h0")
    assert "detail" not in exact


def test_the_release_verifies(built):
    assert api.verify(built[1].path, root=built[0].root) == []


# -- what is not merged --------------------------------------------------------------------------------------------


def answers_quotes_and_short_posts_stay(package):
    rows = by_id(package)
    assert {"beta:f1", "beta:f2", "beta:f3", "beta:f4", "alpha:yes1", "alpha:yes2", "beta:yes1"} <= set(rows)


def test_answers_quotes_and_short_posts_stay(built):
    answers_quotes_and_short_posts_stay(built[0])


def test_an_answer_that_is_merged_with_what_it_answers_is_caught(fresh, monkeypatch):
    none = pl.Series([], dtype=pl.Int64).to_numpy()
    monkeypatch.setattr(clustering, "_links", lambda *_: (none, none))
    careless(fresh)
    with pytest.raises(AssertionError):
        answers_quotes_and_short_posts_stay(fresh)


def test_short_posts_that_are_merged_blindly_are_caught(tmp_path):
    """The broken twin is a recipe: if every word made a post long, all that agree would be one."""
    package = package_of(tmp_path / "package", "[dedup]\nmin_words = 1\nshingle = 1\n")
    package.build(workers=1)
    with pytest.raises(AssertionError):
        answers_quotes_and_short_posts_stay(package)


# -- what a recipe may want instead --------------------------------------------------------------------------------


def test_what_is_only_flagged_stays_and_says_so(tmp_path):
    sources = {name: SOURCES[name] for name in ("alpha", "beta", "gamma")}
    package = package_of(tmp_path / "package", '[dedup]\nexact = "flag"\nnear = "flag"\n', sources)
    made = package.build(workers=1)
    rows = by_id(package)
    flagged = {id_ for id_, row in rows.items() if "duplicate.near" in row["quality_flags"]}
    assert flagged == {"alpha:a2", "gamma:c3", "beta:s0"}
    assert not [row for row in rows.values() if row["merged_from"]]
    assert rows["alpha:a2"]["license"] == "CC0-1.0"
    assert made.manifest["fates"] == {"row": len(rows)}
    assert {"flag": "duplicate.near", "rows": 3} in made.manifest["by_flag"]
    assert api.verify(made.path) == []
    every_row_is_derived_again(package, made.path)
    assert "duplicate.near" in api.why(made.path, "gamma:c3")[0]["measured"]


def withheld_rows_are_flagged_as_nothing(package):
    """That somebody else says the same would tell what a withheld post says."""
    rows = by_id(package)
    assert rows["quiet:h0"]["release"] == "withheld"
    assert rows["quiet:h0"]["quality_flags"] == []
    assert rows["loud:h1"]["quality_flags"] == ["duplicate.near"]


def flagging(root):
    return package_of(root, '[dedup]\nexact = "flag"\nnear = "flag"\n', {name: SOURCES[name] for name in ("quiet", "loud")})


def test_withheld_rows_are_flagged_as_nothing(tmp_path):
    package = flagging(tmp_path / "package")
    package.build(workers=1)
    withheld_rows_are_flagged_as_nothing(package)


def test_a_flag_that_stays_on_a_withheld_row_is_caught(tmp_path, monkeypatch):
    right = write_task.withholding
    monkeypatch.setattr(write_task, "withholding", lambda: {name: column for name, column in right().items() if name != "quality_flags"})
    package = flagging(tmp_path / "package")
    careless(package)
    with pytest.raises(AssertionError):
        withheld_rows_are_flagged_as_nothing(package)


def test_what_is_off_is_not_looked_for(tmp_path):
    sources = {name: SOURCES[name] for name in ("alpha", "beta", "gamma")}
    package = package_of(tmp_path / "package", '[dedup]\nexact = "off"\nnear = "off"\n', sources)
    made = package.build(workers=1)
    assert made.manifest["fates"] == {"row": sum(map(len, sources.values()))}
    assert made.manifest["by_flag"] == []


# -- any order -----------------------------------------------------------------------------------------------------


def decided(package):
    """What was decided of each post, apart from where it stood."""
    rows = package.table().select("id", "license", "release", "parent_id", "quoted_id", "conversation_id", "merged_from", "quality_flags")
    fates = package.table("ledger").select("id", "fate", "code", "of", "detail")
    return rows.sort("id").to_dicts(), fates.sort("id").to_dicts()


def test_neither_the_order_of_records_nor_of_sources_matters(built, tmp_path):
    chance = random.Random(5)
    names = chance.sample(sorted(SOURCES), len(SOURCES))
    package = Package(tmp_path / "package", **ROOMY)
    for number, name in enumerate(names):
        folder = package.source(name, chance.sample(SOURCES[name], len(SOURCES[name])))
        folder.rename(folder.with_name(f"source-{number}"))
    package.build(workers=1)
    assert decided(package) == decided(built[0])


def test_an_order_that_matters_would_be_seen(built, tmp_path, monkeypatch):
    right = pl.DataFrame.sort
    monkeypatch.setattr(pl.DataFrame, "sort", lambda self, *by, **how: self if by == ("created_at", "id") else right(self, *by, **how))
    package = package_of(tmp_path / "package", sources=SOURCES)
    careless(package)
    assert decided(package) != decided(built[0])
