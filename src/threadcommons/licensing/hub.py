"""From an SPDX expression to the licence fields of a dataset card on the Hub: every expression has an answer.

The Hub knows a closed list of lower-case ids. What is not in it is `other`, with a name and a link; ids of
whole families (`cc`, `bsd`, `gpl`, `lgpl`) lose information and are never written.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .expression import parse
from .facts import facts

OTHER: Final = "other"
UNKNOWN: Final = "unknown"
#: Where an expression of several licences links to: the table of licences of a release.
TABLE: Final = "LICENSES.md"


class HubLicense(NamedTuple):
    """Front-matter values: `license`; for `other` also a name and a link, a path in the repository."""

    license: str
    license_name: str | None = None
    license_link: str | None = None


def hub(expression: str) -> HubLicense:
    """The card entry for one licence expression, whatever it is."""
    understood = parse(expression)
    if not understood.valid:
        return HubLicense(UNKNOWN)
    known = facts().get(understood.license)
    if known is None:
        return HubLicense(OTHER, _name(understood.license), TABLE)
    if known.hub != OTHER:
        return HubLicense(known.hub)
    return HubLicense(OTHER, _name(known.spdx), f"LICENSES/{known.spdx}.txt")


def _name(license_: str) -> str:
    """An expression as one lower-case word."""
    return license_.lower().replace("(", "").replace(")", "").replace(" ", "-")
