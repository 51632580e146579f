"""Measures of a text, as columns. Nothing here changes a text or decides about it.

`measures.toml` declares each of them; what they are made of is counted in one compiled pass over the bytes of a batch.
A text has the same measures whatever stands before or after it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from ..texts import Texts, texts_of
from .declared import Measure, declared, stop_words
from .language import languages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int32]

#: Flag -> the characters that raise it, as a pattern for a linear-time engine.
INVISIBLE: Final[dict[str, str]] = {
    "bidi-control": r"[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{061C}\u{200E}\u{200F}]",
    "control": r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\u{9F}]",
    "tag-character": r"[\u{E0000}-\u{E007F}]",
    "zero-width": r"[\u{200B}\u{2060}\u{FEFF}]",
}
_PLACEHOLDER: Final = "lorem ipsum|Lorem ipsum|Lorem Ipsum|LOREM IPSUM"


def measures(given: pl.Series | Texts, stated: pl.Series | None = None) -> pl.DataFrame:
    """All measures of texts (String, may be null): one row a text, the columns of `declared()`, in order.

    A text that is not there has no measures: all are null. `stated` are languages that are known already, null where
    one is not: nobody looks for the language of the others, and its confidence is null.
    """
    if not len(given):
        return pl.DataFrame(schema={name: measure.type for name, measure in declared().items()})
    some = texts_of(given)
    texts, (counts, stops) = some.column, _counted(some)
    known = _languages(texts, counts["script_letters"], stated)
    frame = counts.with_columns(
        *known.get_columns(),
        seen=pl.col("chars") - pl.col("spaces"),
        placeholder=texts.str.contains(_PLACEHOLDER),
        stop_words=_stop_words(stops, known["lang"]),
        there=texts.is_not_null(),
    )
    return frame.select(
        pl.when("there").then(_made(measure)).cast(measure.type).alias(name) for name, measure in declared().items()
    )


def _languages(texts: pl.Series, letters: pl.Series, stated: pl.Series | None) -> pl.DataFrame:
    """Language and confidence of each text, as `languages` has them."""
    if stated is None:
        return languages(texts, letters.to_numpy())
    unknown = stated.is_null()
    found = languages(texts.filter(unknown), letters.filter(unknown).to_numpy())
    rows = pl.DataFrame({"row": unknown.arg_true().cast(pl.Int64)}).with_columns(found)
    every = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "stated": stated})
    joined = every.join(rows, on="row", how="left", maintain_order="left")
    return joined.select(pl.coalesce("stated", "lang").alias("lang"), "lang_confidence")


def compile_all() -> None:
    """Compile what measures are counted with. It is kept, so that the next process need not. Polars is not asked."""
    _count(np.frombuffer(b" ", dtype=np.uint8), np.frombuffer(bytes(16), dtype=np.int64))


def _made(measure: Measure) -> pl.Expr:
    """A measure from what was counted, or what is already there under its name."""
    part = pl.col(measure.part or measure.name)
    if not measure.whole:
        return part
    return pl.when(pl.col(measure.whole) > 0).then(part / pl.col(measure.whole)).when(part.is_not_null()).then(0.0)


def _counted(texts: Texts) -> tuple[pl.DataFrame, Counts]:
    """What is counted of the texts: a frame with a column for each count, and stop words by language."""
    columns, stops = _count(*texts.buffers)
    return pl.DataFrame(columns), stops


def _count(letters: NDArray[np.uint8], ends: NDArray[np.int64]) -> tuple[dict[str, Counts], Counts]:
    """The same of texts that lie one behind the other; `ends` begins with where the first one begins."""
    from . import repeats, scan  # compiled code that only those load who measure

    classes, folds, stops = _tables()
    count = len(ends) - 1
    counts = np.zeros((count, len(scan.COUNTS)), dtype=np.int32)
    repeated = np.zeros((count, len(repeats.COUNTS)), dtype=np.int32)
    stop_counts = np.zeros((count, len(stop_words())), dtype=np.int32)
    hashes, begins = np.empty(len(letters) // 2 + count, dtype=np.uint64), np.zeros(count + 1, dtype=np.int64)
    scan.scan(letters, ends, classes, folds, counts, hashes, begins, scan.room_for(int(np.diff(ends).max())))
    repeats.repeats(hashes, begins, stops, repeated, stop_counts, repeats.room_for(int(np.diff(begins).max())))
    columns = {name: counts[:, place] for place, name in enumerate(scan.COUNTS)}
    return columns | {name: repeated[:, place] for place, name in enumerate(repeats.COUNTS)}, stop_counts


@cache
def _tables() -> tuple[Any, Any, tuple[Any, Any]]:
    """The arrays that `scan` looks into: classes of characters, their small forms, and stop words by hash."""
    from .compiling import hash_of  # with the compiled code
    from .table import characters

    classes, folds = characters()
    sets: dict[int, int] = {}
    for place, words in enumerate(stop_words().values()):
        for word in words:
            key = hash_of(word, folds)
            sets[key] = sets.get(key, 0) | 1 << place
    size = 1 << (4 * len(sets)).bit_length()
    keys, languages_of = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)
    for key, known in sets.items():
        at = (key >> 32) % size
        while languages_of[at]:
            at = (at + 1) % size
        keys[at], languages_of[at] = key, known
    return classes, folds, (keys, languages_of)


def _stop_words(counts: Counts, known: pl.Series) -> pl.Series:
    """How many stop words of its own language each text has; null where that has none."""
    places = {language: place for place, language in enumerate(stop_words())}
    place = known.replace_strict(places, default=None, return_dtype=pl.Int64)
    own = counts[np.arange(len(counts)), place.fill_null(0).to_numpy()]
    return pl.select(own=pl.when(place.is_not_null()).then(pl.Series(own, dtype=pl.Int64)))["own"]


def measured(text: pl.Expr) -> dict[str, pl.Expr]:
    """The quality columns of a text.

    `n_chars` (code points), `n_words` (runs of what is not white space), `quality_flags`.
    """
    raised = [pl.when(text.str.contains(pattern)).then(pl.lit(flag)) for flag, pattern in sorted(INVISIBLE.items())]
    return {
        "n_chars": text.str.len_chars().cast(pl.Int64),
        "n_words": text.str.count_matches(r"\S+").cast(pl.Int64),
        "quality_flags": pl.concat_list(raised).list.drop_nulls(),
    }
