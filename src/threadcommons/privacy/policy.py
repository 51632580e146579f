"""What is to be done with each kind of personal data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Action = Literal["redact", "flag", "keep"]

#: Where a table may state policies of single sources, by their names.
SOURCES: Final = "sources"


@dataclass(frozen=True)
class Policy:
    """For each kind: `redact` takes it out of the text, `flag` leaves it and says so, `keep` leaves it.

    A kind that is kept is still known: a card number is no phone number, whatever is done with cards.
    """

    email: Action = "redact"
    phone: Action = "redact"
    ip: Action = "redact"
    iban: Action = "redact"
    card: Action = "redact"
    national_id: Action = "redact"
    secret: Action = "redact"  # noqa: S105  (a kind, not a secret)
    postal: Action = "flag"
    handle: Action = "keep"

    def of(self, kind: str) -> Action:
        """The action for a kind, named as in recipes and redactions. Raises AttributeError for an unknown kind."""
        action: Action = getattr(self, kind.replace("-", "_"))
        return action


#: Names of all kinds, as recipes and redactions spell them.
KINDS: Final = tuple(field.name.replace("_", "-") for field in fields(Policy))


def policy_of(table: Mapping[str, Any], source: str | None = None) -> Policy:
    """The policy that a recipe's `[privacy]` table states for a source; defaults hold where it says nothing.

    What `[privacy.sources.<name>]` says comes before what the table itself says. The recipe's schema has judged the
    table; a kind that nobody knows raises TypeError all the same.
    """
    stated = {kind: action for kind, action in table.items() if kind != SOURCES}
    own = table.get(SOURCES, {}).get(source, {}) if source is not None else {}
    return Policy(**{kind.replace("-", "_"): action for kind, action in {**stated, **own}.items()})
