"""Texts that are the same or nearly so.

Two ways in, for two tasks. *Sketches and clusters* (`sketch`, `clusters`, `known`, `recognised`) find posts of a build
that say the same as a whole, from narrow columns that workers make. *Shingles and their index* (`shingles`, `index`)
find what of some texts stands in others, whole or in part, without losing a pair.
"""

from .clustering import Clusters, clusters
from .known import Known, known, recognised
from .likeness import Sets
from .likeness import sets as sets_of
from .overlap import Index, Ranked, best, containment, index, jaccard, needed
from .policy import ACTIONS, Policy, policy_of
from .shingles import Shape, Shingles, commonplaces, n_words, normalised, shingles, tokens, without
from .sketching import compile_all, fields, place_of, sketch, unsketched

__all__ = [
    "ACTIONS",
    "Clusters",
    "Index",
    "Known",
    "Policy",
    "Ranked",
    "Sets",
    "Shape",
    "Shingles",
    "best",
    "clusters",
    "commonplaces",
    "compile_all",
    "containment",
    "fields",
    "index",
    "jaccard",
    "known",
    "n_words",
    "needed",
    "normalised",
    "place_of",
    "policy_of",
    "recognised",
    "sets_of",
    "shingles",
    "sketch",
    "tokens",
    "unsketched",
    "without",
]
