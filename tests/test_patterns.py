"""Patterns mean the same in every Python that the package is made for."""

import importlib
import pkgutil
import re
from re import _constants as codes
from re import _parser as parser

import pytest

import threadcommons

MODULES = [module.name for module in pkgutil.walk_packages(threadcommons.__path__, "threadcommons.") if not module.name.endswith("__main__")]


def parts(parsed):
    """All parts of a parsed pattern, down to the smallest."""
    for code, value in parsed:
        yield code, value
        inside = [value]
        while inside:
            one = inside.pop()
            if isinstance(one, parser.SubPattern):
                yield from parts(one)
            elif isinstance(one, list | tuple):
                inside.extend(one)


def looks_within(pattern):
    """Whether a group that gives nothing back looks around itself."""
    found = (value for code, value in parts(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)) if code is codes.POSSESSIVE_REPEAT)
    return any(code in (codes.ASSERT, codes.ASSERT_NOT) for *_, body in found for code, _ in parts(body))


@pytest.mark.parametrize("name", MODULES)
def test_no_group_that_gives_nothing_back_looks_around_itself(name):
    """Before Python 3.11.5, what such a group had looked at when it failed was taken for matched."""
    values = vars(importlib.import_module(name)).values()
    assert not [pattern.pattern for pattern in values if isinstance(pattern, re.Pattern) and looks_within(pattern)]


@pytest.mark.parametrize(("pattern", "looks"), [("(?:a(?!b))*+", True), ("((?:x|a(?=b))++)c", True), ("(?:a(?!b))*", False), ("(?!b)(?:a|b)*+", False)])
def test_such_groups_are_seen(pattern, looks):
    assert looks_within(re.compile(pattern)) == looks
