"""Shortened links are found without a search, and as a search would find them."""

from __future__ import annotations

import random
import re

from threadcommons.sources.fields import addresses, unescaped
from threadcommons.sources.tweets import Link, written_out
from threadcommons.sources.x_columns import words

SHORT = re.compile(r"[ \n]?https?://t\.co/[A-Za-z0-9_]+")
PIECES = ("https://t.co/a", "http://t.co/b", "https://t.co/c", "t.co/", "://t.co/", "https://", "http", "s", " ", "\n", "x", "é", "a", "  ", ":", "https://t.co/")
SHOWN = ("https://t.co/a", "http://t.co/b", "https://t.co/c", "https://t.co/ax", None, "")
MEANT = (None, "", "https://example.org/", "https://example.org/?$1&amp;${a}$$", "https://x.com/a/status/1", "https://t.co/a", "https://t.co/b c", "z" * 5000)


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


def test_texts_of_a_column_are_written_out_as_each_is_alone():
    chance = random.Random(2)
    pieces = (*PIECES, "&amp;", "&lt;a")
    texts = ["".join(chance.choice(pieces) for _ in range(chance.randint(0, 6))) for _ in range(20_000)]
    links = [chance.choice((None, [], [Link(chance.choice(SHOWN), chance.choice(MEANT)) for _ in range(chance.choice((1, 1, 1, 2)))])) for _ in texts]
    pairs = [[(link.url, link.expanded_url) for link in some or ()] for some in links]
    asked = []
    typed, shown = words(texts, links, lambda place: asked.append(place) or pairs[place])
    assert 100 < len(asked) < 15_000
    for place, text in enumerate(texts):
        out, found = written_out(unescaped(text), pairs[place])
        assert (typed[place], shown[place] if shown[place] is None else shown[place].to_list()) == (out, found or None)
