"""Texts that are the same or nearly so: shingles that do not depend on where they are made, and an index over them."""

from .overlap import Index, Ranked, best, containment, index, jaccard, needed
from .shingles import Shape, Shingles, commonplaces, n_words, normalised, shingles, tokens, without

__all__ = [
    "Index",
    "Ranked",
    "Shape",
    "Shingles",
    "best",
    "commonplaces",
    "containment",
    "index",
    "jaccard",
    "n_words",
    "needed",
    "normalised",
    "shingles",
    "tokens",
    "without",
]
