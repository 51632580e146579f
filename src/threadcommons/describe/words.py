"""Sentences that more than one description says, from `words.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal


@dataclass(frozen=True)
class Duty:
    """One thing that a licence asks: in a few words, in a sentence of Markdown, as actions of ODRL."""

    name: str
    short: str
    sentence: str
    rule: Literal["duty", "prohibition"]
    actions: tuple[str, ...]


_TEXT: Final = files(__package__).joinpath("words.toml").read_text(encoding="utf-8")
_WORDS: Final[dict[str, Any]] = tomllib.loads(_TEXT)

#: Fate -> what it means for people, in the order of the card.
FATES: Final[dict[str, str]] = _WORDS["fates"]
#: Policy of the recipe -> what it means for the people in the data.
AUTHOR_POLICIES: Final[dict[str, str]] = _WORDS["author_policies"]
#: Policies for the same and for nearly the same words, joined by `_` -> what was done.
DUPLICATES: Final[dict[str, str]] = _WORDS["duplicates"]
#: How rows were divided, where nothing and where something is held out.
SPLITS: Final[dict[str, str]] = _WORDS["splits"]
#: What holds for every dataset of this kind.
LIMITS: Final[tuple[str, ...]] = tuple(entry["is"] for entry in _WORDS["limits"])
#: Part of the card that people write -> where it stands.
HAND_WRITTEN: Final[dict[str, str]] = _WORDS["hand_written"]
#: Duty as the manifest names it -> its words.
DUTIES: Final[dict[str, Duty]] = {
    name: Duty(name, entry["short"], entry["sentence"], entry["rule"], tuple(entry["actions"]))
    for name, entry in _WORDS["duties"].items()
}
#: What a licence closure means; see `terms.outlets` and `terms.collection`.
CLOSURE: Final[dict[str, str]] = _WORDS["closure"]
#: Licence class, or `other` -> what it asks where no duty says it.
ASKS: Final[dict[str, str]] = _WORDS["asks"]
#: Key -> sentence or sentences, some with names of counts in braces.
RESPONSIBLE: Final[dict[str, Any]] = _WORDS["responsible"]
#: The action that croissant.json has to define itself.
PUBLISH_PROVENANCE: Final = "publish-provenance"
