"""Loads every config of a release with `datasets`, map-style and streaming, and compares with the manifest.

    python scripts/load_every_config.py RELEASE

Needs nothing but `datasets` (any version from 2.21 on), so that it runs where this project is not installed.
Works offline and with a cache of its own: a cached older release must never answer for this one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import Any

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}

Counts = dict[str, dict[str, int]]  # config -> split -> rows


def front_matter(readme: str) -> dict[str, Any]:
    """Parses what stands between the two lines of dashes at the top of a card."""
    import yaml  # comes with datasets, and nothing may be imported before OFFLINE is set

    opening, header, _ = readme.split("---\n", 2)
    if opening:
        raise SystemExit("error: README.md must begin with its front matter")
    return dict(yaml.safe_load(header))


def counts_in_card(card: dict[str, Any]) -> Counts:
    """Gives what the front matter promises per config and split; leaves when its two lists disagree."""
    infos = {info["config_name"]: info for info in card["dataset_info"]}
    names = [config["config_name"] for config in card["configs"]]
    if len(set(names)) != len(names) or set(names) != set(infos):
        raise SystemExit(f"error: configs name {names}, dataset_info names {sorted(infos)}")
    return {name: {split["name"]: split["num_examples"] for split in infos[name]["splits"]} for name in names}


def counts_in_manifest(manifest: dict[str, Any]) -> Counts:
    """Gives the same from the release's receipt."""
    return {
        config["name"]: {split["name"]: split["rows"] for split in config["splits"]}
        for config in manifest["configs"]
    }


def load(release: str, config: str | None, *, streaming: bool) -> Any:
    """Loads as any user would, by path alone."""
    import datasets  # reads its environment when it is imported

    return datasets.load_dataset(release, config, streaming=streaming)


def compare_split(name: str, whole: Any, stream: Any, rows: int) -> None:
    """Checks one split: features, number of rows and every value."""
    if whole.features != stream.features:
        raise SystemExit(f"error: {name}: features differ between map-style and streaming")
    missing = object()  # equal to no row, so that the shorter of the two styles is noticed
    for number, (row, same) in enumerate(zip_longest(whole, stream, fillvalue=missing), start=1):
        if row != same:
            raise SystemExit(f"error: {name}: row {number} differs between map-style and streaming")
    if len(whole) != rows:
        raise SystemExit(f"error: {name}: {len(whole)} rows came, {rows} were promised")
    print(f"  {name:<28} {rows:>8} rows  {len(whole.column_names):>3} columns")


def compare(release: str, config: str, expected: dict[str, int]) -> int:
    """Checks that both styles give the promised splits, and the same in each; returns the rows."""
    whole, stream = load(release, config, streaming=False), load(release, config, streaming=True)
    if not set(whole) == set(stream) == set(expected):
        raise SystemExit(f"error: {config}: splits {set(whole)} and {set(stream)} came, not {set(expected)}")
    for split, rows in expected.items():
        compare_split(f"{config}/{split}", whole[split], stream[split], rows)
    return sum(expected.values())


def check(release: Path) -> None:
    """Loads everything that the card of `release` names; leaves with a message at the first difference."""
    import datasets  # reads its environment when it is imported

    card = front_matter((release / "README.md").read_text(encoding="utf-8"))
    promised = counts_in_card(card)
    if promised != counts_in_manifest(json.loads((release / "manifest.json").read_bytes())):
        raise SystemExit("error: README.md and manifest.json promise different numbers of rows")
    total = sum(compare(str(release), config, splits) for config, splits in promised.items())
    defaults = [config["config_name"] for config in card["configs"] if config.get("default")]
    if len(defaults) != 1:
        raise SystemExit(f"error: one config must be the default, not {defaults}")
    default = defaults[0]
    rows = {split: len(table) for split, table in load(str(release), None, streaming=False).items()}
    if rows != promised[default]:
        raise SystemExit(f"error: without a config name came {rows}, but {default} has {promised[default]}")
    print(f"datasets {datasets.__version__}: {len(promised)} configs, {total} rows, both styles agree")


def main(arguments: list[str]) -> int:
    """Returns the exit code: 0 all loaded as promised, 1 a difference, 2 wrong usage."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "README.md").is_file():
        print("usage: load_every_config.py RELEASE (a folder that `make build` made)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as cache:
        os.environ.update(OFFLINE, HF_HOME=cache, HF_DATASETS_CACHE=cache)
        check(Path(arguments[0]).resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
