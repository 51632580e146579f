"""HTML to text: what it looks like, that nothing a person sees is lost, and that hostile pages cost little."""

from __future__ import annotations

import html as standard
import re
import time
import tracemalloc
from collections import Counter
from html.entities import html5
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.sources import html, stackexchange
from threadcommons.sources.html import LEFT_OUT, LONGEST_ADDRESS, LONGEST_INDENT, Mention, to_text
from threadcommons.sources.html_tokens import attributes_of, decoded, tokens

from .reading import read_text

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
BLANK = " \t\n\f\r"

LAYOUT = {
    "paragraphs stand apart": ("<p>one</p>\n\n<p>two</p>", "one\n\ntwo"),
    "unclosed paragraphs too": ("one<p>two<p>three", "one\n\ntwo\n\nthree"),
    "white space is folded": ("<p> a \n  b\tc </p>", "a b c"),
    "a no-break space is a character": ("<p>a&nbsp; b</p>", "a\xa0 b"),
    "line breaks": ("a<br>b<br/>c<br></br>d", "a\nb\nc\n\nd"),
    "a break at the end of a block shows nothing": ("<p>a<br></p><p><br>b</p>", "a\n\nb"),
    "headings are paragraphs": ("<h1>Head</h1>text<hr>more", "Head\n\ntext\n\nmore"),
    "divisions are lines": ("<div>a</div><div>b<div>c</div></div>d", "a\nb\nc\nd"),
    "inline markup leaves no trace": ("<b>a</b><i>b</i> <code>x &lt; y</code><sup>2</sup>", "ab x < y2"),
    "bullets": ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    "numbers": ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
    "numbers from another start": ('<ol start="9"><li>a<li>b</ol>', "9. a\n10. b"),
    "text, list, text": ("a<ul><li>b</ul>c", "a\n\n- b\n\nc"),
    "a list in a list": ("<ul><li>a<ol><li>b<li>c</ol></li><li>d</ul>", "- a\n  1. b\n  2. c\n- d"),
    "an item of paragraphs": ("<ol><li><p>a</p><p>b</p><li><p>c</p></ol>", "1. a\n\n   b\n2. c"),
    "an item of lines": ("<ul><li>a<br>b</ul>", "- a\n  b"),
    "an item without words": ("<ul><li></li><li>b</li></ul>", "- b"),
    "an item that begins with a list": ("<ul><li><ul><li>a</ul></ul>", "- - a"),
    "an item outside of any list": ("<li>a<li>b", "- a\n- b"),
    "code keeps its white space": ("<p>a</p><pre><code>\n  x\n\n\ty  \n</code></pre><p>b", "a\n\n  x\n\n\ty  \n\nb"),
    "code keeps its references": ("<pre>&lt;p&gt; &amp;amp;</pre>", "<p> &amp;"),
    "code in an item": ("<ul><li>a<pre>x\n  y</pre></ul>", "- a\n\n  x\n    y"),
    "code with line ends of Windows": ("<pre>a\r\nb\rc</pre>", "a\nb\nc"),
    "a quote": ("<blockquote><p>a</p><p>b<br>c</p></blockquote>d", "> a\n>\n> b\n> c\n\nd"),
    "a quote in a quote": ("<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n>\n> > b\n>\n> c"),
    "two quotes": ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"),
    "a list in a quote": ("<blockquote><ul><li>a<li>b</ul></blockquote>", "> - a\n> - b"),
    "a quote in an item": ("<ul><li><blockquote>a<br>b</blockquote><li>c</ul>", "- > a\n  > b\n- c"),
    "code in a quote": ("<blockquote><pre>a\n\n  b</pre></blockquote>", "> a\n>\n>   b"),
    "a table": (
        "<p>a</p><table><tr><th>x<th>y</tr><tr><td>1</td><td><p>2</p><p>3</p></td></tr></table>b",
        "a\n\nx\ty\n1\t2 3\n\nb",
    ),
    "a table with empty cells": ("<table><tr><td><td>x<td></table>", "\tx\t"),
    "an empty row": ("<table><tr><td><td></tr><tr><td>x</table>", "x"),
    "a line break in a cell": ("<table><tr><td>a<br>b<td>c</table>", "a b\tc"),
    "a list in a cell": ("<table><tr><td>a<ul><li>b</ul><td>c</table>", "a\n\n- b\n\nc"),
    "words between rows": ("<table><tr>a<td>b</tr>c</table>", "a\nb\nc"),
    "scripts and styles are not for people": ("a<script>if (1<2) '<p>'</script >b<STYLE>p{}</style>c", "abc"),
    "comments neither": ("a<!-- b --><!-->c<!--->d<!-- > -->e<!DOCTYPE html><?php x ?></ >f", "acdef"),
    "closing tags without a beginning": ("</ul></blockquote></pre></td></a>a</li>b", "ab"),
    "angle brackets that are none": ("1 < 2 <3 <- a<>b", "1 < 2 <3 <- a<>b"),
    "a tag that never ends": ("a <b", "a <b"),
    "a comment that never ends": ("a<!-- b<p>c", "a<!-- b\n\nc"),
    "a quote that never ends": ('<a href="x>a</a> <p>b', "a\n\nb"),
    "a script that never ends": ("a<script>b<p>c", "ab\n\nc"),
    "a bracket in an attribute": ('<img alt="a>b" src=x>c', "c"),
    "attributes without space between": ('<a href="x"title="y">a</a>', "a"),
    "an apostrophe that opens nothing": ("<p don't>it's</p>", "it's"),
}


