"""Who is believed, case by case."""

import datetime

import pytest

from threadcommons.findings import codes as known_codes
from threadcommons.licensing import Claims, decide, known_wishes, narrowing

SOURCE = {"declared_evidence": "terms"}


def codes(found):
    return [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    ("claims", "license_", "basis"),
    [
        ({"record": "CC-BY-4.0"}, "CC-BY-4.0", "record"),
        ({"record": "CC-BY-4.0", "author": "CC0-1.0"}, "CC-BY-4.0", "record"),
        ({"author": "CC-BY-4.0"}, "CC-BY-4.0", "author"),
        ({"author": "CC-BY-4.0", "declared": "CC0-1.0", **SOURCE}, "CC-BY-4.0", "author"),
        ({"declared": "CC-BY-4.0", **SOURCE}, "CC-BY-4.0", "source"),
        ({"record": "  ", "declared": "CC-BY-4.0", **SOURCE}, "CC-BY-4.0", "source"),
    ],
)
def test_the_highest_statement_gives_the_basis(claims, license_, basis):
    found = decide(Claims("irc", **claims))
    assert (found.license, found.basis, found.release, found.reason) == (license_, basis, "published", None)
    assert not found.problems


@pytest.mark.parametrize(
    ("claims", "license_", "basis"),
    [
        ({"record": "CC0-1.0", "author": "CC-BY-4.0"}, "CC-BY-4.0", "author"),
        ({"record": "CC-BY-4.0", "author": "CC-BY-NC-4.0"}, "CC-BY-NC-4.0", "author"),
        ({"record": "CC-BY-4.0", "declared": "CC-BY-NC-4.0"}, "CC-BY-NC-4.0", "source"),
        ({"record": "CC-BY-4.0", "declared": "CC-BY-SA-4.0", **SOURCE}, "CC-BY-4.0 AND CC-BY-SA-4.0", "record"),
        ({"record": "CC-BY-SA-3.0", "author": "CC-BY-SA-4.0"}, "CC-BY-SA-3.0 AND CC-BY-SA-4.0", "record"),
    ],
)
def test_a_stricter_statement_below_is_never_dropped(claims, license_, basis):
    found = decide(Claims("irc", **claims))
    assert (found.license, found.basis) == (license_, basis)
    assert codes(found) == ["license.conflict"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("BSD-3-Clause", "ODbL-1.0 AND LicenseRef-DbCL-1.0"),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-SA-4.0", "GFDL-1.3-only"),
        ("MIT", "CC-BY-4.0"),
    ],
)
def test_statements_that_nothing_satisfies_leave_it_unknown(one, two):
    for claims in ({"record": one, "author": two}, {"record": two, "author": one}):
        found = decide(Claims("gitter", **claims))
        assert (found.license, found.license_class, found.basis) == ("NOASSERTION", "unknown", "none")
        assert (found.release, found.reason) == ("withheld", "license.conflict-unresolved")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("CC-BY-9.9", "license.unknown-id"),
        ("CC-BY", "license.no-version"),
        ("AAL", "license.not-listed"),
        ("ask me first;", "license.not-an-expression"),
        ("NONE", "license.missing"),
        ("NOASSERTION", "license.missing"),
    ],
)
@pytest.mark.parametrize("speaker", ["record", "author", "declared"])
def test_one_statement_that_is_not_understood_makes_all_unknown(written, code, speaker):
    claims = {"record": "CC0-1.0", "author": "CC0-1.0", "declared": "CC0-1.0", **SOURCE, speaker: written}
    found = decide(Claims("irc", **claims))
    assert (found.license_class, found.release, found.reason) == ("unknown", "withheld", code)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "license.missing"),
        ({"declared": "CC0-1.0"}, "license.source-without-evidence"),
        ({"declared": "CC0-1.0", "declared_evidence": ""}, "license.source-without-evidence"),
        ({"declared": "CC0-1.0", "declared_scope": "database", **SOURCE}, "license.database-declaration"),
        ({"declared": "ODbL-1.0", **SOURCE}, "license.contents-not-covered"),
        ({"record": "CC-BY-NC-4.0"}, "license.class-not-published"),
        ({"record": "CC-BY-ND-4.0"}, "license.class-not-published"),
        ({"record": "C-UDA-1.0"}, "license.class-not-published"),
        ({"record": "CC0-1.0", "publish": ()}, "license.class-not-published"),
        ({"record": "CC0-1.0", "wishes": ("noai",)}, "wish.honoured"),
        ({"record": "CC0-1.0", "wishes": ("shout-it-out",)}, "wish.unknown"),
    ],
)
def test_what_keeps_a_text_back(claims, reason):
    found = decide(Claims("irc", **claims))
    assert (found.release, found.reason) == ("withheld", reason)


