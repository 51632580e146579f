from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from threadcommons.describe import front_matter, read_front_matter, read_yaml
from threadcommons.describe.frontmatter import dump
from threadcommons.errors import BadRelease

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | TEXT
KEYS = st.from_regex(r"[a-z][a-z0-9_-]{1,20}", fullmatch=True).filter(
    lambda key: key not in {"yes", "no", "on", "off", "true", "false", "null"}
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
MAPPINGS = st.dictionaries(KEYS, VALUES, max_size=5)


@given(MAPPINGS)
def test_what_is_written_is_what_every_reader_reads(values: dict[str, Any]) -> None:
    written = dump(values)
    assert (yaml.safe_load(written) or {}) == values
    if values:
        assert read_front_matter(front_matter(values)) == values
        assert list(read_front_matter(front_matter(values))) == list(values)


@given(MAPPINGS)
def test_only_printable_ascii_is_written(values: dict[str, Any]) -> None:
    assert re.fullmatch(r"[ -~\n]*", dump(values))


def test_naughty_strings_survive(naughty: list[str]) -> None:
    values = {"alone": {f"key-{number}": text for number, text in enumerate(naughty)}, "together": naughty}
    written = dump(values)
    assert yaml.safe_load(written) == values
    assert read_yaml(written, "here") == values


def test_a_line_holds_what_fits_and_nothing_is_reordered() -> None:
    long = {"name": "x" * 60, "dtype": "y" * 60}
    assert dump({"bb": ["one", "two"], "aa": [{"key": 1}], "empty": [], "word": "no"}) == (
        'bb: ["one", "two"]\naa: [{key: 1}]\nempty: []\nword: "no"\n'
    )
    assert dump({"fields": [long]}) == f'fields:\n- name: "{"x" * 60}"\n  dtype: "{"y" * 60}"\n'


@pytest.mark.parametrize("value", [1.5, b"bytes", {1, 2}, object()])
def test_what_yaml_readers_disagree_about_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError):
        dump({"key": value})


@pytest.mark.parametrize("key", ["no", "y", "1", "Key", "a b", "a:", "", "null", "-a", "<<", "é"])
def test_a_key_that_readers_could_take_for_something_else_is_not_written(key: str) -> None:
    with pytest.raises(TypeError):
        dump({key: 1})


REFUSED = {
    "a repeated key": "license: other\nlicense: cc0-1.0\n",
    "a repeated key in flow": "{license: other, license: cc0-1.0}\n",
    "a repeated key below": "configs:\n- {name: a, name: b}\n",
    "the same key quoted": 'license: other\n"license": cc0-1.0\n',
    "an anchor": "a: &x 1\n",
    "an alias": "a: &x [1]\nb: *x\n",
    "an alias bomb": "a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "a merge key": "a: 1\n<<: {b: 2}\n",
    "a language tag": "a: !!python/object/apply:os.system ['true']\n",
    "a set": "a: !!set {b}\n",
    "a core tag": "a: !!str 1\n",
    "a local tag": "a: !mine 1\n",
    "the word no": "language: no\n",
    "the word Yes": "viewer: Yes\n",
    "a date": "released: 2024-01-01\n",
    "base sixty": "time: 1:30\n",
    "old octal": "number: 010\n",
    "new octal": "number: 0o10\n",
    "underscores": "number: 1_000\n",
    "an exponent without a dot": "number: 1e3\n",
    "infinity": "number: .inf\n",
    "a number as key": "1: a\n",
    "nothing as key": "? \n: a\n",
    "a list as key": "? [a]\n: b\n",
    "a list": "- a\n",
    "a word": "word\n",
    "nothing": "\n",
    "a control character": "a: \x01\n",
    "a tab as indentation": "a:\n\tb: 1\n",
    "depth": "a: " + "[" * 40 + "]" * 40 + "\n",
    "great depth": "a: " + "[" * 100_000 + "\n",
    "length": "a: " + "b" * 2**20 + "\n",
    "a second document": "a: 1\n...\n---\nb: 2\n",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED)
def test_what_two_readers_could_read_differently_is_refused(source: str) -> None:
    with pytest.raises(BadRelease) as caught:
        read_yaml(source, "README.md")
    assert "\n" not in str(caught.value)
    assert caught.value.where == "README.md"
    assert caught.value.hint


@pytest.mark.parametrize(
    "card",
    [
        "",
        "# Title\n",
        "\ufeff---\na: 1\n---\n",
        "<!-- licence -->\n---\na: 1\n---\n",
        " ---\na: 1\n---\n",
        "---\na: 1\n",
        "---\n---\n",
    ],
)
def test_a_card_without_front_matter_at_its_first_byte_is_refused(card: str) -> None:
    with pytest.raises(BadRelease):
        read_front_matter(card)


def test_plain_values_that_are_the_same_everywhere_are_read() -> None:
    card = "---\r\na: text with: no trouble? \r\nb: [1, -2, true, null, ~, 1.5, '1', \"no\", MIT]\r\nc:\r\n---\r\nBody\r\n---\r\n"
    with pytest.raises(BadRelease):
        read_front_matter(card)
    assert read_front_matter(card.replace("with: no", "with no")) == {
        "a": "text with no trouble?",
        "b": [1, -2, True, None, None, 1.5, "1", "no", "MIT"],
        "c": None,
    }
