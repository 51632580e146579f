"""Withheld text, filled in by who holds the exports: a private copy, never to be published."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa

from ..digest import sha256, sha256_file
from ..errors import BadRelease, BadUsage, NotFound
from ..files import fresh_folder, move_into_place, shown
from ..findings import Finding, Place, in_order
from ..manifest import NAME, Manifest, manifest_of, parse_manifest
from ..model import Span
from ..schema import arrow_schema
from ..writer import write_canonical
from .beside import AtHand
from .footer import opened_file
from .opened import frame_of, open_release
from .tables import TABLES
from .texts import read_texts
from .verify import verify

if TYPE_CHECKING:
    from .inventory import Render
    from .opened import Release

#: Gives the text of each record, None for no post; from the manifest's entry of an export, where it lies, and what else
#: there is to look into.
DeriveTexts = Callable[[Mapping[str, Any], Path, Sequence[Span], AtHand], Iterable[str | None]]

#: Characters that `load_dataset` takes for a pattern when they stand in a path.
GLOB: Final = "[]*?"


@dataclass(frozen=True)
class Hydrated:
    """A private copy: where it is, how many texts were filled in, how many are not, and which did not fit."""

    path: Path
    filled: int
    left: int
    findings: tuple[Finding, ...]


def refuse_private(manifest: Manifest) -> None:
    """Raise BadRelease for a private copy: its text is licensed to nobody and must not be passed on."""
    if manifest["private"]:
        raise BadRelease(
            "this is a private copy, with text that nobody has licensed",
            where=f"{manifest['dataset']['name']} {manifest.version}",
            hint="publish the release that it was made from",
        )


def hydrate(
    release: Path,
    exports: Sequence[Path],
    out: Path,
    *,
    derive_text: DeriveTexts = read_texts,
    render: Render,
) -> Hydrated:
    """Make a private copy of a release in which withheld rows have their text, as far as `exports` hold it.

    Exports are known by their digests, whatever their names, and the copy goes to the folder `out`. Files of the same
    source in which a reader looks things up are found beside them, or among them. A text is filled in only when it is
    the one whose digest the row carries; another stays null and is a finding.
    The release itself is not touched, and `row_sha256` stays that of the released row. The copy appears
    whole or not at all.

    Raises BadRelease when the release is not what its manifest says or is a private copy itself, NotFound
    for a file that is no export of it, BadUsage when `out` exists, lies inside the release or has
    characters of a pattern.
    """
    opened = open_release(release)
    _usable(release.resolve(), out)
    refuse_private(opened.manifest)
    _trusted(release)
    held = _matched(opened, exports)
    texts, findings = _texts(opened, held, derive_text)
    target = out.resolve()
    staged = fresh_folder(target.parent / f".{target.name}.staging")
    try:
        manifest = _copied(opened, staged, texts)
        for name, data in {NAME: manifest.data, **render(manifest)}.items():
            (staged / name).write_bytes(data)
        _trusted(staged)
        move_into_place(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Hydrated(
        target, len(texts), manifest["counts"]["withheld"] - len(texts), tuple(in_order(findings))
    )


def _usable(release: Path, out: Path) -> None:
    target = out.resolve()
    if target.exists() or out.is_symlink():
        raise BadUsage(
            "something is there already", where=shown(out.name), hint="name a folder that does not exist"
        )
    if target.is_relative_to(release):
        raise BadUsage(
            "a private copy must not lie inside the release",
            where=shown(out.name),
            hint="name a folder elsewhere",
        )
    if any(mark in str(target) for mark in GLOB):
        raise BadUsage(
            f"the path must have none of {GLOB}", where=shown(out.name), hint="name another folder"
        )
    if not target.parent.is_dir():
        raise BadUsage(
            "there is no such folder to put it in", where=shown(target.parent.name), hint="make it first"
        )


def _trusted(release: Path) -> None:
    errors = [finding for finding in verify(release) if finding.severity == "error"]
    if errors:
        first = errors[0]
        raise BadRelease(
            f"{first.code}: {first.detail or first.todo}",
            where=first.place.file,
            hint="threadcommons verify lists all",
        )


def _matched(release: Release, exports: Sequence[Path]) -> dict[str, Path]:
    """The exports given, by digest. Raises NotFound for a file that is none of the release's."""
    entries = release.manifest["exports"]
    known = {entry["sha256"]: entry for entry in entries}
    known |= {entry["container_sha256"]: entry for entry in entries if "container_sha256" in entry}
    found = {sha256_file(path): path for path in exports}
    for digest, path in found.items():
        if digest not in known:
            wanted = ", ".join(
                f"{shown(entry['file'])} ({sha[:12]}...)" for sha, entry in sorted(known.items())[:5]
            )
            raise NotFound(
                f"no export of this release has its sha256, {digest}",
                where=shown(path.name),
                hint=f"there is {wanted}",
            )
    return found


