"""How a stated licence goes with a row's: a table, and laws that hold for every pair of licences."""

from itertools import product

import pytest

from threadcommons import licensing
from threadcommons.release.reciprocity.relation import of_statement, of_statements, relation

TABLE = {
    ("CC-BY-SA-4.0", "cc-by-sa-4.0"): "same",
    ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/deed.de"): "same",
    ("CC-BY-SA-3.0", "CC-BY-SA-4.0"): "allowed",
    ("CC-BY-SA-4.0", "gpl-3.0"): "allowed",
    ("CC-BY-4.0", "CC-BY-SA-4.0"): "allowed",
    ("CC-BY-4.0", "CC-BY-NC-4.0"): "allowed",
    ("CC-BY-4.0 AND CC-BY-SA-4.0", "CC-BY-SA-4.0"): "allowed",
    ("CC-BY-4.0", "CC-BY-4.0 AND CC-BY-SA-4.0"): "same",
    ("CC-BY-SA-3.0 OR GFDL-1.3-or-later", "CC-BY-SA-4.0"): "allowed",
    ("CC-BY-SA-4.0", "CC-BY-SA-3.0"): "against",
    ("CC-BY-SA-4.0", "mit"): "against",
    ("CC-BY-SA-4.0", "cc0-1.0"): "against",
    ("CC-BY-SA-4.0", "CC-BY-4.0"): "against",
    ("CC-BY-SA-4.0", "CC-BY-NC-4.0"): "against",
    ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"): "against",
    ("CC-BY-4.0", "cc0-1.0"): "against",
    ("CC-BY-NC-4.0", "CC-BY-4.0"): "against",
    ("CC-BY-ND-4.0", "CC-BY-4.0"): "against",
    # No rule leads there, and nothing that the row's licence asks is dropped: too little to accuse anybody.
    ("CC-BY-4.0", "mit"): "unlisted",
    ("CC-BY-4.0", "CC-BY-3.0"): "unlisted",
    ("CC-BY-SA-4.0", "GPL-3.0-or-later"): "unlisted",
    ("CC-BY-SA-3.0 OR MIT", "bsd-3-clause"): "unlisted",
    ("CC-BY-SA-4.0", "CC-BY-SA-4.0 OR MIT"): "unlisted",
    ("CC-BY-SA-4.0", "odbl"): "database",
    ("CC-BY-4.0", "odc-by"): "database",
    ("CC-BY-SA-4.0", "other"): "unknown",
    ("CC-BY-SA-4.0", "CC-BY-SA"): "unknown",
    ("CC-BY-SA-4.0", "free for everybody"): "unknown",
    ("CC-BY-SA-4.0", ""): "unknown",
}


@pytest.mark.parametrize(("pair", "expected"), TABLE.items(), ids=[f"{row} in {stated}" for row, stated in TABLE])
def test_the_table(pair, expected):
    assert relation(*pair) == expected


GRANTED = sorted(licensing.grantable())


def test_for_every_pair_of_licences_what_the_rules_allow_is_never_against():
    pairs = [(one, two) for one, two in product(GRANTED, GRANTED) if licensing.covers_contents(two)]
    assert len(pairs) > 5000
    assert [pair for pair in pairs if licensing.allowed(*pair) and relation(*pair) not in ("same", "allowed")] == []
    assert [pair for pair in pairs if relation(*pair) == "allowed" and not licensing.allowed(*pair)] == []


def test_nobody_is_accused_for_keeping_a_licence_or_for_what_nobody_understands():
    assert {relation(one, one) for one in GRANTED} == {"same"}
    assert {
        relation(one, stated) for one in GRANTED for stated in ("other", "unknown", "see LICENSE", "NOASSERTION")
    } == {"unknown"}


STATEMENTS = {
    (("MIT",),): "against",
    (("MIT",), ("CC0-1.0",)): "against",
    (("MIT",), ("CC-BY-SA-4.0",)): "torn",
    (("MIT",), ("a text of its own",)): "torn",
    (("CC-BY-SA-4.0",), ("a text of its own",)): "same",
    (("a text of its own",),): "unknown",
    ((),): "unstated",
    (): "unstated",
    (("CC0-1.0", "CC-BY-SA-4.0"),): "several",
    (("CC0-1.0", "MIT"),): "against",
    (("CC0-1.0", "other"),): "several",
    (("CC-BY-SA-4.0", "LAL-1.3"),): "same",
}


@pytest.mark.parametrize(("statements", "expected"), STATEMENTS.items(), ids=map(str, STATEMENTS))
def test_statements_for_a_whole_dataset(statements, expected):
    assert of_statements("CC-BY-SA-4.0", statements) == expected


def test_of_several_licences_all_that_fit_fit():
    assert of_statement("CC-BY-4.0", ["CC-BY-4.0", "CC-BY-SA-4.0"]) == "same"
