"""Between columns and the licensing floor.

Each distinct claim is judged once, the rows look their judgement up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from ..errors import BadSources
from ..licensing.judging import KEYS, Key, Terms, judge, keys_of
from ..model import NOASSERTION
from ..sources.declaration import NAME as SOURCE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ..recipe import Recipe
    from ..sources import Declaration
    from .columns import Claims

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
#: A declaration that nothing supports. It licenses nothing, but it can make another licence stricter.
_ALONE: Final = "declared-alone"
_RULE: Final = "rule/"


def decided(posts: pl.DataFrame, source: str, claims: Claims) -> pl.DataFrame:
    """The licence columns of `posts`, one line each, in their order; see `_DECIDED`.

    Reads what `keys_of` reads; `license` is the licence as written on the record.
    """
    terms, rules = _terms(claims), _book(claims.rules)
    keyed = keys_of(posts, terms.declared)
    distinct = keyed.unique(maintain_order=True)
    judged = [_judge(source, terms, Key(*key), rules) for key in distinct.iter_rows()]
    table = distinct.with_columns(pl.DataFrame(judged, schema=_DECIDED, orient="row").get_columns())
    return keyed.join(table, on=KEYS, how="left", nulls_equal=True, maintain_order="left").select(list(_DECIDED))


def _terms(claims: Claims) -> Terms:
    return Terms(
        claims.platform,
        licensing.declared(claims.license),
        tuple(claims.wishes),
        tuple(claims.publish),
        claims.choices,
    )


def _judge(source: str, terms: Terms, key: Key, rules: licensing.RuleBook) -> tuple[Any, ...]:
    decision = judge(terms, key, rules)
    word = terms.declared.word_of(key.voice)
    evidence = {
        "record": f"{source}/{_RECORD}",
        "author": word and f"{source}/{word.evidence}",
        "platform": f"{_RULE}{decision.rule}@{decision.rule_version}",
        "source": f"{source}/{terms.declared.evidence or _ALONE}",
    }
    credit = licensing.demands_credit(licensing.chosen(decision.license, terms.choices))
    return (
        decision.license,
        decision.license_class,
        decision.basis,
        evidence.get(decision.basis),
        decision.share_alike,
        credit,
        decision.release,
        decision.reason,
        "".join(f" <{url}>" for _, url in licensing.license_links(decision.license) if url),
    )


def _book(rules: dict[str, str]) -> licensing.RuleBook:
    return _rulebook(tuple(sorted(rules.items())))


@cache
def _rulebook(documents: tuple[tuple[str, str], ...]) -> licensing.RuleBook:
    return licensing.rulebook_with(dict(documents))[0]


def choices_of(recipe: Recipe) -> dict[str, str]:
    """The alternatives that recipe and rule packs take where a licence offers some."""
    return _book(recipe.rules).choices(recipe.choices)


def rule_versions(rules: dict[str, str]) -> dict[str, str]:
    """Pack -> version of all rules that a judgement was made under."""
    return _book(rules).versions


def evidence_of(sources: Sequence[Declaration], used: Sequence[str], rules: dict[str, str]) -> list[dict[str, Any]]:
    """Entries of the evidence table.

    What sources declare, what records state, and the platform rules that rows refer to.
    """
    found = [entry for source in sources for entry in _declared(source)]
    found += [_on_record(source, rules) for source in sources if f"{source.source}/{_RECORD}" in used]
    found += [_alone(source) for source in sources if f"{source.source}/{_ALONE}" in used]
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


def _on_record(source: Declaration, rules: dict[str, str]) -> dict[str, Any]:
    """What records state, under the platform's own word for that field where it has one."""
    platform = source.table["platform"]
    pack = _book(rules).pack(platform)
    field = pack.field if pack else None
    ruled = {"rule": f"{pack.id}.field@{pack.version}", "url": field.evidence} if pack and field else {}
    return {
        "id": f"{source.source}/{_RECORD}",
        "source": source.source,
        "kind": "record-field",
        "who": platform,
        "license": NOASSERTION,
        "confidence": "stated",
        "note": "The licence stands on the record itself; the row's pointer leads to it.",
        **ruled,
    }


