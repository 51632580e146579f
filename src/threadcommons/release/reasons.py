"""What a code of the ledger means: a fault of a record, or what keeps its licence from letting the text out."""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from ..findings import codes
from ..licensing import PROBLEMS


class Reason(NamedTuple):
    """What a code means and what to do about it."""

    means: str
    todo: str


#: Fates that need a reason, and those that may have one; a row and a duplicate have none.
REASONED: Final = ("quarantined", "excluded", "withdrawn")
MAY_BE_REASONED: Final = ("withheld",)


@cache
def reasons() -> dict[str, Reason]:
    """Every code that an entry of the ledger may carry."""
    faults = {name: Reason(code.means, code.todo) for name, code in codes().items()}
    return {kind.code: Reason(kind.means, kind.todo) for kind in PROBLEMS} | faults
