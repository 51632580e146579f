"""What is said of licences, for people and machines."""

import pytest

from threadcommons.licensing import combined, explained, facts, outlets, parse


@pytest.mark.parametrize("spdx", facts())
def test_every_listed_licence_is_explained_with_its_sources(spdx):
    known = explained(spdx)
    assert known["problem"] is None
    assert [fact["license"] for fact in known["facts"]] == [spdx]
    assert all(fact["source"] for fact in known["facts"])
    assert all(rule["basis"] and rule["source"] and rule["to"] for rule in known["rules"])
    adaptations = [target for rule in known["rules"] if rule["use"] == "adaptation" for target in rule["to"]]
    assert sorted(adaptations) == known["adaptations"] == sorted(outlets(parse(spdx)))


def test_what_is_not_understood_says_what_to_write():
    known = explained("CC BY-SA")
    assert (known["license"], known["class"], known["releases_text"]) == ("NOASSERTION", "unknown", False)
    assert known["problem"]["code"] == "license.no-version"
    assert known["problem"]["todo"].startswith("Write the version too")


def test_a_spelling_is_remarked_and_an_offer_told():
    assert explained("gpl-3.0")["notes"] == ["A deprecated spelling of an SPDX id; it was normalised."]
    assert explained("MIT OR CC-BY-4.0")["offers_choice"]


def test_several_licences_side_by_side_merged_and_as_one_thing():
    found = combined(["CC-BY-4.0", "CC-BY-SA-3.0"])
    assert found["collection"] == {"publishable": True, "database_license": None}
    assert found["adaptation"]["allowed"] == ["CC-BY-SA-4.0"]
    assert found["merged"]["license"] == "CC-BY-4.0 AND CC-BY-SA-3.0"
    assert found["merged"]["mergeable"]
    assert found["not_understood"] == []


def test_a_clash_names_the_licences_and_the_split():
    found = combined(["CC-BY-SA-4.0", "CC-BY-NC-4.0", "what I like"])
    assert found["not_understood"][0]["written"] == "what I like"
    assert not found["collection"]["publishable"]
    assert not found["merged"]["mergeable"]
    conflict = combined(["CC-BY-SA-4.0", "CC-BY-NC-4.0"])["adaptation"]["conflict"]
    assert {part["license"] for part in conflict["licenses"]} == {"CC-BY-SA-4.0", "CC-BY-NC-4.0"}
    assert [group["name"] for group in conflict["groups"]] == ["reciprocal", "noncommercial"]