def test_a_class_is_published_only_when_the_recipe_names_it():
    found = decide(Claims("irc", record="CC-BY-NC-4.0", publish=("noncommercial",)))
    assert (found.release, found.license_class) == ("published", "noncommercial")
    assert decide(Claims("irc", publish=("unknown",))).release == "withheld"


@pytest.mark.parametrize(
    ("created", "edited", "late"),
    [
        ("2008-01-01", None, True),
        ("2008-01-01", "2012-12-31", True),
        ("2008-01-01", "2014-01-01", False),
        ("2014-01-01", None, False),
        (None, None, False),
    ],
)
def test_a_licence_younger_than_the_post_is_pointed_out(created, edited, late):
    days = {
        name: value and datetime.date.fromisoformat(value)
        for name, value in (("created_at", created), ("edited_at", edited))
    }
    found = decide(Claims("irc", record="CC-BY-4.0", **days))
    assert codes(found) == (["license.later-than-post"] if late else [])
    assert codes(decide(Claims("irc", author="CC-BY-4.0", **days))) == []


def test_an_earlier_version_than_the_date_allows_does_not_loosen():
    found = decide(Claims("stackexchange", record="CC BY-SA 2.5", created_at=datetime.date(2020, 1, 1)))
    assert found.license == "CC-BY-SA-2.5 AND CC-BY-SA-4.0"
    assert codes(found) == ["license.conflict"]


def test_a_foreign_licence_in_the_field_does_not_loosen():
    found = decide(Claims("stackexchange", record="CC0-1.0", created_at=datetime.date(2020, 1, 1)))
    assert (found.license, found.basis) == ("CC-BY-SA-4.0", "platform")


def test_a_statement_that_proves_nothing_still_narrows():
    found = decide(Claims("x", record="CC-BY-NC-4.0", author="CC-BY-4.0"))
    assert found.license == "CC-BY-NC-4.0"
    assert decide(Claims("x", record="nobody knows", author="CC-BY-4.0")).release == "withheld"


def test_an_offer_keeps_its_words_and_states_the_choice():
    offer = "CC-BY-SA-4.0 OR CC-BY-NC-4.0"
    open_ = decide(Claims("irc", record=offer))
    assert (open_.license_class, open_.choice, open_.release) == ("noncommercial", None, "withheld")
    assert codes(open_) == ["license.choice-not-stated"]
    taken = decide(Claims("irc", record=offer, choices={"CC-BY-NC-4.0 OR CC-BY-SA-4.0": "CC-BY-SA-4.0"}))
    assert (taken.license, taken.license_class, taken.choice) == (
        "CC-BY-NC-4.0 OR CC-BY-SA-4.0",
        "reciprocal",
        "CC-BY-SA-4.0",
    )
    assert taken.release == "published"


def test_other_spellings_are_remarked_where_a_person_wrote_them():
    assert codes(decide(Claims("irc", declared="GPL-3.0", **SOURCE))) == ["license.deprecated-id"]
    assert codes(decide(Claims("stackexchange", record="CC BY-SA 4.0"))) == []


def test_share_alike_is_carried():
    assert decide(Claims("irc", record="CC-BY-SA-4.0")).share_alike
    assert not decide(Claims("irc", record="CC-BY-4.0")).share_alike


def test_every_reason_is_in_the_table():
    assert {"license.missing", "wish.unknown", "license.class-not-published"} <= set(known_codes())


class TestWishes:
    def test_case_does_not_matter(self):
        (found,) = narrowing(["Bluesky.bulkDataset=FALSE"])
        assert found.code == "wish.honoured"

    @pytest.mark.parametrize("token", sorted(known_wishes()))
    def test_each_known_one_keeps_text_back(self, token):
        assert decide(Claims("irc", record="CC0-1.0", wishes=(token,))).release == "withheld"

    @pytest.mark.parametrize("token", ["bluesky.bulkdataset=true", "mastodon.indexable=true", "visibility=public"])
    def test_what_allows_grants_nothing(self, token):
        assert narrowing([token]) == ()
        assert decide(Claims("bluesky", wishes=(token,))).release == "withheld"
        assert decide(Claims("bluesky", author="CC0-1.0", wishes=(token,))).release == "published"
