"""How near a word has to stand to a number, where a number may begin and end, and what makes it something else."""

import pytest

from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of

BARE = "0301234567"


def found(text):
    return [text[hit.start : hit.stop] for hit in hits(shadow_of(text), ["phone"])]


def test_a_number_without_groups_needs_a_word():
    assert found(BARE) == found(f"see {BARE}") == []
    assert found(f"phone {BARE}") == [BARE]
    assert found(f"phone\n{BARE}") == []


@pytest.mark.parametrize(("word", "number", "width"), [("phone", BARE, 32), ("tel", BARE, 7), ("phone", "600 000 012", 20)])
def test_a_word_reaches_so_far(word, number, width):
    """Any word, one that counts only beside a number, and any before what may be thousands."""
    assert found(f"{word:{width}}{number}") == [number]
    assert found(f"{word:{width + 1}}{number}") == []


def test_of_two_words_the_nearer_one_counts():
    assert found(f"phone order {BARE}") == []
    assert found(f"order phone {BARE}") == [BARE]
    assert found(f"order tel {BARE}") == [BARE]
    assert found(f"phone    tel {BARE}") == [BARE]


def test_a_word_that_denies_reaches_less_far():
    assert found(f"{'phone order':26}{BARE}") == []
    assert found(f"{'phone order':27}{BARE}") == [BARE]


@pytest.mark.parametrize(("text", "expected"), [
    ("004930123456", []), ("see 004930123456 there", []), ("phone 004930123456", ["004930123456"]), ("0049301234567", ["0049301234567"]), ("0049 30123456", ["0049 30123456"]), ("order 0049301234567", []), ("a%200049301234567", []), ("a%20+49301234567", ["+49301234567"]), ("a20+49301234567", []), ("order 0049 301234567", []),
    *((f"{sign}0049301234567", []) for sign in "/#$=&%@-"), *((f"{sign}+49301234567", ["+49301234567"]) for sign in "/#$=&@-"), ("++49301234567", []), (".+49301234567", []),
])  # fmt: skip
def test_two_zeros_are_less_sure_than_a_plus(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("+1 555 0123", True), ("+1 555 0200", False), ("+1 112 555 0123", False), ("+1 212 155 0123", False), ("+1 212 255 0123", True), ("+49 0 30 23125000", True), ("+49 (0)30 23125000", True),
    ("+39 06 12345678", True), ("+33 01 99 00 12 34", True), ("+33 00 99 00 12 34", False), ("+33 1 99 00 12", False), ("+33 1 11 11 11 11", False), ("+33 (1 99 00 12 34", False), ("+210 1234567", False),
    ("+(33) 199001234", True), ("+33.1.99.00.12.34", True), ("+351 210 000 012", True), ("+225 01 23 45 67 89", True), ("+225 1 23 45 67 89", False), ("+354 410 0012", True), ("+7 495 123-45-67", True), ("00 354 410 0012", True), ("+33-1-99-00-12-34", True), ("+33 1/99/00/12/34", True), ("(+33) 199001234", True),
])  # fmt: skip
def test_a_number_with_its_country_fits_the_plan(text, expected):
    assert bool(found(text)) == expected


@pytest.mark.parametrize("between", [" ", ", ", "; ", " / ", "|", " or ", " oder ", " ou ", " o ", " of ", " and ", " und ", " et ", " y ", " e ", " en ", " u. ", " ou au ", " or the "])
def test_a_list_goes_on(between):
    assert found(f"+49 30 23125 000{between}{BARE}") == ["+49 30 23125 000", BARE]
    assert found(f"[phone]{between}{BARE}") == [BARE]
    assert found(f"[phone]{between}then {BARE}") == []


@pytest.mark.parametrize("unit", ["%", "$", "€", "eur", "euros", "USD", "GBP", "CHF", "dollars", "pounds", "kr", "MB", "GB", "km", "cm", "bytes", "points", "people", "views", "votes", "Jahre", "years"])
def test_a_unit_behind_makes_a_number_an_amount(unit):
    assert found(f"call {BARE} {unit}") == found(f"call {BARE} {unit}, no") == []
    assert found(f"call {BARE} x{unit}") == [BARE]


def test_what_costs_something_behind_a_number_is_none_of_it():
    assert found(f"call {BARE} $5 a minute") == found(f"call {BARE} €5 a minute") == [BARE]


@pytest.mark.parametrize(("before", "expected"), [
    *((sign, False) for sign in "/#$=&%@+\\x"), ("x_", False), ("_", True), ("a.", True), ("1.", False), (" .", False), ("a:", True), ("1:", False), ("a-", False), ("a,", False), ("a(", False), (" -", True), (" (", True), ("$ ", False), ("x ", True),
])  # fmt: skip
def test_where_a_number_may_begin(before, expected):
    assert (found(f"{before}030 23125-000") == ["030 23125-000"]) == expected


@pytest.mark.parametrize(("behind", "expected"), [
    *((sign, False) for sign in ("x", "é", "%", "$", "@", ".1", ",1", "-1", "/1", ":1")), *((sign, True) for sign in ("", " ", ".", ",", "-", "/", ":", ".x", ")", "%20", "_")),
])  # fmt: skip
def test_where_a_number_may_end(behind, expected):
    assert (found(f"+49 30 23125 000{behind}") == ["+49 30 23125 000"]) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("phone 123-4567", ["123-4567"]), ("phone 123-456", []), ("phone 123-4567 8", []), ("phone 1234-5678 9", []), ("phone 1234-56789 9", ["1234-56789"]), ("555-0123", ["555-0123"]), ("555 0199", ["555 0199"]), ("555-0223", []),
    (f"{BARE} anrufen", [BARE]), (f"{BARE} by phone", [BARE]), (f"{BARE} anrufender", []), ("phone 02139-4307", []), ("phone 2024-05-01", []), ("phone 200 000 000", []),
])  # fmt: skip
def test_forms(text, expected):
    assert found(text) == expected
