"""Every example is judged by both validators, and both say what the example says."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from threadcommons.findings import codes
from threadcommons.schema import code_for, judge, schema
from threadcommons.schema.judge import KEYWORD_CODES

EXAMPLES = Path(__file__).resolve().parents[2] / "schema" / "examples"
VALID = sorted(EXAMPLES.glob("valid/*/*.json"))
INVALID = sorted(EXAMPLES.glob("invalid/*/*.json"))


def named(path):
    return f"{path.parent.name}/{path.stem}"


def verdicts(path):
    """Of the bulk validator, and of the reference."""
    contract, value = judge(path.parent.name), json.loads(path.read_bytes())["value"]
    return contract.accepts(value), contract.reference.is_valid(value)


def blamed(path):
    """Code and place of every fault."""
    value = json.loads(path.read_bytes())["value"]
    return [(code_for(path.parent.name, f.kind), f.pointer) for f in judge(path.parent.name).faults(value)]


@pytest.mark.parametrize("path", INVALID, ids=named)
def test_an_invalid_example_is_refused_by_both_and_gets_its_code(path):
    example = json.loads(path.read_bytes())
    assert verdicts(path) == (False, False)
    assert (example["code"], example["pointer"]) in blamed(path)
    assert {pointer for _, pointer in blamed(path)} == {example["pointer"]}, "blames something else too"


@pytest.mark.parametrize("path", VALID, ids=named)
def test_a_valid_example_is_accepted_by_both(path):
    assert verdicts(path) == (True, True)
    assert blamed(path) == []


def test_there_are_examples_enough():
    counts = Counter(path.parent.name for path in INVALID)
    assert counts["post"] >= 30
    assert counts["source"] >= 20
    assert min(counts[name] for name in ("pointer", "recipe", "row")) >= 5
    assert counts.total() >= 80
    assert len(VALID) >= 12


def well_formed(path):
    """Whether an example has the keys and the spelling that the README describes."""
    example = json.loads(path.read_bytes())
    keys = {"why", "value"} if path in VALID else {"why", "code", "pointer", "value"}
    spelt = path.read_bytes() == json.dumps(example, indent=2).encode() + b"\n"
    return example.keys() == keys and example["why"].endswith(".") and path.stem[:2].isdigit() and spelt


def test_the_examples_have_the_form_that_their_readme_describes():
    assert [named(path) for path in VALID + INVALID if not well_formed(path)] == []


def test_every_code_of_a_post_has_an_example():
    shown = {json.loads(path.read_bytes())["code"] for path in INVALID}
    by_schema = {code_for("post", kind) for kind in judge_kinds()}
    assert by_schema <= shown
    assert shown <= codes().keys()


def judge_kinds():
    """Kinds of fault that a post can have: those of the keywords that its schema uses."""

    def keywords(node):
        children = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
        return set(node).union(*(keywords(child) for child in children))

    return {KEYWORD_CODES[key] for key in keywords(schema("post")) & KEYWORD_CODES.keys()}


def test_digests_in_valid_examples_are_those_of_their_text():
    posts = [json.loads(path.read_bytes())["value"] for path in VALID if path.parent.name in ("post", "row")]
    stated = [
        (p["text"], p["text_sha256"]) for p in posts if p.get("text") and "text_sha256" in p and not p.get("redactions")
    ]
    assert len(stated) >= 3
    assert all(hashlib.sha256(text.encode()).hexdigest() == digest for text, digest in stated)


def test_without_our_strict_pattern_the_reference_would_pass_a_line_feed():
    """Why the reference has a `pattern` of its own: in Python `$` also stands before a final line feed."""
    plain = jsonschema.Draft202012Validator(schema("post"))
    fed = [path for path in INVALID if path.parent.name == "post" and path.stem.endswith("line-feed")]
    passed = [path.stem[3:] for path in fed if plain.is_valid(json.loads(path.read_bytes())["value"])]
    assert {"id-with-line-feed", "lang-with-line-feed"} <= set(passed)


def test_without_our_strict_integers_both_libraries_would_pass_a_float():
    pointer = json.loads(next(EXAMPLES.glob("invalid/pointer/*offset-fraction.json")).read_bytes())["value"]
    assert isinstance(pointer["offset"], float)
    assert judge("pointer").bulk.is_valid(pointer)
    assert jsonschema.Draft202012Validator(schema("pointer")).is_valid(pointer)
    assert not judge("pointer").accepts(pointer)
