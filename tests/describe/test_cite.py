from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.schema_loader import BuiltinSchemaLoader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from threadcommons.describe import STYLES, cite, render
from threadcommons.describe.cite import CFF_LICENSES
from threadcommons.errors import BadUsage
from threadcommons.manifest import manifest_of

Facts = dict[str, Any]
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.text(
    st.sampled_from('{}\\%$#&_~^"@,= \n'), min_size=1, max_size=12
)


@cache
def cff_schema() -> Any:
    return BuiltinSchemaLoader("vendor.citation-file-format").get_schema()


@pytest.mark.parametrize("style", STYLES)
def test_every_style_names_title_version_and_root_digest(release: Any, style: str) -> None:
    said = cite(release.manifest, style)
    assert said.endswith("\n")
    for part in ("Soup Talk", "1.2.3", "2024", "The Soup Project", "Friends of Broth", release.manifest.root_digest):
        assert part in said


def test_an_unknown_style_is_answered_with_the_known_ones(release: Any) -> None:
    with pytest.raises(BadUsage, match="bibtex, cff, csl-json, datacite, text"):
        cite(release.manifest, "mla")


def test_the_citation_file_passes_its_own_judge(release: Any) -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.citation-file-format",
        "CITATION.cff",
    ]
    judged = subprocess.run(command, cwd=release.folder, check=False, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout


def test_the_citation_file_carries_both_digests(release: Any) -> None:
    said = yaml.safe_load((release.folder / "CITATION.cff").read_bytes())
    assert {entry["value"] for entry in said["identifiers"]} == {
        f"sha256:{release.manifest.root_digest}",
        f"sha256:{release.manifest['content_digest']}",
    }
    assert cite(release.manifest, "cff").encode() == render(release.manifest)["CITATION.cff"]


def test_licences_are_named_to_citation_tools_only_when_one_covers_everything(small: Facts) -> None:
    assert "license" not in yaml.safe_load(cite(manifest_of(small), "cff"))
    for entry in small["by_license"]:
        entry["published"] = 0
    small["counts"]["withheld"] = 0
    assert yaml.safe_load(cite(manifest_of(small), "cff"))["license"] == "CC-BY-SA-4.0"
    small["counts"]["withheld"] = 1
    assert "license" not in yaml.safe_load(cite(manifest_of(small), "cff"))


def test_every_licence_that_may_stand_in_a_citation_file_is_in_its_schema() -> None:
    assert set(cff_schema()["definitions"]["license-enum"]["enum"]) >= CFF_LICENSES


@pytest.mark.parametrize(
    "homepage", ["https://example.org/a_b?c=1&d=%20#e", "urn:isbn:1", "mailto:a@b.org", "https://x.org/{}\\"]
)
def test_any_homepage_leaves_the_citation_valid(small: Facts, homepage: str) -> None:
    small["dataset"]["homepage"] = homepage
    said = yaml.safe_load(cite(manifest_of(small), "cff"))
    jsonschema.validate(said, cff_schema())
    assert said.get("url") == (homepage if homepage.startswith("https") else None)


def fields_of(entry: str) -> dict[str, str]:
    """The fields of one BibTeX entry, read by counting braces as BibTeX does: a backslash protects none."""
    opened = re.fullmatch(r"@misc\{([A-Za-z0-9.-]+),\n((?:  [a-z]+ = \{.*\},\n)+)\}\n", entry)
    assert opened, entry
    assert "\\{" not in entry
    fields = {}
    for line in opened[2].splitlines():
        name, value = re.fullmatch(r"  ([a-z]+) = \{(.*)\},", line).groups()
        depth = 0
        for mark in value:
            depth += (mark == "{") - (mark == "}")
            assert depth >= 0
        assert depth == 0
        fields[name] = value
    return fields


def test_bibtex_is_one_entry_with_the_usual_fields(release: Any) -> None:
    fields = fields_of(cite(release.manifest, "bibtex"))
    assert fields["author"] == "{The Soup Project} and {Friends of Broth}"
    assert fields["title"] == "{Soup Talk}"
    assert fields["url"] == "https://example.org/soup"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY, ANY, ANY)
def test_bibtex_stays_one_entry_whatever_the_words(small: Facts, title: str, creator: str, homepage: str) -> None:
    small["dataset"].update({"title": title, "creators": [creator, "a and b"], "homepage": homepage, "name": title})
    fields = fields_of(cite(manifest_of(small), "bibtex"))
    assert fields["author"].endswith(" and {a and b}")
    assert fields["author"].count("} and {") == 1


def test_bibtex_escapes_what_latex_would_take_for_a_command(small: Facts) -> None:
    small["dataset"]["title"] = "100% {of} R&D_\\x"
    said = fields_of(cite(manifest_of(small), "bibtex"))["title"]
    assert said == r"{100\% \textbraceleft{}of\textbraceright{} R\&D\_\textbackslash{}x}"


def test_bibtex_survives_naughty_strings(small: Facts, naughty: list[str]) -> None:
    for text in naughty:
        small["dataset"].update({"title": text, "creators": [text], "homepage": text, "description": text})
        fields_of(cite(manifest_of(small), "bibtex"))
        assert cite(manifest_of(small), "text").count("\n") == 1


def test_csl_is_what_reference_managers_read(release: Any) -> None:
    (item,) = json.loads(cite(release.manifest, "csl-json"))
    assert item["type"] == "dataset"
    assert item["issued"] == {"date-parts": [[2024, 7, 8]]}
    assert item["author"] == [{"literal": "The Soup Project"}, {"literal": "Friends of Broth"}]


def test_datacite_has_its_mandatory_properties(release: Any) -> None:
    said = json.loads(cite(release.manifest, "datacite"))
    assert {"types", "titles", "creators", "publisher", "publicationYear", "schemaVersion"} <= set(said)
    assert [entry["rightsIdentifier"] for entry in said["rightsList"]] == ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0"]
    assert "identifiers" not in said
