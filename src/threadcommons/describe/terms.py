"""What a release's licences ask, and what the Hub is told of them.

Which licence has which duty is not decided here: the manifest says it. This is only how a duty is put.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadRelease
from ..model import NOASSERTION
from .words import CLOSURE, DUTIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..manifest import Manifest
    from .words import Duty

Facts = dict[str, Any]

#: The table of licences that mixed releases link to.
TABLE: Final = "LICENSES.md"

#: What stands for "the Hub has no id for it".
_NO_HUB_ID: Final = (None, "", "other", "unknown")
_OPEN_CLASSES: Final = frozenset({"public-domain", "permissive", "reciprocal"})
_SPDX_ID: Final = re.compile(r"[A-Za-z0-9.+-]+")
_NO_IDS: Final = frozenset({"AND", "OR", "WITH", NOASSERTION})
#: How many licences are named before they are only counted.
_SHOWN: Final = 6
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
        texts = texts_of(manifest, entries[0]["license"])
        return _other(entries[0]["license"], texts[0][1] if len(texts) == 1 else TABLE)
    mixed_open = all(entry["class"] in _OPEN_CLASSES for entry in entries)
    return _other("mixed-open" if mixed_open else "mixed", TABLE)


def ids_of(expression: str) -> list[str]:
    """The SPDX ids in an expression, each once, as they stand in it."""
    return list(dict.fromkeys(word for word in _SPDX_ID.findall(expression) if word not in _NO_IDS))


def address_of(spdx: str) -> str | None:
    """The page of one SPDX id; none for a `LicenseRef-`, which SPDX does not know."""
    return None if spdx.startswith("LicenseRef-") else f"https://spdx.org/licenses/{spdx}"


def addresses_of(entries: Iterable[Facts]) -> list[str]:
    """Addresses of all licences that these entries name, each once; an id without one stands for itself."""
    return sorted({address_of(spdx) or spdx for entry in entries for spdx in ids_of(entry["license"])})


def texts_of(manifest: Manifest, expression: str) -> list[tuple[str, str]]:
    """The ids in an expression whose texts the release holds, each with its file."""
    held = {document["path"] for document in manifest["documents"]}
    return [(spdx, path) for spdx in ids_of(expression) if (path := f"LICENSES/{spdx}.txt") in held]


def outlets(closure: Facts) -> str:
    """Under what something made from all rows of a closure may go out, in words."""
    allowed, conflict = closure["adaptation"]["allowed"], closure["adaptation"]["conflict"]
    if conflict:
        clash = ", ".join(part["license"] for part in conflict["licenses"])
        return CLOSURE["conflict"].format(licenses=clash, by=CLOSURE[conflict["split_by"]])
    return ", ".join(allowed) if len(allowed) <= _SHOWN else CLOSURE["many"].format(count=len(allowed))


def collection(closure: Facts) -> str:
    """Under what the rows of a closure may be passed on side by side, in words."""
    asked, publishable = closure["collection"]["database_license"], closure["collection"]["publishable"]
    kind = "apart" if not publishable else "database" if asked else "separate"
    return CLOSURE[kind].format(license=asked)


def _other(name: str, where: str) -> dict[str, Any]:
    return {
        "license": "other",
        "license_name": _NOT_IN_A_NAME.sub("-", name.lower()).strip("-"),
        "license_link": where,
    }


def _unlisted(name: str) -> Facts:
    """A licence that an annotation names and the manifest does not know: no Hub id, no class."""
    return {"license": name, "name": name, "class": "unknown", "rows": 0, "published": 0, "hub": None, "duties": []}
