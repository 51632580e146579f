"""The table of facts, against its schema and against what others say: SPDX, the Hub, the Open Definition."""

import csv
import hashlib
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from license_expression import get_license_index

from threadcommons.licensing import fact, facts, full_text, license_class
from threadcommons.model import LICENSE_CLASSES

HERE = files("threadcommons.licensing")
GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = list(csv.DictReader((HERE / "facts.csv").read_text(encoding="utf-8").splitlines()))
INDEX = {entry["spdx_license_key"]: entry for entry in get_license_index() if entry.get("spdx_license_key")}
OWN = [spdx for spdx, known in facts().items() if spdx.startswith("LicenseRef-") or known.kind == "value"]
LISTED = [spdx for spdx in facts() if spdx not in OWN]
HUB = set((GOLDEN / "hub-licenses.txt").read_text(encoding="utf-8").split("\n")[2:]) - {""}

#: Category in the index of license-expression -> duties that such a licence has.
CATEGORIES = {
    "Public Domain": set(),
    "Permissive": {"attribution", "notice"},
    "Copyleft": {"share-alike"},
    "Copyleft Limited": {"share-alike"},
    "Source-available": {"noncommercial", "no-derivatives"},
    "Free Restricted": {"use-limited"},
}
#: Where our reading is the stricter one, or the index counts freedom of conditions as permissive.
STRICTER = {"MS-PL"}
FREE = {"0BSD", "MIT-0", "DL-DE-ZERO-2.0"}


