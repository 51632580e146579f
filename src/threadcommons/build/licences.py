"""Between columns and the licensing floor: each distinct claim is judged once, the rows look their judgement up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..errors import BrokenPromise
from ..model import NOASSERTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..recipe import Recipe
    from ..sources import Declaration
    from .columns import Claims

#: What a judgement depends on. Licences change on dates, not at hours.
_KEYS: Final = ("stated", "day", "wished")
_DECIDED: Final = {
    "license": pl.String,
    "license_class": pl.String,
    "license_basis": pl.String,
    "license_evidence": pl.String,
    "share_alike": pl.Boolean,
    "credit": pl.Boolean,
    "release": pl.String,
    "reason": pl.String,
}
_RECORD: Final = "record-field"


def decided(posts: pl.DataFrame, source: str, claims: Claims) -> pl.DataFrame:
    """The licence columns of `posts`, one line each, in their order; see `_DECIDED`.

    Reads the columns `license` (as written on the record), `created_at` and `wishes`.
    """
    keyed = posts.select(
        stated=pl.col("license"), day=pl.col("created_at").dt.date(), wished=pl.col("wishes").list.sort().list.join(" ").fill_null("")
    )
    distinct = keyed.unique(maintain_order=True)
    judged = [_judge(source, claims, *key) for key in distinct.iter_rows()]
    table = distinct.with_columns(pl.DataFrame(judged, schema=_DECIDED, orient="row").get_columns())
    return keyed.join(table, on=_KEYS, how="left", nulls_equal=True, maintain_order="left").select(list(_DECIDED))


def _judge(source: str, claims: Claims, stated: str | None, day: Any, wished: str) -> tuple[Any, ...]:
    declared = claims.license
    evidence = declared.get("evidence") or []
    decision = licensing.decide(
        licensing.Claims(
            record=stated,
            platform=claims.platform,
            created_at=day,
            declared=declared.get("declared"),
            evidence=f"{source}/{evidence[0]['id']}" if evidence else None,
            wishes=tuple(sorted({*claims.wishes, *wished.split()})),
            publish=claims.publish,
        )
    )
    named = {"record": f"{source}/{_RECORD}", "platform": f"rule/{decision.rule}", "source": f"{source}/{evidence[0]['id']}" if evidence else None}
    return (
        decision.license,
        decision.license_class,
        decision.basis,
        named.get(decision.basis),
        decision.share_alike,
        licensing.demands_credit(decision.license),
        decision.release,
        decision.reason,
    )


def evidence_of(sources: Sequence[Declaration], used: Sequence[str]) -> list[dict[str, Any]]:
    """Entries of the evidence table: what sources declare, what records state, and the platform rules that rows refer to."""
    found = [entry for source in sources for entry in _declared(source)]
    found += [_on_record(source) for source in sources if f"{source.source}/{_RECORD}" in used]
    found += [_rule(id_) for id_ in sorted(set(used)) if id_.startswith("rule/")]
    return found


def _declared(source: Declaration) -> Iterator[dict[str, Any]]:
    license_ = source.license
    for entry in license_.get("evidence", []):
        yield {
            **{key: entry.get(key) for key in ("url", "captured_at", "file", "sha256", "note")},
            "id": f"{source.source}/{entry['id']}",
            "source": source.source,
            "kind": entry["kind"],
            "who": entry["who"],
            "license": _normal(entry.get("license") or license_.get("declared")),
            "confidence": "asserted",
        }
    if source.table.get("signed_off_by"):
        yield {
            "id": f"{source.source}/sign-off",
            "source": source.source,
            "kind": "sign-off",
            "who": "; ".join(source.table["signed_off_by"]),
            "license": _normal(license_.get("declared")),
            "confidence": "asserted",
            "note": source.table.get("attests"),
        }


def _on_record(source: Declaration) -> dict[str, Any]:
    return {
        "id": f"{source.source}/{_RECORD}",
        "source": source.source,
        "kind": "record-field",
        "who": source.table["platform"],
        "license": NOASSERTION,
        "confidence": "stated",
        "note": "The licence stands on the record itself; the row's pointer leads to it.",
    }


def _rule(id_: str) -> dict[str, Any]:
    rule = licensing.rule_facts(id_.removeprefix("rule/"))
    return {**rule, "id": id_, "kind": "platform-rule"}


def _normal(written: str | None) -> str:
    return licensing.parse(written).license if written else NOASSERTION


def license_addresses(names: Sequence[str]) -> list[list[str | None]]:
    """Expression and address of its licence, for those that have one."""
    return [[name, licensing.url_of(name)] for name in names]


def license_facts(name: str) -> dict[str, Any]:
    """What the card says of an expression: its name, address, card spelling and the file with its text."""
    ids = licensing.parse(name).terms
    return {
        "name": " and ".join(licensing.name_of_license(id_) for id_ in ids) or name,
        "url": licensing.url_of(name),
        "hub": licensing.hub(name),
        "text_files": [f"LICENSES/{id_}.txt" for id_ in ids if licensing.full_text(id_)],
    }


def closure_of(rows: pl.DataFrame, recipe: Recipe) -> dict[str, Any]:
    """The licence closure of what is published, whole and by class. Raises BrokenPromise when a promise is not kept."""
    published = rows.filter(pl.col("release") == "published")
    groups = {"posts": published}
    groups |= {str(name).replace("-", "_"): group for (name,), group in sorted(published.group_by(["license_class"]), key=lambda pair: str(pair[0]))}
    closures = {config: _closure(group) for config, group in groups.items()}
    for config, promise in sorted(recipe.promise.items()):
        _keep(config, promise, closures)
    return {config: closure.as_dict() for config, closure in closures.items()}


def _closure(rows: pl.DataFrame) -> licensing.Closure:
    grouped = rows.group_by("license").agg(rows=pl.len(), ids=pl.col("id").bottom_k(licensing.EXAMPLES).sort())
    return licensing.closure({name: (count, ids) for name, count, ids in grouped.iter_rows()})


def _keep(config: str, promise: str, closures: dict[str, licensing.Closure]) -> None:
    if config not in closures:
        raise BrokenPromise("promises something of a config that has no rows", where=f"publish.promise.{config}", hint="remove the promise")
    problems = licensing.keeps(closures[config], promise)
    if problems:
        first = problems[0]
        raise BrokenPromise(f"{first.code}: {first.detail}", where=f"publish.promise.{config}", hint=first.advice)


def documents_of(rows: pl.DataFrame) -> dict[str, bytes]:
    """LICENSES/*: the full text of every licence that a published row carries."""
    names = rows.filter(pl.col("release") == "published")["license"].unique().sort().to_list()
    ids = sorted({id_ for name in names for id_ in licensing.parse(name).terms})
    return {f"LICENSES/{id_}.txt": text.encode() for id_ in ids if (text := licensing.full_text(id_))}
