"""The recipe: every decision of the maintainers, read once and checked strictly."""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .digest import digest_of
from .errors import BadRecipe, NoPackage
from .model import Limits
from .schema import explain, schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PLACE: Final = "build/recipe.toml"
RULES: Final = "build/rules"


@dataclass(frozen=True)
class Recipe:
    """`build/recipe.toml`, understood. The tables keep their names; dates are text as written."""

    dataset: dict[str, Any]
    publish: tuple[str, ...]
    promise: dict[str, str]
    #: Expressions that offer alternatives -> the one that is taken, as written.
    choices: dict[str, str]
    author_policy: str
    shard_rows: int
    row_group: int
    limits: Limits
    exclude: tuple[str, ...]
    #: The table `[dedup]` as written; empty: all as usual.
    dedup: dict[str, Any]
    #: The table `[privacy]` as written; empty: all as usual.
    privacy: dict[str, Any]
    #: The table `[quality]` as written; empty: all as usual.
    quality: dict[str, Any]
    #: Splits that are held out -> their share of all conversations, in hundredths of a percent.
    splits: dict[str, int]
    #: Rule packs of the dataset: file name -> text.
    rules: dict[str, str]
    digest: str

    @property
    def version(self) -> str:
        """MAJOR.MINOR.PATCH of the release to build."""
        return str(self.dataset["version"])


def is_version(text: str) -> bool:
    """Whether this is MAJOR.MINOR.PATCH as a recipe writes it."""
    form = schema("recipe")["properties"]["dataset"]["properties"]["version"]["pattern"]
    return re.fullmatch(form, text) is not None


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that is a dataset package. Raises NoPackage."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / PLACE).is_file():
            return folder
    raise NoPackage(
        "there is no dataset package here",
        where=start.name,
        hint="name one with --root, or make one: threadcommons init DIR",
    )


def read_recipe(root: Path) -> Recipe:
    """The recipe of a dataset package. Raises NoPackage or BadRecipe, naming the key at fault."""
    path = root / PLACE
    try:
        text = path.read_text(encoding="utf-8")
        table = plain(tomllib.loads(text))
    except FileNotFoundError as error:
        raise NoPackage(
            "the recipe is missing", where=PLACE, hint="make a package with threadcommons init DIR"
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadRecipe(f"not TOML: {error}", where=PLACE, hint="correct the line named") from error
    return recipe_of(table, {name: _rules(root, name) for name in table.get("publish", {}).get("rules", ())})


def _rules(root: Path, name: str) -> str:
    try:
        return (root / RULES / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecipe("the rule pack cannot be read", where=f"{RULES}/{name}", hint="see publish.rules") from error


def recipe_of(table: dict[str, Any], rules: Mapping[str, str] | None = None) -> Recipe:
    """The recipe that a table states, with the texts of its rule packs. Raises BadRecipe."""
    faults = explain("recipe", table)
    if faults:
        fault = faults[0]
        raise BadRecipe(
            f"{fault.pointer}: {fault.detail}",
            where=PLACE,
            hint="schema/recipe.schema.json describes every key",
        )
    return Recipe(
        dataset=table["dataset"],
        publish=tuple(table["publish"]["classes"]),
        promise=table["publish"].get("promise", {}),
        choices=table["publish"].get("choices", {}),
        author_policy=table["authors"]["policy"],
        shard_rows=table["shards"]["rows"],
        row_group=table["shards"]["row_group"],
        limits=Limits(table["limits"]["record_bytes"], table["limits"]["depth"]),
        exclude=tuple(table.get("sources", {}).get("exclude", ())),
        dedup=table.get("dedup", {}),
        privacy=table.get("privacy", {}),
        quality=table.get("quality", {}),
        splits=table.get("splits", {}),
        rules=dict(rules or {}),
        digest=digest_of([table, dict(rules or {})]),
    )


def plain(value: Any) -> Any:
    """TOML values as JSON values: dates and times become RFC 3339 text, as the schemas want them."""
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value