@pytest.mark.parametrize(("html", "text"), LAYOUT.values(), ids=LAYOUT)
def test_text_is_laid_out_as_a_person_would_expect(html: str, text: str) -> None:
    assert to_text(html).text == text


def test_a_shortened_address_is_whole_again_and_mentions_are_told_from_links() -> None:
    page = to_text(
        '<p><span class="h-card"><a href="https://example.org/@user_a" class="u-url mention">@<span>user_a</span></a>'
        '</span> see <a href="https://example.org/a/long/way" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.org/a/lo</span><span class="invisible">ng/way</span></a> '
        '<a href="https://example.org/tags/x" class="mention hashtag" rel="tag">#<span>x</span></a></p>'
    )
    assert page.text == "@user_a see https://example.org/a/long/way #x"
    assert page.links == ("https://example.org/a/long/way", "https://example.org/tags/x")
    assert page.mentions == (Mention("@user_a", "https://example.org/@user_a"),)


def test_a_mention_that_is_never_closed_is_not_lost() -> None:
    page = to_text(
        "<a class=mention href=/@a>@a<p>b<a class=mention href=/@c>@c<a href=/d>d", base="https://example.org"
    )
    assert page.mentions == (Mention("@a", "https://example.org/@a"), Mention("@c", "https://example.org/@c"))
    assert page.links == ("https://example.org/d",)


def test_links_are_collected_once_each_in_order_and_completed() -> None:
    page = to_text(
        '<a href="b">1</a><a href="/a?x=1&amp;y=2&copy=3">2</a><a href=b>3</a><a href=" ">4</a><a name=n>5</a>'
        "<a href='//example.com/c'>6</a><iframe src=/film></iframe>",
        base="https://example.org",
    )
    assert page.text == "123456"
    assert page.links == (
        "b", "https://example.org/a?x=1&y=2&copy=3", "https://example.com/c", "https://example.org/film"
    )  # fmt: skip


def test_media_carry_what_their_author_wrote_about_them() -> None:
    page = to_text(
        '<img src="/i.png" alt="a &lt;b&gt;"><img src=j><video src=v></video><audio><source src="s"></audio>'
        "<picture><source srcset=t><img src=u alt=''></picture><img class='emoji only' src=e alt=':e:'>"
        f"<img src='data:{'x' * LONGEST_ADDRESS}' alt=long>",
        base="https://example.org",
    )
    assert page.text == ":e:"
    assert page.media == (
        {"type": "image", "url": "https://example.org/i.png", "alt": "a <b>"},
        {"type": "image", "url": "j", "alt": None},
        {"type": "video", "url": "v", "alt": None},
        {"type": "audio", "url": "s", "alt": None},
        {"type": "image", "url": "u", "alt": ""},
        {"type": "image", "url": None, "alt": "long"},
    )


def test_an_address_that_is_too_long_is_not_listed_but_its_words_stay() -> None:
    page = to_text(f"<a href='{'x' * (LONGEST_ADDRESS + 1)}'>a</a><a href='{'x' * LONGEST_ADDRESS}'>b</a>")
    assert (page.text, len(page.links)) == ("ab", 1)


def test_what_is_left_out_leaves_a_mark_and_nothing_else() -> None:
    html = "<p>a</p><blockquote>b<blockquote>c</blockquote><a href=d>e</a><img src=f></blockquote><aside>g</aside>h"
    page = to_text(html, without=frozenset({"blockquote", "aside"}))
    assert page.text == f"a\n\n> {LEFT_OUT}\n\n{LEFT_OUT}\n\nh"
    assert (page.links, page.media) == ((), ())
    assert to_text(html).text == "a\n\n> b\n>\n> > c\n>\n> e\n\ng\n\nh"


# --- References ---


