"""Descriptions of a release, each a pure function of its manifest: they cannot disagree with one another.

`render` makes the card, the table of licences, Croissant and the citation file; `render_all` adds the bag
that covers them. `cite` writes citations, `read_front_matter` reads anybody's card strictly.
"""

from .bag import bag
from .card import hand_written_parts, render_card
from .cite import STYLES, cite
from .documents import DOCUMENTS, render, render_all
from .frontmatter import ambiguity, front_matter, read_front_matter, read_yaml

__all__ = [
    "DOCUMENTS",
    "STYLES",
    "ambiguity",
    "bag",
    "cite",
    "front_matter",
    "hand_written_parts",
    "read_front_matter",
    "read_yaml",
    "render",
    "render_all",
    "render_card",
]
