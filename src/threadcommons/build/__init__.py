"""Sources and recipe in, a release out: plan, read, exchange, write, describe, commit."""

from .derive import Derived, derive
from .rejudge import Relicensed, read_pack, rejudge
from .run import Built, build, keep_receipt

__all__ = ["Built", "Derived", "Relicensed", "build", "derive", "keep_receipt", "read_pack", "rejudge"]
