"""Sources and recipe in, a release out: plan, read, exchange, write, describe, commit."""

from .derive import Derived, derive
from .run import Built, build, keep_receipt

__all__ = ["Built", "Derived", "build", "derive", "keep_receipt"]
