"""Pages laid out by compiled loops, many at once, are what `to_text` makes of each of them."""

import random

import numpy as np
import polars as pl
import pytest

from threadcommons.sources import html_layout
from threadcommons.sources.html import Text, to_text
from threadcommons.sources.html_columns import _buffers, _texts, pages, shown_on
from threadcommons.sources.html_layout import laid_out

BASE = "https://forum.example.org"
#: What pages are made of: all that the loops know, and some that they do not.
TAGS = (
    "<p>", "</p>", "<p>", "</p>", "<div>", "</div>", "<h2>", "</h2>", "<hr>", "<hr/>", "<br>", "<br />", "</br>", "<pre>", "</pre>",
    '<pre class="lang-py"><code>', "</code></pre>", "<code>", "</code>", "<em>", "</em>", "<blockquote>", "</blockquote>", "<ul>",
    "</ul>", "<ol>", "</ol>", "<li>", "</li>", "<li>", '<ol start="9">', "<ol start='0'>", '<ol start="x">', '<ol start="1234567">',
    "<ol reversed>", '<a href="/q/1">', "<a href='https://a.example/?x=1&amp;y=2' rel=\"nofollow\">", '<a href="">', "<a>", "<a name=x>",
    '<a href="//b.example" href="/c">', "</a>", '<a title="a > b" href=" /d ">', '<img src="/i.png" alt="An &quot;eye&quot;">',
    '<img src="/j.png"/>', '<img alt="no">', '<img src="" alt="">', "<sup>", "</sup>", "<o:p>", "<b", "<", "<3", "a<b>c", "< p>", "</", "</ p>",
    "<P>", "<p class=\"x\" id='y'>", "<p x=1>", "<p x>", '<p / x = "1" >', "<p\n>", '<p x="1"y="2">', "<veryverylongname>", "<blockquot>", "<blockquotes>",
)  # fmt: skip
ODD = (
    "<table><tr><td>1<td>2</table>", '<a class="mention" href="/u/x">@x</a>', '<img class="emoji" src="/e" alt=":)">', "<!-- c -->",
    "<script>x</script>", '<iframe src="/f">', "&copy", "&unknown;", "&#x110000;", "&#0;", "&#129;", "&#xd800;", "<?x>", "\r", "&#13;",
)  # fmt: skip
WORDS = (
    "word", "ends.", " ", "  ", "\n", "\n\n", "\t", "é", "\u3000", "\xa0", "🎈", "&amp;", "&lt;p&gt;", "&mdash;", "&nbsp;", "&hellip;", "&#39;", "&#x2F;", "&#8212;",
    "&#x1F388;", "&#32;", "&#10;", "&lang;", "&Tab;", "&amp;lt;", "& ", "&;", "&", "1 < 2", "> quoted", "- dash", "    indented\n        more\n\n    less", "x" * 50,
)  # fmt: skip


def page(chance: random.Random) -> str:
    pieces = [chance.choice(chance.choice((TAGS, TAGS, WORDS, WORDS, WORDS))) for _ in range(chance.randrange(40))]
    if chance.random() < 0.1:
        pieces.insert(chance.randrange(len(pieces) + 1), chance.choice(ODD))
    return "".join(pieces)


def sensible(chance: random.Random, depth: int = 0) -> str:
    """A page whose elements are closed as they should be."""
    inner = [sensible(chance, depth + 1) if chance.random() < 0.6 / (depth + 1) else chance.choice(WORDS) for _ in range(chance.randrange(1, 7))]
    tag = chance.choice(("p", "p", "em", "ul", "ol", "li", "blockquote", "pre", "div", "h1"))
    return f"<{tag}>{''.join(inner)}</{tag}>{chance.choice(('', chr(10), '<br>'))}"


def laid(some: list[str], *, quotes: bool = True) -> tuple[np.ndarray, list[Text]]:
    data, places = _buffers(pl.Series(some, dtype=pl.String))
    found = laid_out(data, places, quotes=quotes)
    shown, texts = shown_on(data, found, BASE), _texts(found.offsets, found.texts)
    told = [Text(text, *map(tuple, shown.get(number, ()))) for number, text in enumerate(texts)]
    return found.sure, told


@pytest.mark.parametrize("quotes", [True, False])
@pytest.mark.parametrize(("make", "mostly"), [(page, 0.2), (sensible, 0.9)])
def test_a_page_that_is_sure_is_laid_out_as_by_the_careful_way(make, mostly, quotes):
    without = frozenset() if quotes else frozenset({"blockquote"})
    chance = random.Random(20260131)
    some = [make(chance) for _ in range(8_000)]
    sure, told = laid(some, quotes=quotes)
    assert sure.mean() > mostly
    for html, fine, found in zip(some, sure.tolist(), told, strict=True):
        if fine:
            assert found == to_text(html, base=BASE, without=without), html


@pytest.mark.parametrize("odd", ODD)
def test_what_the_loops_do_not_know_is_not_sure(odd):
    sure, _ = laid([f"<pre>Before {odd} behind</pre>", "<p>Fine.</p>"])
    assert sure.tolist() == [False, True]


def test_what_is_deep_or_grows_is_not_sure_and_takes_no_more_room():
    deep, grown = "<ul><li>" * 40 + "x", "<ul><li><ul><li>" + "<pre>" + "x\n" * 5_000
    assert laid([deep, grown, "<ul><li>x"])[0].tolist() == [False, False, True]
    assert pages(pl.Series([deep, grown]), base=BASE).text.to_list() == [to_text(deep).text, to_text(grown).text]


@pytest.mark.parametrize("without", [frozenset(), frozenset({"blockquote"}), frozenset({"aside"}), frozenset({"blockquote", "p"})])
def test_all_pages_are_told_whether_they_are_sure_or_not(without):
    chance = random.Random(7)
    html_layout.compile_all()
    some = [make(chance) for make in (page, sensible) for _ in range(500)] + ["", "<p>Plain.</p>", "<blockquote>Q</blockquote>A"]
    found = pages(pl.Series(some), base=BASE, without=without)
    for number, html in enumerate(some):
        right = to_text(html, base=BASE, without=without)
        told = (found.text[number], tuple(found.links[number]), tuple(found.media[number]))
        assert told == (right.text, right.links, right.media), html


def test_no_pages_and_pages_of_nothing():
    assert laid([])[0].tolist() == []
    assert [found.text for found in laid(["", " \n", "<p></p>"])[1]] == ["", "", ""]
    assert pages(pl.Series([], dtype=pl.String), base=BASE).text.to_list() == []
