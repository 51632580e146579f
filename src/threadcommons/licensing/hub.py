"""From an SPDX expression to the licence fields of a dataset card on the Hub: every expression has an answer.

The Hub knows a closed list of lower-case ids. What is not in it is `other`, with a name and a link; ids of
whole families (`cc`, `bsd`, `gpl`, `lgpl`) lose information and are never written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from .expression import parse
from .facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterable

OTHER: Final = "other"
UNKNOWN: Final = "unknown"
#: Name and link for a card whose rows stand under several licences that the Hub cannot list.
MIXED_NAME: Final = "mixed"
MIXED_LINK: Final = "NOTICE.md"


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
        return HubLicense(OTHER, _name(understood.license), MIXED_LINK)
    if known.hub != OTHER:
        return HubLicense(known.hub)
    return HubLicense(OTHER, _name(known.spdx), f"LICENSES/{known.spdx}.txt")


def hub_of_rows(expressions: Iterable[str]) -> tuple[tuple[str, ...], str | None, str | None]:
    """The card entry for rows under several licences: (`license` as a list, `license_name`, `license_link`).

    The Hub's ids, sorted, when every row's licence has one; otherwise `other` with a link to the table of
    licences.
    """
    found = sorted(
        {hub(expression) for expression in expressions},
        key=lambda entry: (entry.license, entry.license_name or ""),
    )
    if len(found) == 1:
        return (found[0].license,), found[0].license_name, found[0].license_link
    listed = all(entry.license not in {OTHER, UNKNOWN} for entry in found)
    if found and listed:
        return tuple(entry.license for entry in found), None, None
    return (OTHER,), MIXED_NAME, MIXED_LINK


def _name(license_: str) -> str:
    """An expression as one lower-case word."""
    return license_.lower().replace("(", "").replace(")", "").replace(" ", "-")
