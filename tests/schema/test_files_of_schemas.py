"""What holds for the schema files themselves, all of them."""

import json
import re
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest

from threadcommons.model import FATES, LICENSE_CLASSES
from threadcommons.schema import SCHEMAS, judge, schema
from threadcommons.schema.judge import KEYWORD_CODES, judge_of

FILES = Path(__file__).resolve().parents[2] / "schema"

#: What strangers write; here everything has a limit.
COMING_IN = ("post", "pointer", "source", "recipe")

#: Objects whose keys are not ours to list, and why.
FREE = {
    ("source", "/reader"): "each reader has its own options",
    ("source", "/reader/*"): "an option may be a table",
    ("recipe", "/privacy/sources"): "sources are folders, and folders have names",
    ("recipe", "/quality/rules"): "codes of rules are listed in rules.toml alone",
    ("recipe", "/quality/sources"): "sources are folders, and folders have names",
    ("recipe", "/quality/sources/*"): "codes of rules are listed in rules.toml alone",
    ("recipe", "/publish/choices"): "expressions are keys",
    ("recipe", "/publish/promise"): "a promise for each config, and configs have names",
}

#: Keywords that say something to people or to the code that derives from the schema.
SILENT = {
    "$schema", "$id", "title", "description", "default", "x-group", "x-property",
    "properties", "items", "allOf", "if", "then", "maxProperties",
}  # fmt: skip

#: Pieces of patterns that mean the same to Python, to Rust and to ECMA-262.
PORTABLE = re.compile(
    r"\^?(?:\[\^?(?:[^\\\[\]]|\\u[0-9a-f]{4}|\\\\)+\]|\\\.|[A-Za-z0-9:/!~_-]|\((?!\?)|\)|\||[?*+]|\{[0-9]+(?:,[0-9]+)?\})*\$?"
)

#: Strings on which pattern engines like to disagree.
PROBES = [
    "", "\n", "a\n", "en\n", "0" * 64, "0" * 64 + "\n", "A" * 64, "\u0663" * 64, "en", "eng", "\u00e9n", "1.2.3", "1.2.3\n",
    "01.2.3", "1.\u0662.3", "2026-05-01", "2026-05-01\n", "2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z\n", "a b", "a\u00a0b",
    "a\u2028", "a\u0085", "a\x00", "a\x1f", "a\x7f", "a\x80", "a\ufeff", "\u017f", "\u212a", "https://a.example", "https://a.example\r",
    "HTTPS://a.example", "h:\u202e", "evidence/terms.html", "evidence/../x", "evidence/a/b", "/x", "x/../y", "x\\y", "no-archive",
]  # fmt: skip


def nodes(node, at=""):
    """Every declared value with its place; conditions (`if`, `then`) declare nothing."""
    yield at, node
    for key, child in node.get("properties", {}).items():
        yield from nodes(child, f"{at}/{key}")
    for keyword, sign in (("items", "*"), ("additionalProperties", "*")):
        if isinstance(node.get(keyword), dict):
            yield from nodes(node[keyword], f"{at}/{sign}")


def of_type(node, kind):
    declared = node.get("type", ())
    return kind == declared or kind in (declared if isinstance(declared, list) else ())


