"""Which key makes the pseudonyms of a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..privacy import random_key, read_key
from .columns import PSEUDONYM

if TYPE_CHECKING:
    from pathlib import Path

    from ..privacy import Key
    from ..recipe import Recipe


def author_key_of(root: Path, recipe: Recipe, path: Path | None) -> Key | None:
    """The key in the file at `path`, or one drawn for this build; none where the recipe asks for no pseudonyms.

    The file must lie outside of the dataset package at `root`. Raises BadUsage, UnsafeFile or OSError.
    """
    if recipe.author_policy != PSEUDONYM:
        return None
    return random_key() if path is None else read_key(path, [root])[0]
