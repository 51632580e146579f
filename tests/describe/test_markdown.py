from __future__ import annotations

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from threadcommons.describe.markdown import Raw, code, fill, link, one_line, printed, text

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
#: Made of what means something, so that structure is likely where escaping fails.
MARKS = st.text(st.sampled_from("`|\\*_[]()<>#!-+~=.:;&$@{}\"'/ \n\t\rwx1é\u202e\u2028"), max_size=40)


def shown_as(value: str) -> str:
    return one_line(value) or "–"


def check_text(value: str) -> None:
    """In a paragraph, a heading, a table cell and a list item, the value is text and nothing else, and says itself."""
    written = text(value)
    for template in ("{}\n", "# {}\n", "| a |\n|---|\n| {} |\n", "* {}\n", "before\n{}\n", "> {}\n"):
        tokens, plain = PARSER.parse(template.format(written)), PARSER.parse(template.format("x"))
        assert [token.type for token in tokens] == [token.type for token in plain]
        inline = [token for token in tokens if token.type == "inline"][-1]
        said = "".join("\n" if child.type == "softbreak" else child.content for child in inline.children or [])
        assert {child.type for child in inline.children or []} <= {"text", "softbreak"}
        assert said.removeprefix("before\n") == shown_as(value)


def check_code(value: str) -> None:
    tokens = PARSER.parse(f"| a |\n|---|\n| {code(value)} |\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) == 2
    children = [(child.type, child.content) for child in inline[1].children or []]
    assert children == [("code_inline", shown_as(value))]


def check_link(value: str) -> None:
    """Whatever the target, the tokens are those of a link or of text, and a link goes to the web or to a file beside."""
    inline = PARSER.parse(f"| a |\n|---|\n| {link('label', value)} |\n")[-5]
    kinds = [child.type for child in inline.children or []]
    assert kinds in (["text"], ["link_open", "text", "link_close"])
    for child in inline.children or []:
        if child.type == "link_open":
            target = str(child.attrs["href"])
            web = target.lower().startswith(("http://", "https://"))
            assert web or (":" not in target and ".." not in target.split("/"))


def test_naughty_strings_stay_text(naughty: list[str]) -> None:
    for value in naughty:
        check_text(value)
        check_code(value)
        check_link(value)
        check_link("https://example.org/" + value)


@given(ANY | MARKS)
def test_any_text_stays_text(value: str) -> None:
    check_text(value)


@given(ANY | MARKS)
def test_any_code_stays_code(value: str) -> None:
    check_code(value)


@given(ANY | MARKS)
def test_any_target_stays_a_target(value: str) -> None:
    check_link(value)
    check_link("https://example.org/" + value)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "//evil", "/etc/passwd", "../up", "file:///x", ""]
)
def test_only_web_addresses_and_files_beside_are_linked(target: str) -> None:
    assert link("label", target) == "label"


@pytest.mark.parametrize("value", ["\u202eabc", "a\u200bb", "a\x00b", "\U000e0041", "a\u2066b"])
def test_what_cannot_be_seen_is_shown(value: str) -> None:
    assert one_line(value).isprintable()
    assert "\\" in one_line(value)


def test_values_print_the_same_in_every_locale() -> None:
    assert [printed(value) for value in (1234567, True, False, None, "a*b", Raw("a*b"))] == [
        "1,234,567",
        "yes",
        "no",
        "–",
        "a&#42;b",
        "a*b",
    ]


def test_a_template_without_one_of_its_values_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        fill("licenses.md")
