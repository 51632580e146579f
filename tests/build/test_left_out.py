"""What a rule of quality leaves out is no row, but its words may be in rows, and then its licence counts there."""

import random

import polars as pl
import pytest

from threadcommons import api, licensing
from threadcommons.build import exchange, repeats
from threadcommons.licensing import not_looser

from .licensed import Package, post

MILL = "where is the mill behind the wood and who lives there now that the miller is gone"
FLOOD = "nobody knows which of the two bridges stood before the flood came down from the hills"
LOUD = """
[quality.rules.mostly-upper-case]
action = "exclude"
"""
#: The same for one source alone.
LOUD_THERE = LOUD.replace("rules", "sources.loud")


def package_at(root, rules=LOUD):
    package = Package(root)
    path = package.root / "build/recipe.toml"
    path.write_text(path.read_text() + rules)
    return package


@pytest.fixture
def package(tmp_path):
    return package_at(tmp_path / "package")


def loud(native_id, license_, text=MILL, **more):
    """A post that is left out."""
    return post(native_id, license_, text=text.upper(), **more)


def papers(package):
    """Licence and release of each row, after seeing that each can be derived again from what it is of."""
    rows = package.rows()
    for row in rows.values():
        assert api.trace(package.release, row["id"], root=package.root).differing == ()
    return {id_: (row["license"], row["release"]) for id_, row in rows.items()}


def details(package):
    return {entry["id"]: entry["detail"] for entry in package.table("ledger").to_dicts() if entry["fate"] != "excluded"}


def test_who_quotes_it_meets_its_licence_and_gives_credit(package):
    package.source("talk", [loud("a", "CC-BY-SA-3.0"), post("b", quoted="a"), loud("c", "CC-BY-NC-4.0", FLOOD), post("d", quoted="c"), post("e")])
    built = package.build()
    assert built.manifest["fates"] == {"excluded": 2, "row": 2, "withheld": 1}
    assert papers(package) == {"b": ("CC-BY-SA-3.0", "published"), "d": ("CC-BY-NC-4.0", "withheld"), "e": ("CC0-1.0", "published")}
    assert package.rows()["b"]["attribution"].startswith('quoting "About a", by Author a')


@pytest.mark.parametrize("words", [MILL, f"{MILL} again"], ids=["exact", "near"])
def test_who_says_the_same_meets_its_licence_and_the_ledger_tells_it(package, words):
    package.source("talk", [loud("a", "CC-BY-NC-4.0"), post("b", text=words), post("c", text=words), post("d", text=FLOOD)])
    built = package.build()
    assert built.manifest["fates"] == {"duplicate": 1, "excluded": 1, "row": 1, "withheld": 1}
    assert papers(package) == {"b": ("CC-BY-NC-4.0", "withheld"), "d": ("CC0-1.0", "published")}
    assert package.rows()["b"]["merged_from"] == ["talk:c"]
    assert details(package)["talk:b"] == "says again talk:a"


def test_it_stands_for_nothing_however_early_it_was(package):
    early, late = ({"created_at": f"20{year}-01-01T00:00:00Z"} for year in (10, 20))
    package.source("talk", [post("b", "CC-BY-4.0", text=MILL, **late), loud("a", "CC0-1.0", **early), loud("c", "CC0-1.0", **early)])
    package.build()
    assert papers(package) == {"b": ("CC-BY-4.0", "published")}
    assert package.rows()["b"]["merged_from"] == []
    assert details(package) == {"talk:b": "says again talk:a talk:c"}


def test_words_are_followed_through_what_was_left_out(package):
    """`c` quotes what quotes a withheld post; `e` what is there under two licences; `g` is in a circle."""
    package.source(
        "talk",
        [
            post("a", wishes=["noai"]), loud("b", "CC0-1.0", quoted="a", kind="quote"), post("c", quoted="b"),
            loud("d", "CC-BY-4.0", FLOOD), loud("d", "CC-BY-SA-4.0", f"{FLOOD} too"), post("e", quoted="d"),
            loud("f", "CC-BY-4.0", f"{MILL} {FLOOD}", quoted="g", kind="quote"), post("g", "CC-BY-SA-3.0", quoted="f"),
        ],
    )  # fmt: skip
    package.build()
    found = papers(package)
    assert found["c"] == ("CC0-1.0", "withheld")
    assert found["e"] == ("CC-BY-4.0 AND CC-BY-SA-4.0", "published")
    assert found["g"] == ("CC-BY-4.0 AND CC-BY-SA-3.0", "published")


