"""Whether words may go out that came together from several posts: repeats of one post, and quotes of others.

The licence is the meet of all (see `meet`). It is not enough that each part may be published: as one work they
need a licence under which the whole could be released, and where there is none they stay back. What asks nothing
can stand anywhere, and repeats under one licence are the same work, so neither counts as a part of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .classes import demands_credit, duties, license_class, releasable, share_alike
from .expression import chosen
from .meet import meet, outlets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

#: Why words stay back that carry the words of a post whose text is withheld.
CARRIES_WITHHELD: Final = "license.carries-withheld"


@dataclass(frozen=True)
class Joined:
    """What holds for the whole. `reason` is the code of what keeps it back; None when it may be published."""

    license: str
    license_class: str
    share_alike: bool
    credit: bool
    reason: str | None


def joined(
    own: str,
    repeats: Collection[str],
    quoted: Collection[str],
    publish: Iterable[str],
    choices: Mapping[str, str] | None = None,
    kept_back: str | None = None,
) -> Joined:
    """Judge a post under `own` with the licences of its repeats and of the posts whose words it carries.

    `publish` names the classes that the recipe publishes, `choices` the alternatives that it takes. `kept_back`
    is the code of what already keeps a part from being published.
    """
    label = meet(own, *repeats, *quoted)
    expression = chosen(label, choices or {})
    class_ = license_class(expression)
    parts = [other for other in (*(one for one in repeats if one != own), *quoted) if duties(other)]
    reasons = (
        ("license.part-unknown", not all(map(releasable, repeats))),
        (kept_back, kept_back is not None),
        (CARRIES_WITHHELD, not releasable(expression)),
        ("license.parts-conflict", bool(parts) and not outlets(expression)),
        ("license.class-not-published", class_ not in publish),
    )
    reason = next((code for code, holds in reasons if holds), None)
    return Joined(label, class_, bool(share_alike(expression)), demands_credit(expression), reason)
