"""`source.toml`: what a contributor declares about one folder of exports, read and checked."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..digest import sha256_file
from ..files import list_files, shown, why_unsafe
from ..findings import Finding, Place
from ..model import Defaults, Export
from ..recipe import plain
from ..schema import explain
from ..schema.codes import code_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME: Final = "source.toml"
EVIDENCE: Final = "evidence"
POINTERS: Final = ".pointers.jsonl"
#: What may lie in a source's folder without being declared.
PROSE: Final = ("README.md", "CODEBOOK.md")
#: Ids of evidence that the tool gives out itself, and the kinds that can support a licence.
RESERVED: Final = ("record-field", "sign-off", "declared-alone")
_BY_AUTHOR: Final = "author-statement"
_SUPPORTS: Final = ("source-declaration", _BY_AUTHOR)
_FOLDER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE: Final = re.compile(r"[^\x00-\x1f\x7f\\]{1,255}")


@dataclass(frozen=True)
class Declaration:
    """One contribution: the folder, the checked table, and its exports in order of name."""

    source: str
    folder: Path
    table: dict[str, Any]
    exports: tuple[Export, ...] = ()
    #: Findings that do not keep the rest of the source from being built.
    findings: tuple[Finding, ...] = field(default=())

    @property
    def format(self) -> str:
        """Name of the reader."""
        return str(self.table["format"])

    @property
    def options(self) -> dict[str, Any]:
        """Options of the reader, the mapping of columns among them."""
        mapping = {"mapping": self.table["mapping"]} if "mapping" in self.table else {}
        return {**self.table.get("reader", {}), **mapping}

    @property
    def defaults(self) -> Defaults:
        """What holds for posts that say nothing themselves."""
        return Defaults(self.table["platform"], self.table.get("lang"), self.options)

    def declares(self, name: str) -> Export | None:
        """The export of that name as it is declared, though what lies in the folder be missing or another file."""
        found = (_declared(self.source, self.folder, entry) for entry in self.table["export"] if entry["file"] == name)
        return next((export for export in found if not _is_misnamed(export)), None)

    @property
    def license(self) -> dict[str, Any]:
        """The declared licence with its evidence; may be empty."""
        return dict(self.table.get("license", {}))


def source_folders(raw: Path, exclude: tuple[str, ...] = ()) -> list[Path]:
    """Folders of contributions below `raw/`, sorted by name; hidden ones are left alone."""
    if not raw.is_dir():
        return []
    folders = [path for path in raw.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return sorted((path for path in folders if path.name not in exclude), key=lambda path: path.name)


def read_declaration(folder: Path) -> tuple[Declaration | None, list[Finding]]:
    """Read and check a contribution's declaration and look at its files, without reading records.

    Gives no declaration when it cannot be built on; exports that cannot be opened are left out of it. All
    findings are returned, those of the declaration itself included.
    """
    source = folder.name
    place = Place(source, NAME)
    if folder.is_symlink() or not _FOLDER.fullmatch(source):
        return None, [
            Finding(
                "source.bad-name",
                Place(shown(source)),
                "a folder name is [a-z0-9._-], at most 64, and no link",
            )
        ]
    path = folder / NAME
    if not path.exists():
        return None, [Finding("source.missing-file", Place(source), f"no {NAME} in raw/{source}")]
    if reason := why_unsafe(path):
        return None, [Finding("source.not-plain", place, f"{NAME} {reason}")]
    try:
        text = path.read_bytes().decode("utf-8")
        table = plain(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        return None, [Finding("source.unreadable", place, shown(str(error)))]
    faults = [
        Finding(
            code_for("source", fault.kind),
            Place(source, NAME, line=_line_of(text, fault.pointer), pointer=fault.pointer),
            fault.detail,
        )
        for fault in explain("source", table)
    ]
    if faults:
        return None, faults
    exports, findings = _exports(source, folder, table)
    findings += list(_evidence(source, folder, table)) + list(_papers(source, table))
    return Declaration(source, folder, table, tuple(exports), tuple(findings)), findings


def _exports(source: str, folder: Path, table: dict[str, Any]) -> tuple[list[Export], list[Finding]]:
    found: list[Export] = []
    findings: list[Finding] = []
    names: set[str] = set()
    for number, entry in enumerate(table["export"]):
        export = _declared(source, folder, entry)
        place = Place(source, shown(export.name), pointer=f"/export/{number}")
        faults = [Finding("source.export-twice", place)] if export.name in names else list(_look(export, place))
        names.add(export.name)
        findings += faults
        if not any(fault.severity == "error" for fault in faults):
            found.append(export)
    findings += list(_undeclared(source, folder, table))
    return sorted(found, key=lambda export: export.name), findings


def _declared(source: str, folder: Path, entry: dict[str, Any]) -> Export:
    return Export(
        source,
        entry["file"],
        folder / entry["file"],
        entry["sha256"],
        entry["bytes"],
        entry.get("stored", True),
        entry.get("retrieved_at"),
    )


def _is_misnamed(export: Export) -> bool:
    inside = any(part in ("", ".", "..") for part in export.name.split("/"))
    return inside or not _FILE.fullmatch(export.name) or shown(export.name) != export.name


def _look(export: Export, place: Place) -> Iterator[Finding]:
    """What keeps one export from being read as declared."""
    if _is_misnamed(export):
        yield Finding("source.bad-name", place)
        return
    path = export.path if export.stored else export.path.with_name(export.path.name + POINTERS)
    if not path.exists() and not path.is_symlink():
        yield Finding("source.export-missing", place, f"no {shown(path.name)}")
    elif reason := why_unsafe(path):
        yield Finding("source.not-plain", place, f"{shown(path.name)} {reason}")
    elif export.stored and path.stat().st_size == 0:
        yield Finding("source.empty-export", place)
    elif export.stored and path.stat().st_size != export.size:
        yield Finding("source.export-changed", place, f"{path.stat().st_size} bytes; {export.size} are declared")
    elif export.stored and (digest := sha256_file(path)) != export.sha256:
        yield Finding("source.export-changed", place, f"sha256 is {digest}; {export.sha256} is declared")


def _undeclared(source: str, folder: Path, table: dict[str, Any]) -> Iterator[Finding]:
    declared = {NAME, *PROSE}
    declared |= {entry["file"] for entry in table["export"]}
    declared |= {entry["file"] + POINTERS for entry in table["export"]}
    for path in list_files(folder):
        name = path.relative_to(folder).as_posix()
        if name in declared or name.startswith(f"{EVIDENCE}/") or path.name == "SYNTHETIC.txt":
            continue
        bad = shown(name) != name
        code = "source.bad-name" if bad else "source.export-undeclared"
        yield Finding("source.not-plain" if path.is_symlink() else code, Place(source, shown(name)))


def _evidence(source: str, folder: Path, table: dict[str, Any]) -> Iterator[Finding]:
    """Captured statements must be there and be the ones declared."""
    entries = table.get("license", {}).get("evidence", [])
    for number, entry in enumerate(entries):
        if "file" not in entry:
            continue
        place = Place(source, NAME, pointer=f"/license/evidence/{number}/file")
        path = folder / entry["file"]
        if not path.is_file() or path.is_symlink():
            yield Finding("evidence.file-missing", place, entry["file"])
        elif entry.get("sha256") != (digest := sha256_file(path)):
            yield Finding("evidence.file-changed", place, f"sha256 is {digest}")
    named = {entry.get("file") for entry in entries}
    for path in list_files(folder / EVIDENCE) if (folder / EVIDENCE).is_dir() else []:
        name = path.relative_to(folder).as_posix()
        if name not in named:
            yield Finding("evidence.file-undeclared", Place(source, shown(name)))


def _papers(source: str, table: dict[str, Any]) -> Iterator[Finding]:
    """Whether anybody vouches, and for which licence."""
    license_ = table.get("license", {})
    place = Place(source, NAME)
    entries = license_.get("evidence", [])
    authors = [entry for entry in entries if entry["kind"] == _BY_AUTHOR]
    if "declared" in license_ and not any(entry["kind"] in _SUPPORTS for entry in entries):
        yield Finding("evidence.missing", Place(source, NAME, pointer="/license/evidence"), license_["declared"])
    if "declared" not in license_ and not any("license" in entry for entry in authors):
        yield Finding("source.no-license", place)
    for number, entry in enumerate(entries):
        taken = [*RESERVED, *(earlier["id"] for earlier in entries[:number])]
        at = f"/license/evidence/{number}"
        if entry["id"] in taken:
            yield Finding("evidence.id-twice", Place(source, NAME, pointer=f"{at}/id"), entry["id"])
        if entry in authors and "authors" not in entry:
            yield Finding("evidence.covers-nobody", Place(source, NAME, pointer=at), entry["who"])
    if not table.get("signed_off_by") or not table.get("attests"):
        yield Finding("source.unsigned", place)


def _line_of(text: str, pointer: str) -> int | None:
    """The line where the last key of `pointer` is written, when it stands there exactly once."""
    keys = [part for part in pointer.split("/") if part and not part.isdigit()]
    if not keys:
        return None
    lines = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if re.match(rf"\s*\[*\s*{re.escape(keys[-1])}\s*[=\].]", line)
    ]
    return lines[0] if len(lines) == 1 else None
