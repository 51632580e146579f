"""What holds for any text whatever, and broken twins that must be caught.

Each law is held against as many cases as PRIVACY_CASES says: 100 in `make test`, 10,000 in long runs.
"""

import os
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.privacy import KINDS, TOKENS, Policy, cleaned, gates, kinds, redact, redact_links, redacting
from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import Pattern, shadow_of

CASES = int(os.environ.get("PRIVACY_CASES", "100"))
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
ALL = Policy(**{kind.replace("-", "_"): "redact" for kind in KINDS})

#: Pieces of identifiers, what stands beside them, and what is put in their place.
PIECES = [
    "a.b@example.org", "kim [at] example [dot] org", "kim at example dot org", "x@example", "@kim", "@kim@host.example", "u/kim_99", "%40", "&#64;",
    "müller@bücher.example", "用户@例子.测试", "mailto:", "+49 30 23125 000", "+1 212 555 0123", "0044 20 7946 0123", "020 7946 0123", "01 99 00 12 34",
    "(212) 555-0123", "555-0199", "0301234567", "tel", "Tel.:", "\u260e\ufe0f", "call me ", "order no. ", "anrufen", " oder ", "192.0.2.7", "192[.]0[.]2[.]7", "v1.2.3.4",
    "1.2.3.4", "2001:db8::7", "::ffff:192.0.2.1", "/24", ":8080", "DE89 3704 0044 0532 0130 00", "gb29nwbk60161331926819", "4111 1111 1111 1111", "378282246310005",
    "RSSMRA85T10A562S", "12345678Z", "93.05.18-223.61", "NHS 943 476 5919", "SSN 219-09-4321", "131052-308T", "AKIA" + "ABCDEFGHIJ234567", "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3hJ6",
    "password=", "token: ", "?access_token=", "Kj8mQ2xT9vB4nL7c", "https://kim:s3cretPw9@host.example/", "-----BEGIN PRIVATE KEY-----\n" + "Ab3d" * 16 + "\n-----END PRIVATE KEY-----",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "12 Example Street, Springfield, IL 62701", "Musterstraße 12, 12345 Musterstadt", "2024-05-01", "12:30", "€ 1.234,56", "_", "%20", "%2B",
    *TOKENS.values(), "[", "]", "(", ")", ".", ",", ":", ";", "-", "–", "/", "+", "@", "=", " ", " ", " ", "\n", "\u00a0", "\u202f", "\u2011", "\u200b", "0", "7", "12", "123", "4567", "a", "é", "я", "中", "٣", "１２", "x" * 40, "1" * 20,
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=8).map(" ".join),
    st.text(max_size=40),
)
policies = st.fixed_dictionaries(
    {kind.replace("-", "_"): st.sampled_from(["redact", "redact", "flag", "keep"]) for kind in KINDS}
).map(lambda actions: Policy(**actions))


# -- laws ----------------------------------------------------------------------------------------------------------


def what_is_published_comes_through_unchanged(clean, text, policy):
    once = clean(text, policy)
    again = clean(once.text, policy)
    assert again.text == once.text
    assert again.redactions == ()
    assert again.flags == once.flags


def spans_point_at_what_they_say(clean, text, policy):
    """Each points at its kind's token; they rise, lie apart, and what lies between them is the text itself."""
    done, end, rest = clean(text, policy), 0, text
    for kind, start, length in done.redactions:
        assert start >= end
        assert policy.of(kind) == "redact"
        assert done.text[start : start + length] == TOKENS[kind]
        between = done.text[end:start]
        at = rest.find(between)
        assert at >= 0
        rest, end = rest[at + len(between) :], start + length
    assert rest.endswith(done.text[end:])
    assert bool(done.redactions) == (done.text != text)


def gates_say_yes_where_something_is(may, text):
    found = {hit.kind for hit in hits(shadow_of(text), KINDS)}
    answers = may(pl.Series([text], dtype=pl.String), KINDS)
    assert found <= {kind for kind, answer in answers.items() if answer.item()}