def test_the_files_are_those_that_the_code_knows():
    assert {path.name for path in FILES.glob("*.schema.json")} == {f"{name}.schema.json" for name in SCHEMAS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_a_2020_12_schema_with_a_name_that_nobody_can_fetch(name):
    declared = json.loads((FILES / f"{name}.schema.json").read_bytes())
    assert declared["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert declared["$id"] == f"urn:threadcommons:schema:{name}:1"
    jsonschema.Draft202012Validator.check_schema(declared)
    assert jsonschema_rs.meta.is_valid(declared)
    assert "$ref" not in json.dumps(declared), "a schema stands by itself"


@pytest.mark.parametrize("name", SCHEMAS)
def test_everything_is_described(name):
    silent = [at for at, node in nodes(schema(name)) if not re.fullmatch(r".{4,}\.", node["description"])]
    assert silent == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_object_takes_unknown_keys_but_those_with_a_reason(name):
    objects = [(at, node) for at, node in nodes(schema(name)) if of_type(node, "object")]
    assert {(name, at) for at, node in objects if node["additionalProperties"] is not False} == {
        key for key in FREE if key[0] == name
    }
    assert all(set(node.get("required", ())) <= set(node.get("properties", ())) for _, node in objects)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_keyword_has_a_code_or_says_nothing(name):
    used = set().union(*(node for _, node in nodes(schema(name))))
    assert used <= KEYWORD_CODES.keys() | SILENT
    if name == "post":
        assert not used & {"maxProperties", "allOf"}, "a fault under it would have no code of its own"


def limited(node):
    """Whether a value under `node` has an upper limit of each kind that it needs."""
    return (
        (not of_type(node, "string") or node.keys() & {"maxLength", "enum", "pattern"})
        and (not of_type(node, "array") or "maxItems" in node)
        and (node.get("type") != "integer" or (node["minimum"] >= 0 and node["maximum"] < 2**53))
        and (node.get("format") != "uri" or "maxLength" in node)
        and (node.get("format") != "date-time" or node["pattern"].startswith("^[12][0-9]{3}-"))
    )


@pytest.mark.parametrize("name", COMING_IN)
def test_what_strangers_write_has_limits(name):
    assert [at for at, node in nodes(schema(name)) if not limited(node)] == []


@pytest.mark.parametrize(
    "pattern", sorted({n["pattern"] for name in SCHEMAS for _, n in nodes(schema(name)) if "pattern" in n})
)
def test_a_pattern_means_the_same_to_both_engines(pattern):
    assert PORTABLE.fullmatch(pattern)
    contract = judge_of({"type": "string", "pattern": pattern})
    assert [probe for probe in PROBES if contract.bulk.is_valid(probe) != contract.reference.is_valid(probe)] == []


@pytest.mark.parametrize("pattern", [r"^\d+$", r"\w", r"^(?=a)", r"a$b", r"\p{L}", r"\s", r"\bx", r"[\d]"])
def test_what_engines_read_differently_is_not_portable(pattern):
    assert not PORTABLE.fullmatch(pattern)


def put(value, steps, new):
    """`value` with what stands at `steps` replaced, or None where there is no such place."""
    if not steps:
        return new
    inner = value[0] if steps[0] == "*" and isinstance(value, list) and value else None
    key = next(iter(value), "*") if steps[0] == "*" and isinstance(value, dict) else steps[0]
    inner = value.get(key) if isinstance(value, dict) else inner
    if inner is None:
        return None
    changed = put(inner, steps[1:], new)
    if changed is None:
        return None
    return [changed] if isinstance(value, list) else {**value, key: changed}


LISTS = [
    pytest.param(name, at, node["enum"], id=f"{name}{at}")
    for name in (*COMING_IN, "row")
    for at, node in nodes(schema(name))
    if "enum" in node
]


@pytest.mark.parametrize(("name", "at", "allowed"), LISTS)
def test_every_value_of_a_list_is_accepted_somewhere_and_no_other(name, at, allowed, valid_values):
    contract, steps = judge(name), at.split("/")[1:]

    def accepted(new):
        placed = [put(value, steps, new) for value in valid_values[name]]
        assert any(value is not None for value in placed), "no valid example shows this key"
        return any(
            contract.accepts(value) and contract.reference.is_valid(value) for value in placed if value is not None
        )

    assert [value for value in allowed if not accepted(value)] == []
    assert not accepted("something-else")


def listed(name, *steps):
    node = schema(name)
    for step in steps:
        node = node["items"] if step == "*" else node["properties"][step]
    return node["enum"]


def test_lists_that_stand_in_several_places_agree():
    assert listed("post", "kind") == listed("pointer", "kind") == listed("row", "kind")
    assert listed("post", "markup") == listed("pointer", "markup") == listed("row", "markup")
    assert listed("post", "parent_state") == listed("pointer", "parent_state")
    assert set(listed("row", "parent_state")) == {*listed("post", "parent_state"), "withheld"}
    assert listed("row", "license_class") == listed("conversation", "license_class") == list(LICENSE_CLASSES)
    assert listed("recipe", "publish", "classes", "*") == [name for name in LICENSE_CLASSES if name != "unknown"]
    assert listed("ledger", "fate") == list(FATES)
    assert set(listed("source", "license", "evidence", "*", "kind")) <= set(listed("evidence", "kind"))
    assert schema("post")["properties"]["labels"]["items"] == schema("row")["properties"]["labels"]["items"]
    generators = [dict(schema(name)["properties"]["generator"]) for name in ("post", "row")]
    assert generators[0]["properties"] == generators[1]["properties"]
