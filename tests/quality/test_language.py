"""Languages: right where there is enough to tell by, und where there is not."""

from pathlib import Path

import polars as pl
import pytest

from threadcommons.privacy import TOKENS
from threadcommons.quality import UNDETERMINED, languages, measures
from threadcommons.quality.language import LEAST_CONFIDENCE

FOLDER = Path(__file__).resolve().parents[2] / "bench" / "data" / "languages"
SENTENCES = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(FOLDER.glob("*.txt"))}
UNKNOWN = SENTENCES.pop("none")
ENOUGH = 40


def told(texts):
    return measures(pl.Series(texts, dtype=pl.String)).select("lang", "lang_confidence")


def test_there_are_sentences_enough():
    assert len(SENTENCES) >= 12
    assert all(len(set(lines)) == len(lines) >= 100 for lines in SENTENCES.values())


@pytest.mark.parametrize("code", SENTENCES)
def test_a_text_of_forty_characters_is_told(code):
    """A script without spaces says in twenty characters what others say in forty and more."""
    least = ENOUGH if code not in ("ja", "zh") else ENOUGH // 2
    texts = [line for line in SENTENCES[code] if len(line) >= least]
    right = (told(texts)["lang"] == code).mean()
    assert right >= 0.97


@pytest.mark.parametrize("code", SENTENCES)
def test_a_short_text_is_rather_not_told_than_told_wrongly(code):
    """Beginnings of ten to forty characters."""
    texts = [line[:size] for line in SENTENCES[code] for size in (10, 15, 20, 30)]
    named = told(texts)["lang"]
    assert ((named != code) & (named != UNDETERMINED)).mean() <= 0.01


def test_what_is_in_no_known_language_is_mostly_not_told():
    assert (told(UNKNOWN)["lang"] == UNDETERMINED).mean() >= 0.8


@pytest.mark.parametrize("text", ["", "ok", "ja", "42", "?!", "\U0001f600\U0001f600", "http://a.example/the/and/of/to", "@the_and_of_to_in"])
def test_too_little_is_undetermined(text):
    assert told([text]).row(0) == (UNDETERMINED, 0.0)


@pytest.mark.parametrize("token", TOKENS.values())
def test_what_stands_for_something_taken_out_is_in_no_language(token):
    assert told([" ".join([token] * 20), f"\U0001f600 {token} and {token}, ok?"]).rows() == [(UNDETERMINED, 0.0)] * 2


def test_marks_do_not_make_a_text_longer():
    assert told(["ok" + "." * 500])["lang"][0] == UNDETERMINED


def test_confidence_is_none_for_und_and_high_otherwise():
    frame = told([line for lines in SENTENCES.values() for line in lines[:20]] + UNKNOWN)
    named = frame.filter(pl.col("lang") != UNDETERMINED)
    assert named["lang_confidence"].is_between(LEAST_CONFIDENCE, 1).all()
    assert (frame.filter(pl.col("lang") == UNDETERMINED)["lang_confidence"] == 0).all()


@pytest.mark.parametrize(
    "around", ["{} https://x.example/the/and/of", "https://x.example/" + "the/and/of/" * 25 + " {}", "www.the-and-of-to.example/with/and/for {}", "WWW.the-and-of.example {}", "@the_and_of_to {}", '<p class="the and of">{}</p>', "\x00{}", "#1 {} \U0001f600", "{}", "[quote]{}[/quote] [the] [and] [of]"]
)
def test_what_is_no_language_does_not_count(around):
    line = "Der Hund läuft durch den Park und die Katze schläft auf dem Dach."
    assert told([around.format(line)])["lang"][0] == "de"


def test_nothing_is_told_of_what_is_not_there():
    frame = languages(pl.Series([None, SENTENCES["fr"][0]], dtype=pl.String), pl.Series([0, 60]).to_numpy())
    assert frame["lang"].to_list() == [None, "fr"]
    assert frame["lang_confidence"].to_list()[0] is None


def test_few_letters_tell_nothing_and_one_of_a_dense_script_counts_for_two():
    texts = {"ja": SENTENCES["ja"][0], "ko": "이 버스는 왜 항상 오 분 일찍 떠나나요?", "zh": SENTENCES["zh"][0]}
    for code, text in texts.items():
        assert languages(pl.Series([text] * 2), pl.Series([4, 5]).to_numpy())["lang"].to_list() == [UNDETERMINED, code]
    frame = languages(pl.Series([SENTENCES["de"][0]] * 2), pl.Series([9, 10]).to_numpy())
    assert frame["lang"].to_list() == [UNDETERMINED, "de"]


def test_more_letters_make_surer_until_nobody_looks_at_more():
    half = "¿Alguien sabe por qué el  Alguém sabe por que o ônibus d"
    frame = languages(pl.Series([half] * 5), pl.Series([100, 150, 199, 200, 1000]).to_numpy())
    assert frame.rows() == [(UNDETERMINED, 0.0), ("pt", 0.9665), ("pt", 0.9886), ("pt", 0.9888), ("pt", 0.9888)]


def test_neighbours_do_not_matter():
    texts = [line for lines in SENTENCES.values() for line in lines[::10]]
    assert told(texts).rows() == [told([text]).row(0) for text in texts]
