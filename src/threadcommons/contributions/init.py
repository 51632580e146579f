"""init: begin a dataset package that builds at once."""

from __future__ import annotations

import re
import shutil
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from ..digest import sha256
from ..errors import BadUsage
from ..files import fsync_dir, fsync_tree, shown
from ..licensing import EVERYBODY
from ..schema import SCHEMAS, schema_bytes
from .answers import Answers
from .papers import table_of
from .source_file import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
#: A file whose dot would make tools treat the template itself as what it is a template of.
_DOTTED: Final = {"gitignore": ".gitignore"}
_EXAMPLE: Final = "raw/first-thread"
_EXPORT: Final = f"{_EXAMPLE}/posts.jsonl"
_WAIVER: Final = "waiver.txt"
_BY: Final = "Thread Commons contributors"


def init(folder: Path, *, name: str | None = None) -> list[str]:
    """Make a dataset package in `folder`, which must be new or empty; the files made, sorted, relative to it.

    `name` is the short name of the dataset; that of the folder by default. Raises BadUsage for a name that
    cannot be used and for a folder that holds anything.
    """
    chosen = name or _named_after(folder)
    if not _NAME.fullmatch(chosen):
        raise BadUsage(
            "a dataset is named with a-z 0-9 . _ - and at most 64 of them",
            where=shown(chosen),
            hint="choose one with --name",
        )
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise BadUsage(
            "there is something here already", where=shown(folder.name), hint="name a new or empty folder"
        )
    made = package(chosen)
    _write(folder, made)
    return sorted(made)


def package(name: str) -> dict[str, bytes]:
    """All files of a new dataset package, path -> bytes."""
    title = re.sub(r"[._-]+", " ", name).strip().capitalize() or name
    filled = {path: Template(text).substitute(name=name, title=title).encode() for path, text in _templates()}
    schemas = {f"schema/{schema}.schema.json": schema_bytes(schema) for schema in SCHEMAS}
    declared = _declaration(filled[_EXPORT], filled[f"{_EXAMPLE}/evidence/{_WAIVER}"])
    return {**filled, **schemas, f"{_EXAMPLE}/source.toml": declared.encode()}


def _named_after(folder: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")


def _templates() -> Iterator[tuple[str, str]]:
    """Path and text of each template."""

    def below(place: Traversable, path: str) -> Iterator[tuple[str, str]]:
        for child in sorted(place.iterdir(), key=lambda child: child.name):
            inner = f"{path}{_DOTTED.get(child.name, child.name)}"
            if child.is_dir():
                yield from below(child, f"{inner}/")
            else:
                yield inner, child.read_text(encoding="utf-8")

    return below(files(__package__.partition(".")[0]).joinpath("templates"), "")


def _declaration(export: bytes, waiver: bytes) -> str:
    """source.toml of the example, whose digests follow from its export and from the statement about it."""
    answers = Answers(
        title="A first thread",
        platform="first-thread",
        lang="en",
        license="CC0-1.0",
        stated_by=_BY,
        evidence_file=Path(_WAIVER),
    )
    entry = {
        "file": _EXPORT.rpartition("/")[2],
        "sha256": sha256(export),
        "bytes": len(export),
        "origin": "written for the template",
    }
    table = table_of(answers, "jsonl", [entry], sha256(waiver))
    table["license"]["evidence"][0] |= {"kind": "author-statement", "authors": [EVERYBODY]}
    table["license"]["evidence"][0]["note"] = "The posts were made for the template and are given away."
    table |= {
        "signed_off_by": [f"{_BY} <the issue tracker of the tool>"],
        "attests": "These posts were made for the template with the model that each of them discloses. "
        "No person's words are in them.",
    }
    return written(table)


def _write(folder: Path, made: dict[str, bytes]) -> None:
    """Write aside within the folder, then move each part into place.

    The recipe comes last: by it a package is known.
    """
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / ".init"
    try:
        for path, data in made.items():
            (staged / path).parent.mkdir(parents=True, exist_ok=True)
            (staged / path).write_bytes(data)
        fsync_tree(staged)
        for part in sorted(staged.iterdir(), key=lambda part: (part.name == "build", part.name)):
            part.rename(folder / part.name)
        staged.rmdir()
        fsync_dir(folder)
    except BaseException:  # an interrupt too leaves nothing half made
        shutil.rmtree(folder if new else staged, ignore_errors=True)
        raise
