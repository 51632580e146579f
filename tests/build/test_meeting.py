"""Where posts come together: repeats, quotes, chains and circles of quotes, through the rule and through real builds.

The laws are held against as many companies as LICENCE_CASES says: 100 in `make test`, 10,000 in `make stress`.
"""

import os
import random
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons import api, licensing
from threadcommons.build import meeting
from threadcommons.build.crediting import ready
from threadcommons.build.meeting import MET, met
from threadcommons.errors import NotFound, ThreadCommonsError
from threadcommons.licensing import Claims, decide, not_looser, parse, releasable

from .licensed import EVERY, OPEN, Package, post, recipe

CASES = int(os.environ.get("LICENCE_CASES", "100"))
LABELS = [
    "CC0-1.0", "MIT", "CC-BY-2.5", "CC-BY-4.0", "CC-BY-SA-1.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "GPL-3.0-only", "CDLA-Sharing-1.0", "NOASSERTION",
]  # fmt: skip


@pytest.fixture
def package(tmp_path):
    return Package(tmp_path / "package")


def frame(posts, publish):
    """Rows as they come to a meeting. A post is (id, licence, id quoted or None, wishes)."""
    columns = {name: [] for name in ("id", "carries", *MET)}
    for id_, license_, quoted, wishes in posts:
        found = decide(Claims("village-square", record=license_, wishes=wishes, publish=publish))
        credit = licensing.demands_credit(found.license) and found.release == "published"
        values = (found.license, found.license_class, found.share_alike, credit, found.release, found.reason)
        for name, value in zip(columns, (id_, quoted, *values), strict=True):
            columns[name].append(value)
    schema = {"share_alike": pl.Boolean, "credit": pl.Boolean}
    return pl.DataFrame(columns, schema={name: schema.get(name, pl.String) for name in columns})


def together(posts, repeats=(), classes=OPEN):
    """Id -> the licence columns after the meeting."""
    decided = recipe(classes)
    rows = met(frame(posts, decided.publish), frame(repeats, decided.publish), decided)
    return {row["id"]: row for row in rows.to_dicts()}


# -- the rule ------------------------------------------------------------------------------------------------------


def test_who_meets_nobody_stays_as_it_is():
    rows = frame([("a", "CC-BY-4.0", None, ()), ("b", "CC-BY-NC-4.0", None, ())], recipe().publish)
    assert met(rows, rows.clear(), recipe()).equals(rows)


def test_a_quote_takes_the_licence_of_what_it_quotes():
    found = together([("a", "CC0-1.0", "b", ()), ("b", "CC-BY-SA-4.0", None, ())])
    assert (found["a"]["license"], found["a"]["license_class"]) == ("CC-BY-SA-4.0", "reciprocal")
    assert (found["a"]["share_alike"], found["a"]["credit"], found["a"]["release"]) == (True, True, "published")
    assert found["b"]["license"] == "CC-BY-SA-4.0"


def test_repeats_under_different_licences_meet():
    repeats = [("a", "CC-BY-SA-3.0", None, ()), ("a", "CC-BY-SA-4.0", None, ())]
    found = together([("a", "CC-BY-4.0", None, ())], repeats)["a"]
    assert found["license"] == "CC-BY-4.0 AND CC-BY-SA-3.0 AND CC-BY-SA-4.0"
    assert found["release"] == "published"


def test_repeats_under_one_licence_change_nothing_even_where_nothing_may_be_made_of_it():
    found = together([("a", "CC-BY-ND-4.0", None, ())], [("a", "CC-BY-ND-4.0", None, ())] * 3, EVERY)["a"]
    assert (found["license"], found["release"]) == ("CC-BY-ND-4.0", "published")


