"""The table of descriptions, and what makes all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..digest import sha256
from ..manifest import NAME
from .bag import bag
from .card import card, licence_table
from .cite import citation_file
from .croissant import croissant
from .terms import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..manifest import Manifest

#: Path in the release -> the pure function that writes it from the manifest. A new description is a line
#: here.
DOCUMENTS: Final[dict[str, Callable[[Manifest], bytes]]] = {
    "README.md": card,
    TABLE: licence_table,
    "croissant.json": croissant,
    "CITATION.cff": citation_file,
}


def render(manifest: Manifest) -> dict[str, bytes]:
    """Every description of a release, path -> bytes."""
    return {path: write(manifest) for path, write in DOCUMENTS.items()}


def render_all(manifest: Manifest) -> dict[str, bytes]:
    """Every file that follows from the manifest: itself, the descriptions, and the bag over them.

    What is missing from a whole release are the data files and the manifest's `documents`.
    """
    made = {NAME: manifest.data, **render(manifest)}
    tag_files = {path: sha256(data) for path, data in made.items()}
    tag_files.update({document["path"]: document["sha256"] for document in manifest["documents"]})
    return {**made, **bag(manifest, tag_files)}
