"""A release, opened and asked."""

from .verify import verify

__all__ = ["verify"]
