"""Rules over measures: what is told of a text, and what keeps it out.

A rule is a row of `rules.toml`: one measure, a threshold, what to do beyond it. A recipe changes thresholds and
actions, for all sources and for one. What a rule means stands in `findings.toml`, group `quality`, where `why` finds
it too.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
import pyarrow as pa

from ..errors import BadRecipe
from ..findings import codes
from .declared import declared
from .measures import measures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Action = Literal["flag", "exclude", "off"]
ACTIONS: Final[tuple[Action, ...]] = ("flag", "exclude", "off")
#: Group of the rules in the table of findings.
GROUP: Final = "quality"
_PLACE: Final = "build/recipe.toml"


@dataclass(frozen=True)
class Rule:
    """One rule. Plain values: it travels to any process."""

    code: str
    measure: str
    side: Literal["above", "below"]
    threshold: float
    action: Action
    #: Measures that have to reach a number before the rule is asked.
    needs: tuple[tuple[str, float], ...] = ()

    @property
    def finding(self) -> str:
        """The code under which `findings.toml` explains the rule, and the ledger tells what was excluded by it."""
        return f"{GROUP}.{self.code}"

    @property
    def means(self) -> str:
        """What it means when the rule is met."""
        return codes()[self.finding].means

    def met(self, measured: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Whether the measures of each row meet the rule. A measure that is not there (NaN) is beyond nothing."""
        value = measured[self.measure]
        beyond = value > self.threshold if self.side == "above" else value < self.threshold
        for name, least in self.needs:
            beyond &= measured[name] >= least
        return beyond


Rules = tuple[Rule, ...]


@dataclass(frozen=True)
class Met:
    """A rule that a text meets, with what was measured beside the threshold."""

    code: str
    means: str
    measure: str
    measured: float
    side: str
    threshold: float
    action: str


@cache
def default_rules() -> Rules:
    """The rules as `rules.toml` has them, by code."""
    table = tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))
    return tuple(_rule(code, entry) for code, entry in sorted(table.items()))


def _rule(code: str, entry: dict[str, Any]) -> Rule:
    side: Literal["above", "below"] = "above" if "above" in entry else "below"
    needs = tuple((name, float(least)) for name, least in entry.get("needs", {}).items())
    return Rule(code, entry["measure"], side, float(entry[side]), entry["action"], needs)


def rules_of(table: Mapping[str, Any], source: str) -> Rules:
    """The rules for one source: the defaults, then what a recipe's `[quality]` says of all, then of this source.

    Raises BadRecipe for a code that no rule has, also where it stands under another source.
    """
    changes = {"rules": table.get("rules", {})} | {
        f"sources.{name}": entry for name, entry in table.get("sources", {}).items()
    }
    known = {rule.code for rule in default_rules()}
    for place, entries in changes.items():
        for code in entries:
            if code not in known:
                raise BadRecipe(
                    f"/quality/{place.replace('.', '/', 1)}/{code}: no quality rule has this code",
                    where=_PLACE,
                    hint="docs/quality.md lists the rules",
                )
            if not isfinite(entries[code].get("threshold", 0)):
                raise BadRecipe(
                    f"/quality/{place.replace('.', '/', 1)}/{code}/threshold: must be a number",
                    where=_PLACE,
                    hint="nothing is above or below what is no number",
                )
    own = changes.get(f"sources.{source}", {})
    said = {code: {**changes["rules"].get(code, {}), **own.get(code, {})} for code in known}
    return tuple(_changed(rule, said[rule.code]) for rule in default_rules())


def _changed(rule: Rule, change: Mapping[str, Any]) -> Rule:
    threshold, action = change.get("threshold", rule.threshold), change.get("action", rule.action)
    return replace(rule, threshold=float(threshold), action=action)


def judge(measured: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """What the rules say of each row of measures (the columns of `measures`).

    Columns: `quality_flags`, the codes of the rules met that flag, by code; `excluded?`, the finding of the first rule
    met that excludes, with its `measure?`, what was `measured?` and its `threshold?`.
    """
    met = _met(measured, [rule for rule in rules if rule.action != "off"])
    flagging = [rule for rule in rules if rule.code in met and rule.action == "flag"]
    excluding = [rule for rule in rules if rule.code in met and rule.action == "exclude"]
    flags = _flags([rule.code for rule in flagging], _table([met[rule.code] for rule in flagging], len(measured)))
    told = _told(measured, excluding, _table([met[rule.code] for rule in excluding], len(measured)))
    return pl.DataFrame([flags, *told.get_columns()])


def _table(columns: Sequence[NDArray[np.bool_]], height: int) -> NDArray[np.bool_]:
    """Columns as one table, also where there are none."""
    return np.stack(columns, axis=1) if columns else np.zeros((height, 0), dtype=np.bool_)


def _flags(codes: Sequence[str], met: NDArray[np.bool_]) -> pl.Series:
    """The codes of the rules that each row meets, in their order; as arrays, for most rows meet none."""
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(met, axis=1))])
    values = pl.Series(codes, dtype=pl.String).gather(pl.Series(np.nonzero(met)[1]))
    # By way of polars: made of values of Python, arrays load a third library.
    offsets, items = (one.to_arrow(compat_level=pl.CompatLevel.oldest()) for one in (pl.Series(ends), values))
    return pl.Series("quality_flags", pa.LargeListArray.from_arrays(offsets, items))


