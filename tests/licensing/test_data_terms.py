"""The Reciprocal Data Terms: what they say stands in the licences, and they add nothing."""

import re
from pathlib import Path

import pytest

from threadcommons.licensing import facts, full_text, license_class

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "reciprocal-data-terms.md").read_text(encoding="utf-8")
FLAT = " ".join(PAGE.split())
_ITEM = re.compile(r"^(?:Section (?P<section>\d+) |\s*(?P<item>[a-zA-Z]|\d+|[ivx]+)\.\s*)(?P<words>.*)$")


def sections():
    """Reference such as 3(a)(1)(B) -> its words, read from the official text of BY-SA 4.0."""
    found, path = {}, []
    for line in full_text("CC-BY-SA-4.0").splitlines():
        match = _ITEM.match(line)
        if match is None:
            continue
        if match["section"]:
            path = [match["section"]]
        else:
            depth = (len(line) - len(line.lstrip())) // 5
            path = [*path[:depth], match["item"]]
        found[path[0] + "".join(f"({step})" for step in path[1:])] = match["words"]
    return found


SECTIONS = sections()
#: Every section of BY-SA 4.0 that the page leans on, and words in it that say what the page says.
LEANS_ON = {
    "2(a)(4)": "never produces Adapted Material",
    "2(a)(5)(C)": "may not offer or impose any additional or different terms",
    "2(b)(1)": "publicity, privacy",
    "3(a)(1)(A)": "retain the following",
    "3(a)(1)(B)": "indicate if You modified",
    "3(a)(1)(C)": "indicate the Licensed Material is licensed under this Public License",
    "3(a)(2)": "in any reasonable manner based on the medium",
    "3(a)(3)": "If requested by the Licensor, You must remove",
    "3(b)(1)": "same License Elements, this version or later, or a BY-SA Compatible License",
    "3(b)(3)": "may not offer or impose any additional or different terms",
    "4(b)": "a substantial portion of the database contents in a database",
    "6(b)(1)": "cured within 30 days",
    "8(a)": "could lawfully be made without permission",
}


@pytest.mark.parametrize("reference", LEANS_ON)
def test_what_the_page_leans_on_stands_in_the_licence(reference):
    assert LEANS_ON[reference] in SECTIONS[reference]


def test_the_page_cites_no_other_section():
    table = [line.split("|")[2] for line in PAGE.splitlines() if line.startswith("| **")]
    cited = [reference for cell in table for reference in re.findall(r"\d(?:\([a-zA-Z0-9]\))+", cell)]
    cited += [reference.rstrip(".") for reference in re.findall(r"4\.0 section (\d(?:\([a-zA-Z0-9]\))+)", FLAT)]
    assert len(table) == 6
    known = {*LEANS_ON, "6(b)"}
    assert [reference for reference in cited if reference not in known] == []
    assert {"3(a)(1)(A)", "3(b)(1)", "2(a)(5)(C)"} <= set(cited)


def test_it_says_that_it_is_no_licence_and_asks_for_nothing():
    assert "**This is a summary and not a licence.** It grants nothing, asks nothing and takes nothing away." in FLAT
    assert "Where these words and a licence differ, the licence is right." in FLAT
    assert "Nothing here may be attached to the rows as a condition" in FLAT
    assert not re.search(r"\b(must|shall|required|agree|prohibited|forbidden)\b", FLAT, re.IGNORECASE)


def test_it_speaks_of_every_reciprocal_licence_of_posts():
    """Licences of software are left to their own texts."""
    names = {"CC-BY-SA": "BY-SA", "LAL": "LAL-1.3", "ODbL": "ODbL 1.0", "DbCL": "DbCL 1.0", "CDLA-Sharing": "CDLA-Sharing-1.0", "CC-SA": None}
    for known in facts().values():
        if license_class(known.spdx) == "reciprocal" and known.scope != "software":
            name = "GFDL" if known.family.startswith("GFDL") else names[known.family]
            assert name is None or name in PAGE, known.spdx


def test_its_commands_and_links_are_there():
    from threadcommons.cli.group import COMMANDS

    commands, links = re.findall(r"`threadcommons (\w+)", PAGE), re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert commands
    assert links
    assert set(commands) <= set(COMMANDS)
    assert [link for link in links if not (DOCS / link).is_file()] == []
