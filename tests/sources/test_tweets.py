"""Shortened links are found without a search, and as a search would find them."""

from __future__ import annotations

import random
import re

from threadcommons.sources.fields import addresses
from threadcommons.sources.tweets import written_out

SHORT = re.compile(r"[ \n]?https?://t\.co/[A-Za-z0-9_]+")
PIECES = ("https://t.co/a", "http://t.co/b", "https://t.co/c", "t.co/", "://t.co/", "https://", "http", "s", " ", "\n", "x", "é", "a", "  ", ":", "https://t.co/")
SHOWN = ("https://t.co/a", "http://t.co/b", "https://t.co/c", "https://t.co/ax", None, "")
MEANT = (None, "", "https://example.org/", "https://t.co/a", "https://t.co/b c", "z" * 5000)


def searched(typed, links):
    """The same by a search for the whole of a shortened link and the blank before it."""
    meant = {short: short if long is None else long for short, long in links if short}
    shown = []

    def replaced(found):
        short = found[0].lstrip(" \n")
        long = meant.get(short, short)
        shown.extend([long] if long else [])
        return found[0].replace(short, long) if long else ""

    return SHORT.sub(replaced, typed), addresses(shown)


def test_links_are_written_out_as_a_search_would_do_it():
    chance = random.Random(1)
    for _ in range(50_000):
        typed = "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 9)))
        links = [(chance.choice(SHOWN), chance.choice(MEANT)) for _ in range(chance.randint(0, 4))]
        assert written_out(typed, links) == searched(typed, links)
