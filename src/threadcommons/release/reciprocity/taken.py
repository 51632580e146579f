"""What a derived dataset took from a release: each row once, with the strongest evidence that there is.

In order of strength, a row counts as found

* by its **id**: a piece of the derived dataset points to the row (by its id, address or digest), and its text has
  something in common with the row's;
* by its **text**: a text is the row's, byte for byte;
* by its **words**: the same words in the same order, whatever the case and the marks;
* by **likeness**: enough of the row's shingles stand in a text, or enough of a shorter text's in the row.

Without a pointer a text counts only when it is long enough to be somebody's own; `Rule` has the numbers. "Yes",
"thanks, that worked" and everything that stands in many texts of the release are in all datasets and prove nothing.
What a text has in common with one row is not counted again for another: a post that quotes another one is not two
posts. A pointer without the text takes nothing that a licence speaks of, and is counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ... import dedup
from .offered import looseness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .derived import Derived
    from .offered import Offered

#: Kinds of evidence, the strongest first.
EVIDENCE: Final = ("id", "text", "words", "likeness")
_BY_ID, _SAME_TEXT, _SAME_WORDS, _ALIKE = range(len(EVIDENCE))

#: How many different texts are compared at once.
_BLOCK: Final = 50_000
_LINE: Final = ("row", "at", "license_class", "evidence", "shared", "size_a", "changed")
_MATCH: Final = pl.Schema(
    {"row": pl.Int64, "text": pl.Int64, "evidence": pl.Int64, "shared": pl.Int64, "changed": pl.Boolean}
)


@dataclass(frozen=True)
class Rule:
    """When a text counts as a row's. Shingles are those of `dedup`, without the commonplaces of the release."""

    #: Texts of fewer words never count by themselves.
    words: int = 12
    #: A row stands in a text that has this share of its shingles, and at least so many.
    share: float = 0.4
    least: int = 6
    #: A text is cut from a row that has this share of the text's shingles, and at least so many.
    cut_share: float = 0.5
    cut_least: int = 15
    #: With a pointer to the row, less is enough, from either side.
    id_share: float = 0.2
    id_least: int = 2
    #: So many shingles in common are no chance; with less, and no id, nobody is accused.
    certain: int = 20


RULE: Final = Rule()


@dataclass(frozen=True)
class Taken:
    """What was found.

    `found` has a line for each row and each piece that it stands in: `row`, `piece`, `evidence` (index into EVIDENCE),
    `shared` (shingles), `changed` (whether some of the row's words are missing there). `rows` has each row once, with
    its strongest evidence. `pointed` has `row` and `piece` for every pointer, also those beside other words or none.
    `short` counts texts that are the same in both and too short to count.
    """

    found: pl.DataFrame
    rows: pl.DataFrame
    pointed: pl.DataFrame
    short: int
    certain: bool

    @property
    def mentioned(self) -> pl.Series:
        """Rows that are pointed to and whose text was not found, in order."""
        return self.pointed.join(self.rows, on="row", how="anti")["row"].unique().sort()


def find_taken(offered: Offered, derived: Derived, rule: Rule = RULE) -> Taken:
    """Compare a derived dataset with what a release offers. Raises TooLarge when the texts are too much alike."""
    texts, holders = _texts(derived)
    pointed = _pointed(offered, derived)
    asked = pointed.join(holders, on="piece").select("row", "text").unique()
    parts, short = [], 0
    for start in range(0, len(texts), _BLOCK):
        block = _Block.of(texts.slice(start, _BLOCK), start, offered)
        parts.append(_matches(offered, block, asked, rule))
        short += block.short(offered, rule)
    found = _where(pl.concat([pl.DataFrame(schema=_MATCH), *parts]), holders, pointed)
    rows = found.sort("row", "evidence", -pl.col("shared")).unique("row", keep="first", maintain_order=True)
    certain = bool(((rows["evidence"] == _BY_ID) | (rows["shared"] >= rule.certain)).any())
    return Taken(found, rows.select("row", "evidence"), pointed, short, certain)


