"""Names, addresses and expressions: understood exactly or not at all."""

import pytest

from threadcommons.licensing import Problem, facts, license_class, parse
from threadcommons.licensing.names import _key, all_names, name_of

SPELLINGS = [
    ("CC BY-SA 4.0", "CC-BY-SA-4.0"),
    ("cc-by-sa-4.0", "CC-BY-SA-4.0"),
    ("CC_BY_SA v3.0 unported", "CC-BY-SA-3.0"),
    ("CC-BY-SA 3.0 DE", "CC-BY-SA-3.0-DE"),
    ("CC BY‑SA 4.0", "CC-BY-SA-4.0"),
    ("  CC BY 4.0\n", "CC-BY-4.0"),
    ("Creative Commons Attribution-ShareAlike 4.0 International", "CC-BY-SA-4.0"),
    ("Creative Commons Attribution 4.0 International (CC BY 4.0)", "CC-BY-4.0"),
    ("http://creativecommons.org/licenses/by-sa/2.0/", "CC-BY-SA-2.0"),
    ("https://creativecommons.org/licenses/by-sa/2.0", "CC-BY-SA-2.0"),
    ("creativecommons.org/licenses/by-sa/2.0/", "CC-BY-SA-2.0"),
    ("https://www.creativecommons.org/licenses/by-sa/2.0/deed.en", "CC-BY-SA-2.0"),
    ("https://creativecommons.org/licenses/by-sa/2.0/legalcode", "CC-BY-SA-2.0"),
    ("https://creativecommons.org/licenses/by-sa/4.0/legalcode.de", "CC-BY-SA-4.0"),
    ("https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1", "CC-BY-4.0"),
    ("https://creativecommons.org/licenses/by-sa/2.0/uk/", "CC-BY-SA-2.0-UK"),
    ("https://creativecommons.org/licenses/by-sa/2.1/jp/", "CC-BY-SA-2.1-JP"),
    ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("https://creativecommons.org/publicdomain/mark/1.0/deed.fr", "CC-PDM-1.0"),
    ("https://spdx.org/licenses/CC-BY-4.0.html", "CC-BY-4.0"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"),
    ("https://opendatacommons.org/licenses/odbl/1.0/", "ODbL-1.0"),
    ("odbl", "ODbL-1.0"),
    ("pddl", "PDDL-1.0"),
    ("cc0", "CC0-1.0"),
    ("etalab-2.0", "etalab-2.0"),
    ("Free Art License 1.3", "LAL-1.3"),
    ("GPL-3.0", "GPL-3.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("GFDL-1.3", "GFDL-1.3-only"),
    ("agpl-3.0", "AGPL-3.0-only"),
    ("MIT and Apache-2.0", "Apache-2.0 AND MIT"),
    ("CC BY-SA 4.0 OR GFDL-1.3-or-later", "CC-BY-SA-4.0 OR GFDL-1.3-or-later"),
    ("http://creativecommons.org/licenses/by/4.0/ AND MIT", "CC-BY-4.0 AND MIT"),
    ("MIT AND MIT", "MIT"),
    ("MIT AND (ISC OR Zlib)", "(ISC OR Zlib) AND MIT"),
    ("(MIT AND ISC) OR Zlib", "(ISC OR Zlib) AND (MIT OR Zlib)"),
    ("ODbL-1.0 AND LicenseRef-DbCL-1.0", "LicenseRef-DbCL-1.0 AND ODbL-1.0"),
    ("ODbL-1.0 AND DbCL-1.0", "LicenseRef-DbCL-1.0 AND ODbL-1.0"),
    ("GPL-2.0 WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("NOASSERTION", "NOASSERTION"),
    ("NONE", "NONE"),
]

REFUSED = [
    (None, "license.missing"),
    ("", "license.missing"),
    (" \t\n", "license.missing"),
    ("CC BY-SA 9.9", "license.unknown-id"),
    ("CC-BY-SA", "license.no-version"),
    ("cc by", "license.no-version"),
    ("Creative Commons", "license.no-version"),
    ("gpl", "license.no-version"),
    ("BSD", "license.no-version"),
    ("gfdl", "license.no-version"),
    ("AAL", "license.not-listed"),
    ("MIT AND AAL", "license.not-listed"),
    ("LicenseRef-mine", "license.unknown-id"),
    ("public domain", "license.unknown-id"),
    ("all rights reserved", "license.unknown-id"),
    ("not CC-BY-4.0", "license.unknown-id"),
    ("CC BY 4.0 or later", "license.unknown-id"),
    ("CC-BY-4.0 and all rights reserved", "license.unknown-id"),
    ("MIT, except for the pictures", "license.not-an-expression"),
    ("CC-BY-4.0;", "license.not-an-expression"),
    ("MIT AND", "license.not-an-expression"),
    ("(MIT", "license.not-an-expression"),
    ("AND", "license.not-an-expression"),
    ("MIT WITH attribution", "license.unknown-exception"),
    ("MIT WITH Apache-2.0", "license.unknown-exception"),
    ("NOASSERTION AND MIT", "license.value-in-expression"),
    ("NONE OR CC0-1.0", "license.value-in-expression"),
    ("https://creativecommons.org/licenses/by-sa/3.0/us/", "license.unknown-id"),
    ("https://creativecommons.org/licenses/by/9.9/", "license.unknown-id"),
    ("https://creativecommons.org/licenses/by-sa/", "license.unknown-id"),
    ("https://evil.example/creativecommons.org/licenses/by/4.0/", "license.unknown-id"),
    ("https://creativecommons.org.evil.example/licenses/by/4.0/", "license.unknown-id"),
    (
        " OR ".join(
            ["(MIT AND ISC AND Zlib)"]
            + [f"(MIT AND {x})" for x in ("0BSD", "ISC", "NCSA", "WTFPL", "BSL-1.0", "MIT-0", "AFL-3.0")]
        ),
        "license.too-complex",
    ),
    ("M" * 5000, "license.too-long"),
    ("x/" * 149, "license.not-an-expression"),
    ("\x00", "license.not-an-expression"),
]


@pytest.mark.parametrize(("written", "wanted"), SPELLINGS)
def test_it_is_understood(written, wanted):
    found = parse(written)
    assert (found.license, found.problem, found.text) == (wanted, None, written)
    assert parse(found.license).license == wanted


@pytest.mark.parametrize(("written", "code"), REFUSED)
def test_it_is_refused_as_a_value(written, code):
    found = parse(written)
    assert (found.license, found.problem, found.valid) == ("NOASSERTION", code, False)
    assert license_class(found) == "unknown"


def test_deprecated_and_other_spellings_are_remarked():
    assert parse("GPL-3.0").notes == ("license.deprecated-id",)
    assert parse("CC BY 4.0").notes == ("license.other-spelling",)
    assert parse("CC-BY-4.0").notes == ()


def test_every_id_and_every_name_of_it_is_understood():
    for name, spdx in all_names():
        if spdx not in {"NOASSERTION", "NONE"}:
            assert name_of(name).spdx == spdx, name


def test_no_name_stands_for_two_licences():
    owners = {}
    for name, spdx in all_names():
        owners.setdefault(_key(name), set()).add(spdx)
    assert not [name for name, ids in owners.items() if len(ids) > 1]


def test_every_address_in_the_facts_leads_back_or_to_a_narrower_grant():
    for spdx, known in facts().items():
        if known.url:
            found = name_of(known.url).spdx
            assert found is not None, spdx
            assert facts()[found].url == known.url
            assert not facts()[found].later


@pytest.mark.parametrize("version", ["1.0", "2.0", "2.5", "3.0", "4.0"])
@pytest.mark.parametrize("elements", ["by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd"])
@pytest.mark.parametrize("scheme", ["", "http://", "https://", "http://www."])
@pytest.mark.parametrize(
    "ending", ["", "/", "/deed", "/deed.pt_BR", "/legalcode", "/legalcode.en", "/legalcode.txt", "/#x"]
)
def test_an_address_never_loses_an_element(version, elements, scheme, ending):
    found = parse(f"{scheme}creativecommons.org/licenses/{elements}/{version}{ending}")
    assert found.license == f"CC-{elements.upper()}-{version}"


class TestChoice:
    def test_without_one_all_alternatives_are_in_force(self):
        offer = parse("CC-BY-4.0 OR CC-BY-NC-4.0")
        assert offer.offers_choice
        assert offer.terms == ("CC-BY-4.0", "CC-BY-NC-4.0")
        assert license_class(offer) == "noncommercial"

    def test_a_stated_one_is_in_force_and_the_offer_stays_written(self):
        taken = parse("CC-BY-4.0 OR CC-BY-NC-4.0", "CC BY 4.0")
        assert taken.license == "CC-BY-4.0 OR CC-BY-NC-4.0"
        assert taken.terms == ("CC-BY-4.0",)
        assert license_class(taken) == "permissive"

    def test_a_part_that_is_no_choice_stays_in_force(self):
        taken = parse("MIT AND (CC-BY-4.0 OR CC-BY-NC-4.0)", "MIT AND CC-BY-4.0")
        assert taken.terms == ("CC-BY-4.0", "MIT")
        assert parse("MIT AND (CC-BY-4.0 OR CC-BY-NC-4.0)", "CC-BY-4.0").problem == "license.bad-choice"

    @pytest.mark.parametrize(
        "choice", ["CC0-1.0", "CC-BY-4.0 AND CC0-1.0", "CC-BY-4.0 OR CC-BY-NC-4.0", "nonsense", ""]
    )
    def test_a_choice_that_is_not_offered_makes_it_unknown(self, choice):
        found = parse("CC-BY-4.0 OR CC-BY-NC-4.0", choice)
        assert found.problem == "license.bad-choice"
        assert license_class(found) == "unknown"

    def test_where_nothing_is_offered_a_choice_changes_nothing(self):
        assert parse("CC-BY-SA-4.0", "CC0-1.0") == parse("CC-BY-SA-4.0")


def test_an_exception_is_kept_and_judged_like_its_licence():
    found = parse("GPL-2.0-only WITH Classpath-exception-2.0")
    assert found.ids == ("GPL-2.0-only",)
    assert license_class(found) == "reciprocal"


def test_deep_nesting_is_no_way_to_crash():
    assert parse("(" * 600 + "MIT" + ")" * 600).license in {"MIT", "NOASSERTION"}
    nested = "MIT"
    for _ in range(120):
        nested = f"(ISC AND (Zlib OR {nested}))"
    assert parse(nested).problem in {None, "license.too-complex", "license.not-an-expression"}


def test_a_problem_is_explained_by_the_one_table_of_codes():
    assert Problem("license.missing").todo == Problem("license.missing", advice="").todo
    with pytest.raises(KeyError):
        Problem("license.invented")
