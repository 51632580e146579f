"""The examples of `schema/examples/`, and where other people's suites lie."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def valid_values():
    """The values of all valid examples, by schema."""
    folders = sorted((ROOT / "schema" / "examples" / "valid").iterdir())
    return {f.name: [json.loads(p.read_bytes())["value"] for p in sorted(f.glob("*.json"))] for f in folders}


@pytest.fixture(scope="session")
def suites():
    """The folder of conformance suites; the test is skipped where they are absent."""
    folder = ROOT.parent / "shared" / "suites"
    if not folder.is_dir():
        pytest.skip("the conformance suites lie outside the repository and are not here")
    return folder
