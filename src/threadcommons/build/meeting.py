"""Where posts come together, their licences meet: in repeats of one post, and in posts that carry another's words.

The rule is the licensing floor's (`licensing.joined`); here is only who meets whom. The result is never looser than
any part, and what it leaves unpublishable is withheld, together with all that carries its words.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from .. import licensing
from .licences import choices_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..recipe import Recipe

    #: An id, or the number that stands for it.
    Id = Any

#: Where a draft is.
PLACE: Final = ("task", "draft")
#: Licence columns that a meeting can change.
MET: Final = ("license", "license_class", "share_alike", "credit", "release", "reason")


@dataclass
class _Company:
    """What a row meets: ids of the rows whose words it carries, and its repeats."""

    quoted: set[Id] = field(default_factory=set)
    repeats: set[str] = field(default_factory=set)
    #: Why repeats are withheld; a wish on one copy holds for all.
    kept_back: set[str] = field(default_factory=set)


def met(
    rows: pl.DataFrame, repeats: pl.DataFrame, recipe: Recipe, left_out: pl.DataFrame | None = None
) -> pl.DataFrame:
    """`rows` with the licence columns as they are after all meetings.

    `repeats` are the duplicates of rows: `id` (of the row), `license` and `reason`. A row carries words of the post
    that `carries` names: another row, or one of those `left_out`, which are posts but no rows. Only rows that meet
    something are looked at one by one.
    """
    choices = choices_of(recipe)
    posts = everybody(rows, left_out)
    links = quoting(posts)

    @cache
    def judged_as(own: str, repeats: frozenset[str], quoted: frozenset[str], kept_back: str | None) -> licensing.Joined:
        """Few licences meet in many posts, so each meeting is judged once."""
        return licensing.joined(own, sorted(repeats), sorted(quoted), recipe.publish, choices, kept_back)

    kinds = {name: rows.schema[name] for name in ("id", *MET)}
    linked = pl.col("id").is_in(pl.concat([links["id"], links["carries"]]).unique().implode())
    table = pl.concat(
        [
            _by_themselves(rows, repeats.filter(~linked), judged_as, kinds),
            _linked(posts, links, repeats.filter(linked), judged_as, kinds),
        ]
    )
    if table.is_empty():
        return rows
    concerned = rows.select("id", *MET).with_row_index("row").join(table, on="id", suffix=_AFTER)
    after = concerned.select("row", *(_stricter(name) for name in MET))
    at = pl.int_range(len(rows), dtype=pl.UInt32, eager=True).scatter(
        after["row"], pl.int_range(len(rows), len(rows) + len(after), dtype=pl.UInt32, eager=True)
    )
    return rows.with_columns(pl.concat([rows[name], after[name]])[at] for name in MET)


#: Behind the names of columns as they are after the meeting.
_AFTER: Final = "_met"


def _by_themselves(
    rows: pl.DataFrame, repeats: pl.DataFrame, judged_as: Callable[..., licensing.Joined], kinds: Mapping[str, Any]
) -> pl.DataFrame:
    """The licence columns of rows that meet nothing but their repeats: the same licences, the same outcome."""
    met_ = pl.col("license").cast(pl.String)
    company = repeats.group_by("id").agg(
        met_.unique().sort().str.join(_BETWEEN).alias("repeats"), kept_back=pl.col("reason").cast(pl.String).min()
    )
    own = rows.select("id", own=met_).join(company, on="id", how="inner", maintain_order="left")
    keys = ["own", "repeats", "kept_back"]
    cases = own.select(keys).unique(maintain_order=True)
    outcomes = [
        _columns(judged_as(own_, frozenset(others.split(_BETWEEN)), frozenset(), kept_back), closed=False)
        for own_, others, kept_back in cases.iter_rows()
    ]
    judged = pl.DataFrame(outcomes, schema={name: kinds[name] for name in MET}, orient="row")
    told = own.join(cases.hstack(judged), on=keys, how="left", nulls_equal=True, maintain_order="left")
    return told.select(list(kinds))


#: Between licences; no expression has a line break.
_BETWEEN: Final = "\n"


def _linked(
    rows: pl.DataFrame,
    links: pl.DataFrame,
    repeats: pl.DataFrame,
    judged_as: Callable[..., licensing.Joined],
    kinds: Mapping[str, Any],
) -> pl.DataFrame:
    """The licence columns of rows that carry words of others, and of those others, one by one."""
    together = _together(links, repeats)
    before = _before(rows, together)
    labels = _settled({id_: license_ for id_, (license_, _) in before.items()}, together)
    withheld = {id_ for id_, (_, release) in before.items() if release == "withheld"}
    alone = {
        id_: judged_as(
            before[id_][0],
            frozenset(company.repeats),
            frozenset(labels[other] for other in company.quoted),
            min(company.kept_back, default=None),
        )
        for id_, company in together.items()
    }
    judged = _judged(alone, withheld, _carriers(together))
    return pl.DataFrame([(id_, *judged[id_]) for id_ in sorted(judged)], schema=dict(kinds), orient="row")


def _together(links: pl.DataFrame, repeats: pl.DataFrame) -> dict[Id, _Company]:
    """Each row that meets something, with its company. `links` are `id` and `carries`."""
    found: dict[Id, _Company] = {}
    for id_, quoted in links.iter_rows():
        found.setdefault(id_, _Company()).quoted.add(quoted)
    for id_, license_, reason in repeats.select("id", "license", "reason").iter_rows():
        company = found.setdefault(id_, _Company())
        company.repeats.add(license_)
        company.kept_back |= {reason} if reason else set()
    return found


def everybody(rows: pl.DataFrame, left_out: pl.DataFrame | None) -> pl.DataFrame:
    """Rows, and the posts left out, as far as it matters who carries whose words."""
    if left_out is None or left_out.is_empty():
        return rows
    wanted = [name for name in ("id", *MET, "carries", "again", *PLACE) if name in rows.columns]
    return pl.concat([rows.select(wanted), left_out.select(name for name in wanted if name != "again")], how="diagonal")


def quoting(rows: pl.DataFrame) -> pl.DataFrame:
    """`id` and `carries` of each row that carries words of another row, or says again what one says."""
    carrying = rows["carries"].is_not_null()
    both = [pl.DataFrame([rows["id"].filter(carrying), rows["carries"].filter(carrying)])]
    if "again" in rows.columns and rows["again"].null_count() < len(rows):
        both.append(rows.filter(pl.col("again").list.len() > 0).select("id", carries="again").explode("carries"))
    pairs = pl.concat(both).unique(maintain_order=True).filter(pl.col("carries") != pl.col("id"))
    return pairs.join(rows.select(carries="id"), on="carries", how="semi", maintain_order="left")


def _before(rows: pl.DataFrame, together: Mapping[Id, _Company]) -> dict[Id, tuple[str, str]]:
    """Licence and release of everybody concerned, as their own records decide."""
    concerned = set(together) | {other for company in together.values() for other in company.quoted}
    columns = rows.filter(pl.col("id").is_in(list(concerned))).select("id", "license", "release")
    return {id_: (license_, release) for id_, license_, release in columns.iter_rows()}


def _settled(before: Mapping[Id, str], together: Mapping[Id, _Company]) -> dict[Id, str]:
    """Labels after all meetings. Posts may quote each other in turn, so it goes on until nothing changes any more.

    It ends, and always at the same labels: a meet never loosens one, and there are finitely many.
    """
    labels = dict(before)
    carriers = _carriers(together)
    waiting = deque(sorted(together))
    while waiting:
        id_ = waiting.popleft()
        company = together[id_]
        label = licensing.meet(labels[id_], *company.repeats, *(labels[other] for other in company.quoted))
        if label != labels[id_]:
            labels[id_] = label
            waiting.extend(carriers.get(id_, ()))
    return labels


def _carriers(together: Mapping[Id, _Company]) -> dict[Id, list[Id]]:
    """For each row that is quoted those that carry its words, sorted."""
    found: dict[Id, list[Id]] = {}
    for id_, company in sorted(together.items()):
        for other in company.quoted:
            found.setdefault(other, []).append(id_)
    return found


def _judged(
    alone: Mapping[Id, licensing.Joined], withheld: set[Id], carriers: Mapping[Id, Sequence[Id]]
) -> dict[Id, tuple[object, ...]]:
    """The licence columns of each row that met something. What carries withheld words is withheld, and so on."""
    waiting = deque(sorted(withheld | {id_ for id_, found in alone.items() if found.reason}))
    closed = set(waiting)
    while waiting:
        for id_ in carriers.get(waiting.popleft(), ()):
            if id_ not in closed:
                closed.add(id_)
                waiting.append(id_)
    return {id_: _columns(found, id_ in closed) for id_, found in alone.items()}


def _columns(found: licensing.Joined, closed: bool) -> tuple[object, ...]:  # noqa: FBT001  (a column)
    reason = found.reason or (licensing.CARRIES_WITHHELD if closed else None)
    release = "withheld" if reason else "published"
    return found.license, found.license_class, found.share_alike, found.credit and not reason, release, reason


def _stricter(name: str) -> pl.Expr:
    """The column after the meeting. A row that was withheld before stays so, whatever its label says."""
    before = pl.col("release") == "withheld"
    after = pl.coalesce(f"{name}{_AFTER}", name)
    if name == "release":
        return pl.when(before).then("release").otherwise(after).alias(name)
    if name == "reason":
        return pl.coalesce("reason", f"reason{_AFTER}").alias(name)
    if name == "credit":
        return (after & ~before).alias(name)
    return after.alias(name)
