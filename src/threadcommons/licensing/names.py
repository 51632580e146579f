"""From what people write to the SPDX id that they mean: names and addresses, looked up and never guessed.

Everything is an exact look-up in tables built from `facts.csv` and `aliases.toml`, so a longer name can never
be mistaken for a shorter one: `by-sa/2.0` is found as itself or not at all.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .facts import facts
from .tables import toml_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS: Final = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?:www\.)?([a-z0-9][a-z0-9.-]*\.[a-z]{2,}(?:/[^\s?#]*)?)(?:[?#]\S*)?", re.IGNORECASE
)
#: No name or address of a licence is longer; longer text is prose.
_LONGEST: Final = 300
_SHARED_HUB_IDS: Final = ("other", "unknown", "gfdl")


class Name(NamedTuple):
    """What a name means: an id, or the code of what keeps it from being one; and a remark on its spelling."""

    spdx: str | None
    problem: str | None = None
    note: str | None = None


def name_of(written: str) -> Name:
    """The licence that one name or address stands for."""
    if written in facts():
        return Name(written)
    if len(written) > _LONGEST:
        return Name(None, "license.not-an-expression")
    key = _key(written)
    if spdx := _deprecated().get(key):
        return Name(spdx, note="license.deprecated-id")
    if spdx := _names().get(key) or _address(written):
        return Name(spdx, note="license.other-spelling")
    return Name(None, "license.no-version" if key in _incomplete() else "license.unknown-id")


def is_address(written: str) -> bool:
    """Whether it looks like a web address, with or without its scheme."""
    return "/" in written and len(written) <= _LONGEST and _ADDRESS.fullmatch(written) is not None


def _key(name: str) -> str:
    """A name without case, its separators all alike."""
    return _SEPARATORS.sub("-", name.strip()).casefold()


def _address(written: str) -> str | None:
    place = _place(written)
    if place is None:
        return None
    folder, _, last = place.rpartition("/")
    if folder in _aliases()["address_folders"]:
        key = _key(last)
        return _deprecated().get(key) or _names().get(key)
    return _addresses().get(place)


def _place(written: str) -> str | None:
    """An address without what may differ between spellings of it; None when it is none."""
    match = _ADDRESS.fullmatch(written.strip())
    if match is None:
        return None
    place = match[1].lower().rstrip("/")
    for ending in _aliases()["address_endings"]:
        place = re.sub(f"{ending}$", "", place).rstrip("/")
    return place


@cache
def _aliases() -> dict[str, Any]:
    return toml_of("aliases.toml")


@cache
def _deprecated() -> dict[str, str]:
    return {_key(old): new for old, new in _aliases()["deprecated"].items()}


@cache
def _names() -> dict[str, str]:
    """Key of a name -> id. A name that two entries claim would be a guess; a test looks for such."""
    return {_key(name): spdx for name, spdx in all_names()}


def all_names() -> Iterator[tuple[str, str]]:
    """Every name that is understood, with its id: ids, full names, Hub ids, and spellings of aliases.toml."""
    for spdx, known in facts().items():
        yield spdx, spdx
        yield known.name, spdx
        if known.hub not in _SHARED_HUB_IDS and _key(known.hub) not in _deprecated():
            yield known.hub, spdx
        yield from _family_names(spdx)
    for spdx, names in _aliases()["names"].items():
        yield from ((name, spdx) for name in names)


def _family_names(spdx: str) -> Iterator[tuple[str, str]]:
    """Family name, version and edition: "CC BY-SA v3.0 Unported"; a port takes the place of the edition."""
    known = facts()[spdx]
    for name in _aliases()["families"].get(known.family, ()):
        for version in (known.version, f"v{known.version}"):
            if known.port:
                yield f"{name} {version} {known.port}", spdx
                continue
            yield f"{name} {version}", spdx
            for edition in _aliases()["editions"].get(known.version, ()):
                yield f"{name} {version} {edition}", spdx
                yield f"{name} {version} {edition} ({spdx})", spdx


@cache
def _addresses() -> dict[str, str]:
    """Address -> id. Where ids share an address, the first row of facts.csv wins: the narrowest grant."""
    found: dict[str, str] = {}
    for spdx, known in facts().items():
        if place := _place(known.url):
            found.setdefault(place, spdx)
    return {**_aliases()["addresses"], **found}


@cache
def _incomplete() -> frozenset[str]:
    families = [name for names in _aliases()["families"].values() for name in names]
    return frozenset(_key(name) for name in [*_aliases()["incomplete"]["names"], *families])