def test_every_name_of_a_character_is_known() -> None:
    names = [name for name in html5 if name.endswith(";")]
    assert [name for name in names if decoded(f"a&{name}b") != f"a{html5[name]}b"] == []
    assert len(names) > 2000


def test_old_names_need_no_semicolon_in_text_but_do_in_addresses() -> None:
    for name in (name for name in html5 if not name.endswith(";")):
        assert decoded(f"&{name} b&{name}") == f"{html5[name]} b{html5[name]}"
        assert attributes_of(f'href="?a=b&{name}=c"')["href"] == f"?a=b&{name}=c"
        assert attributes_of(f'href="?a=b&{name};c"')["href"] == f"?a=b{html5[name]}c"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&#65;&#x41;&#X41;&#0000000065;&#65", "AAAAA"),
        ("&#150;&#x80;&#x81;", "–€\x81"),
        ("&#1;&#65533;&#x10FFFF;", "\x01\ufffd\U0010ffff"),
        ("&notit; &ampx &unknown; &; & &#; &#x;", "¬it; &x &unknown; &; & &#; &#x;"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_references_mean_what_they_mean_in_a_browser(written: str, meant: str) -> None:
    assert decoded(written) == meant


@pytest.mark.parametrize(
    "written", ["&#0;", "&#xD800;", "&#xDFFF;", "&#x110000;", "&#99999999;", "&#" + "9" * 9999 + ";"]
)
def test_a_reference_to_no_character_stays_as_it_is_written(written: str) -> None:
    assert decoded(f"a{written}b") == f"a{written}b"


# --- Properties ---

words = st.lists(st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1), min_size=1).map(" ".join)
NASTY = [
    *"<>/!?-='\" \t\n\f\r&#;x", "<p", "</", "<!--", "-->", "<pre>", "</pre>", "<li>", "<ul>", "</ul>", "<td>", "<tr>",
    "<blockquote>", "</blockquote>", "<a class=mention href=x>", "<script>", "</script>", "<br>", "&amp", "<table>",
]  # fmt: skip
nasty = st.lists(st.sampled_from(NASTY) | st.text(), max_size=60).map("".join)


def solid(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, BLANK)))


def holds_in_order(whole: str, part: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)


@given(words)
def test_text_without_markup_comes_out_as_it_went_in(text: str) -> None:
    assert to_text(standard.escape(text)).text == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_code_comes_out_as_it_went_in_but_for_empty_lines_around_it(text: str) -> None:
    expected = text.strip("\n") if text.strip("\n\t\f ") else ""
    assert to_text(f"<pre>{standard.escape(text)}</pre>").text == expected


@given(nasty, st.booleans())
def test_no_string_makes_it_fail(text: str, without: bool) -> None:
    page = to_text(text, without=frozenset({"blockquote", "br"}) if without else frozenset())
    assert all(0 < len(link) <= LONGEST_ADDRESS for link in page.links)


TAGS = [
    "p", "div", "h2", "b", "i", "span", "code", "pre", "blockquote", "ul", "ol", "li", "table", "tr", "td", "th", "br",
    "a", "sup", "dl", "dt", "dd", "section",
]  # fmt: skip
node = st.deferred(
    lambda: (
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(lambda text: (text, standard.escape(text)))
        | st.tuples(st.sampled_from(TAGS), st.lists(node, max_size=4), st.booleans()).map(element)
    )
)


def element(parts: tuple[str, list[tuple[str, str]], bool]) -> tuple[str, str]:
    """Words and markup of an element, closed or not, from those of its children."""
    tag, children, closed = parts
    inner = "".join(markup for _, markup in children)
    return "".join(shown for shown, _ in children), f"<{tag}>{inner}" + (f"</{tag}>" if closed else "")


@given(st.lists(node, max_size=6))
def test_every_visible_character_survives_in_order(nodes: list[tuple[str, str]]) -> None:
    shown = to_text("".join(markup for _, markup in nodes)).text
    assert holds_in_order(shown, solid("".join(text for text, _ in nodes)))


@given(st.lists(node, max_size=6))
def test_no_line_ends_in_a_space_that_layout_put_there(nodes: list[tuple[str, str]]) -> None:
    lines = to_text("".join(markup for text, markup in nodes if "<pre>" not in markup)).text.split("\n")
    assert [line for line in lines if line.endswith((" ", "\t")) and not line.strip(" \t>-.0123456789")] == []


@given(nasty)
def test_tokens_hold_every_character_of_the_text_between_tags(text: str) -> None:
    between = "".join(part for part, _, _ in tokens(text))
    assert holds_in_order(text, between)


# --- Cost ---

