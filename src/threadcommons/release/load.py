"""A config of a release as an object of `datasets`, after its papers were looked at.

`datasets` itself fills a column that a shard lacks with nulls and says no word, forgets which columns must
be filled, keeps caches that do not know the content of a folder, and leaves licence and citation empty. So
here: exactly the files that the manifest names, each looked at first; a cache that belongs to their
digests; and the papers put on the result.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import licensing
from ..digest import sha256_file
from ..errors import BadRelease, BadUsage
from ..files import shown
from ..manifest import NAME, Manifest
from .footer import opened_file
from .guard import papers_missing
from .hydrate import GLOB
from .opened import DAMAGE, manifest_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

_REMOTE: Final = "://"


@dataclass(frozen=True)
class _Place:
    """Where a release lies: an absolute folder of this machine, or an address that fsspec understands."""

    base: str

    @property
    def local(self) -> bool:
        return _REMOTE not in self.base

    def of(self, name: str) -> str:
        return f"{self.base}/{name}"

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        """A file of the release for reading. Raises BadRelease when there is none to be had."""
        import fsspec  # type: ignore[import-untyped]  # only who loads needs it

        try:
            with fsspec.open(self.of(name), "rb") as stream:
                yield stream
        except (OSError, ImportError) as error:
            raise BadRelease(
                f"cannot be read: {type(error).__name__}", where=shown(name), hint=shown(str(error))
            ) from error


def load(
    release: str | PathLike[str],
    config: str = "posts",
    *,
    split: str | None = None,
    streaming: bool = False,
    cache_dir: str | PathLike[str] | None = None,
    cite: Callable[[Manifest], str] | None = None,
) -> Any:
    """Load a config of a release after its papers were looked at.

    `release` is a folder or an address (`file://`, `s3://`, `hf://` and what else fsspec knows). Returns
    what `datasets.load_dataset` would: one dataset for a `split`, else a dictionary of them; map-style, or
    iterable with `streaming`. Their `info` has licence, citation (as `cite` writes it), version,
    description and homepage. Before anything is loaded, every file of the config must be of one schema and
    have the licence and provenance columns filled in every row; map-style from a folder, its digest must be
    the manifest's too. The cache, below `cache_dir` or where `datasets` keeps its own, is one of these very
    bytes. A folder is loaded without any connection.

    Raises BadRelease when a file is not as it should be, BadUsage for a config or split that there is not.
    """
    place = _placed(release)
    with place.open(NAME) as stream:
        manifest = manifest_from(stream.read(), NAME)
    splits = _splits(manifest, config, split)
    stated = {file["path"]: file for file in manifest["files"]}
    entry = next(one for one in manifest["configs"] if one["name"] == config)
    schema = _guarded(place, entry["schema"], [stated[name] for names in splits.values() for name in names])
    if place.local and not streaming:
        _same_bytes(place, [stated[name] for names in splits.values() for name in names])
    cache = _cache(cache_dir, manifest)
    loaded = {
        name: _read([place.of(one) for one in names], name, schema, cache, streaming=streaming)
        for name, names in splits.items()
    }
    for dataset in loaded.values():
        _put_papers(dataset.info, manifest, config, cite)
    return loaded[split] if split is not None else _together(loaded, streaming=streaming)


def _placed(release: str | PathLike[str]) -> _Place:
    """Raises BadUsage for a path that `datasets` would take for a pattern, and load other folders by it."""
    name = fspath(release)
    base = name.rstrip("/") if _REMOTE in name else str(Path(name).absolute())
    if any(mark in base for mark in GLOB):
        raise BadUsage(
            f"the path must have none of {GLOB}",
            where=shown(Path(base).name),
            hint="rename the folder, or copy it elsewhere",
        )
    return _Place(base)


def _splits(manifest: Manifest, config: str, split: str | None) -> dict[str, list[str]]:
    """Files by split. Raises BadUsage, naming what there is."""
    splits = {
        entry["name"]: {one["name"]: one["files"] for one in entry["splits"]} for entry in manifest["configs"]
    }
    if config not in splits:
        raise BadUsage(
            f"no config is called {config!r}", where="config", hint=f"there is {', '.join(splits)}"
        )
    if split is not None and split not in splits[config]:
        raise BadUsage(
            f"no split is called {split!r}", where="split", hint=f"{config} has {', '.join(splits[config])}"
        )
    return splits[config] if split is None else {split: splits[config][split]}


def _guarded(place: _Place, table: str, files: list[dict[str, Any]]) -> pa.Schema:
    """The one schema of all files, whose rows have their papers. Raises BadRelease for the first that lacks it."""
    first: pa.Schema | None = None
    for file in files:
        with place.open(file["path"]) as stream:
            try:
                with opened_file(stream) as (parquet, groups):
                    fault, schema, rows = (
                        papers_missing(parquet, groups, table),
                        parquet.schema_arrow,
                        parquet.metadata.num_rows,
                    )
            except DAMAGE as error:
                raise BadRelease(
                    f"no Parquet file: {type(error).__name__}", where=file["path"], hint=_AGAIN
                ) from error
        first = first or schema
        if fault is None and not schema.equals(first, check_metadata=True):
            fault = "its columns are not those of the other files"
        if fault is None and rows != file["rows"]:
            fault = f"it has {rows} rows; {file['rows']} are stated"
        if fault:
            raise BadRelease(f"not loaded: {fault}", where=file["path"], hint=_AGAIN)
    if first is None:
        raise BadRelease("the config has no files", where=NAME, hint=_AGAIN)
    return first


_AGAIN: Final = "get the release again; threadcommons verify says all that is wrong with it"


def _same_bytes(place: _Place, files: list[dict[str, Any]]) -> None:
    for file in files:
        if sha256_file(Path(place.of(file["path"]))) != file["sha256"]:
            raise BadRelease(
                "not loaded: it is not the file that the manifest names", where=file["path"], hint=_AGAIN
            )


def _cache(cache_dir: str | PathLike[str] | None, manifest: Manifest) -> str:
    """A folder of its own for these very files: `datasets` might not notice others in their place."""
    import datasets  # takes a second, and only who loads needs it

    below = (
        Path(fspath(cache_dir))
        if cache_dir is not None
        else Path(datasets.config.HF_DATASETS_CACHE) / "threadcommons"
    )
    return str(below.absolute() / manifest["content_digest"])


def _read(paths: list[str], split: str, schema: pa.Schema, cache: str, *, streaming: bool) -> Any:
    """The files of one split. Not through `load_dataset`, which would tell a server that they were loaded."""
    import datasets  # as above

    kind = datasets.IterableDataset if streaming else datasets.Dataset
    features = datasets.Features.from_arrow_schema(schema)
    return kind.from_parquet(paths, split=datasets.NamedSplit(split), features=features, cache_dir=cache)


def _put_papers(info: Any, manifest: Manifest, config: str, cite: Callable[[Manifest], str] | None) -> None:
    dataset = manifest["dataset"]
    info.license = licenses_of(manifest, config)
    info.citation = (
        cite(manifest) if cite else f"{dataset['title']} {manifest.version}, sha256:{manifest.root_digest}"
    )
    info.version = manifest.version
    info.description = dataset["description"]
    info.homepage = dataset.get("homepage") or ""
    info.config_name = config


def licenses_of(manifest: Manifest, config: str) -> str:
    """Licences under which the texts and annotations of a config stand, as one SPDX expression.

    A config that is a licence class has the licences of that class; any other those of all published rows.
    """
    entries = [entry for entry in manifest["by_license"] if entry["published"]]
    mine = [entry for entry in entries if entry["class"].replace("-", "_") == config] or entries
    annotated = {
        source["annotations"]["license"] for source in manifest["by_source"] if source.get("annotations")
    }
    names = sorted({entry["license"] for entry in mine} | annotated)
    return licensing.parse(" AND ".join(f"({name})" for name in names)).license


def _together(loaded: dict[str, Any], *, streaming: bool) -> Any:
    import datasets  # as above

    return (datasets.IterableDatasetDict if streaming else datasets.DatasetDict)(loaded)
