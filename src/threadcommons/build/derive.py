"""One row again, from nothing but the bytes of its record and what the source declares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..archives import INNER
from ..digest import sha256_file
from ..errors import NotFound
from ..files import read_plain, shown
from ..recipe import read_recipe
from ..sources import (
    Batch,
    Cut,
    Refusal,
    again,
    batch_of,
    open_export,
    parts,
    read_declaration,
    read_pointers,
    reader_for,
)
from ..sources.declaration import POINTERS
from ..sources.posts import posts_table
from .columns import Claims, draft_table, drafts
from .keys import author_key_of
from .tasks import claims_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..model import Export, Limits
    from ..sources import Declaration, Reader


@dataclass(frozen=True)
class Derived:
    """What a record says when it is read once more.

    `record` is None when the export is not at hand and only its pointer was read; `row` has the columns that
    one record decides, and is None when the record is no post (then `refusal` says why).
    """

    record: bytes | None
    row: dict[str, Any] | None
    refusal: Refusal | None


def derive(  # noqa: PLR0913  (a place, and what is at hand)
    root: Path,
    source: str,
    file: str,
    offset: int,
    length: int,
    export: Path | None = None,
    *,
    author_key: Path | None = None,
) -> Derived:
    """Read the record at `[offset, offset + length)` of an export again and make its row anew.

    `export` is a file to use in place of the one below `raw/`; its digest must be the declared one;
    `author_key` one with the key of pseudonyms. Raises NotFound when the source or the export is not there any more.
    """
    recipe = read_recipe(root)
    key = author_key_of(root, recipe, author_key)[0] if author_key else None
    declaration, _ = read_declaration(root / "raw" / source)
    name = file.partition(INNER)[0]
    declared = declaration.declares(name) if declaration else None
    if not declaration or not declared:
        raise NotFound(
            "this export is not declared here",
            where=f"raw/{source}",
            hint="name the dataset package with --root",
        )
    if export is None and all(one.name != name for one in declaration.exports):
        raise NotFound(
            "the export is not here as it is declared",
            where=f"raw/{source}/{shown(name)}",
            hint="threadcommons check says what is wrong with it",
        )
    reader = reader_for(declaration.format, declaration.options)
    chosen = _part(_at_hand(declared, export), file, reader)
    if chosen.member is not None:
        declaration = replace(declaration, exports=_all_parts(declaration, reader))
    claims = Claims(**claims_of(declaration, reader, recipe))
    batch, record = _one(declaration, chosen, reader, (offset, length), recipe.limits)
    refusal = batch.refused.get(0)
    if refusal:
        return Derived(record, None, refusal)
    made, _ = drafts(batch, chosen, claims, 0, key.secret if key else None)
    return Derived(record, draft_table(made).to_pylist()[0], None)


def _part(export: Export, file: str, reader: Reader) -> Export:
    """The part of an export that is called `file`. Raises NotFound."""
    found = [part.export for part in parts(export, reader) if part.export.name == file and part.layer is None]
    if not found:
        raise NotFound("no such member is in it", where=export.name, hint="see data/ledger for its members")
    return found[0]


def _all_parts(source: Declaration, reader: Reader) -> tuple[Export, ...]:
    return tuple(part.export for export in source.exports for part in parts(export, reader))


def _at_hand(declared: Export, export: Path | None) -> Export:
    if export is None:
        return declared
    if (digest := sha256_file(export)) != declared.sha256:
        raise NotFound(f"its sha256 is {digest}", where=export.name, hint=f"the row came from {declared.sha256}")
    return replace(declared, path=export, stored=True)


def _one(
    source: Declaration, export: Export, reader: Reader, span: tuple[int, int], limits: Limits
) -> tuple[Batch, bytes | None]:
    """A batch of the one record, and its bytes where the export is at hand."""
    offset, length = span
    beside = source.folder / (export.name + POINTERS)
    pointers = read_pointers(read_plain(beside), export)[0] if beside.exists() else []
    mine = [pointer for pointer in pointers if pointer["offset"] == offset]
    if not export.stored:
        return batch_of(mine, export, among=pointers), None
    context = reader.context(export, _needed(source, export, reader), source.options)
    with open_export(export) as (data, size):
        record = bytes(data[offset : offset + length])
        parsed = again(reader, data, size, span, context, limits)
    if beside.exists():
        return batch_of(mine, export, lambda _offset, _length: parsed, among=pointers), record
    none = np.zeros(1, dtype=np.int64)
    cut = Cut(offset, offset + length, np.array([offset]), np.array([length]), none, none)
    if isinstance(parsed, Refusal):
        return Batch(cut, posts_table([], []), {0: parsed}), record
    return Batch(cut, posts_table([parsed], [0]), {}), record


def _needed(source: Declaration, export: Export, reader: Reader) -> list[Export]:
    names = reader.needs(export.name, [other.name for other in source.exports])
    return [other for other in source.exports if other.name in names]