def _alone(source: Declaration) -> dict[str, Any]:
    return {
        "id": f"{source.source}/{_ALONE}",
        "source": source.source,
        "kind": "source-declaration",
        "who": source.source,
        "license": normal(source.license["declared"]),
        "confidence": "asserted",
        "note": "Declared without evidence: it licenses nothing, and made a looser licence stricter.",
    }


def _rule(id_: str, rules: dict[str, str]) -> dict[str, Any]:
    """A platform rule that rows refer to, as evidence."""
    name, _, version = id_.removeprefix(_RULE).partition("@")
    pack_id, _, rule_id = name.partition(".")
    pack = next(pack for pack in _book(rules).packs if pack.id == pack_id)
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


def license_facts(name: str, choices: Mapping[str, str]) -> dict[str, Any]:
    """What the card says of an expression: name, address, class, card spelling, file with its text, duties."""
    expression = licensing.chosen(name, choices)
    known = [found for id_ in expression.ids if (found := licensing.fact(id_))]
    texts = [f"LICENSES/{found.spdx}.txt" for found in known if licensing.full_text(found.spdx)]
    return {
        "license": name,
        "class": licensing.license_class(expression),
        "name": " and ".join(found.name for found in known) or name,
        "url": next((found.url for found in known if found.url), None),
        "hub": licensing.hub(name).license,
        "text_file": texts[0] if texts else None,
        "duties": sorted(licensing.duties(expression)),
    }


def documents_of(
    rows: pl.DataFrame, credits_: Sequence[Path], sources: Sequence[Declaration] = ()
) -> dict[str, bytes]:
    """`LICENSES/*`: the text of every licence under which something is published, our own annotations included.

    `NOTICE.md`: who must be named. Raises BadSources where nobody knows what the licence of annotations asks.
    """
    ours = [_annotation(source, entry) for source in sources if (entry := source.table.get("annotations"))]
    names = rows.filter(pl.col("release") == "published")["license"].unique().sort().to_list()
    texts, _ = licensing.license_files([*names, *(license_ for *_, license_ in ours)])
    files = {f"LICENSES/{name}": text.encode() for name, text in texts}
    return {**files, "NOTICE.md": _notice(credits_) + licensing.annotated(ours).encode()}


def _annotation(source: Declaration, entry: Mapping[str, str]) -> tuple[str, str, str]:
    """Source, author and licence of what contributors wrote themselves."""
    problem = licensing.ungranted(entry["license"])
    if problem is not None:
        where = f"raw/{source.source}/{SOURCE_FILE}"
        raise BadSources(f"{problem.code}: annotations.license is {problem.found}", where=where, hint=problem.todo)
    return source.source, entry["by"], normal(entry["license"])


def _notice(files: Sequence[Path]) -> bytes:
    """Every credit one by one; where they are too many to read, one line for each creator and licence."""
    if not files:
        return licensing.notice(()).encode()
    counted = pl.concat([_by_creator(pl.read_parquet(path, columns=[*_CREATOR, "modified"])) for path in files])
    if counted["posts"].sum() > _READABLE:
        together = counted.group_by(_CREATOR).agg(pl.col("posts").sum(), pl.col("modified").any())
        frame = together.with_columns(
            id=pl.concat_str("posts", pl.lit(" posts, listed one by one in data/credits")),
            title=None,
            source_url=None,
            also=None,
        )
    else:
        frame = pl.concat([pl.read_parquet(path, columns=_CREDITED) for path in files])
    return licensing.notice(map(licensing.credit_of, frame.select(_CREDITED).iter_rows(named=True))).encode()


def _by_creator(credits_: pl.DataFrame) -> pl.DataFrame:
    """How many posts each creator has under each licence, and whether some were modified, in one file."""
    return credits_.group_by(_CREATOR).agg(pl.col("modified").any(), posts=pl.len())


_CREATOR: Final = ["license", "creator", "creator_url"]
_CREDITED: Final = ["id", "license", "creator", "creator_url", "title", "source_url", "modified", "also"]
_READABLE: Final = 10_000
