import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))


@pytest.fixture(scope="session")
def labelled():
    """The labelled posts: `lang`, `part`, `text`, `spans` of (kind, start, length)."""
    import privacy_set  # a script of bench/, found only once its folder is on the path

    return privacy_set.read()


@pytest.fixture
def chance():
    return random.Random(20261128)
