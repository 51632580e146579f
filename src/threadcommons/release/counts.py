"""Every number of the manifest, counted again from the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..archives import INNER
from ..findings import Finding, Place
from ..licensing.closing import closures_of
from ..licensing.judging import lacking
from ..manifest import NAME
from ..provenance import rows_digest
from ..schema import arrow_schema, columns_of, features_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..manifest import Manifest

    Frames = Mapping[str, pl.DataFrame]

_PUBLISHED: Final = pl.col("release") == "published"


def count_faults(manifest: Manifest, frames: Frames) -> Iterator[Finding]:
    """Numbers of the manifest that the data do not bear out, each by its JSON Pointer."""
    for key, count in COUNTED.items():
        for pointer, stated, counted in _differences(
            manifest.facts.get(key), count(manifest, frames), f"/{key}"
        ):
            detail = f"the manifest says {_shown(stated)}, the data {_shown(counted)}"
            yield Finding("release.count", Place(file=NAME, pointer=pointer), detail)


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)[:80]


def _differences(
    stated: Any, counted: Any, pointer: str, *, listed: bool = False
) -> Iterator[tuple[str, Any, Any]]:
    """Pointer, what is stated and what was counted, for each leaf on which the two differ.

    An entry of a list (`listed`) may state more than was counted: titles, addresses and the like.
    """
    if isinstance(counted, dict) and isinstance(stated, dict):
        for key in sorted(set(counted) if listed else {*counted, *stated}):
            yield from _differences(stated.get(key), counted.get(key), f"{pointer}/{key}")
    elif isinstance(counted, list) and isinstance(stated, list) and len(counted) == len(stated):
        for number, (one, two) in enumerate(zip(stated, counted, strict=True)):
            yield from _differences(one, two, f"{pointer}/{number}", listed=True)
    elif stated != counted:
        yield pointer, stated, counted


def _tally(column: pl.Series) -> dict[str, int]:
    """How often each value is there, in order of the values; a null is none."""
    return dict(column.drop_nulls().alias("value").value_counts().sort("value").iter_rows())


def _totals(manifest: Manifest, frames: Frames) -> dict[str, int]:
    posts, ledger = frames["posts"], frames["ledger"]
    return {
        "rows": len(posts),
        "published": len(posts.filter(_PUBLISHED)),
        "withheld": len(posts.filter(~_PUBLISHED)),
        "records": len(ledger),
        "conversations": posts["conversation_id"].n_unique(),
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
    posts = frames["posts"].filter(pl.col("source") == source)
    ledger = frames["ledger"].filter(pl.col("source") == source)
    return {
        "rows": len(posts),
        "published": len(posts.filter(_PUBLISHED)),
        "withheld": len(posts.filter(~_PUBLISHED)),
        "records": len(ledger),
        "bytes": sum(export["bytes"] for export in _files(manifest) if export["source"] == source),
        "fates": _tally(ledger["fate"]),
        "licenses": _tally(posts["license"]),
    }



def _files(manifest: Manifest) -> list[Mapping[str, Any]]:
    """The exports that are files, not what lies in them: bytes are counted once."""
    return [export for export in manifest["exports"] if INNER not in export["file"]]


def _by_license(manifest: Manifest, frames: Frames) -> list[dict[str, Any]]:
    """Licences of rows; entries that only annotations name have no rows."""
    found = _grouped(frames["posts"], ["license", "license_class"], ["license", "class"], published=True)
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


def _grouped(
    posts: pl.DataFrame, columns: list[str], names: list[str], *, published: bool = False
) -> list[dict[str, Any]]:
    """Rows (and published rows) per value of `columns`, called `names`; in order, null last."""
    counts = {"rows": pl.len()} | ({"published": _PUBLISHED.sum()} if published else {})
    keyed = posts.select(
        "release", *(pl.col(column).alias(name) for column, name in zip(columns, names, strict=True))
    )
    return list(keyed.group_by(names).agg(**counts).sort(names, nulls_last=True).iter_rows(named=True))


def _machines(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    wrote = frames["posts"].filter(pl.col("wrote").is_not_null())
    names = ["model", "provider", "weights"]
    return _grouped(wrote.select("release", pl.col("wrote").struct.unnest()), names, names)


def _labels(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    given = frames["posts"].filter(pl.col("labels").list.len() > 0).select(pl.col("labels").explode())
    pairs = given.select(pl.col("labels").struct.unnest())
    return [
        {"name": name, "values": _tally(pairs.filter(pl.col("name") == name)["value"])}
        for name in sorted(set(pairs["name"]))
    ]


def _flags(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    return _listed(frames["posts"]["quality_flags"], "flag")


def _redactions(_: Manifest, frames: Frames) -> list[dict[str, Any]]:
    return _listed(frames["posts"]["redacted"], "kind")


def _listed(lists: pl.Series, name: str) -> list[dict[str, Any]]:
    """Rows per value of a column of lists; one that stands several times in a list counts as often."""
    counted = _tally(lists.explode(empty_as_null=False))
    return [{name: value, "rows": count} for value, count in counted.items()]


def _closure(manifest: Manifest, frames: Frames) -> dict[str, Any]:
    """What may be made of the published texts: of all of them, of each class, of conversations."""
    closures = closures_of(frames["posts"], manifest["publish"]["choices"])
    return {config: closure.as_dict() for config, closure in closures.items()}


def _warnings(manifest: Manifest, frames: Frames) -> dict[str, int]:
    """Parents and quotes that are named and not here, and what credits lack.

    A circle that was cut leaves no trace: it is taken as stated.
    """
    posts = frames["posts"]
    absent = {
        name: posts.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(posts["id"].implode()))
        for name in ("parent_id", "quoted_id")
    }
    counted = {
        "conversation.parent-missing": len(absent["parent_id"]),
        "conversation.quote-missing": len(absent["quoted_id"]),
    }
    credits_ = frames["credits"]
    return {**manifest["warnings"], **counted, **(lacking(credits_) if len(credits_) else {})}


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


#: Key of the manifest -> what it must be.
COUNTED: Final[dict[str, Callable[[Manifest, Frames], Any]]] = {
    "counts": _totals,
    "fates": lambda _, frames: _tally(frames["ledger"]["fate"]),
    "codes": lambda _, frames: _tally(frames["ledger"]["code"]),
    "warnings": _warnings,
    "by_source": _by_source,
    "by_license": _by_license,
    "by_class": lambda _, frames: _grouped(frames["posts"], ["license_class"], ["class"], published=True),
    "by_language": lambda _, frames: _grouped(frames["posts"], ["lang"], ["lang"]),
    "by_basis": lambda _, frames: _grouped(frames["posts"], ["license_basis"], ["basis"]),
    "by_flag": _flags,
    "by_redaction": _redactions,
    "by_year": lambda _, frames: _grouped(frames["posts"], ["year"], ["year"]),
    "generators": _machines,
    "labels": _labels,
    "configs": _configs,
    "closure": _closure,
    "rows_digest": lambda _, frames: rows_digest(frames["posts"].sort("id")["row_sha256"].fill_null("")),
}
