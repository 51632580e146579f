"""A release, opened and asked: is it whole, what became of a record, where is a row from.

Everything here reads a finished release and leaves it as it is; what is wrong with it comes back as findings.
"""

from .ahead import Ahead
from .credited import Watched, credits_of
from .hydrate import Hydrated, hydrate, refuse_private
from .load import load
from .opened import Release, open_release
from .trace import Compared, Derived, Trace, trace
from .verify import verify
from .why import why

__all__ = [
    "Ahead",
    "Compared",
    "Derived",
    "Hydrated",
    "Release",
    "Trace",
    "Watched",
    "credits_of",
    "hydrate",
    "load",
    "open_release",
    "refuse_private",
    "trace",
    "verify",
    "why",
]
