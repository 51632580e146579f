"""Reads the data files of this package. They ship with it and its tests check them."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from typing import Any


def _text_of(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def toml_of(name: str) -> dict[str, Any]:
    """A TOML file of this package. Raises FileNotFoundError."""
    return tomllib.loads(_text_of(name))


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of this package, by the names in its first line. Raises FileNotFoundError."""
    return list(csv.DictReader(_text_of(name).splitlines()))
