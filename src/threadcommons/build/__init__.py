"""Sources and recipe in, a release out: plan, read, exchange, write, describe, commit."""

from .run import Built, build

__all__ = ["Built", "build"]
