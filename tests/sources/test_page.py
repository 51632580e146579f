"""The page about sources has a section for every reader, and no section for one that does not exist."""

import re
from pathlib import Path

from threadcommons.sources import READERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"


def test_every_reader_has_its_section_in_order_of_the_heading():
    headings = re.findall(r"^## (.+) \(`([a-z0-9-]+)`\)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for _, name in headings} == READERS.keys()
    titles = [title.lower() for title, _ in headings]
    assert titles == sorted(titles)


def test_sections_tell_what_is_asked_of_them():
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert len(sections) >= len(READERS)
    for section in sections:
        for word in ("**Read**", "**Left out", "**Ids**", "**Licence**"):
            assert word in section, (section.splitlines()[0], word)
