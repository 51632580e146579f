"""Who answers whom, and whose words stand in a post: parents, circles, roots, one order for each conversation."""

from .quoting import NAMING, carries
from .resolve import Resolved, resolve
from .roles import role
from .splits import HELD_OUT, TRAIN, splits

__all__ = ["HELD_OUT", "NAMING", "TRAIN", "Resolved", "carries", "resolve", "role", "splits"]
