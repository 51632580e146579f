"""The facts that the manifest states, each counted once.

From the ledger and the rows as they were written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import dedup, privacy
from ..archives import INNER
from ..manifest import Manifest, manifest_of
from ..schema import arrow_schema, columns_of, features_yaml, schema_digest
from ..sources import READERS, told_options
from .licences import choices_of, license_facts, normal, rule_versions
from .promises import promises_of
from .tables import fates_of
from .tasks import environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..model import Export
    from ..recipe import Recipe
    from ..sources import Declaration
    from .exchange import Exchanged
    from .making import Making
    from .plan import Plan

#: Configs in the order of the card: name, schema, what it is; class configs follow from what was published.
_CONFIGS: Final = (
    ("posts", "row", "Every row; text is null where it is withheld."),
    ("conversations", "conversation", "Whole threads as messages, for reading and training."),
    ("credits", "credit", "Who must be credited, for every row whose licence asks for it."),
    ("ledger", "ledger", "The fate of every record of every export."),
    ("evidence", "evidence", "Why each licence is believed."),
)
_CLASSES: Final = {
    "public-domain": "Rows that ask nothing of those who use them.",
    "permissive": "Rows that ask for credit or a notice, nothing else.",
    "reciprocal": "Rows whose adaptations must be shared under the same or a compatible licence.",
    "noncommercial": "Rows that may not be used commercially.",
    "noderivatives": "Rows that may not be adapted.",
    "restricted": "Rows with other restrictions of use.",
}


def state(
    making: Making,
    files: Sequence[dict[str, Any]],
    documents: Sequence[dict[str, Any]],
    seen: Sequence[dict[str, Any]],
    warnings: Mapping[str, int],
    proof: str,
) -> Manifest:
    """The manifest of a release whose data files and documents stand. All counts come from what was written.

    `seen` are the facts that the tasks which wrote posts returned, in order of their files; `warnings` what a person
    should look at, by code; `proof` is the rows digest.
    """
    recipe, plan, exchanged = making.recipe, making.plan, making.exchanged
    rows = exchanged.rows
    exports = _exports(making)
    ordered = sorted(files, key=lambda file: str(file["path"]))
    fates = Counter(dict(exchanged.records.group_by("fate").len().iter_rows()))
    codes = exchanged.records.filter(pl.col("code").is_not_null()).group_by("code").len().sort("code")
    return manifest_of(
        {
            "dataset": {**recipe.dataset, "version": making.version},
            "publish": published_of(recipe),
            "authors": authors_of(making),
            "judged": judged_of(recipe),
            "previous": [release.as_dict() for release in making.earlier],
            "tool": {"name": "threadcommons", "version": version_of("threadcommons")},
            "environment": environment(),
            "rules": rule_versions(recipe.rules),
            "recipe_sha256": recipe.digest,
            "schema_sha256": schema_digest(),
            "rows_digest": proof,
            "counts": _counts(making, exports, ordered),
            "fates": dict(sorted(fates.items())),
            "codes": dict(codes.iter_rows()),
            "warnings": dict(warnings),
            "by_source": [_source(source, exchanged) for source in plan.sources],
            "by_license": _by_license(rows, plan, choices_of(recipe)),
            "by_class": _by(rows, "license_class", "class"),
            "by_language": _simple(rows, "lang"),
            "by_basis": _simple(rows, "license_basis", "basis"),
            "by_flag": _summed(seen, "flags", ("flag",)),
            "by_redaction": _summed(seen, "redactions", ("kind",)),
            "by_year": _summed(seen, "years", ("year",)),
            "generators": _summed(seen, "generators", ("model", "provider", "weights")),
            "labels": _labels(seen),
            "exports": exports,
            "evidence_files": _evidence_files(plan),
            "configs": _configs(ordered),
            "closure": {config: closure.as_dict() for config, closure in making.closures.items()},
            "files": ordered,
            "documents": list(documents),
            "card": making.card,
            "private": plan.private,
        }
    )


def published_of(recipe: Recipe) -> dict[str, Any]:
    """What the manifest says of what is published."""
    return {"classes": list(recipe.publish), "promise": promises_of(recipe), "choices": choices_of(recipe)}


def authors_of(making: Making) -> dict[str, Any]:
    """What names of authors became. With a key that was drawn for one build nobody can make the pseudonyms again."""
    key = making.key
    told = {} if key is None else {"key": key.fingerprint, "durable": key.durable}
    return {"policy": making.recipe.author_policy, **told}


def judged_of(recipe: Recipe) -> dict[str, Any]:
    """Under which decisions words were judged: those about personal data and duplicates in full, others as written."""
    sources = recipe.privacy.get("sources", {})
    return {
        "privacy": {
            "all": asdict(privacy.policy_of(recipe.privacy)),
            "sources": {name: asdict(privacy.policy_of(recipe.privacy, name)) for name in sources},
        },
        "dedup": _hundredths(asdict(dedup.policy_of(recipe.dedup))),
        "quality": recipe.quality,
        "splits": recipe.splits,
    }


def _hundredths(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy on duplicates as a recipe spells it, without a float."""
    return {**policy, "threshold": round(policy["threshold"] * 100)}


