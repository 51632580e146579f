"""Reads the data files of this package. They ship with it and its tests check them."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def text_of(name: str) -> str | None:
    """The text of a data file, given as a path inside this package; None when there is no such file."""
    place = files(__package__).joinpath(name)
    return place.read_bytes().decode("utf-8") if place.is_file() else None


def toml_of(name: str) -> dict[str, Any]:
    """A TOML file of this package. Raises FileNotFoundError."""
    text = text_of(name)
    if text is None:
        raise FileNotFoundError(name)
    return tomllib.loads(text)


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of this package, by the names in its first line. Raises FileNotFoundError."""
    text = text_of(name)
    if text is None:
        raise FileNotFoundError(name)
    return list(csv.DictReader(text.splitlines()))


def names_in(folder: str, ending: str) -> list[str]:
    """Names of the files in a folder of this package that end so, sorted."""
    return sorted(entry.name for entry in files(__package__).joinpath(folder).iterdir() if entry.name.endswith(ending))
