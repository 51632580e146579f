"""What is wrong with a licence, a wish, a rule pack, a credit or a promise, as a value.

Nothing in this package raises because of the data; the callers turn problems into findings. What a code means,
what to do and how much it weighs stands in `findings.toml`, in the one table of all codes: an `error` keeps the
text back or breaks a promise, a `warning` is for a person to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..findings import codes

if TYPE_CHECKING:
    from ..findings import Code, Severity


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what was found; where rows are meant, how many, and the ids of a few.

    `advice` says what to do in this case; where it is empty, the general advice of the table holds.
    """

    code: str
    found: str = ""
    advice: str = ""
    rows: int = 0
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A code that is not in the table is a mistake of ours. Raises KeyError."""
        self._explained()

    def _explained(self) -> Code:
        return codes()[self.code]

    @property
    def severity(self) -> Severity:
        """`error` or `warning`."""
        return self._explained().severity

    @property
    def means(self) -> str:
        """What is wrong, in general."""
        return self._explained().means

    @property
    def todo(self) -> str:
        """What to do, or what to write instead."""
        return self.advice or self._explained().todo
