"""From columns of posts to judgements: posts that say the same about their licence are judged once.

`keys_of` gives the columns that a judgement depends on, `judge` the decision about one combination of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from .credits import LINK, LINKS, SUPPLIED
from .decide import PUBLISHED_BY_DEFAULT, Claims, Decision, decide
from .declared import EVERYBODY, Declared

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from .rules import RuleBook


@dataclass(frozen=True)
class Terms:
    """What holds for all posts of a source: its platform, what it declares and wishes, and the recipe's decisions."""

    platform: str
    declared: Declared = field(default_factory=Declared)
    wishes: tuple[str, ...] = ()
    publish: tuple[str, ...] = PUBLISHED_BY_DEFAULT
    choices: Mapping[str, str] = field(default_factory=dict)


class Key(NamedTuple):
    """What one post says, as far as its licence depends on it. Licences change on days (UTC), not at hours."""

    stated: str | None
    #: The author, where a statement in the source covers this post.
    voice: str | None
    day: datetime.date | None
    edited: datetime.date | None
    #: Tokens, sorted and separated by spaces.
    wished: str


KEYS: Final = Key._fields
#: Under which an author may be named by a statement.
_NAMES: Final = ("name", "id", "url")


def keys_of(posts: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """The columns of `Key` for posts as read: `license`, `author`, `kind`, `created_at`, `edited_at`, `wishes`."""
    return posts.select(
        stated=pl.col("license"),
        voice=_voice(declared),
        day=pl.col("created_at").dt.date(),
        edited=pl.col("edited_at").dt.date(),
        wished=pl.col("wishes").list.sort().list.join(" ").fill_null(""),
    )


def lacks_of(posts: pl.DataFrame, holder: str | None) -> pl.Series:
    """Codes of what the credit of each post lacks, separated by spaces; `holder` holds the rights in all posts."""
    author = pl.col("author").struct
    elements = {
        "title": pl.col("title"),
        "creator": pl.coalesce(author.field("name"), "rights_holder", pl.lit(holder, dtype=pl.String)),
        "creator_url": author.field("url"),
        "source_url": pl.col("url"),
    }
    missing = [pl.when(_lacks(code, elements[column])).then(pl.lit(code)) for code, column in SUPPLIED.items()]
    return posts.select(pl.concat_str(missing, separator=" ", ignore_nulls=True)).to_series()


def lacking(credits_: pl.DataFrame) -> dict[str, int]:
    """How many credits lack an element, by code; reads the columns of `credits.SUPPLIED`."""
    counted = credits_.select(_lacks(code, pl.col(column)).sum().alias(code) for code, column in SUPPLIED.items())
    return {code: int(count) for code, count in counted.row(0, named=True).items()}


def _lacks(code: str, element: pl.Expr) -> pl.Expr:
    """Whether an element is missing, as `credits.missing_elements` sees it, on columns."""
    stands = element.str.contains(f"^{LINK}$") if code in LINKS else element != ""
    return ~stands.fill_null(value=False)


def judge(terms: Terms, key: Key, rules: RuleBook | None = None) -> Decision:
    """The decision about a post that says this."""
    declared, word = terms.declared, terms.declared.word_of(key.voice)
    return decide(
        Claims(
            platform=terms.platform,
            record=key.stated,
            author=word and word.license,
            author_proved=word is None or word.proved,
            created_at=key.day,
            edited_at=key.edited,
            declared=declared.license,
            declared_evidence=declared.evidence,
            declared_scope=declared.scope,
            wishes=tuple(sorted({*terms.wishes, *key.wished.split()})),
            publish=terms.publish,
            choices=terms.choices,
        ),
        rules,
    )


def _voice(declared: Declared) -> pl.Expr:
    """Who speaks for a post. Nobody licenses by their own statement what they only passed on."""
    nobody = pl.lit(None, dtype=pl.String)
    if not declared.authors:
        return nobody
    names = (pl.col("author").struct.field(name) for name in _NAMES)
    named = pl.coalesce(pl.when(name.is_in(list(declared.authors))).then(name) for name in names)
    anybody = pl.lit(EVERYBODY if EVERYBODY in declared.authors else None, dtype=pl.String)
    return pl.when(pl.col("kind") != "repost").then(pl.coalesce(named, anybody)).otherwise(nobody)
