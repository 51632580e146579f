"""What can be said of a text by looking at it."""

from .measures import measured

__all__ = ["measured"]
