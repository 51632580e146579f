"""The verbs of the library. Each wires the parts together and returns values; nothing here prints or exits.

A dataset package is found like the command line finds it: the folder named by `root`, else the nearest one at
or above the current folder. Heavy parts are imported by the verb that needs them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .findings import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .build import Built, Relicensed
    from .contributions import Added, Checked
    from .manifest import Manifest
    from .release import Hydrated, Trace, Watched
    from .release.reciprocity import Reciprocity

AnyPath = str | PathLike[str]

CARD: Final = "dataset_card.md"
#: What reads exports: the compiled loops that go over lines and words, which licence goes where, and what explains
#: faults. Whatever a first task would load is loaded once here, and not by each process that has a first task.
_READING: Final = (
    "threadcommons.build.read_task",
    *(f"threadcommons.{part}:compile_all" for part in ("privacy", "quality", "dedup", "sha256")),
    *(f"threadcommons.sources.{part}:compile_all" for part in ("line_scan", "json_columns")),
    "threadcommons.licensing.relate:edges",
    "threadcommons.schema.reference",
)
#: What judges finished shards, with the library that takes longest of all to import.
_CONTRACT: Final = ("threadcommons.release", "threadcommons.schema.pandera_alone")
#: What writes shards and judges them.
_WRITING: Final = (
    *_CONTRACT,
    *(f"threadcommons.{part}:compile_all" for part in ("provenance", "build.gathering")),
)
_RECEIPTS: Final = "build/manifests"
#: Below the folder that is never committed.
_PRIVATE: Final = "build/out/private"


def init(folder: AnyPath, *, name: str | None = None) -> list[str]:
    """Make a dataset package that builds at once, in a new or empty folder; the files made, relative to it.

    >>> tc.init("my-dataset")[:3]
    ['.gitignore', 'README.md', 'build/README.md']
    """
    from .contributions import init as begin

    return begin(Path(folder), name=name)


def add(
    exports: AnyPath | Sequence[AnyPath],
    source: str,
    *,
    root: AnyPath | None = None,
    format: str | None = None,  # noqa: A002  (the word that source.toml uses)
    stored: bool = True,
    **answers: Any,
) -> Added:
    """Put exports under `raw/<source>/` and write what is known of them into source.toml.

    `answers` are those of `threadcommons.contributions.Answers`: title, platform, lang, license, stated_by, authors,
    evidence_url, evidence_file, sign_off, retrieved_at, origin, options, mapping. With `stored=False` pointers stand
    for the exports.

    >>> tc.add("raw/first-thread/posts.jsonl", "my-thread", title="A thread", platform="forum").format
    'jsonl'
    """
    from .contributions import Answers
    from .contributions import add as bring

    paths = [exports] if isinstance(exports, str | PathLike) else exports
    return bring(
        package(root),
        [Path(path) for path in paths],
        source,
        Answers(**answers),
        format=format,
        stored=stored,
    )


def check(*paths: AnyPath, root: AnyPath | None = None) -> Checked:
    """Judge all contributions, or those that `paths` name: findings in order of place, and counts per export.

    >>> tc.check("raw/first-thread").ok
    True
    """
    from .contributions import check as judge

    folder = package(root)
    checked = judge(folder, [Path(path) for path in paths])
    found = [] if paths else _card_faults(folder)
    return replace(checked, findings=(*found, *checked.findings))


def build(  # noqa: PLR0913  (the verb behind the command: each is one of its options, by name only)
    *,
    root: AnyPath | None = None,
    out: AnyPath | None = None,
    version: str | None = None,
    workers: int | None = None,
    hydrate: Mapping[str, AnyPath] | None = None,
    author_key: AnyPath | None = None,
    previous: Sequence[AnyPath] = (),
) -> Built:
    """Build a release from all sources and the recipe, whole or not at all, in `out/<version>`.

    `hydrate` maps sources to exports that are not stored, for a private copy with their text; it goes to
    `build/out/private` unless `out` says otherwise. A release in its usual place leaves its manifest in
    build/manifests/ as the receipt to commit. `author_key` is a file outside of the package with the key of pseudonyms,
    where the recipe asks for them; without it one is drawn that nobody will know again. Rows that say under another id
    what one of the `previous` releases says are flagged.

    >>> tc.build().manifest["counts"]["published"]
    3
    """
    from .engine import Pool, head_start, share
    from .memory import collector_paused

    folder = package(root)
    card_file, heavy = folder / CARD, _is_heavy(folder)
    with Pool(workers, ahead=_READING if heavy else _CONTRACT, later=_WRITING if heavy else ()) as pool:
        if heavy:
            pool.fill()
        with collector_paused():
            from .build import build as run  # takes a while too, so the pool begins first
            from .build import keep_receipt
            from .describe import hand_written_parts, render_all
            from .release import Ahead

        ahead = Ahead(partial(head_start, pool), partial(share, pool))
        built = run(
            folder,
            out=Path(out) if out is not None else folder / _PRIVATE if hydrate else None,
            version=version,
            pool=pool,
            hydrate={source: Path(path) for source, path in (hydrate or {}).items()},
            author_key=None if author_key is None else Path(author_key),
            previous=[Path(release) for release in previous],
            card=hand_written_parts(card_file.read_text(encoding="utf-8")) if card_file.exists() else {},
            render=render_all,
            verify=_verifier(each=ahead.map, seed=ahead.seed),
            written=ahead.judge,
        )
    if out is None and not hydrate:
        keep_receipt(folder, built.manifest)
    return built


def _is_heavy(folder: Path) -> bool:
    """Whether the exports of a package are so large that several processes will read them."""
    from .engine import LIGHT

    return sum(path.stat().st_size for path in (folder / "raw").glob("*/*") if path.is_file()) >= LIGHT


def verify(release: AnyPath, *, root_digest: str | None = None, root: AnyPath | None = None) -> list[Finding]:
    """Everything in a release that is not what its manifest says; an empty list when all is well.

    A release that lies in its own dataset package, or whose package `root` names, is also held against the
    captured statements there: its licences rest on them.

    >>> tc.verify("build/out/0.1.0")
    []
    """
    return list(_verifier(root_digest)(Path(release), root=_home(Path(release), root)))


def why(release: AnyPath, what: str) -> list[dict[str, Any]]:
    """The fate of a record, named by its id, by the address of its post, or as FILE:OFFSET. Raises NotFound.

    >>> tc.why("build/out/0.1.0", "posts.jsonl:0")[0]["fate"]
    'row'
    """
    from .release import why as explain

    return explain(Path(release), what)


def trace(
    release: AnyPath,
    row_id: str,
    *,
    root: AnyPath | None = None,
    export: AnyPath | None = None,
    author_key: AnyPath | None = None,
) -> Trace:
    """A row back to the bytes that it came from: cut again, derived anew, compared. Raises NotFound.

    The bytes are those of the dataset package, or of `export` when the caller holds the file; the package
    alone knows how to derive the row, so outside of one only the bytes are cut. A pseudonym is compared only with the
    file `author_key`.

    >>> tc.trace("build/out/0.1.0", "first-thread:first-1").same
    True
    """
    from .build import derive
    from .errors import NoPackage
    from .release import trace as follow

    try:
        folder = package(root)
    except NoPackage:
        folder = None
    return follow(
        Path(release),
        row_id,
        root=folder,
        export=None if export is None else Path(export),
        derive=partial(derive, author_key=None if author_key is None else Path(author_key)),
    )


def cite(release: AnyPath, style: str = "bibtex") -> str:
    """The citation of a release, with version and root digest: bibtex, cff, csl-json, datacite or text.

    >>> tc.cite("build/out/0.1.0", "text").partition(" sha256:")[0]
    'Contributors to My dataset (2026). My dataset (Version 0.1.0) [Data set].'
    """
    from .describe import cite as written

    return written(manifest(release), style)


@dataclass(frozen=True)
class Carded:
    """A card and the version that it is written from.

    `changed` says that it was, or for a check would be, rewritten.
    """

    path: Path
    version: str
    changed: bool
    findings: tuple[Finding, ...] = ()


def card(*, root: AnyPath | None = None, check: bool = False) -> Carded:
    """Write dataset_card.md from the newest manifest in build/manifests/; hand-written parts stay.

    With `check` nothing is written, and a card that would change is a finding. Raises BadRelease when there
    is no manifest.

    >>> tc.card().changed, tc.card(check=True).findings
    (True, ())
    """
    from .describe import hand_written_parts, render_card
    from .files import write_atomically

    folder = package(root)
    path, manifest = folder / CARD, _newest_receipt(folder)
    before = path.read_bytes() if path.exists() else b""
    after = render_card(manifest, hand_written_parts(before.decode("utf-8"))).encode()
    if after == before:
        return Carded(path, manifest.version, changed=False)
    if check:
        found = Finding(
            "card.differs", Place(file=CARD), f"the newest manifest is that of version {manifest.version}"
        )
        return Carded(path, manifest.version, changed=True, findings=(found, *_card_faults(folder)))
    write_atomically(path, after)
    return Carded(path, manifest.version, changed=True)


def _card_faults(folder: Path) -> list[Finding]:
    """Front matter that two readers could understand differently, such as one licence hidden behind another."""
    from .describe import ambiguity

    path = folder / CARD
    said = ambiguity(path.read_bytes().decode("utf-8", "replace")) if path.is_file() else None
    return [Finding("card.front-matter", Place(file=CARD), said)] if said else []


def credits(  # noqa: A001  (the verb of the command line)
    release: AnyPath, ids: Iterable[str] | None = None, *, where: str | None = None
) -> Watched:
    """Who must be credited: one entry per row that asks for it, columns as in schema/credit.schema.json.

    With `ids` only for those rows; with `where`, a condition over the columns of rows such as `lang = 'de'`, only
    where it holds. Once they were gone through, `findings` says what credits lack. Raises NotFound for an id that no
    row has, and BadUsage for a condition that cannot be understood.

    >>> list(tc.credits("build/out/0.1.0"))    # public domain: nobody has to be named
    []
    """
    from .release import Watched, credits_of

    return Watched(credits_of(Path(release), ids, where))


def notice(entries: Iterable[Mapping[str, Any]]) -> str:
    """The notice that names the creators of `entries` (see `credits`): Markdown in which words stay words."""
    from .licensing import credit_of
    from .licensing import notice as written

    return written(map(credit_of, entries))


def hydrate(release: AnyPath, exports: Sequence[AnyPath], out: AnyPath) -> Hydrated:
    """Fill the withheld text of a release from exports that the caller holds, into a private copy at `out`.

    The copy cannot be published: nobody has licensed the words in it.

    >>> tc.hydrate("build/out/0.1.0", ["raw/first-thread/posts.jsonl"], "private").filled
    0
    """
    from .describe import render_all
    from .release import hydrate as fill

    return fill(Path(release), [Path(export) for export in exports], Path(out), render=render_all)


def relicense(
    release: AnyPath, rules: Sequence[AnyPath], *, root: AnyPath | None = None
) -> list[Relicensed]:
    """Rows of a release that other rule packs (TOML files) would judge differently, in order of id.

    Nothing is written; the list is what a rebuild of its dataset package with these rules would change.
    Raises BadRecipe for rules that cannot be used, BadSources when the release was built from other exports.

    >>> tc.relicense("build/out/0.1.0", ["stackexchange.toml"])    # no row is from there
    []
    """
    from .build import read_pack, rejudge
    from .errors import BadUsage

    path, named = Path(release), {Path(file).name: Path(file) for file in rules}
    if len(named) < len(rules):
        raise BadUsage("two rule packs have the same file name", where="--rules", hint="rename one of them")
    facts = manifest(path)
    return rejudge(
        _home(path, root) or package(root),
        {name: read_pack(file) for name, file in named.items()},
        [path / file["path"] for file in facts["files"] if file["config"] == "posts"],
        facts["publish"]["classes"],
    )


def reciprocity(derived: AnyPath, release: AnyPath, *, text: str | Sequence[str] = ()) -> Reciprocity:
    """Whether a derived dataset honours what it took from a release: rows found, and a judgement for each duty.

    `text` names the column or columns of the derived dataset that hold its texts, where names and looks do not
    tell.

    >>> tc.reciprocity("build/out/0.1.0", "build/out/0.1.0").breaches    # it honours itself
    ()
    """
    from .release.reciprocity import reciprocity as compare

    return compare(Path(derived), Path(release), text=[text] if isinstance(text, str) else text)


def load(
    release: AnyPath,
    config: str = "posts",
    *,
    split: str | None = None,
    streaming: bool = False,
    cache_dir: AnyPath | None = None,
) -> Any:
    """A config of a release as an object of the `datasets` library, after its licence columns were verified.

    `info.license`, `info.citation` and `info.version` are set, which loading alone does not do.

    >>> tc.load("build/out/0.1.0", "public_domain", split="train").num_rows
    3
    """
    from .describe import cite as written
    from .release import load as open_config

    return open_config(
        release if isinstance(release, str) else Path(release),
        config,
        split=split,
        streaming=streaming,
        cache_dir=None if cache_dir is None else Path(cache_dir),
        cite=written,
    )


def formats() -> list[dict[str, Any]]:
    """What can be read: for each reader its name, version, title, fields, limits, licence rule and options.

    >>> {"jsonl", "stackexchange", "thread-text"} <= {reader["name"] for reader in tc.formats()}
    True
    """
    from .sources import READERS

    return [
        {
            "name": reader.name,
            "version": reader.version,
            "title": reader.title,
            "fills": list(reader.fills),
            "limits": reader.limits,
            "license_rule": reader.license_rule,
            "options": [
                {
                    "name": option.name,
                    "type": option.kind.__name__,
                    "required": option.required,
                    "means": option.means,
                }
                for option in reader.options
            ],
        }
        for _, reader in sorted(READERS.items())
    ]


def licenses(*expressions: str) -> list[dict[str, Any]]:
    """What is known of each licence named, or of all: class, duties, address, id in a dataset card.

    An expression may be written as people write it; what is not understood comes back with its `problem`.

    >>> tc.licenses("CC BY-SA 4.0")[0]["license"], tc.licenses("CC-BY-SA-4.0")[0]["class"]
    ('CC-BY-SA-4.0', 'reciprocal')
    """
    from .licensing import explained, facts

    listed = expressions or [known.spdx for known in facts().values() if known.kind != "value"]
    return [explained(written) for written in listed]


def combine(*expressions: str) -> dict[str, Any]:
    """What may be done with posts under several licences: publish side by side, or make one thing of all.

    `adaptation.allowed` names the licences under which the one thing may be released; where there is none,
    `conflict` says which licences clash and which split avoids it.

    >>> tc.combine("CC-BY-4.0", "CC-BY-SA-4.0")["adaptation"]["conflict"] is None
    True
    """
    from .licensing import combined

    return combined(expressions)


def package(root: AnyPath | None = None) -> Path:
    """The folder of the dataset package to work on: `root`, else the nearest at or above the current one.

    Raises NoPackage.
    """
    if root is not None:
        return Path(root)
    from .recipe import find_root

    return find_root(Path.cwd())


def manifest(release: AnyPath) -> Manifest:
    """The manifest of a release. Raises BadRelease."""
    from .manifest import read_manifest

    return read_manifest(Path(release))


def _newest_receipt(folder: Path) -> Manifest:
    from .errors import BadRelease
    from .manifest import parse_manifest

    found = [
        parse_manifest(path.read_bytes(), f"{_RECEIPTS}/{path.name}")
        for path in (folder / _RECEIPTS).glob("*.json")
    ]
    if not found:
        raise BadRelease(
            "there is no receipt of a release yet", where=_RECEIPTS, hint="run threadcommons build"
        )
    return max(found, key=lambda manifest: [int(part) for part in manifest.version.split(".")])


def _home(release: Path, root: AnyPath | None) -> Path | None:
    """The dataset package of a release: the one that is named, or the one that it lies in, if that makes it."""
    from .errors import ThreadCommonsError
    from .recipe import find_root, read_recipe

    if root is not None:
        return package(root)
    try:
        found = find_root(release)
        mine = read_recipe(found).dataset["name"] == manifest(release)["dataset"]["name"]
    except (ThreadCommonsError, OSError, KeyError, TypeError):
        return None
    return found if mine else None


def _verifier(root_digest: str | None = None, each: Any = map, seed: int | None = None) -> Any:
    """`release.verify` that also compares the descriptions, which it cannot write itself."""
    from .describe import render_all
    from .release import verify as examine

    return partial(examine, root_digest=root_digest, render=render_all, each=each, seed=seed)