def _counts(making: Making, exports: Sequence[dict[str, Any]], files: Sequence[dict[str, Any]]) -> dict[str, int]:
    exchanged = making.exchanged
    in_config = Counter(
        {config: sum(f["rows"] for f in files if f["config"] == config) for config in {f["config"] for f in files}}
    )
    return {
        "rows": in_config["posts"],
        "published": int((exchanged.rows["release"] == "published").sum()),
        "withheld": int((exchanged.rows["release"] == "withheld").sum()),
        "records": len(exchanged.records),
        "conversations": exchanged.rows["conversation_id"].n_unique(),
        "bytes": sum(export["bytes"] for export in exports if INNER not in export["file"]),
        "exports": len(exports),
        "sources": len(making.plan.sources),
        "credits": in_config["credits"],
        "evidence": in_config["evidence"],
    }


def _exports(making: Making) -> list[dict[str, Any]]:
    """One entry per export; its ranges, if it was read in several, added up."""
    plan, receipts, exchanged = making.plan, making.receipts, making.exchanged
    fates = fates_of(exchanged.records, "source", "file")
    origins = {(s.source, e["file"]): e.get("origin") for s in plan.sources for e in s.table["export"]}
    inside = {(e.source, e.name): _inside(e) for s in plan.sources for e in s.exports}
    readers = {e.source: t.params["claims"]["reader"] for t, e in zip(plan.tasks, plan.exports, strict=True)}
    totals: dict[tuple[str, str], Counter[str]] = {}
    for export, receipt in zip(plan.exports, receipts, strict=True):
        key = (export.source, export.name)
        before = totals.setdefault(key, Counter())
        # The tail of an earlier range is the gap before the next record; only what no record follows stays a
        # tail.
        kept = {} if receipt.facts.get("records", 0) else before
        tail = {name: receipt.facts[name] + kept.get(name, 0) for name in ("tail_framing", "tail_blank")}
        before.update(
            {name: receipt.facts.get(name, 0) for name in ("records", "record_bytes", "framing_bytes", "blank_bytes")}
        )
        for name, count in tail.items():
            before[name] = count
    return [
        {
            "source": export.source,
            "file": export.name,
            "sha256": export.sha256,
            "bytes": export.size,
            "stored": export.stored,
            "retrieved_at": export.retrieved_at,
            "origin": origins[export.source, export.name.partition(INNER)[0]],
            **inside[export.source, export.name],
            "reader": readers[export.source],
            **({"options": told} if (told := told_options(READERS[source.format], source.options)) else {}),
            **totals[export.source, export.name],
            "fates": fates.get((export.source, export.name), {}),
        }
        for source in plan.sources
        for export in source.exports
    ]


def _inside(export: Export) -> dict[str, Any]:
    """Where a member of a container lies: what who holds the container needs to find it again."""
    if export.member is None:
        return {}
    return {"container_sha256": export.container, "member": asdict(export.member)}


