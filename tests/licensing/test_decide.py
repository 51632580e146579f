"""Who is believed, case by case."""

import datetime

import pytest

from threadcommons.findings import codes as known_codes
from threadcommons.licensing import Claims, decide, known_wishes, narrowing, rulebook_with
from threadcommons.licensing.tables import toml_of

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
    found = decide(Claims("village-square", **claims))
    assert (found.license, found.basis, found.release, found.reason) == (license_, basis, "published", None)
    assert not found.problems


BOARD = """
id = "board"
version = "3"
title = "A board"
platforms = ["board"]
accepts = ["record", "author", "platform", "source"]
[[rule]]
id = "all"
license = "CC-BY-4.0"
basis = "Said so."
evidence = "https://example.org/rules"
confidence = "inferred"
"""
PRECEDENCE = ["record", "author", "platform", "source"]


@pytest.mark.parametrize("silent", [PRECEDENCE[:number] for number in range(5)], ids=len)
def test_record_before_author_before_platform_before_source(silent):
    """All four say the same; whoever stands highest gives the basis, and with it evidence and confidence."""
    said = {"record": "CC-BY-4.0", "author": "CC-BY-4.0", "declared": "CC-BY-4.0", "declared_evidence": "terms"}
    for basis in silent:
        said |= {"source": {"declared": None}, "platform": {}}.get(basis, {basis: None})
    rules, problems = rulebook_with({"board.toml": BOARD})
    assert problems == ()
    found = decide(Claims("elsewhere" if "platform" in silent else "board", **said), rules)
    speaks = next((basis for basis in PRECEDENCE if basis not in silent), "none")
    assert found.basis == speaks
    assert (found.release == "published") == (speaks != "none")
    confidence = {"record": "stated", "author": "stated", "platform": "inferred", "source": "asserted", "none": "none"}
    assert found.confidence == confidence[speaks]
    assert found.rule == ("board.all" if speaks == "platform" else None)


@pytest.mark.parametrize("looser", ["record", "author", "declared"])
def test_a_looser_word_never_wins_by_standing_higher(looser):
    rules, _ = rulebook_with({"board.toml": BOARD.replace("CC-BY-4.0", "CC-BY-NC-4.0")})
    found = decide(Claims("board", **{looser: "CC0-1.0"}, declared_evidence="terms"), rules)
    assert (found.license, found.basis, found.release) == ("CC-BY-NC-4.0", "platform", "withheld")


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
    found = decide(Claims("village-square", **claims))
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
    found = decide(Claims("village-square", **claims))
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
    found = decide(Claims("village-square", **claims))
    assert (found.release, found.reason) == ("withheld", reason)


def test_a_class_is_published_only_when_the_recipe_names_it():
    found = decide(Claims("village-square", record="CC-BY-NC-4.0", publish=("noncommercial",)))
    assert (found.release, found.license_class) == ("published", "noncommercial")
    assert decide(Claims("village-square", publish=("unknown",))).release == "withheld"


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
    found = decide(Claims("village-square", record="CC-BY-4.0", **days))
    assert codes(found) == (["license.later-than-post"] if late else [])
    assert codes(decide(Claims("village-square", author="CC-BY-4.0", **days))) == []


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
    open_ = decide(Claims("village-square", record=offer))
    assert (open_.license_class, open_.choice, open_.release) == ("noncommercial", None, "withheld")
    assert codes(open_) == ["license.choice-not-stated"]
    taken = decide(Claims("village-square", record=offer, choices={"CC-BY-NC-4.0 OR CC-BY-SA-4.0": "CC-BY-SA-4.0"}))
    assert (taken.license, taken.license_class, taken.choice) == (
        "CC-BY-NC-4.0 OR CC-BY-SA-4.0",
        "reciprocal",
        "CC-BY-SA-4.0",
    )
    assert taken.release == "published"


def test_other_spellings_are_remarked_where_a_person_wrote_them():
    assert codes(decide(Claims("village-square", declared="GPL-3.0", **SOURCE))) == ["license.deprecated-id"]
    assert codes(decide(Claims("stackexchange", record="CC BY-SA 4.0"))) == []


