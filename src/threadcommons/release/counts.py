"""Every number of the manifest, counted again from the data."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..archives import INNER
from ..findings import Finding, Place
from ..manifest import NAME
from ..provenance import rows_digest
from ..schema import arrow_schema, columns_of, features_yaml
from .promised import closures_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]


def count_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Numbers of the manifest that the data do not bear out, each by its JSON Pointer."""
    for key, count in COUNTED.items():
        for pointer, stated, counted in _differences(manifest.facts.get(key), count(manifest, frames), f"/{key}"):
            detail = f"the manifest says {_shown(stated)}, the data {_shown(counted)}"
            yield Finding("release.count", Place(file=NAME, pointer=pointer), detail)


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)[:80]


def _differences(stated: Any, counted: Any, pointer: str, *, listed: bool = False) -> Iterator[tuple[str, Any, Any]]:
    """Pointer, what is stated and what was counted, for each leaf on which the two differ.

    An entry of a list (`listed`) may state more than was counted: titles, addresses and the like.
    """
    if stated == counted:
        return
    if isinstance(counted, dict) and isinstance(stated, dict):
        for key in sorted(set(counted) if listed else {*counted, *stated}):
            yield from _differences(stated.get(key), counted.get(key), f"{pointer}/{key}")
    elif isinstance(counted, list) and isinstance(stated, list) and len(counted) == len(stated):
        for number, (one, two) in enumerate(zip(stated, counted, strict=True)):
            yield from _differences(one, two, f"{pointer}/{number}", listed=True)
    else:
        yield pointer, stated, counted


def _tally(counted: pl.DataFrame, by: str, number: str = "rows") -> dict[str, int]:
    """How many there are by value of a column, in order of the values; a null is none."""
    sums = _sums(counted, [by], number)
    return {value: several for (value,), several in sorted(sums.items(), key=_nulls_last) if value is not None}


def _sums(counted: pl.DataFrame, by: Collection[str], number: str = "rows") -> Counter[tuple[Any, ...]]:
    """What a column of numbers comes to for each combination of values. There are few lines, so Python adds them up."""
    sums = Counter[tuple[Any, ...]]()
    for kind, several in zip(zip(*(counted[name].to_list() for name in by), strict=True), counted[number], strict=True):
        sums[kind] += several
    return sums


def _nulls_last(counted: tuple[tuple[Any, ...], int]) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in counted[0]]


def _rows(kinds: pl.DataFrame) -> dict[str, int]:
    """Rows of some kinds, of them published, and of them withheld."""
    rows, published = (int(some.sum()) for some in (kinds["rows"], kinds["rows"].filter(kinds["published"])))
    return {"rows": rows, "published": published, "withheld": rows - published}


def _totals(manifest: Manifest, frames: Frames) -> dict[str, int]:
    return {
        **_rows(frames["kinds"]),
        "records": int(frames["fates"]["records"].sum()),
        "conversations": frames["posts"]["conversation_id"].n_unique(),
        "bytes": sum(export["bytes"] for export in _files(manifest)),
        "exports": len(manifest["exports"]),
        "sources": len(manifest["by_source"]),
        "credits": len(frames["credits"]),
        "evidence": len(frames["evidence"]),
    }


def _by_source(manifest: Manifest, frames: Frames) -> list[dict[str, Any]]:
    """In the order of the manifest, which names each source once."""
    return [_source(manifest, entry["source"], frames) for entry in manifest["by_source"]]


def _source(manifest: Manifest, source: str, frames: Frames) -> dict[str, Any]:
    kinds, fates = (frames[name].filter(pl.col("source") == source) for name in ("kinds", "fates"))
    return {
        **_rows(kinds),
        "records": int(fates["records"].sum()),
        "bytes": sum(export["bytes"] for export in _files(manifest) if export["source"] == source),
        "fates": _tally(fates, "fate", "records"),
        "licenses": _tally(kinds, "license"),
    }


def _files(manifest: Manifest) -> list[Mapping[str, Any]]:
    """The exports that are files, not what lies in them: bytes are counted once."""
    return [export for export in manifest["exports"] if INNER not in export["file"]]


def _by_license(manifest: Manifest, frames: Frames) -> list[dict[str, Any]]:
    """Licences of rows; entries that only annotations name have no rows."""
    found = _grouped(frames["kinds"], {"license": "license", "class": "license_class"}, published=True)
    counted = {entry["license"]: entry for entry in found}
    named = [entry["license"] for entry in manifest["by_license"]]
    choices = manifest["publish"]["choices"]
    known = [{**_asked(name, choices), **counted.get(name, {"rows": 0, "published": 0})} for name in named]
    return known + [entry for entry in found if entry["license"] not in named]


