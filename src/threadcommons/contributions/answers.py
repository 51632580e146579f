"""What a contributor can say about an export, and the questions that ask for it.

One table for options and prompts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Answers:
    """What was said; `None` or empty where nothing was.

    `evidence_url` and `evidence_file` support `license`, and `stated_by` is who states it there. With `authors`,
    as the export names them (`*` for all), it is their word on their own posts and covers no others. `origin` and
    `retrieved_at` (RFC 3339) hold for the exports added in one go. `options` go to the reader. `mapping` says what the
    columns of a table are, by dotted key: `text`, `created_at.zone`.
    """

    title: str | None = None
    platform: str | None = None
    lang: str | None = None
    license: str | None = None
    stated_by: str | None = None
    authors: Sequence[str] = ()
    evidence_url: str | None = None
    evidence_file: Path | None = None
    sign_off: str | None = None
    retrieved_at: str | None = None
    origin: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One thing to ask: the field of `Answers`, the words, the field without which it makes no sense."""

    answer: str
    words: str
    after: str | None = None


#: In the order in which a person is asked. An empty answer leaves a commented line in source.toml.
QUESTIONS: Final = (
    Question("title", "What is it, in a few words"),
    Question("platform", "Platform, the first part of every id (a-z 0-9 . _ -)"),
    Question("lang", "Language of posts that do not say (ISO 639, for example en)"),
    Question(
        "license", "Licence of posts that state none (SPDX, for example CC-BY-4.0; empty: none is known)"
    ),
    Question("stated_by", "Who states that licence", after="license"),
    Question("evidence_url", "Where it can be read (address)", after="license"),
    Question("origin", "Where the export came from"),
    Question("retrieved_at", "When it was made (RFC 3339, for example 2026-03-01T12:00:00Z)"),
    Question(
        "sign_off",
        "Your sign-off, 'Name or pseudonym <contact>' (the text that you attest stands in source.toml)",
    ),
)


def attestation() -> str:
    """What a contributor attests with a sign-off, on one line."""
    return " ".join(files(__package__).joinpath("attestation.txt").read_text(encoding="utf-8").split())