def test_a_licence_whose_text_cannot_be_passed_on_is_told_where_it_would_be_published():
    license_ = "GPL-2.0-only WITH Classpath-exception-2.0"
    assert codes(decide(Claims("village-square", record=license_))) == ["license.text-missing"]
    assert codes(decide(Claims("village-square", record=license_, publish=()))) == []
    assert codes(decide(Claims("village-square", record="ODbL-1.0 AND LicenseRef-DbCL-1.0"))) == []


def test_share_alike_is_carried():
    assert decide(Claims("village-square", record="CC-BY-SA-4.0")).share_alike
    assert not decide(Claims("village-square", record="CC-BY-4.0")).share_alike


def test_every_reason_is_in_the_table():
    assert {"license.missing", "wish.unknown", "license.class-not-published"} <= set(known_codes())


#: What notes/formats.md says that people and servers can say: each has its word here.
SIGNALS = {
    "Bluesky user intents": [
        f"bluesky.{name}={value}"
        for name in ("syntheticContentGeneration", "publicAccessArchive", "bulkDataset", "protocolBridging")
        for value in ("true", "false")
    ],
    "community.lexicon.preference.ai": [
        f"bluesky.ai.{name}={value}" for name in ("training", "inference", "syntheticContent", "embedding") for value in ("true", "false")
    ],
    "Bluesky labels": ["bluesky.no-unauthenticated=true", "bluesky.no-unauthenticated=false", "bluesky.no-unauthenticated"],
    "Mastodon accounts": [
        f"mastodon.{name}={value}" for name in ("indexable", "discoverable", "noindex", "locked", "memorial") for value in ("true", "false")
    ],
    "Mastodon, nothing said": ["mastodon.indexable=missing"],
    "visibility": [f"visibility={name}" for name in ("public", "unlisted", "private", "followers", "direct", "limited", "protected", "local")],
    "profiles": ["mastodon.nobot", "mastodon.noindex", "mastodon.noarchive", "misskey.noCrawle=true", "misskey.preventAiLearning=true"],
    "pages and mail": ["noai", "noimageai", "robots.noai", "robots.noindex", "robots.noarchive", "ai-train=no", "tdm-reservation=1", "x-no-archive=yes"],
    "opt-outs": ["opt-out", "optout", "do-not-publish", "withdrawn"],
}  # fmt: skip
#: Those that say nothing against a dataset.
HARMLESS = {
    "visibility=public", "mastodon.indexable=true", "mastodon.discoverable=true", "mastodon.noindex=false", "mastodon.locked=false",
    "mastodon.memorial=false", "bluesky.no-unauthenticated=false", "bluesky.protocolBridging=false",
    *(token for name in ("Bluesky user intents", "community.lexicon.preference.ai") for token in SIGNALS[name] if token.endswith("=true")),
}  # fmt: skip


class TestWishes:
    @pytest.mark.parametrize("token", [token for tokens in SIGNALS.values() for token in tokens])
    def test_a_signal_is_known_and_keeps_text_back_or_says_nothing_against(self, token):
        found = [problem.code for problem in narrowing([token])]
        assert found == ([] if token in HARMLESS else ["wish.honoured"])

    def test_no_signal_has_two_effects(self):
        entries = [(token, entry["effect"]) for entry in toml_of("wishes.toml")["wish"] for token in entry["tokens"]]
        assert len({token for token, _ in entries}) == len(set(entries))
        assert all(token == token.casefold() for token, _ in entries)

    def test_case_does_not_matter(self):
        (found,) = narrowing(["Bluesky.bulkDataset=FALSE"])
        assert found.code == "wish.honoured"

    @pytest.mark.parametrize("token", sorted(known_wishes()))
    def test_each_known_one_keeps_text_back(self, token):
        assert decide(Claims("village-square", record="CC0-1.0", wishes=(token,))).release == "withheld"

    @pytest.mark.parametrize("token", ["bluesky.bulkdataset=true", "mastodon.indexable=true", "visibility=public"])
    def test_what_allows_grants_nothing(self, token):
        assert narrowing([token]) == ()
        assert decide(Claims("bluesky", wishes=(token,))).release == "withheld"
        assert decide(Claims("bluesky", author="CC0-1.0", wishes=(token,))).release == "published"
