"""Readers: one file per format, registered in one table.

To add a platform, write `sources/<format>.py` with a `READER` and add a line to `READERS`; nothing else
changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..findings import Finding, Place
from . import (
    bluesky,
    chat,
    convokit,
    discord,
    discourse,
    github,
    gitter,
    hackernews,
    irc,
    jetstream,
    jsonl,
    lemmy,
    mastodon_api,
    mastodon_archive,
    mbox,
    recognising,
    reddit,
    sgd,
    slack,
    stackexchange,
    table,
    telegram,
    thread_text,
    topical_chat,
    wikiconv,
    x_api,
    x_archive,
    x_v1,
    zulip,
)
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

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        bluesky.READER,
        chat.READER,
        convokit.READER,
        discord.READER,
        discourse.READER,
        gitter.READER,
        github.READER,
        hackernews.READER,
        irc.READER,
        jetstream.READER,
        jsonl.READER,
        lemmy.READER,
        mastodon_api.READER,
        mastodon_archive.READER,
        mbox.READER,
        reddit.READER,
        sgd.READER,
        slack.READER,
        stackexchange.READER,
        table.READER,
        telegram.READER,
        thread_text.READER,
        topical_chat.READER,
        wikiconv.READER,
        x_api.READER,
        x_archive.READER,
        x_v1.READER,
        zulip.READER,
    )
}

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
