"""Who answers whom, and whose words stand in a post: parents, circles, roots, one order for each conversation."""

from .quoting import carries
from .resolve import Resolved, resolve

__all__ = ["Resolved", "carries", "resolve"]
