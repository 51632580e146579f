"""Columns in, columns out: types, names, nulls, and what only whole columns can get wrong."""

import random

import polars as pl
import pytest

from threadcommons.privacy import KINDS, REDACTIONS, Policy, gates, redact, redact_links, redacting
from threadcommons.privacy.tables import rows_of, toml_of
from threadcommons.privacy.tokens import RULES
from threadcommons.schema import arrow_schema

KEEP = Policy(**{kind.replace("-", "_"): "keep" for kind in KINDS})


def texts(*some):
    return pl.Series("text", some, dtype=pl.String)


def test_the_four_columns_belong_together():
    done = redact(texts("kim@example.org and +44 20 7946 0123", None, "", "nothing", "Musterstraße 12, 12345 Musterstadt"), Policy())
    assert done.texts.to_list() == ["[email] and [phone]", None, "", "nothing", "Musterstraße 12, 12345 Musterstadt"]
    assert done.redactions.to_list() == [[{"kind": "email", "start": 0, "length": 7}, {"kind": "phone", "start": 12, "length": 7}], [], [], [], []]
    assert done.flags.to_list() == [[], [], [], [], ["privacy.postal"]]
    assert done.changed.to_list() == [True, False, False, False, False]


@pytest.mark.parametrize("some", [[], [None], ["x"], ["kim@example.org"], [None, "kim@example.org", None]])
@pytest.mark.parametrize("policy", [Policy(), KEEP])
def test_types_and_lengths_do_not_depend_on_what_is_found(some, policy):
    done = redact(texts(*some), policy)
    assert (done.texts.dtype, done.redactions.dtype, done.flags.dtype, done.changed.dtype) == (pl.String, REDACTIONS, pl.List(pl.String), pl.Boolean)
    assert {len(column) for column in (done.texts, done.redactions, done.flags, done.changed)} == {len(some)}
    assert (done.texts.name, done.redactions.name, done.flags.name, done.changed.name) == ("text", "redactions", "flags", "changed")
    assert not any(column.null_count() for column in (done.redactions, done.flags, done.changed))


def test_redactions_fit_the_columns_of_a_row():
    done = redact(texts("kim@example.org", "x"), Policy())
    for column, value in (("redactions", done.redactions), ("quality_flags", done.flags)):
        kind = arrow_schema("row").field(column).type
        assert value.to_arrow().cast(kind).to_pylist() == value.to_list()


def test_places_are_code_points_and_not_bytes():
    text = "🙂é 中 kim@example.org — 192.0.2.7"
    done = redact(texts(text), Policy())
    (published,), (spans,) = done.texts, done.redactions.to_list()
    assert [published[span["start"] : span["start"] + span["length"]] for span in spans] == ["[email]", "[ip]"]


def test_what_comes_in_is_not_changed():
    given = texts("kim@example.org", "x")
    redact(given, Policy())
    assert given.to_list() == ["kim@example.org", "x"]


def test_nothing_is_done_where_all_is_kept():
    given = texts("kim@example.org 4111111111111111 @kim")
    assert redact(given, KEEP).texts.to_list() == given.to_list()


def test_what_one_round_brings_near_the_next_takes_out():
    """The word is too far from the second number as long as the first address is there."""
    text = "phone " + "a" * 40 + "@example.org 0301234567"
    assert redact(texts(text), Policy()).texts.to_list() == ["phone [email] [phone]"]
    assert redact(texts(text), Policy(email="keep")).texts.to_list() == [text]


def test_texts_without_candidates_are_not_looked_at_one_by_one(monkeypatch, labelled):
    looked_at = []

    def watching(state, *_):
        looked_at.append(state.text)
        return redacting.Cleaned(state.text, settled=True)

    monkeypatch.setattr(redacting, "_round", watching)
    quiet = [post["text"] for post in labelled if not any(sign.isdigit() for sign in post["text"]) and "@" not in post["text"] and not post["spans"]]
    redact(texts(*quiet), Policy())
    assert len(quiet) > 50
    assert len(looked_at) <= len(quiet) // 50


