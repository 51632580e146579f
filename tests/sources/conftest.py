"""Where the founding thread lies; tests about it are skipped where it is absent."""

from dataclasses import replace
from pathlib import Path

import pytest

from threadcommons.sources import read_declaration

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def founding():
    """The export of the founding thread as declared in this repository, at the place where its file lies."""
    path = ROOT.parent / "shared" / "seeds" / "thread.txt"
    if not path.exists():
        pytest.skip("the founding thread lies outside the repository and is not here")
    declaration, _ = read_declaration(ROOT / "raw" / "concentration-of-power")
    return replace(declaration.exports[0], path=path, stored=True)


@pytest.fixture(scope="session")
def founding_pointers():
    """The bytes of the pointers file that stands for it."""
    return (ROOT / "raw" / "concentration-of-power" / "thread.txt.pointers.jsonl").read_bytes()
