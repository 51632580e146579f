"""No value of the data changes the structure of a description.

Every text of the manifest is replaced, whether a template uses it today or not; only what the contract itself restricts
to a closed form (names of configs and splits, paths, digests, types) stays.

The laws are held against as many texts as DESCRIBE_CASES says: 25 in `make test`, 10,000 in `make stress`, where every
naughty string also stands in all fields at once; in `make test` every fifth does, and all stand side by side.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.schema_loader import BuiltinSchemaLoader
from huggingface_hub import DatasetCard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from threadcommons.describe import read_front_matter, render
from threadcommons.describe.bag import bag
from threadcommons.describe.markdown import Raw
from threadcommons.manifest import manifest_of
from threadcommons.model import NOASSERTION

CASES = int(os.environ.get("DESCRIBE_CASES", "25"))
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
Facts = dict[str, Any]

#: Keys whose values have a closed form by contract, wherever they stand.
CLOSED = {
    "authors", "judged", "config", "content_digest", "documents", "dtype", "duties", "features", "files", "format", "hub", "path",
    "pattern", "recipe_sha256", "rows_digest", "schema", "schema_sha256", "sequence", "sha256", "split", "splits",
    "version", "released", "retrieved_at", "class", "card", "split_by", "environment", "publish",
}  # fmt: skip
LICENCE_KEYS = ("license", "license_name", "license_link")
#: Dictionaries whose keys are data.
OPEN_KEYS = {"codes", "values", "licenses"}


def poisoned(value: Any, poison: Callable[[str], str], key: str = "") -> Any:
    """A copy of `value` with every open text replaced."""
    if key in CLOSED:
        return value
    if isinstance(value, dict) and key in OPEN_KEYS:
        return {poison(name): item for name, item in value.items()}
    if isinstance(value, dict):
        # A config's own name is closed; a model's, a label's and a creator's are not.
        return {
            name: item if name == "name" and "splits" in value else poisoned(item, poison, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [poisoned(item, poison, key if isinstance(item, str) else "") for item in value]
    if not isinstance(value, str) or value == NOASSERTION:
        return value
    # No contract lets an empty text in; a blank one is as near as it gets.
    # Licences stay different from one another, so that the card has as many as before.
    return f"{poison(value)} {value}" if key == "license" else poison(value) or " "


def with_columns_kept(facts: Facts, before: Facts) -> Facts:
    """Column names must stay those of the features; everything else about a column may be anything."""
    for config, original in zip(facts["configs"], before["configs"], strict=True):
        for column, kept in zip(config["columns"], original["columns"], strict=True):
            column["name"] = kept["name"]
    return facts


def poison_all(facts: Facts, poison: Callable[[str], str]) -> Facts:
    return with_columns_kept(poisoned(copy.deepcopy(facts), poison), facts)


def tokens(markdown: str) -> list[Any]:
    """The structure of a text: block tokens with nesting, inline tokens by kind, without what they say.

    Links are left out: where an address or a file name is none, its label stays as text.
    """
    found: list[Any] = []
    for token in PARSER.parse(markdown):
        children = [child.type for child in token.children or [] if not child.type.startswith("link_")]
        merged = [
            kind for place, kind in enumerate(children) if kind != "text" or children[place - 1 : place] != ["text"]
        ]
        found.append((token.type, token.tag, token.level, merged))
    return found


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys(item) for key, item in value.items()}
    return [keys(item) for item in value] if isinstance(value, list) and value and isinstance(value[0], dict) else None


def keys_of(said: Facts) -> Any:
    """What is no language at all is not listed as one, so these two may be absent."""
    return keys({key: value for key, value in said.items() if key not in {"language", "multilinguality"}})


def halves(card: bytes) -> tuple[str, str]:
    _, front, body = card.decode().split("---\n", 2)
    return front, body


@dataclass(frozen=True)
class Shape:
    """How the descriptions of some facts are built."""

    card: list[Any]
    licences: list[Any]
    front: Any
    croissant: set[str]


def shape_of(rendered: dict[str, bytes]) -> Shape:
    front, body = halves(rendered["README.md"])
    return Shape(
        tokens(body),
        tokens(rendered["LICENSES.md"].decode()),
        keys_of(yaml.load(front, Loader=yaml.CSafeLoader)),
        json.loads(rendered["croissant.json"]).keys() - {"inLanguage"},
    )


def check(facts: Facts, clean: Shape, poison: Callable[[str], str], *, full: bool) -> None:
    """Poisoned facts give descriptions of the same shape, and readers agree on what those say."""
    dirty = render(manifest_of(poison_all(facts, poison)))
    assert shape_of(dirty) == clean
    if full:
        card = dirty["README.md"].decode()
        said = yaml.load(halves(dirty["README.md"])[0], Loader=yaml.CSafeLoader)
        assert read_front_matter(card) == said
        hub = DatasetCard(card).data.to_dict()
        assert [hub.get(key) for key in LICENCE_KEYS] == [said.get(key) for key in LICENCE_KEYS]
        jsonschema.validate(yaml.safe_load(dirty["CITATION.cff"]), cff_schema())


@pytest.fixture
def clean(small: Facts) -> Shape:
    return shape_of(render(manifest_of(small)))


@cache
def cff_schema() -> Any:
    return BuiltinSchemaLoader("vendor.citation-file-format").get_schema()


def cycling(strings: list[str]) -> Callable[[str], str]:
    def endless() -> Iterator[str]:
        while True:
            yield from strings

    supply = endless()
    return lambda _: next(supply)


def test_every_naughty_string_in_every_field(small: Facts, clean: Shape, naughty: list[str]) -> None:
    step = 1 if len(naughty) <= CASES else 5
    for number, text in enumerate(naughty[::step]):
        check(small, clean, lambda _, text=text: text, full=number % 5 == 0)


def test_naughty_strings_inside_addresses_and_words(small: Facts, clean: Shape, naughty: list[str]) -> None:
    behind = [f"{beginning}{text}" for text in naughty for beginning in ("https://example.org/", "Words ")]
    for start in range(0, len(behind), 10):
        check(small, clean, cycling(behind[start : start + 10]), full=False)


def test_naughty_strings_side_by_side(small: Facts, clean: Shape, naughty: list[str]) -> None:
    for start in range(0, len(naughty), 5):
        check(small, clean, cycling(naughty[start:] + naughty[:start]), full=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=CASES)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=7))
def test_any_text_in_every_field(small: Facts, clean: Shape, strings: list[str]) -> None:
    check(small, clean, cycling(strings), full=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=CASES)
@given(
    st.lists(
        st.text(st.sampled_from("`|\\*_[]()<>#!-+~=.:;&$@{}\"'/% \n\r\twx1é\u202e\u2028\x85\x00"), max_size=25),
        min_size=1,
        max_size=7,
    )
)
def test_any_marks_in_every_field(small: Facts, clean: Shape, strings: list[str]) -> None:
    check(small, clean, cycling(strings), full=False)


@pytest.mark.parametrize(
    "text",
    [
        "other\nlicense: cc0-1.0",
        'x"\nlicense: cc0-1.0\nx: "',
        "x\n---\n",
        "x\n```\n# Owned",
        "<!-- end -->",
        "x\n<!-- hand-written: about -->\n",
        "| a | b |\n|---|---|",
        "[click](javascript:alert(1))",
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}{% raw %}",
        "</code></td></table>",
        "\u202etxet desrever",
        "```",
        "\\",
    ],
)
def test_known_attacks(small: Facts, clean: Shape, text: str) -> None:
    check(small, clean, lambda _: text, full=True)
    card = render(manifest_of(poison_all(small, lambda _: text)))["README.md"].decode()
    assert read_front_matter(card)["license"] == "other"
    assert "\u202e" not in card
    assert "<script" not in PARSER.render(halves(card.encode())[1])


def test_the_bag_takes_any_text_on_one_line(small: Facts, naughty: list[str]) -> None:
    def labels(facts: Facts) -> list[str]:
        info = bag(manifest_of(facts), {})["bag-info.txt"].decode()
        return [line.split(": ")[0] for line in info.split("\n")]

    before = labels(small)
    for text in [*naughty, "a\nPayload-Oxum: 1.1", "a\r\nb"]:
        assert labels(poison_all(small, lambda _, text=text: text)) == before


def test_the_comparison_sees_what_it_is_meant_to_see(
    small: Facts, clean: Shape, monkeypatch: pytest.MonkeyPatch, naughty: list[str]
) -> None:
    """The naive twin: templates that print what they are given. Most strings must then be caught."""
    monkeypatch.setattr("threadcommons.describe.markdown.one_line", lambda value: value)
    monkeypatch.setattr("threadcommons.describe.markdown.text", Raw)
    caught = 0
    for text in naughty[::8]:
        try:
            check(small, clean, lambda _, text=text: text, full=False)
        except AssertionError:
            caught += 1
    assert caught > 19
