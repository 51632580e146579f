"""What passes as columns passes the judge: asking columns is a shortcut and never a loophole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.schema import certain, columns, judge
from threadcommons.sources.posts import claims_table

EXAMPLES = Path(__file__).resolve().parents[2] / "schema" / "examples"
thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)
PLAIN = {"kind": "post", "markup": "plain", "text": "Soup."}


def passes(*posts):
    return certain(claims_table(list(posts), range(len(posts))), "post").to_list()


def values(kind):
    return [json.loads(path.read_bytes())["value"] for path in sorted((EXAMPLES / kind / "post").glob("*.json"))]


@pytest.mark.parametrize("post", [post for post in values("invalid") if isinstance(post, dict)], ids=lambda post: str(post)[:50])
def test_no_invalid_example_passes_unless_its_fault_is_one_that_columns_cannot_have(post):
    judged = {(fault.kind, [*fault.pointer.split("/"), ""][1]) for fault in judge("post").faults(post)}
    try:
        (passed,) = passes(post)
    except (TypeError, ValueError, AttributeError):  # its fault is a type, which no column can hold
        passed = False
        assert "wrong-type" in {kind for kind, _ in judged}
    # Else its fault is a key that no column has, or a null that a column takes for nothing, and the other way round.
    unseen = all(kind in {"unknown-key", "wrong-type"} or (kind, key) == ("missing-key", "media") for kind, key in judged)
    assert judged
    assert not passed or unseen


def test_valid_examples_pass():
    assert all(passes(*values("valid")))


some_text = st.text(max_size=8) | st.sampled_from(["a", "a\n", "\n", "", "x" * 600, "de", "deu", "deutsch", "é", "a b"])
some_time = st.sampled_from(
    ["2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00+14:00", "2024-01-01T00:00:60Z",
     "2024-01-01T00:00:00", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00Z\n", "0999-01-01T00:00:00Z", "2024-01-01T23:59:59.1234567Z"]
)  # fmt: skip
some_uri = st.sampled_from(
    ["https://example.org/a", "http://a", "https://", "mailto:a@example.org", "https://example.org/ä", "https://exa mple.org", "x",
     "https://example.org/\n", "https://example.org/%zz", "https://[::1]/", "HTTPS://example.org"]
)  # fmt: skip
posts = st.fixed_dictionaries(
    {"kind": st.sampled_from(["post", "reply", "toot"]), "markup": st.sampled_from(["plain", "html", "tex"]), "text": some_text},
    optional={
        "native_id": some_text, "parent": some_text, "lang": some_text, "created_at": some_time, "url": some_uri, "title": some_text,
        "gist": some_text, "text_sha256": st.sampled_from(["0" * 64, "0" * 63, "G" * 64]),
        "author": st.fixed_dictionaries({"name": some_text}, optional={"url": some_uri, "id": some_text}),
        "links": st.lists(some_text | some_uri, max_size=3), "wishes": st.lists(st.sampled_from(["no-ai", "No", "x=1"]), max_size=3),
        "media": st.lists(st.fixed_dictionaries({"type": st.sampled_from(["image", "smell"]), "url": st.none() | some_uri, "alt": st.none() | some_text}), max_size=2),
        "labels": st.lists(st.fixed_dictionaries({"name": some_text, "value": some_text, "annotator": some_text, "method": some_text}), max_size=2),
    },
)  # fmt: skip


@thorough
@given(st.lists(posts, min_size=1, max_size=5))
def test_what_passes_is_what_the_judge_accepts(some):
    for post, passed in zip(some, passes(*some), strict=True):
        assert not passed or judge("post").accepts(post)


def test_the_plain_are_not_left_to_the_judge():
    full = PLAIN | {
        "native_id": "a", "author": {"name": "Ada", "url": "https://example.org/~ada?x=1#y"}, "links": ["https://example.org/ä"],
        "created_at": "2024-05-06T07:08:09.5+02:00", "url": "https://example.org/a", "wishes": ["no-ai"], "license": "CC0-1.0",
    }  # fmt: skip
    assert passes(PLAIN, full) == [True, True]


@pytest.mark.parametrize("dropped", ["pattern", "format", "enum", "maxLength", "items", "properties", "uniqueItems"])
def test_a_keyword_that_is_not_known_lets_nothing_pass(monkeypatch, dropped):
    monkeypatch.setattr(columns, "_KEYWORDS", {key: ask for key, ask in columns._KEYWORDS.items() if key != dropped})
    columns._asked.cache_clear()
    try:
        full = PLAIN | {
            "native_id": "a", "created_at": "2024-05-06T07:08:09Z", "title": "T", "links": ["a"], "author": {"name": "A"},
            "wishes": ["no-ai"],
        }  # fmt: skip
        assert passes(full) == [False]
    finally:
        columns._asked.cache_clear()