def _asked(name: str, choices: Mapping[str, str]) -> dict[str, Any]:
    """What descriptions say of a licence: its class, its duties, its word on the Hub."""
    expression = licensing.chosen(name, choices)
    class_, asks = licensing.license_class(expression), sorted(licensing.duties(expression))
    return {"class": class_, "duties": asks, "hub": licensing.hub(name).license}


def _grouped(kinds: pl.DataFrame, names: Mapping[str, str], *, published: bool = False) -> list[dict[str, Any]]:
    """Rows (and published rows) per value of columns, by their names in the manifest; in order, null last."""
    sums = _sums(kinds, names.values())
    shown = _sums(kinds.filter("published"), names.values()) if published else {}
    return [
        dict(zip(names, kind, strict=True)) | {"rows": rows} | ({"published": shown[kind]} if published else {})
        for kind, rows in sorted(sums.items(), key=_nulls_last)
    ]


def _kinds(name: str, column: str, *, published: bool = False) -> Callable[[Manifest, Frames], list[dict[str, Any]]]:
    """Rows per value of one column."""
    return lambda _, frames: _grouped(frames["kinds"], {name: column}, published=published)


def _machines(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    return _grouped(frames["generators"], {name: name for name in ("model", "provider", "weights")})


def _labels(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    pairs = frames["labels"]
    return [
        {"name": name, "values": _tally(pairs.filter(pl.col("name") == name), "value")}
        for name in sorted(set(pairs["name"]))
    ]


def _listed(table: str, name: str) -> Callable[[Manifest, Frames], list[dict[str, Any]]]:
    """Rows per value of a column of lists."""
    return lambda _, frames: [{name: value, "rows": rows} for value, rows in _tally(frames[table], name).items()]


def _closure(manifest: Manifest, frames: Frames) -> dict[str, Any]:
    """What may be made of the published texts: of all of them, of each class, of conversations."""
    closures = closures_in(frames, manifest["publish"]["choices"])
    return {config: closure.as_dict() for config, closure in closures.items()}


def _warnings(manifest: Manifest, frames: Frames) -> dict[str, int]:
    """Parents and quotes that are named and not here, and what credits lack.

    A circle that was cut leaves no trace: it is taken as stated.
    """
    ids = frames["posts"].select("id")
    named = {
        "conversation.parent-missing": frames["posts"]["parent_id"],
        "conversation.quote-missing": frames["quoted"]["quoted_id"],
    }
    counted = {
        code: len(others.drop_nulls().to_frame("id").join(ids, on="id", how="anti")) if len(others) else 0
        for code, others in named.items()
    }
    lacks = {name: int(frames["lacks"][name].sum()) for name in frames["lacks"].columns}
    return {**manifest["warnings"], **counted, **(lacks if len(frames["credits"]) else {})}


def _configs(manifest: Manifest, _: Frames) -> list[dict[str, Any]]:
    """The columns of each config, and its splits from their files, whose rows were counted when they were read."""
    files = {file["path"]: file for file in manifest["files"]}
    return [
        {
            "columns": columns_of(config["schema"]),
            "features": features_yaml(arrow_schema(config["schema"])),
            "splits": [_split(split["files"], files) for split in config["splits"]],
        }
        for config in manifest["configs"]
    ]


def _split(names: list[str], files: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    mine = [files[name] for name in names if name in files]
    return {"rows": sum(file["rows"] for file in mine), "num_bytes": sum(file["num_bytes"] for file in mine)}


def _rows_digest(_: Manifest, frames: Frames) -> str:
    """Over the digests of all rows in order of id, spelt some thousand at a time."""
    digests = frames["digests"]
    order, found = digests["id"].arg_sort().to_numpy(), digests["row_sha256"].to_numpy()
    return rows_digest(found[order[at : at + _SPELT]].tobytes().hex() for at in range(0, len(order), _SPELT))


#: How many digests are spelt at a time.
_SPELT: Final = 65_536

#: Key of the manifest -> what it must be.
COUNTED: Final[dict[str, Callable[[Manifest, Frames], Any]]] = {
    "counts": _totals,
    "fates": lambda _, frames: _tally(frames["fates"], "fate", "records"),
    "codes": lambda _, frames: _tally(frames["fates"], "code", "records"),
    "warnings": _warnings,
    "by_source": _by_source,
    "by_license": _by_license,
    "by_class": _kinds("class", "license_class", published=True),
    "by_language": _kinds("lang", "lang"),
    "by_basis": _kinds("basis", "license_basis"),
    "by_flag": _listed("flags", "flag"),
    "by_redaction": _listed("redactions", "kind"),
    "by_year": _kinds("year", "year"),
    "generators": _machines,
    "labels": _labels,
    "configs": _configs,
    "closure": _closure,
    "rows_digest": _rows_digest,
}
