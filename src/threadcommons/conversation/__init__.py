"""Who answers whom: parents resolved, circles cut, one root and one order for each conversation."""

from .resolve import Resolved, resolve

__all__ = ["Resolved", "resolve"]