@pytest.mark.parametrize(
    ("own", "other"),
    [("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"), ("CC-BY-4.0", "CC-BY-ND-4.0"), ("CC-BY-SA-1.0", "CC-BY-SA-4.0"), ("MIT", "CC-BY-4.0")],
)
def test_parts_that_share_no_licence_are_withheld_and_say_why(own, other):
    quoted = together([("a", own, "b", ()), ("b", other, None, ())], classes=EVERY)
    repeated = together([("a", own, None, ())], [("a", other, None, ())], EVERY)
    for found in (quoted, repeated):
        assert (found["a"]["release"], found["a"]["reason"]) == ("withheld", "license.parts-conflict")
        assert found["a"]["credit"] is False
    assert quoted["b"]["release"] == "published"


def test_words_without_conditions_can_stand_anywhere():
    found = together([("a", "CC-BY-ND-4.0", "b", ()), ("b", "CC0-1.0", None, ())], classes=EVERY)
    assert (found["a"]["license"], found["a"]["release"]) == ("CC-BY-ND-4.0", "published")


def test_a_class_that_is_not_published_is_carried_on():
    found = together([("a", "CC0-1.0", None, ())], [("a", "CC-BY-NC-4.0", None, ())])["a"]
    assert (found["license"], found["reason"]) == ("CC-BY-NC-4.0", "license.class-not-published")
    quoting = together([("a", "CC0-1.0", "b", ()), ("b", "CC-BY-NC-4.0", None, ())])["a"]
    assert (quoting["license"], quoting["release"]) == ("CC-BY-NC-4.0", "withheld")


def test_a_copy_that_nobody_licensed_keeps_all_copies_back():
    found = together([("a", "CC0-1.0", None, ())], [("a", "NOASSERTION", None, ())])["a"]
    assert (found["license"], found["release"], found["reason"]) == ("NOASSERTION", "withheld", "license.part-unknown")


def test_a_wish_on_one_copy_holds_for_all():
    found = together([("a", "CC0-1.0", None, ())], [("a", "CC0-1.0", None, ("noai",))])["a"]
    assert (found["license"], found["release"], found["reason"]) == ("CC0-1.0", "withheld", "wish.honoured")


def test_withheld_words_are_followed_from_quote_to_quote():
    chain = [("a", "CC0-1.0", "b", ()), ("b", "CC0-1.0", "c", ()), ("c", "CC0-1.0", "d", ()), ("d", "CC0-1.0", None, ("noai",))]
    found = together([*chain, ("e", "CC0-1.0", None, ())])
    assert [found[id_]["reason"] for id_ in "abcde"] == [*["license.carries-withheld"] * 3, "wish.honoured", None]


def test_a_circle_of_quotes_comes_to_rest_at_one_licence():
    circle = [("a", "CC-BY-4.0", "b", ()), ("b", "CC-BY-SA-3.0", "c", ()), ("c", "CC0-1.0", "a", ())]
    found = together(circle)
    assert {row["license"] for row in found.values()} == {"CC-BY-4.0 AND CC-BY-SA-3.0"}
    assert {row["release"] for row in found.values()} == {"published"}
    wished = together([*circle, ("d", "CC0-1.0", "a", ()), ("e", "CC0-1.0", "e", ("opt-out",)), ("f", "CC0-1.0", "e", ())])
    assert [wished[id_]["release"] for id_ in "abcdef"] == [*["published"] * 4, "withheld", "withheld"]


def test_a_long_chain_is_settled_quickly():
    many = [(f"p{number:05}", "CC0-1.0", f"p{number + 1:05}", ()) for number in range(20_000)]
    found = together([*many, ("p20000", "CC-BY-SA-4.0", None, ())])
    assert {row["license"] for row in found.values()} == {"CC-BY-SA-4.0"}


# -- laws ----------------------------------------------------------------------------------------------------------

label = st.sampled_from(LABELS)
wish = st.sampled_from([(), (), (), (), ("noai",)])


@st.composite
def companies(draw):
    """Posts that quote each other at random, circles included, and repeats of some."""
    ids = [f"p{number}" for number in range(draw(st.integers(1, 8)))]
    quoted = st.one_of(st.none(), st.sampled_from([*ids, "gone"]))
    posts = [(id_, draw(label), draw(quoted), draw(wish)) for id_ in ids]
    repeats = [(draw(st.sampled_from(ids)), draw(label), None, draw(wish)) for _ in range(draw(st.integers(0, 5)))]
    return posts, repeats, draw(st.sampled_from([OPEN, EVERY]))