@given(texts, policies)
@thorough
def test_what_is_published_comes_through_unchanged(text, policy):
    what_is_published_comes_through_unchanged(cleaned, text, policy)


@given(texts, policies)
@thorough
def test_spans_point_at_what_they_say(text, policy):
    spans_point_at_what_they_say(cleaned, text, policy)


@given(texts)
@thorough
def test_gates_say_yes_where_something_is(text):
    gates_say_yes_where_something_is(gates.possible, text)


@given(texts)
@thorough
def test_a_shadow_has_a_byte_for_each_code_point(text):
    assert len(shadow_of(text)) == len(text)


@given(st.lists(st.none() | texts, max_size=8), policies, st.randoms(use_true_random=False))
@thorough
def test_neither_order_nor_batch_matters(rows, policy, chance):
    """Whole columns, in any order, in any pieces, do what one text by itself does."""
    order = list(range(len(rows)))
    chance.shuffle(order)
    cut = chance.randint(0, len(rows))
    parts = [redact(pl.Series([rows[at] for at in some], dtype=pl.String), policy) for some in (order[:cut], order[cut:])]
    for some, done in zip((order[:cut], order[cut:]), parts, strict=True):
        for at, text, redactions, flags, changed in zip(some, done.texts, done.redactions.to_list(), done.flags.to_list(), done.changed, strict=True):  # fmt: skip
            alone = cleaned(rows[at], policy) if rows[at] is not None else None
            assert text == (alone.text if alone else None)
            assert [tuple(one.values()) for one in redactions] == list(alone.redactions if alone else ())
            assert flags == list(alone.flags if alone else ())
            assert changed == (alone is not None and alone.text != rows[at])


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="@%&0123456789", exclude_categories=["Cs", "Nd"]), max_size=60), max_size=6))
@thorough
def test_texts_without_candidates_stay_as_they_are(rows):
    quiet = [text.replace("://", " ").replace(" dot ", " ").replace("(", "").replace("[", "").replace("<", "").replace("{", "") for text in rows]
    done = redact(pl.Series(quiet, dtype=pl.String), Policy())
    assert [text.encode() for text in done.texts] == [text.encode() for text in quiet]
    assert not done.changed.any()


@given(st.lists(st.none() | st.lists(texts, max_size=3), max_size=5), policies)
@thorough
def test_lists_of_links_keep_their_shape(rows, policy):
    links = pl.Series("links", rows, dtype=pl.List(pl.String))
    done = redact_links(links, policy)
    expected = [None if row is None else [cleaned(link, policy).text for link in row] for row in rows]
    assert done.links.to_list() == expected
    assert done.links.dtype == links.dtype
    assert done.changed.to_list() == [row != new for row, new in zip(rows, expected, strict=True)]


# -- work ----------------------------------------------------------------------------------------------------------

#: What makes careless patterns slow, each said over and over.
UNITS = [
    "1 2 3 ", "12 34 ", "+1 2", "a@a@", "a@a.a", "x@y.png ", "a at a dot ", "a [at] ", "sk-", "sk-ant-a-", "eyJ", "eyJa.eyJa.", "password=", "token: a", "-----BEGIN PRIVATE KEY-----\n",
    "AAAAAAAAAAAAAAAA\n", "://a:a", "a.", "1.1.1.", "1.2.3.4 ", "2001:", "2001:db8::1 ", "DE89 ", "DE89370400440532013000 ", "4111 1111 ", "4111111111111111 ", "a@example.org ", "[email] ", "0", "tel 0301234567 ", "1 Aa St, ", "Rua a ", "@a", "u/a ", "é", "中@", "'", "(", "&#64;",
]  # fmt: skip


