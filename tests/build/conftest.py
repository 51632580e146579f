"""Packages to build, and the real build with the real descriptions and the real verification."""

import os
import sys
from pathlib import Path

import pytest

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})
sys.path.append(str(Path(__file__).resolve().parents[1] / "stress"))

import packages

from threadcommons import api


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A package that meets every fate, and what its build came to: (root, Built)."""
    root = packages.make_package(tmp_path_factory.mktemp("small") / "package", packages.small())
    return root, api.build(root=root, workers=1)