def _source(source: Declaration, exchanged: Exchanged) -> dict[str, Any]:
    rows = exchanged.rows.filter(pl.col("source") == source.source)
    fates = fates_of(exchanged.records.filter(pl.col("source") == source.source), "source").get(source.source, {})
    licenses = rows.group_by("license").len().sort("license")
    table = source.table
    return {
        "source": source.source,
        "title": table["title"],
        "description": table.get("description"),
        "platform": table["platform"],
        "format": source.format,
        "declared": source.license.get("declared"),
        "rights_holder": source.license.get("rights_holder"),
        "attribution": source.license.get("attribution"),
        "annotations": table.get("annotations"),
        "rows": len(rows),
        "published": int((rows["release"] == "published").sum()),
        "withheld": int((rows["release"] == "withheld").sum()),
        "records": sum(fates.values()),
        "bytes": sum(export.size for export in source.exports if INNER not in export.name),
        "fates": fates,
        "licenses": dict(licenses.iter_rows()),
    }


def _by_license(rows: pl.DataFrame, plan: Plan, choices: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every licence of a row, and with no rows those under which only our own annotations stand."""
    counted = {str(entry["license"]): entry for entry in _by(rows, "license", "license")}
    ours = {normal(entry["license"]) for source in plan.sources if (entry := source.table.get("annotations"))}
    nothing = {"rows": 0, "published": 0}
    return [{**nothing, **counted.get(name, {}), **license_facts(name, choices)} for name in sorted({*counted, *ours})]


def _by(rows: pl.DataFrame, column: str, name: str) -> list[dict[str, Any]]:
    grouped = rows.group_by(pl.col(column).alias(name)).agg(
        rows=pl.len(), published=(pl.col("release") == "published").sum()
    )
    return list(grouped.sort(name, nulls_last=True).iter_rows(named=True))


def _simple(rows: pl.DataFrame, column: str, name: str | None = None) -> list[dict[str, Any]]:
    grouped = rows.group_by(pl.col(column).alias(name or column)).agg(rows=pl.len())
    return list(grouped.sort(name or column, nulls_last=True).iter_rows(named=True))


def _summed(seen: Sequence[dict[str, Any]], what: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Counts per file added up to counts per release, in order of their keys; null last."""
    totals: Counter[tuple[Any, ...]] = Counter()
    for facts in seen:
        for *key, count in facts[what]:
            totals[tuple(key)] += count
    ordered = sorted(totals.items(), key=lambda item: [(part is None, part) for part in item[0]])
    return [{**dict(zip(names, key, strict=True)), "rows": count} for key, count in ordered]


def _labels(seen: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    pairs = _summed(seen, "labels", ("name", "value"))
    names = sorted({pair["name"] for pair in pairs})
    return [
        {"name": name, "values": {pair["value"]: pair["rows"] for pair in pairs if pair["name"] == name}}
        for name in names
    ]


def _evidence_files(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "source": source.source,
            "file": entry["file"],
            "sha256": entry["sha256"],
            "bytes": (source.folder / entry["file"]).stat().st_size,
        }
        for source in plan.sources
        for entry in source.license.get("evidence", [])
        if "file" in entry
    ]


def _configs(files: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Configs that have at least one file.

    Class configs are patterns over the files of `posts`: no row is stored twice.
    """
    found = []
    for name, schema, description in _CONFIGS:
        mine = [file for file in files if file["config"] == name]
        pattern = "data/posts/*/{}-*.parquet" if name == "posts" else f"data/{name}/{{}}-*.parquet"
        if mine:
            found.append(_config(name, schema, description, mine, pattern, default=name == "posts"))
        if name == "posts":
            found += [_class_config(class_, description, mine) for class_, description in _CLASSES.items()]
    return [config for config in found if config["splits"]]


def _class_config(class_: str, description: str, files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    mine = [file for file in files if file["path"].startswith(f"data/posts/{class_}/")]
    return _config(
        class_.replace("-", "_"),
        "row",
        description,
        mine,
        f"data/posts/{class_}/{{}}-*.parquet",
        default=False,
    )


def _config(
    name: str, schema: str, description: str, files: Sequence[dict[str, Any]], pattern: str, *, default: bool
) -> dict[str, Any]:
    splits = sorted({file["split"] for file in files})
    return {
        "name": name,
        "description": description,
        "default": default,
        "schema": schema,
        "splits": [
            {
                "name": split,
                "pattern": pattern.format(split),
                "files": [file["path"] for file in files if file["split"] == split],
                "rows": sum(file["rows"] for file in files if file["split"] == split),
                "num_bytes": sum(file["num_bytes"] for file in files if file["split"] == split),
            }
            for split in splits
        ],
        "columns": columns_of(schema),
        "features": features_yaml(arrow_schema(schema)),
    }