HOSTILE = [
    "<a ", "<!--", "<!-- >", '<a x="', "<a x='", "<", "</", "<!", "<?", "<![CDATA[", "<a b=c/d ", "<a ='", "<script>",
    "<style></", "<a href='x'", "&#", "&#0", "&amp", "&a", "<p ", "<a\t=", "<a/", "=<a x", "<b>x", "<td>", "<tr>", "<a class=mention href=x>@",
]  # fmt: skip


def seconds(html: str) -> float:
    begun = time.thread_time()
    to_text(html)
    return time.thread_time() - begun


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_is_linear_in_the_length_of_a_hostile_page(piece: str) -> None:
    to_text(piece * 100)
    assert seconds(piece * (400_000 // len(piece))) < 4  # a quadratic reader needs minutes


@pytest.mark.parametrize(
    "tag", ["blockquote", "ul><li", "ol><li", "li", "table><tr><td", "div", "pre", "b", "a href=x"]
)
def test_deep_nesting_costs_neither_the_stack_nor_the_memory(tag: str) -> None:
    depth = 10_000
    page = to_text(f"<{tag}>x" * depth + "</blockquote></ul></li>" * depth)
    assert page.text.count("x") == depth
    assert len(page.text) < depth * 2 * (LONGEST_INDENT + 8)


def test_scripts_that_never_end_are_looked_through_once() -> None:
    assert seconds("<script>" * 400_000) < 8


def test_attributes_without_end_cost_no_memory() -> None:
    html = "a<b " + "c " * 500_000 + "d"
    tracemalloc.start()
    found = list(tokens(html))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "".join(text for text, _, _ in found) == html
    assert peak < 5_000_000


# --- Judged by the standard library on real posts ---


class Shown(HTMLParser):
    """The text nodes of a page, as the standard library sees them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.data: list[str] = []

    def handle_data(self, data: str) -> None:
        self.data.append(data)


def bodies() -> list[str]:
    found = [
        standard.unescape(row[1])
        for path in sorted((SHARED / "exports/stackexchange").glob("*/Posts.xml"))
        for row in re.finditer(' Body="([^"]*)"', path.read_text(encoding="utf-8-sig"))
    ]
    if not found:
        pytest.skip("the shared exports are not beside this repository")
    return found


def test_real_posts_hold_what_the_standard_library_finds_in_them_and_nothing_else_but_marks() -> None:
    pages = bodies()
    for body in pages:
        parser = Shown()
        parser.feed(body)
        parser.close()
        expected, shown = solid("".join(parser.data)), to_text(body).text
        assert holds_in_order(solid(shown), expected)
        marks = Counter(solid(shown)) - Counter(expected)
        assert not marks or (re.search("<(?:blockquote|li)", body) and set(marks) <= set(">-.0123456789"))
    assert len(pages) > 3000


def test_the_reader_of_dumps_leaves_quotes_out_unless_told_otherwise(tmp_path: Path) -> None:
    bodies = [f"{before}<blockquote>{words}</blockquote>" for before, words in product(["", "a"], ["b", "<p>c"])]
    cells = 'PostTypeId="1" CreationDate="2010-11-02T10:00:00.000" Title="How?"'
    rows = [f"<row Id='{number}' {cells} Body={quoteattr(body)} />" for number, body in enumerate(bodies)]

    def told(**options: Any) -> list[str]:
        dump = "\n".join(["<posts>", *rows, "</posts>"])
        return [post["text"] for post in read_text(stackexchange.READER, tmp_path, dump, "Posts.xml", options={"site": "example.org", **options}).posts]

    assert told() == ["> […]", "> […]", "a\n\n> […]", "a\n\n> […]"]
    assert told(quotes=True) == ["> b", "> c", "a\n\n> b", "a\n\n> c"]


PIECES = [
    "<p>", "</p>", "<i>", "</i>", "<b>", "<code>", "</code>", "<em>", "</strong>", " ", "\n", "\n\n", "  ", "\t", "a", "b c", "&amp;", "&am", "p;",
    "&lt;", "&#32;", "&nbsp;", "&#10;", "<P>", "<br>", "<p >", "<pre>", "<li>", "<blockquote>", "<a href='/x'>", "<", "&", "\r\n", "\f", "<!-- -->",
]  # fmt: skip


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from([frozenset(), frozenset({"blockquote"}), frozenset({"p"})]))
def test_pages_of_plain_paragraphs_come_out_the_same_in_the_short_way(page, without) -> None:
    short = to_text(page, without=without)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "_paragraphs", lambda _page: None)
        assert to_text(page, without=without) == short


def test_the_short_way_is_taken_where_it_can_be(monkeypatch) -> None:
    monkeypatch.setattr(html, "tokens", None)
    assert to_text("<p>a &amp; <i>b</i>\n c</p>\n\n<p>d</p>").text == "a & b c\n\nd"
