"""`sgd`: the dialogues of the Schema-Guided Dialogue dataset, JSON lists of dialogues for each split.

Ids such as `7_00000` are unique within a split only, so the split (train, dev, test) stands before them: it is taken
from the name of the file or its folder, or from the option split. A turn is called after its dialogue and its number,
and answers the turn before it. Both sides are made up: outlines came from a simulator, and paid writers put them into
words, so no turn was ever a public post, and who wrote which is not told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import BOM, Head, Option, Parsed, Reader, Refusal
from .documents import cut_document
from .fields import author
from .strict_json import decoded
from .turns import Turn, labelled, placed, turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..model import Export, Limits
    from .base import Cut
    from .documents import Item

SPLITS: Final = ("train", "dev", "test")


class _Dialogue(msgspec.Struct, gc=False):
    dialogue_id: str
    turns: list[msgspec.Raw]
    services: list[str] = []


class _Action(msgspec.Struct, gc=False):
    act: str = ""
    slot: str = ""


class _Frame(msgspec.Struct, gc=False):
    service: str = ""
    actions: list[_Action] = []


class _Turn(msgspec.Struct, gc=False):
    speaker: str
    utterance: str
    frames: list[_Frame] = []


_dialogues: Final = msgspec.json.Decoder(list[_Dialogue]).decode
_turn: Final = msgspec.json.Decoder(_Turn).decode
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_ANNOTATOR: Final = "schema-guided-dialogue"
_SPLIT: Final = re.compile(r"(?:^|[/_.-])(train|dev|test)(?=[/_.-])")


def _find(document: memoryview) -> list[Item]:
    found = _dialogues(document)
    about = [(one.dialogue_id, one.turns, (("services", " ".join(one.services)),)) for one in found]
    return list(turns(about))


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut a document into its turns."""
    return cut_document(data, start, stop, limits, _find)


def context(export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> str:
    """The split that an export is of; empty where neither its name nor the option tells."""
    named = _SPLIT.findall(export.name)
    return str(options.get("split", named[-1] if named else ""))


def parse(record: bytes, turn: Turn | None, split: str | None) -> Parsed:
    """One turn as a post as claimed, or why it is none."""
    found = decoded(record, _turn)
    if isinstance(found, Refusal):
        return found
    if turn is None:
        return Refusal("quarantined", "record.no-such-span", detail="a turn outside of a dialogue")
    if not found.utterance.strip():
        return _NO_TEXT
    here = turn._replace(dialogue=f"{split}/{turn.dialogue}" if split else turn.dialogue)
    acts = [f"{action.act} {action.slot}".strip() for frame in found.frames for action in frame.actions]
    labels = labelled([*turn.about, ("acts", "; ".join(acts))], _ANNOTATOR, "simulator")
    who = author(found.speaker, f"{here.dialogue}/{found.speaker}")
    more = {"author": who, "labels": labels, "lang": "en"}
    return {**placed(here), "text": found.utterance, "markup": "plain"} | {
        k: value for k, value in more.items() if value
    }


_START: Final = re.compile(rb'\s*\[\s*\{\s*"dialogue_id"\s*:\s*"[^"]{1,64}"')


def recognise(head: Head) -> str | None:
    """Why a file holds such dialogues: a list that begins with a dialogue id, and turns with frames and speakers."""
    start = head.start.removeprefix(BOM)
    if not _START.match(start) or not all(
        key in start for key in (b'"turns"', b'"utterance"', b'"speaker"', b'"frames"')
    ):
        return None
    return "a list of dialogues with services, whose turns have frames, a speaker and an utterance"


def _faults(options: dict[str, Any]) -> list[tuple[str, str]]:
    bad = "split" in options and options["split"] not in SPLITS
    return [("split", f"must be one of {', '.join(SPLITS)}")] if bad else []


READER: Final = Reader(
    name="sgd",
    version="1",
    title="dialogues of the Schema-Guided Dialogue dataset",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "text", "markup", "lang", "labels",
    ),
    limits=(
        "No turn is a public post: outlines are simulated, words are those of paid writers. USER and SYSTEM are roles "
        "in one dialogue. Turns have no times. Of the frames, acts and slots become labels; values and states are not "
        "read. All of it is English."
    ),
    license_rule=(
        "The files state no licence; that of the dataset (CC-BY-SA-4.0) stands in its repository and has to be "
        "declared in source.toml with it as evidence."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    hinted=True,
    context=context,
    options=(Option("split", str, f"Which split the files are of, where names do not tell: {', '.join(SPLITS)}."),),
    faults=_faults,
    opens=(r"(?s).*\.json",),
)  # fmt: skip
