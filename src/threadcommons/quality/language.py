"""Which language a text is in, as far as that can be told: offline, the same in every run.

The scores are those of eldc: a compiled n-gram model of 60 languages inside of the package. For each language it gives
the mean weight of the text's n-grams as a score between 0 and 1. What is made of the two best of them is ours: a lead
of the same size says more in a long text, so the lead is taken times the letters it was seen on; and a text that fits
its best language badly is in none that the model knows.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Scores = NDArray[np.float64]

UNDETERMINED: Final = "und"
#: How much of a text is looked at, in characters: enough for any language, and the model stops at 1,000 bytes.
LOOKED_AT: Final = 200
#: Below this score a text is like no language; running text has 0.83 and more.
LEAST_SCORE: Final = 0.75
#: Fewer letters than this tell nothing.
LEAST_LETTERS: Final = 10
#: Below this confidence no language is named.
LEAST_CONFIDENCE: Final = 0.95
#: A character of these says about as much as two letters.
_DENSE: Final = ("ja", "ko", "zh")
#: Digits of a confidence: so many are the same on every machine.
_DIGITS: Final = 4

#: A word in brackets, as it stands for what was taken out, and for markup: `[email]`, `[/quote]`.
_MARK: Final = r"\[/?[a-z]{1,12}\]"
#: What is no language, where it stands in a text: tags of markup, addresses, mentions; NUL would end the text.
_NOISE: Final = rf"<[^<>]{{1,300}}>|(?i:https?://|www\.)[!#-;=?-~]*|@[0-9A-Za-z_.@-]+|{_MARK}|\x00"
#: What stands in every text with noise, found faster than the noise.
_SIGNS_OF_NOISE: Final = r"<|://|(?i:www)\.|@|\[|\x00"


@cache
def _model() -> Callable[[str], Any]:
    """What gives the scores of the two best languages of a text."""
    import eldc  # a table of 16 MB that only those load who ask

    eldc.init()
    detector = eldc.instance()
    detector.set_scores(2)
    scores: Callable[[str], Any] = detector.detect_details
    return scores


def languages(texts: pl.Series, letters: Numbers) -> pl.DataFrame:
    """Language and confidence of each text: `lang` (ISO 639-1, or "und"), `lang_confidence` (0 to 1). Null: null.

    `letters`: how many letters each text has; they bound what a lead can say, but for those of marks.
    """
    answers = list(map(_model(), _prepared(texts).to_list()))
    best, second = _two_best([answer.scores for answer in answers])
    named = pl.Series([answer.language for answer in answers], dtype=pl.String)
    seen = np.minimum(letters - _in_marks(texts), LOOKED_AT) * np.where(named.is_in(_DENSE).to_numpy(), 2, 1)
    # The score is 1 - exp(-mean weight): this takes it back to weights, which add up over a text.
    lead = (np.log1p(-np.minimum(second, _MOST)) - np.log1p(-np.minimum(best, _MOST))) * seen
    confidence = np.round(1 / (1 + np.exp(-lead)), _DIGITS)
    sure = (best >= LEAST_SCORE) & (seen >= LEAST_LETTERS) & (confidence >= LEAST_CONFIDENCE)
    told = pl.DataFrame({"lang": named, "lang_confidence": confidence, "sure": sure, "there": texts.is_not_null()})
    there = pl.col("there")
    return told.select(
        lang=pl.when("sure", there).then("lang").when(there).then(pl.lit(UNDETERMINED)),
        lang_confidence=pl.when("sure", there).then("lang_confidence").when(there).then(0.0),
    )


#: Scores next to 1 would be without end.
_MOST: Final = 1 - 1e-6


def _prepared(texts: pl.Series) -> pl.Series:
    """The beginnings of the texts, without what is no language."""
    beginnings = texts.fill_null("").str.head(2 * LOOKED_AT)
    noisy = beginnings.str.contains(_SIGNS_OF_NOISE)
    if noisy.any():
        clean = beginnings.filter(noisy).str.replace_all(_NOISE, " ")
        beginnings = beginnings.scatter(noisy.arg_true(), clean)
    return beginnings.str.head(LOOKED_AT)


def _in_marks(texts: pl.Series) -> Numbers:
    """How many letters of each text stand in marks."""
    counted, marked = np.zeros(len(texts), dtype=np.int64), texts.str.contains(_MARK).fill_null(value=False)
    if marked.any():
        marks = texts.filter(marked).str.extract_all(_MARK).list.join("")
        counted[marked.to_numpy()] = marks.str.count_matches("[a-z]").to_numpy()
    return counted


def _two_best(scores: list[dict[str, float]]) -> tuple[Scores, Scores]:
    """Best and second score of each text, 0 where there is none."""
    lengths = np.fromiter(map(len, scores), dtype=np.int64, count=len(scores))
    flat = np.fromiter(chain.from_iterable(map(dict.values, scores)), dtype=np.float64, count=int(lengths.sum()))
    begins = np.cumsum(lengths) - lengths
    padded = np.concatenate([flat, [0.0]])
    best = np.where(lengths > 0, padded[np.minimum(begins, len(flat))], 0.0)
    second = np.where(lengths > 1, padded[np.minimum(begins + 1, len(flat))], 0.0)
    return best, second
