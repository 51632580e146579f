"""Names of members are data: what could lead somewhere or hide something is refused, nothing is changed."""

import pytest

from threadcommons.archives.names import shown_name, why_unsafe_name

UNSAFE = [
    "", "/", "//", "..", "../a", "a/..", "a/../b", "/a", "//server/a", "C:", "C:/a", "c:a", "a\\b", "..\\a", "\\\\server\\a", "a\0b", "a\nb",
    "a\rb", "a\tb", "a\x1bb", "a\x7fb", "a\x9bb", "a\u202eb", "a\u2066b", "a\u200fb", "a\u061cb", "a\u2028b", "a\udc80b", "a" * 256,
    "é" * 128, "a/" * 512 + "b", None,
]  # fmt: skip
SAFE = [
    "a", "./a", "a/b.jsonl", "a//b", "...", "..a", "a..", "a ", " a", "a.", "con.jsonl", "aux", "~", "~/x", "-rf", "$HOME", "ab:c", "1:", "é", "e\u0301",
    "A", "名前.json", "مرحبا", "👩‍👧", "a" * 255, "a/" * 511 + "b", "data/tweets.js", "folder/",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_names_are_refused(name):
    assert why_unsafe_name(name)


@pytest.mark.parametrize("name", SAFE)
def test_plain_names_are_left_alone(name):
    assert why_unsafe_name(name) is None


@pytest.mark.parametrize("name", UNSAFE)
def test_what_is_shown_hides_nothing_and_is_short(name):
    told = shown_name(name)
    assert told.isprintable()
    assert len(told) <= 255 * 6
