"""Readers: one file per format, registered in one table.

To add a platform, write `sources/<format>.py` with a `READER` and add its name to the table; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from ..findings import Finding, Place
from . import recognising
from .base import Batch, Cut, Head, Option, Parsed, Reader, Refusal, again, judged, local_id, read
from .declaration import Declaration, read_declaration, source_folders
from .mapping import WORDS
from .opening import open_export
from .parts import Part, is_boxed, is_container, layer_batches, look, parts
from .pointers import batch_of, read_pointers
from .reading import read_export
from .recognising import head_of, knows_names, may_open

if TYPE_CHECKING:
    from pathlib import Path

#: The formats; each is read by the module of its name.
_NAMES: Final = (
    "bluesky", "chat", "convokit", "discord", "discourse", "gitter", "github", "hackernews", "irc", "jetstream",
    "jsonl", "lemmy", "mastodon-api", "mastodon-archive", "mbox", "reddit", "sgd", "slack", "stackexchange", "table",
    "telegram", "thread-text", "topical-chat", "wikiconv", "x-api", "x-archive", "x-v1", "zulip",
)  # fmt: skip


class Readers(MutableMapping[str, Reader]):
    """Readers by name. One is loaded when it is asked for: who reads one format needs no other."""

    def __init__(self, names: Iterable[str]) -> None:
        self._readers: dict[str, Reader | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> Reader:
        if (known := self._readers[name]) is not None:
            return known
        reader: Reader = import_module(f".{name.replace('-', '_')}", __name__).READER
        self._readers[name] = reader
        return reader

    def __setitem__(self, name: str, reader: Reader) -> None:
        self._readers[name] = reader

    def __delitem__(self, name: str) -> None:
        del self._readers[name]

    def __contains__(self, name: object) -> bool:
        return name in self._readers

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


READERS: Final = Readers(_NAMES)


def reader_for(name: str, options: dict[str, Any]) -> Reader:
    """The reader of a format as the options of a source make it. Raises KeyError when there is no such reader."""
    reader = READERS[name]
    return reader.fitted(options) if reader.fitted else reader


def recognise(path: Path) -> list[tuple[Reader, str]]:
    """The readers that know a file, or what lies in it, by its content, each with its reason, in order of name.

    Raises UnsafeFile, OSError.
    """
    return recognising.recognise(path, list(READERS.values()))


def recognised(head: Head) -> list[tuple[Reader, str]]:
    """The same for what was seen of a plain file."""
    return recognising.recognised(head, READERS.values())


def lacks_consent(declaration: Declaration) -> Finding | None:
    """Why an export of a closed place may not be read: no captured consent of those who take part is declared."""
    evidence = declaration.license.get("evidence", ())
    agreed = any(entry["kind"] == "consent" and "file" in entry for entry in evidence)
    if agreed or not READERS[declaration.format].consent:
        return None
    place = Place(declaration.source, "source.toml", pointer="/license/evidence")
    return Finding("source.no-consent", place, f"{declaration.format} asks for evidence of kind consent with a file")


def options_problems(reader: Reader, options: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the options given to a reader: (option, sentence)."""
    known = {option.name: option for option in reader.options}
    unknown = [
        (name, f"{reader.name} has no such option; it has {', '.join(known) or 'none'}")
        for name in options
        if name not in known
    ]
    wrong = [
        (name, f"must be {known[name].kind.__name__}: {known[name].means}")
        for name, value in options.items()
        if name in known and not isinstance(value, known[name].kind)
    ]
    missing = [
        (name, f"is needed: {option.means}")
        for name, option in known.items()
        if option.required and name not in options
    ]
    return [*unknown, *wrong, *missing] or reader.faults(options)


def told_options(reader: Reader, options: dict[str, Any]) -> dict[str, Any]:
    """Of the options given to a reader, what a release tells of them: what its texts cannot be found without.

    The rest stays at home. Lists of names and the conditions of a mapping may name people.
    """
    told = {option.name: options[option.name] for option in reader.options if option.words and option.name in options}
    return {name: _words_of(value) if name == "mapping" else value for name, value in told.items()}


def _words_of(rules: dict[str, Any]) -> dict[str, Any]:
    return {key: rules[key] for key in WORDS if key in rules}


__all__ = [
    "READERS",
    "Batch",
    "Cut",
    "Declaration",
    "Head",
    "Option",
    "Parsed",
    "Part",
    "Reader",
    "Readers",
    "Refusal",
    "again",
    "batch_of",
    "head_of",
    "is_boxed",
    "is_container",
    "judged",
    "knows_names",
    "lacks_consent",
    "layer_batches",
    "local_id",
    "look",
    "may_open",
    "open_export",
    "options_problems",
    "parts",
    "read",
    "read_declaration",
    "read_export",
    "read_pointers",
    "reader_for",
    "recognise",
    "source_folders",
    "told_options",
]
