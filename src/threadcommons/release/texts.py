"""The texts of records, read once more from an export that somebody holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..digest import sha256_file
from ..errors import ThreadCommonsError
from ..model import Limits
from ..sources import READERS, Refusal, again, open_export, options_problems, reader_for
from .beside import AtHand, export_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ..model import Span
    from ..sources import Reader


def _fitted(name: str, options: dict[str, Any]) -> Reader | None:
    """The reader of that name as those options make it; None where there is none or where they are not its own.

    A manifest can say anything at all here, so whatever building a reader from it raises means the latter.
    """
    try:
        return None if options_problems(READERS[name], options) else reader_for(name, options)
    except (LookupError, TypeError, ValueError, AttributeError):
        return None


def read_texts(
    entry: Mapping[str, Any], path: Path, spans: Sequence[Span], at_hand: AtHand | None = None
) -> Iterator[str | None]:
    """The text of each record in `spans` of the export at `path`; None for what its reader makes no post of.

    `entry` is the manifest's entry of the export: it names the reader and the options on which words depend. Files of
    the same source that the reader looks into are read along, as far as they are `at_hand`. Who has only the release
    does not know the rest, so a text can come out otherwise; its digest tells.
    """
    export = export_at(entry, path, sha256_file(path))
    options = dict(entry.get("options") or {})
    reader = _fitted(str(entry["reader"]).partition("/")[0], options)
    try:
        beside = (at_hand or AtHand()).beside(reader, entry, path) if reader else []
        context = reader.context(export, [export, *beside], options) if reader else None
    except ThreadCommonsError:
        reader = None
    with open_export(export) as (data, size):
        for span in spans:
            place = (span.offset, span.length)
            parsed = again(reader, data, size, place, context, Limits()) if reader else None
            yield None if parsed is None or isinstance(parsed, Refusal) else parsed.get("text")