class Counted:
    """Counts calls of the engine and the bytes that each has gone over."""

    def __init__(self, monkeypatch):
        self.work = 0
        for name in ("search", "fits", "end"):
            monkeypatch.setattr(Pattern, name, self.counting(getattr(Pattern, name)))

    def counting(self, method):
        def run(pattern, shadow, start=0, *rest):
            answer = method(pattern, shadow, start, *rest)
            limit = rest[0] if rest and rest[0] is not None else len(shadow)
            stop = answer[0][1] if isinstance(answer, tuple) else answer if isinstance(answer, int) and not isinstance(answer, bool) else limit
            self.work += 1 + max(stop - start, 0)
            return answer

        return run

    def of(self, text, clean=cleaned):
        self.work = 0
        clean(text, ALL)
        return self.work


def grows_with_the_text(counted, unit, clean=cleaned):
    small, large = (counted.of(unit * (length // len(unit)), clean) for length in (4000, 16000))
    assert small > 2_000, "hardly any of it was gone over where it is counted"
    assert large <= 4.6 * small + 20_000, (unit, small, large)


@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_with_the_text_and_not_with_its_square(unit, monkeypatch):
    grows_with_the_text(Counted(monkeypatch), unit)


@given(st.lists(st.sampled_from([*UNITS, *PIECES]), min_size=1, max_size=4).map("".join))
@settings(max_examples=min(CASES, 300) // 4, deadline=None, database=None, derandomize=True)
def test_work_grows_with_any_mixture(unit):
    with pytest.MonkeyPatch.context() as monkeypatch:
        grows_with_the_text(Counted(monkeypatch), unit)


@given(texts, policies)
@thorough
def test_few_rounds_are_enough(text, policy):
    rounds = 0

    def counting(some, wanted):
        nonlocal rounds
        rounds += 1
        return hits(some, wanted)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(redacting, "hits", counting)
        cleaned(text, policy)
    assert 0 < rounds <= 8


# -- broken twins --------------------------------------------------------------------------------------------------


def drawn(seed):
    """The same texts in every run, as the laws get them."""
    chance = random.Random(seed)
    return ["".join(chance.choice(PIECES) for _ in range(chance.randint(1, 12))) for _ in range(2000)]


def caught(law, *given_):
    for text in drawn(7):
        try:
            law(*given_, text, *([ALL] if law is not gates_say_yes_where_something_is else []))
        except AssertionError:
            return True
    return False


def test_one_round_alone_is_caught():
    def once(text, policy):
        return redacting._round(redacting.Cleaned(text), policy, KINDS)

    assert caught(what_is_published_comes_through_unchanged, once)


def test_spans_of_the_text_before_are_caught():
    def careless(text, policy):
        done = cleaned(text, policy)
        before = hits(shadow_of(text), KINDS)
        return redacting.Cleaned(done.text, tuple((hit.kind, hit.start, hit.stop - hit.start) for hit in before))

    assert caught(spans_point_at_what_they_say, careless)


@pytest.mark.parametrize("text", ["+٤٩ ٣٠ ٢٣١٢٥ ٠٠٠", "+49\u00a030\u00a023125\u00a0000", "DE89\u20113704\u20110044\u20110532\u20110130\u201100"])
def test_a_gate_that_forgets_what_is_not_ascii_is_caught(text):
    def forgetful(texts, kinds):
        return gates._possible(texts, gates.facts_of(texts), kinds)

    gates_say_yes_where_something_is(gates.possible, text)
    with pytest.raises(AssertionError):
        gates_say_yes_where_something_is(forgetful, text)


def test_a_square_is_caught(monkeypatch):
    def square(text, policy):
        shadowed, pattern = shadow_of(text), Pattern("a@a")
        for at in range(0, len(shadowed), 8):
            pattern.search(shadowed[: at + 1] + b"!" * 8)
        return cleaned("", policy)

    with pytest.raises(AssertionError):
        grows_with_the_text(Counted(monkeypatch), "@ ", square)


def test_all_kinds_take_part():
    found = {hit.kind for text in drawn(7) for hit in hits(shadow_of(text), KINDS)}
    assert found == set(KINDS) == set(kinds.FINDERS)
