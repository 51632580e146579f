"""Which key makes the pseudonyms of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Finding, Place
from ..privacy import random_key, read_key
from ..recipe import PLACE
from .columns import PSEUDONYM

if TYPE_CHECKING:
    from pathlib import Path

    from ..privacy import Key
    from ..recipe import Recipe


def author_key_of(root: Path, recipe: Recipe, path: Path | None) -> tuple[Key | None, list[Finding]]:
    """The key in the file at `path`, or one drawn for this build, and what whoever builds has to know about it.

    None where the recipe asks for no pseudonyms. The file must lie outside of the dataset package at `root`. Raises
    BadUsage, UnsafeFile or OSError.
    """
    if recipe.author_policy != PSEUDONYM:
        return None, []
    if path is None:
        return random_key(), [Finding("privacy.key-lost", Place(file=PLACE, pointer="/authors/policy"))]
    return read_key(path, [root])