def _where(matches: pl.DataFrame, holders: pl.DataFrame, pointed: pl.DataFrame) -> pl.DataFrame:
    """The pieces in which each row was found: of those that hold the text, all that do not point to another row."""
    kinds = {kind: matches.filter(pl.col("evidence") == kind).join(holders, on="text") for kind in range(len(EVIDENCE))}
    by_id = kinds[_BY_ID].join(pointed, on=["row", "piece"], how="semi")
    same = pl.concat([kinds[_SAME_TEXT], kinds[_SAME_WORDS]]).join(by_id, on=["piece", "text"], how="anti")
    found = pl.concat([by_id, same, kinds[_ALIKE]]).drop("text").sort("row", "piece", "evidence", -pl.col("shared"))
    return found.unique(["row", "piece"], keep="first", maintain_order=True)


def _texts(derived: Derived) -> tuple[pl.Series, pl.DataFrame]:
    """Every different text, and for each (by its number) the pieces that hold it."""
    held = derived.pieces.select("piece", value="texts").explode("value").drop_nulls().unique(maintain_order=True)
    values = held["value"].unique().sort()
    numbered = pl.DataFrame({"value": values}).with_row_index("text").cast({"text": pl.Int64})
    return values, held.join(numbered, on="value").select("text", "piece")


def _pointed(offered: Offered, derived: Derived) -> pl.DataFrame:
    pointers = derived.pieces.select("piece", key="pointers").explode("key").drop_nulls()
    return pointers.join(offered.keys, on="key").select("row", "piece").unique().sort("row", "piece")


@dataclass(frozen=True)
class _Block:
    """Some different texts of the derived dataset, the first being number `start`, in every form that is compared."""

    start: int
    texts: pl.DataFrame
    ranked: dedup.Ranked

    @classmethod
    def of(cls, values: pl.Series, start: int, offered: Offered) -> _Block:
        tokens = dedup.tokens(values)
        forms = {"value": values, "normalised": dedup.normalised(tokens), "n_words": dedup.n_words(tokens)}
        own = dedup.without(dedup.shingles(tokens), offered.commonplaces)
        return cls(start, pl.DataFrame(forms).with_row_index("at").cast({"at": pl.Int64}), offered.texts.ranked(own))

    def short(self, offered: Offered, rule: Rule) -> int:
        """How many of the texts are the release's too and too short to count."""
        few = self.texts.filter(pl.col("n_words") < rule.words, pl.col("normalised") != "")
        return len(few.join(offered.rows, on="normalised", how="semi"))


