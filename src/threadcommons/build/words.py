"""What is done to the words of posts, and what is told of them: personal data out, measures, language, rules.

On columns, before anything is decided about a licence. Whoever may not read the words of a row is told nothing of them
but what the record says itself: for the case that they are withheld, all columns are kept as they were read, under the
names of `AS_READ`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import polars as pl

from .. import privacy, quality
from ..model import WORDLESS
from ..provenance import text_digests

if TYPE_CHECKING:
    from ..texts import Texts
    from .columns import Claims

_COUNTS: Final = ("n_chars", "n_words")


def cleaned(frame: pl.DataFrame, read: Texts, claims: Claims, source: str) -> pl.DataFrame:
    """`text`, `title`, `links` and `media` as they may be published, with `redactions`, `modified` and `told`.

    `read` are the texts as they were read.
    `redactions` are those of the text; `modified` is whether anything of the four differs; `told` are the kinds of
    personal data that stay and are to be told.
    """
    policy = _privacy(_key(claims.privacy), source)
    texts = privacy.redact(read, policy)
    titles = privacy.redact(frame["title"], policy)
    links = privacy.redact_links(frame["links"], policy)
    media, seen = _media(frame["media"], policy)
    return frame.with_columns(
        texts.texts.alias("text"),
        titles.texts.alias("title"),
        links.links.alias("links"),
        media.alias("media"),
        texts.redactions.alias("redactions"),
        (texts.changed | titles.changed | links.changed | seen).alias("modified"),
        texts.flags.alias("told"),
    )


def _media(media: pl.Series, policy: privacy.Policy) -> tuple[pl.Series, pl.Series]:
    """Media with their alternative texts and addresses as they may be published, and whether any of a list differs."""
    unchanged = pl.Series(np.zeros(len(media), dtype=np.bool_))
    if not media.list.len().sum():
        return media, unchanged
    rows = pl.DataFrame({"row": pl.int_range(len(media), eager=True), "one": media})
    flat = rows.filter(media.list.len() > 0).explode("one")
    parts = flat.select("row", pl.col("one").struct.unnest())
    alts, urls = (privacy.redact(parts[name], policy) for name in ("alt", "url"))
    differs = alts.changed | urls.changed
    if not differs.any():
        return media, unchanged
    members = parts.columns[1:]
    again = parts.with_columns(alts.texts.alias("alt"), urls.texts.alias("url"), changed=differs)
    lists = again.group_by("row", maintain_order=True).agg(one=pl.struct(members), changed=pl.col("changed").any())
    joined = rows.select("row", was="one").join(lists, on="row", how="left", maintain_order="left")
    both = joined.select(one=pl.coalesce("one", "was"), changed=pl.col("changed").fill_null(value=False))
    return both["one"], both["changed"]


def measured(frame: pl.DataFrame, read: Texts, words: Texts, claims: Claims, source: str) -> pl.DataFrame:
    """What is told of the words, as they were `read` and as they may be published.

    `text_sha256`, `n_chars`, `n_words` and `lang` of the published text, and under the names of `AS_READ` what they are
    of the text as `read`; `quality_flags`; `excluded?`, the code of the rule that keeps the post out, and `detail?`,
    its measure. Where only a pointer was read, there is what it states.
    """
    measures = quality.measures(words, frame["lang"])
    judged = quality.judge(measures, _rules(_key(claims.quality), source))
    before = _as_read(frame, read)
    counts = {name: pl.coalesce(measures[name], frame[name]) for name in _COUNTS}
    flags = with_more(judged["quality_flags"], frame["told"])
    # Where people share links, a title is all that the first post of a conversation has, and what the others are about.
    headed = frame["title"].str.contains(r"\w").fill_null(value=False)
    return frame.with_columns(
        before["read_sha256"],
        pl.coalesce(before["read_chars"], counts["n_chars"]).alias("read_chars"),
        pl.coalesce(before["read_words"], counts["n_words"]).alias("read_words"),
        read_lang=pl.col("lang"),
        text_sha256=_digests(frame["text"], before["read_sha256"], frame["modified"]),
        **counts,
        lang=pl.coalesce("lang", measures["lang"]),
        quality_flags=flags,
        excluded=pl.when(headed & judged["excluded"].is_in(WORDLESS)).then(None).otherwise(judged["excluded"]),
        detail=_detail(judged),
    ).drop("told")


def with_more(flags: pl.Series, more: pl.Series) -> pl.Series:
    """Flags of each row by code, with those that it has besides; few rows have such, and the rest stay as they are."""
    counts = more.list.len()
    if not counts.sum():
        return flags
    rows = (counts > 0).arg_true()
    both = pl.DataFrame({"flags": flags.gather(rows), "more": more.gather(rows)})
    joined = both.select(pl.concat_list("flags", "more").list.sort()).to_series()
    at = pl.int_range(len(flags), dtype=pl.Int64, eager=True)
    at = at.scatter(rows, pl.int_range(len(flags), len(flags) + len(rows), dtype=pl.Int64, eager=True))
    return pl.concat([flags, joined.alias(flags.name)]).gather(at)


def _as_read(frame: pl.DataFrame, read: Texts) -> pl.DataFrame:
    """Digest of each text as it was read; its counts where what is published of it differs."""
    rows = (frame["redactions"].list.len() > 0).arg_true()
    changed = pl.DataFrame({"read": read.column.gather(rows)}).select(**quality.measured(pl.col("read")))
    nothing = pl.repeat(None, len(frame), dtype=pl.Int64, eager=True)
    return pl.DataFrame(
        {
            "read_sha256": _digested(read, frame["text_sha256"]),
            "read_chars": nothing.clone().scatter(rows, changed["n_chars"]),
            "read_words": nothing.clone().scatter(rows, changed["n_words"]),
        }
    )


def _digested(texts: pl.Series | Texts, stated: pl.Series) -> pl.Series:
    """SHA-256 of each text; where only a pointer was read, the digest that it states."""
    taken = text_digests(texts)
    return pl.select(pl.coalesce(taken, stated)).to_series() if taken.null_count() else taken


def _digests(texts: pl.Series, before: pl.Series, modified: pl.Series) -> pl.Series:
    """SHA-256 of each published text; most are as they were read."""
    rows = modified.arg_true()
    return before.scatter(rows, _digested(texts.gather(rows), before.gather(rows))) if len(rows) else before


def _detail(judged: pl.DataFrame) -> pl.Expr:
    """The measure that keeps a post out, beside its threshold."""
    measured, threshold = (judged[name].round(4).cast(pl.String) for name in ("measured", "threshold"))
    return pl.concat_str([judged["measure"], pl.lit(" "), measured, pl.lit(", threshold "), threshold])


def _key(table: dict[str, Any]) -> bytes:
    return orjson.dumps(table, option=orjson.OPT_SORT_KEYS)


@cache
def _privacy(table: bytes, source: str) -> privacy.Policy:
    return privacy.policy_of(orjson.loads(table), source)


@cache
def _rules(table: bytes, source: str) -> quality.Rules:
    return quality.rules_of(orjson.loads(table), source)
