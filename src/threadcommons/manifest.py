"""The receipt of a release: the one source of numbers.

`manifest.json` is written once, when the data files stand, and every description is a pure function of it.
Its bytes are canonical JSON, so their SHA-256, the *root digest*, names the release: under it hang the
digests of all data files, of the recipe, the schemas and the exports. The *content digest* covers the data
files alone; descriptions may quote it, because it does not depend on them.

Shape (all counts are whole numbers, all digests SHA-256 in hexadecimal):

    format      "threadcommons-manifest/1"
    dataset     the recipe's [dataset] table: name, title, description, version, released, creators, ...
    publish     the recipe's [publish] table: classes, promise (with what every release promises), choices
    authors     the recipe's [authors] table: policy
    tool        {name, version}: what built it;   environment: {library: version} that the bytes depend on
    rules       {pack: version}: the platform rule packs that licences were judged under
    recipe_sha256, schema_sha256
    content_digest   over `files`
    rows_digest      over the row digests in order of id: the same for any engine, library version or sharding
    counts      {rows, published, withheld, records, conversations, bytes, exports, sources, credits, evidence}
    fates       {fate: records}          codes   {code: records} for what was quarantined or excluded
    by_source   [{source, title, description, platform, format, declared, rows, published, withheld, records,
                  bytes, fates {fate: records}, licenses {spdx: rows}, annotations {license, by} | null,
                  rights_holder | null, attribution | null}]
    by_license  [{license, name, url | null, class, hub | null, rows, published, text_file | null,
                  duties: [names of duties as in licensing.facts]}]: every licence of a row, and those that
                  only annotations name, with 0 rows
    by_class    [{class, rows, published}]    by_language [{lang, rows}]    by_basis [{basis, rows}]
    by_year     [{year, rows}]    generators [{model, provider, weights, rows}]
    labels      [{name, values {value: rows}}]
    exports     [{source, file, sha256, bytes, stored, retrieved_at, origin, reader, records, record_bytes,
                  framing_bytes, blank_bytes, tail_framing, tail_blank, fates}]
    evidence_files [{source, file, sha256, bytes}]
    configs     [{name, description, default: bool, schema: name of a schema,
                  splits: [{name, pattern, files: [path], rows, num_bytes}], columns: [see schema.columns_of],
                  features: [front-matter features]}]
    closure     {config of texts: {rows, licenses [{license, class, rows}], collection {publishable, database_license |
                  null}, adaptation {allowed [spdx], conflict {licenses [{license, rows, examples}], split_by, groups} |
                  null}}}: what the texts' licences allow together (see licensing.Closure)
    files       [{path, bytes, sha256, rows, config, split}] every data file below data/, sorted by path
    documents   [{path, bytes, sha256}] LICENSES/*, NOTICE.md: what is neither data nor written from the
                manifest alone
    card        {part: Markdown} the hand-written parts of dataset_card.md, byte for byte
    private     true for a hydrated copy, which must not be published
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from .digest import canonical_json, digest_of, sha256
from .errors import BadRelease

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "threadcommons-manifest/1"
NAME: Final = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """A release's receipt: the parsed facts and the bytes that they came from."""

    facts: dict[str, Any]
    data: bytes

    @property
    def root_digest(self) -> str:
        """SHA-256 of the manifest's own bytes: the name of the whole release."""
        return sha256(self.data)

    @property
    def version(self) -> str:
        """MAJOR.MINOR.PATCH of the release."""
        return str(self.facts["dataset"]["version"])

    def __getitem__(self, key: str) -> Any:
        return self.facts[key]


def manifest_of(facts: dict[str, Any]) -> Manifest:
    """The manifest that states `facts`; format and content digest are filled in."""
    whole = {**facts, "format": FORMAT, "content_digest": content_digest(facts["files"])}
    data = canonical_json(whole) + b"\n"
    # What is read back has its keys in canonical order, so that a description never depends on who wrote it.
    return Manifest(orjson.loads(data), data)


def content_digest(files: list[dict[str, Any]]) -> str:
    """One digest over the data files: their paths, sizes and digests, in order of path."""
    return digest_of(sorted([file["path"], file["bytes"], file["sha256"]] for file in files))


def parse_manifest(data: bytes, where: str = NAME) -> Manifest:
    """Read a manifest. Raises BadRelease when it is not one, or not in canonical spelling."""
    try:
        facts = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadRelease("the manifest is not JSON", where=where, hint="get the release again") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise BadRelease(
            "not a manifest of a kind that this version reads", where=where, hint=f"it reads {FORMAT}"
        )
    if canonical_json(facts) + b"\n" != data:
        raise BadRelease(
            "the manifest was rewritten by something else", where=where, hint="get the release again"
        )
    return Manifest(facts, data)


def read_manifest(release: Path) -> Manifest:
    """The manifest of a release folder. Raises BadRelease when there is none."""
    path = release / NAME
    if not path.is_file():
        raise BadRelease(
            "there is no manifest.json here", where=release.name, hint="name the folder of a release"
        )
    return parse_manifest(path.read_bytes(), f"{release.name}/{NAME}")
