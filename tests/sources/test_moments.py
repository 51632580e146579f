"""Times as strangers write them."""

from __future__ import annotations

import pytest

from threadcommons.sources.moments import UNITS, Moments, bad_format, offset_of


@pytest.mark.parametrize(
    ("text", "unit", "read"),
    [
        ("1372096774", "s", "2013-06-24T17:59:34Z"),
        ("1372096774.0", "s", "2013-06-24T17:59:34Z"),
        ("1372096774.25", "s", "2013-06-24T17:59:34.25Z"),
        ("1372096774123", "ms", "2013-06-24T17:59:34.123Z"),
        ("1372096774123456", "us", "2013-06-24T17:59:34.123456Z"),
        ("1372096774123456789", "ns", "2013-06-24T17:59:34.123456Z"),
        ("1372096774123456789.9", "ns", "2013-06-24T17:59:34.123456Z"),
        ("-1", "s", "1969-12-31T23:59:59Z"),
        ("-1", "ns", "1969-12-31T23:59:59.999999Z"),
        ("9" * 19, "s", None),
        ("1e9", "s", None),
        ("NaN", "s", None),
    ],
)
def test_numbers_count_from_1970_in_their_unit(text: str, unit: str, read: str | None) -> None:
    assert Moments(unit).read(text) == read


def test_mixed_units_are_told_apart_by_size_where_that_is_declared() -> None:
    mixed = Moments("by-size")
    assert {mixed.read("1372096774" + "0" * zeros) for zeros in (0, 3, 6, 9)} == {"2013-06-24T17:59:34Z"}
    assert {mixed.read("1372096774" + "0" * zeros + ".0") for zeros in (0, 3, 6, 9)} == {"2013-06-24T17:59:34Z"}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("9" * 11, None),  # seconds, of a year with five digits
        ("1" + "0" * 11, "1973-03-03T09:46:40Z"),
        ("9" * 14, None),  # milliseconds
        ("1" + "0" * 14, "1973-03-03T09:46:40Z"),
        ("9" * 17, None),  # microseconds
        ("1" + "0" * 17, "1973-03-03T09:46:40Z"),
        ("-1372096774000", "1926-07-10T06:00:26Z"),
        ("00001372096774", "2013-06-24T17:59:34Z"),
    ],
)
def test_size_is_the_number_of_digits_that_count(text: str, read: str | None) -> None:
    assert Moments("by-size").read(text) == read


@pytest.mark.parametrize(
    ("text", "formats", "zone", "read"),
    [
        ("2013-06-24T18:02:34+02:00", ("iso",), None, "2013-06-24T16:02:34Z"),
        ("2013-06-24 18:02:34.5", ("iso",), "UTC", "2013-06-24T18:02:34.5Z"),
        ("2013-06-24", ("iso",), "+01:00", "2013-06-23T23:00:00Z"),
        ("24/06/2013 18:03", ("iso", "%d/%m/%Y %H:%M"), "UTC", "2013-06-24T18:03:00Z"),
        ("3/4/13 9:05 pm", ("%m/%d/%y %I:%M %p",), "UTC", "2013-03-04T21:05:00Z"),
        ("12:30 AM, Mar 5, 2020", ("%I:%M %p, %b %d, %Y",), "-05:00", "2020-03-05T05:30:00Z"),
        ("12:00 PM 1/1/2020", ("%I:%M %p %d/%m/%Y",), "UTC", "2020-01-01T12:00:00Z"),
        ("1:05 p.m. 1/1/2020", ("%I:%M %p %d/%m/%Y",), "UTC", "2020-01-01T13:05:00Z"),
        ("1:05 am 1/1/2020", ("%H:%M %p %d/%m/%Y",), "UTC", "2020-01-01T01:05:00Z"),
        ("0:30 AM 1/1/2020", ("%I:%M %p %d/%m/%Y",), "UTC", None),
        ("1/1/68", ("%d/%m/%y",), "UTC", "2068-01-01T00:00:00Z"),
        ("1/1/69", ("%d/%m/%y",), "UTC", "1969-01-01T00:00:00Z"),
        ("march 7, 2021", ("%B %d, %Y",), "UTC", "2021-03-07T00:00:00Z"),
        ("7 Foo 2021", ("%d %b %Y",), "UTC", None),
        ("2013-06-24T18:02:34,123456789Z", ("iso",), None, "2013-06-24T18:02:34.123456Z"),
        ("2013-06-24T18:02:34-0530", ("iso",), "UTC", "2013-06-24T23:32:34Z"),
        ("2013-06-24T18:02Z", ("iso",), "+05:00", "2013-06-24T18:02:00Z"),
        ("2013-06-24T18:02:34+24:00", ("iso",), None, None),
        ("0001-01-01T00:00:00+01:00", ("iso",), None, None),
        ("Sat Nov 09 12:14:18 +0000 2024", ("%a %b %d %H:%M:%S %z %Y",), None, "2024-11-09T12:14:18Z"),
        ("31/04/2013", ("%d/%m/%Y",), "UTC", None),
        ("13:00 PM 1/1/2020", ("%I:%M %p %d/%m/%Y",), "UTC", None),
        ("yesterday", ("iso",), "UTC", None),
    ],
)
def test_spelled_times(text: str, formats: tuple[str, ...], zone: str | None, read: str | None) -> None:
    assert Moments(formats=formats, zone=zone).read(text) == read


def test_a_time_without_a_zone_is_none_until_a_zone_is_declared() -> None:
    assert Moments().read("2013-06-24T18:02:34") is None
    assert Moments().zoneless("2013-06-24T18:02:34")
    assert not Moments().zoneless("2013-06-24T18:02:34Z")


def test_what_is_no_time_has_no_zone_to_miss() -> None:
    assert not Moments().zoneless("yesterday")


def test_a_number_is_counted_only_where_a_unit_is_declared() -> None:
    assert Moments(formats=("%Y%m%d",), zone="UTC").read("20130624") == "2013-06-24T00:00:00Z"
    assert Moments("s", ("%Y%m%d", "iso"), "UTC").read("20130624") == "1970-08-21T23:50:24Z"
    assert Moments("s", ("iso",), "UTC").read("2013-06-24") == "2013-06-24T00:00:00Z"


def test_every_unit_counts_from_1970() -> None:
    assert UNITS == ("s", "ms", "us", "ns", "by-size")
    assert {Moments(unit).read("0") for unit in UNITS} == {"1970-01-01T00:00:00Z"}


def test_the_first_pattern_that_fits_decides() -> None:
    """31/12 is no month/day, and nothing is tried again to make one of it."""
    assert Moments(formats=("%m/%d/%Y", "%d/%m/%Y"), zone="UTC").read("31/12/2020") is None


def test_patterns_and_zones_that_mean_nothing_are_told() -> None:
    assert bad_format("iso") is None
    assert bad_format("%d/%m/%Y") is None
    assert "%Q" in str(bad_format("%Q"))
    assert "no year" in str(bad_format("%d/%m"))
    assert "twice" in str(bad_format("%d %d %m %Y"))
    assert bad_format("%H:%M") == "it names no year and no month and no day"
    assert bad_format("%d %b %y") is None
    assert offset_of("Europe/Berlin") is None
    assert offset_of("+25:00") is None
