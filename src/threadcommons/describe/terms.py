"""What a release's licences ask, and what the Hub is told of them.

Which licence has which duty is not decided here: the manifest says it. This is only how a duty is put.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadRelease
from ..model import NOASSERTION
from .words import DUTIES

if TYPE_CHECKING:
    from ..manifest import Manifest
    from .words import Duty

Facts = dict[str, Any]

#: The table of licences that mixed releases link to.
TABLE: Final = "LICENSES.md"

#: What stands for "the Hub has no id for it".
_NO_HUB_ID: Final = (None, "", "other", "unknown")
_OPEN_CLASSES: Final = frozenset({"public-domain", "permissive", "reciprocal"})
_SPDX_ID: Final = re.compile(r"(?!LicenseRef-)[A-Za-z0-9.+-]+")
_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9.]+")


def duties_of(entry: Facts) -> list[Duty]:
    """The duties of one entry of `by_license`. Raises BadRelease for one that has no words here."""
    unknown = sorted(set(entry["duties"]) - set(DUTIES))
    if unknown:
        raise BadRelease(
            f"a licence asks for what this version cannot put in words: {unknown[0]}", where="manifest.json"
        )
    return [DUTIES[name] for name in DUTIES if name in entry["duties"]]


def licences_of(manifest: Manifest) -> list[Facts]:
    """The entries of `by_license` under which anything stands: published texts and annotations."""
    entries = {entry["license"]: entry for entry in manifest["by_license"]}
    published = {name for name, entry in entries.items() if entry["published"]}
    annotated = {source["annotations"]["license"] for source in manifest["by_source"] if source["annotations"]}
    names = sorted((published | annotated) - {NOASSERTION})
    return [entries.get(name) or _unlisted(name) for name in names]


def hub_license(manifest: Manifest) -> dict[str, Any]:
    """The card's licence keys, never looser than the strictest row.

    One Hub id when everything stands under it; a list only when every single row does stand under one of the
    ids listed; otherwise `other` with a name and a link.
    """
    entries = licences_of(manifest)
    ids = {entry["hub"] for entry in entries}
    if not entries:
        return {"license": "unknown"}
    if ids.isdisjoint(_NO_HUB_ID) and (len(ids) == 1 or not manifest["counts"]["withheld"]):
        return {"license": sorted(ids) if len(ids) > 1 else ids.pop()}
    if len(entries) == 1:
        return _other(entries[0]["license"], entries[0]["text_file"] or entries[0]["url"] or TABLE)
    mixed_open = all(entry["class"] in _OPEN_CLASSES for entry in entries)
    return _other("mixed-open" if mixed_open else "mixed", TABLE)


def address_of(entry: Facts) -> str:
    """Where a licence can be read: the address that the manifest gives, else that of its SPDX id.

    An expression of several ids has none and stands for itself.
    """
    name = str(entry["license"])
    return str(entry["url"] or (f"https://spdx.org/licenses/{name}" if _SPDX_ID.fullmatch(name) else name))


def _other(name: str, where: str) -> dict[str, Any]:
    return {
        "license": "other",
        "license_name": _NOT_IN_A_NAME.sub("-", name.lower()).strip("-"),
        "license_link": where,
    }


def _unlisted(name: str) -> Facts:
    """A licence that an annotation names and the manifest does not know: no Hub id, no class."""
    known = {"license": name, "name": name, "class": "unknown", "rows": 0, "published": 0, "duties": []}
    return {**known, "url": None, "hub": None, "text_file": None}
