"""add: put exports under raw/, byte for byte, and write what is known of them into source.toml.

Everything is made ready aside and then renamed, so a contribution appears whole or not at all; nothing that
is there is ever overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import BadUsage
from ..files import shown
from ..model import Export
from ..recipe import read_recipe
from ..sources import Declaration, read_declaration
from ..sources.declaration import NAME, POINTERS
from .answers import Answers
from .existing import is_known, joined, must_fit, read_existing
from .options import reader_problems
from .papers import evidence_name, per_export, table_of
from .pick import SOURCE_NAME, pick
from .pointing import point
from .proposing import completed, proposal_of
from .source_file import written
from .staging import aside, copied, measured_file, put_in_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..findings import Finding
    from ..model import Limits
    from .existing import Entry
    from .pick import Picked


@dataclass(frozen=True)
class Added:
    """What `add` did: the folder, the reader and why, new exports and those that were there already.

    `left_out` are files of a folder that no reader knows. `concluded` and `unread` say what a look at a table led to
    and which columns its mapping does not read. `findings` say why nothing was added, or, when something was, what is
    still to be filled in.
    """

    folder: Path
    format: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)
    exports: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    concluded: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the exports are in the source now."""
        return bool(self.exports or self.already)


def add(
    root: Path,
    paths: Sequence[Path],
    source: str,
    answers: Answers | None = None,
    *,
    format: str | None = None,  # noqa: A002  (the word that source.toml uses)
    stored: bool = True,
) -> Added:
    """Bring exports (files, or folders of files) into `raw/<source>/`.

    `format` names the reader when the content does not tell. With `stored` false the exports stay where they
    are and pointers without any text stand for them. Raises BadUsage for what makes no sense, and UnsafeFile
    for links and devices.
    """
    limits = read_recipe(root).limits
    if not SOURCE_NAME.fullmatch(source):
        raise BadUsage(
            "a source is named with a-z 0-9 . _ - and at most 64 of them",
            where=shown(source),
            hint="choose another name",
        )
    folder = root / "raw" / source
    picked = pick(paths, source, format)
    if picked.format is None:
        return Added(folder, findings=picked.findings)
    said = answers or Answers()
    result = Added(folder, picked.format, picked.reasons, left_out=picked.left_out)
    if not (folder / NAME).exists() and (look := proposal_of(picked.format, picked.files.values(), said.options)):
        said = completed(said, look)
        result = replace(result, concluded=look.concluded, unread=look.unread)
    with aside(root, source) as staged:
        entries = [
            _entry(staged, name, path, per_export(said), stored=stored) for name, path in picked.files.items()
        ]
        table, text, already = _declared(folder, staged, picked.format, entries, said)
        if not stored and (
            faults := _pointers(staged, Declaration(source, staged, table), picked, entries, limits)
        ):
            return replace(result, findings=tuple(faults))
        (staged / NAME).write_text(text, encoding="utf-8", newline="\n")
        put_in_place(staged, folder)
    new = tuple(entry["file"] for entry in entries if entry["file"] not in already)
    return replace(result, exports=new, already=already, findings=tuple(_open(folder)))


def _open(folder: Path) -> list[Finding]:
    """What is wrong with a declaration, or still to be said in it."""
    declaration, findings = read_declaration(folder)
    return [*findings, *(reader_problems(declaration) if declaration else ())]


def _entry(staged: Path, name: str, path: Path, said: dict[str, str], *, stored: bool) -> Entry:
    """What source.toml says of one export; a stored one is copied aside."""
    digest, size = copied(path, staged / name) if stored else measured_file(path)
    return {"file": name, "sha256": digest, "bytes": size, **({} if stored else {"stored": False}), **said}


def _declared(
    folder: Path, staged: Path, format_: str, entries: list[Entry], answers: Answers
) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """The table and text of source.toml, and the exports that it declared before."""
    existing = read_existing(folder)
    if existing is None:
        evidence = evidence_name(answers)
        digest = (
            copied(answers.evidence_file, staged / evidence)[0]
            if evidence and answers.evidence_file
            else None
        )
        table = table_of(answers, format_, entries, digest)
        return table, written(table), ()
    must_fit(existing, format_, answers)
    known = [entry for entry in entries if is_known(existing, entry)]
    text = joined(existing, [entry for entry in entries if entry not in known])
    return existing.table, text, tuple(entry["file"] for entry in known)


def _pointers(
    staged: Path, declaration: Declaration, picked: Picked, entries: list[Entry], limits: Limits
) -> list[Finding]:
    """Write the pointers of each export aside.

    Findings mean that it cannot be described, and that nothing should be added.
    """
    source = declaration.source
    exports = tuple(
        Export(source, entry["file"], picked.files[entry["file"]], entry["sha256"], entry["bytes"])
        for entry in entries
    )
    findings: list[Finding] = []
    for export in exports:
        lines, faults = point(replace(declaration, exports=exports), export, limits)
        findings += faults
        target = staged / (export.name + POINTERS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(lines)
    return findings
