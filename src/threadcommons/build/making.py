"""What a release is made from, once the exports are read: one value that travels through the second half."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engine import Receipt
    from ..licensing import Closure
    from ..privacy import Key
    from ..recipe import Recipe
    from .earlier import Earlier
    from .exchange import Exchanged
    from .plan import Plan


@dataclass(frozen=True)
class Making:
    """Recipe and version, the plan with the receipts of its tasks in the same order, and the exchange."""

    recipe: Recipe
    version: str
    plan: Plan
    receipts: tuple[Receipt, ...]
    exchanged: Exchanged
    #: Config -> what its published texts allow together.
    closures: dict[str, Closure]
    #: What makes pseudonyms, where the recipe asks for them.
    key: Key | None = None
    earlier: tuple[Earlier, ...] = ()
    #: Hand-written parts of the card, by name.
    card: dict[str, str] = field(default_factory=dict)
