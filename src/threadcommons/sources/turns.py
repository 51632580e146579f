"""Turns of dialogues inside one JSON document: what readers of research dialogues share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .base import Refusal
from .documents import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import msgspec

    from .posts import Post

#: A turn is its dialogue's n-th; a dialogue without an id cannot be told from others.
NO_ID: Final = Refusal("quarantined", "record.missing-field", detail="the dialogue has no id")


class Turn(NamedTuple):
    """Where a turn stands: its dialogue, its number from 0, and what the dialogue says of all its turns."""

    dialogue: str
    number: int
    about: tuple[tuple[str, str], ...] = ()


def turns(
    dialogues: Iterable[tuple[str, Iterable[msgspec.Raw], tuple[tuple[str, str], ...]]],
) -> Iterator[Item]:
    """The turns of dialogues (id, turns, what it says of all of them) as items of their document."""
    for dialogue, said, about in dialogues:
        for number, raw in enumerate(said):
            yield Item(raw, Turn(dialogue, number, about), None if dialogue else NO_ID)


def placed(turn: Turn) -> Post:
    """What a turn is called and answers: the turn before it."""
    here: Post = {"native_id": f"{turn.dialogue}/{turn.number}", "conversation": f"{turn.dialogue}/0"}
    if turn.number == 0:
        return here | {"kind": "post", "parent_state": "root"}
    return here | {"kind": "reply", "parent": f"{turn.dialogue}/{turn.number - 1}"}


def labelled(values: Iterable[tuple[str, Any]], annotator: str, method: str) -> list[dict[str, str]]:
    """Labels for the values that are there."""
    return [
        {"name": name, "value": str(value)[:256], "annotator": annotator, "method": method}
        for name, value in values
        if value not in (None, "", [])
    ]
