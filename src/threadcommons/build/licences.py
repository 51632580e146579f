"""Between columns and the licensing floor.

Each distinct claim is judged once, the rows look their judgement up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..errors import BrokenPromise
from ..model import NOASSERTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..recipe import Recipe
    from ..sources import Declaration
    from .columns import Claims

#: What a judgement depends on. Licences change on dates, not at hours.
_KEYS: Final = ("stated", "day", "edited", "wished")
_DECIDED: Final = {
    "license": pl.String,
    "license_class": pl.String,
    "license_basis": pl.String,
    "license_evidence": pl.String,
    "share_alike": pl.Boolean,
    "credit": pl.Boolean,
    "release": pl.String,
    "reason": pl.String,
    "license_links": pl.String,
}
_RECORD: Final = "record-field"
#: Ids by which a closure names rows.
_EXAMPLES: Final = 5
_RULE: Final = "rule/"


def decided(posts: pl.DataFrame, source: str, claims: Claims) -> pl.DataFrame:
    """The licence columns of `posts`, one line each, in their order; see `_DECIDED`.

    Reads the columns `license` (as written on the record), `created_at` and `wishes`.
    """
    keyed = posts.select(
        stated=pl.col("license"),
        day=pl.col("created_at").dt.date(),
        edited=pl.col("edited_at").dt.date(),
        wished=pl.col("wishes").list.sort().list.join(" ").fill_null(""),
    )
    distinct = keyed.unique(maintain_order=True)
    judged = [_judge(source, claims, *key) for key in distinct.iter_rows()]
    table = distinct.with_columns(pl.DataFrame(judged, schema=_DECIDED, orient="row").get_columns())
    return keyed.join(table, on=_KEYS, how="left", nulls_equal=True, maintain_order="left").select(list(_DECIDED))


def _judge(source: str, claims: Claims, stated: str | None, day: Any, edited: Any, wished: str) -> tuple[Any, ...]:
    declared = claims.license
    proof = _proof(source, declared)
    decision = licensing.decide(
        licensing.Claims(
            platform=claims.platform,
            record=stated,
            created_at=day,
            edited_at=edited,
            declared=declared.get("declared"),
            declared_evidence=proof,
            declared_scope=declared.get("scope", "posts"),
            wishes=tuple(sorted({*claims.wishes, *wished.split()})),
            publish=tuple(claims.publish),
        ),
        _rulebook(tuple(sorted(claims.rules.items()))),
    )
    evidence = {
        "record": f"{source}/{_RECORD}",
        "author": proof,
        "platform": f"{_RULE}{decision.rule}@{decision.rule_version}",
        "source": proof,
    }
    return (
        decision.license,
        decision.license_class,
        decision.basis,
        evidence.get(decision.basis),
        decision.share_alike,
        licensing.demands_credit(decision.license),
        decision.release,
        decision.reason,
        "".join(f" <{url}>" for _, url in licensing.license_links(decision.license) if url),
    )


@cache
def _rulebook(documents: tuple[tuple[str, str], ...]) -> licensing.RuleBook:
    return licensing.rulebook_with(dict(documents))[0]


def rule_versions(rules: dict[str, str]) -> dict[str, str]:
    """Pack -> version of all rules that a judgement was made under."""
    return _rulebook(tuple(sorted(rules.items()))).versions


def _proof(source: str, declared: dict[str, Any]) -> str | None:
    """Id of the first piece of evidence that a source gives for what it declares."""
    evidence = declared.get("evidence") or []
    return f"{source}/{evidence[0]['id']}" if evidence else None


def evidence_of(sources: Sequence[Declaration], used: Sequence[str], rules: dict[str, str]) -> list[dict[str, Any]]:
    """Entries of the evidence table.

    What sources declare, what records state, and the platform rules that rows refer to.
    """
    found = [entry for source in sources for entry in _declared(source)]
    found += [_on_record(source) for source in sources if f"{source.source}/{_RECORD}" in used]
    found += [_rule(id_, rules) for id_ in sorted(set(used)) if id_.startswith(_RULE)]
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
            "license": normal(entry.get("license") or license_.get("declared")),
            "confidence": "asserted",
        }
    if source.table.get("signed_off_by"):
        yield {
            "id": f"{source.source}/sign-off",
            "source": source.source,
            "kind": "sign-off",
            "who": "; ".join(source.table["signed_off_by"]),
            "license": normal(license_.get("declared")),
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


def _rule(id_: str, rules: dict[str, str]) -> dict[str, Any]:
    """A platform rule that rows refer to, as evidence."""
    name, _, version = id_.removeprefix(_RULE).partition("@")
    pack_id, _, rule_id = name.partition(".")
    pack = next(pack for pack in _rulebook(tuple(sorted(rules.items()))).packs if pack.id == pack_id)
    found = next((rule for rule in pack.rules if rule.id == rule_id), None)
    words = found or pack.field or pack.refusal
    return {
        "id": id_,
        "kind": "platform-rule",
        "who": pack.title,
        "license": found.license if found else NOASSERTION,
        "url": words.evidence if words else None,
        "rule": f"{name}@{version}",
        "confidence": found.confidence if found else "stated",
        "note": words.basis if words else None,
    }


def normal(written: str | None) -> str:
    """A licence as written, in SPDX spelling; NOASSERTION where nothing is written."""
    return licensing.parse(written).license if written else NOASSERTION


def as_one_work(names: Sequence[str]) -> tuple[str, str, list[str]]:
    """What holds for posts under these licences taken as one document: label, class, licences it may go out under."""
    whole = licensing.merged(names)
    return whole.license, whole.license_class, list(whole.outlets)


def license_addresses(names: Sequence[str]) -> list[list[str]]:
    """Expressions and the addresses of their licences."""
    return [[name, " ".join(url for _, url in licensing.license_links(name) if url)] for name in names]


def license_facts(name: str) -> dict[str, Any]:
    """What the card says of an expression: name, address, class, card spelling, file with its text, duties."""
    known = [found for id_ in licensing.parse(name).ids if (found := licensing.fact(id_))]
    texts = [f"LICENSES/{found.spdx}.txt" for found in known if licensing.full_text(found.spdx)]
    return {
        "license": name,
        "class": licensing.license_class(name),
        "name": " and ".join(found.name for found in known) or name,
        "url": next((found.url for found in known if found.url), None),
        "hub": licensing.hub(name).license,
        "text_file": texts[0] if texts else None,
        "duties": sorted(licensing.duties(name)),
    }


def closure_of(rows: pl.DataFrame, recipe: Recipe) -> dict[str, Any]:
    """The licence closure of what is published, whole and by class.

    Raises BrokenPromise when a promise is not kept.
    """
    published = rows.filter(pl.col("release") == "published")
    groups = {"posts": published}
    groups |= {
        str(name).replace("-", "_"): group
        for (name,), group in sorted(published.group_by(["license_class"]), key=lambda pair: str(pair[0]))
    }
    closures = {config: _closure(group) for config, group in groups.items()}
    for config, promise in sorted(recipe.promise.items()):
        _keep(config, promise, closures)
    return {config: closure.as_dict() for config, closure in closures.items()}


def _closure(rows: pl.DataFrame) -> licensing.Closure:
    grouped = rows.group_by("license").agg(rows=pl.len(), ids=pl.col("id").bottom_k(_EXAMPLES).sort())
    return licensing.closure({name: (count, ids) for name, count, ids in grouped.iter_rows()})


def _keep(config: str, promise: str, closures: dict[str, licensing.Closure]) -> None:
    if config not in closures:
        raise BrokenPromise(
            "promises something of a config that has no rows",
            where=f"publish.promise.{config}",
            hint="remove the promise",
        )
    problems = licensing.keeps(closures[config], promise)
    if problems:
        first = problems[0]
        raise BrokenPromise(f"{first.code}: {first.found}", where=f"publish.promise.{config}", hint=first.advice)


def documents_of(rows: pl.DataFrame, credits_: Sequence[Path]) -> dict[str, bytes]:
    """`LICENSES/*`: the text of every licence under which something is published.

    `NOTICE.md`: who must be named.
    """
    names = rows.filter(pl.col("release") == "published")["license"].unique().sort().to_list()
    texts, _ = licensing.license_files(names)
    files = {f"LICENSES/{name}": text.encode() for name, text in texts}
    return {**files, "NOTICE.md": _notice(credits_)}


def _notice(files: Sequence[Path]) -> bytes:
    """Every credit one by one; where they are too many to read, one line for each creator and licence."""
    if not files:
        return licensing.notice(()).encode()
    frame = pl.concat([pl.read_parquet(path, columns=_CREDITED) for path in files])
    if len(frame) > _READABLE:
        frame = frame.group_by("license", "creator", "creator_url").agg(
            id=pl.concat_str(pl.len(), pl.lit(" posts, listed one by one in data/credits")),
            title=None,
            source_url=None,
            modified=pl.col("modified").any(),
        )
    change = "redacted or merged; the columns redactions and merged_from tell where"
    rows = (licensing.Credit(change=change, **row) for row in frame.select(_CREDITED).iter_rows(named=True))
    return licensing.notice(rows).encode()


_CREDITED: Final = ["id", "license", "creator", "creator_url", "title", "source_url", "modified"]
_READABLE: Final = 10_000