def test_an_exotic_text_does_not_disturb_its_neighbours(labelled, chance):
    some = [post["text"] for post in chance.sample(labelled, 200)]
    plain = redact(texts(*some), Policy()).texts.to_list()
    mixed = [part for text in some for part in (text, "\u00a0٣\u2011")]
    assert redact(texts(*mixed), Policy()).texts.to_list()[::2] == plain


LINKS = [["mailto:kim@example.org", "https://example.org/"], [], None, ["tel:+442079460123"], ["https://example.org/?u=kim%40example.net&page=2", "https://example.org/a/123456789"]]


def test_links_are_cleaned_one_by_one():
    done = redact_links(pl.Series("links", LINKS), Policy())
    assert done.links.to_list() == [["mailto:[email]", "https://example.org/"], [], None, ["tel:[phone]"], ["https://example.org/?u=[email]&page=2", "https://example.org/a/123456789"]]
    assert done.changed.to_list() == [True, False, False, True, True]
    assert done.links.name == "links"


def test_quiet_links_are_the_same_column():
    links = pl.Series("links", [["https://example.org/"], [], None])
    assert redact_links(links, Policy()).links is links


def test_a_megabyte_of_one_sign_is_nothing():
    for sign in ("1", "a", "@", "é", "👍", ".", "[", "\u202e", "\u0301", " "):
        text = sign * 1_000_000
        assert redact(texts(text), Policy()).texts[0] == text


def test_many_findings_in_one_text():
    done = redact(texts("kim@example.org " * 20_000), Policy())
    assert done.texts[0] == "[email] " * 20_000
    assert done.redactions.list.len()[0] == 20_000


# -- tables --------------------------------------------------------------------------------------------------------


def test_there_are_not_many_more_patterns_than_the_engine_keeps():
    patterns = {pattern for some in gates.GATES.values() for gate in some for pattern in (*gate.first, gate.second)}
    assert len((patterns | set(gates._SCREEN_OF.values())) - {None}) <= 36


def test_tables_are_sorted_and_say_each_thing_once():
    for name, key in (("ibans.csv", "country"), ("calling-codes.csv", "code")):
        keys = [row[key] for row in rows_of(name)]
        assert len(set(keys)) == len(keys) > 80
    assert [row["country"] for row in rows_of("ibans.csv")] == sorted(row["country"] for row in rows_of("ibans.csv"))


@pytest.mark.parametrize(("name", "keys"), [("secrets.toml", {"pattern", "keywords", "mark", "bits", "check"}), ("national-ids.toml", {"form", "check", "words"})])
def test_tables_have_no_other_keys(name, keys):
    assert {key for row in toml_of(name).values() for key in row} <= keys


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_secret_rule_has_what_columns_are_searched_for(rule):
    assert rule.named or rule.mark is not None or rule.keywords
    assert not (rule.mark is not None and rule.keywords)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.named and rule.name != "private-key"], ids=lambda rule: rule.name)
def test_tokens_in_the_form_of_each_rule_are_taken_out(rule):
    """Twenty of each, filled with random letters of the classes that the rule names."""
    chance = random.Random(rule.name)
    tokens = [filled(rule.pattern.source, chance) for _ in range(20)]
    done = redact(texts(*(f"the key is {token} they said" for token in tokens)), Policy())
    missed = [token for token, changed in zip(tokens, done.changed, strict=True) if not changed]
    assert len(missed) <= 1, missed


def filled(source, chance):
    """A random text that a pattern takes: the parsed pattern, each class drawn letter by letter, runs at their least."""
    from re import _constants as kinds
    from re import _parser as parser

    def of_class(parts):
        letters = []
        for kind, value in parts:
            letters += [chr(value)] if kind is kinds.LITERAL else [chr(one) for one in range(value[0], value[1] + 1)] if kind is kinds.RANGE else [" "]
        return chance.choice(letters)

    def of(tree):
        out = ""
        for kind, value in tree:
            if kind is kinds.LITERAL:
                out += chr(value)
            elif kind is kinds.IN:
                out += of_class(value)
            elif kind is kinds.BRANCH:
                out += of(chance.choice(value[1]))
            elif kind is kinds.SUBPATTERN:
                out += of(value[3])
            elif kind is kinds.MAX_REPEAT:
                low, _, inner = value
                out += "".join(of(inner) for _ in range(low))
        return out

    return of(parser.parse(source))
