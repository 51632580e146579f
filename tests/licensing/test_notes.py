"""The facts against the notes that they were encoded from, row by row; and texts of licences against the rules."""

import re
from pathlib import Path

import pytest

from threadcommons.licensing import allowed, fact, facts, full_text, hub

ROOT = Path(__file__).resolve().parents[2]
NOTES = ROOT.parent / "shared" / "notes" / "licences.md"
HUB = set((ROOT / "tests/golden/hub-licenses.txt").read_text(encoding="utf-8").split("\n")[2:]) - {""}
TEXT = NOTES.read_text(encoding="utf-8") if NOTES.is_file() else ""
needs_notes = pytest.mark.skipif(not TEXT, reason="the notes lie outside the repository")

#: Where our reading is stricter than the notes, and why.
STRICTER = {
    "LicenseRef-DbCL-1.0": "its section 2.2 asks to comply with the ODbL",
    "C-UDA-1.0": "its section 3.1 asks to keep the credit that came with the data",
    "O-UDA-1.0": "its section 3.1.1 asks the same",
}
#: First words of a cell about the Open Definition -> what they are in the facts; what else a cell says is no claim.
CONFORMS = (
    ("not re-reviewed", {"not-reviewed", "not-listed"}),
    ("not", {"not-listed"}),
    ("no", {"no"}),
    ("n/a", {"not-listed"}),
    ("yes", {"yes"}),
    ("software", {"not-reviewed", "not-listed"}),
)


def expanded(cell):
    """The ids that a cell of the first column stands for: "CC-BY-2.0, -2.5" are two of one family."""
    names, family = [], ""
    for part in re.sub(r"\([^)]*\)", "", cell).replace(" to ", ", ").split(","):
        name = part.strip()
        names.append(family + name if name.startswith("-") else name)
        family = family if name.startswith("-") else re.sub(r"-[0-9].*$", "", name)
    return names


def rows():
    """(ids, the other cells) of the table of licences."""
    section = TEXT.partition("## 1. The table")[2].partition("## 2.")[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and not cells[0].startswith(("SPDX id", "CC ports")):
            yield expanded(cells[0]), cells[1:]


ROWS = [(spdx, position, cells) for ids, cells in rows() for position, spdx in enumerate(ids)]


@needs_notes
def test_the_whole_table_is_read():
    assert len({spdx for spdx, _, _ in ROWS}) == len(ROWS) >= 50
    assert {"CC-BY-SA-2.1-JP", "CC-BY-ND-1.0", "CC-BY-ND-3.0", "C-UDA-1.0", "GPL-3.0-or-later"} <= {spdx for spdx, _, _ in ROWS}


@pytest.mark.parametrize(("spdx", "position", "cells"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_notes_is_what_the_facts_say(spdx, position, cells):
    by, sa, nc, nd, od, hub_id = cells
    known = fact(spdx)
    asked = {duty.partition(":")[0] for duty in known.duties}
    noted = {"attribution": by, "share-alike": sa, "noncommercial": nc, "no-derivatives": nd}
    noted = {duty for duty, cell in noted.items() if cell.startswith("yes")}
    noted |= {"use-limited"} if by.startswith("use limited") else set()
    assert (asked - {"notice"} > noted) if spdx in STRICTER else (asked - {"notice"} == noted)
    assert "notice" in asked or not by.startswith(("notice", "only: make"))
    conforms = next((words for start, words in CONFORMS if od.startswith(start)), {known.od})
    assert known.od in conforms
    assert hub(spdx).license == known.hub == hub_named(spdx, position, hub_id)


def hub_named(spdx, position, cell):
    """The id that a cell gives the licence at some position of its row: "cc-by-nc-2.0, -3.0" are two of one family."""
    listed = cell.replace("*", "").split(", ")
    named = listed[min(position, len(listed) - 1)]
    family = re.sub(r"-[0-9][^-]*$", "", listed[0])
    return spdx.lower() if listed[0] == "same" else family + named if named.startswith("-") else named


@needs_notes
def test_the_list_of_the_hub_is_that_of_the_notes():
    block = TEXT.partition("50 of the\n  83 equal a lower-cased SPDX id (measured):\n")[2].partition("\n  (`agpl-3.0")[0]
    fifty = block.split()
    assert len(fifty) == 50
    assert set(fifty) <= HUB
    assert {"odbl", "odc-by", "pddl", "c-uda", "gfdl", "other", "unknown", "cc", "bsd", "gpl", "lgpl"} <= HUB
    for known in facts().values():
        assert (known.hub == known.spdx.lower()) == (known.spdx.lower() in fifty), known.spdx


#: How the texts themselves say that a later version will do, each in its language.
LATER = re.compile(
    r"later version of (?:this|the) Licen[cs]e|later version of the same licen[cs]e|or a later license version"
    r"|this version or later|späteren Version dieser Lizenz|version ultérieure de ce Contrat|新しいバージョン|以降|後継",
    re.IGNORECASE,
)


@pytest.mark.parametrize("spdx", [spdx for spdx, known in facts().items() if known.family in ("CC-BY-SA", "CC-BY-NC-SA")])
def test_a_later_version_will_do_where_the_text_itself_says_so(spdx):
    known = fact(spdx)
    words = " ".join(full_text(spdx).split())
    newest = f"{known.family}-4.0"
    assert bool(LATER.search(words)) == (known.version != "1.0") == allowed(spdx, newest)
