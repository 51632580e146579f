"""Who is named with what words, also for what a row took from others: in what order, and where it ends."""

from dataclasses import replace

import pytest

from threadcommons.licensing import (
    Credit,
    Problem,
    also,
    chain,
    credit_line,
    credit_of,
    missing_elements,
    notice,
    notice_lines,
)
from threadcommons.licensing.credits import CHANGED, FAR, LONGEST, MOST

UNDER = "under CC-BY-4.0 <https://creativecommons.org/licenses/by/4.0/>"


def following(count):
    """Posts that quote one another in a line."""
    return {f"p{number}": f"p{number + 1}" for number in range(count)}


@pytest.mark.parametrize(
    ("taken", "found"),
    [
        ({}, ()),
        ({"b": "a"}, ()),
        ({"a": "b"}, ("b",)),
        ({"a": "b", "b": "c", "d": "a"}, ("b", "c")),
        ({"a": "a"}, ()),
        ({"a": "b", "b": "a"}, ("b",)),
        ({"a": "b", "b": "c", "c": "b"}, ("b", "c")),
        ({"a": "b", "b": "b"}, ("b",)),
    ],
)
def test_a_chain_ends_where_nobody_or_somebody_again_is_quoted(taken, found):
    assert chain("a", taken) == found


@pytest.mark.parametrize(("quotes", "named"), [(FAR - 1, FAR - 1), (FAR, FAR), (FAR + 1, FAR + 1), (FAR + 9, FAR + 1)])
def test_a_chain_is_followed_to_the_first_that_is_too_far(quotes, named):
    assert chain("p0", following(quotes)) == tuple(f"p{number}" for number in range(1, named + 1))


@pytest.mark.parametrize(
    ("own", "repeats", "quoted", "said"),
    [
        (None, [], [], None),
        ("own", ["own", None, ""], [("q", None), ("r", "")], None),
        ("own", ["b", "a", "own", "b", None], [], "a; b"),
        (None, ["a"], [("q", "of q"), ("r", None), ("s", "of s")], "a; quoting of q; quoting of s"),
        ("own", [], [("q", "own")], "quoting own"),
    ],
)
def test_repeats_come_first_each_once_and_quotes_in_their_order(own, repeats, quoted, said):
    assert also(own, repeats, quoted) == said


def test_who_is_quoted_too_far_is_credited_where_they_were_first_quoted():
    quoted = [(f"p{number}", f"line {number}") for number in range(FAR + 2)]
    near = "; ".join(f"quoting line {number}" for number in range(FAR))
    assert also(None, [], quoted[:FAR]) == near
    assert also(None, [], quoted) == f"{near}; quoting further, as credited for p{FAR}"


def test_copies_that_have_no_room_are_counted():
    half = LONGEST // 2
    assert also(None, ["a" * half, "b" * half], []) == f"{'a' * half}; {'b' * half}"
    assert also(None, ["a" * half, "b" * (half + 1)], []) == f"{'a' * half}; and 1 more copies"
    assert also(None, ["a" * half, "b" * (half + 1), "c"], []) == f"{'a' * half}; and 2 more copies"


def test_of_many_short_lines_what_stands_between_them_does_not_burst_the_column():
    names = [f"{number:04x}" for number in range(3 * MOST)]
    said = also(None, names, [])
    assert said == "; ".join([*names[:MOST], f"and {2 * MOST} more copies"])
    letters = [chr(0x4E00 + number) for number in range(2 * MOST)]
    longest = also(None, letters, [(f"x:{'y' * 1_024}", "z" * LONGEST)] * (FAR + 1))
    assert len(longest) < 65_536 - len(credit_line(Credit("x:1", "MIT", "n" * 256, url := "https://" + "u" * 4_088, "t" * 1_024, url)))
    assert len(also(None, ["a" * LONGEST, *letters], [(f"x:{'y' * 1_024}", None)] * (FAR + 1))) < LONGEST + 2_000