def test_another_version_of_a_row_counts_unless_it_has_no_words(tmp_path):
    package = package_at(tmp_path / "package", LOUD_THERE)
    package.source("quiet", [post("a", text=MILL.upper()), post("b")], platform="square")
    nothing = post("b", None, text=" ", title=None)
    package.source("loud", [loud("a", "CC-BY-SA-4.0"), nothing], platform="square")
    built = package.build()
    assert built.manifest["fates"] == {"excluded": 2, "row": 2}
    assert papers(package) == {"a": ("CC-BY-SA-4.0", "published"), "b": ("CC0-1.0", "published")}


def test_where_words_that_are_the_same_are_flagged_only_quotes_count(tmp_path):
    package = package_at(tmp_path / "package", f'{LOUD}[dedup]\nexact = "flag"\nnear = "flag"\n')
    package.source("talk", [loud("a", "CC-BY-NC-4.0"), post("b", text=MILL), post("c", quoted="a"), post("d", text=MILL)])
    package.build()
    assert papers(package) == {"b": ("CC0-1.0", "published"), "c": ("CC-BY-NC-4.0", "withheld"), "d": ("CC0-1.0", "published")}
    assert {id_: row["quality_flags"] for id_, row in package.rows().items() if row["quality_flags"]} == {"d": ["duplicate.exact"]}


def test_an_earlier_release_is_recognised_all_the_same(tmp_path):
    before = package_at(tmp_path / "before")
    before.source("other", [post("x", text=FLOOD)])
    package = package_at(tmp_path / "package")
    package.source("talk", [loud("a", "CC0-1.0"), post("b", text="a first word"), loud("c", "CC0-1.0", FLOOD), post("d", text=FLOOD)])
    package.build(previous=[before.build().path])
    assert {id_: row["quality_flags"] for id_, row in package.rows().items()} == {"b": [], "d": ["duplicate.known"]}


LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0", "NOASSERTION")


def mixed(chance, count=60):
    """Posts of which a third are left out, that quote each other and say the same words in other letters."""
    ids = [f"p{number}" for number in range(count)]
    for id_ in ids:
        text = f"{chance.choice((MILL, FLOOD))} {chance.choice(('one two three', 'four five six', 'seven eight nine'))} {chance.choice(('so be it', 'as it was'))}"
        quoted = chance.choice([None, *chance.sample([other for other in ids if other != id_], 1)])
        made = loud if chance.random() < 1 / 3 else post
        yield made(id_, chance.choice(LICENCES), text=text, quoted=quoted, **({"kind": "quote"} if quoted else {}))


@pytest.mark.parametrize("seed", range(3))
def test_no_row_is_looser_than_what_it_quotes_or_says_again(tmp_path, seed):
    package = package_at(tmp_path / "package")
    posts = {one["native_id"]: one for one in mixed(random.Random(seed))}
    package.source("talk", list(posts.values()))
    package.build()
    found, told, met = papers(package), details(package), 0
    for id_, (license_, release) in found.items():
        said = (told[f"talk:{id_}"] or "").removeprefix("says again ").split()
        others = {one.removeprefix("talk:") for one in said} | {posts[id_].get("quoted")}
        gone = [posts[other]["license"] for other in others - {None} if posts[other]["text"].isupper()]
        met += len(gone)
        assert all(not_looser(license_, other) for other in gone)
        assert release == "withheld" or all(map(licensing.releasable, gone))
    assert met > 10


def careless(package):
    package.source("talk", [loud("a", "CC-BY-NC-4.0"), post("b", quoted="a"), post("c", text=MILL)])
    package.build()
    return papers(package)


def test_a_build_that_asks_rows_alone_is_caught(package, monkeypatch):
    right = exchange.met
    monkeypatch.setattr(exchange, "met", lambda rows, copies, recipe, _: right(rows, copies, recipe))
    with pytest.raises(AssertionError):
        careless(package)


def test_a_build_that_compares_rows_alone_is_caught(package, monkeypatch):
    right = repeats._asked
    monkeypatch.setattr(repeats, "_asked", lambda *given: right(*given).filter(pl.col("left_out").is_null()))
    assert careless(package)["c"] == ("CC0-1.0", "published")


def test_both_count_in_a_build_as_it_is(package):
    assert careless(package) == {"b": ("CC-BY-NC-4.0", "withheld"), "c": ("CC-BY-NC-4.0", "withheld")}