def _matches(offered: Offered, block: _Block, asked: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Rows and texts of the block that belong together, with the evidence for it; the surer kinds first."""
    pointed = _by_id(offered, block, asked, rule)
    same = _same(offered, block, pointed, rule)
    alike = _alike(offered, block, rule).join(same, on="at", how="anti")
    likely = _told_apart(offered, block, pl.concat([one.select(_LINE) for one in (pointed, alike)]), rule)
    found = pl.concat([same.select(_LINE), likely]).with_columns(text=pl.col("at") + block.start)
    return found.select(_MATCH.names()).cast(_MATCH)


def _same(offered: Offered, block: _Block, pointed: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Texts that are a row's, word for word; of several such rows one that is pointed to, else one that asks least."""
    sizes = pl.DataFrame({"shared": offered.texts.texts.sizes}).with_row_index("row").cast(pl.Int64)
    long = offered.rows.filter(pl.col("n_words") >= rule.words)
    telling = long.join(sizes.filter(pl.col("shared") >= rule.least), on="row")
    both = block.texts.select("at", "value", "normalised").join(telling, on="normalised")
    both = both.join(pointed.select("row", "at", meant=True), on=["row", "at"], how="left")
    ordered = both.with_columns(equal=pl.col("value") == pl.col("text")).sort(
        pl.col("at"), pl.col("meant").is_null(), ~pl.col("equal"), looseness(pl.col("license_class")), pl.col("row")
    )
    first = ordered.unique("at", keep="first", maintain_order=True)
    evidence = pl.when(pl.col("equal")).then(_SAME_TEXT).otherwise(_SAME_WORDS).cast(pl.Int64)
    return first.with_columns(evidence=evidence, size_a="shared", changed=pl.lit(value=False))


def _alike(offered: Offered, block: _Block, rule: Rule) -> pl.DataFrame:
    """Texts that have much in common with a row that is long enough; in both directions."""
    whole = offered.texts.contained_in(block.ranked, rule.share, rule.least)
    cut = offered.texts.containing(block.ranked, rule.cut_share, rule.cut_least)
    pairs = pl.concat([whole, cut]).unique(["a", "b"]).rename({"a": "row", "b": "at"})
    long = offered.rows.filter(pl.col("n_words") >= rule.words)
    return _described(pairs, long, block).with_columns(evidence=pl.lit(_ALIKE, pl.Int64))


def _described(pairs: pl.DataFrame, rows: pl.DataFrame, block: _Block) -> pl.DataFrame:
    """Pairs of a row and a text with the class of the row, and whether the text lacks some of its words."""
    told = pairs.join(rows.select("row", "license_class", form="normalised"), on="row").join(block.texts, on="at")
    return told.with_columns(changed=~pl.col("normalised").str.contains(pl.col("form"), literal=True))


def _told_apart(offered: Offered, block: _Block, lines: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Without the lines of a text that is like a row only in what it has from a row that is pointed to or likelier.

    Of two rows that are as likely, the one of which less is missing comes first.
    """
    order = lines.sort("at", "evidence", -pl.col("shared"), "size_a", looseness(pl.col("license_class")), "row")
    kept = [number for group in _groups(order["at"].to_numpy()) for number in _owed(offered, block, order, group, rule)]
    return order[kept]


def _groups(sorted_: NDArray[np.int64]) -> Iterator[range]:
    """Runs of equal values."""
    borders = [0, *(np.flatnonzero(np.diff(sorted_)) + 1).tolist(), len(sorted_)]
    return (range(start, stop) for start, stop in pairwise(borders) if start < stop)


def _owed(offered: Offered, block: _Block, lines: pl.DataFrame, group: range, rule: Rule) -> Iterator[int]:
    """Of the lines of one text, those whose shingles are mostly not those of the lines before, on other rows."""
    explained, rows = np.zeros(0, dtype=np.int64), set[int]()
    for number in group:
        if len(group) > 1 and (row := lines["row"][number]) not in rows:
            shared = offered.texts.common_ranks(block.ranked, row, lines["at"][number])
            fresh = np.setdiff1d(shared, explained, assume_unique=True)
            enough = len(fresh) >= max(rule.least, (len(shared) + 1) // 2)
            if not enough and lines["evidence"][number] != _BY_ID:
                continue
            explained = np.union1d(explained, shared)
            rows.add(row)
        yield number


def _by_id(offered: Offered, block: _Block, asked: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """Rows that are pointed to beside a text that has something in common with theirs."""
    mine = asked.with_columns(at=pl.col("text") - block.start).filter(pl.col("at").is_between(0, len(block.texts) - 1))
    pairs = offered.texts.shared(block.ranked, mine["row"].to_numpy(), mine["at"].to_numpy())
    told = _described(pairs.rename({"a": "row", "b": "at"}), offered.rows, block)
    smaller = pl.min_horizontal("size_a", "size_b")
    alike = (pl.col("shared") >= rule.id_least) & (pl.col("shared") >= rule.id_share * smaller)
    equal = pl.col("form") == pl.col("normalised")
    return told.filter(equal | alike).with_columns(evidence=pl.lit(_BY_ID, pl.Int64))
