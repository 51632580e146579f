"""What others get wrong must stay right here: one test for each failure that was seen in the field."""

import sys

import pytest

from threadcommons.licensing import (
    Claims,
    closure,
    decide,
    hub,
    keeps,
    license_class,
    meet,
    merged,
    parse,
    share_alike,
)


def test_the_address_of_by_sa_2_0_keeps_share_alike():
    for address in ("https://creativecommons.org/licenses/by-sa/2.0/", "http://creativecommons.org/licenses/by-sa/2.0"):
        assert parse(address).license == "CC-BY-SA-2.0"
        assert share_alike(address) == ("works",)


@pytest.mark.parametrize("license_", ["CC-BY-SA-4.0", "GFDL-1.3-only", "LGPL-3.0-only", "ODbL-1.0"])
def test_share_alike_is_not_permissive(license_):
    assert license_class(license_) == "reciprocal"


def test_a_thread_does_not_get_the_licence_of_its_question():
    thread = merged(["CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-SA-3.0"])
    assert thread.license_class == "reciprocal"
    assert thread.outlets == ("CC-BY-SA-4.0",)


@pytest.mark.parametrize(
    "written", ["Unspecified", "other", "unknown", "custom", "see website", "CC-BY-NC-SA", "academic only"]
)
def test_an_unknown_string_does_not_pass_through(written):
    assert license_class(written) == "unknown"
    assert decide(Claims("village-square", record=written)).release == "withheld"


def test_elements_are_read_from_the_id_and_not_from_its_neighbours():
    assert share_alike("CC-BY-NC-SA-4.0") == ("works",)
    assert share_alike("CC-BY-ND-4.0") == ()


@pytest.mark.parametrize(
    ("loose", "strict"), [("CC0-1.0", "CC-BY-SA-4.0"), ("MIT", "NOASSERTION"), ("CC-BY-4.0", "CC-BY-NC-4.0")]
)
def test_of_two_duplicates_the_stricter_label_stays(loose, strict):
    assert meet(loose, strict) == strict
    assert meet(strict, loose) == strict


def test_no_licence_is_ever_invented():
    found = decide(Claims("village-square"))
    assert (found.license, found.basis, found.release) == ("NOASSERTION", "none", "withheld")


def test_an_unknown_licence_is_not_called_other():
    assert hub("no idea").license == "unknown"


def test_two_licences_are_not_joined_without_a_word():
    found = closure({"CC-BY-SA-4.0": (1, ["a"]), "GPL-2.0-only": (1, ["b"])})
    assert not found.allowed
    assert keeps(found, "CC-BY-SA-4.0")


def test_a_row_without_a_licence_is_not_published():
    assert not closure({"": (1, ["a"])}).publishable
    assert decide(Claims("village-square", record=None)).license_class == "unknown"


def test_a_licence_is_not_found_by_a_part_of_its_name():
    assert parse("CC-BY-4.0-mine").problem == "license.unknown-id"
    assert parse("LicenseRef-MIT").problem == "license.unknown-id"
    assert parse("MIT-like").problem == "license.unknown-id"


def test_a_declaration_about_the_whole_does_not_widen_what_a_row_says():
    found = decide(Claims("village-square", record="CC-BY-NC-4.0", declared="CC0-1.0", declared_evidence="terms"))
    assert found.license == "CC-BY-NC-4.0"


class TestPermissiveDefault:
    """The broken twin: what is not understood becomes something permissive."""

    TEXTS = ("", "unknown", "CC-BY", "AAL", "all rights reserved", "MIT AND something", "CC-BY-9.9", "NONE")

    @staticmethod
    def closes(understand):
        """The law: whatever is not understood is unknown, and unknown text stays back."""
        for written in TestPermissiveDefault.TEXTS:
            assert license_class(understand(written)) == "unknown"

    def test_ours_fails_closed(self):
        self.closes(parse)

    def test_the_twin_is_caught(self):
        def permissive(written):
            return parse(written) if parse(written).valid else parse("CC0-1.0")

        with pytest.raises(AssertionError):
            self.closes(permissive)

    def test_a_twin_that_keeps_what_it_understands_is_caught(self):
        def partial(written):
            return parse(written.partition(" AND ")[0])

        with pytest.raises(AssertionError):
            self.closes(partial)

    def test_a_decision_with_a_permissive_default_is_caught(self, monkeypatch):
        def permissive(written, _choices):
            return parse(written) if parse(written).valid else parse("CC0-1.0")

        def stays_back():
            assert decide(Claims("village-square", record="all rights reserved")).release == "withheld"

        stays_back()
        monkeypatch.setattr(sys.modules[Claims.__module__], "chosen", permissive)
        with pytest.raises(AssertionError):
            stays_back()
