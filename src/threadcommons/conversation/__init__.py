"""Who answers whom, and whose words stand in a post: parents, circles, roots, one order for each conversation."""

from .quoting import carries
from .resolve import Resolved, resolve
from .splits import HELD_OUT, TRAIN, splits

__all__ = ["HELD_OUT", "TRAIN", "Resolved", "carries", "resolve", "splits"]
