"""From answers to the table of source.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadUsage
from ..files import shown
from ..schema import explain
from .answers import Answers, attestation

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVIDENCE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
#: Answers that are keys of source.toml under the same name.
_SAME: Final = ("title", "platform", "lang")
#: Answers that are about each export; the others are about the source as a whole.
_OF_EXPORTS: Final = ("retrieved_at", "origin")


def table_of(
    answers: Answers, format_: str, exports: Sequence[dict[str, Any]], evidence_sha256: str | None
) -> dict[str, Any]:
    """The table of a new source.toml; keys that nothing was said about are left out.

    `evidence_sha256` is the digest of `answers.evidence_file`. Raises BadUsage for answers that contradict
    each other or break schema/source.schema.json otherwise than by being missing.
    """
    table: dict[str, Any] = {"schema": 1, "format": format_}
    table |= {key: getattr(answers, key) for key in _SAME if getattr(answers, key)}
    if answers.sign_off:
        table |= {"signed_off_by": [answers.sign_off], "attests": attestation()}
    if license_ := _license(answers, evidence_sha256):
        table["license"] = license_
    if answers.options:
        table["reader"] = dict(answers.options)
    if answers.mapping:
        table["mapping"] = dict(answers.mapping)
    table["export"] = list(exports)
    faults = [fault for fault in explain("source", table) if fault.kind != "missing-key"]
    if faults:
        raise BadUsage(
            f"{faults[0].pointer}: {faults[0].detail}", hint="schema/source.schema.json describes every key"
        )
    return table


def evidence_name(answers: Answers) -> str | None:
    """Where the captured statement will lie in the source's folder.

    Raises BadUsage for a name that cannot be used.
    """
    if answers.evidence_file is None:
        return None
    if not _EVIDENCE_NAME.fullmatch(answers.evidence_file.name):
        raise BadUsage(
            "a captured statement is named with letters, digits, dot, dash and underscore",
            where=shown(answers.evidence_file.name),
            hint="rename the file",
        )
    return f"evidence/{answers.evidence_file.name}"


def per_export(answers: Answers) -> dict[str, str]:
    """What was said about the exports themselves."""
    return {key: getattr(answers, key) for key in _OF_EXPORTS if getattr(answers, key)}


def about_source(answers: Answers) -> list[str]:
    """Names of the answers that are about the source as a whole."""
    return [key for key, value in vars(answers).items() if value and key not in _OF_EXPORTS]


def _license(answers: Answers, evidence_sha256: str | None) -> dict[str, Any]:
    support = {"url": answers.evidence_url, "file": evidence_name(answers), "sha256": evidence_sha256}
    support = {key: value for key, value in support.items() if value}
    if not answers.license:
        if support or answers.stated_by or answers.authors:
            raise BadUsage("evidence was given and no licence that it supports", hint="add --license")
        return {}
    if not answers.stated_by:
        if support or answers.authors:
            raise BadUsage("it was not said who states the licence", hint="add --stated-by")
        return {"declared": answers.license}
    if answers.authors:
        word = {"authors": list(answers.authors), "license": answers.license}
        entry = {"id": "statement", "kind": "author-statement", "who": answers.stated_by, **word, **support}
        return {"evidence": [entry]}
    entry = {"id": "declaration", "kind": "source-declaration", "who": answers.stated_by, **support}
    return {"declared": answers.license, "evidence": [entry]}
