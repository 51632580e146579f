"""Where posts come together, their licences meet: in repeats of one post, and in posts that carry another's words.

The rule is the licensing floor's; here is only who meets whom. The result is never looser than any part, and what it
leaves unpublishable is withheld.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from .. import licensing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Licence columns that a meeting can change.
MET = ("license", "license_class", "share_alike", "credit", "release", "reason")


def met(rows: pl.DataFrame, repeats: pl.DataFrame, publish: Sequence[str]) -> pl.DataFrame:
    """`rows` with the licence columns as they are after all meetings.

    `repeats` are the duplicates of rows: `id` (of the row) and `license`. A row with `embeds` carries words of the row
    that `quoted_id` names. Only rows that meet something are looked at one by one.
    """
    together = _together(rows, repeats)
    if not together:
        return rows
    before = dict(rows.filter(pl.col("id").is_in(list(_everybody(together)))).select("id", "license").iter_rows())
    labels = _settled(before, together)
    withheld = set(rows.filter(pl.col("release") == "withheld")["id"].to_list())
    quoted_back = {id_ for id_, others in together.items() if any(other in withheld for other in others)}
    changed = [
        (id_, *_judged(label, publish, kept_back=id_ in quoted_back))
        for id_, label in sorted(labels.items())
        if label != before[id_] or id_ in quoted_back
    ]
    table = pl.DataFrame(
        changed, schema={"id": pl.String, **{f"met_{name}": rows.schema[name] for name in MET}}, orient="row"
    )
    joined = rows.join(table, on="id", how="left", maintain_order="left")
    return joined.with_columns(_stricter(name) for name in MET).drop([f"met_{name}" for name in MET])


def _together(rows: pl.DataFrame, repeats: pl.DataFrame) -> dict[str, set[str]]:
    """For each row that meets something: ids of rows whose words it carries, and `=LICENCE` for its repeats."""
    found: dict[str, set[str]] = {}
    known = rows.select(quoted_id="id")
    quoting = rows.filter(pl.col("embeds") & pl.col("quoted_id").is_not_null()).join(known, on="quoted_id", how="semi")
    for id_, quoted in quoting.select("id", "quoted_id").iter_rows():
        found.setdefault(id_, set()).add(quoted)
    for id_, license_ in repeats.select("id", "license").iter_rows():
        found.setdefault(id_, set()).add(f"={license_}")
    return found


def _everybody(together: dict[str, set[str]]) -> set[str]:
    return set(together) | {other for others in together.values() for other in others if not other.startswith("=")}


def _settled(before: dict[str, str], together: dict[str, set[str]]) -> dict[str, str]:
    """Labels after all meetings. Posts may quote each other in turn, so it goes on until nothing changes any more.

    It ends: a meet never loosens a label, and there are finitely many.
    """
    labels = dict(before)
    changing = True
    while changing:
        changing = False
        for id_ in sorted(together):
            label = licensing.meet(labels[id_], *_parts(labels, together[id_]))
            changing |= label != labels[id_]
            labels[id_] = label
    return labels


def _parts(labels: dict[str, str], others: Iterable[str]) -> list[str]:
    return [other[1:] if other.startswith("=") else labels[other] for other in sorted(others)]


def _judged(label: str, publish: Sequence[str], *, kept_back: bool) -> tuple[str, str, bool, bool, str, str | None]:
    """The licence columns of a label; see `MET`. What carries words that are kept back is kept back itself."""
    class_ = licensing.license_class(label)
    open_ = not kept_back and class_ in publish and licensing.releasable(label)
    credit = licensing.demands_credit(label) and open_
    reason = None if open_ else "license.carries-withheld"
    return label, class_, bool(licensing.share_alike(label)), credit, "published" if open_ else "withheld", reason


def _stricter(name: str) -> pl.Expr:
    """The column after the meeting. A row that was withheld before stays so, whatever its label says."""
    if name == "release":
        return (
            pl.when(pl.col("release") == "withheld")
            .then("release")
            .otherwise(pl.coalesce("met_release", "release"))
            .alias(name)
        )
    if name == "reason":
        return pl.coalesce("reason", "met_reason").alias(name)
    if name == "credit":
        return (pl.coalesce("met_credit", "credit") & (pl.col("release") == "published")).alias(name)
    return pl.coalesce(f"met_{name}", name).alias(name)