def _texts(
    release: Release, held: Mapping[str, Path], derive: DeriveTexts
) -> tuple[dict[str, str], list[Finding]]:
    """Texts of withheld rows by id, each proved by its digest, and a finding for each that did not fit."""
    columns = ("id", "release", "source_sha256", "source_offset", "source_length", "text_sha256")
    withheld = release.frame("posts", columns).filter(pl.col("release") == "withheld")
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    at_hand = AtHand(release.manifest["exports"], held)
    for entry in release.manifest["exports"]:
        mine = withheld.filter(pl.col("source_sha256") == entry["sha256"]).sort("source_offset")
        path = held.get(entry["sha256"]) or held.get(entry.get("container_sha256", ""))
        if path is None or mine.is_empty():
            continue
        spans = [Span(*span) for span in mine.select("source_offset", "source_length").iter_rows()]
        read = derive(entry, path, spans, at_hand)
        for span, id_, digest, text in zip(spans, mine["id"], mine["text_sha256"], read, strict=True):
            if text is not None and sha256(text.encode()) == digest:
                texts[id_] = text
            else:
                place = Place(entry["source"], entry["file"], span.offset)
                findings.append(Finding("pointer.digest-differs", place, f"{digest} is the text of {id_}"))
    return texts, findings


def _copied(release: Release, staged: Path, texts: Mapping[str, str]) -> Manifest:
    """Copy all data files and documents, those with texts written anew; the manifest of the copy."""
    facts = release.manifest.facts
    files = [_file(release, staged, file, texts) for file in facts["files"]]
    for document in facts["documents"]:
        _copy(release.path, staged, document["path"])
    sizes = {file["path"]: file["num_bytes"] for file in files}
    configs = [
        {**config, "splits": [_split(split, sizes) for split in config["splits"]]}
        for config in facts["configs"]
    ]
    made = manifest_of({**facts, "files": files, "configs": configs, "private": True})
    return parse_manifest(made.data)


def _split(split: dict[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    return {**split, "num_bytes": sum(sizes[name] for name in split["files"])}


def _copy(release: Path, staged: Path, name: str) -> None:
    (staged / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(release / name, staged / name)


def _file(release: Release, staged: Path, file: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """One data file of the copy, and the manifest's entry for it."""
    fill = _FILLERS.get(file["config"])
    _copy(release.path, staged, file["path"])
    if fill is None:
        return file
    with opened_file(release.path / file["path"]) as (parquet, _):
        table, row_group = parquet.read(), parquet.metadata.row_group(0).num_rows
    filled = fill(table, texts)
    if filled is None:
        return file
    schema, order = TABLES[file["config"]]
    part = write_canonical(
        [filled], staged / file["path"], schema=arrow_schema(schema), row_group=row_group, sorted_by=order
    )
    return {**file, **vars(part)}


def _fill_posts(posts: pa.Table, texts: Mapping[str, str]) -> pa.Table | None:
    """Posts with the texts that there are for them; None where there is none."""
    frame = frame_of(posts.select(["id", "text"]))
    found = pl.Series([texts.get(id_) for id_ in frame["id"]], dtype=pl.String)
    if found.null_count() == len(found):
        return None
    column = pl.select(pl.coalesce(frame["text"], found)).to_series().to_arrow().cast(pa.string())
    return posts.set_column(posts.schema.get_field_index("text"), "text", column)


def _fill_conversations(conversations: pa.Table, texts: Mapping[str, str]) -> pa.Table | None:
    """Conversations whose messages have the texts that there are for them; None where there is none."""
    column = conversations["messages"].to_pylist()
    if not any(message["id"] in texts for messages in column for message in messages):
        return None
    filled = [
        [{**one, "content": texts.get(one["id"], one["content"])} for one in messages] for messages in column
    ]
    at = conversations.schema.get_field_index("messages")
    kind = conversations.schema.field(at)
    return conversations.set_column(at, kind, pa.array(filled, kind.type))


_FILLERS: Final[dict[str, Callable[[pa.Table, Mapping[str, str]], pa.Table | None]]] = {
    "posts": _fill_posts,
    "conversations": _fill_conversations,
}
