"""What a look at a table says about itself, joined with what a contributor said about it.

A question has the dotted name of the key that answers it: `created_at.zone` is the zone in the rule of `created_at`,
and what begins with `reader.` belongs to the options. What was said goes before what was concluded, and takes its
question away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ..sources import READERS, head_of
from ..sources.propose import propose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ..sources.propose import Proposal
    from .answers import Answers

_OPTIONS: Final = "reader."


def proposal_of(format_: str, paths: Iterable[Path], options: Mapping[str, Any]) -> Proposal | None:
    """What the first table among some files looks like; None for formats that need no mapping."""
    if not any(option.name == "mapping" for option in READERS[format_].options):
        return None
    looks = (propose(head_of(path), options) for path in paths)
    return next((look for look in looks if look), None)


def completed(answers: Answers, proposal: Proposal | None) -> Answers:
    """The answers with all that is proposed where nothing was said."""
    if proposal is None:
        return answers
    options, mapping = dict(proposal.options), {key: value for key, value in proposal.mapping.items() if key != "todo"}
    for key, value in answers.mapping.items():
        _put(mapping, key, value)
    options |= answers.options
    todo = [one for one in proposal.mapping.get("todo", ()) if not _is_answered(one["key"], answers)]
    return replace(answers, options=options, mapping={**mapping, **({"todo": todo} if todo else {})})


def open_questions(answers: Answers, proposal: Proposal | None) -> list[dict[str, str]]:
    """What is left to ask: entries with `key` and `ask`."""
    return list(completed(answers, proposal).mapping.get("todo", ())) if proposal else []


def _is_answered(key: str, answers: Answers) -> bool:
    """Whether something was said about a key, about a part of it, or about what it is a part of."""
    if key.startswith(_OPTIONS):
        return key.removeprefix(_OPTIONS) in answers.options
    return any(f"{key}.".startswith(f"{said}.") or said.startswith(f"{key}.") for said in answers.mapping)


def _put(mapping: dict[str, Any], key: str, value: Any) -> None:
    """Set the value of a dotted key; a rule that is only the name of a column becomes a table for it."""
    first, _, rest = key.partition(".")
    if not rest:
        mapping[first] = value
        return
    rule = mapping.get(first, {})
    rule = {"column": rule} if isinstance(rule, str) else dict(rule)
    mapping[first] = {**rule, rest: [value] if rest == "formats" and isinstance(value, str) else value}
