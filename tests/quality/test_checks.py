"""Rules: each is met by a text that shows it and by none that does not, and a recipe changes what it says."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from threadcommons.errors import BadRecipe
from threadcommons.findings import codes
from threadcommons.quality import ACTIONS, declared, default_rules, explain, judge, measures, rules_of
from threadcommons.quality.checks import Rule, quality_doc

ROOT = Path(__file__).resolve().parents[2]
PLAIN = "We walked along the river until the lights of the town were out of sight, and then we went home."
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"]

#: Rule -> a text that meets it, and one beside it that does not.
SHOWN = {
    "bidi-control": ("abc \u202edef", PLAIN),
    "bullets": ("- a\n" * 6, "- a\nb\n" * 6),
    "code-like": ("if (x) { y = {a: 1}; } else { z = {b: 2}; } return {};", PLAIN),
    "combining-tower": ("e" + "\u0301" * 7, "e" + "\u0301" * 6),
    "control": ("a\x07b", "a\tb\r\n"),
    "ellipses": ("so it goes...\n" * 3, "so it goes...\nand ends.\n" * 3),
    "emoji-heavy": ("\U0001f600" * 5, "\U0001f600 ok then"),
    "empty": (" \n\t ", "."),
    "fragments": ("a\n" * 25, "a b c\n" * 25),
    "hashtag-heavy": ("#one #two #three #four #five #six #seven", "one two three four #five, and then six"),
    "link-heavy": ("https://x.example/a/long/address/of/nothing see", "see https://x.example/a and tell me what you think of it"),
    "long-words": ("Q29udGVudCBvZiBhIGZpbGUgaW4gYmFzZTY0 " * 6, PLAIN),
    "look-alike": ("log in at p\u0430ypal now", "log in at paypal \u0441\u0435\u0439\u0447\u0430\u0441"),
    "lost-characters": ("caf\ufffd", "caf\u00e9"),
    "mention-heavy": ("@alice @bob @carol @dave @erin @frank hi", "@alice what did you say about the river to them?"),
    "mixed-scripts": ("\u0441\u043e\u0431\u0430\u043a\u0430 \u0441\u043e\u0431\u0430\u043a\u0430 cat and cow \u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd", PLAIN),
    "mostly-digits": ("0123456789 0123456789 0123456789", "chapter 12 of the book is about 1848"),
    "mostly-punctuation": ("?!?!?!?!?! what ?!?!?!?!?!", "What? Who says so, and why? Nobody!"),
    "mostly-symbols": ("$$$ +++ === <<< >>> ^^^ |||", "2 + 2 = 4, as everybody knows"),
    "mostly-upper-case": ("WHY DOES NOBODY LISTEN TO ME HERE", "Why does NOBODY listen to me here"),
    "mostly-white-space": ("a" + " " * 30 + "b" + " " * 30, PLAIN),
    "no-stop-words": ("Wohnung Garten Haus Fenster Küche Bad Keller Dach Straße Stadt Balkon Garage Boden Wand Tür " * 3, PLAIN),
    "nothing-visible": ("\u200b\u200d\u2060\x07", "\u200b."),
    "placeholder": ("Lorem ipsum dolor sit amet", "the word lorem"),
    "private-use": ("a \ue000", "a \u2603"),
    "repeated-10-grams": ((" ".join(WORDS) + " and so on. ") * 3, " ".join(WORDS) + ". " + PLAIN + " " + PLAIN.upper()[:60] + "."),
    "repeated-2-grams": ("buy now " * 10, PLAIN),
    "repeated-3-grams": ("buy it now " * 8, PLAIN),
    "repeated-4-grams": ("buy it right now " * 6, PLAIN),
    "repeated-5-grams": ("buy it right now here " * 6, PLAIN + " " + PLAIN[:20]),
    "repeated-line-characters": ("the very same line\n" * 4, "\n".join(WORDS)),
    "repeated-lines": ("same\n" * 4, "\n".join(WORDS)),
    "repeated-words": ("ja nein " * 15, PLAIN),
    "run": ("no" + "o" * 30, PLAIN),
    "single-character": ("=" * 300, "=" * 100),
    "stray-joiner": ("pass\u200dword", "\u0915\u094d\u200d\u0937 \U0001f468\u200d\U0001f469"),
    "symbol-words": ("#a #b #c #d #e #f g h i j", "#a b c d e f g h i j"),
    "tag-character": ("hi\U000e0041\U000e0042", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"),
    "variation-selector": ("a\ufe01\ufe02", "\u2764\ufe0f"),
    "wordless": ("1 2 3 4 5 6 7 8 9 10 a", PLAIN),
    "zero-width": ("pass\u200bword", "password"),
}  # fmt: skip


RULES = default_rules()


def met(text, rules=RULES):
    return {one.code for one in explain(pl.Series([text], dtype=pl.String), rules)[0]}


def test_every_rule_is_shown():
    assert set(SHOWN) == {rule.code for rule in default_rules()}


@pytest.mark.parametrize("code", SHOWN)
def test_a_rule_is_met_by_its_text_and_not_by_the_one_beside_it(code):
    good, bad = SHOWN[code]
    assert code in met(good)
    assert code not in met(bad)


@pytest.mark.parametrize("code", SHOWN)
def test_a_rule_with_another_threshold_is_another_rule(code):
    """The broken twin: the same rule with a threshold that its text does not reach."""
    rules = tuple(replace(rule, threshold=1e9 if rule.side == "above" else -1e9) for rule in default_rules())
    assert code not in met(SHOWN[code][0], rules)


def test_plain_text_meets_no_rule():
    assert met(PLAIN) == set()


def test_every_rule_looks_at_measures_that_are_declared_and_is_explained():
    for rule in default_rules():
        assert {rule.measure, *(name for name, _ in rule.needs)} <= set(declared())
        assert rule.action in ACTIONS
        assert rule.means == codes()[f"quality.{rule.code}"].means
    assert {name for name in codes() if name.startswith("quality.")} == {rule.finding for rule in default_rules()}


def judged(texts, rules=RULES):
    return judge(measures(pl.Series(texts, dtype=pl.String)), rules)


def test_only_the_hopeless_is_excluded_unless_a_recipe_says_so():
    assert {rule.code for rule in default_rules() if rule.action == "exclude"} == {"empty", "nothing-visible", "single-character"}
    frame = judged(["", "\u200b\u200b", "=" * 300, PLAIN, None])
    assert frame["excluded"].to_list() == ["quality.empty", "quality.nothing-visible", "quality.single-character", None, None]
    assert frame.row(2, named=True) == {
        "quality_flags": ["mostly-symbols", "run", "wordless"][:2], "excluded": "quality.single-character",
        "measure": "run_share", "measured": 1.0, "threshold": 0.9,
    }  # fmt: skip


def test_flags_are_codes_in_order_and_nothing_is_told_of_what_is_not_there():
    frame = judged(["\u200b\u202e\x07 \U000e0041", None, PLAIN])
    assert frame["quality_flags"].to_list() == [["bidi-control", "control", "tag-character", "zero-width"], [], []]
    assert frame.schema == {
        "quality_flags": pl.List(pl.String), "excluded": pl.String, "measure": pl.String, "measured": pl.Float64, "threshold": pl.Float64,
    }  # fmt: skip


def test_a_judgement_needs_no_rules():
    frame = judged([PLAIN, ""], ())
    assert frame["quality_flags"].to_list() == [[], []]
    assert frame["excluded"].to_list() == [None, None]


RECIPE = {
    "rules": {"mostly-upper-case": {"threshold": 0.9}, "empty": {"action": "flag"}},
    "sources": {"loud": {"mostly-upper-case": {"action": "exclude"}, "run": {"action": "off"}}},
}


def test_a_recipe_changes_thresholds_and_actions_for_all_and_for_one():
    rules = {name: {rule.code: rule for rule in rules_of(RECIPE, name)} for name in ("loud", "quiet")}
    told = {name: (some["mostly-upper-case"].threshold, some["mostly-upper-case"].action, some["run"].action, some["empty"].action) for name, some in rules.items()}
    assert told == {"loud": (0.9, "exclude", "off", "flag"), "quiet": (0.9, "flag", "flag", "flag")}
    assert rules_of({}, "any") == default_rules()
    loud = "WHY DOES NOBODY LISTEN TO ME"
    assert judged([loud], rules_of(RECIPE, "loud"))["excluded"].to_list() == ["quality.mostly-upper-case"]
    assert judged([loud], rules_of(RECIPE, "quiet"))["excluded"].to_list() == [None]
    assert "run" not in judged(["no" + "o" * 30], rules_of(RECIPE, "loud"))["quality_flags"][0]


def test_what_a_recipe_says_of_one_source_comes_before_what_it_says_of_all():
    table = {"rules": {"run": {"threshold": 0.5, "action": "exclude"}}, "sources": {"a": {"run": {"threshold": 2}}, "b": {"run": {"action": "off"}}}}
    told = {name: next((rule.threshold, rule.action) for rule in rules_of(table, name) if rule.code == "run") for name in "abc"}
    assert told == {"a": (2.0, "exclude"), "b": (0.5, "off"), "c": (0.5, "exclude")}
    assert isinstance(told["a"][0], float)


PLACES = [(lambda entry: {"rules": entry}, "/quality/rules"), (lambda entry: {"sources": {"b.c": entry}}, "/quality/sources/b.c")]


@pytest.mark.parametrize(("table", "place"), PLACES)
def test_a_rule_that_nobody_knows_is_refused(table, place):
    with pytest.raises(BadRecipe) as told:
        rules_of(table({"nonsense": {}}), "a")
    assert told.value.what == f"{place}/nonsense: no quality rule has this code"


@pytest.mark.parametrize(("table", "place"), PLACES)
@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), -float("inf")])
def test_a_threshold_that_is_no_number_is_refused(table, place, threshold):
    with pytest.raises(BadRecipe) as told:
        rules_of(table({"run": {"threshold": threshold}}), "a")
    assert told.value.what == f"{place}/run/threshold: must be a number"


def test_a_threshold_is_not_beyond_itself_and_what_a_rule_needs_is_enough():
    measured = {"a": np.array([0.4, 0.5, 0.6, np.nan]), "b": np.array([3.0, 3.0, 3.0, 3.0]), "c": np.array([2.0, 2.0, 1.9, 2.0])}
    above, below = (Rule("x", "a", side, 0.5, "flag") for side in ("above", "below"))
    assert above.met(measured).tolist() == [False, False, True, False]
    assert below.met(measured).tolist() == [True, False, False, False]
    assert replace(above, needs=(("b", 3.0),)).met(measured).tolist() == [False, False, True, False]
    assert replace(above, threshold=0.0, needs=(("b", 3.0), ("c", 2.0))).met(measured).tolist() == [True, True, False, False]


def test_of_several_rules_that_exclude_the_first_is_told():
    rules = tuple(replace(rule, action="exclude") for rule in RULES if rule.code in ("run", "control", "zero-width"))
    frame = judged(["\x07\u200b", "\u200b\u200b", PLAIN], rules)
    assert frame["excluded"].to_list() == ["quality.control", "quality.zero-width", None]
    assert frame["measured"].to_list() == [1.0, 2.0, None]
    assert frame["quality_flags"].to_list() == [[], [], []]


def test_what_is_off_is_not_explained_and_a_language_that_is_stated_is_believed():
    off = tuple(replace(rule, action="off") for rule in RULES)
    assert met("caf\ufffd", off) == set()
    long = " ".join([PLAIN] * 2)
    told, believed = (explain(pl.Series([long]), RULES, pl.Series([stated])) for stated in ("en", "de"))
    assert "no-stop-words" not in {one.code for one in told[0]}
    assert "no-stop-words" in {one.code for one in believed[0]}


def test_rules_travel_to_other_processes():
    assert pickle.loads(pickle.dumps(default_rules())) == default_rules()


def test_what_was_measured_stands_beside_the_threshold():
    ((one,),) = explain(pl.Series(["caf\ufffd and more of it"]), default_rules())
    assert (one.code, one.measure, one.measured, one.side, one.threshold, one.action) == ("lost-characters", "replacement_chars", 1.0, "above", 0.0, "flag")


def test_the_page_is_up_to_date():
    again = "python -c \"from threadcommons.quality.checks import quality_doc; print(quality_doc(), end='')\" > docs/quality.md"
    assert (ROOT / "docs" / "quality.md").read_text(encoding="utf-8") == quality_doc(), f"write it anew:\n    {again}"


def test_the_page_has_every_measure_and_every_rule_once():
    page = quality_doc()
    for name in (names := [*declared(), *(rule.code for rule in default_rules())]):
        assert page.count(f"\n| `{name}` | ") == names.count(name), name
