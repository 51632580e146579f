"""Small things that many platforms' fields have in common, held against what the standard library says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.sources import fields
from threadcommons.sources.fields import (
    address,
    addresses,
    at_epoch,
    at_iso,
    at_mail,
    at_twitter,
    author,
    label,
    language,
    unescaped,
    written,
)

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
FIRST, LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
#: Moments of the era, many of them without a fraction or with a short one.
moments = st.builds(
    lambda micros, coarse: EPOCH + timedelta(microseconds=micros // coarse * coarse),
    st.integers((FIRST - EPOCH) // MICRO, (LAST - EPOCH) // MICRO - 1_000_000),
    st.sampled_from([1, 1000, 100_000, 1_000_000, 60_000_000]),
).filter(lambda moment: moment >= FIRST)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def spelled(moment):
    """A moment as the contract has it, by the standard library alone."""
    whole, _, part = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds").partition(".")
    return f"{whole}.{part}".rstrip("0").rstrip(".") + "Z"


# -- times --------------------------------------------------------------------------------------------------------


@thorough
@given(moments, zones)
def test_a_moment_is_the_same_however_it_is_told(moment, zone):
    told, local = spelled(moment), moment.astimezone(zone)
    micros = (moment - EPOCH) // MICRO
    assert written(moment) == written(local) == told
    assert at_epoch(micros, "us") == at_epoch(str(micros), "us") == told
    assert at_iso(told) == at_iso(local.isoformat()) == at_iso(local.isoformat(" ").replace(".", ",")) == told
    assert at_iso(f" {told[:-1].replace('T', ' ')} UTC ") == told


@thorough
@given(moments, zones)
def test_whole_seconds_are_the_same_in_mail_and_in_the_way_of_twitter(moment, zone):
    whole = moment.replace(microsecond=0)
    local = whole.astimezone(zone)
    assert at_epoch((whole - EPOCH) // timedelta(seconds=1)) == spelled(whole)
    assert at_epoch((whole - EPOCH) // timedelta(milliseconds=1), "ms") == spelled(whole)
    assert at_mail(format_datetime(local)) == at_mail(format_datetime(local) + " (CEST)") == spelled(whole)
    assert at_twitter(f"{local:%a %b %d %H:%M:%S %z} {local.year:04d}") == spelled(whole)


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0, "s", "1970-01-01T00:00:00Z"),
        (1.25, "s", "1970-01-01T00:00:01.25Z"),
        (-0.5, "s", "1969-12-31T23:59:59.5Z"),
        ("1.25", "s", "1970-01-01T00:00:01.25Z"),
        ("1700000000.000100", "s", "2023-11-14T22:13:20.0001Z"),
        (1.5, "ms", "1970-01-01T00:00:00.0015Z"),
        (None, "s", None),
        ("", "s", None),
        ("soon", "s", None),
        (math.nan, "s", None),
        (math.inf, "s", None),
        ((FIRST - EPOCH) // MICRO, "us", "1000-01-01T00:00:00Z"),
        ((FIRST - EPOCH) // MICRO - 1, "us", None),
        ((LAST - EPOCH) // MICRO, "us", "2999-12-31T23:59:59.999999Z"),
        ((LAST - EPOCH) // MICRO + 1, "us", None),
    ],
)
def test_numbers_count_from_1970(value, unit, told):
    assert at_epoch(value, unit) == told


def test_the_bounds_of_the_era_are_known_in_seconds():
    assert at_epoch(fields.FIRST_SECOND) == "1000-01-01T00:00:00Z"
    assert at_epoch(fields.FIRST_SECOND - 1) is None
    assert at_epoch(fields.LAST_SECOND) == "2999-12-31T23:59:59Z"
    assert at_epoch(fields.LAST_SECOND + 1) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("2023-02-29T12:00:00Z", None),
        ("2023-02-29 12:00:00", None),
        ("2024-02-29T24:00:00Z", None),
        ("2024-02-29T12:00:00.120000Z", "2024-02-29T12:00:00.12Z"),
        ("2024-02-29T12:00:00.000Z", "2024-02-29T12:00:00Z"),
        ("2024-02-29T12:00:00.1234567891Z", "2024-02-29T12:00:00.123456Z"),
        ("2024-02-29T12:00:00", "2024-02-29T12:00:00Z"),
        ("2024-02-29 12:00:00+0130", "2024-02-29T10:30:00Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00Z"),
        ("0999-12-31T23:59:59Z", None),
        ("1000-01-01T00:30:00+01:00", None),
        ("2999-12-31T23:59:59Z", "2999-12-31T23:59:59Z"),
        ("2999-12-31T23:59:59-01:00", None),
        ("2024-02-29", None),
        ("", None),
        (None, None),
    ],
)
def test_times_that_are_spelled(text, told):
    assert at_iso(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Sat Nov 09 12:14:18 +0000 2024", "2024-11-09T12:14:18Z"),
        ("Sat Nov 09 12:14:18 -0000 2024", "2024-11-09T12:14:18Z"),
        ("Sat Nov 09 12:14:18 -0130 2024", "2024-11-09T13:44:18Z"),
        ("Sat Foo 09 12:14:18 +0000 2024", None),
        ("Sat Nov 31 12:14:18 +0000 2024", None),
        ("Sat Nov 09 12:14:18 +0000 0999", None),
        ("Sat Nov 09 2024", None),
        (None, None),
    ],
)
def test_times_in_the_way_of_twitter(text, told):
    assert at_twitter(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Sat, 9 Nov 2024 12:14:18 +0100", "2024-11-09T11:14:18Z"),
        ("9 Nov 2024 12:14:18 -0000", "2024-11-09T12:14:18Z"),
        ("Sat, 09 Nov 2024 12:14 +0100", "2024-11-09T11:14:00Z"),
        ("Saturday, 09-Nov-24 12:14:18 GMT", "2024-11-09T12:14:18Z"),
        ("Sat, 31 Nov 2024 12:14:18 +0100", None),
        ("Sat, 31 Nov 2024 12:14 +0100", None),
        ("9 Foo 2024 12:14:18 +0100", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_of_mail(text, told):
    assert at_mail(text) == told


# -- the rest -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), (False, "false"), (7, "7"), ("Up", "Up"), ("x" * 257, "x" * 256)]
)
def test_a_label_is_short_text(value, shown):
    assert label("likes", value, "a site", "platform-counter") == {
        "name": "likes",
        "value": shown,
        "annotator": "a site",
        "method": "platform-counter",
    }


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ((" Ann ",), {"name": "Ann"}),
        (("Ann", "7"), {"name": "Ann", "id": "7"}),
        ((" ", "7"), {"name": "7", "id": "7"}),
        ((None, " "), None),
        ((None,), None),
        (("a" * 257, "b" * 257), {"name": "a" * 256, "id": "b" * 256}),
        (("Ann", None, "https://a.example/"), {"name": "Ann", "url": "https://a.example/"}),
        (("Ann", None, "a.example"), {"name": "Ann"}),
    ],
)
def test_an_author_is_whoever_is_named(given, known):
    assert author(*given) == known


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("pt-BR", "pt"), (" EN_us ", "en"), ("gsw", "gsw"), ("iw", "he"), ("in", "id"), ("sh", "hbs"),
        ("und", None), ("zxx", None), ("mul", None), ("mis", None), ("qaa", None), ("qtz", None), ("qua", "qua"), ("pzz", "pzz"),
        ("english", None), ("e", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_language_is_one_of_iso_639(tag, code):
    assert language(tag) == code


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://a.example/b?c#d", True), ("mailto:a@b.example", True), ("at://did:plc:x", True), ("//a.example", False),
        ("https://ä.example", False), ("https://a.example/ b", False), ("HTTPS://a.example", False), ("", False), (None, False),
        ("x:" + "a" * 4094, True), ("x:" + "a" * 4095, False),
    ],
)  # fmt: skip
def test_an_address_is_what_the_contract_takes(url, fits):
    assert address(url) == (url if fits else None)


def test_addresses_stand_once_each_in_their_order_and_are_no_more_than_the_contract_takes():
    assert addresses(["b:", None, "a:", "b:", "", "c:" + "x" * 4095]) == ["b:", "a:"]
    assert addresses(["x" * 4096]) == ["x" * 4096]
    assert addresses(["x" * 4097]) == []
    many = [f"x:{number}" for number in range(1001)]
    assert addresses([*many, *many]) == many[:1000]


def test_marks_are_as_they_were_typed_and_escaped_once():
    assert unescaped("a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#x27; &nbsp; &euro;") == "a <b> &amp; \"c\" 'd' &nbsp; &euro;"
    assert unescaped("a < b") == "a < b"
