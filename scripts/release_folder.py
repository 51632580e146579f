"""Prints where `make build` puts the release: `build/out/<version>`, the version being the recipe's."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def version() -> str:
    """Reads the version of the release from `build/recipe.toml`."""
    recipe = tomllib.loads((ROOT / "build/recipe.toml").read_text(encoding="utf-8"))
    return str(recipe["dataset"]["version"])


def release_folder() -> Path:
    """Gives the folder of the release, whether or not it has been built."""
    return ROOT / "build" / "out" / version()


def receipt_file() -> Path:
    """Gives the committed receipt of that version."""
    return ROOT / "build" / "manifests" / f"{version()}.json"


if __name__ == "__main__":
    print(release_folder().relative_to(ROOT))
