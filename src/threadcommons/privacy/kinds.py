"""All kinds of personal data in one table: what is put in their place, and who finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .accounts import cards, ibans
from .addresses import addresses
from .handles import handles
from .national import national_ids
from .networks import networks
from .phones import phones
from .postal import postal
from .shadow import TOKENS
from .tokens import secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from .shadow import Span


class Hit(NamedTuple):
    """Something found: code points `[start, stop)` of the text."""

    start: int
    stop: int
    kind: str


#: Kind -> who finds it. Where two claim the same place, the one that stands first here has it.
FINDERS: Final[dict[str, Callable[[bytes], Iterator[Span]]]] = {
    "secret": secrets, "iban": ibans, "card": cards, "email": addresses, "ip": networks, "national-id": national_ids,
    "phone": phones, "postal": postal, "handle": handles,
}  # fmt: skip
assert list(FINDERS) == list(TOKENS)  # noqa: S101  (one order for both)


def hits(shadow: bytes, kinds: Collection[str]) -> list[Hit]:
    """What is in a text, from left to right and apart."""
    found: list[Hit] = []
    taken = bytearray(len(shadow))
    for kind, find in FINDERS.items():
        for start, stop in find(shadow) if kind in kinds else ():
            if taken.find(1, start, stop) < 0:
                taken[start:stop] = b"\1" * (stop - start)
                found.append(Hit(start, stop, kind))
    return sorted(found)