def never_looser(posts, repeats, classes):
    """Nobody's licence is looser than that of any post whose words it carries, and no withheld word gets out."""
    found = together(posts, repeats, classes)
    kept = {id_ for id_, row in found.items() if row["release"] == "withheld"}
    alone = {row["id"]: row for row in frame(posts, recipe(classes).publish).to_dicts()}
    for id_, _, quoted, _ in posts:
        row = found[id_]
        parts = [alone[id_]["license"], *(parse(other).license for again, other, *_ in repeats if again == id_)]
        parts += [found[quoted]["license"]] if quoted in found else []
        assert all(not_looser(row["license"], part) for part in parts)
        assert row["release"] == "withheld" or releasable(row["license"])
        assert id_ in kept or quoted not in kept
        assert id_ in kept or alone[id_]["release"] == "published"
        assert id_ in kept or not any(again == id_ and wishes for again, *_, wishes in repeats)
        assert (row["reason"] is None) == (row["release"] == "published")


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(companies())
def test_a_meeting_is_never_looser(company):
    never_looser(*company)


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(companies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(company, chance):
    posts, repeats, classes = company
    flat = together(posts, repeats, classes)
    mixed = [chance.sample(list(some), len(some)) for some in (posts, repeats)]
    assert together(*mixed, classes) == flat


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(companies())
def test_meeting_again_changes_nothing(company):
    posts, repeats, classes = company
    decided = recipe(classes)
    rows, copies = frame(posts, decided.publish), frame(repeats, decided.publish)
    once = met(rows, copies, decided)
    assert met(once, copies, decided).equals(once)


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(companies(), label)
def test_a_repeat_more_never_loosens(company, another):
    posts, repeats, classes = company
    fewer = together(posts, repeats, classes)
    more = together(posts, [*repeats, (posts[0][0], another, None, ())], classes)
    for id_, row in more.items():
        assert not_looser(row["license"], fewer[id_]["license"])
        assert (row["release"] == "published") <= (fewer[id_]["release"] == "published")


# -- broken twins --------------------------------------------------------------------------------------------------


def loosest_class(*labels):
    """Keeps one label by its class and forgets the others."""
    order = licensing.CLASSES
    return min((parse(one).license for one in labels), key=lambda one: (order.index(licensing.license_class(one)), one))


def strictest_class(*labels):
    order = licensing.CLASSES
    return max((parse(one).license for one in labels), key=lambda one: (order.index(licensing.license_class(one)), one))


@pytest.mark.parametrize("twin", [loosest_class, strictest_class])
def test_a_max_in_the_place_of_the_meet_is_caught(twin, monkeypatch):
    monkeypatch.setattr(licensing, "meet", twin)
    monkeypatch.setattr(sys.modules["threadcommons.licensing.joined"], "meet", twin)
    posts = [("a", "CC-BY-SA-3.0", "b", ()), ("b", "CC-BY-SA-4.0", None, ())]
    with pytest.raises(AssertionError):
        never_looser(posts, [("b", "CC-BY-4.0", None, ())], EVERY)


def test_a_meeting_that_looks_one_quote_far_only_is_caught(monkeypatch):
    posts = [("a", "CC0-1.0", "b", ()), ("b", "CC0-1.0", "c", ()), ("c", "CC0-1.0", None, ("noai",))]
    never_looser(posts, [], OPEN)
    monkeypatch.setattr(meeting, "_carriers", lambda _: {"c": ["b"]})
    with pytest.raises(AssertionError):
        never_looser(posts, [], OPEN)


# -- real builds ---------------------------------------------------------------------------------------------------


def test_a_chain_of_quotes_keeps_every_origin_and_every_credit(package):
    package.source("talk", [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-SA-3.0", "c"), post("c", "CC-BY-2.5")])
    package.build()
    rows = package.rows()
    assert rows["a"]["license"] == "CC-BY-4.0 AND CC-BY-SA-3.0"
    assert (rows["a"]["quoted_id"], rows["b"]["quoted_id"]) == ("talk:b", "talk:c")
    lines = rows["a"]["attribution"].split("; ")
    assert [line.split(" <")[0] for line in lines] == [
        '"About a", by Author a',
        'quoting "About b", by Author b',
        'quoting "About c", by Author c',
    ]
    assert [line.count("CC-BY-SA-3.0") for line in lines] == [0, 1, 0]
    credits_ = {row["id"]: row for row in package.table("credits").to_dicts()}
    assert credits_["talk:a"]["notice"] == rows["a"]["attribution"]
    assert credits_["talk:a"]["also"].split("; ") == lines[1:]
    assert credits_["talk:c"]["also"] is None


def test_whoever_uses_one_row_is_told_of_everybody_whose_words_stand_in_it(package):
    package.source("talk", [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-SA-3.0", "c"), post("c", "CC-BY-2.5"), post("d"), post("e", "CC-BY-4.0")])
    release = package.build().path
    for ids, named in ((["talk:a"], "abc"), (["talk:b", "talk:d"], "bc"), (["talk:c"], "c"), (["talk:d"], ""), (None, "abce")):
        notice = api.notice(api.credits(release, ids))
        assert [name for name in "abcde" if f"Author {name}" in notice] == list(named)
    assert "Author c" in (release / "NOTICE.md").read_text()
    with pytest.raises(NotFound, match="no row has the id talk:z"):
        list(api.credits(release, ["talk:a", "talk:z"]))


def test_a_repeat_that_asks_for_credit_brings_it_along(package):
    package.source("talk", [post("a", "CC0-1.0"), post("a", "CC-BY-4.0"), post("a", "CC0-1.0")])
    built = package.build()
    row = package.rows()["a"]
    assert (row["license"], row["author"], row["release"]) == ("CC-BY-4.0", "Author a", "published")
    assert row["attribution"].startswith('"About a", by Author a <https://example.org/~a>, from https://example.org/a, under CC-BY-4.0')
    (credit,) = package.table("credits").to_dicts()
    assert (credit["creator"], credit["creator_url"]) == ("Author a", "https://example.org/~a")
    assert built.manifest["fates"] == {"duplicate": 2, "row": 1}


def test_a_credit_that_is_ready_to_reproduce_says_that_its_row_was_changed():
    rows = pl.DataFrame({"attribution": ["by Ann", None], "license": ["CC-BY-4.0"] * 2, "modified": [True, False]})
    assert rows.select(ready(pl.col("modified"))).to_series().to_list() == [f"by Ann; changed: {licensing.CHANGED}", "CC-BY-4.0"]


def test_a_translation_meets_the_post_that_it_translates(package):
    """It is brought as a quote of the original: other words, and the licence of both."""
    original = post("a", "CC-BY-SA-3.0", text="Where is the mill?", lang="en")
    translated = post("b", "CC-BY-4.0", kind="quote", quoted="a", text="Wo ist die Mühle?", lang="de")
    package.source("talk", [original, translated, post("c", "CC0-1.0", kind="quote", quoted="d", text="Hinter dem Wald."), post("d", "CC-BY-NC-4.0")])
    package.build()
    rows = package.rows()
    assert (rows["b"]["license"], rows["b"]["release"]) == ("CC-BY-4.0 AND CC-BY-SA-3.0", "published")
    assert "quoting" in rows["b"]["attribution"]
    assert (rows["c"]["license"], rows["c"]["release"]) == ("CC-BY-NC-4.0", "withheld")


def test_copies_from_two_sources_keep_the_evidence_of_both(package):
    package.source("one", [post("a", "CC-BY-4.0")])
    package.source("two", [post("a", "CC-BY-SA-4.0")], platform="one")
    package.build()
    row = package.rows()["a"]
    assert (row["license"], row["license_evidence"]) == ("CC-BY-4.0 AND CC-BY-SA-4.0", "one/record-field")
    assert {"one/record-field", "two/record-field"} < set(package.table("evidence")["id"])
    ledger = package.table("ledger").sort("source")
    assert ledger.select("source", "fate", "of").rows() == [("one", "row", None), ("two", "duplicate", "one:a")]
    assert len(row["attribution"].split("; ")) == 2


def test_no_withheld_word_gets_out_through_quotes(package):
    talk = [post("a", "CC0-1.0", "b"), post("b", "CC0-1.0", "c"), post("c", "CC0-1.0", "d"), post("d", "CC0-1.0", wishes=["noai"])]
    package.source("talk", [*talk, post("e", "CC0-1.0", "f"), post("f", "CC0-1.0", "e")])
    package.build()
    rows = package.rows()
    assert [rows[id_]["release"] for id_ in "abcdef"] == [*["withheld"] * 4, *["published"] * 2]
    told = [code for code in package.table("ledger").sort("offset")["code"] if code]
    assert told == [*["license.carries-withheld"] * 3, "wish.honoured"]


def test_quotes_without_a_common_licence_are_withheld_under_a_recipe_that_publishes_both(package):
    package.recipe(EVERY)
    package.source("talk", [post("a", "CC-BY-SA-4.0", "b"), post("b", "CC-BY-NC-4.0"), post("c", "CC-BY-SA-4.0")])
    package.build()
    assert {id_: row["release"] for id_, row in package.rows().items()} == {"a": "withheld", "b": "published", "c": "published"}
    assert "license.parts-conflict" in package.table("ledger")["code"].to_list()


def test_a_quote_in_circles_through_a_build(package):
    package.source("talk", [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-SA-4.0", "a")])
    package.build()
    rows = package.rows()
    assert {row["license"] for row in rows.values()} == {"CC-BY-4.0 AND CC-BY-SA-4.0"}
    assert [rows[id_]["attribution"].count("quoting") for id_ in "ab"] == [1, 1]


def test_two_hundred_random_posts_are_never_looser_after_a_build(package):
    chance = random.Random(11)
    package.recipe(EVERY)
    ids = [f"p{number}" for number in range(200)]
    labels = [one for one in LABELS if one != "CC-BY-NC-SA-4.0"]  # no database can hold it beside CC-BY-SA-4.0
    posts = [post(id_, chance.choice(labels), chance.choice([None, *chance.sample(ids, 1)])) for id_ in ids]
    posts = [one for one in posts if one.get("quoted") != one["native_id"]]
    posts += [{**one, "license": chance.choice(labels)} for one in chance.sample(posts, 30)]
    package.source("talk", posts)
    package.build()
    rows = package.rows()
    stated = {}
    for one in posts:
        stated.setdefault(one["native_id"], []).append(one["license"])
    for id_, row in rows.items():
        quoted = (row["quoted_id"] or "").removeprefix("talk:")
        parts = [*stated[id_], *([rows[quoted]["license"]] if quoted in rows else [])]
        assert all(not_looser(row["license"], part) for part in parts)
    assert {row["release"] for row in rows.values()} == {"published", "withheld"}


def test_a_build_in_which_quotes_do_not_count_is_refused(package, monkeypatch):
    """The broken twin: verify sees the words of the withheld post in the one that quotes it, so nothing is committed."""
    package.source("talk", [post("a", "CC0-1.0", "b"), post("b", "CC0-1.0", wishes=["noai"])])
    monkeypatch.setattr(meeting, "quoting", lambda rows: rows.select("id", "carries").clear())
    with pytest.raises(ThreadCommonsError, match="carry words of withheld ones"):
        package.build()


def test_an_answer_that_marks_lines_as_quoted_carries_the_words_of_what_it_answers(package):
    secret = {"wishes": ["noai"]}
    answer = {"kind": "reply", "parent": "a"}
    package.source(
        "talk",
        [
            post("a", "CC-BY-SA-4.0", **secret),
            post("b", "CC0-1.0", text="> words of a\n\nIndeed.", **answer),
            post("c", "CC0-1.0", text="No words of others.", **answer),
            post("d", "CC-BY-SA-3.0"),
            post("e", "CC0-1.0", text="> words of d\n\nIndeed.", kind="reply", parent="d"),
            post("f", "CC0-1.0", text="> words of nobody here", kind="reply", parent="gone"),
        ],
    )
    package.build()
    rows = package.rows()
    assert [rows[id_]["release"] for id_ in "abcdef"] == ["withheld", "withheld", *["published"] * 4]
    assert [rows[id_]["license"] for id_ in "cef"] == ["CC0-1.0", "CC-BY-SA-3.0", "CC0-1.0"]
    assert "quoting" in rows["e"]["attribution"]
    for row in rows.values():
        assert api.trace(package.release, row["id"], root=package.root).differing == ()


#: Platform -> posts that came together there.
TOGETHER = {
    "chain": [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-SA-3.0", "c"), post("c", "CC-BY-2.5")],
    "circle": [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-SA-4.0", "a")],
    "repeats": [post("a"), post("a", "CC-BY-4.0"), post("a", "CC-BY-SA-4.0"), post("b", "CC0-1.0", "a")],
    "withheld": [post("a", "CC0-1.0", "b"), post("b", "CC0-1.0", "c"), post("c", wishes=["noai"]), post("d"), post("d", wishes=["noai"])],
    "conflict": [post("a", "CC-BY-4.0", "b"), post("b", "CC-BY-NC-4.0"), post("c", "CC-BY-ND-4.0", "c")],
    "long": [post(f"p{number}", "CC-BY-4.0", f"p{number + 1}") for number in range(15)],
}  # fmt: skip


@pytest.fixture(scope="module")
def meetings(tmp_path_factory):
    """A release of all of them; an id has no say on another platform."""
    package = Package(tmp_path_factory.mktemp("meetings") / "package")
    package.recipe(EVERY)
    for name, posts in TOGETHER.items():
        package.source(name, posts)
    package.build()
    return package


@pytest.mark.parametrize("name", TOGETHER)
def test_what_came_together_can_be_traced_back(meetings, name):
    ids = [id_ for id_ in meetings.table()["id"] if id_.startswith(f"{name}:")]
    # A row is traced with all that it carries, so a few of a long chain ask for all of it.
    for id_ in dict.fromkeys([*ids[:4], ids[-1]]):
        assert api.trace(meetings.release, id_, root=meetings.root).differing == ()


def test_the_longest_credit_lines_fit_their_column(package):
    long = {
        "title": "t" * 1024,
        "url": "https://example.org/" + "u" * 4000,
        "author": {"name": "n" * 256, "url": "https://example.org/" + "a" * 4000},
        "attribution": None,
    }
    chain = [post(f"p{number}", "CC-BY-4.0", f"p{number + 1}", **long) for number in range(6)]
    package.source("talk", [*chain, *[{**chain[0], "url": f"{long['url']}{number}"} for number in range(5)]])
    package.build()
    lines = package.rows()["p0"]["attribution"]
    assert len(lines) <= 65_536
    assert "and 2 more copies" in lines
    assert lines.endswith("quoting further, as credited for talk:p1")


def test_nothing_in_a_chain_is_forgotten_however_long_it_is():
    taken = {f"p{number}": f"p{number + 1}" for number in range(100)}
    chain = licensing.chain("p0", taken)
    assert chain == tuple(f"p{number}" for number in range(1, 34))
    said = licensing.also(None, [], [(id_, f"line of {id_}") for id_ in chain])
    assert said.split("; ") == [*(f"quoting line of p{number}" for number in range(1, 33)), "quoting further, as credited for p33"]
    assert licensing.also("own", ["own", None], [("q", None)]) is None
    assert licensing.chain("a", {"a": "b", "b": "a"}) == ("b",)
