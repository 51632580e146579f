"""What a source says of its licence, and whose word it is."""

import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.licensing import CLASSES, Declared, Word, declared, license_class, meet, not_looser
from threadcommons.licensing.judging import Key, Terms, judge, keys_of, lacks_of

TERMS = {"id": "terms", "kind": "source-declaration", "who": "the place", "file": "evidence/terms.txt"}
WORD = {"id": "word", "kind": "author-statement", "who": "ann", "authors": ["ann"], "file": "evidence/word.txt"}
LABELS = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "MIT", "ODbL-1.0", "CC-BY", "ask me"]


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        ({}, Declared()),
        ({"declared": "CC BY 4.0"}, Declared("CC BY 4.0")),
        ({"declared": "CC-BY-4.0", "evidence": [TERMS]}, Declared("CC-BY-4.0", "terms")),
        ({"declared": "CC-BY-4.0", "scope": "database", "evidence": [TERMS]}, Declared("CC-BY-4.0", "terms", "database")),
        ({"declared": "CC-BY-4.0", "evidence": [{**TERMS, "kind": "sign-off"}]}, Declared("CC-BY-4.0")),
        ({"evidence": [{**TERMS, "license": "CC0-1.0"}]}, Declared()),
        ({"evidence": [{**WORD, "license": "CC0-1.0"}]}, Declared(authors={"ann": Word("CC0-1.0", "word")})),
        ({"declared": "MIT", "evidence": [WORD]}, Declared("MIT", authors={"ann": Word("MIT", "word")})),
        ({"evidence": [WORD]}, Declared()),
        ({"evidence": [{**WORD, "license": "CC0-1.0", "authors": []}]}, Declared()),
        ({"evidence": [{key: value for key, value in WORD.items() if key != "authors"} | {"license": "CC0-1.0"}]}, Declared()),
    ],
)
def test_the_table_means_what_it_says(table, wanted):
    assert declared(table) == wanted


def test_evidence_for_something_else_is_told_and_both_hold():
    found = declared({"declared": "CC0-1.0", "evidence": [{**TERMS, "license": "CC BY 4.0"}]})
    assert found.license == "CC BY 4.0"
    assert [problem.code for problem in found.problems] == ["evidence.other-licence"]
    both = declared({"declared": "CC-BY-4.0", "evidence": [{**TERMS, "license": "CC-BY-SA-4.0"}]})
    assert both.license == "CC-BY-4.0 AND CC-BY-SA-4.0"
    none = declared({"declared": "CC-BY-SA-4.0", "evidence": [{**TERMS, "license": "CC-BY-NC-4.0"}]})
    assert none.license == "NOASSERTION"


def claimed(entry, **more):
    """The same without anything to read."""
    return {key: value for key, value in entry.items() if key != "file"} | more


def test_what_can_be_read_nowhere_proves_nothing_and_still_narrows():
    nothing = declared({"declared": "CC-BY-4.0", "evidence": [claimed(TERMS)]})
    assert (nothing.license, nothing.evidence) == ("CC-BY-4.0", None)
    assert [(problem.code, problem.found) for problem in nothing.problems] == [("evidence.nothing-to-read", "terms: the place")]
    judged = judge(Terms("village-square", nothing), Key(None, None, None, None, ""))
    assert (judged.release, judged.reason) == ("withheld", "license.source-without-evidence")
    word = declared({"evidence": [claimed(WORD, license="CC-BY-NC-4.0")]})
    assert word.word_of("ann") == Word("CC-BY-NC-4.0", "word", proved=False)
    alone = judge(Terms("village-square", word), Key(None, "ann", None, None, ""))
    assert (alone.license, alone.release, alone.reason) == ("NOASSERTION", "withheld", "evidence.nothing-to-read")
    beside = judge(Terms("village-square", word), Key("CC-BY-4.0", "ann", None, None, ""))
    assert (beside.license, beside.basis) == ("CC-BY-NC-4.0", "author")


def test_an_address_alone_is_enough_and_told():
    found = declared({"declared": "CC-BY-4.0", "evidence": [claimed(TERMS, url="https://example.org/terms")]})
    assert found.evidence == "terms"
    assert [(problem.code, problem.severity) for problem in found.problems] == [("evidence.not-captured", "warning")]
    assert declared({"evidence": [claimed(WORD, kind="sign-off")]}).problems == ()


def test_one_proved_word_among_several_is_enough_and_never_loosened():
    entries = [{**WORD, "license": "CC-BY-4.0"}, claimed(WORD, id="later", license="CC0-1.0"), claimed(WORD, id="last", license="CC-BY-SA-4.0")]
    assert declared({"evidence": entries[:2]}).word_of("ann") == Word("CC-BY-4.0", "word")
    assert declared({"evidence": entries}).word_of("ann") == Word("CC-BY-4.0 AND CC-BY-SA-4.0", "word")
    assert not declared({"evidence": entries[1:]}).word_of("ann").proved


