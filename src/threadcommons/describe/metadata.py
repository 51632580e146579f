"""The values of the card's front matter: what the Hub indexes and what `load_dataset` obeys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .terms import hub_license

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..manifest import Manifest

Facts = dict[str, Any]

#: The Hub's closed list of sizes: below so many rows, this word.
_SIZES: Final = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
_LARGEST: Final = "n>1T"
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_TAGS: Final = ("conversations", "provenance", "licence-per-row")


def metadata(manifest: Manifest) -> Facts:
    """Front matter as keys and values, without those that have nothing true to say."""
    dataset = manifest["dataset"]
    values = {
        "pretty_name": dataset["title"],
        "language": languages(manifest),
        **hub_license(manifest),
        "size_categories": [size_category(manifest["counts"]["rows"])],
        "task_categories": list(dataset.get("tasks", [])),
        "annotations_creators": [] if manifest["labels"] else ["no-annotation"],
        "language_creators": _language_creators(manifest),
        "multilinguality": _multilinguality(manifest),
        "tags": sorted({*dataset.get("keywords", []), *_TAGS, manifest["tool"]["name"]}),
        "configs": [_config(manifest, config) for config in manifest["configs"]],
        "dataset_info": [_info(manifest, config) for config in manifest["configs"]],
    }
    return {key: value for key, value in values.items() if value != []}


#: ISO 639's word for a language that cannot be told.
_UNDETERMINED: Final = "und"


def languages(manifest: Manifest) -> list[str]:
    """Languages of rows, as ISO 639 codes, in order; rows whose language nobody knows are not counted as any."""
    known = (entry["lang"] for entry in manifest["by_language"] if _LANGUAGE.fullmatch(entry["lang"] or ""))
    return sorted(lang for lang in known if lang != _UNDETERMINED)


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), _LARGEST)


def bytes_of(manifest: Manifest, paths: Iterable[str]) -> int:
    """Bytes of these files together, each counted once."""
    wanted = set(paths)
    return sum(file["bytes"] for file in manifest["files"] if file["path"] in wanted)


def _language_creators(manifest: Manifest) -> list[str]:
    """Whether people's posts were found, machines wrote them, or both."""
    machine = sum(entry["rows"] for entry in manifest["generators"])
    people = manifest["counts"]["rows"] - machine
    return [word for word, rows in (("found", people), ("machine-generated", machine)) if rows > 0]


def _multilinguality(manifest: Manifest) -> list[str]:
    """One language only when every row states it."""
    stated = languages(manifest)
    if len(stated) > 1:
        return ["multilingual"]
    return ["monolingual"] if stated and len(manifest["by_language"]) == 1 else []


def _config(manifest: Manifest, config: Facts) -> Facts:
    """`version` and `description` go into the key of the local cache: other data, other key."""
    return {
        "config_name": config["name"],
        **({"default": True} if config["default"] else {}),
        "version": manifest.version,
        "description": f"sha256:{manifest['content_digest']}",
        "data_files": [{"split": split["name"], "path": split["pattern"]} for split in config["splits"]],
    }


def _info(manifest: Manifest, config: Facts) -> Facts:
    splits = config["splits"]
    return {
        "config_name": config["name"],
        "features": [_feature(feature) for feature in config["features"]],
        "splits": [
            {"name": split["name"], "num_bytes": split["num_bytes"], "num_examples": split["rows"]} for split in splits
        ],
        "download_size": bytes_of(manifest, (path for split in splits for path in split["files"])),
        "dataset_size": sum(split["num_bytes"] for split in splits),
    }


def _feature(feature: Facts) -> Facts:
    """A feature with its name first: a manifest that was read back has its keys in alphabetical order."""
    kinds = {key: value for key, value in feature.items() if key != "name"}
    inner = {key: [_feature(child) for child in value] for key, value in kinds.items() if isinstance(value, list)}
    return {"name": feature["name"], **kinds, **inner}