def schema_of(name):
    schema = json.loads((HERE / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spdx"])
def test_a_row_keeps_the_schema(row):
    assert list(schema_of("facts.schema.json").iter_errors(row)) == []


def test_there_are_enough_facts_and_each_stands_once():
    assert len(ROWS) == len(facts()) >= 75


def test_the_schema_describes_every_column():
    columns = schema_of("facts.schema.json").schema["properties"]
    assert list(columns) == list(ROWS[0])
    assert all("description" in column for column in columns.values())


@pytest.mark.parametrize("spdx", LISTED)
def test_an_id_is_in_the_spdx_list_and_not_deprecated(spdx):
    assert spdx in INDEX
    assert not INDEX[spdx]["is_deprecated"]
    assert not INDEX[spdx]["is_exception"]


def test_what_has_no_spdx_id_is_a_reference_or_a_value():
    assert set(OWN) == {"LicenseRef-DbCL-1.0", "LicenseRef-platform-terms-only", "NOASSERTION", "NONE"}


@pytest.mark.parametrize("spdx", LISTED)
def test_the_duties_fit_the_category_of_the_index(spdx):
    asked = {duty.partition(":")[0] for duty in fact(spdx).duties}
    wanted = CATEGORIES[INDEX[spdx]["category"]]
    if spdx in STRICTER:
        assert "share-alike" in asked
    elif spdx in FREE:
        assert not asked
    else:
        assert asked & wanted if wanted else not asked


@pytest.mark.parametrize(
    ("spdx", "wanted"),
    [
        ("CC0-1.0", "public-domain"),
        ("CC-PDM-1.0", "public-domain"),
        ("PDDL-1.0", "public-domain"),
        ("CC-BY-3.0-DE", "permissive"),
        ("CDLA-Permissive-2.0", "permissive"),
        ("MIT", "permissive"),
        ("CC-BY-SA-2.0", "reciprocal"),
        ("ODbL-1.0", "reciprocal"),
        ("LicenseRef-DbCL-1.0", "reciprocal"),
        ("CDLA-Sharing-1.0", "reciprocal"),
        ("GFDL-1.3-no-invariants-or-later", "reciprocal"),
        ("LAL-1.3", "reciprocal"),
        ("GPL-3.0-only", "reciprocal"),
        ("CC-BY-NC-SA-4.0", "noncommercial"),
        ("CC-BY-NC-ND-4.0", "noderivatives"),
        ("CC-BY-ND-4.0", "noderivatives"),
        ("C-UDA-1.0", "restricted"),
        ("NOASSERTION", "unknown"),
        ("NONE", "unknown"),
        ("LicenseRef-platform-terms-only", "unknown"),
    ],
)
def test_the_class_follows_from_the_duties(spdx, wanted):
    assert license_class(spdx) == wanted


def test_every_class_is_one_that_rows_may_carry():
    assert {license_class(spdx) for spdx in facts()} == set(LICENSE_CLASSES)


@pytest.mark.parametrize("element", ["BY", "SA", "NC", "ND"])
def test_the_elements_of_creative_commons_are_the_duties(element):
    duty = {"BY": "attribution", "SA": "share-alike:works", "NC": "noncommercial", "ND": "no-derivatives"}[element]
    of_cc = {spdx: known for spdx, known in facts().items() if known.family.startswith("CC-") and known.kind == "licence"}
    named = {spdx for spdx in of_cc if element in spdx.split("-")}
    assert named == {spdx for spdx, known in of_cc.items() if duty in known.duties} != set()


@pytest.mark.parametrize("spdx", facts())
def test_the_hub_knows_the_id_and_it_loses_nothing(spdx):
    assert len(HUB) == 83
    assert fact(spdx).hub in HUB - {"cc", "bsd", "gpl", "lgpl"}
    if spdx.lower() in HUB:
        assert fact(spdx).hub == spdx.lower()


def test_an_id_of_the_hub_stands_for_one_licence_or_for_one_family():
    by_hub = {}
    for known in facts().values():
        by_hub.setdefault(known.hub, set()).add((known.family.partition("-")[0], known.version))
    shared = {hub for hub, members in by_hub.items() if len(members) > 1}
    assert shared == {"other", "unknown", "gfdl"}


def test_the_open_definition_agrees():
    words = {"approved": {"yes"}, "rejected": {"no"}, "not reviewed": {"not-reviewed"}}
    for row in csv.DictReader((GOLDEN / "open-definition.csv").open(encoding="utf-8")):
        assert fact(row["spdx"]).od in words[row["conformance"]], row["spdx"]


def test_nothing_that_restricts_use_conforms_to_the_open_definition():
    restricting = [known for known in facts().values() if known.duties & {"noncommercial", "no-derivatives", "use-limited"}]
    assert {known.od for known in restricting} == {"no"}


def test_the_texts_are_the_official_ones_unchanged():
    listed = dict(reversed(line.split("  ")) for line in (GOLDEN / "licence-texts.sha256").read_text().splitlines())
    found = {entry.name: hashlib.sha256(entry.read_bytes()).hexdigest() for entry in (HERE / "texts").iterdir()}
    assert found == listed


@pytest.mark.parametrize("spdx", [spdx for spdx, known in facts().items() if known.kind != "value"])
def test_every_licence_and_mark_has_its_text(spdx):
    assert len(full_text(spdx)) > 200


def test_the_contents_of_an_open_database_are_no_looser_than_their_licence_says():
    """The notes have no duties for them; the text itself asks to comply with the ODbL."""
    assert "You must comply with the ODbL" in " ".join(full_text("LicenseRef-DbCL-1.0").split())
    assert fact("LicenseRef-DbCL-1.0").duties == fact("ODbL-1.0").duties


def test_a_text_is_the_text_of_its_licence():
    assert "Attribution-ShareAlike 2.5" in full_text("CC-BY-SA-2.5")
    assert full_text("GPL-3.0-or-later") == full_text("GPL-3.0-only")
    assert full_text("LicenseRef-mine") is None
    assert full_text("GPL-2.0-only WITH Classpath-exception-2.0") is None
    assert full_text("NOASSERTION") is None


@pytest.mark.parametrize("name", ["relations", "wishes"])
def test_the_other_tables_keep_their_schemas(name):
    table = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    assert list(schema_of(f"{name}.schema.json").iter_errors(table)) == []