def test_everybody_and_somebody_both_speak_for_somebody():
    table = {"evidence": [{**WORD, "license": "CC-BY-4.0"}, {**WORD, "id": "all", "license": "CC-BY-NC-4.0", "authors": ["*"]}]}
    found = declared(table)
    assert found.word_of("ann") == Word("CC-BY-NC-4.0", "all")
    assert found.word_of("ben") == Word("CC-BY-NC-4.0", "all")
    assert found.word_of(None) is None
    assert declared({"evidence": [{**WORD, "license": "CC0-1.0"}]}).word_of("ben") is None


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(LABELS), st.lists(st.sampled_from(LABELS), max_size=3))
def test_more_evidence_never_loosens_a_declaration(stated, supported):
    entries = [{**TERMS, "id": f"e{number}", "license": label} for number, label in enumerate(supported)]
    before = declared({"declared": stated, "evidence": entries[:-1]})
    after = declared({"declared": stated, "evidence": entries})
    assert not_looser(after.license, stated)
    assert not_looser(after.license, before.license)
    assert license_class(after.license) in CLASSES
    if all(license_class(label) != "unknown" for label in (stated, *supported)) and license_class(after.license) != "unknown":
        assert meet(after.license) == meet(stated, *supported)


# -- columns -------------------------------------------------------------------------------------------------------

AUTHOR = pl.Struct({"name": pl.String, "id": pl.String, "url": pl.String})
SCHEMA = {
    "license": pl.String, "author": AUTHOR, "kind": pl.String, "title": pl.String, "url": pl.String,
    "rights_holder": pl.String, "created_at": pl.Datetime("us", "UTC"), "edited_at": pl.Datetime("us", "UTC"),
    "wishes": pl.List(pl.String),
}  # fmt: skip


def posts(*rows):
    whole = dict.fromkeys(SCHEMA)
    return pl.DataFrame([{**whole, "kind": "post", **row} for row in rows], schema=SCHEMA)


def by(name, **more):
    return {"author": {"name": name, "id": None, "url": None, **more}}


def test_posts_are_told_apart_by_what_their_licence_depends_on():
    when = datetime.datetime(2020, 5, 1, 23, 59, tzinfo=datetime.UTC)
    table = posts({"license": "MIT", "created_at": when, "wishes": ["noai", "a"], **by("ann")}, {})
    assert keys_of(table, Declared()).rows() == [
        ("MIT", None, when.date(), None, "a noai"),
        (None, None, None, None, ""),
    ]


def test_a_voice_is_that_of_the_author_whom_a_statement_names():
    said = Declared(authors={name: Word("CC0-1.0", "e") for name in ("ann", "id-7", "https://example.org/~eve")})
    table = posts(by("ann"), by("ben"), by("x", id="id-7"), by("y", url="https://example.org/~eve"), {}, {**by("ann"), "kind": "repost"})
    assert keys_of(table, said)["voice"].to_list() == ["ann", None, "id-7", "https://example.org/~eve", None, None]
    everybody = Declared(authors={"*": Word("CC0-1.0", "e"), "ann": Word("MIT", "f")})
    assert keys_of(table, everybody)["voice"].to_list() == ["ann", "*", "*", "*", "*", None]


def test_a_judgement_uses_all_that_holds_for_the_source():
    said = declared({"declared": "CC-BY-4.0", "evidence": [TERMS, {**WORD, "license": "CC-BY-SA-4.0"}]})
    terms = Terms("village-square", said, ("noai",), ("reciprocal",))
    ann = judge(terms, Key(None, "ann", None, None, ""))
    assert (ann.license, ann.basis, ann.reason) == ("CC-BY-4.0 AND CC-BY-SA-4.0", "author", "wish.honoured")
    open_ = judge(Terms("village-square", said, (), ("reciprocal",)), Key(None, "ann", None, None, ""))
    assert (open_.release, judge(Terms("village-square", said), Key(None, None, None, None, "")).license) == ("published", "CC-BY-4.0")
    assert judge(Terms("village-square", said), Key(None, None, None, None, "visibility=private noindex")).release == "withheld"


def test_what_a_credit_lacks_is_told_by_code():
    full = {"title": "t", "url": "https://example.org", **by("ann", url="https://example.org/~ann")}
    table = posts(full, {}, {**full, "author": None, "rights_holder": "them"})
    found = lacks_of(table, None).to_list()
    assert found == ["", "credit.no-title credit.no-creator credit.no-creator-link credit.no-source-link", "credit.no-creator-link"]
    assert "credit.no-creator " not in lacks_of(table, "all of them").to_list()[1]