def _met(measured: pl.DataFrame, rules: Sequence[Rule]) -> dict[str, NDArray[np.bool_]]:
    """Whether each row of measures meets each rule, by the code of the rule.

    Plain arrays: twenty rules as expressions take longer than all measures.
    """
    names = {name for rule in rules for name in (rule.measure, *(name for name, _ in rule.needs))}
    columns = {name: measured[name].cast(pl.Float64).to_numpy() for name in sorted(names)}
    return {rule.code: rule.met(columns) for rule in rules}


def _told(measured: pl.DataFrame, rules: Sequence[Rule], met: NDArray[np.bool_]) -> pl.DataFrame:
    """The first of the excluding rules that each row meets, with what was measured; null where it meets none."""
    rows = np.flatnonzero(met.any(axis=1))
    first = [rules[place] for place in met[rows].argmax(axis=1).tolist()] if len(rows) else []
    found = pl.DataFrame(
        {
            "row": rows,
            "excluded": [rule.finding for rule in first],
            "measure": [rule.measure for rule in first],
            "measured": [float(measured[rule.measure][row]) for row, rule in zip(rows.tolist(), first, strict=True)],
            "threshold": [rule.threshold for rule in first],
        },
        schema={"row": pl.Int64, **_TOLD},
    )
    every = pl.DataFrame({"row": pl.int_range(len(measured), eager=True)})
    return every.join(found, on="row", how="left", maintain_order="left").drop("row")


_TOLD: Final = {"excluded": pl.String, "measure": pl.String, "measured": pl.Float64, "threshold": pl.Float64}


def explain(texts: pl.Series, rules: Rules, stated: pl.Series | None = None) -> list[list[Met]]:
    """For each text the rules that it meets, by code, with the measured value: measured anew, for people to read.

    `stated` are languages that are known already; see `measures`.
    """
    measured = measures(texts, stated)
    met = _met(measured, rules)
    return [
        [
            Met(rule.code, rule.means, rule.measure, float(row[rule.measure]), rule.side, rule.threshold, rule.action)
            for rule in rules
            if met[rule.code][number] and rule.action != "off"
        ]
        for number, row in enumerate(measured.to_dicts())
    ]


def quality_doc() -> str:
    """`docs/quality.md`: every measure and every rule."""
    measured = "".join(
        f"| `{name}` | {measure.unit} | {measure.definition} | {measure.source} |\n"
        for name, measure in declared().items()
    )
    ruled = "".join(
        f"| `{rule.code}` | {_condition(rule)} | {rule.action} | {rule.means} |\n" for rule in default_rules()
    )
    return _DOC.format(measures=measured, rules=ruled)


def _condition(rule: Rule) -> str:
    sign = ">" if rule.side == "above" else "<"
    needs = "".join(f", `{name}` ≥ {least:g}" for name, least in rule.needs)
    return f"`{rule.measure}` {sign} {rule.threshold:g}{needs}"


_DOC: Final = """\
# Quality: what is measured of a text, and what is made of it

A measure looks and decides nothing; a rule compares one measure with a threshold. By default a rule only *flags*: its
code stands in the row's `quality_flags`, and whoever uses the data chooses. A post is *excluded* only where there is
nothing to read: its text is empty or cannot be seen, and it has no title with a word in it; or its text is one
character, hundreds of times, whatever the title. Measured is the text as it may be published, with tokens such as
`[email]` in it. A recipe changes thresholds and actions, for all sources or for one:

```toml
[quality.rules.mostly-upper-case]
threshold = 0.9

[quality.sources.old-forum.link-heavy]
action = "exclude"
```

This page is generated from `src/threadcommons/quality/measures.toml`, `rules.toml` and the group `quality` of
`findings.toml`; a test compares them.

## Measures

A share is between 0 and 1, and 0 where there is nothing to share. Where there is no text, every measure is null. The
published rules that these follow were made for web pages; here they are defined anew for posts of a few words on.

| measure | unit | definition | source |
|---|---|---|---|
{measures}
## Rules

| code | condition | action | means |
|---|---|---|---|
{rules}
## Languages

The language comes from eldc, a compiled n-gram model of 60 languages that is part of its package (Apache-2.0); nothing
is downloaded. A language is named only where the text fits it well, has ten letters at least, and the language is ahead
of the second by enough for that many letters; else it is `und`. `python bench/bench_quality.py` prints how often that
is right, by language and by length, on sentences written for it in `bench/data/languages/`.
"""
