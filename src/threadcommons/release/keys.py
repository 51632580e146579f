"""By what rows of several tables are told apart: quickly by numbers, closely by the values themselves.

The quick way makes a number of 64 bits of an id, or of all that a row says, with a seed that is drawn anew each time
that a release is examined, when its files are finished already. So nobody can prepare two values that it takes for
one, and a fault stays hidden only if the numbers of just its two values agree: once in 2^64, and once in 2^64 / rows
where an id is looked for among all. Two rows of a sound release may happen to agree as well (of a million posts: once
in 40 million looks). That hides nothing, and it is no finding either: whatever the quick way suspects is looked at
closely, and only that look says what is wrong, and where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Column with all that a row says of one matter: one number, or closely a structure of values.
ROW: Final = "row"


@dataclass(frozen=True)
class Keys:
    """How values become what is compared. `closely` keeps them as they are, so that a finding can name them."""

    seed: int
    closely: bool = False

    def of(self, *names: str) -> list[pl.Expr]:
        """The columns of these names, each value for itself; null stays null."""
        return [self._key(pl.col(name)) for name in names]

    def row(self, **named: pl.Expr | str) -> pl.Expr:
        """Several columns as one, called `row`; null is a value like others here."""
        columns = [pl.col(one) if isinstance(one, str) else one for one in named.values()]
        together = pl.struct([column.alias(name) for name, column in zip(named, columns, strict=True)])
        return (together if self.closely else together.hash(self.seed)).alias(ROW)

    def place(self, names: Iterable[str]) -> list[pl.Expr]:
        """Columns by which a finding says where it was; they are needed in a close look only."""
        return [pl.col(name) for name in names] if self.closely else []

    def _key(self, value: pl.Expr) -> pl.Expr:
        return value if self.closely else pl.when(value.is_not_null()).then(value.hash(self.seed))