def test_quotes_have_the_room_that_copies_leave():
    copy, room = "a" * 1_000, LONGEST - 1_000 - len("quoting ")
    assert also(None, [copy], [("q", "b" * room)]) == f"{copy}; quoting {'b' * room}"
    assert also(None, [copy], [("q", "b" * (room + 1)), ("r", "c")]) == f"{copy}; quoting further, as credited for q"
    assert also(None, [copy, "b" * LONGEST], [("q", "c" * room)]) == f"{copy}; and 1 more copies; quoting further, as credited for q"


def test_a_chain_is_as_long_and_a_credit_as_large_as_it_was_for_earlier_releases():
    assert len(chain("p0", following(99))) == 33
    assert also(None, ["a" * 32_768], []) == "a" * 32_768
    assert also(None, ["a" * 32_769], []) == "and 1 more copies"


@pytest.mark.parametrize(
    ("credit", "line"),
    [
        (Credit("x:1", "CC-BY-4.0"), f"by unnamed creator, {UNDER}"),
        (Credit("x:1", "CC-BY-4.0", "", "", "", ""), f"by unnamed creator, {UNDER}"),
        (Credit("x:1", "CC-BY-4.0", "Ada", "javascript:alert(1)", "On\nmaps", "mailto:a@b.example"), f'"On maps", by Ada, {UNDER}'),
        (Credit("x:1", "CC-BY-4.0", "Ada\u202e", source_url="https://a.example/1"), f"by Ada?, from https://a.example/1, {UNDER}"),
        (Credit("x:1", "CC-BY-4.0", "Ada", modified=True), f"by Ada, {UNDER}, changed: not stated"),
        (Credit("x:1", "CC-BY-4.0", "Ada", change="shortened"), f"by Ada, {UNDER}"),
        (Credit("x:1", "NOASSERTION", "Ada"), "by Ada, under NOASSERTION"),
    ],
)
def test_a_line_tells_what_is_known_and_links_what_can_be_linked(credit, line):
    assert credit_line(credit) == line


def test_what_is_missing_is_said_of_the_row():
    (problem,) = missing_elements(Credit("x:1", "CC-BY-4.0", "Ada", "https://a.example/ada", None, "https://a.example/1"))
    assert problem == Problem("credit.no-title", "x:1", rows=1, examples=("x:1",))


def test_a_notice_is_in_the_order_of_licences_creators_their_addresses_and_ids():
    one = Credit("x:1", "CC-BY-4.0", "Ada", "https://a.example/1")
    rows = [
        replace(one, creator=None), replace(one, creator_url=None), one, replace(one, id="x:2"),
        replace(one, creator_url="https://a.example/2"), replace(one, creator="Ben"), replace(one, license="CC-BY-SA-4.0"),
    ]  # fmt: skip
    text = notice(rows)
    assert [line for line in text.split("\n") if line.startswith(("*", " ", "##"))] == [
        "## CC\\-BY\\-4\\.0", "* [unnamed creator](<https://a.example/1>)", "    * x:1", "* Ada", "    * x:1",
        "* [Ada](<https://a.example/1>)", "    * x:1", "    * x:2", "* [Ada](<https://a.example/2>)", "    * x:1",
        "* [Ben](<https://a.example/1>)", "    * x:1", "## CC\\-BY\\-SA\\-4\\.0", "* [Ada](<https://a.example/1>)", "    * x:1",
    ]  # fmt: skip
    assert notice(reversed(rows)) == "".join(notice_lines(rows)) == text


def test_a_credit_is_read_from_its_entry():
    entry = {
        "id": "x:1", "license": "CC-BY-4.0", "creator": "Ada", "creator_url": "https://a.example/ada", "title": "On maps",
        "source_url": "https://a.example/1", "modified": True, "also": "quoting Dan", "split": "train",
    }  # fmt: skip
    assert credit_of(entry) == Credit(
        "x:1", "CC-BY-4.0", "Ada", "https://a.example/ada", "On maps", "https://a.example/1", True, CHANGED, "quoting Dan"
    )
